use serde::{Deserialize, Serialize};
use std::string::String;
use std::vec::Vec;

use crate::catalogue::{ParseNameError, SCOPE_PREFIX, Scopes};

/// How often a resource may be exported with one consent. Only the user chooses it.
///
/// Parsed, printed and serialized as the API's name, `ACCESS_TYPE_ONE_TIME`.
///
/// Source: `accessType` in the response of `portabilityArchive.initiate`.
///
/// ```
/// use dataportability_scopes::api::AccessType;
///
/// assert_eq!("ACCESS_TYPE_TIME_BASED".parse(), Ok(AccessType::TimeBased));
/// assert_eq!(AccessType::OneTime.to_string(), "ACCESS_TYPE_ONE_TIME");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::EnumString)]
#[strum(parse_err_ty = ParseNameError, parse_err_fn = unknown)]
#[non_exhaustive]
pub enum AccessType {
    /// One export.
    #[strum(serialize = "ACCESS_TYPE_ONE_TIME")]
    OneTime,
    /// Any number of exports, for 30 or 180 days.
    #[strum(serialize = "ACCESS_TYPE_TIME_BASED")]
    TimeBased,
}

fn unknown(name: &str) -> ParseNameError {
    let known = &["ACCESS_TYPE_ONE_TIME", "ACCESS_TYPE_TIME_BASED"];
    ParseNameError::new("access type", name, known)
}

crate::serde_string::serde_as_string!(AccessType, "the name of an access type");

/// The response of `accessType.check`: the access type of each resource that a token carries.
///
/// A job is one-time if any of its resources is. It serializes.
///
/// Source: the reference page of `accessType.check`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccessTypes {
    /// The resources with one-time access.
    pub one_time: Scopes,
    /// The resources with time-based access.
    pub time_based: Scopes,
}

/// The most names that a list may have. The catalogue has fewer than 128.
const MAX_NAMES: usize = 1024;

/// Reads a list of resource groups. Returns `None` if one does not have the form of a name.
pub(super) fn read_resources(names: &[String]) -> Option<Scopes> {
    if names.len() > MAX_NAMES {
        return None;
    }
    let tokens: Vec<String> =
        names.iter().map(|name| std::format!("{SCOPE_PREFIX}{name}")).collect();
    tokens.iter().map(|token| token.parse::<Scopes>().ok().filter(|it| it.len() == 1)).collect()
}
