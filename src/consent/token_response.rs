use std::boxed::Box;
use std::fmt;
use std::string::String;
use std::time::{Duration, SystemTime};
use std::vec::Vec;

use oauth2::{AccessToken, RefreshToken};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::form::Form;
use super::tokens::{AccessPeriod, Tokens};
use crate::catalogue::ScopeValueError;
use crate::grant::Grant;
use crate::http_call::{MAX_RESPONSE_LEN, read_object};
use crate::secret_runs::SecretRuns;

/// A successful response of a token endpoint (RFC 6749, section 5.1).
///
/// `Deserialize` refuses a field that is given twice.
#[derive(Deserialize)]
pub(super) struct TokenResponse {
    access_token: String,
    token_type: String,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    refresh_token_expires_in: Option<u64>,
    /// Of any type, so that a malformed one does not lose the tokens.
    scope: Option<Value>,
    /// An error that [`ErrorResponse`] does not read, such as a number that is out of range.
    error: Option<IgnoredAny>,
}

/// The `error` of a response. With it, the response is an error response whatever else it has.
#[derive(Deserialize)]
struct ErrorResponse {
    error: Option<Value>,
}

/// The longest lifetime of a refresh token while the app's publishing status is Testing.
const TESTING: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl TokenResponse {
    pub(super) fn read(response: &http::Response<Vec<u8>>) -> Result<TokenResponse, TokenError> {
        let (status, body) = (response.status(), response.body());
        if body.len() > MAX_RESPONSE_LEN {
            return Err(TokenError::Malformed);
        }
        match (error_code(body), status) {
            (Some(error), _) => return Err(TokenError::Refused { error }),
            (None, http::StatusCode::OK) => {}
            (None, status) => {
                return Err(TokenError::Status {
                    status: status.as_u16(),
                });
            }
        }
        let response: TokenResponse = read_object(body).ok_or(TokenError::Malformed)?;
        let is_well_formed = response.error.is_none()
            && is_token(&response.access_token)
            && response.refresh_token.as_deref().is_none_or(is_token);
        if is_well_formed && response.token_type.eq_ignore_ascii_case("bearer") {
            Ok(response)
        } else {
            Err(TokenError::Malformed)
        }
    }

    /// `implied_grant` is the grant of a response without `scope`.
    pub(super) fn into_tokens(
        self,
        form: &Form,
        implied_grant: &Grant,
        now: SystemTime,
    ) -> Result<Tokens, TokenError> {
        let grant = match &self.scope {
            None => Ok(implied_grant.clone()),
            Some(Value::String(scope)) => self.read_scope(scope, form),
            Some(_) => Err(TokenScopeError::NotAString),
        };
        let after = |seconds| in_range(now, Duration::from_secs(seconds));
        let refresh_token_expires_at = self.refresh_token_expires_in.map(after);
        let access_period = match (self.refresh_token_expires_in, &self.refresh_token) {
            (Some(lifetime), _) if lifetime > TESTING.as_secs() => Some(AccessPeriod::TimeBased {
                until: after(lifetime),
            }),
            (None, Some(_)) => Some(AccessPeriod::OneTime),
            _ => None,
        };
        let (grant, error) = match grant {
            Ok(grant) => (grant, None),
            Err(error) => (Grant::default(), Some(error)),
        };
        let tokens = Tokens {
            access_token: AccessToken::new(self.access_token),
            expires_at: self.expires_in.map(after),
            refresh_token: self.refresh_token.map(RefreshToken::new),
            refresh_token_expires_at,
            access_period,
            grant,
        };
        match error {
            None => Ok(tokens),
            Some(error) => Err(TokenError::Scope {
                error,
                tokens: Box::new(tokens),
            }),
        }
    }

    fn read_scope(&self, scope: &str, form: &Form) -> Result<Grant, TokenScopeError> {
        let grant: Grant = scope.parse().map_err(TokenScopeError::Grammar)?;
        if grant.unrecognized().next().is_none() {
            return Ok(grant);
        }
        let received = [Some(&*self.access_token), self.refresh_token.as_deref()];
        let secrets = SecretRuns::of(form.secrets().chain(received.into_iter().flatten()));
        if grant.unrecognized().any(|token| secrets.meet(token)) {
            return Err(TokenScopeError::Secret);
        }
        Ok(grant)
    }
}

/// Returns `now + lifetime`, but at most the latest time that RFC 3339 can represent.
fn in_range(now: SystemTime, lifetime: Duration) -> SystemTime {
    /// 9999-12-31T23:59:59Z.
    const END: Duration = Duration::from_secs(253_402_300_799);
    let end = SystemTime::UNIX_EPOCH + END;
    now.checked_add(lifetime).map_or(end, |time| time.min(end))
}

/// The longest token that is read, in bytes. Google's are at most 2048 bytes long.
const MAX_TOKEN_LEN: usize = 16 << 10;

