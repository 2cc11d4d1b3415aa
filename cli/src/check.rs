//! `check`: whether scopes are in a revision.

use std::error::Error;
use std::io::{self, Read};

use clap::Args;
use dataportability_scopes::catalogue::{
    ParseScopeError, ParseScopeErrorKind, Resource, Revision, Scope,
};
use serde_json::json;

use crate::Answer;
use crate::argument::{Format, RevisionArg, character_at, shown};
use crate::catalogue::{listed, listed_in_words};
use crate::help::examples;
use crate::output::Output;
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
    /// Scope tokens or scope values; "-" reads them from standard input, one a line
    #[arg(value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    #[command(flatten)]
    revision: RevisionArg,
    #[command(flatten)]
    format: Format,
}

/// A scope token, and what was found out about it.
struct Checked {
    input: String,
    scope: Result<Scope, ParseScopeError>,
}

pub(crate) fn run(args: &CheckArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let revision = args.revision.revision;
    let checked: Vec<Checked> = inputs(&args.scopes)?
        .into_iter()
        .map(|input| Checked {
            scope: input.parse(),
            input,
        })
        .collect();
    if args.format.json {
        let scopes: Vec<_> = checked
            .iter()
            .map(|checked| {
                json!({
                    "input": checked.input,
                    "status": checked.status(revision),
                    "scope": checked.scope.as_ref().ok(),
                    "resource": checked.scope.as_ref().ok().map(|scope| scope.resource()),
                    "listed": checked.scope.as_ref().ok().map(|scope| listed(scope.resource())),
                    "reason": checked.reason(),
                    "suggestions": checked.suggestions(),
                })
            })
            .collect();
        out.print_json(&json!({ "revision": revision, "scopes": scopes }));
    } else {
        let heading = paint(
            BOLD,
            &format!("{:<14}  {}", "STATUS", args.format.heading()),
        );
        out.print_line(heading);
        for checked in &checked {
            checked.print(args, out);
        }
    }
    let statuses = || checked.iter().map(|checked| checked.status(revision));
    Ok(if statuses().any(|status| status == "malformed") {
        Answer::Malformed
    } else if statuses().all(|status| status == "known") {
        Answer::Yes
    } else {
        Answer::No
    })
}

/// The longest standard input that is read, in bytes. All scopes together take less than 6 KiB.
const MAX_INPUT: u64 = 1 << 20;

/// Returns the tokens of the arguments, with those on standard input in place of `-`.
fn inputs(arguments: &[String]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument != "-" {
            inputs.extend(tokens(argument));
            continue;
        }
        let problem = |error: &dyn Error| format!("standard input: {error}");
        let mut text = Vec::new();
        io::stdin()
            .take(MAX_INPUT + 1)
            .read_to_end(&mut text)
            .map_err(|error| problem(&error))?;
        if text.len() as u64 > MAX_INPUT {
            return Err("standard input is longer than 1 MiB; give fewer scopes at a time".into());
        }
        let text = String::from_utf8(text).map_err(|error| problem(&error))?;
        let lines = text.lines().filter(|line| !line.is_empty());
        inputs.extend(lines.flat_map(tokens));
    }
    if inputs.is_empty() {
        return Err(
            "standard input has no scope in it; give a token or a scope value a line".into(),
        );
    }
    Ok(inputs)
}

/// Returns the tokens of a scope value. Two spaces have an empty token between them.
fn tokens(value: &str) -> impl Iterator<Item = String> {
    value.split(' ').map(str::to_owned)
}

impl Checked {
    fn status(&self, revision: Revision) -> &'static str {
        match self.scope.as_ref().map_err(ParseScopeError::kind) {
            Ok(scope) if scope.is_listed_in(revision) => "known",
            Ok(_) => "other_revision",
            Err(ParseScopeErrorKind::Malformed { .. }) => "malformed",
            Err(ParseScopeErrorKind::Foreign) => "foreign",
            Err(ParseScopeErrorKind::ResourceName(_)) => "resource_name",
            Err(_) => "unknown",
        }
    }

    /// Says why it is not a scope of any documented list.
    fn reason(&self) -> Option<String> {
        let error = self.scope.as_ref().err()?;
        let character = match error.kind() {
            ParseScopeErrorKind::Malformed {
                position: Some(position),
            } => character_at(&self.input, position),
            _ => None,
        };
        Some(match character {
            Some(character) => format!("{error}: {}", shown(character)),
            None => error.to_string(),
        })
    }

    /// Returns the scopes that may be meant.
    fn suggestions(&self) -> Vec<Scope> {
        match &self.scope {
            Ok(_) => Vec::new(),
            Err(error) => {
                let meant = error.suggestions().into_iter();
                meant.map(Resource::scope).collect()
            }
        }
    }

    fn print(&self, args: &CheckArgs, out: &mut Output) {
        let status = self.status(args.revision.revision);
        let (style, words) = match (&self.scope, status) {
            (Ok(scope), _) if scope.listings().is_empty() => (CAREFUL, "in no revision".to_owned()),
            (_, "known") => (GOOD, status.to_owned()),
            (_, "other_revision" | "resource_name") => (CAREFUL, status.replace('_', " ")),
            _ => (BAD, status.to_owned()),
        };
        let status = paint(style, &format!("{words:<14}"));
        let line = match &self.scope {
            Ok(scope) => args.format.scope(*scope).to_owned(),
            Err(_) => self.reason().unwrap_or_default(),
        };
        out.print_line(format_args!("{status}  {line}"));
        if let Ok(scope) = self.scope {
            let listed = listed(scope.resource());
            let verb = if listed.is_empty() { "" } else { "listed " };
            let history = format!("{verb}{}", listed_in_words(&listed));
            out.print_line(format_args!("{:16}{}", "", paint(DIM, &history)));
        }
    }
}
