//! The tables that people edit: tab-separated, a heading, then rows in order of their first field.
//! They are checked against the lists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::file::{DataError, lines, quoted};
use super::lists::{Lists, service_of};
use super::words::{stem, words};
use super::{Category, key_of};

/// The most resources that one name may mean, which is also the most that an error suggests.
const MOST_MEANT: usize = 4;

/// A row: its line and its `N` fields, none of them empty.
#[derive(Debug)]
struct Row<const N: usize> {
    line: usize,
    fields: [String; N],
}

fn read<const N: usize>(
    data: &Path,
    name: &str,
    heading: [&str; N],
) -> Result<Vec<Row<N>>, DataError> {
    let file = name.strip_prefix("data/").unwrap_or(name);
    let mut rows: Vec<Row<N>> = Vec::new();
    for (number, line) in lines(&data.join(file), name)? {
        let error = |what: String| DataError::new(name, number, what);
        if number == 1 {
            let heading = heading.join("\t");
            if line != heading {
                let line = quoted(&line);
                return Err(error(format!("the heading is {line}, but must be {heading:?}")));
            }
            continue;
        }
        let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let fields: [String; N] = fields
            .try_into()
            .map_err(|fields: Vec<_>| error(format!("has {} fields, not {N}", fields.len())))?;
        for (field, column) in fields.iter().zip(heading) {
            if field.is_empty() || field.trim() != field {
                return Err(error(format!("the field {column:?} is empty or has space around it")));
            }
        }
        if let Some(before) = rows.last() {
            let (before, first) = (&before.fields[0], &fields[0]);
            if before == first {
                return Err(error(format!("a second row for {first}")));
            }
            if before > first {
                return Err(error(format!(
                    "{first} belongs before {before}; keep rows in byte order"
                )));
            }
        }
        rows.push(Row { line: number, fields });
    }
    Ok(rows)
}

/// Refuses a second row with what only one may have: people could not tell the two apart.
fn check_unique<const N: usize>(
    name: &str,
    rows: &[Row<N>],
    (index, column): (usize, &str),
) -> Result<(), DataError> {
    let mut first = BTreeMap::new();
    for Row { line, fields } in rows {
        let value = &fields[index];
        if let Some(other) = first.insert(value.to_lowercase(), &fields[0]) {
            let what = format!("the {column} {value:?} is also that of {other}");
            return Err(DataError::new(name, *line, what));
        }
    }
    Ok(())
}

/// The rows of a table by their first field, and the line of the last row, where one may be
/// missing.
pub(crate) struct Table<T> {
    pub(crate) rows: BTreeMap<String, T>,
    pub(crate) end: usize,
}

pub(crate) const SERVICES: &str = "data/services.tsv";
pub(crate) const RESOURCES: &str = "data/resources.tsv";
const NAMES: &str = "data/names.tsv";
const NOT_INCLUDED: &str = "data/not_included.tsv";

/// Reads the product of each service.
pub(crate) fn services(data: &Path, lists: &Lists) -> Result<Table<String>, DataError> {
    let rows = read(data, SERVICES, ["service", "product"])?;
    for Row { line, fields: [service, _] } in &rows {
        if !lists.has_service(service) {
            let what = format!("no list has a scope of {service}");
            return Err(DataError::new(SERVICES, *line, what));
        }
    }
    check_unique(SERVICES, &rows, (1, "product"))?;
    Ok(Table {
        end: rows.last().map_or(1, |row| row.line),
        rows: rows.into_iter().map(|Row { fields, .. }| fields.into()).collect(),
    })
}

/// A row of `data/resources.tsv`, without its group.
pub(crate) struct Details {
    pub(crate) category: Category,
    pub(crate) supports_time_filter: bool,
    pub(crate) label: String,
    pub(crate) description: String,
}

