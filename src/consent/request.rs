use std::fmt;
use std::format;
use std::string::{String, ToString};
use std::sync::LazyLock;
use std::time::SystemTime;

use oauth2::{ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier};
use url::Url;

use super::pending::PendingConsent;
use super::redirect_uri::RedirectUri;
use crate::catalogue::ScopeSet;
use crate::catalogue::{Listing, ParseNameError, Revision, Scope};
use crate::endpoint::Endpoint;

/// Google's authorization endpoint.
pub const AUTHORIZATION_ENDPOINT: &str = "https://accounts.google.com/o/oauth2/v2/auth";

/// What Google is to show the user beside the consent, the parameter `prompt`.
///
/// Printed and parsed as the value of the parameter.
///
/// Source: Google's guide to OAuth 2.0 for web server applications.
///
/// ```
/// use dataportability_scopes::consent::Prompt;
///
/// assert_eq!(Prompt::ConsentAndSelectAccount.to_string(), "consent select_account");
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::AsRefStr,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
)]
#[strum(parse_err_ty = ParseNameError, parse_err_fn = unknown_prompt)]
#[non_exhaustive]
pub enum Prompt {
    /// Nothing at all: it is an error if the user has to be asked.
    #[strum(serialize = "none")]
    None,
    /// The consent.
    #[strum(serialize = "consent")]
    Consent,
    /// A choice of accounts.
    #[strum(serialize = "select_account")]
    SelectAccount,
    /// A choice of accounts and the consent.
    #[strum(serialize = "consent select_account")]
    ConsentAndSelectAccount,
}

fn unknown_prompt(input: &str) -> ParseNameError {
    ParseNameError::new("prompt", input, <Prompt as strum::VariantNames>::VARIANTS)
}

/// A request for a user's consent: what is needed, less what is already held.
///
/// It keeps to Google's rules for the Data Portability API: its scopes are asked for without any
/// other scope and without `include_granted_scopes`, none of them twice, none that the list no
/// longer has, and none that the user has already granted. `state` and PKCE (RFC 7636, S256) are
/// always part of it.
///
/// Scopes that were granted count for a Google Cloud project, not for a client: name all that the
/// user has granted to any client of yours as [`held`](Self::held).
///
/// Source: "Configure OAuth" and "Troubleshooting" of the Data Portability user guide; RFC 9700.
///
/// ```
/// use std::time::SystemTime;
/// use dataportability_scopes::oauth2::ClientId;
/// use dataportability_scopes::catalogue::{Resource, ScopeSet};
/// use dataportability_scopes::consent::{Consent, ConsentRequest};
/// use dataportability_scopes::grant::Grant;
///
/// let needed = ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::MapsReviews]);
/// let held: Grant = "https://www.googleapis.com/auth/dataportability.maps.reviews".parse()?;
///
/// let request = ConsentRequest::new(
///     ClientId::new("1234.apps.googleusercontent.com".into()),
///     "https://app.example.com/return".parse()?,
///     needed,
/// )
/// .held(held.scopes());
///
/// match request.begin(SystemTime::now())? {
///     Consent::Ask(consent) => {
///         // Keep `consent.pending` in the user's session, and send the browser to `consent.url`.
///         assert_eq!(consent.pending.requested(), ScopeSet::from_resources(&[Resource::YoutubeClips]));
///         assert!(consent.url.as_str().starts_with("https://accounts.google.com/"));
///     }
///     Consent::NothingToAsk => unreachable!("the clips are not held"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ConsentRequest {
    client_id: ClientId,
    redirect_uri: RedirectUri,
    needed: ScopeSet,
    held: ScopeSet,
    revision: Revision,
    endpoint: Option<Endpoint>,
    offline: bool,
    prompt: Option<Prompt>,
    login_hint: Option<String>,
}

impl ConsentRequest {
    /// A request by this client for the scopes that are needed.
    #[must_use]
    pub fn new(client_id: ClientId, redirect_uri: RedirectUri, needed: ScopeSet) -> ConsentRequest {
        ConsentRequest {
            client_id,
            redirect_uri,
            needed,
            held: ScopeSet::EMPTY,
            revision: Revision::NEWEST,
            endpoint: None,
            offline: false,
            prompt: None,
            login_hint: None,
        }
    }