/// Returns whether a token consists of characters that a header can have (RFC 9110, section 5.5),
/// without spaces.
fn is_token(token: &str) -> bool {
    (1..=MAX_TOKEN_LEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Returns the code of an error response, of any status.
pub(super) fn error_code(body: &[u8]) -> Option<TokenErrorCode> {
    let response: ErrorResponse = read_object(body)?;
    Some(match response.error? {
        Value::String(code) => TokenErrorCode::from_code(&code),
        _ => TokenErrorCode::Other,
    })
}

/// An error from exchanging a code or refreshing tokens.
///
/// It quotes nothing that the server wrote except known error codes, since the server was sent
/// secrets and may repeat them.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The endpoint refused.
    #[error("the token endpoint refused with {error}: {}", .error.remedy())]
    Refused {
        /// Its error code.
        error: TokenErrorCode,
    },
    /// The endpoint responded with an error status and no error code.
    #[error("the token endpoint responded with status {status} and no error code: try again later")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The response is not a token response.
    #[error(
        "the token response is malformed: it must have an access_token and the token_type Bearer (RFC 6749, section 5.1); check the token endpoint"
    )]
    Malformed,
    /// The `scope` of the response is malformed. The code is used up, so the tokens are here.
    #[error(
        "the scope of the token response is malformed: {error}; keep the tokens of this error, and get their scopes with `TokenInfoRequest`"
    )]
    Scope {
        /// What is wrong with the `scope`.
        error: TokenScopeError,
        /// The tokens. Their scopes are unknown, so their grant is empty.
        tokens: Box<Tokens>,
    },
}

/// What is wrong with the `scope` of a token response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenScopeError {
    /// The `scope` is not a scope value.
    #[error(transparent)]
    Grammar(#[from] ScopeValueError),
    /// The `scope` is not a string.
    #[error("it is not a string")]
    NotAString,
    /// It repeats 12 or more characters of a secret of the exchange, such as the code.
    #[error("it repeats a secret of the exchange")]
    Secret,
}

/// An error code of the token or revocation endpoint.
///
/// Printed as on the wire. A code that is not documented is [`Other`](Self::Other): its text is not
/// kept, since the server was sent secrets and may repeat them.
///
/// Source: RFC 6749, section 5.2; RFC 7009, section 2.2.1; "Using OAuth 2.0 for Web Server
/// Applications", Google Identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenErrorCode {
    /// `admin_policy_enforced`: an administrator of the user's organisation does not allow it.
    AdminPolicyEnforced,
    /// `deleted_client`: the OAuth client was deleted.
    DeletedClient,
    /// `invalid_client`: the client id or the client secret is wrong.
    InvalidClient,
    /// `invalid_grant`: the code or the refresh token is used up, expired, revoked, or belongs to
    /// another client, or the redirect URI or the code verifier does not match the code.
    InvalidGrant,
    /// `invalid_request`: the request is malformed.
    InvalidRequest,
    /// `invalid_scope`: the scope is unknown, malformed, or more than the user granted.
    InvalidScope,
    /// `invalid_token`: the token is expired or revoked.
    InvalidToken,
    /// `org_internal`: the client is only for users of one organisation.
    OrgInternal,
    /// `unauthorized_client`: the client may not do this.
    UnauthorizedClient,
    /// `unsupported_grant_type`: the endpoint does not support this way of getting tokens.
    UnsupportedGrantType,
    /// `unsupported_token_type`: the endpoint does not revoke tokens of this type.
    UnsupportedTokenType,
    /// A code that is not documented.
    Other,
}

impl TokenErrorCode {
    /// Returns the code as on the wire, or `other` for [`Other`](Self::Other).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AdminPolicyEnforced => "admin_policy_enforced",
            Self::DeletedClient => "deleted_client",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidToken => "invalid_token",
            Self::OrgInternal => "org_internal",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::Other => "other",
        }
    }

    fn from_code(code: &str) -> TokenErrorCode {
        match code {
            "admin_policy_enforced" => Self::AdminPolicyEnforced,
            "deleted_client" => Self::DeletedClient,
            "invalid_client" => Self::InvalidClient,
            "invalid_grant" => Self::InvalidGrant,
            "invalid_request" => Self::InvalidRequest,
            "invalid_scope" => Self::InvalidScope,
            "invalid_token" => Self::InvalidToken,
            "org_internal" => Self::OrgInternal,
            "unauthorized_client" => Self::UnauthorizedClient,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "unsupported_token_type" => Self::UnsupportedTokenType,
            _ => Self::Other,
        }
    }

    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::AdminPolicyEnforced => "the administrator of the account must allow the app",
            Self::DeletedClient | Self::InvalidClient | Self::UnauthorizedClient => {
                "check the client id and secret in the Google Cloud console"
            }
            Self::InvalidGrant | Self::InvalidToken => "send the user to a new consent",
            Self::InvalidScope => "check the scopes against Google's present list",
            Self::InvalidRequest | Self::UnsupportedGrantType | Self::UnsupportedTokenType => {
                "check the address of the endpoint"
            }
            Self::OrgInternal => "the user needs an account of the app's organisation",
            Self::Other => "see the body of the response",
        }
    }
}

impl fmt::Display for TokenErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
