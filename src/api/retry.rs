//! The call of `archiveJobs.retry`.

use alloc::format;
#[cfg(feature = "http")]
use alloc::vec::Vec;

use super::call::Call;
use super::job_id::JobId;
use super::method::{ApiMethod, Authorized, NotAuthorizedError};
use crate::catalogue::Revision;
use crate::grant::Grant;

/// The request that starts a failed archive job again.
///
/// It can be had only with a grant that allows the call. The API may be asked up to three times
/// without a new consent, and only for a job that failed.
///
/// With the feature `std` it becomes an `http::Request` for any HTTP client; the caller adds the
/// token. With `consent` it can be sent as it is.
///
/// Source: the reference page of `archiveJobs.retry`.
///
/// ```
/// use dataportability_scopes::api::RetryRequest;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// let request = RetryRequest::new(&"archiveJobs/3f1c6f2e".parse()?, &grant)?;
/// assert_eq!(request.method(), "POST");
/// assert_eq!(
///     request.url(),
///     "https://dataportability.googleapis.com/v1/archiveJobs/3f1c6f2e:retry"
/// );
/// assert_eq!(request.body(), "");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryRequest {
    pub(crate) call: Call,
}

impl RetryRequest {
    /// The request to retry `job`, if `grant` allows it under the newest revision.
    ///
    /// # Errors
    ///
    /// A [`NotAuthorizedError`] if the grant carries none of the scopes that would allow it.
    pub fn new(job: &JobId, grant: &Grant) -> Result<RetryRequest, NotAuthorizedError> {
        RetryRequest::new_in(Revision::NEWEST, job, grant)
    }

    /// The request to retry `job`, if `grant` allows it under a revision.
    ///
    /// # Errors
    ///
    /// A [`NotAuthorizedError`] if the grant carries none of the scopes that would allow it.
    pub fn new_in(
        revision: Revision,
        job: &JobId,
        grant: &Grant,
    ) -> Result<RetryRequest, NotAuthorizedError> {
        let call = Call::new(
            ApiMethod::Retry,
            format!("v1/{}:retry", job.name()),
            revision,
            grant,
        )?;
        Ok(RetryRequest { call })
    }

    /// The HTTP method, `POST`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.call.http_method()
    }

    /// The URL, with the job's name in it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.call.url
    }

    /// The body, which is empty.
    #[must_use]
    pub fn body(&self) -> &'static str {
        ""
    }

    /// What allows the call.
    #[must_use]
    pub fn authorized(&self) -> Authorized {
        self.call.authorized
    }
}

/// With an empty body; the token is the caller's to add.
///
/// ```
/// use dataportability_scopes::http;
/// use dataportability_scopes::api::RetryRequest;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// let retry = RetryRequest::new(&"3f1c6f2e".parse()?, &grant)?;
///
/// let mut request: http::Request<Vec<u8>> = (&retry).try_into()?;
/// request.headers_mut().insert("authorization", "Bearer …".parse()?);
/// assert_eq!(request.uri(), retry.url());
/// assert!(request.body().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "http")]
impl TryFrom<&RetryRequest> for http::Request<Vec<u8>> {
    type Error = http::Error;

    fn try_from(request: &RetryRequest) -> Result<Self, http::Error> {
        (&request.call).try_into()
    }
}
