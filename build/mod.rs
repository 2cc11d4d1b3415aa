//! From the files under `data/` to the Rust source of the catalogue.
//!
//! `build.rs` writes what this returns; the tests call it with files of their own.

mod emit;
mod file;
mod lists;
mod tables;
mod vocabulary;

#[path = "../src/catalogue/date.rs"]
#[expect(unreachable_pub, reason = "shared with the library, which uses all of it")]
mod date;
#[path = "../src/catalogue/hash.rs"]
#[expect(unreachable_pub, reason = "shared with the library")]
mod hash;
#[path = "../src/catalogue/words.rs"]
mod words;

use std::collections::BTreeMap;
use std::path::Path;

use phf_generator::ptrhash::{HashState, generate_hash_with_hash_fn};

use date::Date;
use file::DataError;
use hash::{SCOPE_PREFIX, TAIL_LEN, hash};
use lists::{List, Lists, service_of};
use tables::{Details, Names, RESOURCES, SERVICES};

pub(crate) use emit::emit;

/// The most groups: the library's set type has as many bits.
const MOST_GROUPS: usize = u128::BITS as usize;

/// Everything that is generated, each part in the order in which it is generated.
pub(crate) struct Catalogue {
    pub(crate) groups: Vec<Group>,
    pub(crate) services: Vec<Service>,
    pub(crate) revisions: Vec<Revision>,
    pub(crate) names: Names,
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
    pub(crate) details: Details,
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

/// Reads the folder `data`, checks its files against each other and joins them. Fails with what is
/// wrong in it, and where.
pub(crate) fn read(data: &Path) -> Result<Catalogue, DataError> {
    let mut lists = Lists::read(data)?;
    check_names(&lists)?;
    let mut services = services(data, &lists)?;
    let mut warnings = std::mem::take(&mut lists.warnings);
    let groups = groups(data, &lists, &services, &mut warnings)?;
    let group_names: Vec<&str> = groups.iter().map(|group| &*group.name).collect();
    let (names, contradicted) = tables::names(data, &lists, &group_names)?;
    warnings.extend(contradicted);
    let finder = finder(&groups, &lists)?;

    let members = |listed: &dyn Fn(&Group) -> bool| {
        let groups = groups.iter().enumerate();
        groups.fold(0, |set, (index, group)| set | u128::from(listed(group)) << index)
    };
    for (index, service) in services.iter_mut().enumerate() {
        service.members = members(&|group| group.service == index);
    }
    let published = lists.published.into_iter().enumerate();
    let revision = |(index, (date, List { sources, pages, .. }))| {
        let members = members(&|group| lists.seen[&group.name].revisions.contains(&index));
        Revision { date, sources, pages, members }
    };
    let revisions = published.map(revision).collect();
    Ok(Catalogue { groups, services, revisions, names, finder, warnings })
}

/// Each name must make an identifier of its own, and each group must fit into the set type.
fn check_names(lists: &Lists) -> Result<(), DataError> {
    let count = lists.seen.len();
    let newest = lists.seen.iter().max_by_key(|(_, seen)| seen.place());
    if let Some((group, last)) = newest.filter(|_| count > MOST_GROUPS) {
        return Err(last.error(format!(
            "{group} is one of {count} groups, and a scope set has room for {MOST_GROUPS}"
        )));
    }
    let mut variants = BTreeMap::new();
    let mut services = BTreeMap::new();
    for (group, seen) in &lists.seen {
        for (names, name) in [(&mut variants, &**group), (&mut services, service_of(group))] {
            let variant = pascal_case(name);
            // The only Rust keyword in `PascalCase`.
            if variant == "Self" {
                let what = format!("{name} would be named {variant}, a keyword of Rust");
                return Err(seen.error(what));
            }
            let (other, other_seen) = *names.entry(variant.clone()).or_insert((name, seen));
            if other != name {
                let later = if seen.place() > other_seen.place() { seen } else { other_seen };
                let what = format!("{other} and {name} would both be named {variant}");
                return Err(later.error(what));
            }
        }
    }
    Ok(())
}

fn services(data: &Path, lists: &Lists) -> Result<Vec<Service>, DataError> {
    let mut table = tables::services(data, lists)?;
    let mut services: Vec<Service> = Vec::new();
    for (group, first) in &lists.seen {
        let name = service_of(group);
        if services.last().is_some_and(|service| service.name == name) {
            continue;
        }
        let mut groups = lists.seen.keys().filter(|group| service_of(group) == name);
        let product = match table.rows.remove(name) {
            Some(product) => product,
            None if groups.all(|group| lists.is_new(group)) => sentence_case(name),
            None => {
                let what =
                    format!("no row for {name}, which stands at {}:{}", first.list, first.line);
                return Err(DataError::new(SERVICES, table.end, what));
            }
        };
        let (name, variant) = (name.to_owned(), pascal_case(name));
        services.push(Service { name, variant, product, members: 0 });
    }
    Ok(services)
}

/// Returns the groups, and adds a warning for each that only the newest list has and no row
/// describes.
fn groups(
    data: &Path,
    lists: &Lists,
    services: &[Service],
    warnings: &mut Vec<String>,
) -> Result<Vec<Group>, DataError> {
    let mut table = tables::resources(data, lists)?;
    let mut groups = Vec::new();
    for (name, seen) in &lists.seen {
        let undescribed = format!("What Google lists as {name}.");
        // A row that was not filled in counts as none.
        let row = table.rows.remove(name);
        let details = match row.filter(|row| row.description != undescribed) {
            Some(details) => details,
            None if lists.is_new(name) => {
                warnings.push(format!("{RESOURCES} does not describe {name} yet"));
                let (_, leaf) = name.split_once('.').unwrap_or_default();
                Details {
                    category: Category::Unknown,
                    supports_time_filter: false,
                    label: sentence_case(leaf),
                    description: undescribed,
                }
            }
            None => {
                let (list, line) = (&seen.list, seen.line);
                let what = format!("no description of {name}, which stands at {list}:{line}");
                return Err(DataError::new(RESOURCES, table.end, what));
            }
        };
        let service = services.iter().position(|it| it.name == service_of(name));
        groups.push(Group {
            name: name.clone(),
            variant: pascal_case(name),
            service: service.unwrap_or_default(),
            listings: seen.listings(lists.published.len()),
            details,
        });
    }
    Ok(groups)
}

/// Returns the perfect hash over all scopes: `phf`'s generator, this crate's hash function. Fails
/// for two scopes that the function cannot tell apart.
fn finder(groups: &[Group], lists: &Lists) -> Result<HashState, DataError> {
    let scopes: Vec<String> = groups.iter().map(Group::scope).collect();
    let tail = |scope: &String| scope.as_bytes().last_chunk().copied();
    let tails: Option<Vec<[u8; TAIL_LEN]>> = scopes.iter().map(tail).collect();
    let tails = tails.expect("a scope is longer than its prefix, which is longer than the tail");
    let mut order: Vec<usize> = (0..tails.len()).collect();
    order.sort_by_key(|&index| tails[index]);
    let alike = order.windows(2).find(|pair| tails[pair[0]] == tails[pair[1]]);
    if let Some(pair) = alike {
        let one = &groups[pair[0].min(pair[1])].name;
        let other = &groups[pair[0].max(pair[1])].name;
        return Err(lists.seen[other].error(format!(
            "the perfect hash cannot tell {other} from {one}: their last {TAIL_LEN} bytes are the same"
        )));
    }

    let state = generate_hash_with_hash_fn(&tails, |tail, seed| hash(tail, *seed));
    for (index, tail) in tails.iter().enumerate() {
        let HashState { seed, pilots, remap, map } = &state;
        let hash = hash(tail, *seed);
        let slot = phf_shared::ptrhash::get_index(*seed, hash, pilots, remap, map.len());
        assert_eq!(map[slot as usize], index, "phf's table misses {}", scopes[index]);
    }
    Ok(state)
}

/// `search_ugc.media.thumbs` becomes `SearchUgcMediaThumbs`.
fn pascal_case(name: &str) -> String {
    name.split(['.', '_']).map(capitalized).collect()
}

/// `camera_event` becomes `Camera event`.
fn sentence_case(name: &str) -> String {
    capitalized(&name.replace(['.', '_'], " "))
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The words that say what a name means, in order, each once: names with the same ones mean the
/// same.
fn key_of(name: &str) -> Vec<String> {
    let words = words::words(name).map(str::to_lowercase);
    let mut key: Vec<String> = words.filter_map(|it| words::stem(&it).map(str::to_owned)).collect();
    key.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    key.dedup();
    key
}
