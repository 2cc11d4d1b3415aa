//! Calls to a server, without I/O: the request is a value, and so is the response.
//!
//! Each call of this crate implements [`HttpCall`]. Let [`send`] or [`send_async`] send it through
//! any HTTP client, given as a closure. All calls have one error, [`CallError`].
//!
//! [`Endpoints`] has the addresses of all servers. An OAuth client and an access token hold it, so
//! that no call can go to another server than the rest.

mod endpoint;
mod error;
pub(crate) mod rfc3339;

use std::boxed::Box;
use std::error::Error;
use std::format;
use std::future::Future;
use std::vec::Vec;

use serde::de::DeserializeOwned;

pub use endpoint::{Endpoint, Endpoints, ParseEndpointError};
#[cfg(feature = "consent")]
pub(crate) use endpoint::{is_loopback, is_port};
pub use error::{CallError, CallErrorKind, OAuthErrorCode};

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

    /// Returns the request, with its headers and body.
    ///
    /// # Errors
    ///
    /// Fails with [`CallErrorKind::NotSent`] if there is nothing to send, such as without a token.
    fn to_request(&self) -> Result<http::Request<Vec<u8>>, CallError>;

    /// Reads the response, of any status.
    ///
    /// # Errors
    ///
    /// Fails with [`CallErrorKind::Refused`] if the server refused, and with
    /// [`CallErrorKind::Malformed`] if its response is not as documented.
    fn read_response(
        &self,
        response: &http::Response<Vec<u8>>,
    ) -> Result<Self::Response, CallError>;

    /// Returns what the call is, for errors: `archiveJobs.retry`, or `the token request`.
    fn name(&self) -> &'static str;
}

/// Sends a call through a blocking HTTP client.
///
/// `client` takes the request and returns the response, whatever its status.
///
/// # Errors
///
/// Fails with [`CallErrorKind::NoResponse`] if the client fails, whose error is the
/// [`source`](Error::source), and otherwise as the call's own methods do.
///
/// ```
/// use dataportability_scopes::grant::Access;
/// use dataportability_scopes::{ApiMethod, Endpoints, Grant, Resource, Scopes, send};
///
/// let grant = Grant::from(Scopes::from(Resource::YoutubeClips));
/// let endpoints = Endpoints::default();
/// let access = Access::new(&endpoints, "ya29.a", &grant);
///
/// let error = send(&access.reset()?, |_request| Err("the network is down")).unwrap_err();
/// assert_eq!(error.to_string(), "authorization.reset: no response was received");
/// assert!(error.is_transient() && !error.needs_consent());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn send<C, E>(
    call: &C,
    client: impl FnOnce(http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, E>,
) -> Result<C::Response, CallError>
where
    C: HttpCall,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let no_response = |error: E| CallError::no_response(call.name(), error.into());
    let response = client(call.to_request()?).map_err(no_response)?;
    call.read_response(&response)
}

/// Same as [`send`], but async. The future is `Send` if the client's is.
///
/// # Errors
///
/// Same as [`send`].
pub async fn send_async<C, F, E>(
    call: &C,
    client: impl FnOnce(http::Request<Vec<u8>>) -> F,
) -> Result<C::Response, CallError>
where
    C: HttpCall,
    F: Future<Output = Result<http::Response<Vec<u8>>, E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let no_response = |error: E| CallError::no_response(call.name(), error.into());
    let response = client(call.to_request()?).await.map_err(no_response)?;
    call.read_response(&response)
}

/// Reads a JSON object of at most [`MAX_RESPONSE_LEN`] bytes. serde would read a list as a struct,
/// too, and skip what is not UTF-8 in a field that is not read.
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
pub(crate) fn bearer(
    call: &'static str,
    access_token: &str,
) -> Result<http::HeaderValue, CallError> {
    let refuse = || {
        CallError::not_sent(
            call,
            "the access token is empty, or has characters that an HTTP header cannot have: pass it \
             exactly as the token response has it",
        )
    };
    if access_token.is_empty() || !access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refuse());
    }
    let mut value =
        http::HeaderValue::try_from(format!("Bearer {access_token}")).map_err(|_| refuse())?;
    value.set_sensitive(true);
    Ok(value)
}

/// serde for a struct with secrets: an error shows nothing of the value, which serde would quote.
pub(crate) fn secret<'de, T: serde::Deserialize<'de>, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    T::deserialize(from).map_err(|_| {
        serde::de::Error::custom(
            "not as stored by this crate; the value is not shown, since it may be a secret",
        )
    })
}
