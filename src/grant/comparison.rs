use alloc::collections::BTreeSet;

#[cfg(feature = "serde")]
use super::stored_unlisted::StoredUnlisted;
use crate::catalogue::{ScopeSet, UnlistedScope};

/// A grant compared with what was requested. Users may grant only a part.
///
/// It serialises, so that the page after the callback can show it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "Stored")
)]
#[non_exhaustive]
pub struct GrantComparison {
    /// Requested and granted.
    pub granted: ScopeSet,
    /// Requested and not granted. Do not ask for them again at once: a user who declines again
    /// would be stuck in a loop.
    pub declined: ScopeSet,
    /// Granted and not requested: granted earlier, or requested by other code.
    pub unrequested: ScopeSet,
    /// Requested and granted, and newer than the catalogue.
    pub granted_unlisted: BTreeSet<UnlistedScope>,
    /// Requested and not granted, and newer than the catalogue.
    pub declined_unlisted: BTreeSet<UnlistedScope>,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct Stored {
    granted: ScopeSet,
    declined: ScopeSet,
    unrequested: ScopeSet,
    #[serde(default)]
    granted_unlisted: StoredUnlisted,
    #[serde(default)]
    declined_unlisted: StoredUnlisted,
}

#[cfg(feature = "serde")]
impl From<Stored> for GrantComparison {
    fn from(stored: Stored) -> GrantComparison {
        GrantComparison {
            granted: stored.granted | stored.granted_unlisted.listed,
            declined: stored.declined | stored.declined_unlisted.listed,
            unrequested: stored.unrequested,
            granted_unlisted: stored.granted_unlisted.unlisted,
            declined_unlisted: stored.declined_unlisted.unlisted,
        }
    }
}

impl GrantComparison {
    /// Returns whether everything that was requested was granted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.declined.is_empty() && self.declined_unlisted.is_empty()
    }
}
