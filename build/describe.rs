//! What each group and service is: the tables that people edit, checked against the lists.

use std::collections::BTreeMap;
use std::path::Path;

use super::catalogue::{Category, Group, Service};
use super::error::DataError;
use super::identifier::{pascal_case, words};
use super::seen::{Seen, service_of};
use super::table;

pub(crate) fn read_services(
    data: &Path,
    seen: &BTreeMap<&str, Seen>,
) -> Result<Vec<Service>, DataError> {
    const NAME: &str = "data/services.tsv";
    let newest = seen
        .values()
        .flat_map(|seen| &seen.revisions)
        .max()
        .map_or(0, |index| index + 1);
    let mut rows = BTreeMap::new();
    let mut end = 1;
    for row in table::read(&data.join("services.tsv"), NAME, ["service", "product"])? {
        let [name, product] = row.fields;
        if !seen.keys().any(|group| service_of(group) == name) {
            return Err(DataError::new(
                NAME,
                row.line,
                format!("no list has a scope of {name}"),
            ));
        }
        end = row.line;
        rows.insert(name, product);
    }
    let mut services: Vec<Service> = Vec::new();
    for (group, first) in seen {
        let name = service_of(group);
        if services.last().is_some_and(|service| service.name == name) {
            continue;
        }
        let new = seen
            .iter()
            .filter(|(group, _)| service_of(group) == name)
            .all(|(_, seen)| seen.is_new(newest));
        let product = match rows.get(name) {
            Some(product) => product.clone(),
            None if new => words(name),
            None => {
                return Err(DataError::new(
                    NAME,
                    end,
                    format!(
                        "no row for {name}, which stands at {}:{}",
                        first.list.name, first.line
                    ),
                ));
            }
        };
        services.push(Service {
            name: name.to_owned(),
            variant: pascal_case(name),
            product,
            members: 0,
        });
    }
    Ok(services)
}

const RESOURCES: &str = "data/resources.tsv";

/// A row of `data/resources.tsv`, without its group.
struct ResourceRow {
    category: Category,
    supports_time_filter: bool,
    label: String,
    description: String,
}

/// The rows of `data/resources.tsv` by their groups, and the line of the last.
fn resource_rows(
    data: &Path,
    seen: &BTreeMap<&str, Seen>,
) -> Result<(BTreeMap<String, ResourceRow>, usize), DataError> {
    let heading = ["group", "category", "time_filter", "label", "description"];
    let mut rows = BTreeMap::new();
    let mut end = 1;
    for row in table::read(&data.join("resources.tsv"), RESOURCES, heading)? {
        let error = |what: String| Err(DataError::new(RESOURCES, row.line, what));
        let [group, category, time_filter, label, description] = row.fields;
        if !seen.contains_key(group.as_str()) {
            return error(format!("no list has {group}"));
        }
        let category = match category.as_str() {
            "restricted" => Category::Restricted,
            "sensitive" => Category::Sensitive,
            "sensitive (derived)" => Category::SensitiveDerived,
            "unknown" => Category::Unknown,
            _ => {
                return error(format!(
                    "the category {category:?} must be restricted, sensitive, sensitive (derived) or unknown"
                ));
            }
        };
        let supports_time_filter = match time_filter.as_str() {
            "yes" => true,
            "no" => false,
            _ => {
                return error(format!("the time_filter {time_filter:?} must be yes or no"));
            }
        };
        end = row.line;
        rows.insert(
            group,
            ResourceRow {
                category,
                supports_time_filter,
                label,
                description,
            },
        );
    }
    Ok((rows, end))
}

/// Returns the groups, and a warning for each that only the newest list has and no row describes.
pub(crate) fn read_groups(
    data: &Path,
    seen: &BTreeMap<&str, Seen>,
    services: &[Service],
    revisions: usize,
) -> Result<(Vec<Group>, Vec<String>), DataError> {
    let (mut rows, end) = resource_rows(data, seen)?;
    let (mut groups, mut warnings) = (Vec::new(), Vec::new());
    for (&name, seen) in seen {
        let undescribed = format!("What Google lists as {name}.");
        // A row that was not filled in counts as none.
        let row = rows.remove(name);
        let described = match row.filter(|row| row.description != undescribed) {
            Some(described) => described,
            None if seen.is_new(revisions) => {
                warnings.push(format!("{RESOURCES} does not describe {name} yet"));
                ResourceRow {
                    category: Category::Unknown,
                    supports_time_filter: false,
                    label: words(name.split_once('.').map_or(name, |(_, leaf)| leaf)),
                    description: undescribed,
                }
            }
            None => {
                return Err(DataError::new(
                    RESOURCES,
                    end,
                    format!(
                        "no description of {name}, which stands at {}:{}",
                        seen.list.name, seen.line
                    ),
                ));
            }
        };
        groups.push(Group {
            name: name.to_owned(),
            variant: pascal_case(name),
            service: services
                .iter()
                .position(|service| service.name == service_of(name))
                .unwrap_or_default(),
            listings: seen.listings(revisions),
            category: described.category,
            supports_time_filter: described.supports_time_filter,
            label: described.label,
            description: described.description,
        });
    }
    Ok((groups, warnings))
}
