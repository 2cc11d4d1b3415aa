//! A scope list: a header of `# key: value` lines, then one scope a line, in order.

use std::path::Path;

use super::error::{DataError, lines, quoted};
use super::hash::SCOPE_PREFIX;

/// The most bytes of a resource group, as in `UnlistedScope::MAX_GROUP_LEN`. The longest published
/// one has 42.
const MAX_GROUP_LEN: usize = 128;

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

impl List {
    fn new(name: &str) -> List {
        List {
            name: name.to_owned(),
            sources: vec![],
            pages: vec![],
            groups: vec![],
        }
    }

    /// Reads a published list. It has at least one scope, and names the document that it was read from.
    pub(crate) fn read_published(path: &Path, name: &str) -> Result<List, DataError> {
        let list = List::read(path, name)?;
        if list.sources.is_empty() {
            return Err(DataError::new(
                name,
                1,
                "has no \"# source: …\" line that names the document it was read from",
            ));
        }
        if list.groups.is_empty() {
            return Err(DataError::new(name, 1, "the list has no scope"));
        }
        Ok(list)
    }

    /// Reads the list of scopes that only documentation pages show. It may be empty, and the file may
    /// be missing: a later list may have them all.
    pub(crate) fn read_unpublished(path: &Path, name: &str) -> Result<List, DataError> {
        if path.exists() {
            List::read(path, name)
        } else {
            Ok(List::new(name))
        }
    }

    fn read(path: &Path, name: &str) -> Result<List, DataError> {
        let mut list = List::new(name);
        let mut count = None;
        for (number, line) in lines(path, name)? {
            let error = |what: String| Err(DataError::new(name, number, what));
            let Some(header) = line.strip_prefix('#') else {
                let group = group(&line).map_err(|what| DataError::new(name, number, what))?;
                if let Some((_, before)) = list.groups.last() {
                    if before == group {
                        return error(format!("{group} is listed twice"));
                    }
                    if before.as_str() > group {
                        return error(format!(
                            "{group} belongs before {before}; keep scopes in byte order"
                        ));
                    }
                }
                list.groups.push((number, group.to_owned()));
                continue;
            };
            if !list.groups.is_empty() {
                return error("a header line after the first scope".to_owned());
            }
            match header
                .split_once(": ")
                .map(|(key, value)| (key.trim(), value.trim()))
            {
                Some((_, "")) => {
                    return error(format!("the header line {} has no value", quoted(&line)));
                }
                Some(("source", value)) => list.sources.push(value.to_owned()),
                Some(("page", value)) => list.pages.push(value.to_owned()),
                Some(("count", value)) if count.is_none() => match value.parse::<usize>() {
                    Ok(value) => count = Some((number, value)),
                    Err(_) => return error(format!("the count {} is not a number", quoted(value))),
                },
                Some(("count", _)) => return error("the count is given twice".to_owned()),
                _ => {
                    return error(format!(
                        "unknown header line {}; there are \"# source: …\", \"# page: …\" and \"# count: …\"",
                        quoted(&line)
                    ));
                }
            }
        }
        if list.sources.is_empty() && list.pages.is_empty() {
            return Err(DataError::new(
                name,
                1,
                "has no \"# source: …\" or \"# page: …\" line that says where it is from",
            ));
        }
        match count {
            None => Err(DataError::new(name, 1, "has no \"# count: …\" line")),
            Some((number, count)) if count != list.groups.len() => Err(DataError::new(
                name,
                number,
                format!(
                    "the count says {count}, but {} scopes follow",
                    list.groups.len()
                ),
            )),
            Some(_) => Ok(list),
        }
    }
}

/// The resource group of a scope: two or more segments of lowercase letters and inner `_`.
fn group(scope: &str) -> Result<&str, String> {
    let group = scope.strip_prefix(SCOPE_PREFIX).ok_or_else(|| {
        format!(
            "{} is foreign: Data Portability scopes begin with {SCOPE_PREFIX}",
            quoted(scope)
        )
    })?;
    if group.len() > MAX_GROUP_LEN {
        return Err(format!(
            "{} is too long: a resource group has at most {MAX_GROUP_LEN} bytes, and this one has {}",
            quoted(scope),
            group.len()
        ));
    }
    let well_formed = |segment: &str| {
        !segment.is_empty()
            && segment
                .split('_')
                .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
    };
    if group.contains('.') && group.split('.').all(well_formed) {
        Ok(group)
    } else {
        Err(format!(
            "{} is malformed: a resource group has two or more segments of lowercase letters, joined by dots",
            quoted(scope)
        ))
    }
}
