use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::excerpt::excerpt;

const COLLECTION: &str = "archiveJobs/";
const LONGEST_ID: usize = 1024;

/// The name of an archive job: `archiveJobs/` and its id.
///
/// Parsed from the name or the bare id, as the API returns it; printed as the name. An id is one
/// path segment of at most 1024 unreserved characters (RFC 3986, section 2.3), and neither `.` nor
/// `..`, so that it cannot break out of the path it is put into.
///
/// Source: the `name` of `archiveJobs.retry`, `{name=archiveJobs/*}` in the syntax of AIP-127.
///
/// ```
/// use dataportability_scopes::JobName;
///
/// let job: JobName = "3f1c6f2e".parse()?;
/// assert_eq!(job.to_string(), "archiveJobs/3f1c6f2e");
/// assert_eq!("archiveJobs/3f1c6f2e".parse(), Ok(job));
///
/// let error = "archiveJobs/a/b".parse::<JobName>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#""archiveJobs/a/b" is not the name of an archive job: '/' may not stand in an id; give archiveJobs/ID or ID, as the API returned it"#
/// );
/// # Ok::<(), dataportability_scopes::ParseJobNameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobName {
    id: String,
}

impl JobName {
    /// The id, without `archiveJobs/`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{COLLECTION}{}", self.id)
    }
}

impl FromStr for JobName {
    type Err = ParseJobNameError;

    fn from_str(input: &str) -> Result<JobName, ParseJobNameError> {
        let id = input.strip_prefix(COLLECTION).unwrap_or(input);
        let unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        let refuse = |fault| {
            Err(ParseJobNameError {
                input: excerpt(input),
                fault,
            })
        };
        match id {
            "" => refuse(Fault::Empty),
            "." | ".." => refuse(Fault::Dots),
            _ if id.len() > LONGEST_ID => refuse(Fault::Long),
            _ => match id.chars().find(|c| !unreserved(*c)) {
                Some(c) => refuse(Fault::Character(c)),
                None => Ok(JobName { id: id.to_owned() }),
            },
        }
    }
}

/// Why a text is not a [`JobName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{input:?} is not the name of an archive job: {fault}; give archiveJobs/ID or ID, as the API returned it"
)]
pub struct ParseJobNameError {
    input: String,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("it has no id")]
    Empty,
    #[error("an id is not a step in a path")]
    Dots,
    #[error("an id has at most {LONGEST_ID} characters")]
    Long,
    #[error("{0:?} may not stand in an id")]
    Character(char),
}
