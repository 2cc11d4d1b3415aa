use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::format;
use std::string::{String, ToString};
use std::time::SystemTime;
use std::vec::Vec;

use oauth2::{ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier};

use super::access_type::AccessType;
use super::authorization_url::{AuthorizationUrl, encoded_scope_len};
use super::pending_consents::PendingConsent;
use super::prompt::Prompt;
use super::redirect_uri::RedirectUri;
use crate::catalogue::{Listing, Revision, Scope, ScopeSet, Service};
use crate::endpoint::Endpoint;
use crate::grant::{Grant, RequestedScopes};

/// Google's authorization endpoint.
pub const AUTHORIZATION_ENDPOINT: &str = "https://accounts.google.com/o/oauth2/v2/auth";

/// The length of a random `state` or code verifier: 32 bytes in base64url.
const RANDOM_LEN: usize = 43;

/// A request for a user's consent: the scopes that the app needs, without those that the user has
/// already granted.
///
/// It follows Google's rules for the Data Portability API: no scopes of other APIs, no
/// `include_granted_scopes`, no scope that is already granted, and no scope of the catalogue that the
/// revision does not list.
/// `state` and PKCE (RFC 7636, S256) are always part of it.
///
/// Each builder method replaces what was set before.
///
/// Source: "Configure OAuth" and "Troubleshooting" of the Data Portability user guide; RFC 9700.
///
/// ```
/// # // Google still lists what the example asks for.
/// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::MapsReviews, dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return Ok(()); }
/// use std::time::SystemTime;
/// use dataportability_scopes::oauth2::ClientId;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::consent::{ConsentRequest, PendingConsents};
/// use dataportability_scopes::grant::Grant;
///
/// let granted: Grant = "https://www.googleapis.com/auth/dataportability.maps.reviews".parse()?;
/// let request = ConsentRequest::new(
///     ClientId::new("1234.apps.googleusercontent.com".into()),
///     "https://app.example.com/callback".parse()?,
///     ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::MapsReviews]),
/// )
/// .already_granted(granted);
///
/// // One per browser session.
/// let mut pending = PendingConsents::default();
///
/// let now = SystemTime::now();
/// if let Some(consent) = request.authorize_url(now)? {
///     let asked = ScopeSet::from_resources(&[Resource::YoutubeClips]);
///     assert_eq!(consent.pending.requested().scopes, asked);
///     pending.insert(consent.pending, now);
///
///     // Redirect the browser here.
///     assert!(consent.url.as_str().starts_with("https://accounts.google.com/"));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ConsentRequest {
    client_id: ClientId,
    redirect_uri: RedirectUri,
    scopes: RequestedScopes,
    already_granted: Grant,
    revision: Revision,
    endpoint: Endpoint,
    issuer: Option<String>,
    access_type: AccessType,
    prompt: Option<Prompt>,
    login_hint: Option<String>,
}

impl ConsentRequest {
    /// Returns a request for these scopes: a [`ScopeSet`], or [`RequestedScopes`] if some are newer
    /// than the catalogue.
    #[must_use]
    pub fn new(
        client_id: ClientId,
        redirect_uri: RedirectUri,
        scopes: impl Into<RequestedScopes>,
    ) -> ConsentRequest {
        ConsentRequest {
            client_id,
            redirect_uri,
            scopes: scopes.into(),
            already_granted: Grant::default(),
            revision: Revision::NEWEST,
            endpoint: Endpoint::from_static(AUTHORIZATION_ENDPOINT),
            issuer: None,
            access_type: AccessType::default(),
            prompt: None,
            login_hint: None,
        }
    }

    /// Sets the scopes that the app needs, such as one of the [`batches`](Self::batches).
    #[must_use]
    pub fn scopes(mut self, scopes: impl Into<RequestedScopes>) -> ConsentRequest {
        self.scopes = scopes.into();
        self
    }

    /// Sets what the user has already granted, as a [`ScopeSet`] or a [`Grant`]. The request leaves
    /// it out.
    ///
    /// Google refuses a request for a scope that is already granted, with "incremental auth is not
    /// allowed for the requested scopes". Grants count for the whole Google Cloud project: give all
    /// scopes that the user granted to any of its clients.
    #[must_use]
    pub fn already_granted(mut self, granted: impl Into<Grant>) -> ConsentRequest {
        self.already_granted = granted.into();
        self
    }

