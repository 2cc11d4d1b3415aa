//! What a name or a scope that does not exist may mean.
//!
//! All of this runs only when an error is shown, on a bounded beginning of the input. `build.rs`
//! has looked up what each word means; see `build/vocabulary.rs`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::generated::{JOINED, MEANINGS, NOT_INCLUDED, WORDS};
use super::resource::{Resource, Service};
use super::scope_set::ScopeSet;
use super::words::{stem, words};

/// The most resources that are suggested.
const MOST_SUGGESTED: usize = 4;

/// The most words of an input that are looked up.
const MOST_WORDS: usize = 12;

/// The scopes for signing users in. They are scopes of other APIs, not typos.
const SIGN_IN: [&str; 3] = ["openid", "email", "profile"];

/// The name of the API in scopes.
const API: &str = "dataportability";

/// What a known name means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    Resources(&'static [Resource]),
    Service(Service),
}

/// A word of known names.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) stem: &'static str,
    /// The resources that have the word in their name, label or product.
    pub(super) named: u128,
    /// The resources that people call so.
    pub(super) called: u128,
    pub(super) is_service: bool,
}

/// What an unknown scope token or resource name may mean.
#[derive(Debug)]
pub(super) enum Suggestion {
    Nothing,
    /// One to [`MOST_SUGGESTED`] resources, those that can be asked for first.
    Resources(Vec<Resource>),
    /// All resources of a service.
    Service(Service),
    /// A product whose data the API does not export.
    NotIncluded(&'static str),
    /// The prefix of a scope, without a resource.
    NoResource,
}

impl Suggestion {
    /// Returns the suggested resources, the best first.
    pub(super) fn resources(self) -> Vec<Resource> {
        match self {
            Suggestion::Resources(resources) => resources,
            Suggestion::Service(service) => listed_first(service.scopes()),
            _ => Vec::new(),
        }
    }

