use std::collections::BTreeMap;
use std::fmt;
use std::format;
use std::string::String;
use std::time::SystemTime;
use std::vec::Vec;

use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier};
use url::form_urlencoded::byte_serialize;

use super::client::OAuthClient;
use super::pending_consents::{PendingConsent, StoredConsent};
use crate::catalogue::{Listing, Revision, Scope, Scopes};

/// The length of a random `state` or code verifier: 32 bytes in base64url.
const RANDOM_LEN: usize = 43;

/// A request for a user's consent: the scopes that the app needs, without those that the user has
/// already granted. Made by [`OAuthClient::consent`]; [the second job](crate#the-six-jobs) has one.
///
/// It follows Google's rules for the Data Portability API: no scopes of other APIs, no
/// `include_granted_scopes`, no scope that is already granted, and no scope of the catalogue that
/// the revision does not list. `state` and PKCE (RFC 7636, S256) are always part of it, and so is
/// the request for a refresh token, since exports take days.
///
/// Source: "Configure OAuth" and "Troubleshooting" of the Data Portability user guide; RFC 9700.
#[derive(Debug, Clone)]
pub struct ConsentRequest<'client> {
    client: &'client OAuthClient,
    scopes: Scopes,
    already_granted: Scopes,
    revision: Revision,
    online: bool,
    prompt: Option<Prompt>,
    login_hint: Option<String>,
}

