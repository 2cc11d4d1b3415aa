//! Whom the app talks to: Google, a simulator at addresses of its own, or the stand-in that comes
//! with the app.

use anyhow::{Context, bail};
use app_runtime::{GoogleAddresses, is_googles, is_loopback};
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

    #[command(flatten)]
    pub(crate) addresses: GoogleAddresses,
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
            (None, None) if self.addresses.is_google() => Ok(true),
            (None, None) => bail!(
                "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are not set: give the client that the server \
                 at the given endpoints knows"
            ),
            _ => bail!("set both GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or neither"),
        }
    }

    /// Returns the speed of the stand-in's clock.
    pub(crate) fn stand_in_clock_speed(&self) -> u32 {
        self.addresses.clock_speed.unwrap_or(600)
    }

    /// Returns Google, or the server at the given addresses.
    pub(crate) fn google(self) -> anyhow::Result<Google> {
        let clock_speed = self.addresses.checked_clock_speed()?;
        let addresses = self.addresses;
        let or = |given: Option<Endpoint>, google: &str| given.map_or_else(|| google.parse(), Ok);
        let client_id = ClientId::new(
            self.google_client_id
                .context("GOOGLE_CLIENT_ID is not set")?,
        );
        let authorization_endpoint = or(addresses.authorization_endpoint, AUTHORIZATION_ENDPOINT)?;
        let token_endpoint = or(addresses.token_endpoint, TOKEN_ENDPOINT)?;
        Ok(Google {
            token_client: TokenClient::new(
                client_id.clone(),
                self.google_client_secret.map(ClientSecret::new),
            )
            .token_endpoint(token_endpoint.clone())
            .revocation_endpoint(or(addresses.revocation_endpoint, REVOCATION_ENDPOINT)?),
            client_id,
            is_local: is_loopback(&token_endpoint),
            // A simulator may name itself, or Google, or nobody.
            issuer: addresses.issuer.or_else(|| {
                is_googles(&authorization_endpoint)
                    .then(|| "https://accounts.google.com".to_owned())
            }),
            authorization_endpoint,
            api_base_url: or(addresses.api_base_url, BASE_URL)?,
            clock_speed,
        })
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
