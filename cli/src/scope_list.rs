//! Scopes in a text, whatever separates them.

use std::sync::LazyLock;

use dataportability_scopes::catalogue::Resource;
use regex::Regex;
use serde_json::Value;

use crate::explain::is_like_scope;
use crate::finding::{Finding, Kind, percent_decoded};
use crate::pattern::pattern;

static SEPARATOR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)(?:%20|%2C|%0A|%0D|[\s,;+"'`\[\]()])+"#));

/// The tokens of a text, and what is between them that Google does not read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ScopeList {
    pub(crate) tokens: Vec<String>,
    pub(crate) separators: Vec<&'static str>,
}

impl ScopeList {
    /// Reads scopes that are separated by spaces, commas, `+`, `%20` or new lines, or are a list of
    /// JSON or of a programming language.
    pub(crate) fn read(text: &str) -> ScopeList {
        let mut list = ScopeList::default();
        match serde_json::from_str(text) {
            Ok(Value::String(inner)) => return ScopeList::read(&inner),
            Ok(Value::Array(items)) => {
                list.separators.push("a JSON list");
                for item in items.iter().filter_map(Value::as_str) {
                    item.split_whitespace().for_each(|token| list.push(token));
                }
                return list;
            }
            _ => {}
        }
        let mut end = 0;
        for separator in SEPARATOR.find_iter(text) {
            let is_between = separator.start() > 0 && separator.end() < text.len();
            list.push(text.get(end..separator.start()).unwrap_or_default());
            end = separator.end();
            if let (true, Some(name)) = (is_between, name(separator.as_str())) {
                if !list.separators.contains(&name) {
                    list.separators.push(name);
                }
            }
        }
        list.push(text.get(end..).unwrap_or_default());
        list
    }

    /// Adds a token. What may be a secret that stands beside the scopes becomes `…`: another
    /// parameter, or a token of Google's.
    pub(crate) fn push(&mut self, token: &str) {
        let mut token = token.to_owned();
        for _ in 0..4 {
            token = percent_decoded(&token).into_owned();
        }
        let end = token.find(['?', '=', '&', '%']).unwrap_or(token.len());
        let (shown, rest) = token.split_at(end);
        let is_name = shown.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'.'));
        let is_public = is_name || is_like_scope(shown) || shown.starts_with("https://");
        let shown = if is_public { shown } else { "" };
        match (shown, rest) {
            _ if token.is_empty() => {}
            (shown, "") if is_public => self.tokens.push(shown.to_owned()),
            _ => self.tokens.push(format!("{shown}…")),
        }
    }

    /// Returns the finding of a text that Google does not read as a scope value.
    pub(crate) fn separator(&self) -> Option<Finding> {
        if self.separators.is_empty() {
            return None;
        }
        let message = format!(
            "{} between the scopes: Google accepts one space there, and nothing else",
            self.separators.join(" and ")
        );
        let scope = |token: &String| {
            token.parse::<Resource>().map_or(token.clone(), |it| it.scope().to_string())
        };
        let scopes: Vec<String> = self.tokens.iter().map(scope).collect();
        Some(Finding::new(Kind::Separator, message).suggest([scopes.join(" ")]))
    }
}

/// Names what is between two tokens, unless it is one space.
fn name(separator: &str) -> Option<&'static str> {
    let separator = separator.to_ascii_lowercase();
    [
        (",", "commas"),
        ("%2c", "encoded commas"),
        (";", "semicolons"),
        ("+", "plus signs"),
        ("%20", "encoded spaces (%20)"),
        ("%0", "encoded new lines"),
        ("\n", "new lines"),
        ("\"", "quotation marks"),
        ("'", "quotation marks"),
        ("  ", "several spaces"),
    ]
    .into_iter()
    .find(|(text, _)| separator.contains(text))
    .map(|(_, name)| name)
    .or_else(|| (separator != " ").then_some("other characters than a space"))
}
