//! `explain`: what a pasted text is, and what is wrong with it.

mod consent_url;
mod error;
mod response;

use std::collections::HashSet;
use std::error::Error;

use clap::Args;
use dataportability_scopes::catalogue::{Resource, Scope};
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::Answer;
use crate::argument::{quantity, standard_input};
use crate::finding::{Finding, Kind, Side, is_of_api, of_resource, of_scope};
use crate::help::examples;
use crate::output::Output;
use crate::scope_list::ScopeList;
use crate::terminal::{BAD, BOLD, GOOD, paint};
pub(crate) use consent_url::explain as explain_url;

/// Say what a text is, and what is wrong with it.
///
/// The text is a consent URL, a callback URL, a scope value, a scope, the name of a resource group,
/// a token response, a tokeninfo response or an error response. Secrets in it are never printed.
/// Exits with 1 if something is wrong with it.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes explain youtube.watch_history",
    "dataportability-scopes explain --json \\
    \"https://www.googleapis.com/auth/dataportability.youtube.clips,openid\"",
    "dataportability-scopes explain - < token_response.json",
]))]
pub(crate) struct ExplainArgs {
    /// The text; "-" reads standard input
    #[arg(value_name = "TEXT", required = true)]
    text: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum What {
    ConsentUrl,
    CallbackUrl,
    ScopeValue,
    Scope,
    Resource,
    TokenResponse,
    TokenInfo,
    ErrorResponse,
    Unknown,
}

impl What {
    fn in_words(self) -> &'static str {
        match self {
            What::ConsentUrl => "A consent URL",
            What::CallbackUrl => "A callback URL",
            What::ScopeValue => "A scope value",
            What::Scope => "A scope",
            What::Resource => "The name of a resource group",
            What::TokenResponse => "A token response",
            What::TokenInfo => "A tokeninfo response",
            What::ErrorResponse => "An error response",
            What::Unknown => "Not recognized",
        }
    }
}

/// What was found out about a text.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    pub(crate) what: What,
    /// The scopes in it, those of this API and others.
    pub(crate) scopes: Vec<String>,
    pub(crate) findings: Vec<Finding>,
    /// What is good to know, but not wrong.
    pub(crate) notes: Vec<String>,
}

impl Explanation {
    pub(crate) fn new(what: What) -> Explanation {
        Explanation { what, scopes: Vec::new(), findings: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn find(&mut self, kind: Kind, message: impl Into<String>) {
        self.findings.push(Finding::new(kind, message));
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Adds scopes, and what is wrong with each. Scopes of other APIs are wrong in a request.
    pub(crate) fn add_scopes(&mut self, list: &ScopeList, side: Side) {
        let is_mixed = list.tokens.iter().any(|token| is_of_api(token));
        let refuses_others = side == Side::Asked && is_mixed;
        let mut others = Vec::new();
        let mut repeated = Vec::new();
        let mut seen = HashSet::new();
        for token in &list.tokens {
            if !seen.insert(token) {
                repeated.push(token.as_str());
                continue;
            }
            match of_scope(token, side) {
                Some(finding) if finding.kind == Kind::OtherApi && !refuses_others => {
                    others.push(token.as_str());
                }
                finding => self.findings.extend(finding),
            }
        }
        for (what, tokens) in [("scopes of other APIs", others), ("more than once", repeated)] {
            if !tokens.is_empty() {
                let tokens = tokens.join(" ").replace(char::is_control, "\u{fffd}");
                self.note(format!("{what}: {tokens}"));
            }
        }
        self.scopes.extend(list.tokens.iter().cloned());
    }
}

pub(crate) fn run(args: &ExplainArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let text = match args.text.as_slice() {
        [one] if one == "-" => String::from_utf8_lossy(&standard_input()?).into_owned(),
        words => words.join(" "),
    };
    if text.trim().is_empty() {
        return Err("no text to explain; paste one between quotation marks".into());
    }
    let explanation = explain(&text);
    if args.json {
        out.print_json(&json!(explanation));
    } else {
        explanation.print(out);
    }
    Ok(Answer::of(explanation.findings.is_empty()))
}

/// Says what a text is.
pub(crate) fn explain(text: &str) -> Explanation {
    let text = text.trim().trim_start_matches('\u{feff}');
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        match &value {
            Value::String(inner) if !inner.trim().is_empty() => return explain(inner),
            Value::Object(_) => return response::explain(&value),
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let first = items.iter().find(|item| item.is_object());
                return response::explain(first.unwrap_or(&value));
            }
            _ => {}
        }
    }
    if let Some(explanation) = url(text) {
        return explanation;
    }
    let list = ScopeList::read(text);
    match list.tokens.as_slice() {
        // A part of it may be a secret.
        [token] if token.ends_with('…') => one(token).unwrap_or_else(|| of_text(text)),
        // As it was pasted: the tokens of the list are decoded.
        [_] => {
            one(text.trim_matches(|c| "\"'`[](),;+".contains(c))).unwrap_or_else(|| of_text(text))
        }
        tokens if !tokens.is_empty() && tokens.iter().all(|token| is_like_scope(token)) => {
            let mut explanation = Explanation::new(What::ScopeValue);
            explanation.findings.extend(list.separator());
            explanation.add_scopes(&list, Side::Asked);
            explanation
        }
        _ => of_text(text),
    }
}

/// Explains a URL, or its end: a path, a query or a fragment. Returns `None` if the text is none.
fn url(text: &str) -> Option<Explanation> {
    let text = text.trim_matches(['"', '\'', '`', '<', '>']);
    let text = &text.replace("&amp;", "&").replace("\\u0026", "&");
    if text.contains(char::is_whitespace) || is_like_scope(text) {
        return None;
    }
    let parsed = match Url::parse(text) {
        Ok(url) if url.has_host() || url.scheme().contains('.') => url,
        _ if text.contains('=') => {
            let end = text.find(['?', '#', '=']).and_then(|at| text.get(at..)).unwrap_or_default();
            let end = if end.starts_with('=') { &format!("?{text}") } else { end };
            Url::parse(&format!("https://localhost/{end}")).ok()?
        }
        _ => return None,
    };
    consent_url::explain(&parsed)
}

/// Explains one word: a scope or the name of a resource group.
fn one(token: &str) -> Option<Explanation> {
    let is_name = |token: &str| {
        token.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'.')) && token.len() < 64
    };
    if let Ok(resource) = token.parse::<Resource>() {
        let mut explanation = Explanation::new(What::Resource);
        explanation.findings.extend(of_resource(token));
        explanation.describe(resource);
        return Some(explanation);
    }
    if is_like_scope(token) {
        let mut explanation = Explanation::new(What::Scope);
        let tokens = vec![token.to_owned()];
        explanation.add_scopes(&ScopeList { tokens, ..Default::default() }, Side::Asked);
        if let Some(scope) = Scope::find(token) {
            explanation.describe(scope.resource());
        }
        return Some(explanation);
    }
    // A name that means nothing may be a secret.
    let finding = of_resource(token).filter(|finding| is_name(token) && finding.is_likely(token));
    let mut explanation = Explanation::new(What::Resource);
    explanation.findings.push(finding?);
    Some(explanation)
}