    /// Sets the revision that must list the scopes. Defaults to [`Revision::NEWEST`].
    #[must_use]
    pub fn revision(mut self, revision: Revision) -> ConsentRequest {
        self.revision = revision;
        self
    }

    /// Sets the authorization endpoint. Defaults to [`AUTHORIZATION_ENDPOINT`].
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> ConsentRequest {
        self.endpoint = endpoint;
        self
    }

    /// Sets the issuer that a callback may name in its parameter `iss` (RFC 9207). Defaults to the
    /// authorization endpoint's scheme, host and port, `https://accounts.google.com`.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> ConsentRequest {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets whether to ask for a refresh token. Defaults to [`AccessType::Online`], which does not.
    #[must_use]
    pub fn access_type(mut self, access_type: AccessType) -> ConsentRequest {
        self.access_type = access_type;
        self
    }

    /// Sets the parameter `prompt`. No value makes Google accept a scope that is already granted.
    #[must_use]
    pub fn prompt(mut self, prompt: Prompt) -> ConsentRequest {
        self.prompt = Some(prompt);
        self
    }

    /// Sets the email address or `sub` of the account that should consent. The user may choose
    /// another account, and the token response does not say which.
    #[must_use]
    pub fn login_hint(mut self, hint: impl Into<String>) -> ConsentRequest {
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
        Ok(Some(
            self.consent_url(requested, state, verifier, &challenge, now),
        ))
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
        check_state(&state)?;
        check_code_verifier(&code_verifier)?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&code_verifier);
        Ok(Some(self.consent_url(
            requested,
            state,
            code_verifier,
            &challenge,
            now,
        )))
    }

    /// Splits the request into batches whose URLs are at most `max_len` bytes long. The scopes of a
    /// service stay together if they fit into one batch.
    ///
    /// Ask for one batch after the other: give it to [`scopes`](Self::scopes), and what the user
    /// has granted by then to [`already_granted`](Self::already_granted). Returns no batches if
    /// everything is already granted.
    ///
    /// Google publishes no limit for the length. A URL that asks for all scopes has about 6,000 bytes.
    ///
    /// Source: "Troubleshooting" of the Data Portability user guide, on URLs that are too long.
    ///
    /// # Errors
    ///
    /// Fails with a [`ConsentError`] if Google would refuse the request, and with
    /// [`ConsentError::TooLong`] if one scope alone makes the URL too long.
    ///
    /// ```
    /// use dataportability_scopes::oauth2::ClientId;
    /// use dataportability_scopes::catalogue::Revision;
    /// use dataportability_scopes::consent::ConsentRequest;
    ///
    /// let everything = Revision::R2025_01_20.scopes();
    /// let request = ConsentRequest::new(
    ///     ClientId::new("1234.apps.googleusercontent.com".into()),
    ///     "https://app.example.com/callback".parse()?,
    ///     everything,
    /// )
    /// .revision(Revision::R2025_01_20);
    /// let batches = request.batches(2_000)?;
    /// assert_eq!(batches.len(), 4);
    /// assert_eq!(batches.iter().map(|batch| batch.len()).sum::<usize>(), everything.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn batches(&self, max_len: usize) -> Result<Vec<RequestedScopes>, ConsentError> {
        let Some(requested) = self.requested()? else {
            return Ok(Vec::new());
        };
        // Each scope but the first has a `+` before it.
        let room = max_len
            .saturating_add(1)
            .saturating_sub(self.url_len_without_scopes());
        let singles = requested.scopes.iter().map(|scope| Batch::of(scope.into()));
        let unlisted = requested.unlisted.iter().map(|scope| Batch {
            len: encoded_scope_len(scope.as_str()) + 1,
            scopes: RequestedScopes {
                scopes: ScopeSet::EMPTY,
                unlisted: BTreeSet::from([scope.clone()]),
            },
        });
        let singles: Vec<Batch> = singles.chain(unlisted).collect();
        if let Some(single) = singles.iter().find(|single| single.len > room) {
            return Err(ConsentError::TooLong {
                scope: single.scopes.to_string(),
                max_len,
            });
        }

        let services: Vec<Batch> = Service::all()
            .map(|service| Batch::of(service.scopes() & requested.scopes))
            .filter(|service| (1..=room).contains(&service.len))
            .collect();
        let is_loose = |single: &Batch| {
            let in_service =
                |service: &Batch| !single.scopes.scopes.is_disjoint(service.scopes.scopes);
            !services.iter().any(in_service)
        };
        let mut parts: Vec<Batch> = singles.into_iter().filter(|it| is_loose(it)).collect();
        parts.extend(services);

        // First fit, the longest first.
        parts.sort_by_key(|part| Reverse(part.len));
        let mut batches: Vec<Batch> = Vec::new();
        for part in parts {
            match batches.iter_mut().find(|it| it.len + part.len <= room) {
                Some(batch) => batch.add(part),
                None => batches.push(part),
            }
        }
        Ok(batches.into_iter().map(|batch| batch.scopes).collect())
    }

    /// Returns what to request, or `None` if everything is already granted.
    fn requested(&self) -> Result<Option<RequestedScopes>, ConsentError> {
        if self.client_id.is_empty() {
            return Err(ConsentError::EmptyClientId);
        }
        if self.scopes.is_empty() {
            return Err(ConsentError::NoScopes);
        }
        let comparison = self.already_granted.compare(self.scopes.clone());
        let requested = RequestedScopes {
            scopes: comparison.declined,
            unlisted: comparison.declined_unlisted,
        };
        let not_listed = requested.scopes - self.revision.scopes();
        match not_listed.iter().next() {
            Some(scope) => Err(ConsentError::NotListed {
                scope,
                revision: self.revision,
            }),
            None if requested.is_empty() => Ok(None),
            None => Ok(Some(requested)),
        }
    }

    fn consent_url(
        &self,
        requested: RequestedScopes,
        state: CsrfToken,
        code_verifier: PkceCodeVerifier,
        code_challenge: &PkceCodeChallenge,
        now: SystemTime,
    ) -> ConsentUrl {
        let url = self.url(&requested, &state, code_challenge);
        let pending = PendingConsent {
            state,
            code_verifier,
            redirect_uri: self.redirect_uri.clone(),
            requested,
            issuer: self
                .issuer
                .clone()
                .unwrap_or_else(|| self.endpoint.origin()),
            since: now,
        };
        ConsentUrl { url, pending }
    }

    fn url(
        &self,
        scopes: &RequestedScopes,
        state: &CsrfToken,
        code_challenge: &PkceCodeChallenge,
    ) -> AuthorizationUrl {
        let mut url = AuthorizationUrl::new(self.endpoint.as_str(), 512 + 96 * scopes.len());
        url.push("client_id", &self.client_id);
        url.push("redirect_uri", self.redirect_uri.as_str());
        url.push_scopes(scopes);
        url.push("state", state.secret());
        url.push_code_challenge(code_challenge);
        if self.access_type == AccessType::Offline {
            url.push("access_type", "offline");
        }
        if let Some(prompt) = self.prompt {
            url.push("prompt", prompt.as_str());
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
        let url = self.url(&RequestedScopes::default(), &state, &challenge);
        url.as_str().len()
    }
}

