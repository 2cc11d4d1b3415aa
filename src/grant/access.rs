use std::fmt;
use std::string::String;
use std::time::{Duration, SystemTime};
use std::vec::Vec;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::Grant;
use crate::call::{CallError, Endpoint, Endpoints, HttpCall, bearer, read_object};

/// An access token, the scopes that it carries, and the servers that it is for.
///
/// All calls that need a token are made from it: [`token_info`](Self::token_info) here, and the
/// methods of the API in [`api`](crate::api). `OAuthClient::access` makes it from stored tokens.
///
/// `Debug` does not show the token.
#[derive(Clone, Copy)]
pub struct Access<'a> {
    endpoints: &'a Endpoints,
    token: &'a str,
    grant: &'a Grant,
    expires_at: Option<SystemTime>,
}

impl<'a> Access<'a> {
    /// Returns the access of a token that carries `grant`.
    #[must_use]
    pub fn new(endpoints: &'a Endpoints, token: &'a str, grant: &'a Grant) -> Access<'a> {
        Access { endpoints, token, grant, expires_at: None }
    }

    /// Sets when the token expires, if that is known.
    #[must_use]
    pub fn expires_at(mut self, time: Option<SystemTime>) -> Access<'a> {
        self.expires_at = time;
        self
    }

    /// Returns what the token carries.
    pub(crate) fn grant(&self) -> &'a Grant {
        self.grant
    }

    pub(crate) fn api(&self) -> &'a Endpoint {
        &self.endpoints.api
    }

    pub(crate) fn token(&self) -> &'a str {
        self.token
    }

    /// Returns whether the token is known to be of no use: there is none, or it expires within a
    /// minute.
    pub(crate) fn is_expired(&self, now: SystemTime) -> bool {
        let soon = now.checked_add(Duration::from_secs(60));
        let expires = |end| soon.is_none_or(|soon| soon >= end);
        self.token.is_empty() || self.expires_at.is_some_and(expires)
    }

    /// Returns the call that asks Google what the token carries.
    ///
    /// The token goes into the header `Authorization`, as in Google's own client libraries, and not
    /// into the URL.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use dataportability_scopes::grant::Access;
    /// use dataportability_scopes::http::Response;
    /// use dataportability_scopes::{Endpoints, Grant, Resource, Scopes, send};
    ///
    /// let (endpoints, unknown) = (Endpoints::default(), Grant::default());
    /// let access = Access::new(&endpoints, "ya29.a", &unknown);
    /// // In place of an HTTP client, a closure that always returns the same response.
    /// let http = |_request| {
    ///     Response::builder().body(
    ///         br#"{
    ///             "aud": "1234.apps.googleusercontent.com",
    ///             "scope": "https://www.googleapis.com/auth/dataportability.youtube.clips",
    ///             "expires_in": "3599"
    ///         }"#
    ///         .to_vec(),
    ///     )
    /// };
    /// let info = send(&access.token_info(), http)?;
    /// assert_eq!(info.audience, "1234.apps.googleusercontent.com");
    /// assert_eq!(info.grant.scopes(), &Scopes::from(Resource::YoutubeClips));
    /// assert_eq!(info.expires_in, Duration::from_secs(3599));
    /// # Ok::<(), dataportability_scopes::call::CallError>(())
    /// ```
    #[must_use]
    pub fn token_info(&self) -> impl HttpCall<Response = TokenInfo> + Clone + fmt::Debug + use<> {
        TokenInfoCall {
            access_token: self.token.into(),
            endpoint: self.endpoints.token_info.clone(),
        }
    }
}

impl fmt::Debug for Access<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("api", &self.endpoints.api)
            .field("scopes", &self.grant.scopes().known())
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The call that asks Google what an access token carries. Made by [`Access::token_info`].
#[derive(Clone)]
struct TokenInfoCall {
    access_token: String,
    endpoint: Endpoint,
}

impl fmt::Debug for TokenInfoCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenInfoCall(POST {})", self.endpoint)
    }
}

impl HttpCall for TokenInfoCall {
    type Response = TokenInfo;

    fn name(&self) -> &'static str {
        "tokeninfo"
    }

    fn to_request(&self) -> Result<http::Request<Vec<u8>>, CallError> {
        let mut request = http::Request::new(Vec::new());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.endpoint.uri().clone();
        let authorization = bearer(self.name(), &self.access_token)?;
        let headers = request.headers_mut();
        headers.insert(http::header::AUTHORIZATION, authorization);
        headers.insert(http::header::CONTENT_LENGTH, 0.into());
        Ok(request)
    }

    fn read_response(&self, response: &http::Response<Vec<u8>>) -> Result<TokenInfo, CallError> {
        if !response.status().is_success() {
            let mut error = CallError::refused(self.name(), response);
            let is_refusal = matches!(response.status().as_u16(), 400 | 401);
            error.fault.is_transient |= !is_refusal;
            error.fault.text = if is_refusal {
                "the access token is expired, revoked or not Google's: refresh it, or send the user \
                 to a new consent"
            } else {
                "it says nothing about the access token: try again later"
            };
            return Err(error);
        }
        let malformed = |text| CallError::malformed(self.name(), response, text);
        let body: Body = read_object(response.body())
            .filter(|body: &Body| body.error.is_none())
            .ok_or(malformed("it must have aud, scope and expires_in; check the endpoint"))?;
        let grant = body.scope.parse();
        let expires_in = body.expires_in.seconds();
        Ok(TokenInfo {
            audience: body.aud,
            grant: grant.map_err(|_| malformed("its scope is not a scope value"))?,
            expires_in: expires_in.ok_or(malformed("its expires_in is not a number of seconds"))?,
        })
    }
}

/// `Deserialize` refuses a field that is given twice.
#[derive(Deserialize)]
struct Body {
    aud: String,
    scope: String,
    expires_in: Seconds,
    error: Option<Value>,
}

/// A number of seconds, which servers write as a number or as a string, some with a fraction.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Seconds(Value);

impl Seconds {
    /// Returns the whole seconds. Returns `None` for what is not a number, or less than zero.
    pub(crate) fn seconds(&self) -> Option<Duration> {
        let seconds = match &self.0 {
            Value::Number(number) => number.as_f64(),
            Value::String(digits) => digits.trim().parse().ok(),
            _ => None,
        };
        let seconds = seconds.filter(|seconds: &f64| seconds.is_finite())?;
        Duration::try_from_secs_f64(seconds.trunc()).ok()
    }
}

/// What an access token carries, according to Google's `tokeninfo` endpoint.
///
/// Compare [`audience`](Self::audience) with your client id: do not act on a token that was issued
/// to another app.
///
/// `Debug` shows only the scopes of the catalogue and the time, since the server was sent the token
/// and may repeat it elsewhere.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The client id that the token was issued to.
    pub audience: String,
    /// The scopes that the token carries.
    pub grant: Grant,
    /// How much longer the token is valid. Serialized as seconds, as Google sends it.
    #[serde(serialize_with = "as_seconds")]
    pub expires_in: Duration,
}

fn as_seconds<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(duration.as_secs())
}

impl fmt::Debug for TokenInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenInfo")
            .field("scopes", &self.grant.scopes().known())
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}
