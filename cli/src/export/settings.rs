//! What an export is made with: the OAuth client, the addresses of Google, and the clock.

use std::env;
use std::error::Error;
use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dataportability_scopes::call::{Endpoint, Endpoints};
use dataportability_scopes::consent::{OAuthClient, RedirectUri};
use serde_json::Value;
use url::Url;

/// The OAuth client, and where its callback comes to.
pub(super) struct Client {
    pub(super) google: OAuthClient,
    /// Whether any free port will do: Google lets desktop clients choose.
    pub(super) takes_any_port: bool,
}

impl Client {
    /// Reads the console's JSON, or `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET`.
    pub(super) fn read(
        file: Option<&Path>,
        redirect_uri: Option<&str>,
    ) -> Result<Client, Box<dyn Error>> {
        let (google, is_web) = match file {
            Some(file) => from_file(file)?,
            None => (from_environment()?, false),
        };
        let mut google = google.endpoints(endpoints()?);
        if let Some(uri) = redirect_uri {
            google = google.with_redirect_uri(uri.parse()?);
        }
        let takes_any_port = redirect_uri.is_none() && !is_web;
        if !takes_any_port && port(google.redirect_uri()).is_none() {
            return Err(
                "the redirect URI of the OAuth client is not on this machine: make a client of the \
                 type \"Desktop app\" in the Google Cloud console, or register a URI such as \
                 http://localhost:8080/ and give it with --redirect-uri"
                    .into(),
            );
        }
        Ok(Client { google, takes_any_port })
    }
}

/// Returns the port of a redirect URI on this machine.
pub(super) fn port(uri: &RedirectUri) -> Option<u16> {
    let url = Url::parse(uri.as_str()).ok()?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    is_here.then(|| url.port_or_known_default()).flatten()
}

fn from_file(file: &Path) -> Result<(OAuthClient, bool), Box<dyn Error>> {
    let problem = |error: &dyn Display| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(|error| problem(&error))?;
    let google = OAuthClient::from_console_json(&text).map_err(|error| problem(&error))?;
    let is_web = serde_json::from_str::<Value>(&text).is_ok_and(|file| file.get("web").is_some());
    Ok((google, is_web))
}

fn from_environment() -> Result<OAuthClient, Box<dyn Error>> {
    let Some(id) = variable("GOOGLE_CLIENT_ID") else {
        return Err(
            "no OAuth client: give the client_secret_….json of the Google Cloud console with \
             --client, or set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"
                .into(),
        );
    };
    // The port is set when one has been bound.
    let mut client = OAuthClient::new(id, "http://127.0.0.1/".parse()?);
    if let Some(secret) = variable("GOOGLE_CLIENT_SECRET") {
        client = client.client_secret(secret);
    }
    Ok(client)
}

fn endpoints() -> Result<Endpoints, Box<dyn Error>> {
    let mut endpoints = Endpoints::default();
    for (name, endpoint) in [
        ("AUTHORIZATION_ENDPOINT", &mut endpoints.authorization),
        ("TOKEN_ENDPOINT", &mut endpoints.token),
        ("REVOCATION_ENDPOINT", &mut endpoints.revocation),
        ("TOKEN_INFO_ENDPOINT", &mut endpoints.token_info),
        ("API_BASE_URL", &mut endpoints.api),
    ] {
        if let Some(value) = parsed::<Endpoint>(name)? {
            *endpoint = value;
        }
    }
    if let Some(issuer) = variable("ISSUER") {
        endpoints.issuer = issuer;
    }
    Ok(endpoints)
}

/// Returns whether the API is on this machine, which no proxy could reach.
pub(super) fn is_simulated() -> bool {
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    variable("API_BASE_URL").is_some_and(|base| here.iter().any(|it| base.starts_with(it)))
}

/// The clock of Google's side: the system's, or that of a simulator, which runs faster.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    epoch: SystemTime,
    speed: u32,
}

impl Clock {
    /// Reads `CLOCK_SPEED` and `CLOCK_EPOCH`. A fast clock is for a simulator alone.
    pub(super) fn read() -> Result<Clock, Box<dyn Error>> {
        let speed = parsed::<u32>("CLOCK_SPEED")?.unwrap_or(1).max(1);
        let simulated = ["AUTHORIZATION_ENDPOINT", "TOKEN_ENDPOINT", "API_BASE_URL"];
        if speed > 1 && simulated.iter().any(|name| variable(name).is_none()) {
            return Err(format!(
                "CLOCK_SPEED={speed} is for a simulator: set {} too, or unset it",
                simulated.join(", ")
            )
            .into());
        }
        let epoch = match parsed::<u64>("CLOCK_EPOCH")? {
            Some(seconds) => UNIX_EPOCH + Duration::from_secs(seconds),
            None if speed > 1 => return Err("CLOCK_SPEED needs CLOCK_EPOCH".into()),
            None => UNIX_EPOCH,
        };
        Ok(Clock { epoch, speed })
    }

    pub(super) fn now(self) -> SystemTime {
        let system = SystemTime::now();
        if self.speed == 1 {
            return system;
        }
        let elapsed = system.duration_since(self.epoch).unwrap_or_default();
        self.epoch + elapsed * self.speed
    }

    /// Returns how long it really takes until the clock shows a time.
    pub(super) fn until(self, time: SystemTime) -> Duration {
        time.duration_since(self.now()).unwrap_or_default() / self.speed
    }

    /// Returns how long a stretch of the clock's time really takes.
    pub(super) fn real(self, stretch: Duration) -> Duration {
        stretch / self.speed
    }
}

/// Returns an environment variable that is not empty.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn parsed<T: FromStr<Err: Display>>(name: &str) -> Result<Option<T>, String> {
    let parse = |value: String| value.parse().map_err(|error| format!("{name}: {error}"));
    variable(name).map(parse).transpose()
}
