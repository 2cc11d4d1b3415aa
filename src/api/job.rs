use std::borrow::ToOwned;
use std::fmt;
use std::format;
use std::str::FromStr;
use std::string::String;
use std::time::SystemTime;
use std::vec::Vec;

use http::Uri;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::call::secret;
use crate::catalogue::{ParseNameError, SCOPE_PREFIX, Scopes};
use crate::text::excerpt;

const COLLECTION: &str = "archiveJobs/";
const MAX_ID_LEN: usize = 1024;

/// The id of an archive job, `archiveJobId` on the wire.
///
/// Parsed from the bare id or from the job's name, `archiveJobs/ID`. Printed and serialized as the
/// bare id. An id is one path segment of at most 1024 unreserved characters (RFC 3986, section
/// 2.3), and neither `.` nor `..`, so that it cannot change the rest of a path.
///
/// Source: `archiveJobId` in the response of `portabilityArchive.initiate`; the path
/// `{name=archiveJobs/*}` of `archiveJobs.retry`, in the syntax of AIP-127.
///
/// ```
/// use dataportability_scopes::api::JobId;
///
/// let job: JobId = "3f1c6f2e".parse()?;
/// assert_eq!(job.as_str(), "3f1c6f2e");
/// assert_eq!("archiveJobs/3f1c6f2e".parse(), Ok(job));
/// assert!("archiveJobs/a/b".parse::<JobId>().is_err());
/// # Ok::<(), dataportability_scopes::api::ParseJobIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId {
    id: String,
}

impl JobId {
    /// Returns the bare id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.id)
    }
}

impl FromStr for JobId {
    type Err = ParseJobIdError;

    fn from_str(input: &str) -> Result<JobId, ParseJobIdError> {
        let id = input.strip_prefix(COLLECTION).unwrap_or(input);
        let unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        let fault = match id {
            "" => "it has no id".into(),
            "." | ".." => "an id cannot be . or ..".into(),
            _ if id.len() > MAX_ID_LEN => format!("an id has at most {MAX_ID_LEN} characters"),
            _ => match id.chars().find(|c| !unreserved(*c)) {
                Some(c) => format!("{c:?} is not allowed in an id"),
                None => return Ok(JobId { id: id.to_owned() }),
            },
        };
        Err(ParseJobIdError { input: excerpt(input), fault })
    }
}

crate::text::serde_as_string!(JobId, "the id of an archive job");

/// An error from parsing a [`JobId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{input:?} is not the id of an archive job: {fault}; give ID or archiveJobs/ID, as the API \
     returned it"
)]
pub struct ParseJobIdError {
    input: String,
    fault: String,
}

/// The response of `archiveJobs.getPortabilityArchiveState`.
///
/// It serializes. Its [URLs](Self::urls) are secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ArchiveState {
    /// The state of the job.
    pub state: JobState,
    /// The URLs of the files of the archive, which are valid for six hours. Each request for the
    /// state returns fresh ones. Empty unless the job is complete, and possibly even then.
    pub urls: Vec<SignedUrl>,
    /// The start of the time range, if the request to initiate had one.
    #[serde(with = "crate::call::rfc3339::option")]
    pub start_time: Option<SystemTime>,
    /// The end of the time range, or the time of the request if it had none.
    #[serde(with = "crate::call::rfc3339::option")]
    pub export_time: Option<SystemTime>,
}

/// The state of an archive job.
///
/// Parsed, printed and serialized as the API's name, `IN_PROGRESS`. The API gives no cause for a
/// failed or cancelled job. There is no state `COMPLETED`.
///
/// Source: the reference page of `archiveJobs.getPortabilityArchiveState`.
///
/// ```
/// use dataportability_scopes::api::JobState;
///
/// assert_eq!("COMPLETE".parse(), Ok(JobState::Complete));
/// assert_eq!(JobState::InProgress.to_string(), "IN_PROGRESS");
/// assert!("COMPLETED".parse::<JobState>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[strum(parse_err_ty = ParseNameError, parse_err_fn = unknown_state)]
#[non_exhaustive]
pub enum JobState {
    /// The job is running.
    InProgress,
    /// The archive can be downloaded.
    Complete,
    /// The job failed. It can be retried, up to three times.
    Failed,
    /// The job was cancelled.
    Cancelled,
    /// `STATE_UNSPECIFIED`, or a state that this version of the crate does not know.
    #[strum(serialize = "STATE_UNSPECIFIED")]
    Unspecified,
}