    /// Returns the end of an error message; `written` writes a resource as the user should.
    pub(super) fn hint(self, written: fn(Resource) -> String) -> Option<String> {
        Some(match self {
            Suggestion::Nothing => return None,
            Suggestion::NotIncluded(product) => {
                format!("; {product} is not part of the Data Portability API")
            }
            Suggestion::Resources(resources) => {
                did_you_mean(&resources.into_iter().map(written).collect::<Vec<_>>())?
            }
            Suggestion::Service(service) => {
                let example = listed_first(service.scopes()).first().copied().map(written)?;
                format!("; {service} is a service: name one of its resources, such as {example}")
            }
            Suggestion::NoResource => {
                let example = listed_first(Resource::all()).first().copied().map(written)?;
                format!("; it names no resource: add one, as in {example}")
            }
        })
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
///
/// A name may have one typo in all, or one in each word. Otherwise its words are looked up: the
/// order of words, plural, letter case and what stands between words make no difference.
pub(super) fn resources(input: &str) -> Suggestion {
    let Some(group) = group_of(input).filter(|group| !SIGN_IN.contains(group)) else {
        return Suggestion::Nothing;
    };
    if group.is_empty() {
        return Suggestion::NoResource;
    }
    let lower = group.to_lowercase();
    let near: ScopeSet = Resource::all().filter(|it| is_near(&lower, it.name())).collect();
    if !near.is_empty() {
        return Suggestion::Resources(listed_first(near));
    }

    let words: Vec<String> = words(group).take(MOST_WORDS).map(str::to_lowercase).collect();
    let joined = words.concat();
    let joined = joined.rsplit_once(API).map_or(&*joined, |(_, group)| group);
    let joined = joined.strip_suffix("scope").unwrap_or(joined);
    if let Some((_, meaning)) = JOINED.iter().find(|(name, _)| *name == joined) {
        return (*meaning).into();
    }

    let mut unknown = 0;
    let mut known: Vec<u16> = Vec::new();
    for word in &words {
        let Some(stem) = stem(word) else { continue };
        match place(stem, word.len() >= 4) {
            Some(place) => known.push(place),
            // Of something else, even if it has a word in common with a resource:
            // `facebook.photos`.
            None if known.is_empty() => return Suggestion::Nothing,
            None => unknown += 1,
        }
    }
    let Some(&first) = known.first() else {
        return Suggestion::Nothing;
    };
    let telling = known.len() + unknown;
    known.sort_unstable();
    known.dedup();
    if unknown == 0 {
        if let Some((_, meaning)) = MEANINGS.iter().find(|(key, _)| **key == *known) {
            return (*meaning).into();
        }
    }
    let is_meant =
        |key: &[u16]| key.contains(&first) && key.iter().all(|place| known.contains(place));
    if let Some((_, product)) = NOT_INCLUDED.iter().find(|(key, _)| is_meant(key)) {
        return Suggestion::NotIncluded(product);
    }
    if unknown * 2 > telling {
        return Suggestion::Nothing;
    }
    by_words(&known)
}

/// Returns the resources that have all these words in their name, label or product, or else those
/// that have them there or are called so.
fn by_words(places: &[u16]) -> Suggestion {
    let words = || places.iter().filter_map(|place| WORDS.get(usize::from(*place)));
    if words().all(|word| word.is_service) {
        return Suggestion::Nothing;
    }
    let named = words().fold(u128::MAX, |all, word| all & word.named);
    let called = words().fold(u128::MAX, |all, word| all & (word.named | word.called));
    // One word of what people call a resource says too little.
    let called = if places.len() > 1 { called } else { 0 };
    match if named == 0 { called } else { named } {
        0 => Suggestion::Nothing,
        bits => Suggestion::Resources(listed_first(ScopeSet::from_bits(bits))),
    }
}

/// Returns the part of an input that should be a resource name, which in a scope follows the
/// prefix, misspelled or not. Returns `None` if the input is a scope of another API.
fn group_of(input: &str) -> Option<&str> {
    let outside = |c: char| !c.is_alphanumeric();
    let input = input.trim_matches(outside);
    let (path, last) = input.rsplit_once('/').map_or(("", input), |(path, last)| (path, last));
    let (first, group) = last.split_once('.').unwrap_or((last, ""));
    if is_near(first, API) {
        return Some(group.trim_matches(outside));
    }
    match input.rsplit_once("dataportability.") {
        Some((_, group)) => Some(group),
        None => (path.is_empty() && !last.is_empty()).then_some(last),
    }
}

/// Returns the place of a word in the table, or of one that is a typo away.
fn place(stem: &str, or_near: bool) -> Option<u16> {
    let near = |word: &Word| or_near && word.stem.len() > 2 && is_near(stem, word.stem);
    let place = WORDS.iter().position(|word| word.stem == stem);
    place.or_else(|| WORDS.iter().position(near))?.try_into().ok()
}

/// Returns whether two texts are the same but for one letter that is missing, added or wrong, or
/// for two neighbors that are swapped.
pub(super) fn is_near(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    while let ([x, more_a @ ..], [y, more_b @ ..]) = (a, b) {
        if x != y {
            break;
        }
        (a, b) = (more_a, more_b);
    }
    match (a, b) {
        ([] | [_], [] | [_]) => true,
        ([x, more_a @ ..], [y, more_b @ ..]) => {
            let is_swapped = |a: &[u8], b: &[u8]| match (a, b) {
                ([x2, a @ ..], [y2, b @ ..]) => x == y2 && y == x2 && a == b,
                _ => false,
            };
            more_a == more_b || more_a == b || a == more_b || is_swapped(more_a, more_b)
        }
        _ => false,
    }
}

/// Returns at most as many resources as are suggested, those that can be asked for first.
fn listed_first(resources: impl IntoIterator<Item = impl Into<Resource>>) -> Vec<Resource> {
    let mut resources: Vec<Resource> = resources.into_iter().map(Into::into).collect();
    resources.sort_by_key(|resource| !resource.scope().is_listed());
    resources.truncate(MOST_SUGGESTED);
    resources
}

impl From<Meaning> for Suggestion {
    fn from(meaning: Meaning) -> Suggestion {
        match meaning {
            Meaning::Service(service) => Suggestion::Service(service),
            Meaning::Resources(resources) => {
                Suggestion::Resources(listed_first(resources.iter().copied()))
            }
        }
    }
}

/// Returns the known names that an unknown one may mean: a typo away, or of that product.
pub(super) fn names(input: &str, known: &[&'static str]) -> Vec<&'static str> {
    let input = input.to_lowercase();
    let near = known.iter().copied().find(|name| is_near(&input, &name.to_lowercase()));
    near.into_iter().collect()
}

/// Returns the services whose product may be meant: `Google Play` is the product of `play`.
pub(super) fn services_of_product(input: &str) -> Vec<&'static str> {
    let input = input.to_lowercase();
    let begins_so =
        |service: &Service| service.product_name().to_lowercase().starts_with(input.trim());
    // `Google` begins the name of many products.
    let services = Service::all().filter(|it| input.len() > API.len() / 2 && begins_so(it));
    services.map(Service::name).collect()
}
