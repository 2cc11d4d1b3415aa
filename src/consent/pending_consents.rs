use std::fmt;
use std::string::String;
use std::time::{Duration, SystemTime};
use std::vec::Vec;

use oauth2::CsrfToken;
use serde::{Deserialize, Deserializer, Serialize};
use subtle::ConstantTimeEq;

use super::callback::{AuthorizationResponse, Callback, CallbackError, CallbackUrl};
use super::redirect_uri::RedirectUri;
use crate::call::secret;
use crate::catalogue::Scopes;

/// A consent that waits for its callback.
///
/// Serialized, it contains secrets (`state` and the code verifier): store it on the server, or
/// encrypted. `Debug` does not show them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PendingConsent {
    #[serde(deserialize_with = "secret")]
    pub(super) stored: StoredConsent,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredConsent {
    pub(super) state: CsrfToken,
    pub(super) code_verifier: String,
    pub(super) redirect_uri: RedirectUri,
    pub(super) requested: Scopes,
    pub(super) issuer: String,
    #[serde(with = "crate::call::rfc3339")]
    pub(super) since: SystemTime,
}

impl PendingConsent {
    /// How long the user may take: ten minutes.
    pub const LIFETIME: Duration = Duration::from_secs(600);

    /// Returns the scopes that were requested.
    #[must_use]
    pub fn requested(&self) -> &Scopes {
        &self.stored.requested
    }

    /// Returns the redirect URI, which the callback comes to.
    #[must_use]
    pub fn redirect_uri(&self) -> &RedirectUri {
        &self.stored.redirect_uri
    }

    /// Returns the `state` of the URL. It is a secret.
    pub fn state(&self) -> &CsrfToken {
        &self.stored.state
    }

    /// Returns whether the user has taken longer than [`LIFETIME`](Self::LIFETIME). A consent that
    /// began later than `now` by more than that is expired too: the clock was set back, so its age
    /// is unknown.
    fn is_expired(&self, now: SystemTime) -> bool {
        let age = now.duration_since(self.stored.since).unwrap_or_else(|ahead| ahead.duration());
        age > Self::LIFETIME
    }
}

/// Omits the secrets.
impl fmt::Debug for PendingConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingConsent")
            .field("redirect_uri", &self.stored.redirect_uri)
            .field("requested", &self.stored.requested)
            .field("issuer", &self.stored.issuer)
            .field("since", &self.stored.since)
            .finish_non_exhaustive()
    }
}

/// The pending consents of one browser session, found by `state`.
///
/// A session can have several, since a user may open the consent in two tabs and complete both. A
/// callback removes its consent, so a second one with the same `state` is refused. A callback with
/// a `state` that is not pending changes nothing.
///
/// At most 8 are kept: adding one more drops the oldest. Expired ones are dropped
/// whenever one is added or completed.
///
/// Keep it in the user's session, and write the session back after each call. Serialized, it
/// contains secrets: store it on the server, or encrypted.
///
/// The stored form is short: the pending consents of three tabs with 20 scopes each fit into a
/// sealed cookie of 4,096 bytes. It is the same in self-describing and in binary formats.
///
/// ```
/// use std::time::SystemTime;
///
/// use dataportability_scopes::consent::CallbackError;
/// use dataportability_scopes::{OAuthClient, PendingConsents, Resource};
///
/// let google = OAuthClient::new(
///     "1234.apps.googleusercontent.com",
///     "https://app.example.com/callback".parse()?,
/// );
/// let now = SystemTime::now();
/// let consent = google.consent(Resource::YoutubeClips).authorize_url(now)?;
/// let consent = consent.expect("nothing is granted yet").pending;
/// let query = format!("state={}&code=4%2F0", consent.state().secret());
///
/// let mut pending = PendingConsents::default();
/// pending.insert(consent, now);
///
/// let forged = pending.complete("state=abc&code=4%2F0", now);
/// assert_eq!(forged.unwrap_err(), CallbackError::UnknownState);
///
/// let response = pending.complete(&query, now)?;
/// assert_eq!(response.code().secret(), "4/0");
///
/// let replayed = pending.complete(&query, now);
/// assert_eq!(replayed.unwrap_err(), CallbackError::UnknownState);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct PendingConsents {
    /// The oldest first.
    consents: Vec<PendingConsent>,
}

