use std::borrow::ToOwned;
use std::fmt;
use std::string::String;
use std::time::{Duration, SystemTime};
use std::vec::Vec;

use chrono::DateTime;
use http::Response;
use http::header::RETRY_AFTER;
use serde_json::Value;
use strum::EnumString;

use super::job_id::JobId;
use crate::rfc3339;
use crate::secret_runs::SecretRuns;

/// The longest error body that is read, in bytes. Google's are below 4 KiB.
const MAX_ERROR_LEN: usize = 64 << 10;

/// The most jobs that an error names.
const MAX_JOBS: usize = 128;

/// The longest wait that `Retry-After` can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// An error response of the API.
///
/// `Display` and `Debug` show only the codes, and nothing else that the server wrote. The message is
/// not kept, since it may repeat what was sent.
///
/// Source: AIP-193 for the format; the quickstarts of the Data Portability API for its reasons and
/// metadata.
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
/// use dataportability_scopes::api::{InitiateError, InitiateRequest, Reason, Status};
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::Grant;
/// use dataportability_scopes::http::Response;
/// use dataportability_scopes::http_call::HttpCall;
///
/// let clips = ScopeSet::from_resources(&[Resource::YoutubeClips]);
/// let call = InitiateRequest::new(clips, &Grant::from(clips))?.with_token("ya29.a0AfH6SMB");
/// let body = br#"{"error": {
///     "code": 409,
///     "message": "A job is running.",
///     "status": "ALREADY_EXISTS",
///     "details": [{
///         "@type": "type.googleapis.com/google.rpc.ErrorInfo",
///         "reason": "ALREADY_EXISTS_TIME_BASED",
///         "metadata": {"job_id": "3f1c6f2e"}
///     }]
/// }}"#;
/// let response = Response::builder().status(409).body(body.to_vec())?;
///
/// let Err(InitiateError::Refused(error)) = call.read_response(&response) else { panic!() };
/// assert_eq!(error.status, Status::AlreadyExists);
/// assert_eq!(error.reason, Some(Reason::AlreadyExistsTimeBased));
/// assert_eq!(error.running_job(), Some(&"3f1c6f2e".parse()?));
/// assert_eq!(
///     error.to_string(),
///     "the API responded with HTTP 409 ALREADY_EXISTS, ALREADY_EXISTS_TIME_BASED"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status code.
    pub code: u16,
    /// The canonical status.
    pub status: Status,
    /// The reason, if the API gave one.
    pub reason: Option<Reason>,
    running_job: Option<JobId>,
    previous_jobs: Vec<JobId>,
    retry_at: Option<SystemTime>,
    retry_after: Option<Duration>,
}

impl ApiError {
    /// Returns the job that prevents a new one, because it is running or has run: `job_id` of the
    /// metadata.
    #[must_use]
    pub fn running_job(&self) -> Option<&JobId> {
        self.running_job.as_ref()
    }

    /// Returns the earlier jobs whose archives may still be there: `previous_job_ids` of the
    /// metadata, in its order.
    #[must_use]
    pub fn previous_jobs(&self) -> &[JobId] {
        &self.previous_jobs
    }

    /// Returns the time after which the call may be sent again: `timestamp_after_24hrs` of the
    /// metadata, or else the latest time in it, or else a date in the header `Retry-After`.
    ///
    /// The server chose the time: check that it is plausible before you wait for it.
    #[must_use]
    pub fn retry_at(&self) -> Option<SystemTime> {
        self.retry_at
    }

    /// Returns how long to wait before the call is sent again: the seconds in the header
    /// `Retry-After`, and at most 24 hours.
    ///
    /// Source: RFC 9110, section 10.2.3.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Reads a response with an error status. A body that is not the API's JSON leaves only the
    /// HTTP status code.
    pub(super) fn from_response(response: &Response<Vec<u8>>, token: &str) -> ApiError {
        let body: Value = Some(response.body())
            .filter(|body| body.len() <= MAX_ERROR_LEN)
            .and_then(|body| serde_json::from_slice(body).ok())
            .unwrap_or_default();
        let error = body.get("error").unwrap_or(&Value::Null);
        let details = error.get("details").and_then(Value::as_array);
        let details = details.map(Vec::as_slice).unwrap_or_default();
        let status = error.get("status").and_then(Value::as_str);
        let reasons = || {
            let reasons = details
                .iter()
                .filter_map(|detail| detail.get("reason")?.as_str());
            reasons
                .filter(|name| !name.is_empty())
                .map(|name| name.parse().unwrap_or(Reason::Other))
        };
        let known = reasons().find(|reason| *reason != Reason::Other);
        let metadata = Metadata::read(details, token);
        let (retry_after, retry_date) = retry_after(response);
        ApiError {
            code: response.status().as_u16(),
            status: status
                .and_then(|name| name.parse().ok())
                .unwrap_or(Status::Other),
            reason: known.or_else(|| reasons().next()),
            running_job: metadata.running_job,
            previous_jobs: metadata.previous_jobs,
            retry_at: metadata.retry_at.or(metadata.latest_time).or(retry_date),
            retry_after,
        }
    }

