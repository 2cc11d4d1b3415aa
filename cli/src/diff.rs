//! `diff`: what changed between two revisions.

use std::fmt::Display;

use clap::Args;
use dataportability_scopes::catalogue::Revision;
use serde_json::json;

use crate::Answer;
use crate::argument::{Format, offer, revision, revision_names};
use crate::help::examples;
use crate::output::Output;
use crate::terminal::{BAD, GOOD, paint};

/// Tell what changed between two revisions.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes diff 2024-04-10 2025-01-20",
    "dataportability-scopes diff 2025-01-20 newest --long",
]))]
pub(crate) struct DiffArgs {
    /// The earlier revision
    #[arg(value_name = "FROM", value_parser = revision, add = offer(revision_names))]
    from: Revision,
    /// The later revision
    #[arg(value_name = "TO", value_parser = revision, add = offer(revision_names))]
    to: Revision,
    #[command(flatten)]
    format: Format,
}

pub(crate) fn run(args: &DiffArgs, out: &mut Output) -> Answer {
    let (from, to) = (args.from, args.to);
    let (before, after) = (from.scopes(), to.scopes());
    let (added, removed) = (after - before, before - after);
    if args.format.json {
        out.print_json(&json!({
            "from": from,
            "to": to,
            "added": added.iter().collect::<Vec<_>>(),
            "removed": removed.iter().collect::<Vec<_>>(),
        }));
    } else {
        out.print_line(format_args!(
            "From {from} to {to}: {} added, {} removed.",
            added.len(),
            removed.len()
        ));
        print_changes(
            added.iter().map(|scope| args.format.scope(scope)),
            removed.iter().map(|scope| args.format.scope(scope)),
            out,
        );
    }
    Answer::Yes
}

/// Prints a line for each scope that was added or removed.
pub(crate) fn print_changes(
    added: impl Iterator<Item: Display>,
    removed: impl Iterator<Item: Display>,
    out: &mut Output,
) {
    for scope in added {
        // A document may have anything in it.
        let scope = scope.to_string().replace(char::is_control, "\u{fffd}");
        out.print_line(paint(GOOD, format!("+ {scope}")));
    }
    for scope in removed {
        out.print_line(paint(BAD, format!("- {scope}")));
    }
}
