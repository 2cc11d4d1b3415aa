//! Calls to a server, without I/O: the request is a value, and so is the response.
//!
//! Each call of this crate implements [`HttpCall`]. Send its request with any HTTP client and give
//! it the response, or let [`send`] and [`send_async`] do both through a closure.

use std::format;
use std::future::Future;
use std::vec::Vec;

use serde::de::DeserializeOwned;

/// The longest response body that is read, in bytes: 1 MiB. Google's are below 100 KiB.
///
/// Reading a longer one fails. A client that limits what it downloads can use the same limit.
pub const MAX_RESPONSE_LEN: usize = 1 << 20;

/// A call to a server: what to send, and how to read the response.
///
/// An HTTP client for these calls must not follow redirects.
pub trait HttpCall {
    /// The result of a successful call.
    type Response;
    /// The error if the server refused, or if its response is not as documented.
    type Error;

    /// Returns the request, with its headers and body.
    ///
    /// # Errors
    ///
    /// Fails if the access token has characters that an HTTP header cannot have, or if the URL is
    /// too long.
    fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError>;

    /// Reads the response, of any status.
    ///
    /// # Errors
    ///
    /// Fails if the server refused, or if its response is not as documented.
    fn read_response(
        &self,
        response: &http::Response<Vec<u8>>,
    ) -> Result<Self::Response, Self::Error>;
}

/// Sends a call through a blocking HTTP client.
///
/// `client` takes the request and returns the response, whatever its status.
///
/// # Errors
///
/// Fails with [`SendError::Request`] if the request cannot be built, with [`SendError::Http`] if the client
/// fails, and with [`SendError::Response`] if the server refused or its response is not as documented.
pub fn send<C: HttpCall, E>(
    call: &C,
    client: impl FnOnce(http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, E>,
) -> Result<C::Response, SendError<C::Error, E>> {
    let response = client(call.to_request()?).map_err(SendError::Http)?;
    call.read_response(&response).map_err(SendError::Response)
}

/// Same as [`send`], but async. The future is `Send` if the client's is.
///
/// # Errors
///
/// Fails with [`SendError::Request`] if the request cannot be built, with [`SendError::Http`] if the client
/// fails, and with [`SendError::Response`] if the server refused or its response is not as documented.
pub async fn send_async<C, F, E>(
    call: &C,
    client: impl FnOnce(http::Request<Vec<u8>>) -> F,
) -> Result<C::Response, SendError<C::Error, E>>
where
    C: HttpCall,
    F: Future<Output = Result<http::Response<Vec<u8>>, E>>,
{
    let response = client(call.to_request()?).await.map_err(SendError::Http)?;
    call.read_response(&response).map_err(SendError::Response)
}

/// An error from [`send`] or [`send_async`]. `R` is the call's own error, `E` is the HTTP client's.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError<R, E> {
    /// The request could not be built. Nothing was sent.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The HTTP client failed. Whether the server has seen the request is unknown.
    #[error("the request could not be sent, or no response was received")]
    Http(#[source] E),
    /// The server refused, or its response is not as documented.
    #[error(transparent)]
    Response(R),
}

/// An error from [`HttpCall::to_request`]. It does not quote the access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct RequestError {
    fault: &'static str,
}

impl RequestError {
    /// The access token is not one or more visible ASCII characters.
    fn access_token() -> RequestError {
        RequestError {
            fault: "the access token is empty, or has characters that an HTTP header cannot have: \
                    pass it exactly as the token response has it",
        }
    }

    /// The URL is longer than an `http::Uri` can be.
    pub(crate) fn url() -> RequestError {
        RequestError {
            fault: "the URL of the request is too long: use a shorter base URL",
        }
    }
}

/// Reads a JSON object of at most [`MAX_RESPONSE_LEN`] bytes. serde would read a list as a struct, too,
/// and skip what is not UTF-8 in a field that is not read.
pub(crate) fn read_object<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    if body.len() > MAX_RESPONSE_LEN {
        return None;
    }
    let text = core::str::from_utf8(body).ok()?;
    if !text.trim_ascii_start().starts_with('{') {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Returns the value of the header `Authorization`, which clients do not log.
pub(crate) fn bearer(access_token: &str) -> Result<http::HeaderValue, RequestError> {
    if access_token.is_empty() || !access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(RequestError::access_token());
    }
    let mut value = http::HeaderValue::try_from(format!("Bearer {access_token}"))
        .map_err(|_| RequestError::access_token())?;
    value.set_sensitive(true);
    Ok(value)
}
