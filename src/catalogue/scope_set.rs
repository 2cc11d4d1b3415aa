//! Sets of scopes, stored as bits.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Sub, SubAssign};

use super::resource::Resource;
use super::scope::Scope;

/// A set of scopes of the catalogue.
///
/// It is [`Copy`] and as large as a `u128`; each operation is a few instructions, in `const` too.
/// It iterates in the order of the resource groups. [`Scopes`](super::Scopes) has scopes that are
/// newer than the catalogue as well, and is made from it with `into`.
///
/// Printed, parsed and serialized in the same forms as [`Scopes`](super::Scopes).
///
/// ```
/// use dataportability_scopes::{Resource, ScopeSet};
///
/// const NEEDED: ScopeSet =
///     ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::ChromeHistory, Resource::MapsReviews]);
/// let granted = ScopeSet::from_resources(&[Resource::MapsReviews, Resource::YoutubeClips]);
///
/// let missing = NEEDED - granted;
/// assert_eq!(
///     missing.to_string(),
///     "https://www.googleapis.com/auth/dataportability.chrome.history"
/// );
/// assert!(granted.is_subset(NEEDED));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ScopeSet {
    /// Bit `i` stands for the `i`th resource; bits without a resource are never set.
    bits: u128,
}

impl ScopeSet {
    /// The empty set.
    pub const EMPTY: ScopeSet = ScopeSet { bits: 0 };

    /// Returns the scopes of these resources.
    #[must_use]
    pub const fn from_resources(resources: &[Resource]) -> ScopeSet {
        let mut set = ScopeSet::EMPTY;
        let mut rest = resources;
        while let [resource, others @ ..] = rest {
            set = set.with(resource.scope());
            rest = others;
        }
        set
    }

    /// Bit `i` stands for the `i`th resource.
    pub(super) const fn from_bits(bits: u128) -> ScopeSet {
        ScopeSet { bits }
    }

    /// Returns this set with `scope` added.
    #[must_use]
    pub(crate) const fn with(self, scope: Scope) -> ScopeSet {
        ScopeSet { bits: self.bits | 1 << scope.resource() as u32 }
    }

    /// Returns whether `scope` is in the set.
    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.bits >> scope.resource() as u32 & 1 == 1
    }

    /// Returns the number of scopes.
    #[must_use]
    pub const fn len(self) -> usize {
        self.bits.count_ones() as usize
    }

    /// Returns whether the set has no scopes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// Returns the scopes of either set. Same as `|`.
    #[must_use]
    pub const fn union(self, other: ScopeSet) -> ScopeSet {
        ScopeSet { bits: self.bits | other.bits }
    }

    /// Returns the scopes that are in both sets. Same as `&`.
    #[must_use]
    pub const fn intersection(self, other: ScopeSet) -> ScopeSet {
        ScopeSet { bits: self.bits & other.bits }
    }

    /// Returns the scopes of this set that are not in `other`. Same as `-`.
    #[must_use]
    pub const fn difference(self, other: ScopeSet) -> ScopeSet {
        ScopeSet { bits: self.bits & !other.bits }
    }

    /// Returns whether every scope of this set is in `other`.
    ///
    /// The empty set is a subset of every set, so do not authorize a call with
    /// this: use [`ApiMethod`](crate::api::ApiMethod).
    #[must_use]
    pub const fn is_subset(self, other: ScopeSet) -> bool {
        self.bits & !other.bits == 0
    }

    /// Returns whether the sets have no scope in common.
    #[must_use]
    pub const fn is_disjoint(self, other: ScopeSet) -> bool {
        self.bits & other.bits == 0
    }

    /// Returns an iterator over the scopes, in the order of their resource groups.
    #[must_use]
    pub const fn iter(self) -> Iter {
        Iter { bits: self.bits }
    }
}

impl BitOr for ScopeSet {
    type Output = ScopeSet;

    fn bitor(self, other: ScopeSet) -> ScopeSet {
        self.union(other)
    }
}

impl BitOrAssign for ScopeSet {
    fn bitor_assign(&mut self, other: ScopeSet) {
        *self = self.union(other);
    }
}

impl BitAnd for ScopeSet {
    type Output = ScopeSet;

    fn bitand(self, other: ScopeSet) -> ScopeSet {
        self.intersection(other)
    }
}

impl BitAndAssign for ScopeSet {
    fn bitand_assign(&mut self, other: ScopeSet) {
        *self = self.intersection(other);
    }
}

impl Sub for ScopeSet {
    type Output = ScopeSet;

    fn sub(self, other: ScopeSet) -> ScopeSet {
        self.difference(other)
    }
}

impl SubAssign for ScopeSet {
    fn sub_assign(&mut self, other: ScopeSet) {
        *self = self.difference(other);
    }
}

impl From<Scope> for ScopeSet {
    fn from(scope: Scope) -> ScopeSet {
        ScopeSet::EMPTY.with(scope)
    }
}

impl From<Resource> for ScopeSet {
    fn from(resource: Resource) -> ScopeSet {
        resource.scope().into()
    }
}

impl<T: Into<Scope>> FromIterator<T> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = T>>(scopes: I) -> ScopeSet {
        scopes.into_iter().fold(ScopeSet::EMPTY, |set, scope| set.with(scope.into()))
    }
}

impl<T: Into<Scope>> Extend<T> for ScopeSet {
    fn extend<I: IntoIterator<Item = T>>(&mut self, scopes: I) {
        *self |= scopes.into_iter().collect();
    }
}

impl IntoIterator for ScopeSet {
    type Item = Scope;
    type IntoIter = Iter;

    fn into_iter(self) -> Iter {
        self.iter()
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Scope::resource)).finish()
    }
}

/// An iterator over the scopes of a [`ScopeSet`], in the order of their resource groups.
#[derive(Debug, Clone)]
pub struct Iter {
    bits: u128,
}

impl Iterator for Iter {
    type Item = Scope;

    fn next(&mut self) -> Option<Scope> {
        let scope = Scope::at(self.bits.trailing_zeros())?;
        self.bits &= self.bits.wrapping_sub(1);
        Some(scope)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.bits.count_ones() as usize;
        (len, Some(len))
    }
}

impl DoubleEndedIterator for Iter {
    fn next_back(&mut self) -> Option<Scope> {
        let index = self.bits.checked_ilog2()?;
        self.bits &= !(1 << index);
        Scope::at(index)
    }
}

impl ExactSizeIterator for Iter {}
impl FusedIterator for Iter {}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_words(f, self.iter().map(Scope::as_str))
    }
}

/// Writes words with one space between two.
pub(crate) fn write_words<'word>(
    f: &mut fmt::Formatter<'_>,
    words: impl Iterator<Item = &'word str>,
) -> fmt::Result {
    for (index, word) in words.enumerate() {
        if index > 0 {
            f.write_str(" ")?;
        }
        f.write_str(word)?;
    }
    Ok(())
}
