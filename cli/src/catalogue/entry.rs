//! What the catalogue has, in the form in which it is printed.

use dataportability_scopes::catalogue::{Category, Date, Resource, Revision};
use serde::Serialize;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct RevisionEntry {
    pub(crate) date: Date,
    pub(crate) count: usize,
    pub(crate) sources: Vec<String>,
    pub(crate) pages: Vec<String>,
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

    /// The category, and that it is derived if it is.
    pub(crate) fn category_in_words(&self) -> String {
        match self.category_source {
            "derived" => format!("{} (derived)", self.category),
            _ => self.category.to_owned(),
        }
    }
}

impl RevisionEntry {
    pub(crate) fn new(revision: Revision) -> RevisionEntry {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        RevisionEntry {
            date: revision.date(),
            count: revision.scopes().len(),
            sources: owned(revision.sources()),
            pages: owned(revision.pages()),
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
