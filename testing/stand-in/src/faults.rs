//! What goes wrong on purpose.

use std::time::Duration;

use http::{HeaderValue, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::reply;

/// What goes wrong, and how often. By default nothing does.
///
/// Faults happen only to requests given to [`Google::send`](crate::Google::send), apart from
/// failing jobs and incomplete archives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Faults {
    /// How often requests to the API go wrong.
    pub api: Rates,
    /// How often requests to the token, revocation and token information endpoints go wrong. A lost
    /// response to a code exchange is a dead end: the user has to remove the app's access.
    pub tokens: Rates,
    /// How often downloads go wrong.
    pub downloads: Rates,
    /// The share of jobs that fail, from 0 to 1.
    pub job_failure: f64,
    /// The share of archives whose index says `isIncomplete`, from 0 to 1.
    pub incomplete_archives: f64,
    /// The share of answered requests for a job's state whose state nobody knows, from 0 to 1.
    pub unknown_states: f64,
    /// The `Retry-After` of [`Rates::too_many_requests`].
    pub retry_after: Duration,
}

/// The share of requests, from 0 to 1, to which each fault happens. At most one happens to a
/// request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// The request is lost and never handled.
    pub lost_requests: f64,
    /// The request is handled, and the response is lost.
    pub lost_responses: f64,
    /// The request is handled twice, as if a proxy had sent it again.
    pub repeats: f64,
    /// The request is refused with `503 Service Unavailable` and not handled. The token endpoint
    /// answers `internal_failure`.
    pub server_errors: f64,
    /// The request is refused with `429 Too Many Requests` and not handled.
    pub too_many_requests: f64,
    /// The request is not handled, and answered with one of [`OddAnswer::all`], which say nothing
    /// about it.
    pub odd: f64,
    /// The request is not handled, and answered with one of [`OddAnswer::denials`]. Only the API
    /// does that.
    pub denials: f64,
}

/// An answer that comes instead of Google's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OddAnswer {
    /// The status of the response.
    pub status: u16,
    /// The `status` of an error in the API's form, or `None` for a page of HTML.
    pub code: Option<String>,
    /// The `Retry-After`.
    pub retry_after: Option<Duration>,
}

impl OddAnswer {
    /// Answers that say nothing about the request: of proxies and gateways, or of a service that is
    /// not itself for a moment. Nothing ends by them.
    #[must_use]
    pub fn all() -> Vec<OddAnswer> {
        let html = [200, 400, 403, 404, 405, 408, 409, 413, 421, 425, 429, 499, 500, 502, 503, 504];
        let api = [
            (401, "UNAUTHENTICATED"),
            (408, "DEADLINE_EXCEEDED"),
            (409, "ABORTED"),
            (429, "RESOURCE_EXHAUSTED"),
            (499, "CANCELLED"),
            (500, "INTERNAL"),
            (503, "UNAVAILABLE"),
            (504, "DEADLINE_EXCEEDED"),
        ];
        let html = html.map(|status| OddAnswer::new(status, None));
        let api = api.map(|(status, code)| OddAnswer::new(status, Some(code)));
        html.into_iter().chain(api).collect()
    }

    /// Answers in the API's form that say no to a request that is right: the token is not enough,
    /// the job does not exist.
    #[must_use]
    pub fn denials() -> Vec<OddAnswer> {
        [(403, "PERMISSION_DENIED"), (404, "NOT_FOUND")]
            .map(|(status, code)| OddAnswer::new(status, Some(code)))
            .into()
    }

    pub(crate) fn new(status: u16, code: Option<&str>) -> OddAnswer {
        OddAnswer { status, code: code.map(str::to_owned), retry_after: None }
    }

    pub(crate) fn response(&self) -> Response<Vec<u8>> {
        let status = self.status();
        let response = if let Some(code) = &self.code {
            reply::api_error(status, code, "Something went wrong.", &[])
        } else {
            let title = status.canonical_reason().unwrap_or("Error");
            let page = format!("<html><title>{status} {title}</title><h1>{title}</h1></html>");
            reply::reply(status, "text/html; charset=utf-8", page)
        };
        self.with_retry_after(response)
    }

    /// The same, as the authorization server answers.
    pub(crate) fn oauth_response(&self) -> Response<Vec<u8>> {
        let error = match self.status {
            _ if self.code.is_none() => return self.response(),
            429 => "rate_limit_exceeded",
            _ => "internal_failure",
        };
        let response = reply::json(self.status(), &json!({ "error": error }));
        self.with_retry_after(response)
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_GATEWAY)
    }

    fn with_retry_after(&self, response: Response<Vec<u8>>) -> Response<Vec<u8>> {
        match self.retry_after {
            Some(wait) => {
                let seconds = HeaderValue::from(wait.as_secs());
                reply::with_header(response, header::RETRY_AFTER, seconds)
            }
            None => response,
        }
    }
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
            Outcome::Answered(response) | Outcome::Repeated { second: response, .. } => {
                Some(response)
            }
            Outcome::Lost => None,
        }
    }
}

/// A fault that was drawn for a request.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    LostRequest,
    LostResponse,
    Repeat,
    ServerError,
    TooManyRequests,
    Odd,
    Denial,
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
            (self.odd, Fault::Odd),
            (self.denials, Fault::Denial),
        ]
        .into_iter()
        .find_map(|(rate, fault)| {
            drawn -= rate;
            (drawn < 0.0).then_some(fault)
        })
    }
}
