//! What the files under `data/` say, checked against each other and joined.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use phf_generator::ptrhash::HashState;

use super::date::Date;
use super::error::DataError;
use super::finder;
use super::hash::{PREFIX, TAIL_LEN};
use super::identifier::{is_keyword, pascal_case, words};
use super::list::List;
use super::table;

/// As many groups as the library's set type has bits.
const MOST_GROUPS: usize = u128::BITS as usize;

/// Everything that is generated; each part in the order in which it is generated.
pub(crate) struct Catalogue {
    pub(crate) groups: Vec<Group>,
    pub(crate) services: Vec<Service>,
    pub(crate) revisions: Vec<Revision>,
    /// Where the perfect hash finds the groups.
    pub(crate) finder: HashState,
}

impl Catalogue {
    /// The groups that only the newest revision lists and no row describes yet.
    pub(crate) fn undescribed(&self) -> impl Iterator<Item = &str> {
        self.groups
            .iter()
            .filter(|group| group.time_filter.is_none())
            .map(|group| group.name.as_str())
    }
}

/// A resource group.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) variant: String,
    /// An index into [`Catalogue::services`].
    pub(crate) service: usize,
    /// From the revision that begins to list it to the one that no longer does, as indices.
    pub(crate) listings: Vec<(usize, Option<usize>)>,
    pub(crate) category: String,
    pub(crate) category_source: String,
    /// `None` where nobody has found out.
    pub(crate) time_filter: Option<bool>,
    pub(crate) label: String,
    pub(crate) description: String,
}

impl Group {
    pub(crate) fn scope(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }
}

/// The groups with one first segment.
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) variant: String,
    pub(crate) product: String,
    /// Bit `i` stands for the group at index `i`.
    pub(crate) members: u128,
}

/// A published state of the list.
pub(crate) struct Revision {
    pub(crate) date: Date,
    pub(crate) sources: Vec<String>,
    pub(crate) pages: Vec<String>,
    /// Bit `i` stands for the group at index `i`.
    pub(crate) members: u128,
}

/// Reads the folder `data`, or says what is wrong with it and where.
pub(crate) fn read(data: &Path) -> Result<Catalogue, DataError> {
    let lists = revision_lists(&data.join("revisions"))?;
    let unpublished = List::read(&data.join("unpublished.txt"), "data/unpublished.txt")?;

    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    for (index, list) in lists.iter().map(|(_, list)| list).enumerate() {
        for (line, group) in &list.groups {
            let seen = seen.entry(group).or_insert_with(|| Seen::new(list, *line));
            seen.revisions.insert(index);
        }
    }
    for (line, group) in &unpublished.groups {
        seen.entry(group)
            .or_insert_with(|| Seen::new(&unpublished, *line));
    }
    check_names(&seen)?;

    let services = read_services(data, &seen)?;
    let groups = read_groups(data, &seen, &services, lists.len())?;
    let scopes: Vec<String> = groups.iter().map(Group::scope).collect();
    let finder = finder::generate(&scopes).map_err(|(one, other)| {
        let seen = &seen[groups[other].name.as_str()];
        seen.error(format!(
            "the perfect hash cannot tell {} from {}: their last {TAIL_LEN} bytes are the same",
            groups[other].name, groups[one].name
        ))
    })?;

    let members = |listed: &dyn Fn(&Group) -> bool| {
        groups.iter().enumerate().fold(0, |set, (index, group)| {
            set | u128::from(listed(group)) << index
        })
    };
    let services = services
        .into_iter()
        .enumerate()
        .map(|(index, service)| Service {
            members: members(&|group| group.service == index),
            ..service
        })
        .collect();
    let revisions = lists
        .iter()
        .enumerate()
        .map(|(index, (date, list))| Revision {
            date: *date,
            sources: list.sources.clone(),
            pages: list.pages.clone(),
            members: members(&|group| seen[group.name.as_str()].revisions.contains(&index)),
        })
        .collect();
    Ok(Catalogue {
        groups,
        services,
        revisions,
        finder,
    })
}

