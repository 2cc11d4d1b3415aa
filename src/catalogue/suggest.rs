//! Suggestions for names and scopes that do not exist.
//!
//! All of this runs only after parsing has failed, on a bounded beginning of the input.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::generated::{NAMES, NOT_INCLUDED};
use super::hash::SCOPE_PREFIX;
use super::resource::Resource;
use super::revision::Revision;
use super::service::Service;

/// The most resources that are suggested.
const MOST_SUGGESTED: usize = 4;

/// The most words of an input that are compared.
const MOST_WORDS: usize = 12;

/// The scopes for signing users in. They are scopes of other APIs, not typos.
const SIGN_IN: [&str; 3] = ["openid", "email", "profile"];

/// Words that say nothing about which resource is meant.
const FILLERS: [&str; 17] = [
    "a", "an", "and", "api", "data", "for", "from", "google", "in", "my", "of", "on", "or",
    "scope", "the", "to", "your",
];

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
    let slips = slips(&group.to_ascii_lowercase());
    if !slips.is_empty() {
        return best_first(slips);
    }

    let all_words = words(group);
    let joined = all_words.concat();
    let named = |name: &str| words(name).concat() == joined;
    if let Some(resource) = Resource::all().find(|resource| named(resource.name())) {
        return Suggestion::Resources([resource].into());
    }
    if let Some(service) =
        Service::all().find(|service| named(service.name()) || named(service.product_name()))
    {
        return Suggestion::Service(service);
    }

    let words: Vec<String> = without_fillers(all_words);
    if words.is_empty() {
        return Suggestion::Nothing;
    }
    if let Some((_, meant)) = NAMES.iter().find(|(name, _)| phrase(name) == stems(&words)) {
        return best_first(meant.iter().map(|resource| (*resource, 0)).collect());
    }
    let called_so: Vec<(Resource, usize)> = Resource::all()
        .filter(|resource| {
            [leaf(*resource), resource.label()]
                .into_iter()
                .any(|name| phrase(name) == stems(&words))
        })
        .map(|resource| (resource, 0))
        .collect();
    if !called_so.is_empty() {
        return best_first(called_so);
    }
    if let Some((_, product)) = NOT_INCLUDED
        .iter()
        .find(|(name, _)| stems(&words).starts_with(&phrase(name)))
    {
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
    let segments =
        |name: &str| -> Vec<String> { name.split('.').map(ToString::to_string).collect() };
    let written = segments(name);
    let distance_to = |known: &str| {
        if let Some(distance) = within(name, known, 1) {
            return Some(distance);
        }
        let known = segments(known);
        if known.len() != written.len() {
            return None;
        }
        written
            .iter()
            .zip(&known)
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
fn by_a_name_within(words: &[String]) -> Vec<Resource> {
    let stems = stems(words);
    let mut found: Vec<(usize, Vec<Resource>)> = NAMES
        .iter()
        .filter_map(|(name, meant)| {
            let name = phrase(name);
            let start = stems.windows(name.len()).position(|part| part == name)?;
            let fits = |resource: &Resource| {
                let text = Text::of(*resource);
                words.iter().enumerate().all(|(index, word)| {
                    (start..start + name.len()).contains(&index) || text.match_of(word).score > 0
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
fn by_words(words: &[String]) -> Suggestion {
    let is_service = |word: &String| Service::all().any(|service| service.name() == word);
    let mut found: Vec<(Resource, usize, usize)> = Vec::new();
    let mut only_described: Vec<(Resource, usize)> = Vec::new();
    for resource in Resource::all() {
        let text = Text::of(resource);
        let matches: Vec<Match> = words.iter().map(|word| text.match_of(word)).collect();
        let missing = matches.iter().filter(|it| it.score == 0).count();
        let score: usize = matches.iter().map(|it| it.score).sum();
        let first_fits = matches.first().is_some_and(|it| it.score > 0);
        let named = matches
            .iter()
            .zip(words)
            .any(|(it, word)| it.in_name && !is_service(word));
        let described = missing == 0 && words.iter().any(|word| !is_service(word));
        if named && first_fits && missing * 2 <= words.len() {
            found.push((resource, missing, score));
        } else if described && words.iter().all(|word| word.len() >= 5 || is_service(word)) {
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

/// The words that describe a resource.
struct Text {
    leaf: Vec<String>,
    label: Vec<String>,
    service: Vec<String>,
    description: Vec<String>,
}

/// How well a word fits a resource; not at all if the score is 0.
struct Match {
    score: usize,
    in_name: bool,
}

impl Text {
    fn of(resource: Resource) -> Text {
        let mut service = words(resource.service().name());
        service.extend(without_fillers(words(resource.service().product_name())));
        Text {
            leaf: words(leaf(resource)),
            label: without_fillers(words(resource.label())),
            service,
            description: without_fillers(words(resource.description())),
        }
    }

    fn match_of(&self, word: &str) -> Match {
        let best = |known: &[String], weight: usize| {
            let likeness = known.iter().map(|known| likeness(word, known)).max();
            likeness.unwrap_or_default() * weight
        };
        let name = best(&self.leaf, 4).max(best(&self.label, 3));
        Match {
            score: name
                .max(best(&self.service, 3))
                .max(best(&self.description, 1)),
            in_name: name > 0,
        }
    }
}

/// Returns 3 for the same word, 2 for the greater part of it, its end or a typo, and 0 otherwise.
///
/// A word may be the end of a known one, such as `lists` of `playlists`, but not the other way round:
/// `passwords` are not `words`.
fn likeness(word: &str, known: &str) -> usize {
    if stem(word) == stem(known) {
        return 3;
    }
    let (shorter, longer) = if word.len() < known.len() {
        (word, known)
    } else {
        (known, word)
    };
    if shorter.len() < 5 {
        return 0;
    }
    let is_most = shorter.len() * 2 > longer.len() && longer.starts_with(shorter);
    let is_end = known.ends_with(word);
    let is_slip = within(word, known, shorter.len() / 5).is_some();
    if is_most || is_end || is_slip { 2 } else { 0 }
}

/// Returns what follows the service in a resource name.
fn leaf(resource: Resource) -> &'static str {
    resource.name().split_once('.').map_or("", |(_, leaf)| leaf)
}

/// Returns the words of a text in lower case. `watchHistory` is two.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in text.chars() {
        if c.is_alphanumeric() {
            let begins = !before.is_alphanumeric() || (before.is_lowercase() && c.is_uppercase());
            if begins {
                if words.len() == MOST_WORDS {
                    break;
                }
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        before = c;
    }
    words
}

fn without_fillers(mut words: Vec<String>) -> Vec<String> {
    words.retain(|word| !FILLERS.contains(&word.as_str()));
    words
}

/// Returns the stems of the words of a known name.
fn phrase(name: &str) -> Vec<String> {
    stems(&without_fillers(words(name)))
}

fn stems(words: &[String]) -> Vec<String> {
    words.iter().map(|word| stem(word)).collect()
}

/// Returns a word without its plural ending.
fn stem(word: &str) -> String {
    if word == "news" {
        return word.to_string(); // The one name that is not a plural: `new` means something else.
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return format!("{stem}y");
    }
    for (ending, kept) in [("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("ss", "ss")] {
        if let Some(stem) = word.strip_suffix(ending) {
            return format!("{stem}{kept}");
        }
    }
    word.strip_suffix('s')
        .filter(|stem| stem.len() > 2)
        .unwrap_or(word)
        .to_string()
}

/// Returns the name nearest to `input`, if at most a quarter of its letters are wrong. In a day, at
/// most one digit may be wrong: days that differ in more digits are different days.
pub(super) fn nearest<'names>(
    input: &str,
    names: impl Iterator<Item = &'names str>,
) -> Option<&'names str> {
    let input = input.to_ascii_lowercase();
    names
        .filter_map(|name| {
            let most = if name.starts_with(|first: char| first.is_ascii_digit()) {
                1
            } else {
                name.len().div_ceil(4)
            };
            Some((within(&input, &name.to_ascii_lowercase(), most)?, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Returns the distance of a word from a known one, if at most a quarter of its letters are wrong,
/// or one.
fn slip(word: &str, known: &str) -> Option<usize> {
    within(word, known, (known.len() / 4).max(1))
}

/// Returns the optimal string alignment distance, if it is at most `most`: how many letters are
/// inserted, removed or replaced, where swapping two neighbours counts as one.
fn within(a: &str, b: &str, most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(last.len());
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j) + usize::from(x != y))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = core::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}
