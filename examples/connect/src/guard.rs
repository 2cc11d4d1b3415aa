//! What no request from a browser gets past, and what every answer says to the browser.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, ApiMethod, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::problem::Problem;

#[derive(Clone)]
pub(crate) struct Guard {
    origin: String,
    policy: HeaderValue,
}

impl Guard {
    /// Guards the server at `origin`, whose forms may lead on to `form_target`.
    pub(crate) fn new(origin: &str, form_target: &str) -> Guard {
        let policy = format!(
            "default-src 'none'; style-src 'self'; form-action 'self' {form_target}; \
             base-uri 'none'; frame-ancestors 'none'"
        );
        Guard {
            origin: origin.to_owned(),
            policy: HeaderValue::try_from(policy).expect("origins are ASCII"),
        }
    }
}

pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    // Cookie and redirect URI are those of one host: `localhost` is another.
    let own_host = header_of(&request, &header::HOST)
        .is_some_and(|host| guard.origin == format!("http://{host}"));
    // Browsers tell with every POST which site's page it comes from. That of another site must
    // not act in the user's name.
    let own_form = header_of(&request, &header::ORIGIN) == Some(&guard.origin);

    let mut response = if !own_host {
        Redirect::to(&guard.origin).into_response()
    } else if request.method() == ApiMethod::POST && !own_form {
        Problem::foreign_form().into_response()
    } else {
        next.run(request).await
    };
    for (name, value) in [
        // What is shown is this user's own.
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address of the return has the code in it. `no-referrer` would also take away the
        // origin that is asked for above.
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, guard.policy);
    response
}

fn header_of<'r>(request: &'r Request, name: &HeaderName) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}
