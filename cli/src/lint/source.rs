//! What is wrong in one source file.

use std::path::Path;
use std::sync::LazyLock;

use dataportability_scopes::catalogue::{Resource, SCOPE_PREFIX, Service};
use regex::Regex;
use url::Url;

use super::code::{Line, Literal, lines, literals};
use super::{Located, allow};
use crate::api_path::{self, offset_in};
use crate::explain::{explain_url, is_like_scope};
use crate::finding::{
    Finding, IMPLICIT_FLOW, INCREMENTAL, Kind, Side, is_of_api, of_resource, of_scope,
    percent_decoded,
};
use crate::pattern::pattern;
use crate::scope_list::ScopeList;

/// A file without any of these has nothing to do with the API.
static MARKS: LazyLock<Regex> =
    LazyLock::new(|| pattern("(?i)data[-_]?portab|portabilityArchive|archiveJobs/"));

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)[^\s"'`,;()\[\]{}<>|=+\\$…&]*data[-_]?portab[a-z]*[^\s"'`,;()\[\]{}<>|=+\\$…&*#]*"#,
    )
});
/// What a program completes scopes with, from `dataportability` on.
static COMPLETING: LazyLock<Regex> = LazyLock::new(|| pattern(r#"/auth/["'`$%#{\\]"#));
static SCOPE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)auth(?:/|%2f)dataportability"));
static GRANTED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)include_?granted_?scopes["'\])]{0,3}\s*(?:=>|[:=,(])\s*["']?true"#)
});
static IMPLICIT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)\bresponse_?type["'\])]{0,3}\s*(?:=>|[:=,(])\s*["']?(?:id_)?token\b"#)
});
static RESOURCES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?i)resources?(?:_?(?:groups?|names?))?["'\])]*\s*(?::\s*[\w<>\[\]]+\s*)?"#,
        r"(?:=>|[:=,(])?[\s=]*[\w.:!<>\[\]]*\s*[\[({]*\s*[fbru&]?$",
    ))
});
/// A list of resources in JSON that is a string of another language.
static IN_STRING: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"resources\\*["']\s*:\s*\[([^\]\n]*)\]"#));
static STATE_WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b\w*(?:[sS]tate|STATE)s?\b"));
static COMPLETE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bCOMPLETE\b"));
static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Za-z_][\w-]*(?:\.[\w-]+)+$"));

/// Returns what is wrong in a file, in the order of its lines.
pub(super) fn findings(path: &Path, file: &str, bytes: &[u8]) -> Vec<Located> {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    if !MARKS.is_match(&text) {
        return Vec::new();
    }
    let lines = lines(path, &text);
    let literals = literals(&lines);
    let mut source = Source { lines: &lines, found: Vec::new() };
    source.find_scopes(&literals);
    source.find_in_lists(&literals);
    source.find_in_urls(&literals);
    source.find_calls();
    let mut found = source.found;
    found.sort_by_key(|(line, offset, finding)| (*line, *offset, finding.kind));
    found.dedup_by_key(|(line, offset, finding)| (*line, *offset, finding.kind));
    let text_of = |line: usize| lines.get(line).map_or("", |line| line.text);
    found.retain(|(line, _, finding)| {
        let is_allowed = |line| allow::allows(text_of(line), finding.kind);
        !is_allowed(*line) && !line.checked_sub(1).is_some_and(is_allowed)
    });
    let locate = |(line, offset, finding): (usize, usize, Finding)| Located {
        file: file.to_owned(),
        line: line + 1,
        column: text_of(line).get(..offset).map_or(0, |before| before.chars().count()) + 1,
        finding,
    };
    found.into_iter().map(locate).collect()
}

struct Source<'text> {
    lines: &'text [Line<'text>],
    /// The index of the line, the offset in it, and what is wrong.
    found: Vec<(usize, usize, Finding)>,
}

