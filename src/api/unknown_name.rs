use std::borrow::ToOwned;
use std::fmt;
use std::str::FromStr;
use std::string::String;

use crate::excerpt::excerpt;

/// A name of the API that this version of the crate does not know, such as a new state of a job.
///
/// It is kept so that a newer version, which may know it, can read what this one stored. A server
/// chose it, so `Debug` does not show it: use [`as_str`](Self::as_str).
///
/// It has at most 64 characters: `A` to `Z`, `0` to `9` and `_`, and begins with a letter.
///
/// ```
/// use dataportability_scopes::api::State;
///
/// let state: State = "PAUSED".parse()?;
/// assert_eq!(state.as_str(), "PAUSED");
/// assert_eq!(format!("{state:?}"), "Other(UnknownName(..))");
/// # Ok::<(), dataportability_scopes::api::ParseUnknownNameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownName(String);

impl UnknownName {
    /// The longest name, in characters: 64.
    pub const MAX_LEN: usize = 64;

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnknownName(..)")
    }
}

impl FromStr for UnknownName {
    type Err = ParseUnknownNameError;

    fn from_str(input: &str) -> Result<UnknownName, ParseUnknownNameError> {
        let letter = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
        if input.starts_with(|first: char| first.is_ascii_uppercase())
            && input.len() <= Self::MAX_LEN
            && input.bytes().all(letter)
        {
            Ok(UnknownName(input.to_owned()))
        } else {
            Err(ParseUnknownNameError {
                input: excerpt(input),
            })
        }
    }
}

/// An error from parsing a name that does not have the form of the API's names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{input:?} is not a name of the API: give at most {} upper-case letters, digits and _, such as IN_PROGRESS",
    UnknownName::MAX_LEN
)]
pub struct ParseUnknownNameError {
    input: String,
}
