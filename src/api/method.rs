use alloc::boxed::Box;
use alloc::format;
use core::fmt;

use crate::catalogue::{Date, ParseNameError, Resource, Revision, SCOPE_PREFIX, ScopeSet};
use crate::grant::Grant;
use crate::text::{excerpt, some_of};

/// A method of the Data Portability API.
///
/// Printed and parsed as its id, `archiveJobs.retry`. Each method accepts a token that carries
/// *any one* scope of the list. Two methods also need *all* scopes of the job's resources:
/// `portabilityArchive.initiate` and `archiveJobs.getPortabilityArchiveState`.
/// [`Grant::check_covers`] checks that.
///
/// Source: the reference pages of the methods, section "Authorization scopes".
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[strum(parse_err_ty = ParseNameError, parse_err_fn = unknown)]
#[non_exhaustive]
pub enum ApiMethod {
    /// Returns which resources have one-time access, and which have time-based access.
    #[strum(serialize = "accessType.check")]
    CheckAccessType,
    /// Cancels an archive job.
    #[strum(serialize = "archiveJobs.cancel")]
    Cancel,
    /// Returns the state of an archive job, and the URLs of its archive.
    #[strum(serialize = "archiveJobs.getPortabilityArchiveState")]
    GetState,
    /// Retries a failed archive job, as a new job.
    #[strum(serialize = "archiveJobs.retry")]
    Retry,
    /// Ends the app's access. The user can then be asked again.
    #[strum(serialize = "authorization.reset")]
    Reset,
    /// Starts an archive job.
    #[strum(serialize = "portabilityArchive.initiate")]
    Initiate,
}

impl ApiMethod {
    /// Returns all methods, in the order of their ids.
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = ApiMethod> + DoubleEndedIterator + Clone {
        ALL.iter().copied()
    }

    /// Returns the id, which follows `dataportability.` in a discovery document.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// Returns the HTTP method and the path, with its variable in the syntax of AIP-127.
    #[cfg(feature = "api")]
    pub(super) const fn route(self) -> (http::Method, &'static str) {
        use http::Method;
        match self {
            ApiMethod::CheckAccessType => (Method::POST, "/v1/accessType:check"),
            ApiMethod::Cancel => (Method::POST, "/v1/{name=archiveJobs/*}:cancel"),
            ApiMethod::GetState => {
                (Method::GET, "/v1/{name=archiveJobs/*/portabilityArchiveState}")
            }
            ApiMethod::Retry => (Method::POST, "/v1/{name=archiveJobs/*}:retry"),
            ApiMethod::Reset => (Method::POST, "/v1/authorization:reset"),
            ApiMethod::Initiate => (Method::POST, "/v1/portabilityArchive:initiate"),
        }
    }

    /// Returns the first day on which the API is known to have had the method. For a method that it
    /// has always had, this is the day of the first list.
    #[must_use]
    pub(crate) const fn since(self) -> Date {
        match self {
            ApiMethod::Cancel => Date { year: 2025, month: 2, day: 12 },
            ApiMethod::CheckAccessType => Date { year: 2025, month: 3, day: 5 },
            ApiMethod::GetState | ApiMethod::Retry | ApiMethod::Reset | ApiMethod::Initiate => {
                Date { year: 2024, month: 1, day: 30 }
            }
        }
    }

    /// Returns the scopes that allow the method under a revision. A token needs one of them.
    ///
    /// Returns all scopes of the revision, or none if the revision was replaced before the API had
    /// the method.
    ///
    /// ```
    /// use dataportability_scopes::{ApiMethod, Revision};
    ///
    /// for revision in Revision::all() {
    ///     assert_eq!(ApiMethod::Retry.scopes_in(revision), revision.scopes());
    /// }
    /// assert!(ApiMethod::Cancel.scopes_in(Revision::R2024_08_28).is_empty());
    /// assert_eq!(ApiMethod::Cancel.scopes_in(Revision::R2025_01_20).len(), 66);
    /// ```
    #[must_use]
    pub fn scopes_in(self, revision: Revision) -> ScopeSet {
        match revision.newer() {
            Some(next) if next.date() <= self.since() => ScopeSet::EMPTY,
            _ => revision.scopes(),
        }
    }
}

