//! What each group and service is: the tables that people edit, held against the lists.

use std::collections::BTreeMap;
use std::path::Path;

use super::catalogue::{Group, Service};
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

/// The rows of `data/resources.tsv` by their groups, and the line of the last.
fn resource_rows(
    data: &Path,
    seen: &BTreeMap<&str, Seen>,
) -> Result<(BTreeMap<String, [String; 6]>, usize), DataError> {
    let heading = [
        "group",
        "category",
        "category_source",
        "time_filter",
        "label",
        "description",
    ];
    let mut rows = BTreeMap::new();
    let mut end = 1;
    for row in table::read(&data.join("resources.tsv"), RESOURCES, heading)? {
        let error = |what: String| Err(DataError::new(RESOURCES, row.line, what));
        let [group, category, category_source, time_filter, ..] = &row.fields;
        if !seen.contains_key(group.as_str()) {
            return error(format!("no list has {group}"));
        }
        for (column, value, known) in [
            (
                "category",
                category,
                ["restricted", "sensitive", "unknown"].as_slice(),
            ),
            (
                "category_source",
                category_source,
                &["first-hand", "second-hand", "none"],
            ),
            ("time_filter", time_filter, &["yes", "no"]),
        ] {
            if !known.contains(&value.as_str()) {
                let known = known.join(", ");
                return error(format!("the {column} {value:?} is none of {known}"));
            }
        }
        if (category == "unknown") != (category_source == "none") {
            return error("only an unknown category has no source".to_owned());
        }
        end = row.line;
        rows.insert(group.clone(), row.fields);
    }
    Ok((rows, end))
}

pub(crate) fn read_groups(
    data: &Path,
    seen: &BTreeMap<&str, Seen>,
    services: &[Service],
    revisions: usize,
) -> Result<Vec<Group>, DataError> {
    let (mut rows, end) = resource_rows(data, seen)?;
    let mut groups = Vec::new();
    for (&name, seen) in seen {
        let fields = match rows.remove(name) {
            Some(
                [
                    _,
                    category,
                    category_source,
                    time_filter,
                    label,
                    description,
                ],
            ) => (
                category,
                category_source,
                Some(time_filter == "yes"),
                label,
                description,
            ),
            None if seen.is_new(revisions) => {
                let label = words(name.split_once('.').map_or(name, |(_, leaf)| leaf));
                let description = format!("What Google lists as {name}.");
                (
                    "unknown".to_owned(),
                    "none".to_owned(),
                    None,
                    label,
                    description,
                )
            }
            None => {
                return Err(DataError::new(
                    RESOURCES,
                    end,
                    format!(
                        "no row for {name}, which stands at {}:{}",
                        seen.list.name, seen.line
                    ),
                ));
            }
        };
        let (category, category_source, time_filter, label, description) = fields;
        groups.push(Group {
            name: name.to_owned(),
            variant: pascal_case(name),
            service: services
                .iter()
                .position(|service| service.name == service_of(name))
                .unwrap_or_default(),
            listings: seen.listings(revisions),
            category,
            category_source,
            time_filter,
            label,
            description,
        });
    }
    Ok(groups)
}
