use std::fmt;
use std::string::String;
use std::time::SystemTime;
use std::vec::Vec;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use url::form_urlencoded;

use super::callback::AuthorizationResponse;
use super::tokens::{TokenResponse, Tokens};
use crate::call::{CallError, Endpoint, HttpCall, OAuthErrorCode, read_object, secret};
use crate::catalogue::ScopeValueError;
use crate::grant::{Grant, GrantComparison};

/// A form to POST to a token or revocation endpoint. `Debug` shows only the endpoint.
#[derive(Clone)]
pub(super) struct Form {
    endpoint: Endpoint,
    body: String,
}

impl Form {
    pub(super) fn new(endpoint: &Endpoint) -> Form {
        Form { endpoint: endpoint.clone(), body: String::new() }
    }

    pub(super) fn field(mut self, name: &str, value: &str) -> Form {
        self.body =
            form_urlencoded::Serializer::for_suffix(self.body, 0).append_pair(name, value).finish();
        self
    }

    fn to_request(&self) -> Request<Vec<u8>> {
        let mut request = Request::new(self.body.clone().into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.uri().clone();
        let headers = request.headers_mut();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        request
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "POST {}", self.endpoint)
    }
}

/// A call of the token or revocation endpoint, made by [`OAuthClient`](super::OAuthClient).
///
/// `Debug` shows only the endpoint: the form and the context have secrets.
#[derive(Clone)]
pub(super) struct FormCall<C, R> {
    pub(super) name: &'static str,
    /// `None` if there is no refresh token.
    pub(super) form: Option<Form>,
    /// What the response is read with.
    pub(super) context: C,
    pub(super) read: Read<C, R>,
}

/// Reads the response to a call.
type Read<C, R> = fn(&FormCall<C, R>, &Response<Vec<u8>>) -> Result<R, CallError>;

impl<C, R> HttpCall for FormCall<C, R> {
    type Response = R;

    fn name(&self) -> &'static str {
        self.name
    }

    fn to_request(&self) -> Result<Request<Vec<u8>>, CallError> {
        let form = self.form.as_ref().map(Form::to_request);
        form.ok_or_else(|| {
            let text =
                "there is no refresh token: send the user to a new consent, without `online`";
            let mut error = CallError::not_sent(self.name, text);
            error.fault.needs_consent = true;
            error
        })
    }

    fn read_response(&self, response: &Response<Vec<u8>>) -> Result<R, CallError> {
        (self.read)(self, response)
    }
}

impl<C, R> fmt::Debug for FormCall<C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormCall").field("form", &self.form).finish_non_exhaustive()
    }
}

/// Reads the response to an exchange.
pub(super) fn read_exchanged(
    call: &FormCall<(AuthorizationResponse, SystemTime), Exchanged>,
    response: &Response<Vec<u8>>,
) -> Result<Exchanged, CallError> {
    let (authorized, now) = &call.context;
    let response = read_token_response(call.name, response)?;
    let (grant, scope_error) = match response.grant() {
        None => (authorized.implied_grant(), None),
        Some(Ok(grant)) => (grant, None),
        Some(Err(error)) => (Grant::default(), Some(error)),
    };
    let tokens = response.into_tokens(grant, *now);
    Ok(Exchanged { comparison: tokens.grant.compare(authorized.requested()), tokens, scope_error })
}

/// The result of an exchange: the tokens, and what was granted of what was requested.
///
/// It serializes like [`Tokens`], as plain text.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Exchanged {
    /// The tokens.
    pub tokens: Tokens,
    /// The grant compared with what was requested.
    pub comparison: GrantComparison,
    /// What is wrong with the `scope` of the response, if it cannot be read. The code is used up,
    /// so the tokens are here all the same. Their grant is empty: ask for it with
    /// [`Access::token_info`](crate::grant::Access::token_info).
    #[serde(skip)]
    pub scope_error: Option<ScopeValueError>,
}

impl<'de> Deserialize<'de> for Exchanged {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Exchanged, D::Error> {
        #[derive(Deserialize)]
        struct Stored {
            tokens: Tokens,
            comparison: GrantComparison,
        }

        let Stored { tokens, comparison } = secret(from)?;
        Ok(Exchanged { tokens, comparison, scope_error: None })
    }
}

/// Reads the response to a refresh of tokens. A grant that cannot be read is carried over.
pub(super) fn read_refreshed(
    call: &FormCall<(Tokens, SystemTime), Tokens>,
    response: &Response<Vec<u8>>,
) -> Result<Tokens, CallError> {
    let (before, now) = &call.context;
    let response = read_token_response(call.name, response)?;
    let grant = response.grant().and_then(Result::ok);
    let grant = grant.unwrap_or_else(|| before.grant.clone());
    Ok(response.into_tokens(grant, *now).refreshed_from(before))
}

/// Reads the response to a revocation. Tokens that are already expired or revoked count as revoked.
pub(super) fn read_revoked(
    call: &FormCall<(), ()>,
    response: &Response<Vec<u8>>,
) -> Result<(), CallError> {
    if response.status().is_success() {
        return Ok(());
    }
    let error = refused(call.name, response);
    match error.oauth_error() {
        Some(OAuthErrorCode::InvalidToken) => Ok(()),
        _ => Err(error),
    }
}

fn read_token_response(
    call: &'static str,
    response: &Response<Vec<u8>>,
) -> Result<TokenResponse, CallError> {
    if !response.status().is_success() || error_code(response).is_some() {
        return Err(refused(call, response));
    }
    let body: Option<TokenResponse> = read_object(response.body());
    body.filter(TokenResponse::is_well_formed).ok_or_else(|| {
        let text = "it must have an access_token, and no other token_type than Bearer (RFC 6749, \
                    section 5.1); check the token endpoint";
        CallError::malformed(call, response, text)
    })
}

/// Returns the code of an error response, of any status.
fn error_code(response: &Response<Vec<u8>>) -> Option<OAuthErrorCode> {
    #[derive(Deserialize)]
    struct Body {
        error: Option<Value>,
    }

    let body: Body = read_object(response.body())?;
    match body.error? {
        Value::String(code) if code.is_empty() => None,
        Value::String(code) => Some(OAuthErrorCode::from_code(&code)),
        _ => Some(OAuthErrorCode::Other),
    }
}

/// Reads an error response. A failing or busy server may have any code in it.
fn refused(call: &'static str, response: &Response<Vec<u8>>) -> CallError {
    let mut error = CallError::refused(call, response);
    let fault = &mut *error.fault;
    let code = error_code(response);
    fault.oauth_error = code;
    fault.codes = [code.filter(|code| *code != OAuthErrorCode::Other).map(Into::into), None];
    fault.is_transient |= matches!(
        code,
        None | Some(OAuthErrorCode::ServerError | OAuthErrorCode::TemporarilyUnavailable)
    );
    fault.text = match code {
        None => "it gave no error code: try again later",
        Some(_) if fault.is_transient => "the server failed or is busy: try again later",
        Some(code) => code.remedy(),
    };
    let is_dead = |code| {
        use OAuthErrorCode::{AccessDenied, InvalidGrant, InvalidToken};
        matches!(code, InvalidGrant | InvalidToken | AccessDenied)
    };
    fault.needs_consent = !fault.is_transient && code.is_some_and(is_dead);
    error
}
