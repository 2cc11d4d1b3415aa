//! The environment variables that point an app at a simulated Google.

use anyhow::{bail, ensure};
use clap::Args;
use dataportability_scopes::call::{Endpoint, Endpoints};
use url::Url;

/// Where an app finds Google, and how fast the clock there runs. Without any of it, that is Google.
///
/// The stand-in prints all of it when it starts.
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

    /// Where tokens are looked up, if not at Google
    #[arg(long, env)]
    pub token_info_endpoint: Option<Endpoint>,

    /// Where the Data Portability API is, if not at Google
    #[arg(long, env)]
    pub api_base_url: Option<Endpoint>,

    /// What callbacks of the simulator name as their issuer [default: what Google's name]
    #[arg(long, env)]
    pub issuer: Option<String>,

    /// How many times as fast as real time the simulator's clock runs: 600 is ten minutes a second
    #[arg(long, env, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub clock_speed: Option<u32>,

    /// The Unix time at which the simulator's clock was right [default: when the app first ran]
    #[arg(long, env)]
    pub clock_epoch: Option<u64>,
}

impl GoogleAddresses {
    /// Returns whether no address is given: the app is to talk to Google.
    #[must_use]
    pub fn is_google(&self) -> bool {
        self.all().iter().all(|(_, it)| it.is_none())
    }

    /// Returns the addresses: Google's, or all of a simulator's.
    ///
    /// # Errors
    ///
    /// Fails if some addresses are given and others are not: a test must not send a token to Google
    /// because a variable is missing.
    pub fn endpoints(&self) -> anyhow::Result<Endpoints> {
        if self.is_google() {
            return Ok(Endpoints::default());
        }
        let missing: Vec<&str> =
            self.all().into_iter().filter_map(|(name, it)| it.is_none().then_some(name)).collect();
        let [Some(authorization), Some(token), Some(revocation), Some(token_info), Some(api)] =
            self.all().map(|(_, it)| it.cloned())
        else {
            bail!(
                "some addresses of a simulator are set, and these are not: {}; set all or none",
                missing.join(", ")
            );
        };
        Ok(Endpoints {
            authorization,
            token,
            revocation,
            token_info,
            api,
            issuer: self.issuer.clone().unwrap_or_else(|| Endpoints::default().issuer),
        })
    }

    /// Returns the speed of the clock.
    ///
    /// # Errors
    ///
    /// Fails if the clock is fast and an address is Google's own, whose clock is not.
    pub fn checked_clock_speed(&self) -> anyhow::Result<u32> {
        let speed = self.clock_speed.unwrap_or(1);
        let is_googles = |(_, it): &(&str, Option<&Endpoint>)| it.is_none_or(is_googles);
        ensure!(
            speed == 1 || !self.all().iter().any(is_googles),
            "CLOCK_SPEED={speed} is refused for an address of Google's own, whose clock runs like \
             any other: unset CLOCK_SPEED, or set all addresses to a simulator's"
        );
        Ok(speed)
    }

    fn all(&self) -> [(&'static str, Option<&Endpoint>); 5] {
        [
            ("AUTHORIZATION_ENDPOINT", self.authorization_endpoint.as_ref()),
            ("TOKEN_ENDPOINT", self.token_endpoint.as_ref()),
            ("REVOCATION_ENDPOINT", self.revocation_endpoint.as_ref()),
            ("TOKEN_INFO_ENDPOINT", self.token_info_endpoint.as_ref()),
            ("API_BASE_URL", self.api_base_url.as_ref()),
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
    use super::{Endpoint, Endpoints, GoogleAddresses, is_googles, is_loopback};

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

    fn simulated() -> GoogleAddresses {
        let simulator = |path: &str| Some(endpoint(&format!("http://127.0.0.1:8090{path}")));
        GoogleAddresses {
            authorization_endpoint: simulator("/o/oauth2/v2/auth"),
            token_endpoint: simulator("/token"),
            revocation_endpoint: simulator("/revoke"),
            token_info_endpoint: simulator("/tokeninfo"),
            api_base_url: simulator(""),
            ..GoogleAddresses::default()
        }
    }

    #[test]
    fn all_addresses_are_a_simulators_or_none_is() {
        let google = GoogleAddresses::default();
        assert!(google.is_google());
        assert_eq!(google.endpoints().unwrap(), Endpoints::default());
        let at = Endpoints::at(&endpoint("http://127.0.0.1:8090"));
        assert_eq!(simulated().endpoints().unwrap(), at);
        let partly =
            GoogleAddresses { token_info_endpoint: None, api_base_url: None, ..simulated() };
        assert_eq!(
            partly.endpoints().unwrap_err().to_string(),
            "some addresses of a simulator are set, and these are not: TOKEN_INFO_ENDPOINT, \
             API_BASE_URL; set all or none"
        );
    }

    #[test]
    fn a_fast_clock_is_refused_unless_every_address_is_a_simulators() {
        let simulated = GoogleAddresses { clock_speed: Some(600), ..simulated() };
        assert_eq!(simulated.checked_clock_speed().unwrap(), 600);
        let google = Some(endpoint("https://oauth2.googleapis.com/token"));
        for token_endpoint in [None, google] {
            let mixed = GoogleAddresses { token_endpoint, ..simulated.clone() };
            assert!(mixed.checked_clock_speed().is_err());
            let real = GoogleAddresses { clock_speed: None, ..mixed };
            assert_eq!(real.checked_clock_speed().unwrap(), 1);
        }
    }
}
