//! What goes wrong on purpose.

use std::time::Duration;

use fastrand::Rng;
use http::header;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::failure::Failure;
use crate::reply::{self, Response};

/// What goes wrong, and how often: shares from 0 to 1. By default nothing does.
///
/// Faults happen only to requests given to [`Google::send`](crate::Google::send), apart from
/// failing jobs and incomplete archives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(clap::Args))]
pub struct Faults {
    /// How often requests to the API go wrong.
    #[cfg_attr(feature = "server", command(flatten))]
    pub api: Rates,
    /// How often requests to the token, revocation and token information endpoints go wrong. A lost
    /// response to a code exchange is a dead end: the user has to remove the app's access.
    #[cfg_attr(feature = "server", arg(skip))]
    pub tokens: Rates,
    /// How often downloads go wrong.
    #[cfg_attr(feature = "server", arg(skip))]
    pub downloads: Rates,
    /// Jobs that fail (documented)
    #[cfg_attr(feature = "server", arg(long, default_value = "0", value_parser = share))]
    pub job_failure: f64,
    /// Archives whose index says `isIncomplete` (reported)
    #[cfg_attr(feature = "server", arg(long, default_value = "0", value_parser = share))]
    pub incomplete_archives: f64,
    /// Answers with a state of a job that is in no list (guessed)
    #[cfg_attr(feature = "server", arg(long, default_value = "0", value_parser = share))]
    pub unknown_states: f64,
    /// The `Retry-After` of [`Rates::too_many_requests`].
    #[cfg_attr(feature = "server", arg(skip))]
    pub retry_after: Duration,
}

/// The share of requests, from 0 to 1, to which each fault happens. At most one happens to a
/// request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(clap::Args))]
pub struct Rates {
    /// Requests that are lost and never handled
    #[cfg_attr(feature = "server", arg(long, default_value = "0", value_parser = share))]
    pub lost_requests: f64,
    /// Requests that are handled and whose response is lost
    #[cfg_attr(feature = "server", arg(long, default_value = "0", value_parser = share))]
    pub lost_responses: f64,
    /// Requests that are handled twice, as if a proxy had sent them again
    #[cfg_attr(feature = "server", arg(long, default_value = "0", value_parser = share))]
    pub repeats: f64,
    /// Requests that are answered with 503 and not handled. The token endpoint says
    /// `internal_failure`
    #[cfg_attr(feature = "server", arg(long, default_value = "0", value_parser = share))]
    pub server_errors: f64,
    /// Requests that are answered with 429 and `Retry-After`, and not handled
    #[cfg_attr(feature = "server", arg(long, default_value = "0", value_parser = share))]
    pub too_many_requests: f64,
    /// Requests that are not handled, and answered with an odd status or a page of HTML, which say
    /// nothing about them (guessed)
    #[cfg_attr(feature = "server", arg(long, default_value = "0", value_parser = share))]
    pub odd_answers: f64,
    /// Calls that are not handled, and answered by the API with 403 or 404 although they are right
    /// (guessed)
    #[cfg_attr(feature = "server", arg(long, default_value = "0", value_parser = share))]
    pub denials: f64,
}

/// Reads a share of requests.
///
/// # Errors
///
/// Fails if the text is not a number from 0 to 1.
pub fn share(text: &str) -> Result<f64, &'static str> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or("a number from 0 to 1 is expected")
}

/// An answer that comes instead of Google's.
#[derive(Clone, Copy)]
pub(crate) struct OddAnswer {
    pub(crate) status: u16,
    /// The `status` of an error in the API's form, or `None` for a page of HTML.
    pub(crate) code: Option<&'static str>,
    pub(crate) retry_after: Option<Duration>,
}

/// Answers that say nothing about the request: pages of HTML, from proxies and gateways, ...
const PAGES: [u16; 16] =
    [200, 400, 403, 404, 405, 408, 409, 413, 421, 425, 429, 499, 500, 502, 503, 504];

/// ... and errors of a service that is not itself for a moment. Nothing ends by them.
const ERRORS: [(u16, &str); 8] = [
    (401, "UNAUTHENTICATED"),
    (408, "DEADLINE_EXCEEDED"),
    (409, "ABORTED"),
    (429, "RESOURCE_EXHAUSTED"),
    (499, "CANCELLED"),
    (500, "INTERNAL"),
    (503, "UNAVAILABLE"),
    (504, "DEADLINE_EXCEEDED"),
];

/// Answers in the API's form that say no to a request that is right: the token is not enough, the
/// job does not exist.
const DENIALS: [(u16, &str); 2] = [(403, "PERMISSION_DENIED"), (404, "NOT_FOUND")];

impl OddAnswer {
    pub(crate) fn error((status, code): (u16, &'static str)) -> OddAnswer {
        OddAnswer { status, code: Some(code), retry_after: None }
    }

    pub(crate) fn draw(random: &mut Rng) -> OddAnswer {
        match PAGES.get(random.usize(..PAGES.len() + ERRORS.len())) {
            Some(status) => OddAnswer { status: *status, code: None, retry_after: None },
            None => OddAnswer::error(ERRORS[random.usize(..ERRORS.len())]),
        }
    }

    pub(crate) fn draw_denial(random: &mut Rng) -> OddAnswer {
        OddAnswer::error(DENIALS[random.usize(..DENIALS.len())])
    }

    /// The response, in the form of the API or of the authorization server.
    pub(crate) fn response(&self, is_oauth: bool) -> Response {
        let status = self.status;
        let mut response = match self.code {
            Some(_) if is_oauth => {
                let error = if status == 429 { "rate_limit_exceeded" } else { "internal_failure" };
                reply::json(status, &json!({ "error": error }))
            }
            Some(code) => Failure::new(status, code, "Something went wrong.").into_response(),
            None => {
                let page = format!("<html><title>{status}</title><h1>Error {status}</h1></html>");
                reply::reply(status, "text/html; charset=utf-8", page)
            }
        };
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        response
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
        let faults = [
            (self.lost_requests, Fault::LostRequest),
            (self.lost_responses, Fault::LostResponse),
            (self.repeats, Fault::Repeat),
            (self.server_errors, Fault::ServerError),
            (self.too_many_requests, Fault::TooManyRequests),
            (self.odd_answers, Fault::Odd),
            (self.denials, Fault::Denial),
        ];
        faults.into_iter().find_map(|(rate, fault)| {
            drawn -= rate;
            (drawn < 0.0).then_some(fault)
        })
    }
}