/// Reads what each group is.
pub(crate) fn resources(data: &Path, lists: &Lists) -> Result<Table<Details>, DataError> {
    let heading = ["group", "category", "time_filter", "label", "description"];
    let rows = read(data, RESOURCES, heading)?;
    check_unique(RESOURCES, &rows, (3, "label"))?;
    let mut table = Table { end: rows.last().map_or(1, |row| row.line), rows: BTreeMap::new() };
    for Row { line, fields } in rows {
        let error = |what: String| Err(DataError::new(RESOURCES, line, what));
        let [group, category, time_filter, label, description] = fields;
        if !lists.seen.contains_key(&group) {
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
        table.rows.insert(group, Details { category, supports_time_filter, label, description });
    }
    Ok(table)
}

/// What people call something: its name, and what that means.
pub(crate) struct Name<T> {
    pub(crate) name: String,
    pub(crate) means: T,
}

/// The names that people use.
pub(crate) struct Names {
    /// Everyday names, and the groups that each means, as indices.
    pub(crate) everyday: Vec<Name<Vec<usize>>>,
    /// What is not part of the API, and the product that it belongs to.
    pub(crate) not_included: Vec<Name<String>>,
}

/// Reads `data/names.tsv` and `data/not_included.tsv`.
///
/// Also returns warnings about rows that a later list contradicts. Those rows are left out: a later
/// list is one new file.
pub(crate) fn names(
    data: &Path,
    lists: &Lists,
    groups: &[&str],
) -> Result<(Names, Vec<String>), DataError> {
    let mut keys = BTreeMap::new();
    let mut check = |file: &str, line: usize, name: &str| {
        check_words(name)
            .and_then(|()| match keys.insert(key_of(name), format!("{name:?} of {file}:{line}")) {
                Some(other) => Err(format!("the name {name:?} has the same words as {other}")),
                None => Ok(()),
            })
            .map_err(|what| DataError::new(file, line, what))
    };
    let services = groups.iter().map(|group| service_of(group));
    let taken: BTreeSet<Vec<String>> = groups.iter().copied().chain(services).map(key_of).collect();
    let mut warnings = Vec::new();
    let mut names = Names { everyday: Vec::new(), not_included: Vec::new() };
    for Row { line, fields: [name, resources] } in read(data, NAMES, ["name", "resources"])? {
        let error = |what: String| DataError::new(NAMES, line, what);
        check(NAMES, line, &name)?;
        let mut means = Vec::new();
        for resource in resources.split(' ') {
            let index = groups
                .binary_search(&resource)
                .map_err(|_| error(format!("no list has {resource:?}")))?;
            if means.contains(&index) {
                return Err(error(format!("names {resource} twice")));
            }
            means.push(index);
        }
        if means.len() > MOST_MEANT {
            let what = format!("names {} resources; name at most {MOST_MEANT}", means.len());
            return Err(error(what));
        }
        if taken.contains(&key_of(&name)) {
            warnings.push(format!(
                "{NAMES}:{line}: {name} is what a list calls a service or a group; remove the row"
            ));
        } else {
            names.everyday.push(Name { name, means });
        }
    }
    let rows = read(data, NOT_INCLUDED, ["name", "product"])?;
    let included: BTreeSet<String> = rows
        .iter()
        .filter(|row| lists.has_service(&row.fields[0]))
        .map(|row| row.fields[1].clone())
        .collect();
    for Row { line, fields: [name, product] } in rows {
        check(NOT_INCLUDED, line, &name)?;
        if included.contains(&product) {
            warnings.push(format!(
                "{NOT_INCLUDED}:{line}: a list has scopes of {product}; remove the row"
            ));
        } else {
            names.not_included.push(Name { name, means: product });
        }
    }
    Ok((names, warnings))
}

/// Checks that a name is written as words, since names are compared by their words.
fn check_words(name: &str) -> Result<(), String> {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if !name.split(' ').all(is_word) {
        return Err(format!(
            "the name {name:?} is not words of lowercase letters with one space between them"
        ));
    }
    if words(name).all(|word| stem(word).is_none()) {
        return Err(format!("the name {name:?} has no word that says what is meant"));
    }
    Ok(())
}
