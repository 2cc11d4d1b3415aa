//! A call of an export, and what Google's answer means.

use std::time::SystemTime;
use std::vec::Vec;

use crate::api::{AccessType, ApiCall, ApiMethod, ArchiveState, Initiated, JobId, Reason, Status};
use crate::call::{CallError, CallErrorKind, HttpCall};
use crate::catalogue::Scopes;

/// A call that [`Exports`](super::Exports) have begun, to be sent once.
#[derive(Debug, Clone)]
pub struct ExportCall {
    pub(super) request: Request,
    /// The resources of the export that the call is for.
    pub(super) of: Scopes,
    pub(super) seed: u32,
    pub(super) number: u32,
}

#[derive(Debug, Clone)]
pub(super) enum Request {
    Initiate(ApiCall<Initiated>),
    State(ApiCall<ArchiveState>),
    Retry(ApiCall<JobId>),
}

impl ExportCall {
    /// Returns the method that is called.
    #[must_use]
    pub fn method(&self) -> ApiMethod {
        match &self.request {
            Request::Initiate(call) => call.method(),
            Request::State(call) => call.method(),
            Request::Retry(call) => call.method(),
        }
    }

    /// Returns the resources that the call is for.
    #[must_use]
    pub fn resources(&self) -> &Scopes {
        &self.of
    }
}

impl HttpCall for ExportCall {
    type Response = ExportResponse;

    fn name(&self) -> &'static str {
        self.method().id()
    }

    fn to_request(&self) -> Result<http::Request<Vec<u8>>, CallError> {
        match &self.request {
            Request::Initiate(call) => call.to_request(),
            Request::State(call) => call.to_request(),
            Request::Retry(call) => call.to_request(),
        }
    }

    fn read_response(
        &self,
        response: &http::Response<Vec<u8>>,
    ) -> Result<ExportResponse, CallError> {
        let answer = match &self.request {
            Request::Initiate(call) => {
                call.read_response(response).map(|it| Answer::Started(it.job, it.access_type))?
            }
            Request::State(call) => call.read_response(response).map(Answer::State)?,
            Request::Retry(call) => {
                call.read_response(response).map(|job| Answer::Started(job, None))?
            }
        };
        Ok(ExportResponse { answer })
    }
}

/// The response of an [`ExportCall`], for [`Exports::record`](super::Exports::record).
#[derive(Debug, Clone)]
pub struct ExportResponse {
    pub(super) answer: Answer,
}

/// What the result of a call means for an export.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// A job was started.
    Started(JobId, Option<AccessType>),
    /// The state of the job.
    State(ArchiveState),
    /// Google starts no job now, or no other job: its limit is reached.
    Limit(Limit),
    /// The API says that the request is invalid.
    Invalid,
    /// The API says that there is no such job.
    NoSuchJob,
    /// The API says that the job cannot be retried.
    NotRetriable,
    /// Google refused before it did anything, and may not refuse later.
    NotNow,
    /// The access token is expired, or cannot be sent.
    TokenRefused,
    /// The access token does not cover the resources.
    Denied,
    /// Google refuses the app's project.
    ProjectNotReady,
    /// Whether Google has acted is unknown. An answer that says no is waited for an hour.
    Unclear { says_no: bool },
}

/// What Google says when its limit of jobs is reached.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    pub(super) access_type: Option<AccessType>,
    /// The job that is running for this request.
    pub(super) running: Option<JobId>,
    /// Jobs that were started before, the most recent last.
    pub(super) previous: Vec<JobId>,
    /// When a job can be started again.
    pub(super) until: Option<SystemTime>,
}

impl Answer {
    /// Reads the result of a call. Only what the API says in its own form decides anything.
    pub(super) fn of(method: ApiMethod, result: &Result<ExportResponse, CallError>) -> Answer {
        let error = match result {
            Ok(response) => return response.answer.clone(),
            Err(error) => error,
        };
        let code = match (error.kind(), error.status()) {
            (CallErrorKind::NotSent, _) | (_, Some(401)) => return Answer::TokenRefused,
            (CallErrorKind::Refused, Some(code)) => code,
            _ => return Answer::Unclear { says_no: false },
        };
        let unclear = Answer::Unclear { says_no: (400..500).contains(&code) };
        let Some(refusal) = error.refusal() else {
            return if may_have_acted(code) { unclear } else { Answer::NotNow };
        };
        let exhausted = matches!(
            refusal.reason,
            Some(Reason::ResourceExhaustedOneTime | Reason::ResourceExhaustedTimeBased)
        );
        let names = refusal.running_job.is_some() || !refusal.previous_jobs.is_empty();
        match (method, code, refusal.status) {
            (_, 403, _) if refusal.is_about_project() => Answer::ProjectNotReady,
            (_, 403, _) => Answer::Denied,
            (_, code, _) if may_have_acted(code) => unclear,
            (ApiMethod::Initiate, 400, Status::FailedPrecondition)
            | (ApiMethod::Initiate, 409, Status::AlreadyExists) => Answer::Limit(refusal.into()),
            (ApiMethod::Initiate | ApiMethod::Retry, 429, _)
                if exhausted || names || refusal.retry_at.is_some() =>
            {
                Answer::Limit(refusal.into())
            }
            (ApiMethod::Retry, 409, _) if names => Answer::Limit(refusal.into()),
            (ApiMethod::Retry, 400, Status::FailedPrecondition) => Answer::NotRetriable,
            (ApiMethod::GetState | ApiMethod::Retry, 404, Status::NotFound) => Answer::NoSuchJob,
            (_, 400, Status::InvalidArgument | Status::OutOfRange) => Answer::Invalid,
            _ => Answer::NotNow,
        }
    }
}

/// Whether a server that answers with this status may have acted on the request.
fn may_have_acted(code: u16) -> bool {
    !(400..500).contains(&code) || matches!(code, 408 | 499)
}

impl From<crate::api::Refusal> for Limit {
    fn from(refusal: crate::api::Refusal) -> Limit {
        let access_type = match refusal.reason {
            Some(Reason::AlreadyExistsOneTime | Reason::ResourceExhaustedOneTime) => {
                Some(AccessType::OneTime)
            }
            Some(Reason::AlreadyExistsTimeBased | Reason::ResourceExhaustedTimeBased) => {
                Some(AccessType::TimeBased)
            }
            _ => None,
        };
        let (mut running, mut previous) = (refusal.running_job, refusal.previous_jobs);
        // Only this status says that the job is for the resources of the request.
        if refusal.status != Status::AlreadyExists {
            previous.extend(running.take());
        }
        Limit { access_type, running, previous, until: refusal.retry_at }
    }
}
