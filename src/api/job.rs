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
use crate::catalogue::ParseNameError;
use crate::excerpt::excerpt;

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
///
/// let error = "archiveJobs/a/b".parse::<JobId>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#""archiveJobs/a/b" is not the id of an archive job: '/' is not allowed in an id; give ID or archiveJobs/ID, as the API returned it"#
/// );
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

    /// Returns the job's name, `archiveJobs/ID`.
    pub(super) fn name(&self) -> String {
        format!("{COLLECTION}{}", self.id)
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
        let refuse = |fault| Err(ParseJobIdError { input: excerpt(input), fault });
        match id {
            "" => refuse(Fault::Empty),
            "." | ".." => refuse(Fault::Dots),
            _ if id.len() > MAX_ID_LEN => refuse(Fault::Long),
            _ => match id.chars().find(|c| !unreserved(*c)) {
                Some(c) => refuse(Fault::Character(c)),
                None => Ok(JobId { id: id.to_owned() }),
            },
        }
    }
}

crate::serde_string::serde_as_string!(JobId, "the id of an archive job");

/// An error from parsing a [`JobId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{input:?} is not the id of an archive job: {fault}; give ID or archiveJobs/ID, as the API \
     returned it"
)]
pub struct ParseJobIdError {
    input: String,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("it has no id")]
    Empty,
    #[error("an id cannot be . or ..")]
    Dots,
    #[error("an id has at most {MAX_ID_LEN} characters")]
    Long,
    #[error("{0:?} is not allowed in an id")]
    Character(char),
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

crate::serde_string::serde_as_string!(JobState, "the state of an archive job");

/// The URL of a file of an archive. Anyone who has it can download the file, for six hours.
///
/// It is a secret: `Debug` does not show it, and there is no `Display`. It serializes as the URL, so
/// store it only where secrets may be stored. A fresh one can be requested at any time.
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

    /// Returns a URL that a server wrote: whole, without a user name, and with `https` unless
    /// `insecure`.
    pub(super) fn read(url: &str, insecure: bool) -> Option<SignedUrl> {
        let uri: Uri = url.parse().ok()?;
        let has_scheme = match uri.scheme_str()? {
            "https" => true,
            "http" => insecure,
            _ => false,
        };
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
        SignedUrl::read(&url, true).ok_or_else(|| {
            serde::de::Error::custom("not a signed URL: give a whole URL without a user name")
        })
    }
}
