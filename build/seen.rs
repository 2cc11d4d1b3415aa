//! Which groups the lists have, and in which revisions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::date::Date;
use super::error::DataError;
use super::identifier::{is_keyword, pascal_case};
use super::list::List;

/// The most groups: the library's set type has as many bits.
const MOST_GROUPS: usize = u128::BITS as usize;

/// Where a group was first seen, and which revisions have it.
pub(crate) struct Seen<'lists> {
    pub(crate) list: &'lists List,
    pub(crate) line: usize,
    pub(crate) revisions: BTreeSet<usize>,
}

impl<'lists> Seen<'lists> {
    pub(crate) fn new(list: &'lists List, line: usize) -> Self {
        Seen {
            list,
            line,
            revisions: BTreeSet::new(),
        }
    }

    pub(crate) fn error(&self, what: String) -> DataError {
        DataError::new(&self.list.name, self.line, what)
    }

    /// Where the group was first seen, to find the one that came last.
    fn place(&self) -> (Option<&usize>, usize) {
        (self.revisions.first(), self.line)
    }

    /// Whether only the newest revision has the group, so that a description may still be missing.
    pub(crate) fn is_new(&self, revisions: usize) -> bool {
        self.revisions.iter().eq([&(revisions - 1)])
    }

    /// The runs of revisions that have the group.
    pub(crate) fn listings(&self, revisions: usize) -> Vec<(usize, Option<usize>)> {
        let listed = |index: usize| self.revisions.contains(&index);
        let begins =
            (0..revisions).filter(|&index| listed(index) && (index == 0 || !listed(index - 1)));
        begins
            .map(|since| (since, (since..revisions).find(|&index| !listed(index))))
            .collect()
    }
}

pub(crate) fn revision_lists(folder: &Path) -> Result<Vec<(Date, List)>, DataError> {
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
        let list = List::read_published(&entry.path(), &name)?;
        lists.push((date, list));
    }
    if lists.is_empty() {
        return Err(error("the folder has no list".to_owned()));
    }
    lists.sort_by_key(|(date, _)| *date);
    Ok(lists)
}

/// Each name must make an identifier of its own, and each group must fit into the set type.
pub(crate) fn check_names(seen: &BTreeMap<&str, Seen>) -> Result<(), DataError> {
    let count = seen.len();
    if let Some((group, last)) = seen
        .iter()
        .max_by_key(|(_, seen)| seen.place())
        .filter(|_| count > MOST_GROUPS)
    {
        return Err(last.error(format!(
            "{group} is one of {count} groups, and a scope set has room for {MOST_GROUPS}"
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

pub(crate) fn service_of(group: &str) -> &str {
    group.split_once('.').map_or(group, |(service, _)| service)
}