impl Source<'_> {
    /// Finds scopes of this API that are not right.
    fn find_scopes(&mut self, literals: &[Literal]) {
        let is_completed = self.lines.iter().any(|line| COMPLETING.is_match(line.code));
        for (index, line) in self.lines.iter().enumerate() {
            if !MARKS.is_match(line.code) {
                continue;
            }
            for found in TOKEN.find_iter(line.code) {
                let Some((offset, token)) = scope_in(line, found.start(), found.as_str()) else {
                    continue;
                };
                let is_prose = if line.is_prose {
                    !stands_alone(line.code, token)
                } else {
                    let place = (index, offset);
                    let after = literals.partition_point(|it| (it.line, it.offset) <= place);
                    let around = literals.get(..after).and_then(<[_]>::last).filter(|literal| {
                        literal.line == index && offset < literal.offset + literal.content.len()
                    });
                    around.is_some_and(|literal| is_sentence(literal.content))
                };
                if is_prose {
                    continue;
                }
                // In a URL a scope is percent-encoded.
                let mut token = percent_decoded(token);
                if is_completed && token.starts_with("dataportability.") {
                    token = format!("https://www.googleapis.com/auth/{token}").into();
                }
                if let Some(finding) = of_scope(&token, Side::Asked) {
                    self.found.push((index, offset, finding));
                }
            }
        }
    }

    /// Finds what only a list shows: scopes of other APIs beside those of this one, and names of
    /// resources.
    fn find_in_lists(&mut self, literals: &[Literal]) {
        let names_one = literals.iter().any(|literal| is_resource(literal.content));
        let mut rest = literals;
        while let Some((first, others)) = rest.split_first() {
            let len = others.iter().take_while(|literal| literal.continues).count();
            let (list, others) = rest.split_at(len + 1);
            rest = others;
            self.find_other_apis(list);
            let is_resources = RESOURCES.is_match(&self.before(first));
            if is_resources || names_one {
                let known = list.iter().filter(|it| is_resource(it.content)).count();
                self.find_resources(list, is_resources, known > 0);
            }
        }
    }

    /// Returns the code before a literal, from up to two lines before on.
    fn before(&self, literal: &Literal) -> String {
        let mut text = String::new();
        for line in self.lines.get(literal.line.saturating_sub(2)..literal.line).unwrap_or_default()
        {
            text.push_str(tail(line.code));
            text.push('\n');
        }
        let code = self.lines.get(literal.line).map_or("", |line| line.code);
        let before = code.get(..literal.offset).unwrap_or_default();
        text.push_str(tail(before).trim_end_matches(['"', '\'', '`']));
        text
    }

    fn find_other_apis(&mut self, list: &[Literal]) {
        let mut pieces = Vec::new();
        for literal in list {
            for piece in pieces_of(literal.content) {
                let offset = literal.offset + offset_in(literal.content, piece);
                pieces.push((literal.line, offset, piece));
            }
            // Two scopes of one text, which has to be a scope value.
            let is_query = literal.content.contains('?') || literal.content.contains('&');
            let scopes = literal.content.matches("/auth/dataportability.").count();
            if scopes > 1 && !is_query && pieces_of(literal.content).all(is_scope) {
                if let Some(finding) = ScopeList::read(literal.content).separator() {
                    self.found.push((literal.line, literal.offset, finding));
                }
            }
        }
        let has_one = pieces.iter().any(|(_, _, piece)| is_of_api(piece));
        if !has_one || !pieces.iter().all(|(_, _, piece)| is_scope(piece)) {
            return;
        }
        let count = pieces.len();
        for (line, offset, piece) in pieces {
            // Alone it may be the beginning that a program adds names to.
            let is_bare = count > 1 && is_of_api(piece) && piece.ends_with("/auth/dataportability");
            let finding = of_scope(piece, Side::Asked);
            let finding = finding.filter(|it| it.kind == Kind::OtherApi || is_bare);
            self.found.extend(finding.map(|finding| (line, offset, finding)));
        }
    }

    /// Finds names in a list of resources, or in one that has a name of a resource.
    fn find_resources(&mut self, list: &[Literal], is_resources: bool, names_one: bool) {
        for literal in list {
            let name = literal.content;
            let is_scope = name.starts_with(SCOPE_PREFIX);
            let is_right = is_resources && is_scope || NAME.is_match(name) && !is_scope;
            if is_right && (is_resources || names_one) {
                // Files and hosts end in four letters at most.
                let is_file = name.rsplit('.').next().is_some_and(|last| last.len() <= 4);
                let finding = of_resource(name).filter(|finding| {
                    finding.is_likely(name) && !(is_file && finding.suggestions.is_empty())
                });
                self.found.extend(finding.map(|it| (literal.line, literal.offset, it)));
            }
        }
    }

    /// Finds what is wrong with whole consent URLs.
    fn find_in_urls(&mut self, literals: &[Literal]) {
        for literal in literals {
            let text = literal.content;
            let is_whole = text.contains("client_id=")
                && text.contains("dataportability")
                && !text.contains(['{', '}', '<', '>', '$'])
                && !text.ends_with(['=', '&', '?']);
            if !is_whole {
                continue;
            }
            let text = text.replace("&amp;", "&");
            let url = text.starts_with("http").then(|| Url::parse(&text).ok()).flatten();
            if let Some(explanation) = url.as_ref().and_then(explain_url) {
                // Others are found one by one, each in its place.
                const OF_WHOLE: [Kind; 5] = [
                    Kind::NoState,
                    Kind::NoPkce,
                    Kind::RepeatedParameter,
                    Kind::RedirectUri,
                    Kind::OtherApi,
                ];
                let findings = explanation.findings.into_iter();
                let findings = findings.filter(|finding| OF_WHOLE.contains(&finding.kind));
                self.found.extend(findings.map(|it| (literal.line, literal.offset, it)));
            }
        }
    }

    /// Finds wrong requests and responses: parameters beside scopes of this API, paths and states.
    fn find_calls(&mut self) {
        let has_scopes = self.lines.iter().any(|line| !line.is_prose && SCOPE.is_match(line.code));
        for (index, line) in self.lines.iter().enumerate() {
            if line.is_prose {
                continue;
            }
            if has_scopes {
                for (pattern, kind, message) in [
                    (&GRANTED, Kind::IncludeGrantedScopes, INCREMENTAL),
                    (&IMPLICIT, Kind::ImplicitFlow, IMPLICIT_FLOW),
                ] {
                    let found = pattern.find(line.code).filter(|_| !self.is_of_others(index));
                    if let Some(found) = found {
                        let finding = Finding::new(kind, message);
                        self.found.push((index, found.start(), finding));
                    }
                }
            }
            for list in IN_STRING.captures_iter(line.code).filter_map(|it| it.get(1)) {
                // Between two quotes is a name.
                let names = list.as_str().split(['"', '\'']).skip(1).step_by(2);
                let names = names.map(|name| name.trim_end_matches('\\'));
                let literal = |content| {
                    let offset = offset_in(line.code, content);
                    Literal { line: index, offset, content, continues: true }
                };
                self.find_resources(&names.map(literal).collect::<Vec<_>>(), true, false);
            }
            let paths = api_path::findings(line.code).into_iter();
            self.found.extend(paths.map(|(offset, finding)| (index, offset, finding)));
            for (offset, finding, needs_context) in api_path::wrong_states(line.code) {
                if !needs_context || self.is_about_states(index) {
                    self.found.push((index, offset, finding));
                }
            }
        }
    }

    /// Returns whether the lines around name scopes, and none of this API.
    fn is_of_others(&self, index: usize) -> bool {
        let end = self.lines.len().min(index + 4);
        let near = self.lines.get(index.saturating_sub(3)..end).unwrap_or_default();
        let has = |word| near.iter().any(|line| line.code.contains(word));
        (has("/auth/") || has("openid")) && !near.iter().any(|line| MARKS.is_match(line.code))
    }

    /// Returns whether a line, or the nearest before it that names a state or a status, is about a
    /// state. Beside the right state, another is the program's own.
    fn is_about_states(&self, index: usize) -> bool {
        let near = self.lines.get(index.saturating_sub(6)..=index).unwrap_or_default();
        let is_state = near.iter().rev().find_map(|line| {
            let mut words = STATE_WORD.find_iter(line.code).map(|word| word.as_str());
            let is_state = words.any(|word| word != "useState");
            (is_state || line.code.to_ascii_lowercase().contains("status")).then_some(is_state)
        });
        is_state == Some(true) && !near.last().is_some_and(|line| COMPLETE.is_match(line.code))
    }
}

