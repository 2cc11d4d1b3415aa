//! Sets of scopes, as bits in a register.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Sub, SubAssign};

use crate::catalogue::{Category, Resource, Revision, Scope, Service};

/// A set of scopes.
///
/// It is [`Copy`] and as large as a `u128`; each operation is a few instructions. It iterates in
/// the order of the resource groups, prints as a scope value, and parses a scope value of known
/// scopes. To read what a token carries, use [`Grant`](crate::Grant), which keeps unknown scopes.
///
/// ```
/// use dataportability_scopes::{Resource, ScopeSet};
///
/// const NEEDED: ScopeSet =
///     ScopeSet::of(&[Resource::YoutubeClips, Resource::ChromeHistory, Resource::MapsReviews]);
/// let held = ScopeSet::of(&[Resource::MapsReviews, Resource::YoutubeClips]);
///
/// let missing = NEEDED - held;
/// assert_eq!(
///     missing.to_string(),
///     "https://www.googleapis.com/auth/dataportability.chrome.history"
/// );
/// assert!(held.is_subset_of(NEEDED));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ScopeSet {
    /// Bit `i` stands for the `i`th resource; bits without a resource are never set.
    bits: u128,
}

impl ScopeSet {
    /// No scope.
    pub const EMPTY: ScopeSet = ScopeSet { bits: 0 };

    /// The scopes of these resources.
    ///
    /// ```
    /// use dataportability_scopes::{Resource, ScopeSet};
    ///
    /// const PLACES: ScopeSet = ScopeSet::of(&[Resource::MapsStarredPlaces]);
    /// assert_eq!(PLACES.len(), 1);
    /// ```
    #[must_use]
    pub const fn of(resources: &[Resource]) -> ScopeSet {
        let mut set = ScopeSet::EMPTY;
        let mut rest = resources;
        while let [resource, others @ ..] = rest {
            set = set.with(resource.scope());
            rest = others;
        }
        set
    }

    /// Every scope of any documented list, withdrawn ones included.
    #[must_use]
    pub const fn all() -> ScopeSet {
        ScopeSet {
            bits: u128::MAX >> (u128::BITS as usize - <Resource as strum::EnumCount>::COUNT),
        }
    }

    /// This set and `scope`.
    #[must_use]
    pub const fn with(self, scope: Scope) -> ScopeSet {
        ScopeSet {
            bits: self.bits | 1 << scope.resource() as u32,
        }
    }

    /// This set without `scope`.
    #[must_use]
    pub const fn without(self, scope: Scope) -> ScopeSet {
        ScopeSet {
            bits: self.bits & !(1 << scope.resource() as u32),
        }
    }

    /// Whether `scope` is in the set.
    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.bits >> scope.resource() as u32 & 1 == 1
    }

    /// How many scopes there are.
    #[must_use]
    pub const fn len(self) -> usize {
        self.bits.count_ones() as usize
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// The scopes of either set; also `|`.
    #[must_use]
    pub const fn union(self, other: ScopeSet) -> ScopeSet {
        ScopeSet {
            bits: self.bits | other.bits,
        }
    }

    /// The scopes of both sets; also `&`.
    #[must_use]
    pub const fn intersection(self, other: ScopeSet) -> ScopeSet {
        ScopeSet {
            bits: self.bits & other.bits,
        }
    }

    /// The scopes of this set that are not in `other`; also `-`.
    #[must_use]
    pub const fn difference(self, other: ScopeSet) -> ScopeSet {
        ScopeSet {
            bits: self.bits & !other.bits,
        }
    }

    /// Whether every scope of this set is in `other`. An empty set is a subset of every set, so
    /// this alone authorises nothing: see [`Method`](crate::Method).
    #[must_use]
    pub const fn is_subset_of(self, other: ScopeSet) -> bool {
        self.bits & !other.bits == 0
    }

    /// Whether the sets have a scope in common.
    #[must_use]
    pub const fn intersects(self, other: ScopeSet) -> bool {
        self.bits & other.bits != 0
    }

    /// The scopes, in the order of their resource groups.
    #[must_use]
    pub const fn iter(self) -> Scopes {
        Scopes { bits: self.bits }
    }

    /// The highest category in the set, which decides how Google reviews an app that asks for it;
    /// `None` if the set is empty. An unknown category counts as more than a sensitive one, since
    /// it may turn out to be restricted.
    ///
    /// ```
    /// use dataportability_scopes::{Category, Resource, ScopeSet};
    ///
    /// let set = ScopeSet::of(&[Resource::YoutubeClips, Resource::ChromeHistory]);
    /// assert_eq!(set.highest_category(), Some(Category::Restricted));
    /// ```
    #[must_use]
    pub fn highest_category(self) -> Option<Category> {
        self.iter().map(|scope| scope.resource().category()).max()
    }
}

impl Revision {
    /// The scopes that this revision lists.
    #[must_use]
    pub const fn scopes(self) -> ScopeSet {
        ScopeSet {
            bits: self.members(),
        }
    }
}

impl Service {
    /// The scopes of this service, in any documented list.
    ///
    /// ```
    /// use dataportability_scopes::{Revision, Service};
    ///
    /// let listed = Service::Alerts.scopes() & Revision::NEWEST.scopes();
    /// assert_eq!(listed.len(), 1);
    /// ```
    #[must_use]
    pub const fn scopes(self) -> ScopeSet {
        ScopeSet {
            bits: self.members(),
        }
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
        scopes
            .into_iter()
            .fold(ScopeSet::EMPTY, |set, scope| set.with(scope.into()))
    }
}

impl<T: Into<Scope>> Extend<T> for ScopeSet {
    fn extend<I: IntoIterator<Item = T>>(&mut self, scopes: I) {
        *self |= scopes.into_iter().collect();
    }
}

impl IntoIterator for ScopeSet {
    type Item = Scope;
    type IntoIter = Scopes;

    fn into_iter(self) -> Scopes {
        self.iter()
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Scope::resource))
            .finish()
    }
}

/// The scopes of a [`ScopeSet`], in the order of their resource groups.
#[derive(Debug, Clone)]
pub struct Scopes {
    bits: u128,
}

impl Iterator for Scopes {
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

impl DoubleEndedIterator for Scopes {
    fn next_back(&mut self) -> Option<Scope> {
        let index = self.bits.checked_ilog2()?;
        self.bits &= !(1 << index);
        Scope::at(index)
    }
}

impl ExactSizeIterator for Scopes {}
impl FusedIterator for Scopes {}
