//! The error bodies of the API.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

use super::job_id::JobId;
use crate::excerpt::excerpt as printable;

/// An error that the API answered.
///
/// What is not known is kept as it came: an unknown status or reason as a string, a body that is
/// not the API's JSON as the message.
///
/// Source: AIP-193 for the format; the quickstarts of the Data Portability API for its reasons.
///
/// ```
/// use dataportability_scopes::api::{ApiError, Reason, Status};
///
/// let body = br#"{"error": {
///     "code": 429,
///     "message": "Too early.",
///     "status": "RESOURCE_EXHAUSTED",
///     "details": [{
///         "@type": "type.googleapis.com/google.rpc.ErrorInfo",
///         "reason": "RESOURCE_EXHAUSTED_TIME_BASED",
///         "metadata": {"previous_job_ids": "3f1c6f2e"}
///     }]
/// }}"#;
/// let error = ApiError::read(429, body);
/// assert_eq!(error.status, Status::ResourceExhausted);
/// assert_eq!(error.reason, Some(Reason::ResourceExhaustedTimeBased));
/// assert!(error.is_too_soon());
/// assert_eq!(error.previous_jobs().next(), "3f1c6f2e".parse().ok());
/// assert_eq!(
///     error.to_string(),
///     "the API answered 429 RESOURCE_EXHAUSTED (RESOURCE_EXHAUSTED_TIME_BASED): Too early."
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the API answered {code} {status}{}: {message}", parenthesised(.reason.as_ref()))]
#[non_exhaustive]
pub struct ApiError {
    /// The HTTP status code.
    pub code: u16,
    /// The canonical status.
    pub status: Status,
    /// The reason, where the API gave one.
    pub reason: Option<Reason>,
    /// What the API says to a developer.
    pub message: String,
    /// What else the API says, by name.
    pub metadata: BTreeMap<String, String>,
}

/// A canonical status, `FAILED_PRECONDITION`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, strum::Display, strum::EnumString)]
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
    /// A status that this version of the crate does not know.
    #[strum(default, transparent)]
    Other(String),
}

/// Why the API refused, as its errors name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, strum::Display, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Reason {
    /// A job for a resource with one-time access is running or has run: reset the authorization
    /// before the user is asked again.
    AlreadyExistsOneTime,
    /// A job for a resource with time-based access is running.
    AlreadyExistsTimeBased,
    /// The one export of a one-time access is used up.
    ResourceExhaustedOneTime,
    /// A resource with time-based access was exported within the last 24 hours.
    ResourceExhaustedTimeBased,
    /// A reason that this version of the crate does not know.
    #[strum(default, transparent)]
    Other(String),
}

impl ApiError {
    /// Reads the body of an answer that came with an HTTP status other than success.
    #[must_use]
    pub fn read(code: u16, body: &[u8]) -> ApiError {
        let Ok(Body { error }) = serde_json::from_slice(body) else {
            return ApiError {
                code,
                status: Status::Unknown,
                reason: None,
                message: printable(&String::from_utf8_lossy(body)),
                metadata: BTreeMap::new(),
            };
        };
        let details = error.details.unwrap_or_default();
        let reasons = || {
            details
                .iter()
                .filter_map(|detail| named(detail.reason.as_ref()))
        };
        let known = reasons().find(|reason| !matches!(reason, Reason::Other(_)));
        let metadata = details
            .iter()
            .filter_map(|detail| detail.metadata.as_ref())
            .flatten();
        ApiError {
            code,
            status: named(error.status.as_ref()).unwrap_or(Status::Unknown),
            reason: known.or_else(|| reasons().next()),
            message: printable(&error.message.unwrap_or_default()),
            metadata: metadata
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
        }
    }

    /// Whether an export came too soon after the last one of the same resource: the guide says
    /// that this is `FAILED_PRECONDITION`, Google's sample expects
    /// `RESOURCE_EXHAUSTED_TIME_BASED`. For errors of `portabilityArchive.initiate`.
    #[must_use]
    pub fn is_too_soon(&self) -> bool {
        self.status == Status::FailedPrecondition
            || self.reason == Some(Reason::ResourceExhaustedTimeBased)
    }

    /// The jobs that stand in the way, from `previous_job_ids` of the metadata.
    pub fn previous_jobs(&self) -> impl Iterator<Item = JobId> {
        let ids = self
            .metadata
            .get("previous_job_ids")
            .map_or("", String::as_str);
        ids.split([',', ' ', '[', ']', '"'])
            .filter_map(|id| id.parse().ok())
    }
}

/// An unknown name is kept by the variant for it, so that only an empty one is none.
fn named<T: core::str::FromStr>(name: Option<&String>) -> Option<T> {
    let name = name.filter(|name| !name.is_empty())?;
    printable(name).parse().ok()
}

/// A string as it is, and anything else as JSON.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), String::from)
}

fn parenthesised(reason: Option<&Reason>) -> String {
    reason
        .map(|reason| alloc::format!(" ({reason})"))
        .unwrap_or_default()
}

#[derive(Deserialize)]
struct Body {
    error: Error,
}

#[derive(Deserialize)]
struct Error {
    status: Option<String>,
    message: Option<String>,
    details: Option<Vec<Detail>>,
}

#[derive(Deserialize)]
struct Detail {
    reason: Option<String>,
    metadata: Option<BTreeMap<String, Value>>,
}
