use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;

use super::View;
use crate::terminal::tell;

/// A page for what has no page. `guard.rs` writes it, since it knows whose page it is.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    heading: &'static str,
    text: &'static str,
}

impl Problem {
    fn new(status: StatusCode, heading: &'static str, text: &'static str) -> Problem {
        Problem { status, heading, text }
    }

    pub(crate) fn not_found() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "Page not found", "There is nothing at this address.")
    }

    pub(crate) fn wrong_method() -> Problem {
        Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Nothing to see here",
            "This address belongs to a button of another page.",
        )
    }

    pub(crate) fn foreign_form() -> Problem {
        Problem::new(
            StatusCode::FORBIDDEN,
            "Not sent from here",
            "The form was not sent from a page of this app, so nothing was done.",
        )
    }

    pub(crate) fn bad_request() -> Problem {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "Request not understood",
            "The browser did not say once and clearly what it asks. Nothing was done.",
        )
    }

    pub(crate) fn body_too_long() -> Problem {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Form too long",
            "No form of this app is that long. Nothing was done.",
        )
    }

    pub(crate) fn internal() -> Problem {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something broke",
            "The fault is ours, and the app’s operator can see what it is. Try again in a few \
             minutes.",
        )
    }

    pub(crate) fn page(&self, view: &View) -> Response {
        let page = view.failed(self.heading, None).page(&html! {
            div.problem {
                p.lede { (self.text) }
                p.actions {
                    a.button href="/" { "Choose what to bring over" }
                    a href="/exports" { "See your data" }
                }
            }
        });
        (self.status, page).into_response()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The terminal has the cause; the user does not.
impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Problem {
        tell(format_args!("error: {error:#}"));
        Problem::internal()
    }
}

/// An address with an odd number in it is no page.
impl From<axum::extract::rejection::PathRejection> for Problem {
    fn from(_: axum::extract::rejection::PathRejection) -> Problem {
        Problem::not_found()
    }
}
