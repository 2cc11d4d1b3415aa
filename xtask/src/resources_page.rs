//! `generated/RESOURCES.md`: what can be exported, as a table for each service.

use std::fmt::Write;

use dataportability_scopes::catalogue::{Category, Listing, Resource, Revision, Service};

use crate::chart;

/// Returns the page.
pub(crate) fn page() -> String {
    let newest = Revision::NEWEST;
    let mut page = format!(
        "# Resource groups\n\n\
         <!-- Made by `cargo xtask catalogue --write`: edit data/ instead. -->\n\n\
         What an app can export through Google's Data Portability API: {} resource groups of\n\
         {} services. The newest list is that of {newest}. It has {} of them.\n\n\
         ![{}](RESOURCES.svg)\n\n{}",
        Resource::all().len(),
        Service::all().len(),
        newest.scopes().len(),
        chart::title(),
        include_str!("legend.md")
    );
    // Writing to a String does not fail.
    for service in services() {
        let _ = write!(
            page,
            "\n## {}\n\n\
             | Resource | Label | Category | Time filter | Listed |\n|---|---|---|---|---|\n",
            cell(service.product_name())
        );
        for scope in service.scopes() {
            let resource = scope.resource();
            let time_filter = if resource.supports_time_filter() { "yes" } else { "no" };
            let _ = writeln!(
                page,
                "| `{resource}` | {} | {} | {time_filter} | {} |",
                cell(resource.label()),
                category(resource),
                listed(resource)
            );
        }
    }
    page
}

/// Returns the services in the order of their products' names.
pub(crate) fn services() -> Vec<Service> {
    let mut services: Vec<Service> = Service::all().collect();
    services.sort_by_key(|service| service.product_name().to_lowercase());
    services
}

fn category(resource: Resource) -> &'static str {
    let derived = resource.category_is_derived();
    match resource.category() {
        Some(Category::Restricted) if derived => "restricted (derived)",
        Some(Category::Restricted) => "restricted",
        Some(Category::Sensitive) if derived => "sensitive (derived)",
        Some(Category::Sensitive) => "sensitive",
        _ => "unknown",
    }
}

/// Says when a resource group was listed: `2024-03-19 until 2024-04-10, since 2024-08-27`.
pub(crate) fn listed(resource: Resource) -> String {
    let stretch = |listing: &Listing| match listing.until {
        Some(until) => format!("{} until {until}", listing.since),
        None => format!("since {}", listing.since),
    };
    match resource.scope().listings() {
        [] => "in no list, only on a documentation page".to_owned(),
        listings => listings.iter().map(stretch).collect::<Vec<_>>().join(", "),
    }
}

/// Escapes a text of the data for a table in Markdown.
fn cell(text: &str) -> String {
    let escape = |c: char| r"|\*_`<[]".contains(c).then_some('\\');
    text.chars().flat_map(|c| escape(c).into_iter().chain([c])).collect()
}
