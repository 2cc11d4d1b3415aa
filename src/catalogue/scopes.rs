//! The set of scopes that everything else takes: known ones as bits, newer ones as text.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt;
use core::ops::{BitAnd, BitOr, Sub};
use core::str::FromStr;

use super::hash::SCOPE_PREFIX;
use super::resource::Resource;
use super::scope::Scope;
use super::scope_set::{ScopeSet, write_words};
use crate::text::excerpt;

/// A set of Data Portability scopes, those that are newer than the catalogue included.
///
/// A set is asked for, granted, declined, stored and compared as this type. Wherever the crate
/// takes `impl Into<Scopes>`, give resources, scopes, a [`ScopeSet`], or a
/// [`Grant`](crate::grant::Grant) by reference.
///
/// Printed as a scope value (RFC 6749, section 3.3): whole tokens, the known ones first, each in
/// the order of the resource groups. Parsed from tokens or names of resource groups, with white
/// space between them.
///
/// ```
/// use dataportability_scopes::catalogue::NewerScope;
/// use dataportability_scopes::{Resource, Scopes};
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

    /// Same as `&`, without taking the sets.
    pub(crate) fn intersection(&self, other: &Scopes) -> Scopes {
        Scopes { known: self.known & other.known, newer: &self.newer & &other.newer }
    }

    /// Same as `-`, without taking the sets.
    pub(crate) fn difference(&self, other: &Scopes) -> Scopes {
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

/// A Data Portability scope that no list of the catalogue has, presumably because it is newer than
/// this version of the crate.
///
/// It can be requested, and granted or declined, like any other scope. It counts for a call of the
/// API only if the caller vouches for it with
/// [`Grant::vouching_for`](crate::grant::Grant::vouching_for).
///
/// Printed and parsed as the whole scope token. What follows the [`SCOPE_PREFIX`] must have the
/// form of a resource group: two or more segments of lowercase letters, digits and `_`, joined by
/// dots, at most 128 bytes. This matters because Google refuses a whole request for one malformed
/// scope, such as one with a trailing slash.
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
    pub(crate) fn resource_group(&self) -> &str {
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
        let is_segment = |segment: &str| {
            let letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
            !segment.is_empty() && segment.bytes().all(letter)
        };
        let is_group = |group: &str| {
            group.len() <= MAX_GROUP_LEN && group.contains('.') && group.split('.').all(is_segment)
        };
        let fault = match token.strip_prefix(SCOPE_PREFIX) {
            None => {
                "is not a Data Portability scope: it must begin with \
                 https://www.googleapis.com/auth/dataportability."
            }
            Some(group) if !is_group(group) => {
                "does not end in a resource group: give segments of lowercase letters, digits and \
                 _, joined by dots, such as youtube.clips"
            }
            Some(_) if Scope::find(token).is_some() => "is in the catalogue: use `Scope`",
            Some(_) => return Ok(NewerScope { token: token.to_owned() }),
        };
        Err(ParseNewerScopeError { input: excerpt(token), fault })
    }
}

/// An error from parsing a [`NewerScope`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{input:?} {fault}")]
pub struct ParseNewerScopeError {
    input: String,
    fault: &'static str,
}

#[cfg(feature = "serde")]
crate::text::serde_as_string!(NewerScope, "a Data Portability scope");
