//! The browser's name for its session: a random cookie that the app signed.
//!
//! The store knows the name's hash only. A name that the app did not make names nothing. The name
//! changes with the callback, which only the browser that left for Google can know: a name that
//! somebody slipped to the browser before is then of no use.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use app_runtime::random;

/// How long a session without tokens lasts after its last request.
pub(crate) const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// How long a session with tokens lasts after its last request: as long as the longest access.
pub(crate) const LIFETIME_WITH_TOKENS: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// How long the callback that replaced a name leads to the new one, if it is sent again.
pub(crate) const OLD_NAME_LIFETIME: Duration = Duration::from_secs(60);

const HALF_LEN: usize = 64;

/// What a browser calls its session.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionName(String);

impl SessionName {
    /// Returns what is stored instead of the name.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

/// How the cookie is made, and how it is set.
pub(crate) struct Cookies {
    pub(crate) https: bool,
    /// Signs names. It is kept, or all sessions would be over with a restart.
    pub(crate) key: [u8; 32],
}

impl Cookies {
    fn name(&self) -> &'static str {
        // A browser takes `__Host-` from this very host over HTTPS only.
        if self.https { "__Host-connect" } else { "connect" }
    }

    fn signature(&self, half: &str) -> anyhow::Result<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)?;
        mac.update(half.as_bytes());
        Ok(mac)
    }

    /// Makes a name.
    pub(crate) fn random(&self) -> anyhow::Result<SessionName> {
        let half = hex::encode(random::<{ HALF_LEN / 2 }>()?);
        let signature = self.signature(&half)?.finalize().into_bytes();
        Ok(SessionName(half + &hex::encode(signature)))
    }

    fn is_ours(&self, name: &str) -> bool {
        let Some((half, signature)) = name.split_at_checked(HALF_LEN) else {
            return false;
        };
        let expected = self.signature(half);
        let signature = hex::decode(signature).ok();
        signature
            .zip(expected.ok())
            .is_some_and(|(it, expected)| expected.verify_slice(&it).is_ok())
    }

    /// Returns the names that a request has. There may be several: another site on a host above
    /// this one's can add some.
    pub(crate) fn names(&self, headers: &HeaderMap) -> Vec<SessionName> {
        values(headers, self.name())
            .take(8)
            .filter(|name| self.is_ours(name))
            .map(|name| SessionName(name.to_owned()))
            .collect()
    }

    /// Returns the address that a request comes from, or for IPv6 the network of one household. The
    /// proxy of an HTTPS app adds it as the last one; without a proxy all are of this machine.
    pub(crate) fn address(&self, headers: &HeaderMap) -> String {
        let last = headers.get_all("x-forwarded-for").iter().next_back();
        let last = last.and_then(|it| it.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        match last.filter(|_| self.https).map(|it: IpAddr| it.to_canonical()) {
            None => String::new(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }

    /// Returns the header that sets the cookie.
    ///
    /// `Lax`, not `Strict`: the cookie has to come along when Google sends the user back.
    pub(crate) fn set(&self, name: &SessionName) -> anyhow::Result<HeaderValue> {
        let secure = if self.https { "; Secure" } else { "" };
        Ok(HeaderValue::try_from(format!(
            "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
            self.name(),
            name.0,
            LIFETIME_WITH_TOKENS.as_secs(),
        ))?)
    }
}

/// Returns the values of the cookies with a name.
pub(crate) fn values<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h str> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|cookies| cookies.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split("; "))
        .filter_map(move |cookie| cookie.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::Cookies;

    #[test]
    fn of_what_is_forwarded_only_the_proxys_own_counts_and_a_household_is_one() {
        for (https, forwarded, address) in [
            (true, "192.0.2.9, 192.0.2.1", "192.0.2.1"),
            (true, "::ffff:192.0.2.1", "192.0.2.1"),
            (true, "2001:db8:0:1::3", "2001:db8:0:1::/64"),
            (true, "nonsense", ""),
            (false, "192.0.2.1", ""),
        ] {
            let mut headers = HeaderMap::new();
            headers.append("x-forwarded-for", "198.51.100.1".parse().unwrap());
            headers.append("x-forwarded-for", forwarded.parse().unwrap());
            assert_eq!(Cookies { https, key: [0; 32] }.address(&headers), address, "{forwarded}");
        }
    }
}
