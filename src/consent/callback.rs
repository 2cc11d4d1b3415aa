//! The way back: what the user's browser brings from the consent.

use std::fmt;
use std::string::String;
use std::time::SystemTime;

use oauth2::{AuthorizationCode, PkceCodeVerifier};
use subtle::ConstantTimeEq;
use url::{Url, form_urlencoded};

use super::pending::PendingConsent;
use super::redirect_uri::RedirectUri;
use crate::excerpt::excerpt as printable;
use crate::catalogue::ScopeValueError;
use crate::grant::Grant;
use crate::catalogue::ScopeSet;

/// The longest query that is read, in bytes: several times what all scopes take.
const LONGEST_QUERY: usize = 64 * 1024;
/// The longest value of a parameter, in bytes.
const LONGEST_VALUE: usize = 16 * 1024;

impl PendingConsent {
    /// Takes the URL that the user's browser came back to.
    ///
    /// From then on the pending consent is used, whether the user agreed or not: drop it from the
    /// session, or store it back as it is now. A return with a wrong `state` does not use it up.
    ///
    /// Source: RFC 6749, sections 4.1.2 and 10.12; RFC 9700, section 4.7.
    ///
    /// # Errors
    ///
    /// A [`CallbackError`]: [`Denied`](CallbackError::Denied) if the user or Google said no, and
    /// others for what is not the answer to this consent.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use dataportability_scopes::oauth2::{ClientId, CsrfToken, PkceCodeVerifier};
    /// use dataportability_scopes::catalogue::{Resource, ScopeSet};
    /// use dataportability_scopes::consent::{CallbackError, Consent, ConsentRequest};
    ///
    /// let now = SystemTime::now();
    /// let request = ConsentRequest::new(
    ///     ClientId::new("1234.apps.googleusercontent.com".into()),
    ///     "https://app.example.com/return".parse()?,
    ///     ScopeSet::from_resources(&[Resource::YoutubeClips]),
    /// );
    /// let state = CsrfToken::new("xyz".into());
    /// let verifier = PkceCodeVerifier::new("a".repeat(43));
    /// let Consent::Ask(consent) = request.begin_with(state, verifier, now)? else { return Ok(()) };
    /// let mut pending = consent.pending;
    ///
    /// let forged = pending.accept_url("https://app.example.com/return?state=abc&code=4%2F0", now);
    /// assert_eq!(forged.unwrap_err(), CallbackError::WrongState);
    ///
    /// let returned =
    ///     pending.accept_url("https://app.example.com/return?state=xyz&code=4%2F0", now)?;
    /// assert_eq!(returned.code().secret(), "4/0");
    ///
    /// let again = pending.accept_url("https://app.example.com/return?state=xyz&code=4%2F0", now);
    /// assert_eq!(again.unwrap_err(), CallbackError::AlreadyUsed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn accept_url(&mut self, url: &str, now: SystemTime) -> Result<Returned, CallbackError> {
        let expected = self.redirect_uri().url();
        if url.len() > LONGEST_QUERY + expected.as_str().len() {
            return Err(CallbackError::TooLong { parameter: "query" });
        }
        let url = Url::parse(url).map_err(|_| CallbackError::NotAUrl)?;
        if url.origin() != expected.origin() {
            return Err(CallbackError::WrongHost);
        }
        if url.path() != expected.path() {
            return Err(CallbackError::WrongPath);
        }
        self.accept_query(url.query().unwrap_or_default(), now)
    }

    /// Takes the query of the URL that the user's browser came back to, without its `?`: for web
    /// frameworks that have already matched host and path.
    ///
    /// # Errors
    ///
    /// As [`accept_url`](Self::accept_url), without those on host and path.
    pub fn accept_query(
        &mut self,
        query: &str,
        now: SystemTime,
    ) -> Result<Returned, CallbackError> {
        if self.used {
            return Err(CallbackError::AlreadyUsed);
        }
        if self.is_expired(now) {
            return Err(CallbackError::Expired);
        }
        let parameters = Parameters::read(query)?;
        let state = parameters
            .state
            .ok_or(CallbackError::Missing { parameter: "state" })?;
        if !bool::from(state.as_bytes().ct_eq(self.state().secret().as_bytes())) {
            return Err(CallbackError::WrongState);
        }
        self.used = true;
        if let Some(error) = parameters.error {
            return Err(CallbackError::Denied {
                error: authorization_error(&error),
            });
        }
        let code = parameters
            .code
            .ok_or(CallbackError::Missing { parameter: "code" })?;
        let grant = parameters.scope.map(|scope| scope.parse()).transpose()?;
        Ok(Returned {
            code: AuthorizationCode::new(code),
            code_verifier: PkceCodeVerifier::new(self.code_verifier().secret().clone()),
            redirect_uri: self.redirect_uri().clone(),
            requested: self.requested(),
            grant,
        })
    }
}

/// The parameters of an authorization response that are read; others are left alone, as RFC 6749
/// has it.
#[derive(Default)]
struct Parameters {
    state: Option<String>,
    code: Option<String>,
    scope: Option<String>,
    error: Option<String>,
}

