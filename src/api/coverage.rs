//! Whether a grant allows a call for certain resources.

use alloc::collections::BTreeSet;

use super::method::{ApiMethod, Authorized, NotAuthorizedError};
use crate::catalogue::{Revision, UnlistedScope};
use crate::excerpt::some_of;
use crate::grant::{Grant, MissingScopesError, RequestedScopes};

/// An error from checking that a grant allows a call for certain resources.
///
/// `portabilityArchive.initiate` needs the scopes of all resources that it names, and
/// `archiveJobs.getPortabilityArchiveState` those of all resources of the job.
///
/// Source: "Call Data Portability API methods" of the user guide.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotCoveredError {
    /// The grant carries none of the scopes that the method needs.
    #[error(transparent)]
    NotAuthorized(#[from] NotAuthorizedError),
    /// The grant lacks scopes, the revision does not list them, or no resource is named.
    #[error(transparent)]
    MissingScopes(#[from] MissingScopesError),
    /// Resources are newer than the catalogue, and the caller does not
    /// [vouch](Grant::vouching_for) for them.
    #[error(
        "not in the catalogue: {}; if the token carries them, use `Grant::vouching_for`",
        some_of(.resources.iter(), |scope| scope.resource_group().into())
    )]
    NotVouched {
        /// Their scopes.
        resources: BTreeSet<UnlistedScope>,
    },
}

/// Checks that `grant` allows `method` for all of `resources`.
pub(super) fn authorize(
    method: ApiMethod,
    revision: Revision,
    resources: &RequestedScopes,
    grant: &Grant,
) -> Result<Authorized, NotCoveredError> {
    let authorized = method.authorize_in(revision, grant)?;
    if !resources.scopes.is_empty() || resources.unlisted.is_empty() {
        grant.check_covers_in(revision, resources.scopes)?;
    }
    let not_vouched: BTreeSet<UnlistedScope> = resources
        .unlisted
        .difference(grant.vouched())
        .cloned()
        .collect();
    if not_vouched.is_empty() {
        Ok(authorized)
    } else {
        Err(NotCoveredError::NotVouched {
            resources: not_vouched,
        })
    }
}
