use alloc::format;

use super::call::{Call, request_accessors};
use super::job_id::JobId;
use super::method::{ApiMethod, NotAuthorizedError};
use crate::catalogue::Revision;
use crate::grant::Grant;

/// A request to cancel an archive job, `archiveJobs.cancel`.
///
/// Only a job that is in progress and has time-based access can be cancelled.
///
/// Constructing a request requires a grant that allows the call. With the feature `http`,
/// `with_token` turns it into a call for any HTTP client.
///
/// Source: the reference page of `archiveJobs.cancel`.
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
/// use dataportability_scopes::api::CancelRequest;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
///
/// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// let request = CancelRequest::new(&"3f1c6f2e".parse()?, &grant)?;
/// assert_eq!(
///     request.url(),
///     "https://dataportability.googleapis.com/v1/archiveJobs/3f1c6f2e:cancel"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelRequest {
    call: Call,
}

impl CancelRequest {
    /// Returns a request to cancel `job`, if `grant` allows it under the newest revision.
    ///
    /// # Errors
    ///
    /// Fails if the grant carries none of the scopes that would allow the call.
    pub fn new(job: &JobId, grant: &Grant) -> Result<CancelRequest, NotAuthorizedError> {
        CancelRequest::new_in(Revision::NEWEST, job, grant)
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
    ) -> Result<CancelRequest, NotAuthorizedError> {
        let authorized = ApiMethod::Cancel.authorize_in(revision, grant)?;
        Ok(CancelRequest {
            call: Call::new(authorized, format!("/v1/{}:cancel", job.name())),
        })
    }
}

request_accessors!(CancelRequest);

#[cfg(feature = "http")]
pub use sending::CancelError;

#[cfg(feature = "http")]
mod sending {
    use std::borrow::ToOwned;
    use std::string::String;
    use std::vec::Vec;

    use super::CancelRequest;
    use crate::api::call::WithToken;
    use crate::api::error::{ApiError, NO_JOB, Status};
    use crate::api::response::{self, MalformedResponseError, error_accessors};
    use crate::http_call::{HttpCall, RequestError};

    impl HttpCall for WithToken<'_, CancelRequest> {
        type Response = ();
        type Error = CancelError;

        fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
            self.request.call.to_request(self.token)
        }

        fn read_response(&self, response: &http::Response<Vec<u8>>) -> Result<(), CancelError> {
            let response::Empty {} = response::read(response, self.token)?;
            Ok(())
        }
    }

    /// An error from `archiveJobs.cancel`.
    #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
    #[non_exhaustive]
    pub enum CancelError {
        /// The API refused.
        #[error("{}", explain(.0))]
        Refused(#[source] ApiError),
        /// The response is not as documented. The job may have been cancelled.
        #[error("the response of archiveJobs.cancel is not as documented: {0}")]
        Malformed(MalformedResponseError),
    }

    error_accessors!(CancelError);

    fn explain(error: &ApiError) -> String {
        match (error.code, error.status) {
            (400, Status::FailedPrecondition) => {
                "only a job that is in progress and has time-based access can be cancelled"
                    .to_owned()
            }
            (404, _) => NO_JOB.to_owned(),
            _ => error.explain("cancel the job"),
        }
    }
}