fn unknown_state(name: &str) -> ParseNameError {
    let known = &["IN_PROGRESS", "COMPLETE", "FAILED", "CANCELLED"];
    ParseNameError::new("state", name, known)
}

crate::text::serde_as_string!(JobState, "the state of an archive job");

/// How often a resource may be exported with one consent. Only the user chooses it.
///
/// Parsed, printed and serialized as the API's name, `ACCESS_TYPE_ONE_TIME`.
///
/// Source: `accessType` in the response of `portabilityArchive.initiate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::EnumString)]
#[strum(parse_err_ty = ParseNameError, parse_err_fn = unknown_type)]
#[non_exhaustive]
pub enum AccessType {
    /// One export.
    #[strum(serialize = "ACCESS_TYPE_ONE_TIME")]
    OneTime,
    /// Any number of exports, for 30 or 180 days.
    #[strum(serialize = "ACCESS_TYPE_TIME_BASED")]
    TimeBased,
}

fn unknown_type(name: &str) -> ParseNameError {
    let known = &["ACCESS_TYPE_ONE_TIME", "ACCESS_TYPE_TIME_BASED"];
    ParseNameError::new("access type", name, known)
}

crate::text::serde_as_string!(AccessType, "the name of an access type");

/// The response of `accessType.check`: the access type of each resource that a token carries.
///
/// A job is one-time if any of its resources is. It serializes.
///
/// Source: the reference page of `accessType.check`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccessTypes {
    /// The resources with one-time access.
    pub one_time: Scopes,
    /// The resources with time-based access.
    pub time_based: Scopes,
}

/// The most names that a list may have. The catalogue has fewer than 128.
const MAX_NAMES: usize = 1024;

/// Reads a list of resource groups. Returns `None` if one does not have the form of a name.
pub(super) fn read_resources(names: &[String]) -> Option<Scopes> {
    if names.len() > MAX_NAMES {
        return None;
    }
    let tokens: Vec<String> = names.iter().map(|name| format!("{SCOPE_PREFIX}{name}")).collect();
    tokens.iter().map(|token| token.parse::<Scopes>().ok().filter(|it| it.len() == 1)).collect()
}

/// The URL of a file of an archive. Anyone who has it can download the file, for six hours.
///
/// It is a secret: `Debug` does not show it, and there is no `Display`. It serializes as the URL,
/// so store it only where secrets may be stored. A fresh one can be requested at any time.
///
/// ```
/// use dataportability_scopes::api::SignedUrl;
///
/// let url: SignedUrl = serde_json::from_str(r#""https://storage.googleapis.com/a.zip?sig=7d""#)?;
/// assert_eq!(url.as_str(), "https://storage.googleapis.com/a.zip?sig=7d");
/// assert_eq!(format!("{url:?}"), "SignedUrl(..)");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(String);

impl SignedUrl {
    /// Returns the URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns a URL that a server wrote: whole, without a user name, and with `https` or `http`.
    pub(super) fn read(url: &str) -> Option<SignedUrl> {
        let uri: Uri = url.parse().ok()?;
        let has_scheme = matches!(uri.scheme_str()?, "https" | "http");
        let is_whole = !uri.authority()?.as_str().contains('@') && !uri.host()?.is_empty();
        (has_scheme && is_whole).then(|| SignedUrl(url.to_owned()))
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUrl(..)")
    }
}

impl Serialize for SignedUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SignedUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<SignedUrl, D::Error> {
        let url: String = secret(from)?;
        SignedUrl::read(&url).ok_or_else(|| {
            serde::de::Error::custom("not a signed URL: give a whole URL without a user name")
        })
    }
}
