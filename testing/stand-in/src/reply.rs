//! Responses.

use http::StatusCode;
use http::header::{self, HeaderValue};
use maud::Markup;
use serde_json::{Value, json};

pub(crate) type Request = http::Request<Vec<u8>>;
pub(crate) type Response = http::Response<Vec<u8>>;

/// A response with a body of the given kind.
pub(crate) fn reply(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

pub(crate) fn json(status: u16, body: &Value) -> Response {
    reply(status, "application/json; charset=utf-8", body.to_string())
}

/// An error of the authorization server (RFC 6749, section 5.2).
pub(crate) fn oauth_error(status: u16, error: &str, description: &str) -> Response {
    json(status, &json!({ "error": error, "error_description": description }))
}

pub(crate) fn page(status: u16, page: Markup) -> Response {
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
    let mut response = reply(303, "text/plain", Vec::new());
    match HeaderValue::from_str(location) {
        Ok(location) => drop(response.headers_mut().insert(header::LOCATION, location)),
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response
}
