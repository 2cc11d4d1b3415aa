//! The set of scopes that everything else takes: known ones as bits, newer ones as text.

use alloc::collections::BTreeSet;
use core::fmt;
use core::ops::{BitAnd, BitOr, Sub};

use super::newer_scope::NewerScope;
use super::resource::Resource;
use super::scope::Scope;
use super::scope_set::ScopeSet;

/// A set of Data Portability scopes, those that are newer than the catalogue included.
///
/// A set is asked for, granted, declined, stored and compared as this type. Wherever the crate takes
/// `impl Into<Scopes>`, give resources, scopes, a [`ScopeSet`], or a
/// [`Grant`](crate::grant::Grant) by reference.
///
/// Printed as a scope value (RFC 6749, section 3.3): whole tokens, the known ones first, each in the
/// order of the resource groups. Parsed from tokens or names of resource groups, with white space
/// between them.
///
/// ```
/// use dataportability_scopes::catalogue::{NewerScope, Resource, Scopes};
///
/// let newer: NewerScope =
///     "https://www.googleapis.com/auth/dataportability.youtube.dreams".parse()?;
/// let mut wanted = Scopes::from([Resource::YoutubeClips, Resource::ChromeHistory]);
/// wanted.extend([newer]);
/// assert_eq!(wanted.len(), 3);
///
/// let missing = wanted - Scopes::from(Resource::YoutubeClips);
/// assert!(missing.names().eq(["chrome.history", "youtube.dreams"]));
/// # Ok::<(), dataportability_scopes::catalogue::ParseNewerScopeError>(())
/// ```
///
/// Serialized as one string: the names of known resource groups and the tokens of newer scopes, with
/// spaces between them. Deserialized from such a string, or from a list of such strings, with names
/// or tokens. A name must be in the catalogue, so that a typo is an error. A format that is not
/// self-describing, such as postcard, takes only the string.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use dataportability_scopes::catalogue::{Resource, Scopes};
///
/// let scopes = Scopes::from([Resource::YoutubeClips, Resource::MapsReviews]);
/// let stored = serde_json::to_string(&scopes)?;
/// assert_eq!(stored, r#""maps.reviews youtube.clips""#);
/// for text in [
///     &*stored,
///     r#"["youtube.clips", "maps.reviews"]"#,
///     r#"["https://www.googleapis.com/auth/dataportability.youtube.clips", "maps.reviews"]"#,
/// ] {
///     assert_eq!(serde_json::from_str::<Scopes>(text)?, scopes);
/// }
///
/// let error = serde_json::from_str::<Scopes>(r#"["chrome.histroy"]"#).unwrap_err();
/// assert!(error.to_string().contains(r#"did you mean "chrome.history"?"#));
/// # }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Scopes {
    known: ScopeSet,
    newer: BTreeSet<NewerScope>,
}

impl Scopes {
    /// Returns the scopes of the catalogue.
    #[must_use]
    pub fn known(&self) -> ScopeSet {
        self.known
    }

    /// Returns the scopes that are newer than the catalogue, in the order of their tokens.
    #[must_use]
    pub fn newer(&self) -> impl ExactSizeIterator<Item = &NewerScope> + Clone {
        self.newer.iter()
    }

    /// Returns the names of the resource groups, such as `youtube.clips`: the known ones first.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let known = self.known.iter().map(|scope| scope.resource().name());
        known.chain(self.newer.iter().map(NewerScope::resource_group))
    }

    /// Returns the scope tokens, in the order of [`names`](Self::names).
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> + Clone {
        let known = self.known.iter().map(|scope| -> &str { scope.as_str() });
        known.chain(self.newer.iter().map(NewerScope::as_str))
    }

    /// Returns the number of scopes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len() + self.newer.len()
    }

    /// Returns whether the set has no scopes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && self.newer.is_empty()
    }

    /// Returns whether the set has a scope of the catalogue.
    #[must_use]
    pub fn contains(&self, scope: impl Into<Scope>) -> bool {
        self.known.contains(scope.into())
    }

    /// Returns whether every scope of this set is in `other`.
    ///
    /// The empty set is a subset of every set, so do not authorize a call with this: use
    /// [`ApiMethod`](crate::api::ApiMethod).
    #[must_use]
    pub fn is_subset(&self, other: &Scopes) -> bool {
        self.known.is_subset(other.known) && self.newer.is_subset(&other.newer)
    }

    /// Returns whether the sets have no scope in common.
    #[must_use]
    pub fn is_disjoint(&self, other: &Scopes) -> bool {
        self.known.is_disjoint(other.known) && self.newer.is_disjoint(&other.newer)
    }

    /// Returns the scopes of either set. Same as `|`.
    #[must_use]
    pub fn union(&self, other: &Scopes) -> Scopes {
        self.clone() | other.clone()
    }

    /// Returns the scopes that are in both sets. Same as `&`.
    #[must_use]
    pub fn intersection(&self, other: &Scopes) -> Scopes {
        Scopes { known: self.known & other.known, newer: &self.newer & &other.newer }
    }

    /// Returns the scopes of this set that are not in `other`. Same as `-`.
    #[must_use]
    pub fn difference(&self, other: &Scopes) -> Scopes {
        Scopes { known: self.known - other.known, newer: &self.newer - &other.newer }
    }

    /// Returns a set for each scope, in order.
    #[cfg(feature = "api")]
    pub(crate) fn singles(&self) -> impl Iterator<Item = Scopes> {
        let known = self.known.iter().map(Scopes::from);
        known.chain(self.newer.iter().cloned().map(Scopes::from))
    }
}

impl BitOr for Scopes {
    type Output = Scopes;

    fn bitor(mut self, other: Scopes) -> Scopes {
        self.extend([other]);
        self
    }
}

impl BitAnd for Scopes {
    type Output = Scopes;

    fn bitand(self, other: Scopes) -> Scopes {
        self.intersection(&other)
    }
}

impl Sub for Scopes {
    type Output = Scopes;

    fn sub(self, other: Scopes) -> Scopes {
        self.difference(&other)
    }
}

impl From<ScopeSet> for Scopes {
    fn from(known: ScopeSet) -> Scopes {
        Scopes { known, newer: BTreeSet::new() }
    }
}

impl From<Scope> for Scopes {
    fn from(scope: Scope) -> Scopes {
        ScopeSet::from(scope).into()
    }
}

impl From<Resource> for Scopes {
    fn from(resource: Resource) -> Scopes {
        ScopeSet::from(resource).into()
    }
}

impl From<NewerScope> for Scopes {
    fn from(scope: NewerScope) -> Scopes {
        Scopes { known: ScopeSet::EMPTY, newer: BTreeSet::from([scope]) }
    }
}

impl From<&Scopes> for Scopes {
    fn from(scopes: &Scopes) -> Scopes {
        scopes.clone()
    }
}

impl<T: Into<Scopes>, const N: usize> From<[T; N]> for Scopes {
    fn from(scopes: [T; N]) -> Scopes {
        scopes.into_iter().collect()
    }
}

impl<T: Into<Scopes>> FromIterator<T> for Scopes {
    fn from_iter<I: IntoIterator<Item = T>>(scopes: I) -> Scopes {
        let mut set = Scopes::default();
        set.extend(scopes);
        set
    }
}

impl<T: Into<Scopes>> Extend<T> for Scopes {
    fn extend<I: IntoIterator<Item = T>>(&mut self, scopes: I) {
        for scopes in scopes {
            let scopes = scopes.into();
            self.known |= scopes.known;
            self.newer.extend(scopes.newer);
        }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_words(f, self.tokens())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
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
