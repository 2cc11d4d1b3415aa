//! Calls of the API, sent with a token.

use std::format;
use std::vec::Vec;

use http::StatusCode;
use http::header::{AUTHORIZATION, HeaderValue};
use oauth2::{AccessToken, AsyncHttpClient, HttpRequest, HttpResponse, SyncHttpClient};

use crate::api_error::{ApiError, Status};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::redact;
use crate::reset::ResetRequest;
use crate::retry::{RetryRequest, RetryResponse, RetryResponseError};

impl RetryRequest {
    /// The same request to another server than Google's, as tests need it: the token goes there.
    #[must_use]
    pub fn at(mut self, server: &Endpoint) -> RetryRequest {
        self.call.move_to(server);
        self
    }

    /// Sends the request with a token, and answers with the job that was started.
    ///
    /// # Errors
    ///
    /// A [`CallError`]; none has the token in it.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use dataportability_scopes::oauth2::{AccessToken, HttpRequest};
    /// use dataportability_scopes::{Grant, Resource, RetryRequest, ScopeSet, http};
    ///
    /// // In place of a real client, one that always answers the same.
    /// let http = |request: HttpRequest| -> Result<_, Infallible> {
    ///     assert_eq!(request.headers()["authorization"], "Bearer abc");
    ///     Ok(http::Response::new(br#"{"archiveJobId": "7d20c1aa"}"#.to_vec()))
    /// };
    ///
    /// let grant = Grant::from(ScopeSet::of(&[Resource::YoutubeClips]));
    /// let request = RetryRequest::new(&"3f1c6f2e".parse()?, &grant)?;
    /// let response = request.send(&AccessToken::new("abc".into()), &http)?;
    /// assert_eq!(response.job.id(), "7d20c1aa");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send<C: SyncHttpClient>(
        &self,
        token: &AccessToken,
        http_client: &C,
    ) -> Result<RetryResponse, CallError<C::Error>> {
        let response = http_client
            .call(self.call.with_token(token)?)
            .map_err(CallError::Http)?;
        Ok(started(&body(response, token)?, token)?)
    }

    /// [`send`](Self::send) through an asynchronous client.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn send_async<'c, C: AsyncHttpClient<'c>>(
        &self,
        token: &AccessToken,
        http_client: &'c C,
    ) -> Result<RetryResponse, CallError<C::Error>> {
        let request = self.call.with_token(token)?;
        let response = http_client.call(request).await.map_err(CallError::Http)?;
        Ok(started(&body(response, token)?, token)?)
    }
}

impl ResetRequest {
    /// The same request to another server than Google's, as tests need it: the token goes there.
    #[must_use]
    pub fn at(mut self, server: &Endpoint) -> ResetRequest {
        self.call.move_to(server);
        self
    }

    /// Sends the request with a token.
    ///
    /// # Errors
    ///
    /// A [`CallError`]; none has the token in it.
    pub fn send<C: SyncHttpClient>(
        &self,
        token: &AccessToken,
        http_client: &C,
    ) -> Result<(), CallError<C::Error>> {
        let response = http_client
            .call(self.call.with_token(token)?)
            .map_err(CallError::Http)?;
        body(response, token).map(drop)
    }

    /// [`send`](Self::send) through an asynchronous client.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn send_async<'c, C: AsyncHttpClient<'c>>(
        &self,
        token: &AccessToken,
        http_client: &'c C,
    ) -> Result<(), CallError<C::Error>> {
        let request = self.call.with_token(token)?;
        let response = http_client.call(request).await.map_err(CallError::Http)?;
        body(response, token).map(drop)
    }
}

impl Call {
    fn move_to(&mut self, server: &Endpoint) {
        let server = server.url().as_str();
        self.url = format!("{}/{}", server.trim_end_matches('/'), self.path);
    }

    fn with_token<E>(&self, token: &AccessToken) -> Result<HttpRequest, CallError<E>> {
        let mut request = HttpRequest::try_from(self).map_err(|_| CallError::Request)?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.secret()))
            .map_err(|_| CallError::Token)?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        Ok(request)
    }
}

/// The body of a successful response.
fn body<E>(response: HttpResponse, token: &AccessToken) -> Result<Vec<u8>, CallError<E>> {
    let code = response.status();
    if code == StatusCode::OK {
        return Ok(response.into_body());
    }
    let error = ApiError::read(
        code.as_u16(),
        &redact::body(response.body(), token.secret()),
    );
    Err(match code {
        StatusCode::UNAUTHORIZED => CallError::Unauthenticated(error),
        StatusCode::FORBIDDEN => CallError::PermissionDenied(error),
        StatusCode::NOT_FOUND => CallError::NotFound(error),
        StatusCode::TOO_MANY_REQUESTS => CallError::TooOften(error),
        _ if error.status == Status::FailedPrecondition => CallError::FailedPrecondition(error),
        _ => CallError::Api(error),
    })
}

/// The job that was started.
fn started(body: &[u8], token: &AccessToken) -> Result<RetryResponse, RetryResponseError> {
    RetryResponse::from_json(body)
        .or_else(|_| RetryResponse::from_json(&redact::body(body, token.secret())))
}

/// Why a call of the API was not answered as hoped. `E` is the HTTP client's own error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError<E> {
    /// The token is expired, revoked, or none: 401.
    #[error("the token is expired, revoked or none, refresh it or ask the user anew: {0}")]
    Unauthenticated(#[source] ApiError),
    /// The token does not allow this: 403.
    #[error("the token does not allow this, ask the user for what is missing: {0}")]
    PermissionDenied(#[source] ApiError),
    /// There is nothing of this name: 404.
    #[error("there is nothing of this name for this token, check the name: {0}")]
    NotFound(#[source] ApiError),
    /// Something has to happen before: only a failed job is retried. `FAILED_PRECONDITION`.
    #[error("this is not the time for this call, only a failed job is retried: {0}")]
    FailedPrecondition(#[source] ApiError),
    /// The call was made too often: 429. A job may be retried three times.
    #[error("the call was made too often, a job is retried at most three times: {0}")]
    TooOften(#[source] ApiError),
    /// Another error of the API.
    #[error(transparent)]
    Api(ApiError),
    /// The answer is not as documented.
    #[error(transparent)]
    Malformed(#[from] RetryResponseError),
    /// The HTTP client failed.
    #[error("the API could not be asked: {0}")]
    Http(#[source] E),
    /// The token cannot stand in a header.
    #[error(
        "the token has characters that cannot stand in an HTTP header, give it as the token response has it"
    )]
    Token,
    /// The server's URL cannot stand in a request.
    #[error("the server's URL cannot stand in an HTTP request")]
    Request,
}