impl Parameters {
    fn read(query: &str) -> Result<Parameters, CallbackError> {
        if query.len() > LONGEST_QUERY {
            return Err(CallbackError::TooLong { parameter: "query" });
        }
        let mut parameters = Parameters::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let (parameter, place) = match &*name {
                "state" => ("state", &mut parameters.state),
                "code" => ("code", &mut parameters.code),
                "scope" => ("scope", &mut parameters.scope),
                "error" => ("error", &mut parameters.error),
                _ => continue,
            };
            if value.is_empty() {
                return Err(CallbackError::Empty { parameter });
            }
            if value.len() > LONGEST_VALUE {
                return Err(CallbackError::TooLong { parameter });
            }
            if place.replace(value.into_owned()).is_some() {
                return Err(CallbackError::Repeated { parameter });
            }
        }
        Ok(parameters)
    }
}

fn authorization_error(error: &str) -> AuthorizationError {
    let error = printable(error);
    error.parse().unwrap_or(AuthorizationError::Other(error))
}

/// That the user agreed, at least to a part: what the code is exchanged with.
pub struct Returned {
    pub(super) code: AuthorizationCode,
    pub(super) code_verifier: PkceCodeVerifier,
    pub(super) redirect_uri: RedirectUri,
    pub(super) requested: ScopeSet,
    grant: Option<Grant>,
}

impl Returned {
    /// The code, good for one exchange.
    #[must_use = "a code that is not exchanged grants nothing"]
    pub fn code(&self) -> &AuthorizationCode {
        &self.code
    }

    /// What the redirect says was granted; the token response has the last word.
    #[must_use]
    pub fn grant(&self) -> Option<&Grant> {
        self.grant.as_ref()
    }
}

/// Without the code and the verifier.
impl fmt::Debug for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returned")
            .field("redirect_uri", &self.redirect_uri)
            .field("requested", &self.requested)
            .field("grant", &self.grant)
            .finish_non_exhaustive()
    }
}

/// Why a return from the consent is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallbackError {
    /// The user, or Google, said no.
    #[error("the consent was not given: {error}")]
    Denied {
        /// What the redirect says.
        error: AuthorizationError,
    },
    /// It is not a URL.
    #[error("what the user came back to is not a whole URL")]
    NotAUrl,
    /// The scheme, host or port is not that of the redirect URI.
    #[error("the user came back to another host than that of the redirect URI")]
    WrongHost,
    /// The path is not that of the redirect URI.
    #[error("the user came back to another path than that of the redirect URI")]
    WrongPath,
    /// A parameter is missing.
    #[error("the return lacks the parameter {parameter}")]
    Missing {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter is empty.
    #[error("the return has an empty parameter {parameter}")]
    Empty {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter is given more than once.
    #[error("the return has the parameter {parameter} more than once")]
    Repeated {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter, or the whole query, is longer than any that Google sends.
    #[error("the {parameter} of the return is too long")]
    TooLong {
        /// Its name, or `query`.
        parameter: &'static str,
    },
    /// The state is not that of this consent: the return was forged, or belongs to another.
    #[error("the state of the return is not that of this consent: send the user through a new one")]
    WrongState,
    /// The user took longer than [`PendingConsent::LIFETIME`].
    #[error("the consent was begun too long ago: send the user through a new one")]
    Expired,
    /// There was a return to this consent before.
    #[error("there was a return to this consent before: send the user through a new one")]
    AlreadyUsed,
    /// The parameter `scope` is not a scope value.
    #[error(transparent)]
    Scope(#[from] ScopeValueError),
}

/// The parameter `error` of a return.
///
/// Source: RFC 6749, section 4.1.2.1; `OpenID` Connect Core 1.0, section 3.1.2.6; Google's guide
/// to OAuth 2.0 for web server applications.
///
/// ```
/// use dataportability_scopes::consent::AuthorizationError;
///
/// assert_eq!("access_denied".parse(), Ok(AuthorizationError::AccessDenied));
/// assert_eq!("odd".parse(), Ok(AuthorizationError::Other("odd".into())));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, strum::Display, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum AuthorizationError {
    /// The user declined.
    AccessDenied,
    /// `prompt=none`, and the user would have to choose an account.
    AccountSelectionRequired,
    /// An administrator of the user's organisation does not allow it.
    AdminPolicyEnforced,
    /// `prompt=none`, and the user would have to consent.
    ConsentRequired,
    /// `prompt=none`, and the user would have to be asked something.
    InteractionRequired,
    /// The request is malformed, or asks again for what is already granted.
    InvalidRequest,
    /// A scope is unknown, malformed or withdrawn.
    InvalidScope,
    /// `prompt=none`, and the user would have to sign in.
    LoginRequired,
    /// The client is only for the users of one organisation.
    OrgInternal,
    /// The server failed.
    ServerError,
    /// The server is overloaded or under maintenance.
    TemporarilyUnavailable,
    /// The client may not ask in this way.
    UnauthorizedClient,
    /// The server gives no codes.
    UnsupportedResponseType,
    /// An error that this version of the crate does not know; a long one is cut.
    #[strum(default, transparent)]
    Other(String),
}
