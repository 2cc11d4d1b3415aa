//! Everyday names of resource groups, and products that are not part of the API.

use std::collections::BTreeMap;
use std::path::Path;

use super::catalogue::Group;
use super::error::DataError;
use super::seen::{Seen, service_of};
use super::table;

/// The most resources that one name may mean, which is also the most that an error suggests.
const MOST_MEANT: usize = 4;

/// Something that is not part of the API: its name, and the product that it belongs to.
pub(crate) struct NotIncluded {
    pub(crate) name: String,
    pub(crate) product: String,
}

/// Reads `data/names.tsv`: names, and the indices of the groups that each one means.
pub(crate) fn read_names(
    data: &Path,
    groups: &[Group],
) -> Result<Vec<(String, Vec<usize>)>, DataError> {
    const NAME: &str = "data/names.tsv";
    let mut names = Vec::new();
    for row in table::read(&data.join("names.tsv"), NAME, ["name", "resources"])? {
        let error = |what: String| DataError::new(NAME, row.line, what);
        let [name, resources] = row.fields;
        check_words(&name).map_err(error)?;
        let mut meant = Vec::new();
        for resource in resources.split(' ') {
            let index = groups
                .binary_search_by_key(&resource, |group| &group.name)
                .map_err(|_| error(format!("no list has {resource:?}")))?;
            if meant.contains(&index) {
                return Err(error(format!("names {resource} twice")));
            }
            meant.push(index);
        }
        if meant.len() > MOST_MEANT {
            return Err(error(format!(
                "names {} resources; name at most {MOST_MEANT}",
                meant.len()
            )));
        }
        names.push((name, meant));
    }
    Ok(names)
}

/// Reads `data/not_included.tsv`.
///
/// Also returns warnings about rows that a later list contradicts. Those rows are left out.
pub(crate) fn read_not_included(
    data: &Path,
    seen: &BTreeMap<&str, Seen>,
) -> Result<(Vec<NotIncluded>, Vec<String>), DataError> {
    const NAME: &str = "data/not_included.tsv";
    let (mut left_out, mut warnings) = (Vec::new(), Vec::new());
    for row in table::read(&data.join("not_included.tsv"), NAME, ["name", "product"])? {
        let [name, product] = row.fields;
        check_words(&name).map_err(|what| DataError::new(NAME, row.line, what))?;
        if seen.keys().any(|group| service_of(group) == name) {
            warnings.push(format!(
                "{NAME}:{}: a list has scopes of {name}; remove the row",
                row.line
            ));
        } else {
            left_out.push(NotIncluded { name, product });
        }
    }
    Ok((left_out, warnings))
}

/// Checks that a name is written as words, since names are compared by their words.
fn check_words(name: &str) -> Result<(), String> {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if name.split(' ').all(is_word) {
        Ok(())
    } else {
        Err(format!(
            "the name {name:?} is not words of lowercase letters with one space between them"
        ))
    }
}