impl<'de> Deserialize<'de> for PendingConsents {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<PendingConsents, D::Error> {
        let consents = secret(from)?;
        let mut pending = PendingConsents { consents };
        pending.drop_surplus();
        Ok(pending)
    }
}

impl PendingConsents {
    /// The most consents that are kept: 8.
    const MAX: usize = 8;

    /// Adds a consent, so that its callback can be completed.
    pub fn insert(&mut self, pending: PendingConsent, now: SystemTime) {
        self.drop_expired(now);
        self.consents.push(pending);
        self.drop_surplus();
    }

    fn drop_surplus(&mut self) {
        let surplus = self.consents.len().saturating_sub(Self::MAX);
        self.consents.drain(..surplus);
    }

    /// Reads the query of a callback, with or without its `?`, and removes the consent with its
    /// `state`.
    ///
    /// Use this if the web framework has already matched host and path. Otherwise use
    /// [`complete_url`](Self::complete_url).
    ///
    /// The consent is removed whether the user agreed or not, and it stays if the query is
    /// malformed or its `state` is not pending.
    ///
    /// Source: RFC 6749, sections 4.1.2 and 10.12; RFC 9207; RFC 9700, section 4.7.
    ///
    /// # Errors
    ///
    /// Fails with [`CallbackError::Denied`] if the user or Google refused, and with another
    /// [`CallbackError`] if the query is malformed or matches no pending consent.
    pub fn complete(
        &mut self,
        query: &str,
        now: SystemTime,
    ) -> Result<AuthorizationResponse, CallbackError> {
        self.complete_if(Callback::read(query)?, now, |_| Ok(()))
    }

    /// Same as [`complete`](Self::complete), but reads the whole URL of the callback, and checks
    /// that it is the redirect URI of the consent. Scheme, host, port, path and the registered
    /// query are compared as text, apart from the case of scheme and host.
    ///
    /// # Errors
    ///
    /// Same as [`complete`](Self::complete). Also fails with a [`CallbackError`] if the text is not
    /// a URL, or if it is not the redirect URI.
    pub fn complete_url(
        &mut self,
        url: &str,
        now: SystemTime,
    ) -> Result<AuthorizationResponse, CallbackError> {
        let url = CallbackUrl::read(url)?;
        let callback = Callback::read(url.query)?;
        self.complete_if(callback, now, |pending| url.check(&pending.stored.redirect_uri))
    }

    /// Returns the number of pending consents, expired ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.consents.len()
    }

    /// Returns whether no consent is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.consents.is_empty()
    }

    /// Compares `state` with that of every consent, in constant time.
    fn complete_if(
        &mut self,
        callback: Callback,
        now: SystemTime,
        check: impl FnOnce(&PendingConsent) -> Result<(), CallbackError>,
    ) -> Result<AuthorizationResponse, CallbackError> {
        let mut found = None;
        for (index, pending) in self.consents.iter().enumerate() {
            let expected = pending.stored.state.secret().as_bytes();
            if expected.ct_eq(callback.state.as_bytes()).into() {
                found = Some((index, pending));
            }
        }
        let (index, pending) = found.ok_or(CallbackError::UnknownState)?;
        check(pending)?;
        let pending = self.consents.remove(index);
        self.drop_expired(now);
        if pending.is_expired(now) {
            return Err(CallbackError::Expired);
        }
        AuthorizationResponse::new(pending.stored, callback)
    }

    fn drop_expired(&mut self, now: SystemTime) {
        self.consents.retain(|pending| !pending.is_expired(now));
    }
}
