//! `check`: whether scopes are in a revision.

use std::error::Error;

use clap::Args;
use dataportability_scopes::catalogue::{
    Listing, ParseScopeErrorKind, Resource, Revision, SCOPE_PREFIX, Scope,
};
use serde::Serialize;
use serde_json::json;

use crate::Answer;
use crate::argument::{Format, RevisionArg, character_at, shown, standard_input};
use crate::catalogue::{Listed, listed, listed_in_words};
use crate::explain::is_like_scope;
use crate::finding::{Finding, Side, is_of_api, of_scope};
use crate::help::examples;
use crate::output::Output;
use crate::scope_list::ScopeList;
use crate::terminal::{BAD, BOLD, CAREFUL, DIM, GOOD, paint};

/// Tell whether scopes are in a revision.
///
/// Exits with 0 if all are, with 1 if one is not, and with 2 if one is not a scope token at all.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes check https://www.googleapis.com/auth/dataportability.youtube.clips",
    "dataportability-scopes check --revision 2025-01-20 \\
    https://www.googleapis.com/auth/dataportability.youtube.clips",
    "dataportability-scopes check - < scopes.txt",
]))]
pub(crate) struct CheckArgs {
    /// Scope tokens or scope values; "-" reads them from standard input, one per line, where #
    /// begins a comment
    #[arg(value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    #[command(flatten)]
    revision: RevisionArg,
    #[command(flatten)]
    format: Format,
    /// Print nothing
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
}

/// A scope token, and what was found out about it.
#[derive(Serialize)]
struct Checked {
    input: String,
    status: &'static str,
    scope: Option<Scope>,
    resource: Option<Resource>,
    listed: Option<Vec<Listed>>,
    reason: Option<String>,
    suggestions: Vec<String>,
}

pub(crate) fn run(args: &CheckArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let revision = args.revision.revision;
    let (inputs, separator) = inputs(&args.scopes)?;
    let checked: Vec<Checked> =
        inputs.into_iter().map(|input| Checked::new(input, revision)).collect();
    if args.format.json {
        out.print_json(&json!({ "revision": revision, "separator": separator, "scopes": checked }));
    } else if !args.quiet {
        let heading = format!("{:<14}  {}", "STATUS", args.format.heading());
        out.print_line(paint(BOLD, &heading));
        for checked in &checked {
            checked.print(args, out);
        }
        if let Some(separator) = &separator {
            out.print_line(paint(BAD, &separator.message));
        }
    }
    let has = |status| checked.iter().any(|checked| checked.status == status);
    Ok(if has("malformed") {
        Answer::Malformed
    } else if separator.is_none() && checked.iter().all(|checked| checked.status == "known") {
        Answer::Yes
    } else {
        Answer::No
    })
}

/// Returns the tokens of the arguments, with those on standard input in place of `-`, and what is
/// wrong with what separates them.
fn inputs(arguments: &[String]) -> Result<(Vec<String>, Option<Finding>), Box<dyn Error>> {
    let (mut inputs, mut separator) = (Vec::new(), None);
    for argument in arguments {
        if argument != "-" {
            separator = separator.or(add_tokens(argument, &mut inputs));
            continue;
        }
        let text = String::from_utf8(standard_input()?)
            .map_err(|error| format!("standard input: {error}"))?;
        // A fragment of a URL is no comment.
        let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim());
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            separator = separator.or(add_tokens(line, &mut inputs));
        }
    }
    if inputs.is_empty() {
        let remedy = "give one token or scope value per line";
        return Err(format!("standard input has no scopes; {remedy}").into());
    }
    Ok((inputs, separator))
}