impl ConsentRequest<'_> {
    pub(super) fn new(client: &OAuthClient, scopes: Scopes) -> ConsentRequest<'_> {
        ConsentRequest {
            client,
            scopes,
            already_granted: Scopes::default(),
            revision: Revision::NEWEST,
            online: false,
            prompt: None,
            login_hint: None,
        }
    }

    /// Adds what the same Google account has already granted. The request leaves it out.
    ///
    /// Google refuses a request for a scope that is already granted, with "incremental auth is not
    /// allowed for the requested scopes". Grants count for the whole Google Cloud project: give all
    /// scopes that this account granted to any of its clients, and none that another account
    /// granted.
    #[must_use]
    pub fn already_granted(mut self, granted: impl Into<Scopes>) -> Self {
        self.already_granted.extend([granted]);
        self
    }

    /// Sets the revision that must list the scopes. Defaults to [`Revision::NEWEST`].
    #[must_use]
    pub fn revision(mut self, revision: Revision) -> Self {
        self.revision = revision;
        self
    }

    /// Asks for no refresh token, so that the access ends within an hour. Without this, Google
    /// sends a refresh token.
    #[must_use]
    pub fn online(mut self) -> Self {
        self.online = true;
        self
    }

    /// Sets the parameter `prompt`. No value makes Google accept a scope that is already granted.
    #[must_use]
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = Some(prompt);
        self
    }

    /// Sets the email address or `sub` of the account that should consent. The user may choose
    /// another account, and the token response does not say which.
    #[must_use]
    pub fn login_hint(mut self, hint: impl Into<String>) -> Self {
        self.login_hint = Some(hint.into());
        self
    }

    /// Returns the URL of the consent, and what to keep for the callback. `state` and the code
    /// verifier are random, from the operating system.
    ///
    /// Returns `None` if everything is already granted: there is nothing to ask for.
    ///
    /// `now` is the time from which the [`PendingConsent`] ages.
    ///
    /// # Errors
    ///
    /// Fails with a [`ConsentError`] if Google would refuse the request.
    pub fn authorize_url(&self, now: SystemTime) -> Result<Option<ConsentUrl>, ConsentError> {
        let Some(requested) = self.requested()? else {
            return Ok(None);
        };
        let state = CsrfToken::new_random_len(32);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        Ok(Some(self.consent_url(requested, state, verifier, &challenge, now)))
    }

    /// Same as [`authorize_url`](Self::authorize_url), but with a `state` and a code verifier from
    /// the caller's own source of randomness. Both must be new for each request.
    ///
    /// # Errors
    ///
    /// Fails with a [`ConsentError`] if Google would refuse the request, if `state` is empty or not
    /// printable ASCII, or if the code verifier does not follow RFC 7636, section 4.1.
    pub fn authorize_url_with(
        &self,
        state: CsrfToken,
        code_verifier: PkceCodeVerifier,
        now: SystemTime,
    ) -> Result<Option<ConsentUrl>, ConsentError> {
        let Some(requested) = self.requested()? else {
            return Ok(None);
        };
        let is_printable = |byte: u8| matches!(byte, 0x20..=0x7E);
        if state.secret().is_empty() || !state.secret().bytes().all(is_printable) {
            return Err(ConsentError::State);
        }
        let verifier = code_verifier.secret();
        let is_unreserved =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(is_unreserved) {
            return Err(ConsentError::CodeVerifier);
        }
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&code_verifier);
        Ok(Some(self.consent_url(requested, state, code_verifier, &challenge, now)))
    }

    /// Splits the request into batches whose URLs are at most `max_len` bytes long. The scopes of a
    /// service stay together if they fit into one batch.
    ///
    /// Ask for one batch after the other, each with [`OAuthClient::consent`] and with what the user
    /// has granted by then. Returns no batches if everything is already granted.
    ///
    /// Google publishes no limit for the length. A URL that asks for all scopes has about 6,000
    /// bytes.
    ///
    /// Source: "Troubleshooting" of the Data Portability user guide, on URLs that are too long.
    ///
    /// # Errors
    ///
    /// Fails with a [`ConsentError`] if Google would refuse the request, and with
    /// [`ConsentError::TooLong`] if one scope alone makes the URL too long.
    ///
    /// ```
    /// use dataportability_scopes::{OAuthClient, Revision};
    ///
    /// let google = OAuthClient::new(
    ///     "1234.apps.googleusercontent.com",
    ///     "https://app.example.com/callback".parse()?,
    /// );
    /// let everything = Revision::R2025_01_20.scopes();
    /// let request = google.consent(everything).revision(Revision::R2025_01_20);
    /// let batches = request.batches(2_000)?;
    /// assert_eq!(batches.iter().map(|batch| batch.len()).sum::<usize>(), everything.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn batches(&self, max_len: usize) -> Result<Vec<Scopes>, ConsentError> {
        let Some(requested) = self.requested()? else {
            return Ok(Vec::new());
        };
        // No separator follows the last scope.
        let room = max_len.saturating_add(1).saturating_sub(self.url_len_without_scopes());
        let mut services: BTreeMap<String, Scopes> = BTreeMap::new();
        for scope in requested.singles() {
            let service = scope.names().next().and_then(|name| name.split('.').next());
            let service = services.entry(service.unwrap_or_default().into());
            service.or_default().extend([scope]);
        }
        let mut batches: Vec<Scopes> = Vec::new();
        for part in services.into_values() {
            let parts = if encoded_len(&part) <= room {
                Vec::from([part])
            } else {
                part.singles().collect()
            };
            for part in parts {
                if encoded_len(&part) > room {
                    let scope = format!("{part}");
                    return Err(ConsentError::TooLong { scope, max_len });
                }
                match batches.last_mut() {
                    Some(last) if encoded_len(last) + encoded_len(&part) <= room => {
                        last.extend([part]);
                    }
                    _ => batches.push(part),
                }
            }
        }
        Ok(batches)
    }

    /// Returns what to request, or `None` if everything is already granted.
    fn requested(&self) -> Result<Option<Scopes>, ConsentError> {
        if self.client.client_id.is_empty() {
            return Err(ConsentError::EmptyClientId);
        }
        if self.scopes.is_empty() {
            return Err(ConsentError::NoScopes);
        }
        let requested = self.scopes.difference(&self.already_granted);
        let not_listed = requested.known() - self.revision.scopes();
        match not_listed.iter().next() {
            Some(scope) => Err(ConsentError::NotListed { scope, revision: self.revision }),
            None if requested.is_empty() => Ok(None),
            None => Ok(Some(requested)),
        }
    }

    fn consent_url(
        &self,
        requested: Scopes,
        state: CsrfToken,
        code_verifier: PkceCodeVerifier,
        code_challenge: &PkceCodeChallenge,
        now: SystemTime,
    ) -> ConsentUrl {
        let url = self.url(&requested, &state, code_challenge);
        let stored = StoredConsent {
            state,
            code_verifier: code_verifier.into_secret(),
            redirect_uri: self.client.redirect_uri.clone(),
            requested,
            issuer: self.client.endpoints.issuer.clone(),
            since: now,
        };
        ConsentUrl { url, pending: PendingConsent { stored } }
    }

    fn url(
        &self,
        scopes: &Scopes,
        state: &CsrfToken,
        code_challenge: &PkceCodeChallenge,
    ) -> AuthorizationUrl {
        let mut url = AuthorizationUrl { text: String::with_capacity(512 + encoded_len(scopes)) };
        url.text.push_str(self.client.endpoints.authorization.as_str());
        url.text.push_str("?response_type=code");
        url.push("client_id", &self.client.client_id);
        url.push("redirect_uri", self.client.redirect_uri.as_str());
        url.push_scopes(scopes);
        url.push("state", state.secret());
        url.push("code_challenge", code_challenge.as_str());
        url.push("code_challenge_method", code_challenge.method());
        if !self.online {
            url.push("access_type", "offline");
        }
        if let Some(prompt) = self.prompt {
            url.push("prompt", prompt.into());
        }
        if let Some(hint) = &self.login_hint {
            url.push("login_hint", hint);
        }
        url
    }

    fn url_len_without_scopes(&self) -> usize {
        let state = CsrfToken::new("A".repeat(RANDOM_LEN));
        let verifier = PkceCodeVerifier::new("A".repeat(RANDOM_LEN));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        self.url(&Scopes::default(), &state, &challenge).text.len()
    }
}

