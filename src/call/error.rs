use std::boxed::Box;
use std::error::Error;
use std::fmt;
use std::string::String;
use std::vec::Vec;

use http::header::RETRY_AFTER;
use serde_json::Value;

use crate::catalogue::ParseNameError;

/// The longest error body that is read, in bytes. Google's are below 4 KiB.
const MAX_ERROR_LEN: usize = 64 << 10;

/// Why a call failed: the one error of all calls.
///
/// The message says what was refused and what to do. It shows nothing that the server wrote except
/// codes that this version of the crate knows, since the server was sent secrets and may repeat
/// them. If the HTTP client failed, its error is the [`source`](Error::source).
///
/// It is `Send`, `Sync` and `'static`: `?` converts it into `anyhow::Error` and into
/// `Box<dyn Error + Send + Sync>`.
///
/// For refusals of the API, [`refusal`](Self::refusal) has its status, its reason, and the jobs and
/// times that it names.
pub struct CallError {
    pub(crate) fault: Box<Fault>,
}

/// How far a call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallErrorKind {
    /// The request could not be built. Nothing was sent.
    NotSent,
    /// The HTTP client failed. Whether the server has seen the request is unknown.
    NoResponse,
    /// The server responded with an error.
    Refused,
    /// The server responded with success, but not as documented. It may have done what was asked.
    Malformed,
}

pub(crate) struct Fault {
    call: &'static str,
    kind: CallErrorKind,
    /// What is wrong and what to do.
    pub(crate) text: &'static str,
    /// Known codes of the server, for the message.
    pub(crate) codes: [Option<&'static str>; 2],
    status: Option<u16>,
    pub(crate) oauth_error: Option<OAuthErrorCode>,
    pub(crate) needs_consent: bool,
    pub(crate) is_transient: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
    /// The JSON of an error response. A server wrote it: show nothing of it.
    pub(crate) body: Value,
    /// The header `Retry-After` of an error response.
    pub(crate) retry_after: Option<String>,
}

impl CallError {
    /// Returns how far the call came.
    #[must_use]
    pub fn kind(&self) -> CallErrorKind {
        self.fault.kind
    }

    /// Returns the HTTP status of the response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.fault.status
    }

    /// Returns whether only a new consent of the user helps: neither time, nor a refresh, nor a
    /// change of the request.
    ///
    /// The refresh token is expired or revoked, or there is none; the code cannot be exchanged; or
    /// the access token does not carry the scope. An access token that has expired needs a refresh.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        self.fault.needs_consent
    }

    /// Returns whether the same call may succeed later: the network or the server failed, or the
    /// server asks to wait.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.fault.is_transient
    }

    /// Returns the error code of the token or revocation endpoint, if it sent one.
    #[must_use]
    pub fn oauth_error(&self) -> Option<OAuthErrorCode> {
        self.fault.oauth_error
    }

    pub(crate) fn new(call: &'static str, kind: CallErrorKind, text: &'static str) -> CallError {
        CallError {
            fault: Box::new(Fault {
                call,
                kind,
                text,
                codes: [None; 2],
                status: None,
                oauth_error: None,
                needs_consent: false,
                is_transient: false,
                source: None,
                body: Value::Null,
                retry_after: None,
            }),
        }
    }

    pub(crate) fn not_sent(call: &'static str, text: &'static str) -> CallError {
        CallError::new(call, CallErrorKind::NotSent, text)
    }

    pub(crate) fn malformed(
        call: &'static str,
        response: &http::Response<Vec<u8>>,
        text: &'static str,
    ) -> CallError {
        let mut error = CallError::new(call, CallErrorKind::Malformed, text);
        error.fault.status = Some(response.status().as_u16());
        error
    }

    pub(super) fn no_response(
        call: &'static str,
        source: Box<dyn Error + Send + Sync>,
    ) -> CallError {
        let mut error = CallError::new(call, CallErrorKind::NoResponse, "no response was received");
        error.fault.is_transient = true;
        error.fault.source = Some(source);
        error
    }

    /// Reads an error response. The caller explains it.
    pub(crate) fn refused(call: &'static str, response: &http::Response<Vec<u8>>) -> CallError {
        let mut error = CallError::new(call, CallErrorKind::Refused, "");
        let status = response.status().as_u16();
        error.fault.status = Some(status);
        error.fault.is_transient = matches!(status, 408 | 425 | 429 | 500..=599);
        error.fault.body = Some(response.body())
            .filter(|body| body.len() <= MAX_ERROR_LEN)
            .and_then(|body| serde_json::from_slice(body).ok())
            .unwrap_or_default();
        let retry_after = response.headers().get(RETRY_AFTER);
        error.fault.retry_after = retry_after.and_then(|value| value.to_str().ok()).map(Into::into);
        error
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = &self.fault;
        match (fault.kind, fault.status) {
            (CallErrorKind::Refused, Some(status)) => {
                write!(f, "{} was refused with HTTP {status}", fault.call)?;
                for code in fault.codes.into_iter().flatten() {
                    write!(f, " {code}")?;
                }
            }
            (CallErrorKind::Malformed, _) => {
                write!(f, "the response to {} is not as documented", fault.call)?;
            }
            _ => f.write_str(fault.call)?,
        }
        write!(f, ": {}", fault.text)
    }
}

/// Same as the message. It shows nothing that the server wrote.
impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("CallError");
        debug.field("kind", &self.fault.kind);
        debug.field("message", &format_args!("{self}"));
        if let Some(source) = &self.fault.source {
            debug.field("source", source);
        }
        debug.finish_non_exhaustive()
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source = self.fault.source.as_deref()?;
        Some(source)
    }
}

/// An error code of OAuth: of the callback, of the token endpoint, or of the revocation endpoint.
///
/// Printed as on the wire. A code that is not documented is [`Other`](Self::Other): its text is not
/// kept, since the callback comes from the browser, and the servers were sent secrets.
///
/// Source: RFC 6749, sections 4.1.2.1 and 5.2; RFC 7009, section 2.2.1; `OpenID` Connect Core 1.0,
/// section 3.1.2.6; "Using OAuth 2.0 for Web Server Applications", Google Identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseNameError, parse_err_fn = ParseNameError::of_code)]
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
