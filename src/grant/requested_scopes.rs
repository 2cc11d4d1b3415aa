use alloc::collections::BTreeSet;
use core::fmt;

#[cfg(feature = "serde")]
use super::stored_unlisted::StoredUnlisted;
use crate::catalogue::{Resource, Scope, ScopeSet, UnlistedScope};

/// The scopes that a consent asks for: those of the catalogue, and those that are newer than it.
///
/// Printed as a scope value (RFC 6749, section 3.3), in a fixed order.
///
/// ```
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::RequestedScopes;
///
/// let mut requested =
///     RequestedScopes::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// requested.unlisted.insert(
///     "https://www.googleapis.com/auth/dataportability.youtube.dreams".parse()?,
/// );
/// assert_eq!(requested.len(), 2);
/// # Ok::<(), dataportability_scopes::catalogue::ParseUnlistedScopeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "Stored")
)]
pub struct RequestedScopes {
    /// The scopes of the catalogue.
    pub scopes: ScopeSet,
    /// The scopes that no list of the catalogue has.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "BTreeSet::is_empty"))]
    pub unlisted: BTreeSet<UnlistedScope>,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Stored {
    scopes: ScopeSet,
    #[serde(default)]
    unlisted: StoredUnlisted,
}

#[cfg(feature = "serde")]
impl From<Stored> for RequestedScopes {
    fn from(stored: Stored) -> RequestedScopes {
        RequestedScopes {
            scopes: stored.scopes | stored.unlisted.listed,
            unlisted: stored.unlisted.unlisted,
        }
    }
}

impl RequestedScopes {
    /// Returns the number of scopes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scopes.len() + self.unlisted.len()
    }

    /// Returns whether there are no scopes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scopes.is_empty() && self.unlisted.is_empty()
    }
}

impl From<ScopeSet> for RequestedScopes {
    fn from(scopes: ScopeSet) -> RequestedScopes {
        RequestedScopes {
            scopes,
            unlisted: BTreeSet::new(),
        }
    }
}

impl From<Scope> for RequestedScopes {
    fn from(scope: Scope) -> RequestedScopes {
        ScopeSet::from(scope).into()
    }
}

impl From<Resource> for RequestedScopes {
    fn from(resource: Resource) -> RequestedScopes {
        ScopeSet::from(resource).into()
    }
}

impl fmt::Display for RequestedScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scopes.fmt(f)?;
        for (index, scope) in self.unlisted.iter().enumerate() {
            if index > 0 || !self.scopes.is_empty() {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}
