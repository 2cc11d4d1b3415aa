//! Words of names, labels and descriptions, and how alike two words are. Letters are compared
//! without their case.

use super::distance::within;

/// Words that say nothing about which resource is meant.
const FILLERS: [&str; 17] = [
    "a", "an", "and", "api", "data", "for", "from", "google", "in", "my", "of", "on", "or",
    "scope", "the", "to", "your",
];

/// The most words of a text that are compared. What a description says after them is detail.
const MOST_WORDS: usize = 12;

/// Returns the first words of a text. `watchHistory` is two.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .flat_map(humps)
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
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

/// Same as [`words`], without those that say nothing about which resource is meant.
pub(super) fn telling_words(text: &str) -> impl Iterator<Item = Word<'_>> {
    words(text).filter(|word| !is_filler(word)).map(Word::of)
}

fn is_filler(word: &str) -> bool {
    FILLERS
        .iter()
        .any(|filler| filler.eq_ignore_ascii_case(word))
}

/// A word, which equals its plural: `stories` and `story` are the same.
#[derive(Clone, Copy)]
pub(super) struct Word<'text> {
    pub(super) text: &'text str,
    /// The text without its plural ending.
    stem: &'text str,
    /// Whether `y` follows the stem, which `ies` replaces.
    ends_with_y: bool,
}

impl<'text> Word<'text> {
    fn of(text: &'text str) -> Self {
        let (stem, ends_with_y) = if let Some(stem) = without_end(text, "y") {
            (stem, true)
        } else if !is_plural(text) {
            (text, false)
        } else if let Some(stem) = without_end(text, "ies") {
            (stem, true)
        } else if ["ches", "shes", "sses"]
            .iter()
            .any(|end| ends_with(text, end))
        {
            (without_end(text, "es").unwrap_or(text), false)
        } else {
            let singular = without_end(text, "s").unwrap_or(text);
            without_end(singular, "y").map_or((singular, false), |stem| (stem, true))
        };
        Word {
            text,
            stem,
            ends_with_y,
        }
    }

    /// Returns 3 for the same word, 2 for the greater part of it, its end or a typo, and 0 otherwise.
    ///
    /// A word may be the end of a known one, such as `lists` of `playlists`, but not the other way
    /// round: `passwords` are not `words`.
    pub(super) fn likeness(self, known: Word) -> usize {
        if self == known {
            return 3;
        }
        let (word, known) = (self.text, known.text);
        let (shorter, longer) = (word.len().min(known.len()), word.len().max(known.len()));
        if shorter < 5 {
            return 0;
        }
        let is_most =
            shorter * 2 > longer && (starts_with(known, word) || starts_with(word, known));
        let is_end = ends_with(known, word);
        let is_slip = || within(word, known, shorter / 5).is_some();
        if is_most || is_end || is_slip() { 2 } else { 0 }
    }
}

impl PartialEq for Word<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.ends_with_y == other.ends_with_y && self.stem.eq_ignore_ascii_case(other.stem)
    }
}

/// Whether a word has a plural ending. `news` has none: `new` means something else.
fn is_plural(word: &str) -> bool {
    ends_with(word, "s") && !ends_with(word, "ss") && !word.eq_ignore_ascii_case("news")
}

fn without_end<'word>(word: &'word str, end: &str) -> Option<&'word str> {
    let (start, found) = word.split_at_checked(word.len().checked_sub(end.len())?)?;
    found.eq_ignore_ascii_case(end).then_some(start)
}

fn ends_with(word: &str, end: &str) -> bool {
    without_end(word, end).is_some()
}

fn starts_with(word: &str, start: &str) -> bool {
    word.get(..start.len())
        .is_some_and(|found| found.eq_ignore_ascii_case(start))
}
