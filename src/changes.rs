//! What changed from one revision to another.

use crate::catalogue::Revision;
use crate::scope_set::ScopeSet;

/// What differs between two revisions.
///
/// ```
/// use dataportability_scopes::{Changes, Resource, Revision, ScopeSet};
///
/// let changes = Changes::between(Revision::R2024_04_10, Revision::R2025_01_20);
/// assert!(changes.added.contains(Resource::YoutubeClips.scope()));
/// assert_eq!(changes.removed, ScopeSet::EMPTY);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// In `to` and not in `from`.
    pub added: ScopeSet,
    /// In `from` and not in `to`.
    pub removed: ScopeSet,
}

impl Changes {
    /// What one has to add to and remove from the list of `from` to have that of `to`.
    #[must_use]
    pub const fn between(from: Revision, to: Revision) -> Changes {
        Changes {
            added: to.scopes().difference(from.scopes()),
            removed: from.scopes().difference(to.scopes()),
        }
    }
}

impl Revision {
    /// What changed against the revision before; for the oldest, all its scopes are added.
    ///
    /// ```
    /// use dataportability_scopes::{Resource, Revision, ScopeSet};
    ///
    /// let changes = Revision::R2024_04_05.changes();
    /// assert_eq!(changes.added, ScopeSet::EMPTY);
    /// assert_eq!(changes.removed, ScopeSet::of(&[Resource::MapsPostTripFeedback]));
    /// ```
    #[must_use]
    pub fn changes(self) -> Changes {
        match self.previous() {
            Some(previous) => Changes::between(previous, self),
            None => Changes {
                added: self.scopes(),
                removed: ScopeSet::EMPTY,
            },
        }
    }
}
