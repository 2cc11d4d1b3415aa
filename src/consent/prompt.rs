use std::fmt;
use std::str::FromStr;

use crate::catalogue::ParseNameError;

/// Which pages Google shows besides those that it has to: the parameter `prompt`.
///
/// Printed and parsed as the value of the parameter.
///
/// Source: "Using OAuth 2.0 for Web Server Applications", Google Identity.
///
/// ```
/// use dataportability_scopes::consent::Prompt;
///
/// assert_eq!(Prompt::ConsentAndSelectAccount.to_string(), "consent select_account");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Prompt {
    /// `none`: show no page. The callback has an error if the user would have to act.
    None,
    /// `consent`: show the consent page.
    Consent,
    /// `select_account`: let the user choose an account.
    SelectAccount,
    /// `consent select_account`: both.
    ConsentAndSelectAccount,
}

const ALL: [Prompt; 4] = [
    Prompt::None,
    Prompt::Consent,
    Prompt::SelectAccount,
    Prompt::ConsentAndSelectAccount,
];
const VALUES: [&str; 4] = [
    Prompt::None.as_str(),
    Prompt::Consent.as_str(),
    Prompt::SelectAccount.as_str(),
    Prompt::ConsentAndSelectAccount.as_str(),
];

impl Prompt {
    /// Returns the value of the parameter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Prompt::None => "none",
            Prompt::Consent => "consent",
            Prompt::SelectAccount => "select_account",
            Prompt::ConsentAndSelectAccount => "consent select_account",
        }
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Prompt {
    type Err = ParseNameError;

    fn from_str(value: &str) -> Result<Prompt, ParseNameError> {
        ALL.into_iter()
            .find(|prompt| prompt.as_str() == value)
            .ok_or_else(|| ParseNameError::new("prompt", value, &VALUES))
    }
}
