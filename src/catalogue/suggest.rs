//! Suggestions for names and scopes that do not exist.
//!
//! All of this runs only after parsing has failed, on a bounded beginning of the input.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::distance::{slip, within};
use super::generated::{NAMES, NOT_INCLUDED};
use super::hash::SCOPE_PREFIX;
use super::resource::Resource;
use super::revision::Revision;
use super::service::Service;
use super::words::{Word, telling_words, words};

/// The most resources that are suggested.
const MOST_SUGGESTED: usize = 4;

/// The scopes for signing users in. They are scopes of other APIs, not typos.
const SIGN_IN: [&str; 3] = ["openid", "email", "profile"];

/// What an unknown scope token or resource name may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Suggestion {
    Nothing,
    /// One to [`MOST_SUGGESTED`] resources, the best first.
    Resources(Vec<Resource>),
    /// All resources of a service.
    Service(Service),
    /// A product whose data the API does not export.
    NotIncluded(&'static str),
}

impl Suggestion {
    /// Returns the suggested resources, the best first.
    pub(super) fn resources(self) -> Vec<Resource> {
        match self {
            Suggestion::Nothing | Suggestion::NotIncluded(_) => Vec::new(),
            Suggestion::Resources(resources) => resources,
            Suggestion::Service(service) => {
                let mut resources: Vec<Resource> = resources_of(service).collect();
                resources.truncate(MOST_SUGGESTED);
                resources
            }
        }
    }

    /// Returns the end of an error message; `written` writes a resource as the user should.
    pub(super) fn hint(self, written: fn(Resource) -> String) -> Option<String> {
        match self {
            Suggestion::Nothing => None,
            Suggestion::NotIncluded(product) => Some(format!(
                "; {product} is not part of the Data Portability API"
            )),
            Suggestion::Resources(resources) => {
                let resources: Vec<String> = resources.into_iter().map(written).collect();
                did_you_mean(&resources)
            }
            Suggestion::Service(service) => {
                let example = resources_of(service).next().map(written)?;
                Some(format!(
                    "; {service} is a service: name one of its resources, such as {example}"
                ))
            }
        }
    }
}

/// Returns `; did you mean a, b or c?`, or `None` if there is nothing to suggest.
pub(super) fn did_you_mean(suggestions: &[String]) -> Option<String> {
    match suggestions {
        [] => None,
        [one] => Some(format!("; did you mean {one}?")),
        [others @ .., last] => Some(format!("; did you mean {} or {last}?", others.join(", "))),
    }
}

/// Suggests what is meant by a scope token or a resource name, well-formed or not.
pub(super) fn resources(input: &str) -> Suggestion {
    let Some(group) = group_of(input) else {
        return Suggestion::Nothing;
    };
    if SIGN_IN.contains(&group) {
        return Suggestion::Nothing;
    }
    let slips = slips(group);
    if !slips.is_empty() {
        return best_first(slips);
    }

    let joined: String = words(group).collect();
    let named = |name: &str| is_joined(words(name), &joined);
    if let Some(resource) = Resource::all().find(|resource| named(resource.name())) {
        return Suggestion::Resources([resource].into());
    }
    if let Some(service) =
        Service::all().find(|service| named(service.name()) || named(service.product_name()))
    {
        return Suggestion::Service(service);
    }

    let words: Vec<Word> = telling_words(group).collect();
    if words.is_empty() {
        return Suggestion::Nothing;
    }
    let is_called = |name: &str| telling_words(name).eq(words.iter().copied());
    if let Some((_, meant)) = NAMES.iter().find(|(name, _)| is_called(name)) {
        return best_first(meant.iter().map(|resource| (*resource, 0)).collect());
    }
    let called_so: Vec<(Resource, usize)> = Resource::all()
        .filter(|resource| {
            [leaf(*resource), resource.label()]
                .into_iter()
                .any(is_called)
        })
        .map(|resource| (resource, 0))
        .collect();
    if !called_so.is_empty() {
        return best_first(called_so);
    }
    if let Some((_, product)) = NOT_INCLUDED.iter().find(|(name, _)| {
        let mut words = words.iter();
        telling_words(name).all(|word| words.next() == Some(&word))
    }) {
        return Suggestion::NotIncluded(product);
    }
    let meant = by_a_name_within(&words);
    if meant.is_empty() {
        by_words(&words)
    } else {
        best_first(meant.into_iter().map(|resource| (resource, 0)).collect())
    }
}

