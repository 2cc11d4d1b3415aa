use std::fmt;
use std::string::String;
use std::time::{Duration, SystemTime};
use std::vec::Vec;

use chrono::DateTime;
use http::Response;
use serde_json::Value;

use super::job::JobId;
use super::method::ApiMethod;
use crate::call::{CallError, CallErrorKind, rfc3339};
use crate::catalogue::ParseNameError;

/// The most jobs that an error names.
const MAX_JOBS: usize = 128;

/// The longest wait that `Retry-After` can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Why the API refused a call: what its error response says in the API's own form.
///
/// Metadata keys have changed before, and some errors were seen with the job or the time in the
/// message only. So a job and a time are looked for under any key, and then in the message: the one
/// UUID or the one RFC 3339 time in it, and nothing else of it.
///
/// `Debug` shows only the codes.
///
/// Source: AIP-193 for the form; the quickstarts of the Data Portability API for reasons and
/// metadata; reports of users for what is not under its documented key.
///
/// ```
/// use dataportability_scopes::api::Reason;
/// use dataportability_scopes::call::CallErrorKind;
/// use dataportability_scopes::grant::Access;
/// use dataportability_scopes::http::Response;
/// use dataportability_scopes::{Endpoints, Grant, Resource, Scopes, send};
///
/// let grant = Grant::from(Scopes::from(Resource::YoutubeClips));
/// let endpoints = Endpoints::default();
/// let access = Access::new(&endpoints, "ya29.a", &grant);
/// let http = |_request| {
///     let body = br#"{"error": {
///         "status": "ALREADY_EXISTS",
///         "details": [{
///             "reason": "ALREADY_EXISTS_TIME_BASED",
///             "metadata": {"job_id": "3f1c6f2e"}
///         }]
///     }}"#;
///     Response::builder().status(409).body(body.to_vec())
/// };
/// let error = send(&access.initiate(Resource::YoutubeClips)?, http).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "portabilityArchive.initiate was refused with HTTP 409 ALREADY_EXISTS \
///      ALREADY_EXISTS_TIME_BASED: a job is running for a resource: go on with that job"
/// );
/// assert_eq!((error.kind(), error.status()), (CallErrorKind::Refused, Some(409)));
/// let refusal = error.refusal().expect("it is in the API's form");
/// assert_eq!(refusal.reason, Some(Reason::AlreadyExistsTimeBased));
/// assert_eq!(refusal.running_job, Some("3f1c6f2e".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The canonical status.
    pub status: Status,
    /// The reason, if the API gave one.
    pub reason: Option<Reason>,
    /// The job that prevents a new one, because it is running or has run: `job_id`.
    pub running_job: Option<JobId>,
    /// The earlier jobs whose archives may still be there: `previous_job_ids`. One source says that
    /// the most recent one is the last.
    pub previous_jobs: Vec<JobId>,
    /// The time after which the call may be sent again: `timestamp_after_24hrs`, or a date in the
    /// header `Retry-After`. The server chose it, and it may lie in the past.
    pub retry_at: Option<SystemTime>,
    /// How long to wait before the call is sent again, at most 24 hours: the seconds in the header
    /// `Retry-After` (RFC 9110, section 10.2.3).
    pub retry_after: Option<Duration>,
}

