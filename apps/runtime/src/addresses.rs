//! The environment variables that point an app at a simulated Google.

use anyhow::bail;
use clap::Args;
use dataportability_scopes::call::Endpoint;
use dataportability_scopes::url::Url;

/// Where an app finds Google, and how fast the clock there runs. Without any of it, that is Google.
#[derive(Debug, Clone, Default, Args)]
pub struct GoogleAddresses {
    /// Where users give access, if not at Google
    #[arg(long, env)]
    pub authorization_endpoint: Option<Endpoint>,

    /// Where codes are exchanged for tokens, if not at Google
    #[arg(long, env)]
    pub token_endpoint: Option<Endpoint>,

    /// Where tokens are revoked, if not at Google
    #[arg(long, env)]
    pub revocation_endpoint: Option<Endpoint>,

    /// Where the Data Portability API is, if not at Google
    #[arg(long, env)]
    pub api_base_url: Option<Endpoint>,

    /// What callbacks of the simulator name as their issuer; not checked unless given
    #[arg(long, env)]
    pub issuer: Option<String>,

    /// How many times as fast as real time the simulator's clock runs: 600 is ten minutes a second
    #[arg(long, env, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub clock_speed: Option<u32>,

    /// The Unix time at which the simulator's clock was right [default: when the database was made]
    #[arg(long, env)]
    pub clock_epoch: Option<u64>,
}

impl GoogleAddresses {
    /// Returns whether no address is given: the app is to talk to Google.
    #[must_use]
    pub fn is_google(&self) -> bool {
        self.all().iter().all(Option::is_none)
    }

    /// Returns the speed of the clock.
    ///
    /// # Errors
    ///
    /// Fails if the clock is fast and an address is Google's own, whose clock is not.
    pub fn checked_clock_speed(&self) -> anyhow::Result<u32> {
        let speed = self.clock_speed.unwrap_or(1);
        if speed != 1 && self.all().iter().any(Option::is_none) {
            bail!(
                "CLOCK_SPEED={speed} is refused while an address is Google's own, whose clock runs \
                 like any other: set AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, REVOCATION_ENDPOINT \
                 and API_BASE_URL, or unset CLOCK_SPEED"
            );
        }
        if speed != 1 && self.all().into_iter().flatten().any(is_googles) {
            bail!(
                "CLOCK_SPEED={speed} is refused for an address of Google's own: unset CLOCK_SPEED"
            );
        }
        Ok(speed)
    }

    fn all(&self) -> [Option<&Endpoint>; 4] {
        [
            self.authorization_endpoint.as_ref(),
            self.token_endpoint.as_ref(),
            self.revocation_endpoint.as_ref(),
            self.api_base_url.as_ref(),
        ]
    }
}

/// Returns whether an address is at Google.
#[must_use]
pub fn is_googles(endpoint: &Endpoint) -> bool {
    let url = Url::parse(endpoint.as_str()).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    ["google.com", "googleapis.com"]
        .iter()
        .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")))
}

/// Returns whether an address is on this machine.
#[must_use]
pub fn is_loopback(endpoint: &Endpoint) -> bool {
    let url = Url::parse(endpoint.as_str()).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, GoogleAddresses, is_googles, is_loopback};

    fn endpoint(address: &str) -> Endpoint {
        address.parse().unwrap()
    }

    #[test]
    fn only_hosts_of_google_are_googles() {
        for (address, expected) in [
            ("https://oauth2.googleapis.com/token", true),
            ("https://accounts.google.com/o/oauth2/v2/auth", true),
            ("https://google.com/", true),
            ("https://google.com.example/", false),
            ("https://notgoogle.com/", false),
            ("https://example.com/googleapis.com", false),
        ] {
            assert_eq!(is_googles(&endpoint(address)), expected, "{address}");
        }
        assert!(is_loopback(&endpoint("http://127.0.0.1:8090/token")));
        assert!(!is_loopback(&endpoint("https://127.0.0.1.example/")));
    }

    #[test]
    fn a_fast_clock_is_refused_unless_every_address_is_a_simulators() {
        let simulator = |path: &str| Some(endpoint(&format!("http://127.0.0.1:8090{path}")));
        let simulated = GoogleAddresses {
            authorization_endpoint: simulator("/auth"),
            token_endpoint: simulator("/token"),
            revocation_endpoint: simulator("/revoke"),
            api_base_url: simulator(""),
            clock_speed: Some(600),
            ..GoogleAddresses::default()
        };
        assert_eq!(simulated.checked_clock_speed().unwrap(), 600);
        let google = Some(endpoint("https://oauth2.googleapis.com/token"));
        for token_endpoint in [None, google] {
            let mixed = GoogleAddresses {
                token_endpoint,
                ..simulated.clone()
            };
            assert!(mixed.checked_clock_speed().is_err());
            let real = GoogleAddresses {
                clock_speed: None,
                ..mixed
            };
            assert_eq!(real.checked_clock_speed().unwrap(), 1);
        }
    }
}
