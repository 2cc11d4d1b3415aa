//! Responses.

use http::StatusCode;
use http::header::{self, HeaderValue};
use maud::Markup;
use serde_json::{Value, json};

pub(crate) type Request = http::Request<Vec<u8>>;
pub(crate) type Response = http::Response<Vec<u8>>;

/// A response with a body of the given kind.
pub(crate) fn reply(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Vec<u8>>,
) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

pub(crate) fn json(status: StatusCode, body: &Value) -> Response {
    reply(status, "application/json; charset=utf-8", body.to_string())
}

/// An error of the authorization server (RFC 6749, section 5.2).
pub(crate) fn oauth_error(status: StatusCode, error: &str, description: &str) -> Response {
    json(status, &json!({ "error": error, "error_description": description }))
}

/// An error of the API, with details.
pub(crate) fn api_error(
    status: StatusCode,
    code: &str,
    message: &str,
    details: &[Value],
) -> Response {
    let mut error = json!({ "code": status.as_u16(), "message": message, "status": code });
    if !details.is_empty() {
        error["details"] = json!(details);
    }
    json(status, &json!({ "error": error }))
}

pub(crate) fn page(status: StatusCode, page: Markup) -> Response {
    let mut response = reply(status, "text/html; charset=utf-8", page.into_string());
    let headers = response.headers_mut();
    let policy = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; \
                  base-uri 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Sends a browser to another address.
pub(crate) fn redirect(location: &str) -> Response {
    let mut response = reply(StatusCode::SEE_OTHER, "text/plain", Vec::new());
    match HeaderValue::from_str(location) {
        Ok(location) => drop(response.headers_mut().insert(header::LOCATION, location)),
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response
}