/// Adds the tokens of a scope value. Two spaces have an empty token between them. What other
/// characters separate is read too, but is no scope value.
fn add_tokens(value: &str, inputs: &mut Vec<String>) -> Option<Finding> {
    let mut separator = None;
    for token in value.split(' ') {
        if !token.contains([',', '+', '%', ';']) {
            inputs.push(token.to_owned());
            continue;
        }
        let list = ScopeList::read(token);
        if list.tokens.len() > 1 && list.tokens.iter().all(|token| is_like_scope(token)) {
            separator = separator.or(list.separator());
            inputs.extend(list.tokens);
        } else {
            inputs.push(token.to_owned());
        }
    }
    separator
}

fn status(input: &str, scope: Option<Scope>, revision: Revision) -> &'static str {
    // RFC 6749, section 3.3.
    let is_allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    match scope {
        Some(scope) if scope.is_listed_in(revision) => "known",
        Some(scope) => {
            let ended = |listing: &Listing| listing.until.is_some_and(|until| until <= revision);
            if scope.listings().iter().any(ended) { "withdrawn" } else { "other_revision" }
        }
        None if input.is_empty() || !input.bytes().all(is_allowed) => "malformed",
        None if input.starts_with(SCOPE_PREFIX) || is_of_api(input) => "unknown",
        None if input.parse::<Resource>().is_ok() => "resource_name",
        None => "foreign",
    }
}

/// Says why a token is not a scope of any documented list, and what may be meant.
fn reason(input: &str) -> (Option<String>, Vec<String>) {
    let Err(error) = input.parse::<Scope>() else {
        return (None, Vec::new());
    };
    let finding = of_scope(input, Side::Asked).filter(|_| is_of_api(input));
    let meant = || error.suggestions().into_iter().map(|it| it.scope().to_string()).collect();
    let suggestions = finding.as_ref().map(|finding| finding.suggestions.clone());
    let suggestions = suggestions.filter(|them| !them.is_empty()).unwrap_or_else(meant);
    let reason = match (error.kind(), finding) {
        (ParseScopeErrorKind::Malformed { position }, _) => {
            let character = position.and_then(|at| character_at(input, at));
            let character = character.map(|character| format!(": {}", shown(character)));
            format!("{error}{}", character.unwrap_or_default())
        }
        _ if input.contains('?') => {
            "a URL, not a scope: \"dataportability-scopes explain\" says what is in it".to_owned()
        }
        (_, Some(finding)) => finding.sentence(),
        _ => error.to_string(),
    };
    (Some(reason), suggestions)
}

impl Checked {
    fn new(input: String, revision: Revision) -> Checked {
        let scope = Scope::find(&input);
        let (reason, suggestions) = reason(&input);
        Checked {
            status: status(&input, scope, revision),
            scope,
            resource: scope.map(Scope::resource),
            listed: scope.map(|scope| listed(scope.resource())),
            input,
            reason,
            suggestions,
        }
    }

    fn print(&self, args: &CheckArgs, out: &mut Output) {
        let (style, words) = match (self.scope, self.status) {
            (Some(scope), _) if scope.listings().is_empty() => {
                (CAREFUL, "in no revision".to_owned())
            }
            (_, "known") => (GOOD, self.status.to_owned()),
            (_, "foreign") if self.suggestions.is_empty() => (BAD, "another API".to_owned()),
            (_, "foreign") => (BAD, "unknown".to_owned()),
            (_, "withdrawn" | "malformed" | "unknown") => (BAD, self.status.to_owned()),
            _ => (CAREFUL, self.status.replace('_', " ")),
        };
        let status = paint(style, format!("{words:<14}"));
        let Some(scope) = self.scope else {
            let reason = self.reason.as_deref().unwrap_or_default();
            out.print_line(format_args!("{status}  {reason}"));
            return;
        };
        out.print_line(format_args!("{status}  {}", args.format.scope(scope)));
        let listed = self.listed.as_deref().unwrap_or_default();
        let verb = if listed.is_empty() { "" } else { "listed " };
        let history = format!("{verb}{}", listed_in_words(listed));
        out.print_line(format_args!("{:16}{}", "", paint(DIM, &history)));
    }
}