impl CallError {
    /// Returns what the API says about its refusal. Returns `None` if it did not refuse, or not in
    /// its own form: then a proxy or a load balancer may have.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        let error = self.fault.body.get("error")?;
        if self.kind() != CallErrorKind::Refused || !error.is_object() {
            return None;
        }
        let mut refusal = Refusal {
            status: text(error, "status")
                .and_then(|name| name.parse().ok())
                .unwrap_or(Status::Other),
            reason: reason(error),
            running_job: None,
            previous_jobs: Vec::new(),
            retry_at: None,
            retry_after: None,
        };
        refusal.read_details(error);
        refusal.read_message(text(error, "message").unwrap_or_default());
        let (seconds, date) = self.read_retry_after();
        refusal.retry_after = seconds;
        refusal.retry_at = refusal.retry_at.or(date);
        Some(refusal)
    }

    /// Returns how long to send nothing, by the header `Retry-After`, whoever wrote the response.
    pub(crate) fn pause(&self, now: SystemTime) -> Option<Duration> {
        let (seconds, date) = self.read_retry_after();
        seconds.or_else(|| date?.duration_since(now).ok())
    }

    /// Reads seconds, or a date.
    fn read_retry_after(&self) -> (Option<Duration>, Option<SystemTime>) {
        let text = self.fault.retry_after.as_deref().unwrap_or_default().trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            let date = DateTime::parse_from_rfc2822(text).ok();
            return (None, date.and_then(rfc3339::system_time));
        }
        let seconds = text.parse().map_or(MAX_RETRY_AFTER, Duration::from_secs);
        (Some(seconds.min(MAX_RETRY_AFTER)), None)
    }
}

impl Refusal {
    /// Returns whether the refusal is about the app's project and not about the token: the API or
    /// billing is not enabled, or a quota of the project is used up. No user can help with it.
    #[must_use]
    pub fn is_about_project(&self) -> bool {
        match self.reason {
            Some(
                Reason::BillingDisabled
                | Reason::ConsumerInvalid
                | Reason::ConsumerSuspended
                | Reason::RateLimitExceeded
                | Reason::ResourceQuotaExceeded
                | Reason::ServiceDisabled
                | Reason::UserProjectDenied,
            ) => true,
            None | Some(Reason::AccessTokenScopeInsufficient) => false,
            // A reason that is not known. The older form has no status.
            Some(_) => matches!(self.status, Status::PermissionDenied | Status::Other),
        }
    }

    /// `previous` and `job_id` are looked for in any key, and any value may be a time.
    fn read_details(&mut self, error: &Value) {
        let details = error.get("details").and_then(Value::as_array);
        let metadata = details.into_iter().flatten();
        let entries = metadata.filter_map(|detail| detail.get("metadata")?.as_object()).flatten();
        let mut latest_time = None;
        for (key, value) in entries {
            let mut jobs = texts(value)
                .flat_map(|text| text.split([',', ' ', '[', ']', '"']))
                .filter_map(|id| id.parse::<JobId>().ok());
            let key: String = key
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|letter| letter.to_ascii_lowercase())
                .collect();
            if key.contains("previous") && key.contains("job") {
                self.previous_jobs.extend(jobs);
                let surplus = self.previous_jobs.len().saturating_sub(MAX_JOBS);
                self.previous_jobs.drain(..surplus);
            } else if key.contains("jobid") {
                self.running_job = self.running_job.take().or_else(|| jobs.next());
            } else {
                let latest = texts(value).filter_map(rfc3339::parse).max();
                if key == "timestampafter24hrs" {
                    self.retry_at = self.retry_at.max(latest);
                } else {
                    latest_time = latest_time.max(latest);
                }
            }
        }
        self.retry_at = self.retry_at.or(latest_time);
    }

    /// Takes what the details lack from the message, if it names exactly one.
    fn read_message(&mut self, message: &str) {
        let words = || {
            message
                .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '(' | ')' | ','))
                .map(|word| word.trim_end_matches(['.', ';', '!']))
        };
        let mut jobs: Vec<JobId> = words()
            .map(|word| word.rsplit('/').next().unwrap_or(word))
            .filter(|word| is_uuid(word))
            .filter_map(|word| word.parse().ok())
            .collect();
        jobs.dedup();
        if let ([job], None, []) = (&*jobs, &self.running_job, &*self.previous_jobs) {
            match self.status {
                Status::AlreadyExists => self.running_job = Some(job.clone()),
                _ => self.previous_jobs.push(job.clone()),
            }
        }
        let mut times: Vec<SystemTime> = words().filter_map(rfc3339::parse).collect();
        times.dedup();
        if let ([time], None) = (&*times, self.retry_at) {
            self.retry_at = Some(*time);
        }
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

