//! What rustdoc shows for each variant.

use super::catalogue::{Catalogue, Category, Group, Revision, Service};

/// Returns the documentation of a resource group: what it is, and what to know before requesting it. A
/// group that cannot be requested says so first.
pub(crate) fn of_group(catalogue: &Catalogue, group: &Group) -> Vec<String> {
    let day = |index: usize| catalogue.revisions[index].date;
    let warning = match group.listings.last() {
        None => "**In no published list.** ".to_owned(),
        Some((_, Some(until))) => format!("**Withdrawn on {}.** ", day(*until)),
        Some((_, None)) => String::new(),
    };
    let category = match group.category {
        Category::Restricted => "restricted, as Google publishes it",
        Category::Sensitive => "sensitive, as Google publishes it",
        Category::SensitiveDerived => "sensitive, derived from Google's lists",
        Category::Unknown => "not known",
    };
    let time_filter = if group.supports_time_filter {
        "supported"
    } else {
        "not supported"
    };
    let listings: Vec<String> = group
        .listings
        .iter()
        .map(|&(since, until)| match until {
            Some(until) => format!("from {} until {}", day(since), day(until)),
            None => format!("since {}", day(since)),
        })
        .collect();
    let listed = if listings.is_empty() {
        "in no list, only on a documentation page".to_owned()
    } else {
        listings.join(", ")
    };
    vec![
        format!(
            "{warning}`{}`: {}. {}",
            group.name,
            escaped(&group.label),
            escaped(&group.description)
        ),
        String::new(),
        format!("- Scope token: `{}`", group.scope()),
        format!("- Category: {category}"),
        format!("- Time filter: {time_filter}"),
        format!("- Listed: {listed}"),
    ]
}

/// Returns the documentation of a service: its product, and links to its resource groups.
pub(crate) fn of_service(catalogue: &Catalogue, service: &Service) -> Vec<String> {
    vec![
        format!("`{}`: {}.", service.name, escaped(&service.product)),
        String::new(),
        format!("Resources: {}.", links(catalogue, service.members)),
    ]
}

/// Returns the documentation of a revision: how many scopes it has, and how it differs from the one
/// before.
pub(crate) fn of_revision(catalogue: &Catalogue, index: usize) -> Vec<String> {
    let revision = &catalogue.revisions[index];
    let count = revision.members.count_ones();
    let mut lines = vec![format!("The list of {}: {count} scopes.", revision.date)];
    match index
        .checked_sub(1)
        .map(|older| &catalogue.revisions[older])
    {
        None => lines[0] += " The first list.",
        Some(older) => lines.extend(changes(catalogue, older, revision)),
    }
    lines
}

fn changes(catalogue: &Catalogue, older: &Revision, newer: &Revision) -> Vec<String> {
    let changes = [
        ("Added", newer.members & !older.members),
        ("Withdrawn", older.members & !newer.members),
    ];
    let mut lines = Vec::new();
    for (what, members) in changes {
        if members != 0 {
            lines.push(String::new());
            lines.push(format!("{what}: {}.", links(catalogue, members)));
        }
    }
    lines
}

fn links(catalogue: &Catalogue, members: u128) -> String {
    let links: Vec<String> = catalogue
        .groups
        .iter()
        .enumerate()
        .filter(|(index, _)| members >> index & 1 == 1)
        .map(|(_, group)| format!("[`{}`](Resource::{})", group.name, group.variant))
        .collect();
    links.join(", ")
}

/// Escapes a text, so that Markdown shows it as it is written.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c.is_ascii_punctuation() && !",.:;!?'()-/&\"%".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
