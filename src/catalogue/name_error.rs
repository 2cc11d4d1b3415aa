use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::distance::nearest;
use super::suggest::did_you_mean;
use crate::excerpt::excerpt;

/// An error from parsing the name of a service, a revision, a category, a method and so on.
///
/// The message suggests known names that are close. If nothing is close, it lists all known names.
///
/// ```
/// use dataportability_scopes::catalogue::{Category, Service};
///
/// let error = "yuotube".parse::<Service>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown service "yuotube"; did you mean "youtube"?"#);
/// assert_eq!(error.suggestions(), ["youtube"]);
///
/// let error = "secret".parse::<Category>().unwrap_err();
/// assert_eq!(error.to_string(), r#"unknown category "secret"; use one of: sensitive, restricted"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseNameError {
    what: &'static str,
    input: String,
    known: &'static [&'static str],
    suggestions: Vec<&'static str>,
}

impl ParseNameError {
    pub(crate) fn new(what: &'static str, input: &str, known: &'static [&'static str]) -> Self {
        let input = excerpt(input);
        let suggestions = nearest(&input, known.iter().copied()).into_iter().collect();
        ParseNameError {
            what,
            input,
            known,
            suggestions,
        }
    }

    /// Suggests these names, unless a known name is a typo away.
    pub(super) fn or_suggest(mut self, names: impl FnOnce(&str) -> Vec<&'static str>) -> Self {
        if self.suggestions.is_empty() {
            self.suggestions = names(&self.input);
        }
        self
    }

    /// Returns the known names that may have been meant, the best first.
    #[must_use]
    pub fn suggestions(&self) -> &[&'static str] {
        &self.suggestions
    }
}

impl fmt::Display for ParseNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} {:?}", self.what, self.input)?;
        let suggestions: Vec<String> = self
            .suggestions
            .iter()
            .map(|name| format!("{name:?}"))
            .collect();
        if let Some(hint) = did_you_mean(&suggestions) {
            return f.write_str(&hint);
        }
        for (index, name) in self.known.iter().enumerate() {
            f.write_str(if index == 0 { "; use one of: " } else { ", " })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl core::error::Error for ParseNameError {}
