use core::fmt;

use super::date::Date;
use super::generated::REVISIONS;
use super::scope_set::ScopeSet;

/// A revision of Google's scope list: the list as it was published on one day.
///
/// Printed and parsed as that day, `2025-01-20`; ordered from the oldest to the newest. Each is a
/// file of `data/revisions/`, which says what it was read from.
///
/// ```
/// use dataportability_scopes::{Resource, Revision};
///
/// let revision: Revision = "2025-01-20".parse()?;
/// assert_eq!(revision, Revision::R2025_01_20);
/// assert_eq!(revision.scopes().len(), 66);
/// assert!(revision.scopes().contains(Resource::YoutubeClips.scope()));
/// # Ok::<(), dataportability_scopes::catalogue::ParseNameError>(())
/// ```
pub use super::generated::Revision;

#[derive(Debug)]
pub(super) struct RevisionRow {
    pub(super) date: Date,
    pub(super) sources: &'static [&'static str],
    pub(super) pages: &'static [&'static str],
    pub(super) members: u128,
}

#[expect(
    clippy::indexing_slicing,
    reason = "build.rs emits a row for each variant, in their order"
)]
impl Revision {
    /// The newest revision that this version of the crate knows.
    pub const NEWEST: Revision = {
        let all = Self::VARIANTS;
        all[all.len() - 1]
    };

    /// Returns every revision, from the oldest to the newest.
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Revision> + DoubleEndedIterator + Clone {
        Self::VARIANTS.iter().copied()
    }

    /// Returns the day of the list.
    #[must_use]
    pub const fn date(self) -> Date {
        REVISIONS[self as usize].date
    }

    /// Returns the day as a string, such as `2025-01-20`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Returns the documents that the list was read from.
    #[must_use]
    pub const fn sources(self) -> &'static [&'static str] {
        REVISIONS[self as usize].sources
    }

    /// Returns the documentation pages that show the list. Most revisions have none.
    #[must_use]
    pub const fn pages(self) -> &'static [&'static str] {
        REVISIONS[self as usize].pages
    }

    /// Returns the revision after this one, or `None` for the newest.
    #[must_use]
    pub(crate) fn newer(self) -> Option<Revision> {
        Self::all().find(|revision| *revision > self)
    }

    /// Returns the scopes that this revision lists.
    ///
    /// ```
    /// use dataportability_scopes::{Resource, Revision};
    ///
    /// let (older, newer) = (Revision::R2024_03_19.scopes(), Revision::R2024_04_05.scopes());
    /// assert!((newer - older).is_empty());
    /// assert_eq!(older - newer, Resource::MapsPostTripFeedback.into());
    /// ```
    #[must_use]
    pub const fn scopes(self) -> ScopeSet {
        ScopeSet::from_bits(REVISIONS[self as usize].members)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An unbroken run of revisions that list a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Listing {
    /// The first revision of the run.
    pub since: Revision,
    /// The first revision after the run, which no longer lists the scope; `None` if the newest
    /// revision still lists it.
    pub until: Option<Revision>,
}