/// Scopes, and their length in a URL, with a separator each.
struct Batch {
    scopes: RequestedScopes,
    len: usize,
}

impl Batch {
    fn of(scopes: ScopeSet) -> Batch {
        Batch {
            scopes: scopes.into(),
            len: scopes
                .iter()
                .map(|it| encoded_scope_len(it.as_str()) + 1)
                .sum(),
        }
    }

    fn add(&mut self, other: Batch) {
        self.scopes.scopes |= other.scopes.scopes;
        self.scopes.unlisted.extend(other.scopes.unlisted);
        self.len += other.len;
    }
}

/// RFC 6749, appendix A.5.
fn check_state(state: &CsrfToken) -> Result<(), ConsentError> {
    let is_printable = |byte: u8| matches!(byte, 0x20..=0x7E);
    if state.secret().is_empty() || !state.secret().bytes().all(is_printable) {
        return Err(ConsentError::State);
    }
    Ok(())
}

/// RFC 7636, section 4.1.
fn check_code_verifier(verifier: &PkceCodeVerifier) -> Result<(), ConsentError> {
    let is_unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let verifier = verifier.secret();
    if (43..=128).contains(&verifier.len()) && verifier.bytes().all(is_unreserved) {
        Ok(())
    } else {
        Err(ConsentError::CodeVerifier)
    }
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
