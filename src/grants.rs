//! A user with several tokens.

use alloc::vec::Vec;

use crate::catalogue::Revision;
use crate::grant::Grant;
use crate::method::Method;
use crate::scope_set::ScopeSet;

/// The grants of one user's tokens, each under a key by which the caller knows the token.
///
/// A token does not tell which account consented, and one consent does not widen another: a user
/// may need several tokens. These are the questions then.
///
/// Source: "Troubleshooting" of the Data Portability user guide, on several tokens.
///
/// ```
/// use dataportability_scopes::{Grant, Grants, Method, Resource, ScopeSet};
///
/// let grants: Grants<&str> = [
///     ("first token", Grant::from(ScopeSet::of(&[Resource::YoutubeClips]))),
///     ("second token", Grant::from(ScopeSet::of(&[Resource::MapsReviews]))),
/// ]
/// .into_iter()
/// .collect();
///
/// assert_eq!(grants.allowing(Method::Retry).count(), 2);
///
/// let reviews = ScopeSet::of(&[Resource::MapsReviews]);
/// assert!(grants.covering(reviews).map(|(key, _)| *key).eq(["second token"]));
///
/// // What to ask for next: a `ConsentRequest` takes what is needed and `grants.held()`.
/// let needed = ScopeSet::of(&[Resource::MapsReviews, Resource::ChromeHistory]);
/// assert_eq!(grants.missing(needed), ScopeSet::of(&[Resource::ChromeHistory]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants<K> {
    grants: Vec<(K, Grant)>,
}

impl<K> Grants<K> {
    /// The grants that allow a method under the newest revision.
    pub fn allowing(&self, method: Method) -> impl Iterator<Item = (&K, &Grant)> {
        self.allowing_under(Revision::NEWEST, method)
    }

    /// The grants that allow a method under a revision.
    pub fn allowing_under(
        &self,
        revision: Revision,
        method: Method,
    ) -> impl Iterator<Item = (&K, &Grant)> {
        self.iter()
            .filter(move |(_, grant)| method.authorize_under(revision, grant).is_ok())
    }

    /// The grants that each cover all of these resources under the newest revision.
    pub fn covering(&self, resources: ScopeSet) -> impl Iterator<Item = (&K, &Grant)> {
        self.covering_under(Revision::NEWEST, resources)
    }

    /// The grants that each cover all of these resources under a revision.
    pub fn covering_under(
        &self,
        revision: Revision,
        resources: ScopeSet,
    ) -> impl Iterator<Item = (&K, &Grant)> {
        self.iter()
            .filter(move |(_, grant)| grant.check_covers_under(revision, resources).is_ok())
    }

    /// The scopes that none of the grants holds: the smallest next request. A scope that the user
    /// declined is among them; whether to ask again is the caller's to say.
    #[must_use]
    pub fn missing(&self, needed: ScopeSet) -> ScopeSet {
        needed - self.held()
    }

    /// The scopes that any of the grants holds, for `ConsentRequest::held`.
    #[must_use]
    pub fn held(&self) -> ScopeSet {
        self.iter()
            .fold(ScopeSet::EMPTY, |held, (_, grant)| held | grant.scopes())
    }

    /// The grants with their keys, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Grant)> {
        self.grants.iter().map(|(key, grant)| (key, grant))
    }
}

impl<K> Default for Grants<K> {
    fn default() -> Grants<K> {
        Grants { grants: Vec::new() }
    }
}

impl<K> Extend<(K, Grant)> for Grants<K> {
    fn extend<I: IntoIterator<Item = (K, Grant)>>(&mut self, grants: I) {
        self.grants.extend(grants);
    }
}

impl<K> FromIterator<(K, Grant)> for Grants<K> {
    fn from_iter<I: IntoIterator<Item = (K, Grant)>>(grants: I) -> Grants<K> {
        Grants {
            grants: grants.into_iter().collect(),
        }
    }
}
