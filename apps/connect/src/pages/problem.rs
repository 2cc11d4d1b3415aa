use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::html;

use super::Frame;

use crate::terminal::tell;

/// A page for what has no page.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    heading: &'static str,
    text: &'static str,
}

impl Problem {
    pub(crate) fn not_found() -> Problem {
        Problem {
            status: StatusCode::NOT_FOUND,
            heading: "Page not found",
            text: "There is nothing at this address.",
        }
    }

    pub(crate) fn wrong_method() -> Problem {
        Problem {
            status: StatusCode::METHOD_NOT_ALLOWED,
            heading: "Nothing to see here",
            text: "This address belongs to a button of another page.",
        }
    }

    pub(crate) fn foreign_form() -> Problem {
        Problem {
            status: StatusCode::FORBIDDEN,
            heading: "Not sent from here",
            text: "The form was not sent from a page of this app, so nothing was done.",
        }
    }

    pub(crate) fn bad_request() -> Problem {
        Problem {
            status: StatusCode::BAD_REQUEST,
            heading: "Request not understood",
            text: "The browser did not say once and clearly which site it asks. Nothing was done.",
        }
    }

    pub(crate) fn body_too_long() -> Problem {
        Problem {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            heading: "Form too long",
            text: "No form of this app is that long. Nothing was done.",
        }
    }

    pub(crate) fn download() -> Problem {
        Problem {
            status: StatusCode::BAD_GATEWAY,
            heading: "The file could not be fetched",
            text: "Google could not be reached, or no longer has the file. Try again in a few minutes.",
        }
    }

    pub(crate) fn internal() -> Problem {
        Problem {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            heading: "Something broke",
            text: "The fault is ours, and the app’s operator can see what it is. Try again in a few minutes.",
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let frame = Frame {
            heading: self.heading,
            title_prefix: "",
            step: None,
            notice: None,
            panel: None,
            footer: None,
        };
        let page = frame.page(&html! {
            div.problem {
                p.lede { (self.text) }
                p.actions {
                    a.button href="/" { "Choose what to bring over" }
                    a href="/exports" { "See your exports" }
                }
            }
        });
        (self.status, Html(page.into_string())).into_response()
    }
}

/// The terminal has the cause; the user does not.
impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Problem {
        tell(format_args!("error: {error:#}"));
        Problem::internal()
    }
}
