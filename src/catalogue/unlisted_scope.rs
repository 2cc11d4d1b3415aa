use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::hash::SCOPE_PREFIX;
use super::scope::Scope;
use crate::excerpt::excerpt;

/// A Data Portability scope that no documented list has, presumably because it is newer than this
/// version of the crate.
///
/// It can be requested, and granted or declined, like any other scope. It counts for a
/// call of the API only if the caller vouches for it with
/// [`Grant::vouching_for`](crate::grant::Grant::vouching_for).
///
/// Printed and parsed as the whole scope token. What follows the [`SCOPE_PREFIX`] must have the form
/// of a resource group: two or more segments of lowercase letters, digits and `_`, joined by dots.
/// This matters because Google refuses a whole request for one malformed scope, such as one with a
/// trailing slash.
///
/// ```
/// use dataportability_scopes::catalogue::UnlistedScope;
///
/// let token = "https://www.googleapis.com/auth/dataportability.youtube.dreams";
/// let scope: UnlistedScope = token.parse()?;
/// assert_eq!(scope.as_str(), token);
/// assert_eq!(scope.resource_group(), "youtube.dreams");
/// # Ok::<(), dataportability_scopes::catalogue::ParseUnlistedScopeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnlistedScope {
    token: String,
}

impl UnlistedScope {
    /// The longest resource group, in bytes: 128. The longest published one has 42.
    pub const MAX_GROUP_LEN: usize = 128;

    /// Returns the scope token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.token
    }

    /// Returns the resource group, which is the token without its [`SCOPE_PREFIX`].
    #[must_use]
    pub fn resource_group(&self) -> &str {
        self.token.strip_prefix(SCOPE_PREFIX).unwrap_or_default()
    }
}

impl AsRef<str> for UnlistedScope {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for UnlistedScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for UnlistedScope {
    type Err = ParseUnlistedScopeError;

    fn from_str(token: &str) -> Result<UnlistedScope, ParseUnlistedScopeError> {
        let Some(group) = token.strip_prefix(SCOPE_PREFIX) else {
            return Err(ParseUnlistedScopeError::Prefix {
                input: excerpt(token),
            });
        };
        let is_segment = |segment: &str| {
            let letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
            !segment.is_empty() && segment.bytes().all(letter)
        };
        if group.len() > Self::MAX_GROUP_LEN
            || !group.contains('.')
            || !group.split('.').all(is_segment)
        {
            return Err(ParseUnlistedScopeError::Group {
                input: excerpt(token),
            });
        }
        if let Some(scope) = Scope::find(token) {
            return Err(ParseUnlistedScopeError::Listed { scope });
        }
        Ok(UnlistedScope {
            token: token.to_owned(),
        })
    }
}

/// An error from parsing an [`UnlistedScope`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseUnlistedScopeError {
    /// The text does not begin with [`SCOPE_PREFIX`].
    #[error("{input:?} is not a Data Portability scope: it must begin with {SCOPE_PREFIX}")]
    Prefix {
        /// The text, or its beginning.
        input: String,
    },
    /// What follows the prefix does not have the form of a resource group.
    #[error(
        "{input:?} does not end in a resource group: give segments of lowercase letters, digits and _, joined by dots, such as youtube.clips"
    )]
    Group {
        /// The text, or its beginning.
        input: String,
    },
    /// The catalogue has the scope.
    #[error("{scope} is in the catalogue: use `Scope`")]
    Listed {
        /// The scope.
        scope: Scope,
    },
}

#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(UnlistedScope, "a Data Portability scope");
