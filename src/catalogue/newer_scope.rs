use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use super::hash::SCOPE_PREFIX;
use super::scope::Scope;
use crate::excerpt::excerpt;

/// A Data Portability scope that no list of the catalogue has, presumably because it is newer than
/// this version of the crate.
///
/// It can be requested, and granted or declined, like any other scope. It counts for a call of the
/// API only if the caller vouches for it with
/// [`Grant::vouching_for`](crate::grant::Grant::vouching_for).
///
/// Printed and parsed as the whole scope token. What follows the [`SCOPE_PREFIX`] must have the form
/// of a resource group: two or more segments of lowercase letters, digits and `_`, joined by dots,
/// at most 128 bytes. This matters because Google refuses a whole request for one malformed scope,
/// such as one with a trailing slash.
///
/// ```
/// use dataportability_scopes::catalogue::NewerScope;
///
/// let token = "https://www.googleapis.com/auth/dataportability.youtube.dreams";
/// let scope: NewerScope = token.parse()?;
/// assert_eq!(scope.as_str(), token);
/// assert_eq!(scope.resource_group(), "youtube.dreams");
/// # Ok::<(), dataportability_scopes::catalogue::ParseNewerScopeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NewerScope {
    token: String,
}

/// The longest resource group, in bytes. The longest published one has 42.
const MAX_GROUP_LEN: usize = 128;

impl NewerScope {
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

impl fmt::Display for NewerScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for NewerScope {
    type Err = ParseNewerScopeError;

    fn from_str(token: &str) -> Result<NewerScope, ParseNewerScopeError> {
        let refuse = |fault| ParseNewerScopeError { input: excerpt(token), fault };
        let Some(group) = token.strip_prefix(SCOPE_PREFIX) else {
            return Err(refuse(Fault::Prefix));
        };
        let is_segment = |segment: &str| {
            let letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
            !segment.is_empty() && segment.bytes().all(letter)
        };
        if group.len() > MAX_GROUP_LEN || !group.contains('.') || !group.split('.').all(is_segment)
        {
            return Err(refuse(Fault::Group));
        }
        if Scope::find(token).is_some() {
            return Err(refuse(Fault::Known));
        }
        Ok(NewerScope { token: token.to_owned() })
    }
}

/// An error from parsing a [`NewerScope`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{input:?} {fault}")]
pub struct ParseNewerScopeError {
    input: String,
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("is not a Data Portability scope: it must begin with {SCOPE_PREFIX}")]
    Prefix,
    #[error(
        "does not end in a resource group: give segments of lowercase letters, digits and _, \
         joined by dots, such as youtube.clips"
    )]
    Group,
    #[error("is in the catalogue: use `Scope`")]
    Known,
}

#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(NewerScope, "a Data Portability scope");
