//! Addresses and states of the API in a text.

use std::sync::LazyLock;

use regex::Regex;

use crate::finding::{Finding, Kind};
use crate::pattern::pattern;

/// The paths of the methods. `*` is the id of a job.
const PATHS: [&str; 6] = [
    "portabilityArchive:initiate",
    "archiveJobs/*/portabilityArchiveState",
    "archiveJobs/*:retry",
    "archiveJobs/*:cancel",
    "authorization:reset",
    "accessType:check",
];

/// The id of a job as a program writes it: a placeholder, a concatenation, or letters.
const ID: &str = concat!(
    r"(?:[$#]?\{[^{}\n]*\}|\\\([^()\n]*\)|%(?:\(\w+\))?[a-z]|<[^<>\n]*>|\*|…|\.\.\.|\$\w+|[\w-]+|",
    r#"["'`]\s*(?:\+|\.\.?|,|&|\|\|)\s*[^"'`\n]{1,60}?\s*(?:\+|\.\.?|,|&|\|\|)"#,
    r#"\s*[fFrRuU$@]{0,2}["'`])"#
);

/// A line that names a file of code, and no address.
static MODULE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^\s*(?:import|use|mod|include|(?:export\b.*\s)?from|require\w*)\b",
        r"|\brequire\(|\bimport\("
    ))
});

/// What may stand before a path, and the parts after a collection.
const BEFORE: &str = r"(?P<before>[\w./:$-]*(?:\{[^{}\n]*\})?/)?";
const VERB: &str = r"(?::[A-Za-z]\w*)";
const PART: &str = r"(?:[:/][A-Za-z]\w*)";

static PATH: LazyLock<Regex> = LazyLock::new(|| {
    // What stands before tells whether it is an address, or a name beside the API's.
    let text = format!(
        "{BEFORE}(?P<path>portabilityArchive(?:{VERB}|/{ID}{VERB}?)\
         |archiveJobs(?:(?P<id>/{ID})(?P<rest>{PART}{PART}?)|{VERB}))(?P<extension>\\.\\w)?"
    );
    pattern(&text)
});

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let text = format!(
        r"dataportability\.googleapis\.com/(?P<version>\w+)/(?P<path>(?P<id>{ID})(?P<rest>{PART})?)"
    );
    pattern(&text)
});

/// Returns what is wrong with the addresses in a line, each with its offset.
pub(crate) fn findings(line: &str) -> Vec<(usize, Finding)> {
    let mut found: Vec<(usize, Finding)> = Vec::new();
    let has_path = line.contains("archiveJobs") || line.contains("ortability");
    if !has_path || MODULE.is_match(line) {
        return found;
    }
    for captures in PATH.captures_iter(line) {
        let text = |name| captures.name(name).map_or("", |group| group.as_str());
        let (before, path) = (text("before"), text("path"));
        // The reference documentation has pages of these names, and an object may have them as
        // keys. Files and other parts of a job are the program's own.
        let is_key = before.is_empty() && !path.contains('/');
        let normal = match captures.name("id") {
            Some(_) => format!("archiveJobs/*{}", text("rest")),
            None => path.to_owned(),
        };
        let is_own = before.starts_with('.')
            || captures.name("extension").is_some()
            || text("rest").starts_with('/') && meant(&normal).is_none();
        let is_other = is_key || is_own || before.contains("reference/");
        if !is_other && !PATHS.contains(&normal.as_str()) {
            found.push((offset_in(line, path), of_path(path, &normal)));
        }
    }
    for captures in ADDRESS.captures_iter(line) {
        let text = |name| captures.name(name).map_or("", |group| group.as_str());
        let (version, path, id, rest) = (text("version"), text("path"), text("id"), text("rest"));
        let is_placeholder = !id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let known = if is_placeholder {
            ["", ":retry", ":cancel", "/portabilityArchiveState"].contains(&rest)
        } else {
            id == "archiveJobs"
                || PATHS.contains(&path)
                || (rest.is_empty() && PATHS.iter().any(|path| path.starts_with(id)))
        };
        let offset = offset_in(line, path);
        if version != "v1" && version.starts_with('v') {
            let message = format!("the API has no version {version}");
            let finding = Finding::new(Kind::UnknownPath, message).suggest(["v1".to_owned()]);
            found.push((offset_in(line, version), finding));
        } else if version == "v1" && !known && !found.iter().any(|(other, _)| *other == offset) {
            let normal = format!("archiveJobs/*{rest}");
            found.push((offset, of_path(path, if is_placeholder { &normal } else { path })));
        }
    }
    found.sort_by_key(|(offset, _)| *offset);
    found
}

/// Returns where a part of a line begins.
pub(crate) fn offset_in(line: &str, part: &str) -> usize {
    part.as_ptr() as usize - line.as_ptr() as usize
}

/// Returns the finding of a path that no method has, with what may be meant.
fn of_path(path: &str, normal: &str) -> Finding {
    let message = format!("no method of the API has the path {path}");
    let meant = meant(normal).map_or(PATHS.to_vec(), |path| vec![path]);
    Finding::new(Kind::UnknownPath, message).suggest(meant.into_iter().map(str::to_owned))
}

fn meant(normal: &str) -> Option<&'static str> {
    let verb = normal.rsplit([':', '/']).next().unwrap_or_default().to_lowercase();
    match verb.as_str() {
        "retry" => Some(PATHS[2]),
        "cancel" | "delete" | "stop" => Some(PATHS[3]),
        _ if normal.starts_with("portabilityArchive") => Some(PATHS[0]),
        "reset" => Some(PATHS[4]),
        "check" => Some(PATHS[5]),
        "state" | "status" | "portabilityarchivestate" | "archivestate" | "get" | "urls" => {
            Some(PATHS[1])
        }
        _ => None,
    }
}

static STATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r#"["'`](?:(?P<prefixed>STATE_(?:IN_PROGRESS|COMPLETED?|FAILED|CANCELL?ED|DONE|RUNNING"#,
        r"|SUCCEEDED))",
        r#"|(?P<plain>COMPLETED|CANCELED|SUCCEEDED))["'`]"#
    ))
});

/// Returns the states in a line that the API does not have, each with its offset. The last value
/// says whether only the text around it tells that a state of the API is meant.
pub(crate) fn wrong_states(line: &str) -> impl Iterator<Item = (usize, Finding, bool)> {
    let may_have_one = ["STATE_", "COMPLETED", "CANCELED", "SUCCEEDED"];
    let line = if may_have_one.iter().any(|state| line.contains(state)) { line } else { "" };
    STATE.captures_iter(line).filter_map(|captures| {
        let found = captures.name("prefixed").or_else(|| captures.name("plain"))?;
        let meant = match found.as_str().trim_start_matches("STATE_") {
            "COMPLETED" | "COMPLETE" | "DONE" | "SUCCEEDED" => "COMPLETE",
            "CANCELED" | "CANCELLED" => "CANCELLED",
            "RUNNING" | "IN_PROGRESS" => "IN_PROGRESS",
            other => other,
        };
        let message = format!(
            "the API has no state {}, only IN_PROGRESS, COMPLETE, FAILED and CANCELLED",
            found.as_str()
        );
        let finding = Finding::new(Kind::UnknownState, message).suggest([meant.to_owned()]);
        Some((found.start(), finding, captures.name("plain").is_some()))
    })
}