/// Returns the part of an input that should be a resource name, which in a scope follows the prefix,
/// misspelled or not. Returns `None` if the input is a scope of another API.
fn group_of(input: &str) -> Option<&str> {
    let outside = |c: char| !c.is_alphanumeric();
    let input = input.trim_matches(outside);
    let (_, api) = SCOPE_PREFIX.trim_end_matches('.').rsplit_once('/')?;
    if let Some((_, group)) = input.rsplit_once(&format!("{api}.")) {
        return Some(group.trim_matches(outside));
    }
    let (path, last) = input
        .rsplit_once('/')
        .map_or((None, input), |(path, last)| (Some(path), last));
    match last.split_once('.') {
        Some((first, group)) if slip(first, api).is_some() => Some(group),
        _ if path.is_some() => None,
        _ => Some(last),
    }
}

/// Returns the resources whose name is a typo away: one wrong letter anywhere, or at most a quarter
/// of the letters of each segment. Only the nearest ones, each with its distance.
fn slips(name: &str) -> Vec<(Resource, usize)> {
    let dots = |name: &str| name.bytes().filter(|byte| *byte == b'.').count();
    let dots_in_name = dots(name);
    let distance_to = |known: &str| {
        if let Some(distance) = within(name, known, 1) {
            return Some(distance);
        }
        if dots(known) != dots_in_name {
            return None;
        }
        name.split('.')
            .zip(known.split('.'))
            .map(|(segment, known)| slip(segment, known))
            .sum()
    };
    let slips: Vec<(Resource, usize)> = Resource::all()
        .filter_map(|resource| Some((resource, distance_to(resource.name())?)))
        .collect();
    let nearest = slips.iter().map(|(_, distance)| *distance).min();
    slips
        .into_iter()
        .filter(|(_, distance)| Some(*distance) == nearest)
        .collect()
}

/// Returns the resources of the longest name of `data/names.tsv` within the words, if the other
/// words fit them too.
fn by_a_name_within(words: &[Word]) -> Vec<Resource> {
    let mut found: Vec<(usize, Vec<Resource>)> = NAMES
        .iter()
        .filter_map(|(name, meant)| {
            let name: Vec<Word> = telling_words(name).collect();
            let start = words.windows(name.len()).position(|part| part == name)?;
            let fits = |resource: &Resource| {
                let known = KnownWord::of(*resource);
                words.iter().enumerate().all(|(index, word)| {
                    (start..start + name.len()).contains(&index)
                        || Match::of(*word, &known).score > 0
                })
            };
            Some((name.len(), meant.iter().copied().filter(fits).collect()))
        })
        .collect();
    found.retain(|(_, meant): &(usize, Vec<Resource>)| !meant.is_empty());
    found.sort_by_key(|(len, _)| Reverse(*len));
    found
        .into_iter()
        .next()
        .map_or_else(Vec::new, |(_, meant)| meant)
}