/// Where a group stands: first, and in which revisions.
struct Seen<'lists> {
    list: &'lists List,
    line: usize,
    revisions: BTreeSet<usize>,
}

impl<'lists> Seen<'lists> {
    fn new(list: &'lists List, line: usize) -> Self {
        Seen {
            list,
            line,
            revisions: BTreeSet::new(),
        }
    }

    fn error(&self, what: String) -> DataError {
        DataError::new(&self.list.name, self.line, what)
    }

    /// Where the group was first seen, to tell what came last.
    fn place(&self) -> (Option<&usize>, usize) {
        (self.revisions.first(), self.line)
    }

    /// Whether only the newest revision has the group, so that a description may still be missing.
    fn is_new(&self, revisions: usize) -> bool {
        self.revisions.iter().eq([&(revisions - 1)])
    }

    /// Where the group comes, goes, and comes back.
    fn listings(&self, revisions: usize) -> Vec<(usize, Option<usize>)> {
        let listed = |index: usize| self.revisions.contains(&index);
        let begins =
            (0..revisions).filter(|&index| listed(index) && (index == 0 || !listed(index - 1)));
        begins
            .map(|since| (since, (since..revisions).find(|&index| !listed(index))))
            .collect()
    }
}

fn revision_lists(folder: &Path) -> Result<Vec<(Date, List)>, DataError> {
    let error = |what: String| DataError::new("data/revisions", 1, what);
    let mut lists = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| error(format!("cannot be read: {e}")))? {
        let entry = entry.map_err(|e| error(format!("cannot be read: {e}")))?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let name = format!("data/revisions/{file}");
        let date = file
            .strip_suffix(".txt")
            .and_then(|date| date.parse().ok())
            .ok_or_else(|| {
                DataError::new(
                    &name,
                    1,
                    "the file is not named by the day of its list, as in 2025-01-20.txt",
                )
            })?;
        let list = List::read(&entry.path(), &name)?;
        if list.sources.is_empty() {
            return Err(DataError::new(
                &name,
                1,
                "has no \"# source: …\" line that names the document it was read from",
            ));
        }
        lists.push((date, list));
    }
    if lists.is_empty() {
        return Err(error("holds no list".to_owned()));
    }
    lists.sort_by_key(|(date, _)| *date);
    Ok(lists)
}

/// Each name must make an identifier of its own, and each group must fit into the set type.
fn check_names(seen: &BTreeMap<&str, Seen>) -> Result<(), DataError> {
    let count = seen.len();
    if let Some((group, last)) = seen
        .iter()
        .max_by_key(|(_, seen)| seen.place())
        .filter(|_| count > MOST_GROUPS)
    {
        return Err(last.error(format!(
            "{group} is one of {count} groups, and a scope set holds {MOST_GROUPS}"
        )));
    }
    let mut variants = BTreeMap::new();
    let mut services = BTreeMap::new();
    for (&group, seen) in seen {
        for (names, name) in [(&mut variants, group), (&mut services, service_of(group))] {
            let variant = pascal_case(name);
            if is_keyword(&variant) {
                let what = format!("{name} would be named {variant}, a keyword of Rust");
                return Err(seen.error(what));
            }
            let (other, other_seen) = *names.entry(variant.clone()).or_insert((name, seen));
            if other != name {
                let later = if seen.place() > other_seen.place() {
                    seen
                } else {
                    other_seen
                };
                let what = format!("{other} and {name} would both be named {variant}");
                return Err(later.error(what));
            }
        }
    }
    Ok(())
}

fn service_of(group: &str) -> &str {
    group.split_once('.').map_or(group, |(service, _)| service)
}

fn read_services(data: &Path, seen: &BTreeMap<&str, Seen>) -> Result<Vec<Service>, DataError> {
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

fn read_groups(
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