fn text<'value>(value: &'value Value, key: &str) -> Option<&'value str> {
    value.get(key)?.as_str()
}

/// A string, or the strings of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let one = value.as_str().into_iter();
    one.chain(list.iter().filter_map(Value::as_str))
}

fn is_uuid(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Returns the first reason that this version of the crate knows, or else `Other` if there is one.
/// `errors` is the older form of Google's errors.
fn reason(error: &Value) -> Option<Reason> {
    let named = ["details", "errors"].into_iter().flat_map(|list| {
        let list = error.get(list).and_then(Value::as_array);
        list.into_iter().flatten()
    });
    let mut reasons =
        named.filter_map(|detail| text(detail, "reason")).filter_map(|name| match name {
            // What the older form writes for every 403 without a cause.
            "" | "forbidden" | "insufficientPermissions" => None,
            "accessNotConfigured" => Some(Reason::ServiceDisabled),
            "dailyLimitExceeded" | "quotaExceeded" => Some(Reason::ResourceQuotaExceeded),
            "rateLimitExceeded" | "userRateLimitExceeded" => Some(Reason::RateLimitExceeded),
            name => Some(name.parse().unwrap_or(Reason::Other)),
        });
    let first = reasons.next()?;
    let known = |reason: &Reason| *reason != Reason::Other;
    Some(if known(&first) { first } else { reasons.find(known).unwrap_or(first) })
}

/// The canonical status of an error, of those that are documented for the API or seen.
///
/// Source: `google.rpc.Code`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[strum(parse_err_ty = ParseNameError, parse_err_fn = ParseNameError::of_code)]
#[expect(missing_docs, reason = "the names are those of google.rpc.Code")]
#[non_exhaustive]
pub enum Status {
    AlreadyExists,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    NotFound,
    OutOfRange,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    /// No status, or another one. Its name is not kept.
    #[strum(to_string = "of no known status")]
    Other,
}

/// The reason of an error.
///
/// Source: the quickstarts of the Data Portability API; `google.api.ErrorReason` for those that
/// all of Google's APIs have.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[strum(parse_err_ty = ParseNameError, parse_err_fn = ParseNameError::of_code)]
#[non_exhaustive]
pub enum Reason {
    /// A job for a resource with one-time access is running or has run.
    AlreadyExistsOneTime,
    /// A job for a resource with time-based access is running.
    AlreadyExistsTimeBased,
    /// The one export of a one-time access is used up.
    ResourceExhaustedOneTime,
    /// An export with time-based access was started within the last 24 hours.
    ResourceExhaustedTimeBased,
    /// The access token carries no scope that the method needs.
    AccessTokenScopeInsufficient,
    /// Billing is not enabled in the Google Cloud project of the app.
    BillingDisabled,
    /// The Google Cloud project of the app does not exist.
    ConsumerInvalid,
    /// The Google Cloud project of the app is suspended.
    ConsumerSuspended,
    /// The app sends too many requests.
    RateLimitExceeded,
    /// A quota of the Google Cloud project of the app is used up.
    ResourceQuotaExceeded,
    /// The API is not enabled in the Google Cloud project of the app.
    ServiceDisabled,
    /// The app may not use the Google Cloud project that the request names.
    UserProjectDenied,
    /// A reason that this version of the crate does not know. Its name is not kept.
    #[strum(to_string = "of no known reason")]
    Other,
}

/// Reads an error response, and explains it.
pub(super) fn refused(method: ApiMethod, response: &Response<Vec<u8>>) -> CallError {
    let mut error = CallError::refused(method.id(), response);
    let refusal = error.refusal();
    let code = response.status().as_u16();
    let fault = &mut *error.fault;
    fault.text = explain(method, code, refusal.as_ref());
    let Some(refusal) = refusal else {
        fault.is_transient = code >= 400;
        return error;
    };
    let is_project = code == 403 && refusal.is_about_project();
    let status = Some(refusal.status).filter(|status| *status != Status::Other);
    let reason = refusal.reason.filter(|reason| *reason != Reason::Other);
    fault.codes = [status.map(Into::into), reason.map(Into::into)];
    fault.needs_consent = code == 403 && !is_project;
    fault.is_transient |= is_project;
    error
}

/// What is wrong and what to do. Without the API's own form, only the HTTP status counts.
fn explain(method: ApiMethod, code: u16, refusal: Option<&Refusal>) -> &'static str {
    let reason = refusal.and_then(|refusal| refusal.reason);
    let status = refusal.map(|refusal| refusal.status);
    match (method, code, reason, status) {
        (_, _, Some(Reason::AlreadyExistsOneTime), _) => {
            "a job with one-time access is running or has run for a resource: go on with that job, \
             or reset the authorization and ask the user again"
        }
        (_, _, Some(Reason::AlreadyExistsTimeBased), _) => {
            "a job is running for a resource: go on with that job"
        }
        (_, _, Some(Reason::ResourceExhaustedOneTime), _) => {
            "the one export of a one-time access is used up: download the archive of the previous \
             job, or reset the authorization and ask the user again"
        }
        (_, _, Some(Reason::ResourceExhaustedTimeBased), _)
        | (ApiMethod::Initiate, 400, _, Some(Status::FailedPrecondition)) => {
            "an export was started within the last 24 hours: wait, then start it again"
        }
        (_, 401, ..) => "the access token is expired or revoked: refresh it, or ask the user again",
        (_, 403, Some(Reason::BillingDisabled), _) => {
            "billing is not enabled in the Google Cloud project of the app: enable it"
        }
        (_, 403, Some(Reason::ServiceDisabled), _) => {
            "the Data Portability API is not enabled in the Google Cloud project of the app: enable \
             it, then wait a few minutes"
        }
        (_, 403, ..) if refusal.is_some_and(Refusal::is_about_project) => {
            "Google refuses the Google Cloud project of the app: check its API, billing and quotas"
        }
        (ApiMethod::Initiate, 403, _, Some(_)) => {
            "the access token does not cover all of the resources: leave out those it lacks, or ask \
             the user for them"
        }
        (ApiMethod::GetState, 403, _, Some(_)) => {
            "the access token does not cover the resources of the job: use the token that started it"
        }
        (_, 403, _, Some(_)) => {
            "the access token does not allow the call: use the token that has the scopes, or ask \
             the user again"
        }
        (ApiMethod::Initiate, 400, _, Some(Status::InvalidArgument)) => {
            "the API did not accept the resources or the time range: check that it lists the \
             resources, and that they take a time range"
        }
        (ApiMethod::Initiate, 409, _, Some(_)) => {
            "a job is running or has run for a resource: go on with that job"
        }
        (ApiMethod::Retry, 400, _, Some(Status::FailedPrecondition)) => {
            "only a failed job can be retried, and at most three times: check its state, or start a \
             new export"
        }
        (ApiMethod::Cancel, 400, _, Some(Status::FailedPrecondition)) => {
            "only a job that is in progress and has time-based access can be cancelled"
        }
        (ApiMethod::GetState | ApiMethod::Retry | ApiMethod::Cancel, 404, _, Some(_)) => {
            "there is no archive job with this id for this access token: use the token that started \
             the job, or start a new export"
        }
        (_, 408 | 425 | 429 | 500..=599, ..) => "this is temporary: wait, then try again",
        (_, 300..=399 | 404, ..) => "the API is not at this address: check the base URL",
        (_, _, _, None) => "this does not come from the API: check the network, then try again",
        _ => "check the request",
    }
}
