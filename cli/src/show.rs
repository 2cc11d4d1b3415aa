//! `show`: all that is known about a resource group.

use clap::Args;
use dataportability_scopes::catalogue::{Resource, Revision};
use serde_json::json;

use crate::Answer;
use crate::argument::{offer, resource, resource_names};
use crate::catalogue::{ResourceEntry, listed_in_words};
use crate::help::examples;
use crate::output::Output;
use crate::terminal::{BOLD, CAREFUL, DIM, paint};

/// Show all that is known about a resource group.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes show youtube.clips",
    "dataportability-scopes show \
     https://www.googleapis.com/auth/dataportability.alerts.subscriptions",
    "dataportability-scopes show maps.reviews --json",
]))]
pub(crate) struct ShowArgs {
    /// A resource name, or its scope
    #[arg(value_name = "RESOURCE", value_parser = resource, add = offer(resource_names))]
    resource: Resource,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &ShowArgs, out: &mut Output) -> Answer {
    let entry = ResourceEntry::new(args.resource);
    if args.json {
        out.print_json(&json!(entry));
        return Answer::Yes;
    }
    out.print_line(format_args!("{}  {}", paint(BOLD, entry.resource), entry.label));
    out.print_line(entry.description);
    let time_filter = if entry.time_filter {
        "yes: an export can be limited with a start time and an end time"
    } else {
        "no"
    };
    out.print('\n');
    for (name, value) in [
        ("scope", entry.scope.as_str()),
        ("service", &format!("{} ({})", entry.product, entry.service)),
        ("category", &category(&entry)),
        ("time filter", time_filter),
        ("listed", &listed_in_words(&entry.listed)),
    ] {
        out.print_line(format_args!("  {}  {value}", paint(DIM, format!("{name:<11}"))));
    }
    if !args.resource.scope().is_listed_in(Revision::NEWEST) {
        let warning = format!(
            "The newest list, of {}, does not have it: do not ask a user for it.",
            Revision::NEWEST
        );
        out.print_line(format_args!("\n{}", paint(CAREFUL, &warning)));
    }
    Answer::Yes
}

fn category(entry: &ResourceEntry) -> String {
    match entry.category_source {
        "published" => format!("{}, as Google publishes it", entry.category),
        "derived" => {
            format!("{}, derived from what Google publishes of other scopes", entry.category)
        }
        _ => "unknown: Google publishes none for this scope".to_owned(),
    }
}
