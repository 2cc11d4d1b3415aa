use std::time::SystemTime;
use std::vec::Vec;

use super::form::Form;
use super::token_response::{TokenError, TokenResponse};
use super::tokens::Tokens;
use crate::http_call::{HttpCall, RequestError};

/// The request for a new access token. Made by [`TokenClient::refresh`](super::TokenClient::refresh).
///
/// What the response leaves out is carried over from the previous tokens: the grant, the refresh
/// token and its expiry. The access period is always carried over.
///
/// `Debug` shows none of its secrets.
///
/// Source: RFC 6749, section 6.
#[derive(Debug, Clone)]
pub struct RefreshRequest {
    pub(super) form: Form,
    pub(super) before: Tokens,
    pub(super) now: SystemTime,
}

impl HttpCall for RefreshRequest {
    type Response = Tokens;
    type Error = TokenError;

    fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
        Ok(self.form.to_request())
    }

    fn read_response(&self, response: &http::Response<Vec<u8>>) -> Result<Tokens, TokenError> {
        let response = TokenResponse::read(response)?;
        match response.into_tokens(&self.form, &self.before.grant, self.now) {
            Ok(tokens) => Ok(tokens.refreshed_from(&self.before)),
            Err(TokenError::Scope { error, mut tokens }) => {
                *tokens = tokens.refreshed_from(&self.before);
                Err(TokenError::Scope { error, tokens })
            }
            Err(error) => Err(error),
        }
    }
}

/// An error from refreshing tokens that have no refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no refresh token: request the consent with AccessType::Offline")]
pub struct NoRefreshTokenError;
