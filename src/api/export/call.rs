//! A call of an export, and what Google's answer means.

use std::time::{Duration, SystemTime};
use std::vec::Vec;

use super::pace::{HOUR, MINUTE};
use crate::api::{
    AccessType, ApiCall, ApiMethod, ArchiveState, Initiated, JobId, Reason, Retried, Status,
};
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
    Retry(ApiCall<Retried>),
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
                call.read_response(response).map(|it| Answer::Started(it.job, None))?
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
    NotNow(Option<Duration>),
    /// The access token is expired.
    TokenExpired,
    /// The access token does not cover the resources.
    Denied,
    /// Google refuses the app's project.
    ProjectNotReady,
    /// Whether Google has acted is unknown.
    Unclear(Option<Duration>),
    /// Nothing was sent.
    NotSent,
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
    /// How long to wait at least.
    pub(super) after: Option<Duration>,
}

impl Answer {
    /// Reads the result of a call. Only what the API says in its own form decides anything.
    pub(super) fn of(method: ApiMethod, result: &Result<ExportResponse, CallError>) -> Answer {
        let error = match result {
            Ok(response) => return response.answer.clone(),
            Err(error) => error,
        };
        let (CallErrorKind::Refused, Some(code)) = (error.kind(), error.status()) else {
            return match error.kind() {
                CallErrorKind::NotSent => Answer::NotSent,
                _ => Answer::Unclear(None),
            };
        };
        let Some(refusal) = error.refusal() else {
            return match code {
                401 => Answer::TokenExpired,
                code if may_have_acted(code) => Answer::Unclear(no_sooner(code, None)),
                _ => Answer::NotNow(None),
            };
        };
        let retry_after = refusal.retry_after;
        let exhausted = matches!(
            refusal.reason,
            Some(Reason::ResourceExhaustedOneTime | Reason::ResourceExhaustedTimeBased)
        );
        let names = refusal.running_job.is_some() || !refusal.previous_jobs.is_empty();
        match (method, code, refusal.status) {
            (_, 401, _) => Answer::TokenExpired,
            (_, 403, _) if refusal.is_about_project() => Answer::ProjectNotReady,
            (_, 403, _) => Answer::Denied,
            (_, code, _) if may_have_acted(code) => Answer::Unclear(no_sooner(code, retry_after)),
            (ApiMethod::Initiate, 400, Status::FailedPrecondition)
            | (ApiMethod::Initiate, 409, Status::AlreadyExists) => Answer::Limit(refusal.into()),
            (ApiMethod::Initiate, 429, _) if exhausted || names => Answer::Limit(refusal.into()),
            (ApiMethod::Initiate, 429, _) if refusal.retry_at.is_some() => {
                Answer::Limit(refusal.into())
            }
            (ApiMethod::Retry, 409, _) if names => Answer::Limit(refusal.into()),
            (ApiMethod::Retry, 400, Status::FailedPrecondition) => Answer::NotRetriable,
            (ApiMethod::GetState | ApiMethod::Retry, 404, Status::NotFound) => Answer::NoSuchJob,
            (_, 400, Status::InvalidArgument | Status::OutOfRange) => Answer::Invalid,
            _ => Answer::NotNow(retry_after),
        }
    }
}

/// How long to wait at least after an answer that says no, even if the server may have acted.
fn no_sooner(code: u16, retry_after: Option<Duration>) -> Option<Duration> {
    let at_least = (400..500).contains(&code).then_some(HOUR + MINUTE);
    at_least.max(retry_after)
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
        Limit {
            access_type,
            running: refusal.running_job,
            previous: refusal.previous_jobs,
            until: refusal.retry_at,
            after: refusal.retry_after,
        }
    }
}
