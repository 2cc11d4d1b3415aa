//! Reads the responses of all methods.

use std::str::FromStr;
use std::time::SystemTime;
use std::vec::Vec;

use http::Response;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::error::ApiError;
use super::job_id::JobId;
use crate::http_call::{MAX_RESPONSE_LEN, read_object};
use crate::rfc3339;
use crate::secret_runs::SecretRuns;

/// Why a call failed. Each method converts it into its own error.
#[derive(Debug)]
pub(super) enum Failure {
    Refused(ApiError),
    Malformed(MalformedResponseError),
}

impl From<MalformedResponseError> for Failure {
    fn from(error: MalformedResponseError) -> Failure {
        Failure::Malformed(error)
    }
}

/// An error from reading a successful response that is not as documented.
///
/// It quotes nothing from the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct MalformedResponseError {
    fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("it is longer than {MAX_RESPONSE_LEN} bytes")]
    Length,
    #[error("it is not a JSON object with the documented fields")]
    Json,
    #[error("it has an error in spite of its successful status")]
    Error,
    #[error("it has no {0}")]
    Missing(&'static str),
    #[error("its {0} does not have the documented form")]
    Invalid(&'static str),
    #[error("its {0} repeats the access token")]
    Token(&'static str),
}

impl MalformedResponseError {
    pub(super) fn missing(field: &'static str) -> MalformedResponseError {
        MalformedResponseError {
            fault: Fault::Missing(field),
        }
    }

    pub(super) fn invalid(field: &'static str) -> MalformedResponseError {
        MalformedResponseError {
            fault: Fault::Invalid(field),
        }
    }

    pub(super) fn token(field: &'static str) -> MalformedResponseError {
        MalformedResponseError {
            fault: Fault::Token(field),
        }
    }
}

/// Reads the body of a successful response, or the error of any other.
pub(super) fn read<T: DeserializeOwned>(
    response: &Response<Vec<u8>>,
    token: &str,
) -> Result<T, Failure> {
    if !response.status().is_success() {
        return Err(Failure::Refused(ApiError::from_response(response, token)));
    }
    let body = response.body();
    let malformed = |fault| MalformedResponseError { fault };
    if body.len() > MAX_RESPONSE_LEN {
        return Err(malformed(Fault::Length).into());
    }
    let Envelope { error } = read_object(body).ok_or(malformed(Fault::Json))?;
    if error.is_some() {
        return Err(malformed(Fault::Error).into());
    }
    Ok(read_object(body).ok_or(malformed(Fault::Json))?)
}

#[derive(Deserialize)]
struct Envelope {
    error: Option<IgnoredAny>,
}

/// The response of a method that returns nothing.
#[derive(Deserialize)]
pub(super) struct Empty {}

/// Reads the id of a job that the server chose.
pub(super) fn job_id(
    field: &'static str,
    id: Option<&str>,
    token: &str,
) -> Result<JobId, MalformedResponseError> {
    let id = id
        .filter(|id| !id.is_empty())
        .ok_or(MalformedResponseError::missing(field))?;
    let job: JobId = id
        .parse()
        .map_err(|_| MalformedResponseError::invalid(field))?;
    if SecretRuns::of([token]).meet(job.as_str()) {
        return Err(MalformedResponseError::token(field));
    }
    Ok(job)
}

/// Reads a name that the server chose.
pub(super) fn name<T: FromStr>(
    field: &'static str,
    name: &str,
    token: &str,
) -> Result<T, MalformedResponseError> {
    let parsed = name
        .parse()
        .map_err(|_| MalformedResponseError::invalid(field))?;
    if SecretRuns::of([token]).meet(name) {
        return Err(MalformedResponseError::token(field));
    }
    Ok(parsed)
}

/// Reads a time, if there is one: RFC 3339 in UTC, as Google's `google-datetime` is written.
pub(super) fn time(
    field: &'static str,
    time: Option<&str>,
) -> Result<Option<SystemTime>, MalformedResponseError> {
    time.filter(|time| !time.is_empty())
        .map(|time| rfc3339::parse(time).ok_or(MalformedResponseError::invalid(field)))
        .transpose()
}

/// Implements what the errors of all methods have, over their variants `Refused` and `Malformed`.
macro_rules! error_accessors {
    ($error:ident) => {
        impl $error {
            /// Returns the error response of the API, or `None` if a successful response is not as
            /// documented.
            #[must_use]
            pub fn api_error(&self) -> Option<&$crate::api::ApiError> {
                match self {
                    $error::Refused(error) => Some(error),
                    $error::Malformed(_) => None,
                }
            }
        }

        impl From<$crate::api::response::Failure> for $error {
            fn from(failure: $crate::api::response::Failure) -> $error {
                match failure {
                    $crate::api::response::Failure::Refused(error) => $error::Refused(error),
                    $crate::api::response::Failure::Malformed(error) => $error::Malformed(error),
                }
            }
        }

        impl From<$crate::api::MalformedResponseError> for $error {
            fn from(error: $crate::api::MalformedResponseError) -> $error {
                $error::Malformed(error)
            }
        }
    };
}
pub(super) use error_accessors;
