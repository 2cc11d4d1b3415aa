use alloc::string::String;
use core::fmt;

use super::nearest::nearest;
use crate::excerpt::excerpt;

/// A name that this crate does not know, of a service, a resource group, a revision and so on.
///
/// The message names the nearest known name where one is close, else all of them, or a few if there
/// are many.
///
/// ```
/// use dataportability_scopes::catalogue::{Category, Service};
///
/// let error = "yuotube".parse::<Service>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown service "yuotube"; did you mean "youtube"?"#);
/// assert_eq!(error.nearest(), Some("youtube"));
///
/// let error = "secret".parse::<Category>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"unknown category "secret"; known are sensitive, unknown, restricted"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseNameError {
    what: &'static str,
    input: String,
    known: &'static [&'static str],
}

impl ParseNameError {
    pub(crate) fn new(what: &'static str, input: &str, known: &'static [&'static str]) -> Self {
        ParseNameError {
            what,
            input: excerpt(input),
            known,
        }
    }

    /// The known name that is a slip of the finger away, if there is one.
    #[must_use]
    pub fn nearest(&self) -> Option<&'static str> {
        nearest(&self.input, self.known.iter().copied())
    }
}

impl fmt::Display for ParseNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} {:?}", self.what, self.input)?;
        if let Some(name) = self.nearest() {
            return write!(f, "; did you mean {name:?}?");
        }
        match self.known {
            [one, two, three, ..] if self.known.len() > MOST_LISTED => {
                let count = self.known.len();
                return write!(f, "; there are {count}, such as {one}, {two} and {three}");
            }
            _ => {}
        }
        for (index, name) in self.known.iter().enumerate() {
            f.write_str(if index == 0 { "; known are " } else { ", " })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// As many known names as a message lists.
const MOST_LISTED: usize = 20;

impl core::error::Error for ParseNameError {}
