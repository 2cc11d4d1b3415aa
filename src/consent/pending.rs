use std::fmt;
use std::time::{Duration, SystemTime};

use oauth2::{CsrfToken, PkceCodeVerifier};
use serde::{Deserialize, Serialize};

use super::redirect_uri::RedirectUri;
use crate::catalogue::ScopeSet;

/// What has to be kept between sending the user away and getting them back.
///
/// It serialises, so that it can lie in a session store; what is stored holds secrets. Its `Debug`
/// does not show them. It is good for one return, within [`LIFETIME`](Self::LIFETIME).
#[derive(Serialize, Deserialize)]
pub struct PendingConsent {
    state: CsrfToken,
    code_verifier: PkceCodeVerifier,
    redirect_uri: RedirectUri,
    requested: ScopeSet,
    held: ScopeSet,
    begun: SystemTime,
    pub(super) used: bool,
}

impl PendingConsent {
    /// How long the user may take: ten minutes.
    pub const LIFETIME: Duration = Duration::from_secs(600);

    pub(super) fn new(
        state: CsrfToken,
        code_verifier: PkceCodeVerifier,
        redirect_uri: RedirectUri,
        requested: ScopeSet,
        held: ScopeSet,
        begun: SystemTime,
    ) -> PendingConsent {
        PendingConsent {
            state,
            code_verifier,
            redirect_uri,
            requested,
            held,
            begun,
            used: false,
        }
    }

    /// The scopes that the URL asks for.
    #[must_use]
    pub fn requested(&self) -> ScopeSet {
        self.requested
    }

    /// The needed scopes that were held already and are not asked for.
    #[must_use]
    pub fn held(&self) -> ScopeSet {
        self.held
    }

    /// Whether the user has taken longer than [`LIFETIME`](Self::LIFETIME). A consent that begins
    /// further ahead of `now` is taken for expired too: a clock was set, and nobody knows its age.
    #[must_use]
    pub fn is_expired(&self, now: SystemTime) -> bool {
        let age = now
            .duration_since(self.begun)
            .unwrap_or_else(|ahead| ahead.duration());
        age > Self::LIFETIME
    }

    /// Where the user comes back to.
    #[must_use]
    pub fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    /// The `state` of the URL.
    pub fn state(&self) -> &CsrfToken {
        &self.state
    }

    /// The code verifier, whose challenge is in the URL.
    #[must_use]
    pub fn code_verifier(&self) -> &PkceCodeVerifier {
        &self.code_verifier
    }
}

/// Without the secrets.
impl fmt::Debug for PendingConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingConsent")
            .field("redirect_uri", &self.redirect_uri)
            .field("requested", &self.requested)
            .field("held", &self.held)
            .field("begun", &self.begun)
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}
