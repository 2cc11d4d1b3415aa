//! The API's methods, and whether a grant allows them.

use core::fmt;

use crate::catalogue::{Date, Revision, UnknownNameError};
use crate::excerpt::excerpt;
use crate::grant::Grant;
use crate::scope_set::ScopeSet;

/// A method of the Data Portability API.
///
/// Printed and parsed as its id, `archiveJobs.retry`. Each method accepts a token that carries
/// *any one* scope of the list. That lets the call through; what an `initiate` may name and whose
/// state may be read is a question of *all* scopes of the resources, answered by
/// [`Grant::check_covers`].
///
/// Source: the reference pages of the methods, section "Authorization scopes".
///
/// ```
/// use dataportability_scopes::{Grant, Method, Resource, ScopeSet};
///
/// let grant = Grant::from(ScopeSet::of(&[Resource::YoutubeClips]));
/// let authorized = Method::Retry.authorize(&grant)?;
/// assert_eq!(authorized.by(), ScopeSet::of(&[Resource::YoutubeClips]));
/// # Ok::<(), dataportability_scopes::Refusal>(())
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
    strum::VariantArray,
    strum::VariantNames,
)]
#[strum(parse_err_ty = UnknownNameError, parse_err_fn = unknown)]
#[non_exhaustive]
pub enum Method {
    /// Tells for which resources the user gave one-time access, and for which time-based access.
    #[strum(serialize = "accessType.check")]
    CheckAccessType,
    /// Stops an archive job.
    #[strum(serialize = "archiveJobs.cancel")]
    Cancel,
    /// Tells the state of an archive job, and where its result can be downloaded.
    #[strum(serialize = "archiveJobs.getPortabilityArchiveState")]
    GetState,
    /// Starts a failed archive job again, as a new one.
    #[strum(serialize = "archiveJobs.retry")]
    Retry,
    /// Ends the app's access, after which the user can be asked anew.
    #[strum(serialize = "authorization.reset")]
    Reset,
    /// Starts an archive job.
    #[strum(serialize = "portabilityArchive.initiate")]
    Initiate,
}

impl Method {
    /// Every method, in the order of their ids.
    ///
    /// ```
    /// use dataportability_scopes::Method;
    ///
    /// assert!(Method::all().any(|method| method.id() == "archiveJobs.retry"));
    /// ```
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Method> + DoubleEndedIterator + Clone {
        <Self as strum::VariantArray>::VARIANTS.iter().copied()
    }

