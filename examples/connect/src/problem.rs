//! What the user reads when something went wrong: what happened, and what to do now.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use dataportability_scopes::CallError;
use dataportability_scopes::api::{NotAuthorizedError, ParseJobIdError};
use dataportability_scopes::consent::{AuthorizationError, CallbackError, ConsentError, TokenError};

use crate::pages;

pub(crate) struct Problem {
    status: StatusCode,
    title: &'static str,
    text: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, title: &'static str, text: impl Into<String>) -> Problem {
        Problem {
            status,
            title,
            text: text.into(),
        }
    }

    pub(crate) fn not_found() -> Problem {
        let text = "There is nothing at this address.";
        Problem::new(StatusCode::NOT_FOUND, "Page not found", text)
    }

    pub(crate) fn wrong_method() -> Problem {
        let text = "This address is for the forms of the other pages.";
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Nothing to see here", text)
    }

    pub(crate) fn foreign_form() -> Problem {
        let text = "The form was not sent from a page of this site, so nothing was done.";
        Problem::new(StatusCode::FORBIDDEN, "Not sent from here", text)
    }

    pub(crate) fn nothing_allowed() -> Problem {
        let text = "So far this app has no access to anything of yours.";
        Problem::new(StatusCode::FORBIDDEN, "Nothing allowed yet", text)
    }

    pub(crate) fn no_session() -> Problem {
        let text = "Your session is over, or this browser refused its cookie. Please begin again.";
        Problem::new(StatusCode::FORBIDDEN, "Session over", text)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let page = pages::problem(self.title, &self.text);
        (self.status, Html(page.into_string())).into_response()
    }
}

impl From<ConsentError> for Problem {
    fn from(error: ConsentError) -> Problem {
        let title = "This cannot be asked for";
        Problem::new(StatusCode::BAD_REQUEST, title, sentence(&error.to_string()))
    }
}

impl From<CallbackError> for Problem {
    fn from(error: CallbackError) -> Problem {
        let (status, title, text) = match &error {
            CallbackError::Denied {
                error: AuthorizationError::AccessDenied,
            } => (
                StatusCode::OK,
                "You declined",
                "Nothing was handed over, and you will not be asked again unless you begin anew."
                    .to_owned(),
            ),
            CallbackError::Denied { error } => (
                StatusCode::BAD_REQUEST,
                "The consent was not given",
                format!("The answer was “{error}”. Please begin again, or try later."),
            ),
            CallbackError::Expired => (
                StatusCode::BAD_REQUEST,
                "That took too long",
                "A consent has to be finished within ten minutes. Please begin again.".to_owned(),
            ),
            CallbackError::AlreadyUsed => (
                StatusCode::BAD_REQUEST,
                "This answer has been used",
                "Each consent is good for one return. What you allowed is on the page of results."
                    .to_owned(),
            ),
            CallbackError::WrongState | CallbackError::WrongHost | CallbackError::WrongPath => (
                StatusCode::BAD_REQUEST,
                "This answer is not yours",
                "It does not belong to the consent that you began last in this browser. \
                 Please begin again."
                    .to_owned(),
            ),
            // A parameter that is missing, empty, repeated, too long or malformed.
            _ => (
                StatusCode::BAD_REQUEST,
                "The answer is damaged",
                format!("{} Please begin again.", sentence(&error.to_string())),
            ),
        };
        Problem::new(status, title, text)
    }
}

impl<E> From<TokenError<E>> for Problem {
    fn from(error: TokenError<E>) -> Problem {
        // What the HTTP client or the server say in detail is for a log, not for a user.
        let text = match error {
            TokenError::Refused { error, .. } => {
                format!("The server refused the code ({error}). Please begin again.")
            }
            TokenError::Http(_) => {
                "The server could not be reached. Please begin again, or try later.".to_owned()
            }
            _ => "The server gave an answer that cannot be read. Please try later.".to_owned(),
        };
        Problem::new(StatusCode::BAD_GATEWAY, "No access was obtained", text)
    }
}

impl From<ParseJobIdError> for Problem {
    fn from(error: ParseJobIdError) -> Problem {
        let title = "No such name";
        Problem::new(StatusCode::BAD_REQUEST, title, sentence(&error.to_string()))
    }
}

impl From<NotAuthorizedError> for Problem {
    fn from(refusal: NotAuthorizedError) -> Problem {
        let title = "You have not allowed this";
        Problem::new(StatusCode::FORBIDDEN, title, sentence(&refusal.to_string()))
    }
}

impl<E: std::error::Error> From<CallError<E>> for Problem {
    fn from(error: CallError<E>) -> Problem {
        let advice = match &error {
            CallError::Unauthenticated(_) => "Please begin again.",
            CallError::PermissionDenied(_) => "What you allowed does not reach that far.",
            CallError::NotFound(_) => "Please check the name.",
            CallError::FailedPrecondition(_) => "Only an export that failed can be tried again.",
            CallError::RateLimited(_) => "An export can be tried again three times.",
            _ => "Please try later.",
        };
        let text = format!("{} {advice}", sentence(&error.to_string()));
        Problem::new(StatusCode::BAD_GATEWAY, "That did not work", text)
    }
}

/// The library's errors are made to be quoted, without a capital and a full stop.
fn sentence(error: &str) -> String {
    let mut letters = error.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let stop = if error.ends_with('.') { "" } else { "." };
    first
        .into_iter()
        .chain(letters)
        .chain(stop.chars())
        .collect()
}
