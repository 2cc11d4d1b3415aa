//! The words of a name, shared by `build.rs` and the library: letter case, plural and words that
//! say nothing aside.

/// Words that say nothing about which resource is meant.
const FILLERS: &str = "a all an and api data dataportability for from google i in my of on or \
                       scope the to your";

/// Returns the words of a text. `watchHistory` is two.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).flat_map(humps).filter(|word| !word.is_empty())
}

/// Splits a word before each upper-case letter that follows a lower-case one.
fn humps(word: &str) -> impl Iterator<Item = &str> {
    let begins = |pair: &[u8]| match pair {
        [before, c] => before.is_ascii_lowercase() && c.is_ascii_uppercase(),
        _ => false,
    };
    let mut rest = Some(word);
    core::iter::from_fn(move || {
        let word = rest?;
        let hump = word.as_bytes().windows(2).position(begins);
        let parts = hump.and_then(|at| word.split_at_checked(at + 1));
        rest = parts.map(|(_, others)| others);
        Some(parts.map_or(word, |(first, _)| first))
    })
}

/// Returns a lower-case word without its ending, which is the same in the plural: `stor` for
/// `story` and `stories`. Returns `None` for a word that says nothing about which resource is
/// meant.
///
/// `news` keeps its ending: `new` means something else.
pub(crate) fn stem(word: &str) -> Option<&str> {
    let singular = match word.strip_suffix('s') {
        Some(singular) if word != "news" => singular,
        _ => word,
    };
    let is_filler = |word| FILLERS.split(' ').any(|filler| filler == word);
    if singular.is_empty() || is_filler(singular) || is_filler(word) {
        return None;
    }
    let stem = ["ie", "y"].iter().find_map(|end| singular.strip_suffix(end));
    let stem = stem.or_else(|| {
        let stem = singular.strip_suffix('e')?;
        ["ch", "sh", "ss"].iter().any(|end| stem.ends_with(end)).then_some(stem)
    });
    Some(stem.filter(|stem| !stem.is_empty()).unwrap_or(singular))
}
