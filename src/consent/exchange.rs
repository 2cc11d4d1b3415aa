use std::time::SystemTime;
use std::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize};

use super::form::Form;
use super::token_response::{TokenError, TokenResponse};
use super::tokens::Tokens;
use crate::grant::{Grant, GrantComparison, RequestedScopes};
use crate::http_call::{HttpCall, RequestError};
use crate::stored_secret;

/// The request that exchanges a code for tokens. Made by
/// [`TokenClient::exchange`](super::TokenClient::exchange).
///
/// `Debug` shows none of its secrets.
///
/// Source: RFC 6749, section 4.1.3; RFC 7636, section 4.5.
#[derive(Debug, Clone)]
pub struct ExchangeRequest {
    pub(super) form: Form,
    pub(super) requested: RequestedScopes,
    pub(super) implied_grant: Grant,
    pub(super) now: SystemTime,
}

impl HttpCall for ExchangeRequest {
    type Response = Exchanged;
    type Error = TokenError;

    fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
        Ok(self.form.to_request())
    }

    fn read_response(&self, response: &http::Response<Vec<u8>>) -> Result<Exchanged, TokenError> {
        let response = TokenResponse::read(response)?;
        let tokens = response.into_tokens(&self.form, &self.implied_grant, self.now)?;
        Ok(Exchanged {
            comparison: tokens.grant.compare(self.requested.clone()),
            tokens,
        })
    }
}

/// The result of an exchange: the tokens, and what was granted of what was requested.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Exchanged {
    /// The tokens.
    pub tokens: Tokens,
    /// The grant compared with what was requested.
    pub comparison: GrantComparison,
}

impl<'de> Deserialize<'de> for Exchanged {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Exchanged, D::Error> {
        #[derive(Deserialize)]
        struct Stored {
            tokens: Tokens,
            comparison: GrantComparison,
        }

        let stored: Stored = stored_secret::deserialize(from, "tokens and their comparison")?;
        Ok(Exchanged {
            tokens: stored.tokens,
            comparison: stored.comparison,
        })
    }
}
