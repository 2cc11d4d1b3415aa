//! `list`: the scopes of a revision.

use std::error::Error;

use clap::{Args, ValueEnum};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet, Service};
use serde_json::json;

use crate::argument::{Format, Named, RevisionArg, service, service_names};
use crate::catalogue::{ResourceEntry, listed, listed_in_words};
use crate::finding::not_included;
use crate::help::examples;
use crate::output::Output;
use crate::terminal::{BAD, DIM, PLAIN, Table, width};
use crate::{Answer, counted};

/// List the scopes of a revision.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes list",
    "dataportability-scopes list youtube",
    "dataportability-scopes list --category restricted --revision 2025-01-20",
    "dataportability-scopes list --all --listed",
    "dataportability-scopes list --json",
]))]
pub(crate) struct ListArgs {
    /// Only the scopes of this service
    #[arg(
        value_name = "SERVICE",
        conflicts_with = "service",
        add = ArgValueCandidates::new(service_candidates)
    )]
    name: Option<String>,
    #[command(flatten)]
    revision: RevisionArg,
    /// List every scope of any documented list, withdrawn ones included
    #[arg(long, conflicts_with = "revision")]
    all: bool,
    // Not a doc comment, in which YouTube would have to be code.
    #[arg(
        help = "Only the scopes of this service, as \"youtube\" or \"YouTube\"",
        long,
        value_name = "NAME",
        value_parser = Named(service, service_names),
        hide_possible_values = true
    )]
    service: Option<Service>,
    /// Only the scopes of this category
    #[arg(long)]
    category: Option<CategoryName>,
    /// Show when each scope was listed
    #[arg(long)]
    listed: bool,
    #[command(flatten)]
    format: Format,
}

fn service_candidates() -> Vec<CompletionCandidate> {
    service_names().into_iter().map(CompletionCandidate::new).collect()
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CategoryName {
    Restricted,
    Sensitive,
    Unknown,
}

impl CategoryName {
    fn name(self) -> &'static str {
        match self {
            CategoryName::Restricted => "restricted",
            CategoryName::Sensitive => "sensitive",
            CategoryName::Unknown => "unknown",
        }
    }
}

pub(crate) fn run(args: &ListArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let wanted_service = match &args.name {
        None => args.service,
        Some(name) => Some(service(name).map_err(|_| no_service(name))?),
    };
    let revision = (!args.all).then_some(args.revision.revision);
    let is_wanted = |scope: &Scope| {
        revision.is_none_or(|revision| scope.is_listed_in(revision))
            && wanted_service.is_none_or(|service| scope.resource().service() == service)
            && args.category.is_none_or(|category| {
                ResourceEntry::new(scope.resource()).category == category.name()
            })
    };
    let scopes: ScopeSet = Resource::all().map(Resource::scope).filter(is_wanted).collect();
    if args.format.json {
        let entries = scopes.iter().map(|scope| ResourceEntry::new(scope.resource()));
        out.print_json(&json!({ "revision": revision, "scopes": entries.collect::<Vec<_>>() }));
    } else {
        let kind = args.category.map_or("", CategoryName::name);
        let of = wanted_service.map(|service| format!(" of {}", service.product_name()));
        let count = counted(scopes, kind);
        let of = of.unwrap_or_default();
        out.print(match revision {
            Some(revision) => format!("The list of {revision} has {count}{of}.\n"),
            None => format!("All documented lists together have {count}{of}.\n"),
        });
        if !scopes.is_empty() {
            out.print('\n');
            print_scopes(scopes, &args.format, args.listed, out);
        }
        if let Some(service) = wanted_service {
            print_tips(service, revision, scopes, args, out);
        }
    }
    Ok(if scopes.is_empty() { Answer::No } else { Answer::Yes })
}

fn no_service(name: &str) -> String {
    let parsed = name.to_lowercase().parse::<Resource>();
    let not_included = not_included(&parsed.map_err(|error| error.to_string()));
    let tip = format!("\"dataportability-scopes search {name}\" finds resource groups by words");
    format!("there is no service {name:?}{not_included}; {tip}")
}

/// Says when a service was listed that the revision does not have, and where its activity is.
fn print_tips(
    service: Service,
    revision: Option<Revision>,
    scopes: ScopeSet,
    args: &ListArgs,
    out: &mut Output,
) {
    if scopes.is_empty() && args.category.is_none() {
        for scope in service.scopes() {
            let listed = listed_in_words(&listed(scope.resource()));
            out.print_line(format_args!("  {}  {listed}", args.format.scope(scope)));
        }
    }
    let activity = format!("myactivity.{}", service.name()).parse::<Resource>();
    if let Ok(activity) = activity {
        let scope = activity.scope();
        if revision.is_none_or(|revision| scope.is_listed_in(revision)) {
            out.print_line(format_args!(
                "\nWhat the user did there is of another service: {} ({}).",
                args.format.scope(scope),
                activity.label()
            ));
        }
    }
}

/// Prints scopes by service, each with its label and category.
pub(crate) fn print_scopes(scopes: ScopeSet, format: &Format, listed_too: bool, out: &mut Output) {
    let mut short = Table::new([format.heading(), "LABEL", "CATEGORY"]);
    let mut long = Table::new([format.heading(), "LABEL", "CATEGORY", "LISTED"]);
    for service in Service::all() {
        let of_service = scopes & service.scopes();
        if !of_service.is_empty() {
            short.section(service.product_name());
            long.section(service.product_name());
        }
        for scope in of_service {
            let entry = ResourceEntry::new(scope.resource());
            let style = match entry.category {
                "restricted" => BAD,
                "sensitive" => PLAIN,
                _ => DIM,
            };
            let [name, label, category] = [
                (PLAIN, format.scope(scope).to_owned()),
                (PLAIN, entry.label),
                (style, entry.category.to_owned()),
            ];
            if listed_too {
                let listed = (PLAIN, listed_in_words(&entry.listed));
                long.row([name, label, category, listed]);
            } else {
                short.row([name, label, category]);
            }
        }
    }
    if listed_too {
        long.write(1, width(), out);
    } else {
        short.write(1, width(), out);
    }
}