    /// What the user has already granted, to any client of the project, beside what was named
    /// before: it is not asked for again, which Google would refuse with "incremental auth is not
    /// allowed".
    #[must_use]
    pub fn held(mut self, held: ScopeSet) -> ConsentRequest {
        self.held |= held;
        self
    }

    /// Other needs than those it was made with, as for one of the [`batches`](Self::batches).
    #[must_use]
    pub fn needed(mut self, needed: ScopeSet) -> ConsentRequest {
        self.needed = needed;
        self
    }

    /// The revision that must list what is asked for; the newest unless said otherwise.
    #[must_use]
    pub fn revision(mut self, revision: Revision) -> ConsentRequest {
        self.revision = revision;
        self
    }

    /// Another authorization endpoint than [`AUTHORIZATION_ENDPOINT`], as tests need it.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> ConsentRequest {
        self.endpoint = Some(endpoint);
        self
    }

    /// Asks for a refresh token as well: `access_type=offline`.
    #[must_use]
    pub fn offline(mut self) -> ConsentRequest {
        self.offline = true;
        self
    }

    /// Asks for a prompt. It does not help against a scope that is already granted.
    #[must_use]
    pub fn prompt(mut self, prompt: Prompt) -> ConsentRequest {
        self.prompt = Some(prompt);
        self
    }

    /// The email address or `sub` of the account that is expected to consent. The user may choose
    /// another one, and the token does not tell which.
    #[must_use]
    pub fn login_hint(mut self, hint: impl Into<String>) -> ConsentRequest {
        self.login_hint = Some(hint.into());
        self
    }

    /// Begins the consent, with a `state` and a code verifier from the system's randomness.
    ///
    /// `now` is when the [`PendingConsent`] begins to age.
    ///
    /// # Errors
    ///
    /// A [`ConsentError`] for what Google would refuse.
    pub fn begin(&self, now: SystemTime) -> Result<Consent, ConsentError> {
        let requested = self.requested()?;
        if requested.is_empty() {
            return Ok(Consent::NothingToAsk);
        }
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        self.ask(
            requested,
            CsrfToken::new_random_len(32),
            verifier,
            &challenge,
            now,
        )
    }

    /// Begins the consent with a `state` and a code verifier of the caller's own randomness.
    ///
    /// # Errors
    ///
    /// A [`ConsentError`] for what Google would refuse, for an empty `state`, and for a code
    /// verifier that does not keep to RFC 7636, section 4.1.
    pub fn begin_with(
        &self,
        state: CsrfToken,
        code_verifier: PkceCodeVerifier,
        now: SystemTime,
    ) -> Result<Consent, ConsentError> {
        let requested = self.requested()?;
        if requested.is_empty() {
            return Ok(Consent::NothingToAsk);
        }
        check_state(&state)?;
        check_code_verifier(&code_verifier)?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&code_verifier);
        self.ask(requested, state, code_verifier, &challenge, now)
    }

    fn ask(
        &self,
        requested: ScopeSet,
        state: CsrfToken,
        code_verifier: PkceCodeVerifier,
        challenge: &PkceCodeChallenge,
        now: SystemTime,
    ) -> Result<Consent, ConsentError> {
        let url = self.url(requested, &state, challenge)?;
        let pending = PendingConsent::new(
            state,
            code_verifier,
            self.redirect_uri.clone(),
            requested,
            self.held & self.needed,
            now,
        );
        Ok(Consent::Ask(ConsentUrl { url, pending }))
    }

    /// What the user is to be asked for: what is needed and not held.
    ///
    /// # Errors
    ///
    /// A [`ConsentError`] if nothing is needed, or the revision lacks something of it.
    pub(super) fn requested(&self) -> Result<ScopeSet, ConsentError> {
        if self.needed.is_empty() {
            return Err(ConsentError::NothingNeeded);
        }
        let requested = self.needed - self.held;
        let unlisted = requested - self.revision.scopes();
        match unlisted.iter().next() {
            Some(scope) => Err(ConsentError::Unlisted {
                scope,
                revision: self.revision,
            }),
            None => Ok(requested),
        }
    }

    pub(super) fn url(
        &self,
        requested: ScopeSet,
        state: &CsrfToken,
        code_challenge: &PkceCodeChallenge,
    ) -> Result<Url, ConsentError> {
        if self.client_id.is_empty() {
            return Err(ConsentError::EmptyClientId);
        }
        let mut url = match &self.endpoint {
            None => GOOGLE.clone(),
            Some(endpoint) => endpoint.as_str().parse().unwrap_or_else(|_| GOOGLE.clone()),
        };
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("scope", &requested.to_string())
            .append_pair("state", state.secret())
            .append_pair("code_challenge", code_challenge.as_str())
            .append_pair("code_challenge_method", code_challenge.method())
            .extend_pairs(self.offline.then_some(("access_type", "offline")))
            .extend_pairs(
                self.prompt
                    .as_ref()
                    .map(|prompt| ("prompt", prompt.as_ref())),
            )
            .extend_pairs(self.login_hint.as_ref().map(|hint| ("login_hint", hint)));
        Ok(url)
    }
}

