//! What goes wrong on purpose.

use std::time::Duration;

use http::Response;
use serde::{Deserialize, Serialize};

/// What goes wrong, and how often. By default nothing does.
///
/// Faults happen only to requests given to [`Google::send`](crate::Google::send), apart from
/// failing jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Faults {
    /// How often requests to the API go wrong.
    pub api: Rates,
    /// How often requests to the token, revocation and token information endpoints go wrong. A lost response to
    /// a code exchange is a dead end: the user has to remove the app's access.
    pub tokens: Rates,
    /// How often downloads go wrong.
    pub downloads: Rates,
    /// The share of jobs that fail, from 0 to 1.
    pub job_failure: f64,
    /// The share of archives whose index says `isIncomplete`, from 0 to 1.
    pub incomplete_archives: f64,
    /// The `Retry-After` of `429 Too Many Requests`.
    pub retry_after: Duration,
}

/// The share of requests, from 0 to 1, to which each fault happens. At most one happens to a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// The request is lost and never handled.
    pub lost_requests: f64,
    /// The request is handled, and the response is lost.
    pub lost_responses: f64,
    /// The request is handled twice, as if a proxy had sent it again.
    pub repeats: f64,
    /// The request is refused with `503 Service Unavailable` and not handled.
    pub server_errors: f64,
    /// The request is refused with `429 Too Many Requests` and not handled.
    pub too_many_requests: f64,
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Outcome {
    /// The response arrives.
    Answered(Response<Vec<u8>>),
    /// Nothing arrives: the request or the response was lost, and the client cannot tell which.
    Lost,
    /// The request was handled twice.
    Repeated {
        /// The response to the first.
        first: Response<Vec<u8>>,
        /// The response to the second.
        second: Response<Vec<u8>>,
    },
}

impl Outcome {
    /// Returns the response that arrives last, or `None` if none does.
    #[must_use]
    pub fn into_response(self) -> Option<Response<Vec<u8>>> {
        match self {
            Outcome::Answered(response)
            | Outcome::Repeated {
                second: response, ..
            } => Some(response),
            Outcome::Lost => None,
        }
    }
}

/// A fault that was drawn for a request.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    LostRequest,
    LostResponse,
    Repeat,
    ServerError,
    TooManyRequests,
}

impl Rates {
    /// Picks at most one fault, given a number from 0 to 1.
    pub(crate) fn pick(&self, mut drawn: f64) -> Option<Fault> {
        [
            (self.lost_requests, Fault::LostRequest),
            (self.lost_responses, Fault::LostResponse),
            (self.repeats, Fault::Repeat),
            (self.server_errors, Fault::ServerError),
            (self.too_many_requests, Fault::TooManyRequests),
        ]
        .into_iter()
        .find_map(|(rate, fault)| {
            drawn -= rate;
            (drawn < 0.0).then_some(fault)
        })
    }
}