/// Returns the resources with the most of these words in their name, label, product or description.
fn by_words(words: &[Word]) -> Suggestion {
    let is_service =
        |word: &Word| Service::all().any(|it| it.name().eq_ignore_ascii_case(word.text));
    let mut found: Vec<(Resource, usize, usize)> = Vec::new();
    let mut only_described: Vec<(Resource, usize)> = Vec::new();
    for resource in Resource::all() {
        let known = KnownWord::of(resource);
        let matches: Vec<Match> = words.iter().map(|word| Match::of(*word, &known)).collect();
        let missing = matches.iter().filter(|it| it.score == 0).count();
        let score: usize = matches.iter().map(|it| it.score).sum();
        let first_fits = matches.first().is_some_and(|it| it.score > 0);
        let named = matches
            .iter()
            .zip(words)
            .any(|(it, word)| it.in_name && !is_service(word));
        let described = missing == 0 && !words.iter().all(is_service);
        if named && first_fits && missing * 2 <= words.len() {
            found.push((resource, missing, score));
        } else if described && words.iter().all(|it| it.text.len() >= 5 || is_service(it)) {
            only_described.push((resource, score));
        }
    }
    let fewest = found.iter().map(|(_, missing, _)| *missing).min();
    if let Some(fewest) = fewest {
        let best = found
            .iter()
            .filter(|(_, missing, _)| *missing == fewest)
            .map(|(_, _, score)| *score)
            .max()
            .unwrap_or_default();
        return best_first(
            found
                .into_iter()
                .filter(|(_, missing, score)| *missing == fewest && score * 3 >= best * 2)
                .map(|(resource, _, score)| (resource, best - score))
                .collect(),
        );
    }
    // A word that many descriptions have says nothing about which resource is meant.
    if only_described.is_empty() || only_described.len() > MOST_SUGGESTED {
        return Suggestion::Nothing;
    }
    best_first(
        only_described
            .into_iter()
            .map(|(resource, score)| (resource, usize::MAX - score))
            .collect(),
    )
}

/// Orders resources by their distance from the input, those that the newest revision lists before
/// those that it does not.
fn best_first(mut distances: Vec<(Resource, usize)>) -> Suggestion {
    distances.sort_by_key(|(resource, distance)| (!is_listed(*resource), *distance));
    let resources = distances
        .into_iter()
        .take(MOST_SUGGESTED)
        .map(|(resource, _)| resource)
        .collect();
    Suggestion::Resources(resources)
}

fn is_listed(resource: Resource) -> bool {
    resource.scope().is_listed_in(Revision::NEWEST)
}

/// Returns the resources of a service, listed ones first.
fn resources_of(service: Service) -> impl Iterator<Item = Resource> {
    let scopes = service.scopes();
    let listed = scopes & Revision::NEWEST.scopes();
    let others = scopes - listed;
    listed
        .into_iter()
        .chain(others)
        .map(super::scope::Scope::resource)
}

/// A word by which a resource is known.
struct KnownWord {
    word: Word<'static>,
    /// How much the word says about the resource.
    weight: usize,
    in_name: bool,
}

impl KnownWord {
    fn of(resource: Resource) -> Vec<KnownWord> {
        let service = resource.service();
        let texts = [
            (leaf(resource), 4, true),
            (resource.label(), 3, true),
            (service.name(), 3, false),
            (service.product_name(), 3, false),
            (resource.description(), 1, false),
        ];
        texts
            .into_iter()
            .flat_map(|(text, weight, in_name)| {
                telling_words(text).map(move |word| KnownWord {
                    word,
                    weight,
                    in_name,
                })
            })
            .collect()
    }
}

/// How well a word fits a resource; not at all if the score is 0.
struct Match {
    score: usize,
    in_name: bool,
}

impl Match {
    fn of(word: Word, known: &[KnownWord]) -> Match {
        let mut found = Match {
            score: 0,
            in_name: false,
        };
        for known in known {
            let likeness = word.likeness(known.word);
            found.score = found.score.max(likeness * known.weight);
            found.in_name |= known.in_name && likeness > 0;
        }
        found
    }
}

/// Returns what follows the service in a resource name.
fn leaf(resource: Resource) -> &'static str {
    resource.name().split_once('.').map_or("", |(_, leaf)| leaf)
}

/// Whether the words, put together, are this text.
fn is_joined<'text>(words: impl Iterator<Item = &'text str>, joined: &str) -> bool {
    let mut rest = joined;
    for word in words {
        match rest.split_at_checked(word.len()) {
            Some((first, others)) if first.eq_ignore_ascii_case(word) => rest = others,
            _ => return false,
        }
    }
    rest.is_empty()
}