/// Returns the scope that a token of a line is, with its offset. Returns `None` if it is another
/// word, or a pattern that scopes are made of.
fn scope_in<'text>(line: &Line, start: usize, found: &'text str) -> Option<(usize, &'text str)> {
    let lower = found.to_ascii_lowercase();
    let name = ["dataportab", "data-portab", "data_portab"].iter().find_map(|it| lower.find(it))?;
    let after = start + found.len();
    let next = line.code.get(after..).and_then(|rest| rest.chars().next());
    let encoded = lower.find("%20").or_else(|| lower.find("%2c"));
    let end = encoded.filter(|at| *at > name).unwrap_or(found.len());
    let mut begin = 0;
    if let Some(at) = lower.get(..name)?.rfind("%20").or_else(|| lower.get(..name)?.rfind("%2c")) {
        begin = at + 3;
    }
    let token = found.get(begin..end)?;
    let before = lower.get(..name)?;
    let is_address = before.ends_with("/auth/") || before.ends_with("%2fauth%2f");
    let is_short = before.is_empty() && {
        let quote = |c: Option<char>| c.is_some_and(|c| "\"'`".contains(c));
        quote(line.code.get(..start)?.chars().next_back()) && quote(next)
    };
    let tail = lower.get(name..end)?.trim_start_matches(|c: char| c.is_alphanumeric() || c == '-');
    let group = tail.strip_prefix(['.', '/']).unwrap_or_default();
    if !is_address && !is_short || is_short && service_of(group).is_none() {
        return None;
    }
    // A beginning that code or prose completes.
    let is_completed = next.is_some_and(|next| "{$<*#[…(+".contains(next));
    let is_format = group.contains(['%', '*', '{']) && !lower.contains("%2f");
    if group.is_empty() || group.ends_with('.') || is_completed && end == found.len() || is_format {
        return None;
    }
    let token = token.trim_end_matches([':', '!', '?']);
    let is_placeholder = |segment: &str| segment.len() > 1 && segment == segment.to_uppercase();
    let original = found.get(name..end)?.split_once(['.', '/']).map_or("", |(_, group)| group);
    if original.split('.').all(is_placeholder) && of_resource(group).is_some() {
        return None;
    }
    Some((start + begin, token))
}

