//! `list`: the scopes of a revision.

use clap::Args;
use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet, Service};
use serde_json::json;

use crate::Answer;
use crate::argument::{Format, RevisionArg, offer, quantity, service, service_names};
use crate::catalogue::{ResourceEntry, listed, listed_in_words};
use crate::finding::not_included;
use crate::help::examples;
use crate::output::Output;
use crate::terminal::{BAD, DIM, PLAIN, Table, width};

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
        value_parser = named_service,
        add = offer(service_names)
    )]
    name: Option<Service>,
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
        value_parser = service,
        add = offer(service_names)
    )]
    service: Option<Service>,
    /// Only the scopes of this category
    #[arg(long, value_parser = ["restricted", "sensitive", "unknown"])]
    category: Option<String>,
    /// Show when each scope was listed
    #[arg(long)]
    listed: bool,
    #[command(flatten)]
    format: Format,
}

pub(crate) fn run(args: &ListArgs, out: &mut Output) -> Answer {
    let wanted_service = args.name.or(args.service);
    let revision = (!args.all).then_some(args.revision.revision);
    let category = args.category.as_deref();
    let is_wanted = |scope: &Scope| {
        revision.is_none_or(|revision| scope.is_listed_in(revision))
            && wanted_service.is_none_or(|service| scope.resource().service() == service)
            && category.is_none_or(|name| ResourceEntry::new(scope.resource()).category == name)
    };
    let scopes: ScopeSet = Resource::all().map(Resource::scope).filter(is_wanted).collect();
    if args.format.json {
        let entries = scopes.iter().map(|scope| ResourceEntry::new(scope.resource()));
        out.print_json(&json!({ "revision": revision, "scopes": entries.collect::<Vec<_>>() }));
    } else {
        let kind = category.map_or_else(|| "scope".to_owned(), |kind| format!("{kind} scope"));
        let count = quantity(scopes.len(), &kind);
        let product = |service: Service| format!(" of {}", service.product_name());
        let of = wanted_service.map_or_else(String::new, product);
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
    Answer::of(!scopes.is_empty())
}

/// Same as [`service`], with an error that says where to look if no name is near.
fn named_service(name: &str) -> Result<Service, String> {
    service(name).map_err(|error| {
        if !error.suggestions().is_empty() {
            return error.to_string();
        }
        let hint = name.to_lowercase().parse::<Resource>().err().as_ref().and_then(not_included);
        let hint = hint.map_or_else(String::new, |hint| format!("{hint}; "));
        format!("no such service; {hint}\"dataportability-scopes search {name}\" looks for words")
    })
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
    let activity = format!("myactivity.{}", service.name()).parse().map(Resource::scope);
    let is_wanted = |scope: &Scope| revision.is_none_or(|revision| scope.is_listed_in(revision));
    if let Some(scope) = activity.ok().filter(is_wanted) {
        out.print_line(format_args!(
            "\nThe user's activity there is in another service: {} ({}).",
            args.format.scope(scope),
            scope.resource().label()
        ));
    }
}

/// Prints scopes by service, each with its category and label.
pub(crate) fn print_scopes(scopes: ScopeSet, format: &Format, listed_too: bool, out: &mut Output) {
    let headings = [format.heading(), "CATEGORY", "LABEL", "LISTED"];
    let mut table = Table::new(if listed_too { &headings } else { &headings[..3] });
    for service in Service::all() {
        let of_service = scopes & service.scopes();
        if !of_service.is_empty() {
            table.section(service.product_name());
        }
        for scope in of_service {
            let entry = ResourceEntry::new(scope.resource());
            let style = match entry.category {
                "restricted" => BAD,
                "sensitive" => PLAIN,
                _ => DIM,
            };
            let mut row = vec![
                (PLAIN, format.scope(scope).to_owned()),
                (style, entry.category.to_owned()),
                (PLAIN, entry.label.to_owned()),
            ];
            if listed_too {
                row.push((PLAIN, listed_in_words(&entry.listed)));
            }
            table.row(row);
        }
    }
    table.write(width(), out);
}