impl Grant {
    /// Returns whether a token with this grant may call a method, under the newest revision.
    ///
    /// Same as [`check_allows`](Self::check_allows), but without saying why not.
    #[inline]
    #[must_use]
    pub fn allows(&self, method: ApiMethod) -> bool {
        self.is_allowed(method, Revision::NEWEST)
    }

    /// Checks that a token with this grant may call a method, under the newest revision: that it
    /// carries at least one of the scopes that allow it.
    ///
    /// # Errors
    ///
    /// Fails with a [`NotAuthorizedError`] that says what the grant has instead.
    pub fn check_allows(&self, method: ApiMethod) -> Result<(), NotAuthorizedError> {
        self.check_allows_in(Revision::NEWEST, method)
    }

    /// Same as [`check_allows`](Self::check_allows), but under a given revision.
    ///
    /// # Errors
    ///
    /// Fails with a [`NotAuthorizedError`] that says what the grant has instead.
    #[inline]
    pub fn check_allows_in(
        &self,
        revision: Revision,
        method: ApiMethod,
    ) -> Result<(), NotAuthorizedError> {
        if self.is_allowed(method, revision) {
            return Ok(());
        }
        Err(NotAuthorizedError { method, revision, grant: Box::new(self.clone()) })
    }

    #[inline]
    fn is_allowed(&self, method: ApiMethod, revision: Revision) -> bool {
        let sufficient = method.scopes_in(revision);
        let vouches = !self.vouched().is_empty() && !sufficient.is_empty();
        vouches || !sufficient.is_disjoint(self.scopes().known())
    }
}

const ALL: [ApiMethod; 6] = [
    ApiMethod::CheckAccessType,
    ApiMethod::Cancel,
    ApiMethod::GetState,
    ApiMethod::Retry,
    ApiMethod::Reset,
    ApiMethod::Initiate,
];

fn unknown(input: &str) -> ParseNameError {
    const IDS: &[&str] = &[
        "accessType.check",
        "archiveJobs.cancel",
        "archiveJobs.getPortabilityArchiveState",
        "archiveJobs.retry",
        "authorization.reset",
        "portabilityArchive.initiate",
    ];
    ParseNameError::new("method", input, IDS)
}

/// An error from checking that a grant allows a call.
///
/// ```
/// use dataportability_scopes::{ApiMethod, Grant, Revision};
///
/// let grant: Grant = "openid".parse()?;
/// assert_eq!(
///     grant.check_allows_in(Revision::R2026_07_19, ApiMethod::Retry).unwrap_err().to_string(),
///     "archiveJobs.retry needs one of the 73 scopes that the revision 2026-07-19 lists; \
///      the grant has only: openid (not a Data Portability scope)"
/// );
/// # Ok::<(), dataportability_scopes::catalogue::ScopeValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAuthorizedError {
    method: ApiMethod,
    revision: Revision,
    /// Boxed, to keep results small.
    grant: Box<Grant>,
}

impl fmt::Display for NotAuthorizedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotAuthorizedError { method, revision, grant } = self;
        let sufficient = method.scopes_in(*revision);
        if sufficient.is_empty() {
            return write!(
                f,
                "{method} did not exist under the revision {revision}: the API has had it since {}",
                method.since()
            );
        }
        write!(
            f,
            "{method} needs one of the {} scopes that the revision {revision} lists; the grant has ",
            sufficient.len()
        )?;
        if grant.is_empty() {
            return f.write_str("none at all");
        }
        f.write_str("only: ")?;
        let known = grant.scopes().known() - revision.scopes();
        let known = known.iter().map(|scope| match scope.listings() {
            [] => (scope.as_str(), "in no revision"),
            _ => (scope.as_str(), "only in other revisions"),
        });
        let newer = grant.scopes().newer();
        let newer =
            newer.map(|scope| (scope.as_str(), "newer than the catalogue: not vouched for"));
        let others = grant.others().map(|token| match token.parse::<Resource>() {
            Ok(_) => (token, "the name of a resource, not a scope"),
            Err(_) if token.starts_with(SCOPE_PREFIX) => (token, "not in the catalogue"),
            Err(_) => (token, "not a Data Portability scope"),
        });
        let carried = known.chain(newer).chain(others);
        f.write_str(&some_of(carried.map(|(token, why)| format!("{} ({why})", excerpt(token)))))
    }
}

impl core::error::Error for NotAuthorizedError {}

#[cfg(feature = "serde")]
crate::text::serde_as_string!(ApiMethod, "the id of a method");