/// Which pages Google shows besides those that it has to: the parameter `prompt`.
///
/// Printed as the value of the parameter.
///
/// Source: "Using OAuth 2.0 for Web Server Applications", Google Identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Prompt {
    /// `none`: show no page. The callback has an error if the user would have to act.
    None,
    /// `consent`: show the consent page.
    Consent,
    /// `select_account`: let the user choose an account.
    SelectAccount,
    /// `consent select_account`: both.
    #[strum(serialize = "consent select_account")]
    ConsentAndSelectAccount,
}

/// The URL to send the user to, and what to keep until the callback.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConsentUrl {
    /// The URL for the user's browser.
    pub url: AuthorizationUrl,
    /// What the callback is checked against. Add it to the
    /// [`PendingConsents`](super::PendingConsents) of the user's session.
    pub pending: PendingConsent,
}

/// The URL of a consent, for the user's browser.
///
/// It carries `state`, which is a secret between the app and the browser: put it into the
/// `Location` header of a redirect, not into a log. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationUrl {
    text: String,
}

/// The prefix of every scope, in a query. What follows it in a scope token needs no encoding:
/// build.rs and `NewerScope` admit only lowercase letters, digits, `_` and `.`.
const ENCODED_SCOPE_PREFIX: &str = "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdataportability.";

impl AuthorizationUrl {
    /// Returns the URL. All its characters are ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn push(&mut self, name: &str, value: &str) {
        self.push_name(name);
        self.text.extend(byte_serialize(value.as_bytes()));
    }

    fn push_scopes(&mut self, scopes: &Scopes) {
        self.push_name("scope");
        for (index, group) in scopes.names().enumerate() {
            if index > 0 {
                self.text.push('+');
            }
            self.text.push_str(ENCODED_SCOPE_PREFIX);
            self.text.push_str(group);
        }
    }

    fn push_name(&mut self, name: &str) {
        self.text.push('&');
        self.text.push_str(name);
        self.text.push('=');
    }
}

/// Returns the length of the scopes in a URL, with a separator after each.
fn encoded_len(scopes: &Scopes) -> usize {
    let encoded_len = |name: &str| ENCODED_SCOPE_PREFIX.len() + name.len() + 1;
    scopes.names().map(encoded_len).sum()
}

impl From<AuthorizationUrl> for String {
    fn from(url: AuthorizationUrl) -> String {
        url.text
    }
}

/// Shows the endpoint, but no parameter.
impl fmt::Debug for AuthorizationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.text.split('?').next().unwrap_or_default();
        write!(f, "AuthorizationUrl({endpoint}?…)")
    }
}

/// An error from building a consent URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsentError {
    /// The request names no scope.
    #[error("the request has no scope: name at least one")]
    NoScopes,
    /// The revision does not list a scope. Google would refuse the whole request because of it.
    #[error("{scope} {}", remedy(*.scope, *.revision))]
    NotListed {
        /// The first such scope.
        scope: Scope,
        /// The revision of the request.
        revision: Revision,
    },
    /// The client id is empty.
    #[error(
        "the client id is empty: give the one that the Google Cloud console shows for the OAuth client"
    )]
    EmptyClientId,
    /// One scope alone makes the URL too long.
    #[error("a URL that asks only for {scope} is longer than {max_len} bytes: allow longer URLs")]
    TooLong {
        /// The scope.
        scope: String,
        /// The longest URL that the caller allows, in bytes.
        max_len: usize,
    },
    /// The caller's `state` does not follow RFC 6749, appendix A.5.
    #[error("state must be one or more printable ASCII characters (RFC 6749, appendix A.5)")]
    State,
    /// The caller's code verifier does not follow RFC 7636, section 4.1.
    #[error("the code verifier must be 43 to 128 unreserved characters (RFC 7636, section 4.1)")]
    CodeVerifier,
}

fn remedy(scope: Scope, revision: Revision) -> String {
    let listings = scope.listings();
    let is_later = |listing: &&Listing| listing.since > revision;
    if let Some(listing) = listings.iter().find(is_later) {
        return format!(
            "is not in the revision {revision}: it is listed from {}; leave it out, or use a newer revision",
            listing.since
        );
    }
    let withdrawn = |listing: &Listing| listing.until.filter(|it| *it <= revision);
    match listings.iter().filter_map(withdrawn).next_back() {
        Some(until) => format!(
            "is not in the revision {revision}: Google withdrew it on {until}; leave it out, or use an older revision if Google still grants it"
        ),
        None => String::from("is in no published list: leave it out"),
    }
}
