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
use crate::catalogue::{ScopeValueError, Scopes};
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

/// The call that exchanges a code for tokens. Made by
/// [`OAuthClient::exchange`](super::OAuthClient::exchange).
///
/// `Debug` shows none of its secrets.
///
/// Source: RFC 6749, section 4.1.3; RFC 7636, section 4.5.
#[derive(Debug, Clone)]
pub(super) struct ExchangeCall {
    form: Form,
    requested: Scopes,
    /// The grant of a response without `scope`.
    implied_grant: Grant,
    now: SystemTime,
}

impl ExchangeCall {
    pub(super) fn new(form: Form, response: &AuthorizationResponse, now: SystemTime) -> Self {
        ExchangeCall {
            form,
            requested: response.requested.clone(),
            implied_grant: response.implied_grant(),
            now,
        }
    }
}

impl HttpCall for ExchangeCall {
    type Response = Exchanged;

    fn name(&self) -> &'static str {
        "the token request"
    }

    fn to_request(&self) -> Result<Request<Vec<u8>>, CallError> {
        Ok(self.form.to_request())
    }

    fn read_response(&self, response: &Response<Vec<u8>>) -> Result<Exchanged, CallError> {
        let response = read_token_response(self.name(), response)?;
        let (grant, scope_error) = match response.grant() {
            None => (self.implied_grant.clone(), None),
            Some(Ok(grant)) => (grant, None),
            Some(Err(error)) => (Grant::default(), Some(error)),
        };
        let tokens = response.into_tokens(grant, self.now);
        Ok(Exchanged { comparison: tokens.grant.compare(&self.requested), tokens, scope_error })
    }
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
    /// What is wrong with the `scope` of the response, if it cannot be read. The code is used up, so
    /// the tokens are here all the same. Their grant is empty: ask for it with
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

/// The call that gets a new access token. Made by
/// [`OAuthClient::refresh`](super::OAuthClient::refresh).
///
/// What the response leaves out is carried over from the previous tokens: the grant, the refresh
/// token, its expiry, and the access period. A grant that cannot be read is carried over too.
///
/// `Debug` shows none of its secrets.
///
/// Source: RFC 6749, section 6.
#[derive(Debug, Clone)]
pub(super) struct RefreshCall {
    form: Option<Form>,
    before: Tokens,
    now: SystemTime,
}

impl RefreshCall {
    pub(super) fn new(form: Option<Form>, before: &Tokens, now: SystemTime) -> RefreshCall {
        RefreshCall { form, before: before.clone(), now }
    }
}

impl HttpCall for RefreshCall {
    type Response = Tokens;

    fn name(&self) -> &'static str {
        "the refresh"
    }

    fn to_request(&self) -> Result<Request<Vec<u8>>, CallError> {
        let form = self.form.as_ref().map(Form::to_request);
        form.ok_or_else(|| {
            let text =
                "there is no refresh token: send the user to a new consent, without `online`";
            CallError::not_sent(self.name(), text).needing_consent(true)
        })
    }

    fn read_response(&self, response: &Response<Vec<u8>>) -> Result<Tokens, CallError> {
        let response = read_token_response(self.name(), response)?;
        let grant = response.grant().and_then(Result::ok);
        let grant = grant.unwrap_or_else(|| self.before.grant.clone());
        Ok(response.into_tokens(grant, self.now).refreshed_from(&self.before))
    }
}

/// The call that revokes tokens. Made by [`OAuthClient::revoke`](super::OAuthClient::revoke).
///
/// Tokens that are already expired or revoked count as revoked. `Debug` shows none of its secrets.
///
/// Source: RFC 7009; "Using OAuth 2.0 for Web Server Applications", Google Identity.
#[derive(Debug, Clone)]
pub(super) struct RevokeCall {
    form: Form,
}

impl RevokeCall {
    pub(super) fn new(form: Form) -> RevokeCall {
        RevokeCall { form }
    }
}

impl HttpCall for RevokeCall {
    type Response = ();

    fn name(&self) -> &'static str {
        "the revocation"
    }

    fn to_request(&self) -> Result<Request<Vec<u8>>, CallError> {
        Ok(self.form.to_request())
    }

    fn read_response(&self, response: &Response<Vec<u8>>) -> Result<(), CallError> {
        if response.status().is_success() {
            return Ok(());
        }
        let error = refused(self.name(), response);
        match error.oauth_error() {
            Some(OAuthErrorCode::InvalidToken) => Ok(()),
            _ => Err(error),
        }
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
    let error = CallError::refused(call, response);
    let Some(code) = error_code(response) else {
        return error.explained("it gave no error code: try again later").transient(true);
    };
    let busy = matches!(code, OAuthErrorCode::ServerError | OAuthErrorCode::TemporarilyUnavailable);
    if error.is_transient() || busy {
        let error = error.with_oauth_error(code).transient(true);
        return error.explained("the server failed or is busy: try again later");
    }
    let dead = matches!(
        code,
        OAuthErrorCode::InvalidGrant | OAuthErrorCode::InvalidToken | OAuthErrorCode::AccessDenied
    );
    error.with_oauth_error(code).explained(code.remedy()).needing_consent(dead)
}
