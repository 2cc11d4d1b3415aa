use std::fmt;
use std::string::String;
use std::time::Duration;
use std::vec::Vec;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::grant::Grant;
use crate::catalogue::ScopeValueError;
use crate::endpoint::Endpoint;
use crate::http_call::{HttpCall, MAX_RESPONSE_LEN, RequestError, bearer, read_object};
use crate::secret_runs::SecretRuns;

/// Google's `tokeninfo` endpoint.
pub const TOKEN_INFO_ENDPOINT: &str = "https://oauth2.googleapis.com/tokeninfo";

/// The request that asks Google what an access token carries.
///
/// The token goes into the header `Authorization`, as in Google's own client libraries, and not into
/// the URL. `Debug` does not show it.
///
/// ```
/// use std::convert::Infallible;
/// use std::time::Duration;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::TokenInfoRequest;
/// use dataportability_scopes::{http, send};
///
/// // In place of an HTTP client, a closure that always returns the same response.
/// let http = |_request| -> Result<_, Infallible> {
///     let body = br#"{
///         "aud": "1234.apps.googleusercontent.com",
///         "scope": "https://www.googleapis.com/auth/dataportability.youtube.clips",
///         "expires_in": "3599"
///     }"#;
///     Ok(http::Response::new(body.to_vec()))
/// };
/// let info = send(&TokenInfoRequest::new("ya29.a"), http)?;
/// assert_eq!(info.audience, "1234.apps.googleusercontent.com");
/// assert_eq!(info.grant.scopes(), ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// assert_eq!(info.expires_in, Duration::from_secs(3599));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TokenInfoRequest {
    access_token: String,
    endpoint: Endpoint,
}

impl TokenInfoRequest {
    /// Returns the request for an access token.
    #[must_use]
    pub fn new(access_token: &str) -> TokenInfoRequest {
        TokenInfoRequest {
            access_token: access_token.into(),
            endpoint: Endpoint::from_static(TOKEN_INFO_ENDPOINT),
        }
    }

    /// Sets the endpoint. Defaults to [`TOKEN_INFO_ENDPOINT`].
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> TokenInfoRequest {
        self.endpoint = endpoint;
        self
    }
}

impl fmt::Debug for TokenInfoRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenInfoRequest(POST {})", self.endpoint)
    }
}

impl HttpCall for TokenInfoRequest {
    type Response = TokenInfo;
    type Error = TokenInfoError;

    fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
        let mut request = http::Request::new(Vec::new());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.endpoint.uri().clone();
        let headers = request.headers_mut();
        headers.insert(http::header::AUTHORIZATION, bearer(&self.access_token)?);
        headers.insert(http::header::CONTENT_LENGTH, 0.into());
        Ok(request)
    }

    fn read_response(
        &self,
        response: &http::Response<Vec<u8>>,
    ) -> Result<TokenInfo, TokenInfoError> {
        let body = response.body();
        if body.len() > MAX_RESPONSE_LEN {
            return Err(TokenInfoError::Malformed);
        }
        let failure: Option<Failure> = read_object(body);
        if failure.is_some_and(|body| body.error.is_some()) {
            return Err(TokenInfoError::Invalid);
        }
        if response.status() != http::StatusCode::OK {
            return Err(TokenInfoError::Status {
                status: response.status().as_u16(),
            });
        }
        let body: Success = read_object(body)
            .filter(|body: &Success| body.error.is_none())
            .ok_or(TokenInfoError::Malformed)?;
        let grant: Grant = body.scope.parse()?;
        let token = SecretRuns::of([&*self.access_token]);
        if token.meet(&body.aud) || grant.unrecognized().any(|scope| token.meet(scope)) {
            return Err(TokenInfoError::Token);
        }
        let expires_in = body.expires_in.seconds().ok_or(TokenInfoError::Malformed)?;
        Ok(TokenInfo {
            audience: body.aud,
            grant,
            expires_in: Duration::from_secs(expires_in.into()),
        })
    }
}

/// `Deserialize` refuses a field that is given twice.
#[derive(Deserialize)]
struct Success {
    aud: String,
    scope: String,
    expires_in: Number,
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Failure {
    error: Option<IgnoredAny>,
}

/// Google writes this number as a string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(u32),
    Digits(String),
}

impl Number {
    /// At most `u32::MAX`, so that a caller can add them to a time.
    fn seconds(&self) -> Option<u32> {
        match self {
            Number::Number(seconds) => Some(*seconds),
            // `parse` takes a sign as well.
            Number::Digits(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok()
            }
            Number::Digits(_) => None,
        }
    }
}

/// What an access token carries, according to Google's `tokeninfo` endpoint.
///
/// Compare [`audience`](Self::audience) with your client id: do not act on a token that was issued
/// to another app.
///
/// `Debug` shows only the scopes of the catalogue and the time, since the server was sent the token
/// and may repeat it elsewhere.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The client id that the token was issued to.
    pub audience: String,
    /// The scopes that the token carries.
    pub grant: Grant,
    /// How much longer the token is valid.
    pub expires_in: Duration,
}

impl fmt::Debug for TokenInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenInfo")
            .field("scopes", &self.grant.scopes())
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// An error from asking what an access token carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenInfoError {
    /// The token is not valid.
    #[error(
        "the access token is expired, revoked or not Google's: refresh it, or send the user to a new consent"
    )]
    Invalid,
    /// The endpoint responded with an error status and no error code.
    #[error(
        "the tokeninfo endpoint responded with status {status} and no error code: try again later"
    )]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The response does not have the form of a `tokeninfo` response.
    #[error(
        "the tokeninfo response is malformed: it must have aud, scope and expires_in; check the endpoint"
    )]
    Malformed,
    /// The `scope` of the response is not a scope value.
    #[error("the scope of the tokeninfo response is malformed: {0}")]
    Scope(ScopeValueError),
    /// The client id or a scope of the response repeats 12 or more characters of the access token.
    #[error("the tokeninfo response repeats the access token: check the endpoint")]
    Token,
}

impl From<ScopeValueError> for TokenInfoError {
    fn from(error: ScopeValueError) -> TokenInfoError {
        TokenInfoError::Scope(error)
    }
}
