//! Text: what errors quote of it, and types that are stored as the text that they print and parse.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "serde")]
pub(crate) use stored::{deserialize, deserialize_words, serde_as_string};

/// The most characters of an input that an error message quotes.
const MAX_LEN: usize = 160;

/// Returns the input for an error to quote: all of it, or its beginning and `…`. Quote it with
/// `{:?}`, which escapes control characters.
pub(crate) fn excerpt(input: &str) -> String {
    let mut characters = input.chars();
    let mut quoted: String = characters.by_ref().take(MAX_LEN).collect();
    if characters.next().is_some() {
        quoted.push('…');
    }
    quoted
}

/// The most names that an error lists.
const MOST_NAMED: usize = 5;

/// Returns the names for an error to list: `a, b and 3 more`.
pub(crate) fn some_of<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    let names: Vec<T> = names.collect();
    let (listed, more) = names.split_at(names.len().min(MOST_NAMED));
    let listed: Vec<&str> = listed.iter().map(T::as_ref).collect();
    let listed = listed.join(", ");
    if more.is_empty() { listed } else { format!("{listed} and {} more", more.len()) }
}

#[cfg(feature = "serde")]
mod stored {
    use alloc::string::String;
    use core::fmt::{self, Display};

    use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor};

    struct TextVisitor<P> {
        expecting: &'static str,
        takes_list: bool,
        parse: P,
    }

    impl<'de, T, F: Display, P: FnOnce(&str) -> Result<T, F>> Visitor<'de> for TextVisitor<P> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.expecting)?;
            f.write_str(if self.takes_list { ", in a string or a list of strings" } else { "" })
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.parse)(text).map_err(E::custom)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<T, A::Error> {
            if !self.takes_list {
                return Err(A::Error::invalid_type(Unexpected::Seq, &self));
            }
            let mut words = String::new();
            while let Some(word) = list.next_element::<String>()? {
                if !words.is_empty() {
                    words.push(' ');
                }
                words.push_str(&word);
            }
            self.visit_str(&words)
        }
    }

    /// Deserializes a string and parses it; `expecting` says in errors what it should be.
    pub(crate) fn deserialize<'de, T, F: Display, D: Deserializer<'de>>(
        from: D,
        expecting: &'static str,
        parse: impl FnOnce(&str) -> Result<T, F>,
    ) -> Result<T, D::Error> {
        from.deserialize_str(TextVisitor { expecting, takes_list: false, parse })
    }

    /// Deserializes a string, or a list of strings as if they stood in one with spaces between
    /// them.
    pub(crate) fn deserialize_words<'de, T, F: Display, D: Deserializer<'de>>(
        from: D,
        expecting: &'static str,
        parse: impl FnOnce(&str) -> Result<T, F>,
    ) -> Result<T, D::Error> {
        if !from.is_human_readable() {
            return deserialize(from, expecting, parse);
        }
        from.deserialize_any(TextVisitor { expecting, takes_list: true, parse })
    }

    /// Implements `Serialize` with `Display`, and `Deserialize` with `FromStr`.
    macro_rules! serde_as_string {
        ($type:ty, $expecting:literal) => {
            impl serde::Serialize for $type {
                fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                    to.collect_str(self)
                }
            }

            impl<'de> serde::Deserialize<'de> for $type {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    crate::text::deserialize(from, $expecting, str::parse)
                }
            }
        };
    }
    pub(crate) use serde_as_string;
}
