use std::vec::Vec;

use super::form::Form;
use super::token_response::{TokenErrorCode, error_code};
use crate::http_call::{HttpCall, RequestError};

/// The request that revokes tokens. Made by [`TokenClient::revoke`](super::TokenClient::revoke).
///
/// `Debug` shows none of its secrets.
///
/// Source: RFC 7009; "Using OAuth 2.0 for Web Server Applications", Google Identity.
#[derive(Debug, Clone)]
pub struct RevokeRequest {
    pub(super) form: Form,
}

impl HttpCall for RevokeRequest {
    type Response = ();
    type Error = RevokeError;

    fn to_request(&self) -> Result<http::Request<Vec<u8>>, RequestError> {
        Ok(self.form.to_request())
    }

    fn read_response(&self, response: &http::Response<Vec<u8>>) -> Result<(), RevokeError> {
        if response.status().is_success() {
            return Ok(());
        }
        match error_code(response.body()) {
            Some(TokenErrorCode::InvalidToken) => Err(RevokeError::AlreadyInvalid),
            Some(error) => Err(RevokeError::Refused { error }),
            None => Err(RevokeError::Status {
                status: response.status().as_u16(),
            }),
        }
    }
}

/// An error from revoking tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevokeError {
    /// The token is already expired or revoked.
    #[error("the token is already expired or revoked: nothing is left to revoke")]
    AlreadyInvalid,
    /// The endpoint refused.
    #[error("the revocation endpoint refused with {error}: {}", .error.remedy())]
    Refused {
        /// Its error code.
        error: TokenErrorCode,
    },
    /// The endpoint responded with an error status and no error code.
    #[error(
        "the revocation endpoint responded with status {status} and no error code: try again later"
    )]
    Status {
        /// The HTTP status.
        status: u16,
    },
}
