use alloc::format;
use core::fmt;

use crate::catalogue::{Date, ParseNameError, Revision, SCOPE_PREFIX, ScopeSet};
use crate::excerpt::{excerpt, some_of};
use crate::grant::Grant;

/// A method of the Data Portability API.
///
/// Printed and parsed as its id, `archiveJobs.retry`. Each method accepts a token that carries
/// *any one* scope of the list. Two methods also need *all* scopes of the job's resources: `portabilityArchive.initiate` and `archiveJobs.getPortabilityArchiveState`.
/// [`Grant::check_covers`] checks that.
///
/// Source: the reference pages of the methods, section "Authorization scopes".
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
/// use dataportability_scopes::api::ApiMethod;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// let authorized = ApiMethod::Retry.authorize(&grant)?;
/// assert_eq!(authorized.granted_by(), ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// # Ok::<(), dataportability_scopes::api::NotAuthorizedError>(())
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::AsRefStr,
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
    ///
    /// ```
    /// use dataportability_scopes::api::ApiMethod;
    ///
    /// assert!(ApiMethod::all().any(|method| method.id() == "archiveJobs.retry"));
    /// ```
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = ApiMethod> + DoubleEndedIterator + Clone {
        ALL.iter().copied()
    }

    /// Returns the id, which follows `dataportability.` in a discovery document.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.into()
    }

    /// Returns the HTTP method, `GET` or `POST`.
    #[must_use]
    pub const fn http_method(self) -> &'static str {
        match self {
            ApiMethod::GetState => "GET",
            ApiMethod::CheckAccessType
            | ApiMethod::Cancel
            | ApiMethod::Retry
            | ApiMethod::Reset
            | ApiMethod::Initiate => "POST",
        }
    }

    /// Returns the path, with its variable in the syntax of AIP-127.
    ///
    /// ```
    /// use dataportability_scopes::api::ApiMethod;
    ///
    /// assert_eq!(ApiMethod::Retry.http_method(), "POST");
    /// assert_eq!(ApiMethod::Retry.path(), "/v1/{name=archiveJobs/*}:retry");
    /// ```
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            ApiMethod::CheckAccessType => "/v1/accessType:check",
            ApiMethod::Cancel => "/v1/{name=archiveJobs/*}:cancel",
            ApiMethod::GetState => "/v1/{name=archiveJobs/*/portabilityArchiveState}",
            ApiMethod::Retry => "/v1/{name=archiveJobs/*}:retry",
            ApiMethod::Reset => "/v1/authorization:reset",
            ApiMethod::Initiate => "/v1/portabilityArchive:initiate",
        }
    }

    /// Returns the first day on which the API is known to have had the method. For a method that it
    /// has always had, this is the day of the first list.
    ///
    /// ```
    /// use dataportability_scopes::api::ApiMethod;
    /// use dataportability_scopes::catalogue::Date;
    ///
    /// assert_eq!(Some(ApiMethod::Cancel.since()), Date::new(2025, 2, 12));
    /// ```
    #[must_use]
    pub const fn since(self) -> Date {
        match self {
            ApiMethod::Cancel => Date {
                year: 2025,
                month: 2,
                day: 12,
            },
            ApiMethod::CheckAccessType => Date {
                year: 2025,
                month: 3,
                day: 5,
            },
            ApiMethod::GetState | ApiMethod::Retry | ApiMethod::Reset | ApiMethod::Initiate => {
                Date {
                    year: 2024,
                    month: 1,
                    day: 30,
                }
            }
        }
    }

    /// Returns the scopes that allow the method under a revision. A token needs one of them.
    ///
    /// Returns all scopes of the revision, or none if the revision was replaced before the API had the
    /// method.
    ///
    /// ```
    /// use dataportability_scopes::api::ApiMethod;
    /// use dataportability_scopes::catalogue::Revision;
    ///
    /// for revision in Revision::all() {
    ///     assert_eq!(ApiMethod::Retry.scopes(revision), revision.scopes());
    /// }
    /// assert!(ApiMethod::Cancel.scopes(Revision::R2024_08_28).is_empty());
    /// assert_eq!(ApiMethod::Cancel.scopes(Revision::R2025_01_20).len(), 66);
    /// ```
    #[must_use]
    pub fn scopes(self, revision: Revision) -> ScopeSet {
        match revision.newer() {
            Some(next) if next.date() <= self.since() => ScopeSet::EMPTY,
            _ => revision.scopes(),
        }
    }

    /// Returns whether a grant allows the call under the newest revision.
    ///
    /// Same as [`authorize`](Self::authorize), but without saying why not.
    #[inline]
    #[must_use]
    pub fn is_authorized_by(self, grant: &Grant) -> bool {
        self.authorized_in(Revision::NEWEST, grant).is_some()
    }

    /// Checks that a grant allows the call under the newest revision.
    ///
    /// # Errors
    ///
    /// Fails with a [`NotAuthorizedError`] if the grant carries none of the scopes that would
    /// allow it.
    pub fn authorize(self, grant: &Grant) -> Result<Authorized, NotAuthorizedError> {
        self.authorize_in(Revision::NEWEST, grant)
    }

    /// Same as [`authorize`](Self::authorize), but under a given revision.
    ///
    /// # Errors
    ///
    /// Fails with a [`NotAuthorizedError`] if the grant carries none of the scopes that would
    /// allow it.
    ///
    /// ```
    /// use dataportability_scopes::api::ApiMethod;
    /// use dataportability_scopes::catalogue::{Resource, Revision, ScopeSet};
    /// use dataportability_scopes::grant::Grant;
    ///
    /// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
    /// assert!(ApiMethod::Retry.authorize_in(Revision::R2025_01_20, &grant).is_ok());
    ///
    /// let error = ApiMethod::Retry.authorize_in(Revision::R2024_04_10, &grant).unwrap_err();
    /// assert_eq!(error.unlisted(), ScopeSet::from_resources(&[Resource::YoutubeClips]));
    /// ```
    #[inline]
    pub fn authorize_in(
        self,
        revision: Revision,
        grant: &Grant,
    ) -> Result<Authorized, NotAuthorizedError> {
        self.authorized_in(revision, grant)
            .ok_or_else(|| NotAuthorizedError {
                method: self,
                revision,
                grant: grant.clone(),
            })
    }

    #[inline]
    fn authorized_in(self, revision: Revision, grant: &Grant) -> Option<Authorized> {
        let sufficient = self.scopes(revision);
        let granted_by = sufficient & grant.scopes();
        let vouched = !grant.vouched().is_empty() && !sufficient.is_empty();
        (vouched || !granted_by.is_empty()).then_some(Authorized {
            method: self,
            revision,
            granted_by,
        })
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

/// Proof that a grant allows a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authorized {
    method: ApiMethod,
    revision: Revision,
    granted_by: ScopeSet,
}

