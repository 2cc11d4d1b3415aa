use std::fmt;
use std::string::String;

use oauth2::PkceCodeChallenge;
use url::form_urlencoded::byte_serialize;

use crate::catalogue::Scopes;

/// The URL of a consent, for the user's browser.
///
/// It carries `state`, which is a secret between the app and the browser: put it into the
/// `Location` header of a redirect, not into a log. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationUrl {
    text: String,
}

/// The prefix of every scope, in a query. What follows it in a scope token needs no encoding: build.rs and
/// `NewerScope` admit only lowercase letters, digits, `_` and `.`.
const ENCODED_SCOPE_PREFIX: &str = "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdataportability.";

impl AuthorizationUrl {
    /// Returns the URL. All its characters are ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Begins the URL of a code request. `len` is its approximate length.
    pub(super) fn new(endpoint: &str, len: usize) -> AuthorizationUrl {
        let mut text = String::with_capacity(len);
        text.push_str(endpoint);
        text.push_str("?response_type=code");
        AuthorizationUrl { text }
    }

    pub(super) fn push(&mut self, name: &str, value: &str) {
        self.push_name(name);
        self.text.extend(byte_serialize(value.as_bytes()));
    }

    pub(super) fn push_code_challenge(&mut self, challenge: &PkceCodeChallenge) {
        self.push("code_challenge", challenge.as_str());
        self.push("code_challenge_method", challenge.method());
    }

    pub(super) fn push_scopes(&mut self, scopes: &Scopes) {
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
pub(super) fn encoded_len(scopes: &Scopes) -> usize {
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
