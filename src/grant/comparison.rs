use alloc::collections::BTreeSet;

use crate::catalogue::{ScopeSet, UnlistedScope};

/// A grant compared with what was requested. Users may grant only a part.
///
/// It serialises, so that the page after the callback can show it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    #[cfg_attr(feature = "serde", serde(default))]
    pub granted_unlisted: BTreeSet<UnlistedScope>,
    /// Requested and not granted, and newer than the catalogue.
    #[cfg_attr(feature = "serde", serde(default))]
    pub declined_unlisted: BTreeSet<UnlistedScope>,
}

impl GrantComparison {
    /// Returns whether everything that was requested was granted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.declined.is_empty() && self.declined_unlisted.is_empty()
    }
}
