use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;
use serde::Deserialize;

use super::View;
use crate::terminal::tell;

/// A page for what has no page. `guard.rs` writes it, since it knows whose page it is, and
/// `connect.toml` has the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Problem {
    BadRequest,
    ForeignForm,
    NotFound,
    WrongMethod,
    BodyTooLong,
    Internal,
}

impl Problem {
    fn status(self) -> StatusCode {
        match self {
            Problem::BadRequest => StatusCode::BAD_REQUEST,
            Problem::ForeignForm => StatusCode::FORBIDDEN,
            Problem::NotFound => StatusCode::NOT_FOUND,
            Problem::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Problem::BodyTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) fn page(self, view: &View) -> Response {
        let words = &view.site.settings.problems[&self];
        let page = view.failed(&words.heading, None).page(&html! {
            div.problem {
                p.lede { (words.text) }
                p.actions {
                    a.button href="/" { "Choose what to bring over" }
                    a href="/exports" { "See your data" }
                }
            }
        });
        (self.status(), page).into_response()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The terminal has the cause; the user does not.
impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Problem {
        tell(format_args!("error: {error:#}"));
        Problem::Internal
    }
}

/// An address with an odd number in it is no page.
impl From<axum::extract::rejection::PathRejection> for Problem {
    fn from(_: axum::extract::rejection::PathRejection) -> Problem {
        Problem::NotFound
    }
}