    /// Returns the text for errors that the method does not describe itself. `purpose` completes
    /// "the API refused to".
    pub(super) fn explain(&self, purpose: &str) -> String {
        match (self.code, self.reason) {
            (401, _) => EXPIRED.to_owned(),
            (403, Some(Reason::ServiceDisabled)) => DISABLED.to_owned(),
            (403, _) => std::format!(
                "the access token does not allow the app to {purpose}: \
                 use the token that has the scopes, or ask the user again"
            ),
            (404, _) => {
                std::format!("the API has no method to {purpose} at this URL: check the base URL")
            }
            (408 | 429, _) => {
                std::format!("the API refused to {purpose} at this time: wait, then try again")
            }
            (300..=399, _) => std::format!(
                "the response to the request to {purpose} is a redirect: check the base URL"
            ),
            (500..=599, _) => std::format!("the API failed to {purpose}: wait, then try again"),
            _ => std::format!("the API refused to {purpose}: check the request"),
        }
    }
}

const EXPIRED: &str = "the access token is expired or revoked: refresh it, or ask the user again";
const DISABLED: &str =
    "the Data Portability API is not enabled in the Google Cloud project of the app: enable it";
pub(super) const NO_JOB: &str = "there is no archive job with this id for this access token: \
     use the token that started the job, or start a new export";

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the API responded with HTTP {} {}",
            self.code, self.status
        )?;
        match self.reason {
            Some(reason) => write!(f, ", {reason}"),
            None => Ok(()),
        }
    }
}

/// Omits ids and times, which the server wrote.
impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("code", &self.code)
            .field("status", &self.status)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ApiError {}

/// The canonical status of an error, such as `FAILED_PRECONDITION`.
///
/// Source: `google.rpc.Code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are those of google.rpc.Code")]
#[non_exhaustive]
pub enum Status {
    Aborted,
    AlreadyExists,
    Cancelled,
    DataLoss,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    NotFound,
    OutOfRange,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    Unimplemented,
    Unknown,
    /// No status, or one that this version of the crate does not know. Its name is not kept.
    #[strum(to_string = "of no known status")]
    Other,
}

/// The reason of an error.
///
/// Source: the quickstarts of the Data Portability API; `google.api.ErrorReason` for those that
/// all of Google's APIs have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Reason {
    /// A job for a resource with one-time access is running or has run: continue with the
    /// [running job](ApiError::running_job), or reset the authorization and ask the user again.
    AlreadyExistsOneTime,
    /// A job for a resource with time-based access is running: continue with the
    /// [running job](ApiError::running_job).
    AlreadyExistsTimeBased,
    /// The one export of a one-time access is used up: download the archives of the
    /// [previous jobs](ApiError::previous_jobs), or reset the authorization and ask the user again.
    ResourceExhaustedOneTime,
    /// A resource with time-based access was exported within the last 24 hours: wait
    /// [until then](ApiError::retry_at).
    ResourceExhaustedTimeBased,
    /// The access token carries no scope that the method needs.
    AccessTokenScopeInsufficient,
    /// The app sends too many requests.
    RateLimitExceeded,
    /// The API is not enabled in the Google Cloud project of the app.
    ServiceDisabled,
    /// A reason that this version of the crate does not know. Its name is not kept.
    #[strum(to_string = "of no known reason")]
    Other,
}

/// What the metadata of all details says. Its keys have changed before: `previous` and `job_id` are
/// looked for in any of them, and any value may be a time.
#[derive(Default)]
struct Metadata {
    running_job: Option<JobId>,
    previous_jobs: Vec<JobId>,
    /// `timestamp_after_24hrs`.
    retry_at: Option<SystemTime>,
    latest_time: Option<SystemTime>,
}

impl Metadata {
    fn read(details: &[Value], token: &str) -> Metadata {
        let mut metadata = Metadata::default();
        let entries = || {
            details
                .iter()
                .filter_map(|detail| detail.get("metadata")?.as_object())
                .flatten()
        };
        if entries().next().is_none() {
            return metadata;
        }
        let token = SecretRuns::of([token]);
        for (key, value) in entries() {
            let jobs = texts(value)
                .flat_map(|text| text.split([',', ' ', '[', ']', '"']))
                .filter(|id| !token.meet(id))
                .filter_map(|id| id.parse::<JobId>().ok());
            let key: String = key
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|letter| letter.to_ascii_lowercase())
                .collect();
            if key.contains("previous") && key.contains("job") {
                metadata.previous_jobs.extend(jobs);
                metadata.previous_jobs.truncate(MAX_JOBS);
            } else if key.contains("jobid") {
                metadata.running_job = metadata.running_job.or_else(|| {
                    let mut jobs = jobs;
                    jobs.next()
                });
            } else {
                let latest = texts(value).filter_map(rfc3339::parse).max();
                if key == "timestampafter24hrs" {
                    metadata.retry_at = metadata.retry_at.max(latest);
                } else {
                    metadata.latest_time = metadata.latest_time.max(latest);
                }
            }
        }
        metadata
    }
}

/// A string, or the strings of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    value
        .as_str()
        .into_iter()
        .chain(list.iter().filter_map(Value::as_str))
}

/// The header `Retry-After`: seconds, or a date.
fn retry_after(response: &Response<Vec<u8>>) -> (Option<Duration>, Option<SystemTime>) {
    let value = response.headers().get(RETRY_AFTER);
    let Some(text) = value.and_then(|value| value.to_str().ok()) else {
        return (None, None);
    };
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let date = DateTime::parse_from_rfc2822(text).ok();
        return (None, date.and_then(rfc3339::system_time));
    }
    let wait = text
        .parse()
        .map_or(MAX_RETRY_AFTER, Duration::from_secs)
        .min(MAX_RETRY_AFTER);
    (Some(wait), None)
}
