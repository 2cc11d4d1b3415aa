//! Whom the app talks to: Google, a simulator at addresses of its own, or the stand-in that comes
//! with the app.

use anyhow::{Context, bail};
use clap::Args;
use dataportability_scopes::Endpoint;
use dataportability_scopes::api::BASE_URL;
use dataportability_scopes::consent::{
    AUTHORIZATION_ENDPOINT, REVOCATION_ENDPOINT, TOKEN_ENDPOINT, TokenClient,
};
use dataportability_scopes::oauth2::{ClientId, ClientSecret};
use dataportability_scopes::url::Url;

/// What the environment says about Google.
#[derive(Debug, Args)]
pub(crate) struct GoogleArgs {
    /// The id of the OAuth client; without it the app brings a stand-in for Google
    #[arg(long, env = "GOOGLE_CLIENT_ID")]
    google_client_id: Option<String>,

    /// The secret of the OAuth client, from the environment only
    #[arg(skip = std::env::var("GOOGLE_CLIENT_SECRET").ok())]
    google_client_secret: Option<String>,

    /// Where users give access, if not at Google
    #[arg(long, env)]
    authorization_endpoint: Option<Endpoint>,

    /// Where codes are exchanged for tokens, if not at Google
    #[arg(long, env)]
    token_endpoint: Option<Endpoint>,

    /// Where tokens are revoked, if not at Google
    #[arg(long, env)]
    revocation_endpoint: Option<Endpoint>,

    /// Where the Data Portability API is, if not at Google
    #[arg(long, env)]
    api_base_url: Option<Endpoint>,

    /// What callbacks of the simulator name as their issuer; not checked unless given
    #[arg(long, env)]
    issuer: Option<String>,

    /// How many times as fast as real time the simulator's clock runs: 600 is ten minutes a second
    #[arg(long, env, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    clock_speed: Option<u32>,

    /// The Unix time at which the simulator's clock was right [default: when the database was made]
    #[arg(long, env)]
    clock_epoch: Option<u64>,
}

/// The addresses of one of them, and the app's client there.
#[derive(Debug, Clone)]
pub(crate) struct Google {
    pub(crate) client_id: ClientId,
    pub(crate) authorization_endpoint: Endpoint,
    pub(crate) token_client: TokenClient,
    pub(crate) api_base_url: Endpoint,
    /// What callbacks name as their issuer, if it is known.
    pub(crate) issuer: Option<String>,
    pub(crate) clock_speed: u32,
    /// Whether it is on this machine.
    pub(crate) is_local: bool,
}

impl GoogleArgs {
    /// Returns whether the app is to bring its stand-in.
    pub(crate) fn is_stand_in(&self) -> anyhow::Result<bool> {
        match (&self.google_client_id, &self.google_client_secret) {
            (Some(_), Some(_)) => Ok(false),
            (None, None) if self.endpoints().iter().all(Option::is_none) => Ok(true),
            (None, None) => bail!(
                "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are not set: give the client that the server \
                 at the given endpoints knows"
            ),
            _ => bail!("set both GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or neither"),
        }
    }

    /// Returns the speed of the stand-in's clock.
    pub(crate) fn stand_in_clock_speed(&self) -> u32 {
        self.clock_speed.unwrap_or(600)
    }

    pub(crate) fn clock_epoch(&self) -> Option<u64> {
        self.clock_epoch
    }

    /// Returns Google, or the server at the given addresses.
    pub(crate) fn google(self) -> anyhow::Result<Google> {
        let given = self.endpoints().iter().filter(|it| it.is_some()).count();
        let clock_speed = self.clock_speed.unwrap_or(1);
        if clock_speed != 1 && given < 4 {
            bail!(
                "CLOCK_SPEED={clock_speed} is refused while an address is Google's own, whose clock runs like \
                 any other: set AUTHORIZATION_ENDPOINT, TOKEN_ENDPOINT, REVOCATION_ENDPOINT and API_BASE_URL, \
                 or unset CLOCK_SPEED"
            );
        }
        if clock_speed != 1 && self.endpoints().into_iter().flatten().any(is_googles) {
            bail!(
                "CLOCK_SPEED={clock_speed} is refused for an address of Google's own: unset CLOCK_SPEED"
            );
        }
        let or = |given: Option<Endpoint>, google: &str| given.map_or_else(|| google.parse(), Ok);
        let client_id = ClientId::new(
            self.google_client_id
                .context("GOOGLE_CLIENT_ID is not set")?,
        );
        let authorization_endpoint = or(self.authorization_endpoint, AUTHORIZATION_ENDPOINT)?;
        let token_endpoint = or(self.token_endpoint, TOKEN_ENDPOINT)?;
        Ok(Google {
            token_client: TokenClient::new(
                client_id.clone(),
                self.google_client_secret.map(ClientSecret::new),
            )
            .token_endpoint(token_endpoint.clone())
            .revocation_endpoint(or(self.revocation_endpoint, REVOCATION_ENDPOINT)?),
            client_id,
            is_local: is_loopback(&token_endpoint),
            // A simulator may name itself, or Google, or nobody.
            issuer: self.issuer.or_else(|| {
                is_googles(&authorization_endpoint)
                    .then(|| "https://accounts.google.com".to_owned())
            }),
            authorization_endpoint,
            api_base_url: or(self.api_base_url, BASE_URL)?,
            clock_speed,
        })
    }

    fn endpoints(&self) -> [Option<&Endpoint>; 4] {
        [
            self.authorization_endpoint.as_ref(),
            self.token_endpoint.as_ref(),
            self.revocation_endpoint.as_ref(),
            self.api_base_url.as_ref(),
        ]
    }
}

impl Google {
    /// Returns the stand-in that is served at `origin`.
    pub(crate) fn stand_in(
        origin: &str,
        client_id: &str,
        secret: &str,
        clock_speed: u32,
    ) -> anyhow::Result<Google> {
        let endpoint = |path: &str| format!("{origin}{path}").parse::<Endpoint>();
        let client_id = ClientId::new(client_id.to_owned());
        Ok(Google {
            token_client: TokenClient::new(
                client_id.clone(),
                Some(ClientSecret::new(secret.to_owned())),
            )
            .token_endpoint(endpoint("/token")?)
            .revocation_endpoint(endpoint("/revoke")?),
            client_id,
            authorization_endpoint: endpoint("/o/oauth2/v2/auth")?,
            api_base_url: endpoint("")?,
            issuer: Some(origin.to_owned()),
            clock_speed,
            is_local: true,
        })
    }

    /// Returns the scheme, host and port to which the browser is sent.
    pub(crate) fn authorization_origin(&self) -> String {
        origin(&self.authorization_endpoint)
    }

    /// Names the server, for the terminal and the footer.
    pub(crate) fn name(&self) -> String {
        let origin = self.authorization_origin();
        if is_googles(&self.authorization_endpoint) {
            format!("Google ({origin})")
        } else if self.is_local {
            format!("a stand-in for Google on this machine ({origin})")
        } else {
            format!("a simulated Google ({origin})")
        }
    }
}

fn origin(endpoint: &Endpoint) -> String {
    let url = Url::parse(endpoint.as_str());
    url.map(|url| url.origin().ascii_serialization())
        .unwrap_or_default()
}

fn is_googles(endpoint: &Endpoint) -> bool {
    let url = Url::parse(endpoint.as_str()).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    ["google.com", "googleapis.com"]
        .iter()
        .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")))
}

fn is_loopback(endpoint: &Endpoint) -> bool {
    let url = Url::parse(endpoint.as_str()).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}
