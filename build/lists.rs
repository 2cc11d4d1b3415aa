//! The scope lists, and which groups each has: a header of `# key: value` lines, then one scope a
//! line, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::date::Date;
use super::file::{DataError, lines, quoted};
use super::hash::SCOPE_PREFIX;

/// The most bytes of a resource group, as in `NewerScope`. The longest published one has 42.
const MAX_GROUP_LEN: usize = 128;

/// The years that a list may be of. Google published the first in 2024.
const YEARS: std::ops::RangeInclusive<u16> = 2024..=2099;

const UNPUBLISHED: &str = "data/unpublished.txt";

/// One file of `data/revisions/`, or `data/unpublished.txt`.
#[derive(Debug)]
pub(crate) struct List {
    /// The name of the file in errors.
    pub(crate) name: String,
    /// The documents that this list was read from.
    pub(crate) sources: Vec<String>,
    /// The documentation pages that show it.
    pub(crate) pages: Vec<String>,
    /// The resource groups, each with its line.
    pub(crate) groups: Vec<(usize, String)>,
}

/// Where a group was first seen, and which revisions have it.
pub(crate) struct Seen {
    pub(crate) list: String,
    pub(crate) line: usize,
    pub(crate) revisions: BTreeSet<usize>,
}

/// All lists.
pub(crate) struct Lists {
    /// The published ones, from the oldest to the newest.
    pub(crate) published: Vec<(Date, List)>,
    /// Every group of any list.
    pub(crate) seen: BTreeMap<String, Seen>,
    /// What does not stop the build, but needs attention.
    pub(crate) warnings: Vec<String>,
}

impl Lists {
    pub(crate) fn read(data: &Path) -> Result<Lists, DataError> {
        let published = revisions(&data.join("revisions"))?;
        let unpublished = List::read_unpublished(&data.join("unpublished.txt"))?;
        let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
        for (index, (_, list)) in published.iter().enumerate() {
            for (line, group) in &list.groups {
                let seen = seen.entry(group.clone()).or_insert_with(|| list.seen(*line));
                seen.revisions.insert(index);
            }
        }
        let mut warnings = Vec::new();
        for (line, group) in &unpublished.groups {
            let Some(seen) = seen.get(group) else {
                seen.insert(group.clone(), unpublished.seen(*line));
                continue;
            };
            let what =
                format!("{group} is published: {}:{} has it; remove it here", seen.list, seen.line);
            let error = DataError::new(UNPUBLISHED, *line, what);
            // The newest list may bring it, since a new list is one new file.
            if !seen.is_new(published.len()) {
                return Err(error);
            }
            warnings.push(error.to_string());
        }
        Ok(Lists { published, seen, warnings })
    }

    /// Whether only the newest list has the group, so that the tables may not describe it yet.
    pub(crate) fn is_new(&self, group: &str) -> bool {
        self.seen[group].is_new(self.published.len())
    }

    /// Whether any list has a scope of the service.
    pub(crate) fn has_service(&self, service: &str) -> bool {
        self.seen.keys().any(|group| service_of(group) == service)
    }
}

impl Seen {
    pub(crate) fn error(&self, what: String) -> DataError {
        DataError::new(&self.list, self.line, what)
    }

    /// Where the group was first seen, to find the one that came last.
    pub(crate) fn place(&self) -> (Option<&usize>, usize) {
        (self.revisions.first(), self.line)
    }

    fn is_new(&self, revisions: usize) -> bool {
        self.revisions.iter().eq([&(revisions - 1)])
    }

    /// The runs of revisions that have the group.
    pub(crate) fn listings(&self, revisions: usize) -> Vec<(usize, Option<usize>)> {
        let listed = |index: usize| self.revisions.contains(&index);
        let begins =
            (0..revisions).filter(|&index| listed(index) && (index == 0 || !listed(index - 1)));
        begins.map(|since| (since, (since..revisions).find(|&index| !listed(index)))).collect()
    }
}

/// Reads the published lists. Each differs from the one before.
fn revisions(folder: &Path) -> Result<Vec<(Date, List)>, DataError> {
    let error = |what: String| DataError::new("data/revisions", 1, what);
    let mut lists = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| error(format!("cannot be read: {e}")))? {
        let entry = entry.map_err(|e| error(format!("cannot be read: {e}")))?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let name = format!("data/revisions/{file}");
        let date = file.strip_suffix(".txt").and_then(Date::from_iso);
        let date = date.ok_or_else(|| {
            let what = "the file is not named by the day of its list, as in 2025-01-20.txt";
            DataError::new(&name, 1, what)
        })?;
        if !YEARS.contains(&date.year) {
            let (first, last) = (YEARS.start(), YEARS.end());
            let what = format!("the day of a list is in the years {first} to {last}");
            return Err(DataError::new(&name, 1, what));
        }
        lists.push((date, List::read_published(&entry.path(), &name)?));
    }
    if lists.is_empty() {
        return Err(error("the folder has no list".to_owned()));
    }
    lists.sort_by_key(|(date, _)| *date);
    for ((_, before), (_, list)) in lists.iter().zip(lists.iter().skip(1)) {
        let (groups, groups_before) = (list.groups.iter(), before.groups.iter());
        if groups.map(|(_, group)| group).eq(groups_before.map(|(_, group)| group)) {
            let what = format!("lists the same scopes as {}; remove one", before.name);
            return Err(DataError::new(&list.name, 1, what));
        }
    }
    Ok(lists)
}

