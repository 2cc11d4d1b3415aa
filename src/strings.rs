//! serde: what prints and parses as a string goes over the wire as that string.

use alloc::string::String;
use core::fmt::{self, Display};
use core::marker::PhantomData;
use core::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::{
    Category, CategorySource, Date, Grant, JobName, Method, Resource, Revision, Scope, ScopeSet,
    Service,
};

struct Parsed<T> {
    expecting: &'static str,
    parsed: PhantomData<T>,
}

impl<T: FromStr<Err: Display>> Visitor<'_> for Parsed<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! as_string {
    ($($type:ty: $expecting:literal),+ $(,)?) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Parsed { expecting: $expecting, parsed: PhantomData })
            }
        }
    )+};
}

#[cfg(feature = "consent")]
as_string! {
    crate::Prompt: "a prompt",
    crate::RedirectUri: "a redirect URI",
}

as_string! {
    Category: "a category",
    CategorySource: "a category source",
    Date: "a day, YYYY-MM-DD",
    JobName: "the name of an archive job",
    Method: "the id of a method",
    Resource: "a resource group",
    Revision: "the day of a revision, YYYY-MM-DD",
    Scope: "a Data Portability scope",
    ScopeSet: "a scope value of Data Portability scopes",
    Service: "a service",
}

impl Serialize for Grant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// No token response has an empty scope value, but an empty grant prints as one.
impl<'de> Deserialize<'de> for Grant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = String::deserialize(deserializer)?;
        if value.is_empty() {
            return Ok(Grant::default());
        }
        value.parse().map_err(D::Error::custom)
    }
}
