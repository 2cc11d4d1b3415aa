//! serde for sets of scopes: names of resource groups, short enough for a cookie.

use alloc::string::String;
use core::fmt::{self, Display};
use core::marker::PhantomData;
use core::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::newer_scope::NewerScope;
use super::scope_set::ScopeSet;
use super::scopes::{Scopes, write_words};

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Words<'scopes>(&'scopes Scopes);

        impl Display for Words<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let known = self.0.known().into_iter();
                let newer = self.0.newer().map(NewerScope::as_str);
                write_words(f, known.map(|scope| scope.resource().name()).chain(newer))
            }
        }

        serializer.collect_str(&Words(self))
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Scopes::from(*self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scopes, D::Error> {
        words(deserializer, "scopes or names of resource groups")
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ScopeSet, D::Error> {
        words(deserializer, "scopes or names of resource groups")
    }
}

/// Reads one string, or a list of strings, as if they stood in one with spaces between them.
pub(crate) fn words<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
    deserializer: D,
    expecting: &'static str,
) -> Result<T, D::Error> {
    struct Words<T> {
        expecting: &'static str,
        parsed: PhantomData<T>,
    }

    impl<'de, T: FromStr<Err: Display>> Visitor<'de> for Words<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}, in a string or a list of strings", self.expecting)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<T, A::Error> {
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

    let visitor = Words { expecting, parsed: PhantomData };
    if deserializer.is_human_readable() {
        deserializer.deserialize_any(visitor)
    } else {
        deserializer.deserialize_str(visitor)
    }
}
