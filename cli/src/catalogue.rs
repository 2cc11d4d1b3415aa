//! What the catalogue has, as it is printed, and the command that prints it whole.

use clap::Args;
use dataportability_scopes::catalogue::{
    Category, Date, Listing, Resource, Revision, SCOPE_PREFIX, Scope, Service,
};
use serde::Serialize;
use serde_json::json;

use crate::Answer;
use crate::help::examples;
use crate::output::Output;

/// Print the whole catalogue as JSON.
///
/// It has one line for each revision of Google's list and for each resource group, in a stable
/// order. `generated/catalogue.schema.json` in the project describes it.
#[derive(Args)]
#[command(after_help = examples(&["dataportability-scopes catalogue > catalogue.json"]))]
pub(crate) struct CatalogueArgs {}

pub(crate) fn run(out: &mut Output) -> Answer {
    out.print_data(&format!(
        "{{\n\"$schema\": \"catalogue.schema.json\",\n\"prefix\": {},\n\
         \"revisions\": [\n{}\n],\n\"resources\": [\n{}\n]\n}}\n",
        json!(SCOPE_PREFIX),
        lines(Revision::all().map(|revision| RevisionEntry {
            date: revision.date(),
            count: revision.scopes().len(),
            sources: revision.sources(),
            pages: revision.pages(),
        })),
        lines(Resource::all().map(ResourceEntry::new))
    ));
    Answer::Yes
}

#[expect(clippy::expect_used, reason = "a struct of strings and numbers is always JSON")]
fn lines(entries: impl Iterator<Item = impl Serialize>) -> String {
    let line = |entry| serde_json::to_string(&entry).expect("JSON");
    entries.map(line).collect::<Vec<_>>().join(",\n")
}

/// A revision of the list.
#[derive(Serialize)]
struct RevisionEntry {
    date: Date,
    count: usize,
    sources: &'static [&'static str],
    pages: &'static [&'static str],
}

/// A resource group.
#[derive(Serialize)]
pub(crate) struct ResourceEntry {
    pub(crate) resource: Resource,
    pub(crate) scope: Scope,
    pub(crate) service: Service,
    pub(crate) product: &'static str,
    pub(crate) label: &'static str,
    pub(crate) description: &'static str,
    pub(crate) category: &'static str,
    pub(crate) category_source: &'static str,
    pub(crate) time_filter: bool,
    pub(crate) listed: Vec<Listed>,
}

/// A stretch of time in which the published list had a scope.
#[derive(Serialize)]
pub(crate) struct Listed {
    pub(crate) since: Date,
    /// The day of the first list without the scope; `None` if the newest list has it.
    pub(crate) until: Option<Date>,
}

impl ResourceEntry {
    pub(crate) fn new(resource: Resource) -> ResourceEntry {
        ResourceEntry {
            resource,
            scope: resource.scope(),
            service: resource.service(),
            product: resource.service().product_name(),
            label: resource.label(),
            description: resource.description(),
            category: match resource.category() {
                Some(Category::Restricted) => "restricted",
                Some(Category::Sensitive) => "sensitive",
                _ => "unknown",
            },
            category_source: match resource.category() {
                Some(_) if resource.category_is_derived() => "derived",
                Some(_) => "published",
                None => "none",
            },
            time_filter: resource.supports_time_filter(),
            listed: listed(resource),
        }
    }
}

/// Returns the stretches of time in which the published list had the scope of a resource group.
pub(crate) fn listed(resource: Resource) -> Vec<Listed> {
    let listed = |listing: &Listing| Listed {
        since: listing.since.date(),
        until: listing.until.map(Revision::date),
    };
    resource.scope().listings().iter().map(listed).collect()
}

/// Says when a scope was listed: `2024-03-19 until 2024-04-10, since 2024-08-27`.
pub(crate) fn listed_in_words(listed: &[Listed]) -> String {
    if listed.is_empty() {
        return "in no list, only on a documentation page".to_owned();
    }
    let stretches: Vec<String> = listed
        .iter()
        .map(|listed| match listed.until {
            Some(until) => format!("{} until {until}", listed.since),
            None => format!("since {}", listed.since),
        })
        .collect();
    stretches.join(", ")
}
