//! What people call things: other names of resource groups, and products that the API leaves out.

use std::collections::BTreeMap;
use std::path::Path;

use super::catalogue::Group;
use super::error::DataError;
use super::seen::{Seen, service_of};
use super::table;

/// The most resources that one name may stand for, which is the most that an error suggests.
const MOST_MEANT: usize = 4;

/// What the API leaves out: a name of it, and the product that it belongs to.
pub(crate) struct NotIncluded {
    pub(crate) name: String,
    pub(crate) product: String,
}

/// Reads `data/names.tsv`: names, and the indices of the groups that each of them means.
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
/// The second part is what people should look at: rows that a service of a later list contradicts.
/// They are left out.
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

/// Names are compared by their words, so they are written as words.
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
