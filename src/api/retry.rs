use alloc::format;

use super::call::{Call, request_accessors};
use super::job_id::JobId;
use super::method::{ApiMethod, NotAuthorizedError};
use crate::catalogue::Revision;
use crate::grant::Grant;

/// A request to retry a failed archive job, `archiveJobs.retry`.
///
/// The API starts a new job and returns its id. A job can be retried up to three times without a
/// new consent, and only if it failed.
///
/// Constructing a request requires a grant that allows the call. With the feature `http`,
/// `with_token` turns it into a call for any HTTP client.
///
/// Source: the reference page of `archiveJobs.retry`.
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
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
    call: Call,
}

impl RetryRequest {
    /// Returns a request to retry `job`, if `grant` allows it under the newest revision.
    ///
    /// # Errors
    ///
    /// Fails if the grant carries none of the scopes that would allow the call.
    pub fn new(job: &JobId, grant: &Grant) -> Result<RetryRequest, NotAuthorizedError> {
        RetryRequest::new_in(Revision::NEWEST, job, grant)
    }

    /// Same as [`new`](Self::new), but under a given revision.
    ///
    /// # Errors
    ///
    /// Fails if the grant carries none of the scopes that would allow the call.
    pub fn new_in(
        revision: Revision,
        job: &JobId,
        grant: &Grant,
    ) -> Result<RetryRequest, NotAuthorizedError> {
        let authorized = ApiMethod::Retry.authorize_in(revision, grant)?;
        Ok(RetryRequest {
            call: Call::new(authorized, format!("/v1/{}:retry", job.name())),
        })
    }
}

request_accessors!(RetryRequest);

#[cfg(feature = "http")]
pub use sending::{RetryError, RetryResponse};

#[cfg(feature = "http")]
mod sending {
    use std::borrow::ToOwned;
    use std::string::String;
    use std::vec::Vec;

    use serde::Deserialize;

    use super::RetryRequest;
    use crate::api::call::WithToken;
    use crate::api::error::{ApiError, NO_JOB, Status};
    use crate::api::job_id::JobId;
    use crate::api::response::{self, MalformedResponseError, error_accessors};
    use crate::http_call::{HttpCall, RequestError};

    /// The response of `archiveJobs.retry`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[non_exhaustive]
    pub struct RetryResponse {
        /// The new job.
        pub job: JobId,
    }

    impl HttpCall for WithToken<'_, RetryRequest> {
        type Response = RetryResponse;
        type Error = RetryError;

        fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
            self.request.call.to_request(self.token)
        }

        fn read_response(
            &self,
            response: &http::Response<Vec<u8>>,
        ) -> Result<RetryResponse, RetryError> {
            let Body { archive_job_id } = response::read(response, self.token)?;
            let job = response::job_id("archiveJobId", archive_job_id.as_deref(), self.token)?;
            Ok(RetryResponse { job })
        }
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        archive_job_id: Option<String>,
    }

    /// An error from `archiveJobs.retry`.
    #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
    #[non_exhaustive]
    pub enum RetryError {
        /// The API refused.
        #[error("{}", explain(.0))]
        Refused(#[source] ApiError),
        /// The response is not as documented. A new job may have been started.
        #[error("the response of archiveJobs.retry is not as documented: {0}")]
        Malformed(MalformedResponseError),
    }

    error_accessors!(RetryError);

    fn explain(error: &ApiError) -> String {
        match (error.code, error.status) {
            (400, Status::FailedPrecondition) => {
                "only a failed job can be retried, and at most three times: check its state, or \
                 start a new export"
                    .to_owned()
            }
            (404, _) => NO_JOB.to_owned(),
            _ => error.explain("retry the job"),
        }
    }
}
