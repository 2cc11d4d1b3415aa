use std::borrow::Cow;
use std::fmt;
use std::format;
use std::string::String;

use oauth2::AuthorizationCode;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::pending_consents::StoredConsent;
use super::redirect_uri::RedirectUri;
use crate::call::{OAuthErrorCode, secret};
use crate::catalogue::Scopes;
use crate::grant::Grant;

/// The longest query that is read, in bytes: several times the length of one with all scopes.
const MAX_QUERY_LEN: usize = 64 * 1024;
/// The longest URL that is read, in bytes.
const MAX_URL_LEN: usize = MAX_QUERY_LEN + 4 * 1024;
/// The longest value of a parameter, in bytes.
const MAX_VALUE_LEN: usize = 16 * 1024;
const TOO_LONG: &str = "too long";

/// The parameters of an authorization response. Others are ignored (RFC 6749, section 4.1.2).
pub(super) struct Callback {
    pub(super) state: String,
    pub(super) code: Option<String>,
    pub(super) error: Option<OAuthErrorCode>,
    pub(super) issuer: Option<String>,
    /// Not validated, since the token response decides.
    pub(super) scope: Option<String>,
}

impl Callback {
    /// Reads a query, with or without the `?` before it.
    pub(super) fn read(query: &str) -> Result<Callback, CallbackError> {
        let query = query.strip_prefix('?').unwrap_or(query);
        if query.len() > MAX_QUERY_LEN {
            return Err(CallbackError::Malformed { parameter: "query", fault: TOO_LONG });
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
            error: error.map(|code| OAuthErrorCode::from_code(&code)),
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
    let fault = if value.is_empty() {
        "empty"
    } else if value.len() > MAX_VALUE_LEN {
        TOO_LONG
    } else if place.replace(value.into_owned()).is_some() {
        "given more than once"
    } else {
        return Ok(());
    };
    Err(CallbackError::Malformed { parameter, fault })
}

/// The parts of a callback's URL, as written.
pub(super) struct CallbackUrl<'a> {
    origin: String,
    path: &'a str,
    pub(super) query: &'a str,
}

impl<'a> CallbackUrl<'a> {
    pub(super) fn read(url: &'a str) -> Result<CallbackUrl<'a>, CallbackError> {
        if url.len() > MAX_URL_LEN {
            return Err(CallbackError::Malformed { parameter: "URL", fault: TOO_LONG });
        }
        // A browser shows Google's callback with an empty fragment.
        let url = url.split('#').next().unwrap_or(url);
        let (scheme, rest) = url.split_once("://").ok_or(CallbackError::NotAUrl)?;
        let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
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
    #[error("the consent was denied with {error}: {}", .error.remedy_of_callback())]
    Denied {
        /// Google's error code.
        error: OAuthErrorCode,
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
    /// A parameter is empty, given more than once, or longer than any that Google sends. The whole
    /// query or URL may be too long, too.
    #[error("the {parameter} of the callback is {fault}: send the user to a new consent")]
    Malformed {
        /// Its name, or `query`, or `URL`.
        parameter: &'static str,
        /// What is wrong with it.
        fault: &'static str,
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

/// A verified authorization response: the user agreed, at least in part.
///
/// [Exchange](super::OAuthClient::exchange) it for tokens. Serialized, it contains the code and the
/// code verifier: store it encrypted, so that the exchange can be repeated after a crash, and only
/// until it is done. `Debug` shows none of its secrets.
///
/// Source: RFC 6749, section 4.1.2.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthorizationResponse {
    #[serde(deserialize_with = "secret")]
    pub(super) stored: StoredResponse,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredResponse {
    pub(super) code: AuthorizationCode,
    pub(super) code_verifier: String,
    pub(super) redirect_uri: RedirectUri,
    pub(super) requested: Scopes,
    /// The scopes that the callback names, if it has a well-formed `scope`.
    named: Option<Scopes>,
}

impl AuthorizationResponse {
    pub(super) fn new(
        pending: StoredConsent,
        callback: Callback,
    ) -> Result<AuthorizationResponse, CallbackError> {
        if callback.issuer.is_some_and(|it| it != pending.issuer) {
            return Err(CallbackError::WrongIssuer);
        }
        if let Some(error) = callback.error {
            return Err(CallbackError::Denied { error });
        }
        let code = callback.code.ok_or(CallbackError::Missing { parameter: "code" })?;
        let named = callback.scope.and_then(|scope| scope.parse::<Grant>().ok());
        let stored = StoredResponse {
            code: AuthorizationCode::new(code),
            code_verifier: pending.code_verifier,
            redirect_uri: pending.redirect_uri,
            requested: pending.requested,
            named: named.as_ref().map(Scopes::from),
        };
        Ok(AuthorizationResponse { stored })
    }

    /// Returns the code, which can be exchanged once. It is a secret.
    #[must_use = "a code that is not exchanged grants nothing"]
    pub fn code(&self) -> &AuthorizationCode {
        &self.stored.code
    }

    /// Returns the scopes that were requested.
    #[must_use]
    pub fn requested(&self) -> &Scopes {
        &self.stored.requested
    }

    /// Returns what a token response without `scope` grants: what was requested (RFC 6749, section
    /// 5.1), except for scopes that the callback leaves out. The callback's `scope` comes from the
    /// browser, so it cannot add anything.
    pub(super) fn implied_grant(&self) -> Grant {
        let StoredResponse { named, requested, .. } = &self.stored;
        match named {
            None => requested.clone().into(),
            Some(named) => named.intersection(requested).into(),
        }
    }
}

impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationResponse")
            .field("redirect_uri", &self.stored.redirect_uri)
            .field("requested", &self.stored.requested)
            .finish_non_exhaustive()
    }
}
