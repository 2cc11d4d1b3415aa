use std::vec::Vec;

use crate::api::{
    ApiError, ApiMethod, ArchiveState, ArchiveStateError, ArchiveStateRequest, InitiateError,
    InitiateRequest, InitiateResponse, RetryError, RetryRequest, RetryResponse, WithToken,
};
use crate::catalogue::Resource;
use crate::endpoint::Endpoint;
use crate::http_call::{HttpCall, RequestError};

/// A call that an [`Export`](super::Export) has begun, to be sent once.
///
/// It holds no access token: [`with_token`](Self::with_token) makes it an [`HttpCall`].
#[derive(Debug, Clone)]
pub struct ExportCall {
    pub(super) resource: Resource,
    pub(super) seed: u32,
    pub(super) number: u32,
    pub(super) request: Request,
}

#[derive(Debug, Clone)]
pub(super) enum Request {
    Initiate(InitiateRequest),
    State(ArchiveStateRequest),
    Retry(RetryRequest),
}

impl ExportCall {
    /// Returns the method that is called.
    #[must_use]
    pub fn method(&self) -> ApiMethod {
        match self.request {
            Request::Initiate(_) => ApiMethod::Initiate,
            Request::State(_) => ApiMethod::GetState,
            Request::Retry(_) => ApiMethod::Retry,
        }
    }

    /// Returns the call with another base URL, such as that of a fake server in tests.
    #[must_use]
    pub fn with_base_url(self, base_url: &Endpoint) -> ExportCall {
        let request = match self.request {
            Request::Initiate(request) => Request::Initiate(request.with_base_url(base_url)),
            Request::State(request) => Request::State(request.with_base_url(base_url)),
            Request::Retry(request) => Request::Retry(request.with_base_url(base_url)),
        };
        ExportCall { request, ..self }
    }

    /// Returns the call with the access token that authorises it.
    #[must_use]
    pub fn with_token<'t>(&self, access_token: &'t str) -> WithToken<'t, ExportCall> {
        WithToken {
            request: self.clone(),
            token: access_token,
        }
    }
}

/// The response of a call of an [`Export`](super::Export), for
/// [`Export::record`](super::Export::record).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ExportResponse {
    /// A job was started.
    Initiated(InitiateResponse),
    /// The state of the job.
    State(ArchiveState),
    /// A new job was started that retries the failed one.
    Retried(RetryResponse),
}

/// An error from a call of an [`Export`](super::Export).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportCallError {
    /// `portabilityArchive.initiate` failed. If the error is `Malformed`, a job may have been started.
    #[error(transparent)]
    Initiate(InitiateError),
    /// The state of the job could not be read.
    #[error(transparent)]
    State(ArchiveStateError),
    /// `archiveJobs.retry` failed. If the error is `Malformed`, a new job may have been started.
    #[error(transparent)]
    Retry(RetryError),
}

impl ExportCallError {
    /// Returns the error of the API, or `None` if a successful response was malformed.
    #[must_use]
    pub fn api_error(&self) -> Option<&ApiError> {
        match self {
            ExportCallError::Initiate(error) => error.api_error(),
            ExportCallError::State(error) => error.api_error(),
            ExportCallError::Retry(error) => error.api_error(),
        }
    }
}

impl HttpCall for WithToken<'_, ExportCall> {
    type Response = ExportResponse;
    type Error = ExportCallError;

    fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
        match &self.request.request {
            Request::Initiate(request) => request.clone().with_token(self.token).to_request(),
            Request::State(request) => request.clone().with_token(self.token).to_request(),
            Request::Retry(request) => request.clone().with_token(self.token).to_request(),
        }
    }

    fn read_response(
        &self,
        response: &http::Response<Vec<u8>>,
    ) -> Result<ExportResponse, ExportCallError> {
        match &self.request.request {
            Request::Initiate(request) => {
                let read = request
                    .clone()
                    .with_token(self.token)
                    .read_response(response);
                read.map(ExportResponse::Initiated)
                    .map_err(ExportCallError::Initiate)
            }
            Request::State(request) => {
                let read = request
                    .clone()
                    .with_token(self.token)
                    .read_response(response);
                read.map(ExportResponse::State)
                    .map_err(ExportCallError::State)
            }
            Request::Retry(request) => {
                let read = request
                    .clone()
                    .with_token(self.token)
                    .read_response(response);
                read.map(ExportResponse::Retried)
                    .map_err(ExportCallError::Retry)
            }
        }
    }
}