    /// The id, as a discovery document has it after `dataportability.`.
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "there is a name for each variant, in their order"
    )]
    pub const fn id(self) -> &'static str {
        <Self as strum::VariantNames>::VARIANTS[self as usize]
    }

    /// The HTTP method, `GET` or `POST`.
    #[must_use]
    pub const fn http_method(self) -> &'static str {
        match self {
            Method::GetState => "GET",
            Method::CheckAccessType
            | Method::Cancel
            | Method::Retry
            | Method::Reset
            | Method::Initiate => "POST",
        }
    }

    /// The path, with its variable in the syntax of AIP-127.
    ///
    /// ```
    /// use dataportability_scopes::Method;
    ///
    /// assert_eq!(Method::Retry.http_method(), "POST");
    /// assert_eq!(Method::Retry.path(), "/v1/{name=archiveJobs/*}:retry");
    /// ```
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Method::CheckAccessType => "/v1/accessType:check",
            Method::Cancel => "/v1/{name=archiveJobs/*}:cancel",
            Method::GetState => "/v1/{name=archiveJobs/*/portabilityArchiveState}",
            Method::Retry => "/v1/{name=archiveJobs/*}:retry",
            Method::Reset => "/v1/authorization:reset",
            Method::Initiate => "/v1/portabilityArchive:initiate",
        }
    }

    /// The day from which on the API is known to have had it; for those it had from the beginning,
    /// the day of the first list.
    ///
    /// ```
    /// use dataportability_scopes::{Date, Method};
    ///
    /// assert_eq!(Some(Method::Cancel.since()), Date::new(2025, 2, 12));
    /// ```
    #[must_use]
    pub const fn since(self) -> Date {
        match self {
            Method::Cancel => Date {
                year: 2025,
                month: 2,
                day: 12,
            },
            Method::CheckAccessType => Date {
                year: 2025,
                month: 3,
                day: 5,
            },
            Method::GetState | Method::Retry | Method::Reset | Method::Initiate => Date {
                year: 2024,
                month: 1,
                day: 30,
            },
        }
    }

    /// The scopes of which a token needs one to call the method under a revision: all that the
    /// revision lists, or none if the next revision came before the method did.
    ///
    /// ```
    /// use dataportability_scopes::{Method, Revision};
    ///
    /// for revision in Revision::all() {
    ///     assert_eq!(Method::Retry.scopes(revision), revision.scopes());
    /// }
    /// assert!(Method::Cancel.scopes(Revision::R2024_08_28).is_empty());
    /// assert_eq!(Method::Cancel.scopes(Revision::R2025_01_20).len(), 66);
    /// ```
    #[must_use]
    pub fn scopes(self, revision: Revision) -> ScopeSet {
        match revision.next() {
            Some(next) if next.date() <= self.since() => ScopeSet::EMPTY,
            _ => revision.scopes(),
        }
    }

    /// Whether a grant allows the call under the newest revision.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if the grant carries none of the scopes that would allow it.
    pub fn authorize(self, grant: &Grant) -> Result<Authorized, Refusal> {
        self.authorize_under(Revision::NEWEST, grant)
    }

    /// Whether a grant allows the call under a revision.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if the grant carries none of the scopes that would allow it.
    ///
    /// ```
    /// use dataportability_scopes::{Grant, Method, Resource, Revision, ScopeSet};
    ///
    /// let grant = Grant::from(ScopeSet::of(&[Resource::YoutubeClips]));
    /// assert!(Method::Retry.authorize_under(Revision::R2025_01_20, &grant).is_ok());
    ///
    /// let refusal = Method::Retry.authorize_under(Revision::R2024_04_10, &grant).unwrap_err();
    /// assert_eq!(refusal.unlisted(), ScopeSet::of(&[Resource::YoutubeClips]));
    /// ```
    #[inline]
    pub fn authorize_under(self, revision: Revision, grant: &Grant) -> Result<Authorized, Refusal> {
        let by = self.scopes(revision) & grant.scopes();
        if by.is_empty() {
            Err(Refusal {
                method: self,
                revision,
                grant: grant.clone(),
            })
        } else {
            Ok(Authorized {
                method: self,
                revision,
                by,
            })
        }
    }
}

fn unknown(input: &str) -> UnknownNameError {
    UnknownNameError::new("method", input, <Method as strum::VariantNames>::VARIANTS)
}

/// That a grant allows a call, and by which scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authorized {
    method: Method,
    revision: Revision,
    by: ScopeSet,
}

impl Authorized {
    /// The method that may be called.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The revision that was asked.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The scopes of the grant that allow the call; at least one.
    #[must_use]
    pub fn by(&self) -> ScopeSet {
        self.by
    }
}

/// That a grant does not allow a call, and why.
///
/// ```
/// use dataportability_scopes::{Grant, Method, Revision};
///
/// let grant: Grant = "openid".parse()?;
/// assert_eq!(
///     Method::Retry.authorize_under(Revision::R2026_07_19, &grant).unwrap_err().to_string(),
///     "archiveJobs.retry needs one of the 73 scopes that the revision 2026-07-19 lists; \
///      the grant has only: openid (not a Data Portability scope)"
/// );
/// # Ok::<(), dataportability_scopes::ScopeValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    method: Method,
    revision: Revision,
    grant: Grant,
}

impl Refusal {
    /// The method that may not be called.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The revision that was asked.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The scopes of which one would suffice; none if the method did not exist yet.
    #[must_use]
    pub fn sufficient(&self) -> ScopeSet {
        self.method.scopes(self.revision)
    }

    /// The scopes that were met and are not listed in this revision.
    #[must_use]
    pub fn unlisted(&self) -> ScopeSet {
        self.grant.scopes() - self.revision.scopes()
    }

    /// The grant that was refused.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal {
            method,
            revision,
            grant,
        } = self;
        let sufficient = self.sufficient();
        if sufficient.is_empty() {
            return write!(
                f,
                "{method} did not exist under the revision {revision}: the API has it since {}",
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
            .unknown()
            .map(|token| (token, "in no list that is known"));
        let foreign = grant
            .foreign()
            .map(|token| (token, "not a Data Portability scope"));
        let mut met = unlisted.chain(unknown).chain(foreign);
        for (index, (token, why)) in met.by_ref().take(MOST_NAMED).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{} ({why})", excerpt(token))?;
        }
        match met.count() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// As many scopes as a message names.
const MOST_NAMED: usize = 5;

impl core::error::Error for Refusal {}
