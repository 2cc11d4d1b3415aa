use std::borrow::Cow;
use std::fmt;
use std::format;
use std::string::String;

use url::form_urlencoded;

use super::redirect_uri::RedirectUri;

/// The longest query that is read, in bytes: several times the length of one with all scopes.
const MAX_QUERY_LEN: usize = 64 * 1024;
/// The longest URL that is read, in bytes.
const MAX_URL_LEN: usize = MAX_QUERY_LEN + 4 * 1024;
/// The longest value of a parameter, in bytes.
const MAX_VALUE_LEN: usize = 16 * 1024;

/// The parameters of an authorization response. Others are ignored (RFC 6749, section 4.1.2).
pub(super) struct Callback {
    pub(super) state: String,
    pub(super) code: Option<String>,
    pub(super) error: Option<AuthorizationErrorCode>,
    pub(super) issuer: Option<String>,
    /// Not validated, since the token response decides.
    pub(super) scope: Option<String>,
}

impl Callback {
    pub(super) fn read(query: &str) -> Result<Callback, CallbackError> {
        if query.len() > MAX_QUERY_LEN {
            return Err(CallbackError::TooLong { parameter: "query" });
        }
        let (mut state, mut code, mut error, mut issuer) = (None, None, None, None);
        let (mut scope, mut scopes) = (None, 0);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "state" => set(&mut state, "state", value)?,
                "code" => set(&mut code, "code", value)?,
                "error" => set(&mut error, "error", value)?,
                "iss" => set(&mut issuer, "iss", value)?,
                "scope" => {
                    scopes += 1;
                    scope = Some(value.into_owned());
                }
                _ => {}
            }
        }
        Ok(Callback {
            state: state.ok_or(CallbackError::Missing { parameter: "state" })?,
            code,
            error: error.map(|code| AuthorizationErrorCode::from_code(&code)),
            issuer,
            scope: scope.filter(|_| scopes == 1),
        })
    }
}

fn set(
    place: &mut Option<String>,
    parameter: &'static str,
    value: Cow<'_, str>,
) -> Result<(), CallbackError> {
    if value.is_empty() {
        return Err(CallbackError::Empty { parameter });
    }
    if value.len() > MAX_VALUE_LEN {
        return Err(CallbackError::TooLong { parameter });
    }
    match place.replace(value.into_owned()) {
        None => Ok(()),
        Some(_) => Err(CallbackError::Repeated { parameter }),
    }
}

/// The parts of a callback's URL, as written.
pub(super) struct CallbackUrl<'a> {
    origin: String,
    path: &'a str,
    query: &'a str,
}

impl<'a> CallbackUrl<'a> {
    pub(super) fn read(url: &'a str) -> Result<CallbackUrl<'a>, CallbackError> {
        if url.len() > MAX_URL_LEN {
            return Err(CallbackError::TooLong { parameter: "URL" });
        }
        // A browser shows Google's callback with an empty fragment.
        let url = url.split('#').next().unwrap_or(url);
        let (scheme, rest) = url.split_once("://").ok_or(CallbackError::NotAUrl)?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if !is_scheme || authority.is_empty() {
            return Err(CallbackError::NotAUrl);
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Ok(CallbackUrl {
            origin: origin(scheme, authority),
            // A browser writes an empty path as `/`.
            path: if path.is_empty() { "/" } else { path },
            query,
        })
    }

    pub(super) fn query(&self) -> &'a str {
        self.query
    }

    pub(super) fn check(&self, redirect_uri: &RedirectUri) -> Result<(), CallbackError> {
        let expected = CallbackUrl::read(redirect_uri.as_str())?;
        let has_registered_query = match self.query.strip_prefix(expected.query) {
            Some(rest) => expected.query.is_empty() || rest.is_empty() || rest.starts_with('&'),
            None => false,
        };
        let part = if self.origin != expected.origin {
            "scheme, host or port"
        } else if self.path != expected.path {
            "path"
        } else if !has_registered_query {
            "query"
        } else {
            return Ok(());
        };
        Err(CallbackError::OtherUrl { part })
    }
}

/// A browser writes scheme and host in lower case, and leaves out the default port.
fn origin(scheme: &str, authority: &str) -> String {
    let (scheme, authority) = (scheme.to_ascii_lowercase(), authority.to_ascii_lowercase());
    let default_port = match scheme.as_str() {
        "https" => ":443",
        _ => ":80",
    };
    let host = authority.strip_suffix(default_port).unwrap_or(&authority);
    format!("{scheme}://{host}")
}

/// An error from completing a pending consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// The user or Google refused.
    #[error("the consent was denied with {error}: {}", .error.remedy())]
    Denied {
        /// Google's error code.
        error: AuthorizationErrorCode,
    },
    /// The text is not a URL.
    #[error(
        "the callback is not a whole URL: give it as the browser requested it, with scheme and host"
    )]
    NotAUrl,
    /// The URL is not the redirect URI of the consent.
    #[error(
        "the {part} of the callback differs from the redirect URI: give the URL as the browser requested it"
    )]
    OtherUrl {
        /// The part that differs.
        part: &'static str,
    },
    /// A parameter is missing.
    #[error("the callback has no parameter {parameter}: send the user to a new consent")]
    Missing {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter is empty.
    #[error("the callback has an empty parameter {parameter}: send the user to a new consent")]
    Empty {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter is given more than once.
    #[error(
        "the callback has the parameter {parameter} more than once: send the user to a new consent"
    )]
    Repeated {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter, or the whole query or URL, is longer than any that Google sends.
    #[error("the {parameter} of the callback is too long: send the user to a new consent")]
    TooLong {
        /// Its name, or `query`, or `URL`.
        parameter: &'static str,
    },
    /// No pending consent has the callback's `state`. The callback is forged, repeated, or from
    /// another session, or the consent was dropped for newer ones.
    #[error("no consent is pending for the state of the callback: send the user to a new consent")]
    UnknownState,
    /// The parameter `iss` names another authorization server (RFC 9207).
    #[error(
        "the callback names an issuer other than the one that was asked: send the user to a new consent"
    )]
    WrongIssuer,
    /// The user took longer than [`PendingConsent::LIFETIME`](super::PendingConsent::LIFETIME).
    #[error("the consent was started more than ten minutes ago: send the user to a new consent")]
    Expired,
}

