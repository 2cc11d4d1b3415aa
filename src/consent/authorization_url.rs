use std::fmt;
use std::string::String;

use oauth2::PkceCodeChallenge;
use subtle::ConstantTimeEq;
use url::form_urlencoded::byte_serialize;

use crate::catalogue::{SCOPE_PREFIX, UnlistedScope};
use crate::grant::RequestedScopes;

/// The URL of a consent, for the user's browser.
///
/// It carries `state`, which is a secret between the app and the browser: put it into the
/// `Location` header of a redirect, not into a log. `Debug` does not show it, and comparing two takes
/// the same time wherever they differ.
#[derive(Clone)]
pub struct AuthorizationUrl {
    text: String,
}

/// [`SCOPE_PREFIX`] in a query. What follows it in a scope token needs no encoding: build.rs and
/// `UnlistedScope` admit only lowercase letters, digits, `_` and `.`.
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

    pub(super) fn push_scopes(&mut self, scopes: &RequestedScopes) {
        self.push_name("scope");
        let listed = scopes.scopes.iter().map(|scope| scope.resource().name());
        let unlisted = scopes.unlisted.iter().map(UnlistedScope::resource_group);
        for (index, group) in listed.chain(unlisted).enumerate() {
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

/// Returns the length of a scope in the URL, without a separator.
pub(super) fn encoded_scope_len(token: &str) -> usize {
    token.len() - SCOPE_PREFIX.len() + ENCODED_SCOPE_PREFIX.len()
}

impl PartialEq for AuthorizationUrl {
    fn eq(&self, other: &AuthorizationUrl) -> bool {
        self.text.as_bytes().ct_eq(other.text.as_bytes()).into()
    }
}

impl Eq for AuthorizationUrl {}

impl AsRef<str> for AuthorizationUrl {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
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
