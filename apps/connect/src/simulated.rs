//! The stand-in for Google that comes with the app, for whoever has no account. Not to copy.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context;
use app_runtime::Clock;
use dataportability_scopes::consent::{OAuthClient, RedirectUri};
use dataportability_scopes::{Endpoints, Revision};
use stand_in::{Client, Config, Faults, Options, Server};
use tokio::net::TcpListener;

use crate::google::Google;

const CLIENT_ID: &str = "portage.apps.example";
const CLIENT_SECRET: &str = "not-a-secret";
const MINUTE: Duration = Duration::from_secs(60);

/// Serves it, and returns how to reach it and the clock that it goes by.
pub(crate) fn serve(
    listener: TcpListener,
    state_file: &Path,
    app_name: &str,
    redirect_uri: RedirectUri,
    speed: u32,
    failures: f64,
) -> anyhow::Result<(Google, Clock)> {
    let origin = format!("http://{}", listener.local_addr()?);
    let groups = Revision::NEWEST.scopes().iter().map(|scope| scope.resource().name());
    let config = Config {
        clients: vec![Client {
            id: CLIENT_ID.to_owned(),
            secret: Some(CLIENT_SECRET.to_owned()),
            project: "1234567890".to_owned(),
            name: app_name.to_owned(),
            redirect_uris: vec![redirect_uri.as_str().to_owned()],
        }],
        base_url: origin.clone(),
        issuer: Some(origin.clone()),
        job_duration: 8 * MINUTE..=40 * MINUTE,
        clock_speed: speed,
        faults: Faults { job_failure: failures, ..Faults::default() },
        seed: u64::from_be_bytes(app_runtime::random()?),
        ..Config::new(groups, redirect_uri.as_str())
    };
    let options = Options {
        clock: stand_in::Clock::starting_now(speed),
        state_file: Some(state_file.to_owned()),
    };
    let server = Server::open(config, options)
        .with_context(|| format!("cannot go on from {}", state_file.display()))?;
    let stand_in::Clock { epoch, speed } = server.clock();
    tokio::spawn(async move { server.serve(listener).await });

    let client = OAuthClient::new(CLIENT_ID, redirect_uri).client_secret(CLIENT_SECRET);
    let endpoints = Endpoints { issuer: origin.clone(), ..Endpoints::at(&origin.parse()?) };
    let google = Google::new(client, endpoints, speed);
    let clock = Clock::new(UNIX_EPOCH + Duration::from_secs(epoch), speed);
    Ok((google, clock))
}