#[expect(
    clippy::expect_used,
    reason = "a constant, parsed by every test that begins a consent"
)]
static GOOGLE: LazyLock<Url> = LazyLock::new(|| AUTHORIZATION_ENDPOINT.parse().expect("a URL"));

fn check_state(state: &CsrfToken) -> Result<(), ConsentError> {
    let well_formed = |byte: u8| matches!(byte, 0x20..=0x7E);
    if state.secret().is_empty() || !state.secret().bytes().all(well_formed) {
        return Err(ConsentError::State);
    }
    Ok(())
}

/// RFC 7636, section 4.1.
fn check_code_verifier(verifier: &PkceCodeVerifier) -> Result<(), ConsentError> {
    let unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if (43..=128).contains(&verifier.secret().len()) && verifier.secret().bytes().all(unreserved) {
        Ok(())
    } else {
        Err(ConsentError::CodeVerifier)
    }
}

/// How a [`ConsentRequest`] begins.
#[derive(Debug)]
#[must_use]
#[expect(
    clippy::large_enum_variant,
    reason = "it is made once for a consent and taken apart at once"
)]
pub enum Consent {
    /// The user has to be asked.
    Ask(ConsentUrl),
    /// All that is needed is held already: there is nothing to ask for, and no URL.
    NothingToAsk,
}

/// Where to send the user, and what to keep until the answer comes.
pub struct ConsentUrl {
    /// The authorization URL for the user's browser. It carries `state`: it belongs into a
    /// redirect, not into a log.
    pub url: Url,
    /// What the answer is held against: keep it in the user's session.
    pub pending: PendingConsent,
}

/// Without the URL, which carries `state`.
impl fmt::Debug for ConsentUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentUrl")
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}

/// Why a consent cannot begin: what Google would refuse, and what would be unsafe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsentError {
    /// No scope is needed.
    #[error("no scope is needed: name at least one")]
    NothingNeeded,
    /// A needed scope is not in the revision; Google would refuse the whole request for it.
    #[error("{scope} {}", remedy(*.scope, *.revision))]
    Unlisted {
        /// The first such scope.
        scope: Scope,
        /// The revision that was asked.
        revision: Revision,
    },
    /// There is no client id.
    #[error("the client id is empty: give the one that Google shows for the OAuth client")]
    EmptyClientId,
    /// One scope alone makes the URL longer than the caller allows.
    #[error("a URL that asks for {scopes} alone is longer than {longest} bytes: allow longer ones")]
    TooLong {
        /// The scope.
        scopes: ScopeSet,
        /// The limit.
        longest: usize,
    },
    /// The state is empty or has characters that RFC 6749, appendix A.5 excludes.
    #[error("state must be one or more printable ASCII characters (RFC 6749, appendix A.5)")]
    State,
    /// The code verifier does not keep to RFC 7636, section 4.1.
    #[error("the code verifier must be 43 to 128 unreserved characters (RFC 7636, section 4.1)")]
    CodeVerifier,
}

fn remedy(scope: Scope, revision: Revision) -> String {
    let withdrawn = |listing: &Listing| listing.until.filter(|it| *it <= revision);
    let later = |listing: &&Listing| listing.since > revision;
    let listings = scope.listings();
    if let Some(listing) = listings.iter().find(later) {
        let since = listing.since;
        return format!(
            "is not in the revision {revision}: it is listed since {since}; leave it out, or take a newer revision"
        );
    }
    match listings.iter().filter_map(withdrawn).next_back() {
        Some(withdrawn) => format!(
            "is not in the revision {revision}: it is withdrawn since {withdrawn}; leave it out, or pin an older revision if Google still grants it"
        ),
        None => String::from("is in no published list: leave it out"),
    }
}
