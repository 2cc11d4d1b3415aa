use alloc::vec::Vec;

use crate::catalogue::{Resource, Revision, ScopeSet};
use crate::grant::Grant;

/// Which resource groups to export with which of a user's tokens.
///
/// A user may have consented several times, each time to a part of what the app wants, and so have
/// several tokens. `K` identifies a token, such as its key in a database.
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::ChromeHistory, dataportability_scopes::Resource::MapsReviews, dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return; }
/// use dataportability_scopes::api::ExportPlan;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let wanted = ScopeSet::from_resources(&[
///     Resource::ChromeHistory,
///     Resource::MapsReviews,
///     Resource::YoutubeClips,
/// ]);
/// let first = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// let second = Grant::from(ScopeSet::from_resources(&[Resource::ChromeHistory]));
///
/// let plan = ExportPlan::new(wanted, [("first", &first), ("second", &second)]);
/// let exports: Vec<_> = plan.exports().collect();
/// assert_eq!(
///     exports,
///     [(Resource::ChromeHistory, &"second"), (Resource::YoutubeClips, &"first")]
/// );
/// assert_eq!(plan.missing(), ScopeSet::from_resources(&[Resource::MapsReviews]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPlan<K> {
    exports: Vec<(Resource, K)>,
    missing: ScopeSet,
}

impl<K: Clone> ExportPlan<K> {
    /// Returns a plan to export `wanted` under the newest revision. Each resource group goes to the
    /// first token that covers it.
    #[must_use]
    pub fn new<'g>(
        wanted: ScopeSet,
        tokens: impl IntoIterator<Item = (K, &'g Grant)>,
    ) -> ExportPlan<K> {
        ExportPlan::new_in(Revision::NEWEST, wanted, tokens)
    }

    /// Same as [`new`](Self::new), but under a given revision.
    #[must_use]
    pub fn new_in<'g>(
        revision: Revision,
        wanted: ScopeSet,
        tokens: impl IntoIterator<Item = (K, &'g Grant)>,
    ) -> ExportPlan<K> {
        let mut missing = wanted;
        let mut exports = Vec::new();
        for (key, grant) in tokens {
            let covered = grant.covered_in(revision, missing);
            missing -= covered;
            exports.extend(covered.iter().map(|scope| (scope.resource(), key.clone())));
        }
        exports.sort_by_key(|(resource, _)| *resource);
        ExportPlan { exports, missing }
    }
}

impl<K> ExportPlan<K> {
    /// Returns the resource groups to export, in the order of their names, each with the key of its
    /// token.
    #[must_use]
    pub fn exports(&self) -> impl ExactSizeIterator<Item = (Resource, &K)> {
        self.exports.iter().map(|(resource, key)| (*resource, key))
    }

    /// Returns the key of the token that exports a resource group, if there is one.
    #[must_use]
    pub fn key(&self, resource: Resource) -> Option<&K> {
        let found = self.exports().find(|(planned, _)| *planned == resource);
        found.map(|(_, key)| key)
    }

    /// Returns the scopes that no token covers. Ask the user for them.
    ///
    /// They include scopes that the revision does not list, which a consent request refuses.
    #[must_use]
    pub fn missing(&self) -> ScopeSet {
        self.missing
    }
}
