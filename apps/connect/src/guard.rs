//! What no request gets past, and what every response says to the browser.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::pages::{Problem, Site, View};
use crate::time::Zone;

/// Time for a request's body to come in.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Every box of the form ticked and a long search are below 8 KiB.
const MAX_BODY_LEN: usize = 16 * 1024;

pub(crate) struct Guard {
    origin: String,
    host: String,
    policy: HeaderValue,
    site: Arc<Site>,
}

impl Guard {
    /// Guards the app at `origin`, whose form may redirect to `authorization_origin`.
    pub(crate) fn new(
        origin: &str,
        authorization_origin: &str,
        site: Arc<Site>,
    ) -> anyhow::Result<Arc<Guard>> {
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
             connect-src 'self'; form-action 'self' {authorization_origin}; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        let (_, host) = origin.split_once("://").unwrap_or_default();
        Ok(Arc::new(Guard {
            origin: origin.to_owned(),
            host: host.to_owned(),
            policy: HeaderValue::try_from(policy)?,
            site,
        }))
    }

    /// Returns the response to a request that is refused.
    fn refuse(&self, request: &Request) -> Option<Response> {
        // Which of two headers counts would be anybody's guess.
        let Ok(Some(host)) = single(request.headers(), &header::HOST) else {
            return Some(Problem::BadRequest.into_response());
        };
        // Cookie and redirect URI belong to one host: `localhost` is another than `127.0.0.1`.
        if host != self.host {
            return Some(match *request.method() {
                Method::GET | Method::HEAD => Redirect::to(&self.origin).into_response(),
                _ => Problem::ForeignForm.into_response(),
            });
        }
        // Browsers send with every POST from which site it comes. Another site must not act in
        // the user's name.
        let origin = single(request.headers(), &header::ORIGIN);
        if request.method() == Method::POST && origin != Ok(Some(self.origin.as_str())) {
            return Some(Problem::ForeignForm.into_response());
        }
        None
    }
}

pub(crate) async fn guard(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let zone = Zone::of(request.headers());
    let mut response = match guard.refuse(&request) {
        Some(refused) => refused,
        None => match with_whole_body(request).await {
            // A browser that hangs up, as after a second click, does not stop a step halfway: a
            // code that was sent to Google is exchanged only once.
            Ok(request) => match tokio::spawn(next.run(request)).await {
                Ok(response) => response,
                Err(_) => Problem::Internal.into_response(),
            },
            Err(refused) => *refused,
        },
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = problem.page(&View {
            site: &guard.site,
            zone,
            now: guard.site.clock.now(),
            notice: None,
            panel: None,
            path: "/",
        });
    }
    let headers = response.headers_mut();
    for (name, value) in [
        // Pages show what is this user's own.
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The callback's address has the code in it. `no-referrer` would also take away the
        // `Origin` that is checked above.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, guard.policy.clone());
    if guard.origin.starts_with("https://") {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Reads the body before anything is done.
async fn with_whole_body(request: Request) -> Result<Request, Box<Response>> {
    let (parts, body) = request.into_parts();
    let body = tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, MAX_BODY_LEN)).await;
    match body {
        Ok(Ok(body)) => Ok(Request::from_parts(parts, body.into())),
        Ok(Err(_)) => Err(Box::new(Problem::BodyTooLong.into_response())),
        Err(_) => Err(Box::new(StatusCode::REQUEST_TIMEOUT.into_response())),
    }
}

/// Returns the value of a header. Fails if a request has it more than once.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(());
    }
    first.map(|value| value.to_str().map_err(drop)).transpose()
}
