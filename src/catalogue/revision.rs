use strum::{VariantArray, VariantNames};

use super::date::Date;
use super::generated::REVISIONS;
use super::unknown_name::UnknownNameError;

/// A published state of Google's scope list, named by its day.
///
/// Printed and parsed as that day, `2025-01-20`; ordered from the older to the newer. Each is a
/// file of `data/revisions/`, which tells what it was read from.
///
/// ```
/// use dataportability_scopes::{Resource, Revision};
///
/// let revision: Revision = "2025-01-20".parse()?;
/// assert_eq!(revision, Revision::R2025_01_20);
/// assert_eq!(revision.scopes().len(), 66);
/// assert!(revision.scopes().contains(Resource::YoutubeClips.scope()));
/// # Ok::<(), dataportability_scopes::UnknownNameError>(())
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
        let all = <Self as VariantArray>::VARIANTS;
        all[all.len() - 1]
    };

    /// Every revision, from the oldest to the newest.
    ///
    /// ```
    /// use dataportability_scopes::Revision;
    ///
    /// assert_eq!(Revision::all().next(), Some(Revision::R2024_01_30));
    /// assert_eq!(Revision::all().next_back(), Some(Revision::NEWEST));
    /// ```
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Revision> + DoubleEndedIterator + Clone {
        <Self as VariantArray>::VARIANTS.iter().copied()
    }

    /// The day of the list.
    #[must_use]
    pub const fn date(self) -> Date {
        REVISIONS[self as usize].date
    }

    /// The day as a string, `2025-01-20`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        <Self as VariantNames>::VARIANTS[self as usize]
    }

    /// The documents that the list was read from.
    ///
    /// ```
    /// use dataportability_scopes::Revision;
    ///
    /// assert_eq!(
    ///     Revision::R2024_08_28.sources(),
    ///     ["discovery document of the API, revision 20240828"]
    /// );
    /// ```
    #[must_use]
    pub const fn sources(self) -> &'static [&'static str] {
        REVISIONS[self as usize].sources
    }

    /// The documentation pages that show the list; most revisions stand on none.
    ///
    /// ```
    /// use dataportability_scopes::Revision;
    ///
    /// let documented = Revision::all().filter(|revision| !revision.pages().is_empty());
    /// assert!(documented.eq([Revision::R2024_04_10, Revision::R2025_01_20]));
    /// ```
    #[must_use]
    pub const fn pages(self) -> &'static [&'static str] {
        REVISIONS[self as usize].pages
    }

    /// The revision before this one; the oldest has none.
    #[must_use]
    pub fn previous(self) -> Option<Revision> {
        Self::all().rev().find(|revision| *revision < self)
    }

    /// The revision after this one; the newest has none.
    #[must_use]
    pub fn next(self) -> Option<Revision> {
        Self::all().find(|revision| *revision > self)
    }

    /// The revision that was in force on a day: the last one published by then. `None` before the
    /// API's first list.
    ///
    /// ```
    /// use dataportability_scopes::{Date, Revision};
    ///
    /// let day = Date::new(2025, 7, 14).unwrap();
    /// assert_eq!(Revision::in_force_on(day), Some(Revision::R2025_06_05));
    /// ```
    #[must_use]
    pub fn in_force_on(day: Date) -> Option<Revision> {
        Self::all().rev().find(|revision| revision.date() <= day)
    }

    /// Bit `i` stands for the `i`th resource.
    pub(crate) const fn members(self) -> u128 {
        REVISIONS[self as usize].members
    }
}

/// A stretch of revisions that list a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Listing {
    /// The first revision of the stretch.
    pub since: Revision,
    /// The revision that no longer lists the scope; `None` while the newest does.
    pub withdrawn: Option<Revision>,
}

pub(super) fn unknown(input: &str) -> UnknownNameError {
    UnknownNameError::new("revision", input, <Revision as VariantNames>::VARIANTS)
}
