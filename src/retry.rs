//! The call of `archiveJobs.retry`.

use alloc::format;
#[cfg(feature = "std")]
use alloc::vec::Vec;

use crate::call::Call;
use crate::catalogue::Revision;
use crate::grant::Grant;
use crate::job_name::JobName;
use crate::method::{Authorized, Method, Refusal};

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
/// use dataportability_scopes::{Grant, Resource, RetryRequest, ScopeSet};
///
/// let grant = Grant::from(ScopeSet::of(&[Resource::YoutubeClips]));
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
    /// A [`Refusal`] if the grant carries none of the scopes that would allow it.
    pub fn new(job: &JobName, grant: &Grant) -> Result<RetryRequest, Refusal> {
        RetryRequest::under(Revision::NEWEST, job, grant)
    }

    /// The request to retry `job`, if `grant` allows it under a revision.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] if the grant carries none of the scopes that would allow it.
    pub fn under(
        revision: Revision,
        job: &JobName,
        grant: &Grant,
    ) -> Result<RetryRequest, Refusal> {
        let call = Call::new(Method::Retry, format!("v1/{job}:retry"), revision, grant)?;
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
/// use dataportability_scopes::{Grant, Resource, RetryRequest, ScopeSet, http};
///
/// let grant = Grant::from(ScopeSet::of(&[Resource::YoutubeClips]));
/// let retry = RetryRequest::new(&"3f1c6f2e".parse()?, &grant)?;
///
/// let mut request: http::Request<Vec<u8>> = (&retry).try_into()?;
/// request.headers_mut().insert("authorization", "Bearer …".parse()?);
/// assert_eq!(request.uri(), retry.url());
/// assert!(request.body().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "std")]
impl TryFrom<&RetryRequest> for http::Request<Vec<u8>> {
    type Error = http::Error;

    fn try_from(request: &RetryRequest) -> Result<Self, http::Error> {
        (&request.call).try_into()
    }
}

/// The answer of `archiveJobs.retry`: a new job, to ask for its state and to retry in its turn.
///
/// ```
/// use dataportability_scopes::RetryResponse;
///
/// let response = RetryResponse::from_json(br#"{"archiveJobId": "7d20c1aa"}"#)?;
/// assert_eq!(response.job.to_string(), "archiveJobs/7d20c1aa");
///
/// let error = RetryResponse::from_json(b"{}").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the answer of archiveJobs.retry is not as documented: missing field `archiveJobId` at line 1 column 2"
/// );
/// # Ok::<(), dataportability_scopes::RetryResponseError>(())
/// ```
#[cfg(feature = "serde")]
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct RetryResponse {
    /// The job that was started, `archiveJobId` on the wire.
    #[serde(rename = "archiveJobId")]
    pub job: JobName,
}

#[cfg(feature = "serde")]
impl RetryResponse {
    /// Reads the body of the response.
    ///
    /// # Errors
    ///
    /// If the body is not JSON, or lacks a job's name.
    pub fn from_json(body: &[u8]) -> Result<RetryResponse, RetryResponseError> {
        serde_json::from_slice(body).map_err(|reason| RetryResponseError { reason })
    }
}

/// That the body of a response is not what `archiveJobs.retry` is documented to answer.
#[cfg(feature = "serde")]
#[derive(Debug, thiserror::Error)]
#[error("the answer of archiveJobs.retry is not as documented: {reason}")]
pub struct RetryResponseError {
    reason: serde_json::Error,
}