/// An error code of a callback.
///
/// Printed as on the wire. A code that is not documented is [`Other`](Self::Other): its text is not
/// kept, since the callback comes from the browser and may contain anything.
///
/// Source: RFC 6749, section 4.1.2.1; `OpenID` Connect Core 1.0, section 3.1.2.6; "Using OAuth 2.0
/// for Web Server Applications", Google Identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthorizationErrorCode {
    /// `access_denied`: the user declined.
    AccessDenied,
    /// `account_selection_required`: with `prompt=none`, the user would have to choose an account.
    AccountSelectionRequired,
    /// `admin_policy_enforced`: an administrator of the user's organisation does not allow it.
    AdminPolicyEnforced,
    /// `consent_required`: with `prompt=none`, the user would have to consent.
    ConsentRequired,
    /// `interaction_required`: with `prompt=none`, the user would have to act.
    InteractionRequired,
    /// `invalid_request`: the request is malformed, or requests a scope that is already granted.
    InvalidRequest,
    /// `invalid_scope`: a scope is unknown, malformed or withdrawn.
    InvalidScope,
    /// `login_required`: with `prompt=none`, the user would have to sign in.
    LoginRequired,
    /// `org_internal`: the client is only for users of one organisation.
    OrgInternal,
    /// `server_error`: the server failed.
    ServerError,
    /// `temporarily_unavailable`: the server is overloaded or under maintenance.
    TemporarilyUnavailable,
    /// `unauthorized_client`: the client may not request a code.
    UnauthorizedClient,
    /// `unsupported_response_type`: the server does not issue codes.
    UnsupportedResponseType,
    /// A code that is not documented.
    Other,
}

impl AuthorizationErrorCode {
    /// Returns the code as on the wire, or `other` for [`Other`](Self::Other).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::AdminPolicyEnforced => "admin_policy_enforced",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::LoginRequired => "login_required",
            Self::OrgInternal => "org_internal",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::Other => "other",
        }
    }

    fn from_code(code: &str) -> AuthorizationErrorCode {
        match code {
            "access_denied" => Self::AccessDenied,
            "account_selection_required" => Self::AccountSelectionRequired,
            "admin_policy_enforced" => Self::AdminPolicyEnforced,
            "consent_required" => Self::ConsentRequired,
            "interaction_required" => Self::InteractionRequired,
            "invalid_request" => Self::InvalidRequest,
            "invalid_scope" => Self::InvalidScope,
            "login_required" => Self::LoginRequired,
            "org_internal" => Self::OrgInternal,
            "server_error" => Self::ServerError,
            "temporarily_unavailable" => Self::TemporarilyUnavailable,
            "unauthorized_client" => Self::UnauthorizedClient,
            "unsupported_response_type" => Self::UnsupportedResponseType,
            _ => Self::Other,
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::AccessDenied => "go on without it, or offer to ask again",
            Self::AccountSelectionRequired
            | Self::ConsentRequired
            | Self::InteractionRequired
            | Self::LoginRequired => "ask without prompt=none",
            Self::AdminPolicyEnforced => "the administrator of the account must allow the app",
            Self::InvalidRequest => {
                "leave out what the user has already granted; if its tokens are lost, the user must remove the app's access at https://myaccount.google.com/connections"
            }
            Self::InvalidScope => "check the scopes against Google's present list",
            Self::OrgInternal => "the user needs an account of the app's organisation",
            Self::ServerError | Self::TemporarilyUnavailable => "try again later",
            Self::UnauthorizedClient | Self::UnsupportedResponseType => {
                "check the OAuth client in the Google Cloud console"
            }
            Self::Other => "see the parameters error and error_description of the callback",
        }
    }
}

impl fmt::Display for AuthorizationErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
