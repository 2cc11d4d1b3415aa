use std::boxed::Box;
use std::error::Error;
use std::fmt;
use std::string::String;
use std::vec::Vec;

use http::header::RETRY_AFTER;
use serde_json::Value;

use super::oauth_error::OAuthErrorCode;

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
    fault: Box<Fault>,
}

/// How far a call came.
///
/// ```
/// use dataportability_scopes::call::{CallErrorKind, Endpoints, send};
/// use dataportability_scopes::catalogue::{Resource, Scopes};
/// use dataportability_scopes::grant::{Access, Grant};
/// use dataportability_scopes::http::Response;
///
/// let grant = Grant::from(Scopes::from(Resource::YoutubeClips));
/// let endpoints = Endpoints::default();
/// let access = Access::new(&endpoints, "ya29.a", &grant);
/// let http = |_request| {
///     let body = br#"{"error": {"code": 401, "status": "UNAUTHENTICATED"}}"#;
///     Response::builder().status(401).body(body.to_vec())
/// };
///
/// let error = send(&access.reset()?, http).unwrap_err();
/// assert_eq!(error.kind(), CallErrorKind::Refused);
/// assert_eq!(error.status(), Some(401));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

struct Fault {
    call: &'static str,
    kind: CallErrorKind,
    /// What is wrong and what to do.
    text: &'static str,
    /// Known codes of the server, for the message.
    codes: [Option<&'static str>; 2],
    status: Option<u16>,
    oauth_error: Option<OAuthErrorCode>,
    needs_consent: bool,
    is_transient: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
    body: Value,
    retry_after: Option<String>,
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

    pub(crate) fn explained(mut self, text: &'static str) -> CallError {
        self.fault.text = text;
        self
    }

    pub(crate) fn with_codes(mut self, codes: [Option<&'static str>; 2]) -> CallError {
        self.fault.codes = codes;
        self
    }

    #[cfg(feature = "consent")]
    pub(crate) fn with_oauth_error(mut self, code: OAuthErrorCode) -> CallError {
        self.fault.oauth_error = Some(code);
        let is_known = code != OAuthErrorCode::Other;
        self.with_codes([is_known.then(|| code.as_str()), None])
    }

    pub(crate) fn needing_consent(mut self, needs_consent: bool) -> CallError {
        self.fault.needs_consent = needs_consent;
        self
    }

    pub(crate) fn transient(mut self, is_transient: bool) -> CallError {
        self.fault.is_transient = is_transient;
        self
    }

    /// Returns the JSON of an error response. A server wrote it: show nothing of it.
    pub(crate) fn body(&self) -> &Value {
        &self.fault.body
    }

    /// Returns the header `Retry-After` of an error response.
    pub(crate) fn retry_after(&self) -> Option<&str> {
        self.fault.retry_after.as_deref()
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
