//! What `tokeninfo` says of a token, and the link by which a user renews access.

use std::string::String;
use std::time::Duration;

use serde::Deserialize;

use super::grant::Grant;
use crate::catalogue::ScopeValueError;
use crate::excerpt::excerpt;

/// Google's `tokeninfo` endpoint; the token goes into the parameter `access_token`.
pub const TOKEN_INFO_ENDPOINT: &str = "https://oauth2.googleapis.com/tokeninfo";

/// What `tokeninfo` answers about an access token.
///
/// Compare [`audience`](Self::audience) with your client id: a token of another app is not yours
/// to act on.
///
/// Source: Google's `tokeninfo` endpoint, whose numbers come as strings.
///
/// ```
/// use std::time::Duration;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::grant::TokenInfo;
///
/// let info = TokenInfo::from_json(
///     br#"{
///         "aud": "1234.apps.googleusercontent.com",
///         "scope": "https://www.googleapis.com/auth/dataportability.youtube.clips",
///         "expires_in": "3599"
///     }"#,
/// )?;
/// assert_eq!(info.audience, "1234.apps.googleusercontent.com");
/// assert_eq!(info.grant.scopes(), ScopeSet::from_resources(&[Resource::YoutubeClips]));
/// assert_eq!(info.expires_in, Duration::from_secs(3599));
/// # Ok::<(), dataportability_scopes::grant::TokenInfoError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenInfo {
    /// The client that the token was issued to.
    pub audience: String,
    /// The scopes that the token carries.
    pub grant: Grant,
    /// How much longer the token is valid.
    pub expires_in: Duration,
}

impl TokenInfo {
    /// Reads the body of the answer.
    ///
    /// # Errors
    ///
    /// If the endpoint says that the token is not valid, or the body is not such an answer.
    pub fn from_json(body: &[u8]) -> Result<TokenInfo, TokenInfoError> {
        match serde_json::from_slice(body).map_err(|_| TokenInfoError::Malformed)? {
            Answer::Token {
                aud,
                scope,
                expires_in,
            } => Ok(TokenInfo {
                audience: aud,
                grant: scope.parse()?,
                expires_in: Duration::from_secs(
                    expires_in.parse().map_err(|_| TokenInfoError::Malformed)?,
                ),
            }),
            Answer::Error { error } => Err(TokenInfoError::Invalid {
                error: excerpt(&error),
            }),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Token {
        aud: String,
        scope: String,
        expires_in: String,
    },
    Error {
        error: String,
    },
}

/// Why there is no [`TokenInfo`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenInfoError {
    /// The token is not valid.
    #[error("tokeninfo refused with {error:?}: the token is expired, revoked, or none")]
    Invalid {
        /// The endpoint's error.
        error: String,
    },
    /// The body is not an answer of `tokeninfo`.
    #[error(
        "the answer of tokeninfo is not as documented: it must have aud, scope and expires_in, or error, as strings"
    )]
    Malformed,
    /// The `scope` is not a scope value.
    #[error("the scope that tokeninfo tells is malformed: {0}")]
    Scope(#[from] ScopeValueError),
}
