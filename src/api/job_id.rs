use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::excerpt::excerpt;

const COLLECTION: &str = "archiveJobs/";
const MAX_ID_LEN: usize = 1024;

/// The id of an archive job, `archiveJobId` on the wire.
///
/// Parsed from the bare id or from the job's name, `archiveJobs/ID`. Printed and serialised as the
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
/// assert_eq!(job.name(), "archiveJobs/3f1c6f2e");
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

    /// Returns the name, `archiveJobs/ID`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{COLLECTION}{}", self.id)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.id)
    }
}

impl AsRef<str> for JobId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for JobId {
    type Err = ParseJobIdError;

    fn from_str(input: &str) -> Result<JobId, ParseJobIdError> {
        let id = input.strip_prefix(COLLECTION).unwrap_or(input);
        let unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        let refuse = |fault| {
            Err(ParseJobIdError {
                input: excerpt(input),
                fault,
            })
        };
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

/// An error from parsing a [`JobId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{input:?} is not the id of an archive job: {fault}; give ID or archiveJobs/ID, as the API returned it"
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

#[cfg(feature = "serde")]
crate::serde_string::serde_as_string!(JobId, "the id of an archive job");