impl Authorized {
    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> ApiMethod {
        self.method
    }

    /// Returns the revision that was checked.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Returns the scopes of the grant that allow the call. Empty only if the caller
    /// [vouches](Grant::vouching_for) for a scope that is newer than the catalogue.
    #[must_use]
    pub fn granted_by(&self) -> ScopeSet {
        self.granted_by
    }
}

/// An error from checking that a grant allows a call.
///
/// ```
/// use dataportability_scopes::api::ApiMethod;
/// use dataportability_scopes::catalogue::Revision;
/// use dataportability_scopes::grant::Grant;
///
/// let grant: Grant = "openid".parse()?;
/// assert_eq!(
///     ApiMethod::Retry.authorize_in(Revision::R2026_07_19, &grant).unwrap_err().to_string(),
///     "archiveJobs.retry needs one of the 73 scopes that the revision 2026-07-19 lists; \
///      the grant has only: openid (not a Data Portability scope)"
/// );
/// # Ok::<(), dataportability_scopes::catalogue::ScopeValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAuthorizedError {
    method: ApiMethod,
    revision: Revision,
    grant: Grant,
}

impl NotAuthorizedError {
    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> ApiMethod {
        self.method
    }

    /// Returns the revision that was checked.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Returns the scopes that allow the call. Any one of them suffices. Empty if the API did not have
    /// the method yet.
    #[must_use]
    pub fn sufficient(&self) -> ScopeSet {
        self.method.scopes(self.revision)
    }

    /// Returns the scopes of the grant that the revision does not list.
    #[must_use]
    pub fn unlisted(&self) -> ScopeSet {
        self.grant.scopes() - self.revision.scopes()
    }

    /// Returns the grant.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }
}

impl fmt::Display for NotAuthorizedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotAuthorizedError {
            method,
            revision,
            grant,
        } = self;
        let sufficient = self.sufficient();
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
        let unlisted = self.unlisted().iter().map(|scope| match scope.listings() {
            [] => (scope.as_str(), "in no revision"),
            _ => (scope.as_str(), "only in other revisions"),
        });
        let unknown = grant
            .unrecognized()
            .filter(|token| token.starts_with(SCOPE_PREFIX))
            .map(|token| (token, "not in the catalogue"));
        let foreign = grant
            .other_apis()
            .map(|token| (token, "not a Data Portability scope"));
        let met = unlisted.chain(unknown).chain(foreign);
        f.write_str(&some_of(met, |(token, why)| {
            format!("{} ({why})", excerpt(token))
        }))
    }
}

impl core::error::Error for NotAuthorizedError {}

#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(ApiMethod, "the id of a method");
