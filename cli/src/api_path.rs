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
    r"(?:[$#]?\{[^{}\n]*\}|%[a-z]|<[^<>\n]*>|\*|…|\.\.\.|\$\w+|:\w+|[\w-]+|",
    r#"["'`]\s*(?:\+|\.\.?|,|&|\|\|)\s*[^"'`\n]{1,60}?\s*(?:\+|\.\.?|,|&|\|\|)"#,
    r#"\s*[fFrRuU$@]{0,2}["'`])"#
);

/// A line that names a file of code, and no address.
static MODULE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s*(?:import|export|use|mod|include|from|require\w*)\b|\brequire\(|\bimport\(")
});

/// What may stand before a path, and the parts after a collection.
const BEFORE: &str = r"(?P<before>[\w./:$-]*(?:\{[^{}\n]*\})?/)?";
const VERB: &str = r"(?::[A-Za-z]\w*)";
const PART: &str = r"(?:[:/][A-Za-z]\w*)";

static PATH: LazyLock<Regex> = LazyLock::new(|| {
    // What stands before tells whether it is an address, or a name beside the API's.
    let text = format!(
        "{BEFORE}(?P<path>portabilityArchive(?:{VERB}|/{ID}{VERB}?)\
         |archiveJobs(?:(?P<id>/{ID})(?P<rest>{PART}{PART}?)|{VERB}))"
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
        let before = captures.name("before").map_or("", |before| before.as_str());
        let (Some(path), rest) = (captures.name("path"), captures.name("rest")) else {
            continue;
        };
        // The reference documentation has pages of these names, and an object may have them as
        // keys.
        let is_key = before.is_empty() && !path.as_str().contains('/');
        if before.contains("reference/") || is_key {
            continue;
        }
        let rest = rest.map_or("", |rest| rest.as_str());
        let normal = match captures.name("id") {
            Some(_) => format!("archiveJobs/*{rest}"),
            None => path.as_str().to_owned(),
        };
        if !PATHS.contains(&normal.as_str()) {
            found.push((path.start(), of_path(path.as_str(), &normal)));
        }
    }
    for captures in ADDRESS.captures_iter(line) {
        let (Some(path), Some(id)) = (captures.name("path"), captures.name("id")) else {
            continue;
        };
        let version = captures.name("version").map_or("", |version| version.as_str());
        let rest = captures.name("rest").map_or("", |rest| rest.as_str());
        let is_placeholder = !id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric());
        let known = if is_placeholder {
            ["", ":retry", ":cancel", "/portabilityArchiveState"].contains(&rest)
        } else {
            matches!(id.as_str(), "archiveJobs")
                || PATHS.contains(&path.as_str())
                || (rest.is_empty() && PATHS.iter().any(|path| path.starts_with(id.as_str())))
        };
        let is_told = found.iter().any(|(offset, _)| *offset == path.start());
        if version != "v1" && version.starts_with('v') {
            let message = format!("the API has no version {version}");
            let finding = Finding::new(Kind::UnknownPath, message).suggest(["v1".to_owned()]);
            found.push((path.start() - version.len() - 1, finding));
        } else if version == "v1" && !known && !is_told {
            let normal = if is_placeholder {
                format!("archiveJobs/*{rest}")
            } else {
                path.as_str().to_owned()
            };
            found.push((path.start(), of_path(path.as_str(), &normal)));
        }
    }
    found.sort_by_key(|(offset, _)| *offset);
    found
}

/// Returns the finding of a path that no method has, with what may be meant.
fn of_path(path: &str, normal: &str) -> Finding {
    let verb = normal.rsplit([':', '/']).next().unwrap_or_default().to_lowercase();
    let meant = match verb.as_str() {
        "retry" => Some(PATHS[2]),
        "cancel" | "delete" | "stop" => Some(PATHS[3]),
        _ if normal.starts_with("portabilityArchive") => Some(PATHS[0]),
        "reset" => Some(PATHS[4]),
        "check" => Some(PATHS[5]),
        "state" | "status" | "portabilityarchivestate" | "archivestate" | "get" | "urls" => {
            Some(PATHS[1])
        }
        _ => None,
    };
    let message = format!("no method of the API has the path {path}");
    let suggestions = match meant {
        Some(path) => vec![path.to_owned()],
        None => PATHS.map(str::to_owned).to_vec(),
    };
    Finding::new(Kind::UnknownPath, message).suggest(suggestions)
}

static STATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r#"["'`](?:(?P<prefixed>STATE_(?:IN_PROGRESS|COMPLETED?|FAILED|CANCELL?ED|DONE|RUNNING"#,
        r"|SUCCEEDED))",
        r#"|(?P<plain>COMPLETED|CANCELED|SUCCEEDED))["'`]"#,
        r"|(?i:state)(?:\.|::)(?P<member>STATE_(?:IN_PROGRESS|COMPLETED?|FAILED|CANCELL?ED)",
        r"|COMPLETED|CANCELED)\b"
    ))
});

/// A state that the API does not have.
pub(crate) struct WrongState {
    pub(crate) offset: usize,
    pub(crate) finding: Finding,
    /// Whether only the text around it tells that a state of the API is meant.
    pub(crate) needs_context: bool,
}

/// Returns the states in a line that the API does not have.
pub(crate) fn wrong_states(line: &str) -> impl Iterator<Item = WrongState> {
    let may_have_one = ["STATE_", "COMPLETED", "CANCELED", "SUCCEEDED"];
    let line = if may_have_one.iter().any(|state| line.contains(state)) { line } else { "" };
    STATE.captures_iter(line).filter_map(|captures| {
        let names = ["prefixed", "plain", "member"];
        let found = names.iter().find_map(|name| captures.name(name))?;
        let state = found.as_str().trim_start_matches("STATE_");
        let meant = match state {
            "COMPLETED" | "COMPLETE" | "DONE" | "SUCCEEDED" => "COMPLETE",
            "CANCELED" | "CANCELLED" => "CANCELLED",
            "RUNNING" | "IN_PROGRESS" => "IN_PROGRESS",
            other => other,
        };
        let message = format!(
            "the API has no state {}, only IN_PROGRESS, COMPLETE, FAILED and CANCELLED",
            found.as_str()
        );
        Some(WrongState {
            offset: found.start(),
            finding: Finding::new(Kind::UnknownState, message).suggest([meant.to_owned()]),
            needs_context: captures.name("plain").is_some(),
        })
    })
}