/// Explains a text that is no value: the message of an error, or nothing that is known.
fn of_text(text: &str) -> Explanation {
    let mut explanation = Explanation::new(What::ErrorResponse);
    if error::explain(text, &mut explanation) {
        return explanation;
    }
    // A line of a log, or a command.
    let words = text.split_whitespace();
    let mut addresses = words.filter(|word| word.contains('?') || word.contains("://"));
    if let Some(explanation) = addresses.find_map(url) {
        return explanation;
    }
    let mut explanation = Explanation::new(What::Unknown);
    explanation.note(
        "paste a consent or callback URL, scopes, the name of a resource group, or a JSON response \
         from Google",
    );
    explanation
}

/// Returns whether a token is a scope by its form, of whatever API.
pub(crate) fn is_like_scope(token: &str) -> bool {
    const SIGN_IN: [&str; 3] = ["openid", "email", "profile"];
    let is_address = token.contains("/auth/") || token.to_ascii_lowercase().contains("%2fauth%2f");
    SIGN_IN.contains(&token)
        || (is_address && !token.contains(['?', '=', '&']))
        || token == "https://mail.google.com/"
        || token.parse::<Resource>().is_ok()
        || (is_of_api(token) && token.starts_with("dataportab"))
        || token.ends_with("/auth/dataportability")
}

impl Explanation {
    /// Says what a resource group is.
    fn describe(&mut self, resource: Resource) {
        self.note(format!("{}: {}", resource.label(), resource.description()));
    }

    fn print(&self, out: &mut Output) {
        let what = paint(BOLD, self.what.in_words());
        if self.what == What::Scope || self.scopes.is_empty() {
            out.print_line(format_args!("{what}."));
        } else {
            out.print_line(format_args!("{what}, with {}.", quantity(self.scopes.len(), "scope")));
        }
        for finding in &self.findings {
            let kind = paint(BAD, finding.kind.name());
            out.print_line(format_args!("  {kind}: {}", finding.sentence()));
        }
        for note in &self.notes {
            out.print_line(format_args!("  {note}"));
        }
        if self.findings.is_empty() && !matches!(self.what, What::Unknown | What::ErrorResponse) {
            out.print_line(format_args!("  {}", paint(GOOD, "Nothing wrong was found.")));
        }
    }
}
