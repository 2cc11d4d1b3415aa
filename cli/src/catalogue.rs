//! What the catalogue has, as it is printed, and the command that prints it whole.

use clap::Args;
use dataportability_scopes::catalogue::{Category, Date, Resource, Revision, SCOPE_PREFIX};
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
        lines(Revision::all().map(RevisionEntry::new)),
        lines(Resource::all().map(ResourceEntry::new))
    ));
    Answer::Yes
}

#[expect(clippy::expect_used, reason = "a struct of strings and numbers is always JSON")]
fn lines(entries: impl Iterator<Item = impl Serialize>) -> String {
    let line = |entry| serde_json::to_string(&entry).expect("JSON");
    entries.map(line).collect::<Vec<_>>().join(",\n")
}

/// A resource group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ResourceEntry {
    pub(crate) resource: String,
    pub(crate) scope: String,
    pub(crate) service: String,
    pub(crate) product: String,
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) category: &'static str,
    pub(crate) category_source: &'static str,
    pub(crate) time_filter: bool,
    pub(crate) listed: Vec<Listed>,
}

/// A stretch of time in which the published list had a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Listed {
    pub(crate) since: Date,
    /// The day of the first list without the scope; `None` if the newest list has it.
    pub(crate) until: Option<Date>,
}

/// A revision of the list.
#[derive(Serialize)]
struct RevisionEntry {
    date: Date,
    count: usize,
    sources: &'static [&'static str],
    pages: &'static [&'static str],
}

impl ResourceEntry {
    pub(crate) fn new(resource: Resource) -> ResourceEntry {
        ResourceEntry {
            resource: resource.name().to_owned(),
            scope: resource.scope().as_str().to_owned(),
            service: resource.service().name().to_owned(),
            product: resource.service().product_name().to_owned(),
            label: resource.label().to_owned(),
            description: resource.description().to_owned(),
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

impl RevisionEntry {
    fn new(revision: Revision) -> RevisionEntry {
        RevisionEntry {
            date: revision.date(),
            count: revision.scopes().len(),
            sources: revision.sources(),
            pages: revision.pages(),
        }
    }
}

/// Returns the stretches of time in which the published list had the scope of a resource group.
pub(crate) fn listed(resource: Resource) -> Vec<Listed> {
    let listings = resource.scope().listings().iter();
    listings
        .map(|listing| Listed {
            since: listing.since.date(),
            until: listing.until.map(Revision::date),
        })
        .collect()
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
