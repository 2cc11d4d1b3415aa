//! The browser's name for its session: a random cookie.
//!
//! The store knows the name's hash only. The name changes when a grant arrives, so that one which
//! somebody slipped to the browser before is soon of no use; the old name is good for a minute
//! more, since a browser that was clicked twice may not see the new one.

use std::time::Duration;

use app_runtime::random;
use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

/// How long a session without tokens lasts after its last request.
pub(crate) const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// How long a session with tokens lasts after its last request: as long as the longest access.
pub(crate) const LIFETIME_WITH_TOKENS: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// How long a name that was replaced is still good.
pub(crate) const OLD_NAME_LIFETIME: Duration = Duration::from_secs(60);

const NAME_LEN: usize = 64;

/// What a browser calls its session.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionName(String);

impl SessionName {
    pub(crate) fn random() -> anyhow::Result<SessionName> {
        Ok(SessionName(hex::encode(random::<{ NAME_LEN / 2 }>()?)))
    }

    /// Returns what is stored instead of the name.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

/// How the cookie is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookies {
    pub(crate) https: bool,
}

impl Cookies {
    fn key(self) -> &'static str {
        // A browser takes `__Host-` from this very host over HTTPS only.
        if self.https {
            "__Host-connect"
        } else {
            "connect"
        }
    }

    /// Returns the names that a request has. There may be several: another site on a host above
    /// this one's can add some.
    pub(crate) fn names(self, headers: &HeaderMap) -> Vec<SessionName> {
        let well_formed = |name: &&str| {
            name.len() == NAME_LEN && name.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split("; "))
            .filter_map(|cookie| cookie.strip_prefix(self.key())?.strip_prefix('='))
            .filter(well_formed)
            .map(|name| SessionName(name.to_owned()))
            .take(8)
            .collect()
    }

    /// Returns the header that sets the cookie.
    ///
    /// `Lax`, not `Strict`: the cookie has to come along when Google sends the user back.
    pub(crate) fn set(self, name: &SessionName) -> anyhow::Result<HeaderValue> {
        let secure = if self.https { "; Secure" } else { "" };
        Ok(HeaderValue::try_from(format!(
            "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
            self.key(),
            name.0,
            LIFETIME_WITH_TOKENS.as_secs(),
        ))?)
    }
}
