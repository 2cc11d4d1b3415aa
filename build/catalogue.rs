//! What the files under `data/` say, checked against each other and joined.

use std::collections::BTreeMap;
use std::path::Path;

use phf_generator::ptrhash::HashState;

use super::date::Date;
use super::describe::{read_groups, read_services};
use super::error::DataError;
use super::finder;
use super::hash::{SCOPE_PREFIX, TAIL_LEN};
use super::list::List;
use super::names::{NotIncluded, read_names, read_not_included};
use super::seen::{Seen, check_names, revision_lists};

/// Everything that is generated, each part in the order in which it is generated.
pub(crate) struct Catalogue {
    pub(crate) groups: Vec<Group>,
    pub(crate) services: Vec<Service>,
    pub(crate) revisions: Vec<Revision>,
    /// Everyday names, and the groups that they mean, as indices.
    pub(crate) names: Vec<(String, Vec<usize>)>,
    pub(crate) not_included: Vec<NotIncluded>,
    /// Where the perfect hash finds the groups.
    pub(crate) finder: HashState,
    /// What does not stop the build, but needs attention.
    pub(crate) warnings: Vec<String>,
}

/// A resource group.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) variant: String,
    /// An index into [`Catalogue::services`].
    pub(crate) service: usize,
    /// The revisions that begin and stop listing it, as indices.
    pub(crate) listings: Vec<(usize, Option<usize>)>,
    pub(crate) category: Category,
    pub(crate) supports_time_filter: bool,
    pub(crate) label: String,
    pub(crate) description: String,
}

impl Group {
    pub(crate) fn scope(&self) -> String {
        format!("{SCOPE_PREFIX}{}", self.name)
    }
}

/// Google's category of a scope, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Restricted,
    Sensitive,
    SensitiveDerived,
    Unknown,
}

/// The groups with one first segment.
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) variant: String,
    pub(crate) product: String,
    /// Bit `i` stands for the group at index `i`.
    pub(crate) members: u128,
}

/// A revision of the list.
pub(crate) struct Revision {
    pub(crate) date: Date,
    pub(crate) sources: Vec<String>,
    pub(crate) pages: Vec<String>,
    /// Bit `i` stands for the group at index `i`.
    pub(crate) members: u128,
}

/// Reads the folder `data`. Fails with what is wrong in it, and where.
pub(crate) fn read(data: &Path) -> Result<Catalogue, DataError> {
    let lists = revision_lists(&data.join("revisions"))?;
    let unpublished =
        List::read_unpublished(&data.join("unpublished.txt"), "data/unpublished.txt")?;

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
    let (groups, mut warnings) = read_groups(data, &seen, &services, lists.len())?;
    let names = read_names(data, &groups)?;
    let (not_included, contradicted) = read_not_included(data, &seen)?;
    warnings.extend(contradicted);
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
        names,
        not_included,
        finder,
        warnings,
    })
}
