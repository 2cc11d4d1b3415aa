//! Whom the app talks to: Google, a simulator at addresses of its own, or the stand-in that comes
//! with the app.

use anyhow::{Context, bail};
use app_runtime::{GoogleAddresses, is_googles, is_loopback};
use clap::Args;
use dataportability_scopes::call::Endpoints;
use dataportability_scopes::consent::{OAuthClient, RedirectUri};
use url::Url;

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

/// The app's client there, and the addresses.
#[derive(Debug, Clone)]
pub(crate) struct Google {
    pub(crate) client: OAuthClient,
    pub(crate) endpoints: Endpoints,
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
                "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are not set: give the client that the \
                 server at the given endpoints knows"
            ),
            _ => bail!("set both GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or neither"),
        }
    }

    /// Returns the speed of the stand-in's clock.
    pub(crate) fn stand_in_clock_speed(&self) -> u32 {
        self.addresses.clock_speed.unwrap_or(600)
    }

    /// Returns Google, or the server at the given addresses.
    pub(crate) fn google(self, redirect_uri: RedirectUri) -> anyhow::Result<Google> {
        let id = self.google_client_id;
        let id = id.context("GOOGLE_CLIENT_ID is not set")?;
        let secret = self.google_client_secret.unwrap_or_default();
        let client = OAuthClient::new(id, redirect_uri).client_secret(secret);
        let clock_speed = self.addresses.checked_clock_speed()?;
        Ok(Google::new(client, self.addresses.endpoints()?, clock_speed))
    }
}

impl Google {
    /// Returns the server with these addresses.
    pub(crate) fn new(client: OAuthClient, endpoints: Endpoints, clock_speed: u32) -> Google {
        Google {
            client: client.endpoints(endpoints.clone()),
            is_local: is_loopback(&endpoints.token),
            endpoints,
            clock_speed,
        }
    }

    /// Returns the scheme, host and port to which the browser is sent.
    pub(crate) fn authorization_origin(&self) -> String {
        let url = Url::parse(self.endpoints.authorization.as_str());
        url.map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    }

    /// Returns where people see and remove what they allowed.
    pub(crate) fn connections_url(&self) -> String {
        if is_googles(&self.endpoints.authorization) {
            "https://myaccount.google.com/connections".to_owned()
        } else {
            format!("{}/stand-in", self.authorization_origin())
        }
    }

    /// Names the server, for the terminal and the footer.
    pub(crate) fn name(&self) -> String {
        let origin = self.authorization_origin();
        if is_googles(&self.endpoints.authorization) {
            format!("Google ({origin})")
        } else if self.is_local {
            format!("a stand-in for Google on this machine ({origin})")
        } else {
            format!("a simulated Google ({origin})")
        }
    }
}
