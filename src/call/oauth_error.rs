use std::fmt;

use crate::catalogue::ParseNameError;

/// An error code of OAuth: of the callback, of the token endpoint, or of the revocation endpoint.
///
/// Printed as on the wire. A code that is not documented is [`Other`](Self::Other): its text is not
/// kept, since the callback comes from the browser, and the servers were sent secrets.
///
/// Source: RFC 6749, sections 4.1.2.1 and 5.2; RFC 7009, section 2.2.1; `OpenID` Connect Core 1.0,
/// section 3.1.2.6; "Using OAuth 2.0 for Web Server Applications", Google Identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseNameError, parse_err_fn = unknown)]
#[non_exhaustive]
pub enum OAuthErrorCode {
    /// The user declined.
    AccessDenied,
    /// With `prompt=none`, the user would have to choose an account.
    AccountSelectionRequired,
    /// An administrator of the user's organization does not allow it.
    AdminPolicyEnforced,
    /// With `prompt=none`, the user would have to consent.
    ConsentRequired,
    /// The OAuth client was deleted.
    DeletedClient,
    /// With `prompt=none`, the user would have to act.
    InteractionRequired,
    /// The client id or the client secret is wrong.
    InvalidClient,
    /// The code or the refresh token is used up, expired, revoked, or belongs to another client, or
    /// the redirect URI or the code verifier does not match the code.
    InvalidGrant,
    /// The request is malformed. A consent requests a scope that is already granted.
    InvalidRequest,
    /// A scope is unknown, malformed or withdrawn.
    InvalidScope,
    /// The token is expired or revoked.
    InvalidToken,
    /// With `prompt=none`, the user would have to sign in.
    LoginRequired,
    /// The client is only for users of one organization.
    OrgInternal,
    /// The server failed.
    ServerError,
    /// The server is overloaded or under maintenance.
    TemporarilyUnavailable,
    /// The client may not do this.
    UnauthorizedClient,
    /// The endpoint does not support this way of getting tokens.
    UnsupportedGrantType,
    /// The server does not issue codes.
    UnsupportedResponseType,
    /// The endpoint does not revoke tokens of this type.
    UnsupportedTokenType,
    /// A code that is not documented.
    #[strum(to_string = "other")]
    Other,
}

fn unknown(input: &str) -> ParseNameError {
    ParseNameError::new("error code", input, &[])
}

impl OAuthErrorCode {
    /// Returns the code as on the wire, or `other` for [`Other`](Self::Other).
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(feature = "consent")]
impl OAuthErrorCode {
    pub(crate) fn from_code(code: &str) -> OAuthErrorCode {
        code.parse().unwrap_or(OAuthErrorCode::Other)
    }

    /// Returns what to do about the code of a callback.
    pub(crate) fn remedy_of_callback(self) -> &'static str {
        match self {
            Self::AccessDenied => "go on without it, or offer to ask again",
            Self::AccountSelectionRequired
            | Self::ConsentRequired
            | Self::InteractionRequired
            | Self::LoginRequired => "ask without prompt=none",
            Self::InvalidRequest => {
                "leave out what the user has already granted; if its tokens are lost, the user \
                 must remove the app's access at https://myaccount.google.com/connections"
            }
            Self::UnauthorizedClient | Self::UnsupportedResponseType => {
                "check the OAuth client in the Google Cloud console"
            }
            Self::Other => "see the parameters error and error_description of the callback",
            _ => self.remedy(),
        }
    }

    /// Returns what to do about the code of a token or revocation endpoint.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::AdminPolicyEnforced => "the administrator of the account must allow the app",
            Self::DeletedClient | Self::InvalidClient | Self::UnauthorizedClient => {
                "check the client id and secret in the Google Cloud console"
            }
            Self::InvalidScope => "check the scopes against Google's present list",
            Self::OrgInternal => "the user needs an account of the app's organization",
            Self::ServerError | Self::TemporarilyUnavailable => "try again later",
            Self::InvalidRequest
            | Self::UnsupportedGrantType
            | Self::UnsupportedResponseType
            | Self::UnsupportedTokenType => "check the address of the endpoint",
            Self::AccessDenied
            | Self::AccountSelectionRequired
            | Self::ConsentRequired
            | Self::InteractionRequired
            | Self::InvalidGrant
            | Self::InvalidToken
            | Self::LoginRequired => "send the user to a new consent",
            Self::Other => "see the body of the response",
        }
    }
}

impl fmt::Display for OAuthErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
