//! Text: what errors quote of it, and types that are stored as the text that they print and parse.

use alloc::string::String;
use core::fmt::Write as _;

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
    let mut listed = String::new();
    let mut more = 0;
    for (index, name) in names.enumerate() {
        if index >= MOST_NAMED {
            more += 1;
            continue;
        }
        if index > 0 {
            listed.push_str(", ");
        }
        listed.push_str(name.as_ref());
    }
    if more > 0 {
        // Writing to a string does not fail.
        let _ = write!(listed, " and {more} more");
    }
    listed
}

#[cfg(feature = "serde")]
mod stored {
    use alloc::string::String;
    use core::fmt::{self, Display};
    use core::marker::PhantomData;
    use core::str::FromStr;

    use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor};

    struct FromStrVisitor<T> {
        expecting: &'static str,
        takes_list: bool,
        parsed: PhantomData<T>,
    }

    impl<'de, T: FromStr<Err: Display>> Visitor<'de> for FromStrVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.expecting)?;
            f.write_str(if self.takes_list { ", in a string or a list of strings" } else { "" })
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
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
    pub(crate) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
        expecting: &'static str,
    ) -> Result<T, D::Error> {
        let visitor = FromStrVisitor { expecting, takes_list: false, parsed: PhantomData };
        deserializer.deserialize_str(visitor)
    }

    /// Deserializes a string, or a list of strings as if they stood in one with spaces between them.
    pub(crate) fn deserialize_words<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
        expecting: &'static str,
    ) -> Result<T, D::Error> {
        let visitor = FromStrVisitor { expecting, takes_list: true, parsed: PhantomData };
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(visitor)
        } else {
            deserializer.deserialize_str(visitor)
        }
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
                    crate::text::deserialize(from, $expecting)
                }
            }
        };
    }
    pub(crate) use serde_as_string;
}