/// Returns the end of a line, which may have a whole program.
fn tail(code: &str) -> &str {
    let start = code.char_indices().rev().nth(300).map_or(0, |(at, _)| at);
    code.get(start..).unwrap_or_default()
}

fn service_of(group: &str) -> Option<Service> {
    group.split('.').next()?.parse().ok()
}

/// Returns whether a line has a scope and no other words: an item of a list.
fn stands_alone(line: &str, token: &str) -> bool {
    let others = line.replace(token, "");
    !others.chars().any(char::is_alphanumeric)
        || others
            .split_whitespace()
            .all(|word| is_scope(word.trim_matches(['`', ',', '"', '\'', '-'])))
}

/// Returns whether a text has other words than scopes, and is no URL.
fn is_sentence(content: &str) -> bool {
    let mut pieces = content.split_whitespace().map(|piece| piece.trim_start_matches("scope="));
    content.contains(' ')
        && !pieces.all(|piece| piece.contains("/auth/") || is_scope(piece.trim_matches(',')))
}

/// Returns the parts of a text that is scopes, as they are separated.
fn pieces_of(content: &str) -> impl Iterator<Item = &str> {
    let content = content.strip_prefix("scope=").unwrap_or(content);
    content
        .split(|c: char| c.is_whitespace() || c == ',' || c == '+')
        .flat_map(|piece| piece.split("%20"))
        .filter(|piece| !piece.is_empty())
}

fn is_scope(piece: &str) -> bool {
    is_like_scope(piece) && !is_resource(piece) && !piece.ends_with("/auth/")
}

fn is_resource(name: &str) -> bool {
    name.parse::<Resource>().is_ok()
}
