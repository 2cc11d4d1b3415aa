//! `drift`: whether the catalogue still has what Google publishes.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use clap::Args;
use dataportability_scopes::catalogue::Revision;
use dataportability_scopes::drift::PublishedList;
use serde_json::json;

use crate::Answer;
use crate::argument::{Format, Named, revision, revision_names};
use crate::diff::print_changes;
use crate::help::examples;
use crate::output::Output;

/// Tell whether the catalogue still has what Google publishes.
///
/// Exits with 0 if the document has the scopes of the newest revision, and with 1 if it has others.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes drift discovery.json",
    "curl -sS 'https://dataportability.googleapis.com/$discovery/rest?version=v1' \\
    | dataportability-scopes drift -",
    "dataportability-scopes drift --revision 2025-01-20 discovery.json",
]))]
pub(crate) struct DriftArgs {
    /// A discovery document (JSON) or a saved reference page (text or HTML); "-" reads standard
    /// input
    file: PathBuf,
    /// The revision to compare with, instead of the newest
    #[arg(
        long,
        value_name = "DATE",
        value_parser = Named(revision, revision_names),
        hide_possible_values = true
    )]
    revision: Option<Revision>,
    #[command(flatten)]
    format: Format,
}

pub(crate) fn run(args: &DriftArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let list = read(args)?;
    let expected = args.revision.unwrap_or(Revision::NEWEST);
    let found = match args.revision {
        Some(revision) => list.compare_to(revision),
        None => list.compare(),
    };
    let is_expected =
        found.identical_to.is_some_and(|identical| identical.scopes() == expected.scopes());
    // What an older list lacks is told against the expected one.
    let told = match found.identical_to {
        Some(_) => list.compare_to(expected),
        None => found.clone(),
    };
    if args.format.json {
        out.print_json(&json!({
            "equals": found.identical_to,
            "nearest": found.baseline,
            "added": found.added,
            "removed": found.removed.iter().collect::<Vec<_>>(),
            "methods_differ": found.methods_differ,
            "compared_with": {
                "revision": told.baseline,
                "added": told.added,
                "removed": told.removed.iter().collect::<Vec<_>>(),
            },
        }));
    } else {
        out.print(match found.identical_to {
            Some(identical) if is_expected => format!("Identical to the revision {identical}.\n"),
            Some(identical) => {
                format!("Identical to the revision {identical}. Compared with {expected}:\n")
            }
            None => format!("Identical to no revision. Compared with {}:\n", told.baseline),
        });
        print_changes(
            told.added.iter().map(|token| args.format.token(token)),
            told.removed.iter().map(|scope| args.format.scope(scope)),
            out,
        );
        for id in &found.methods_differ {
            out.print_line(format_args!("The method {id} has a list of its own."));
        }
    }
    Ok(if is_expected { Answer::Yes } else { Answer::No })
}

fn read(args: &DriftArgs) -> Result<PublishedList, Box<dyn Error>> {
    let (name, document): (_, io::Result<Box<dyn Read>>) = if args.file.as_os_str() == "-" {
        ("standard input".to_owned(), Ok(Box::new(io::stdin().lock())))
    } else {
        let file = File::open(&args.file);
        (args.file.display().to_string(), file.map(|file| Box::new(file) as _))
    };
    let document = document.map_err(|error| format!("{name}: {error}"))?;
    PublishedList::from_reader(document).map_err(|error| match error.source() {
        Some(source) => format!("{name}: {source}").into(),
        None => format!("{name}: {error}").into(),
    })
}