impl List {
    fn new(name: &str) -> List {
        List { name: name.to_owned(), sources: vec![], pages: vec![], groups: vec![] }
    }

    fn seen(&self, line: usize) -> Seen {
        Seen { list: self.name.clone(), line, revisions: BTreeSet::new() }
    }

    /// Reads a published list. It has at least one scope, and names the document that it was read
    /// from.
    fn read_published(path: &Path, name: &str) -> Result<List, DataError> {
        let list = List::read(path, name)?;
        let refuse = |what: &str| Err(DataError::new(name, 1, what));
        if list.sources.is_empty() {
            return refuse("has no \"# source: …\" line that names the document it was read from");
        }
        if list.groups.is_empty() {
            return refuse("the list has no scope");
        }
        Ok(list)
    }

    /// Reads the list of scopes that only documentation pages show. It may be empty, and the file
    /// may be missing: a later list may have them all.
    fn read_unpublished(path: &Path) -> Result<List, DataError> {
        if fs::symlink_metadata(path).is_ok() {
            List::read(path, UNPUBLISHED)
        } else {
            Ok(List::new(UNPUBLISHED))
        }
    }

    fn read(path: &Path, name: &str) -> Result<List, DataError> {
        let mut list = List::new(name);
        let mut count = None;
        for (number, line) in lines(path, name)? {
            let error = |what: String| DataError::new(name, number, what);
            let Some(header) = line.strip_prefix('#') else {
                list.add(number, &line).map_err(error)?;
                continue;
            };
            if !list.groups.is_empty() {
                return Err(error("a header line after the first scope".to_owned()));
            }
            let entry = header.split_once(": ");
            match entry.map(|(key, value)| (key.trim(), value.trim())) {
                Some((_, "")) => {
                    return Err(error(format!("the header line {} has no value", quoted(&line))));
                }
                Some(("source", value)) => list.sources.push(document(value).map_err(error)?),
                Some(("page", value)) => list.pages.push(document(value).map_err(error)?),
                Some(("count", _)) if count.is_some() => {
                    return Err(error("the count is given twice".to_owned()));
                }
                Some(("count", value)) => {
                    let said = value.parse().ok().filter(|said: &usize| said.to_string() == value);
                    let wrong = || error(format!("the count {} is not a number", quoted(value)));
                    count = Some((number, said.ok_or_else(wrong)?));
                }
                _ => {
                    return Err(error(format!(
                        "unknown header line {}; there are \"# source: …\", \"# page: …\" and \"# count: …\"",
                        quoted(&line)
                    )));
                }
            }
        }
        let refuse = |line, what: &str| Err(DataError::new(name, line, what));
        let (sources, pages, scopes) = (list.sources.len(), list.pages.len(), list.groups.len());
        match count {
            _ if sources + pages == 0 => {
                refuse(1, "has no \"# source: …\" or \"# page: …\" line that says where it is from")
            }
            None => refuse(1, "has no \"# count: …\" line"),
            Some((line, count)) if count != scopes => {
                refuse(line, &format!("the count says {count}, but {scopes} scopes follow"))
            }
            Some(_) => Ok(list),
        }
    }

    /// Adds the scope of a line.
    fn add(&mut self, line: usize, scope: &str) -> Result<(), String> {
        let group = group(scope)?;
        if let Some((_, before)) = self.groups.last() {
            if before == group {
                return Err(format!("{group} is listed twice"));
            }
            if before.as_str() > group {
                return Err(format!("{group} belongs before {before}; keep scopes in byte order"));
            }
        }
        self.groups.push((line, group.to_owned()));
        Ok(())
    }
}

/// Checks the name or the address of a document. Addresses are shown as links.
fn document(value: &str) -> Result<String, String> {
    let is_scheme = |text: &&str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        !text.is_empty() && text.bytes().all(is_part)
    };
    match value.split_once(':').map(|(scheme, _)| scheme).filter(is_scheme) {
        Some(scheme) if !value.starts_with("https://") => Err(format!(
            "{} is an address of the scheme {scheme}; give one that begins with https://",
            quoted(value)
        )),
        _ => Ok(value.to_owned()),
    }
}

/// The resource group of a scope: two or more segments of lowercase letters and inner `_`.
fn group(scope: &str) -> Result<&str, String> {
    let group = scope.strip_prefix(SCOPE_PREFIX).ok_or_else(|| {
        format!("{} is foreign: Data Portability scopes begin with {SCOPE_PREFIX}", quoted(scope))
    })?;
    if group.len() > MAX_GROUP_LEN {
        return Err(format!(
            "{} is too long: a resource group has at most {MAX_GROUP_LEN} bytes, and this one has {}",
            quoted(scope),
            group.len()
        ));
    }
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    if group.contains('.') && group.split(['.', '_']).all(is_word) {
        Ok(group)
    } else {
        Err(format!(
            "{} is malformed: a resource group has two or more segments of lowercase letters, joined by dots",
            quoted(scope)
        ))
    }
}

pub(crate) fn service_of(group: &str) -> &str {
    group.split_once('.').map_or(group, |(service, _)| service)
}
