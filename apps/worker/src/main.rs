//! The program: reads the settings and starts the tasks.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, ensure};
use app_runtime::{Clock, GoogleAddresses, HttpClient, Sealer, Timeouts, is_loopback};
use clap::Parser;
use dataportability_scopes::consent::OAuthClient;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tracing::Level;
use worker::store::Store;
use worker::work::Worker;

/// Run the exports of a PostgreSQL table
#[derive(Parser)]
#[command(name = "worker", version)]
struct Settings {
    /// The database, such as `postgresql://user@localhost/exports`
    #[arg(long, env, hide_env_values = true)]
    database_url: String,
    /// The key that seals tokens: 64 hexadecimal digits
    #[arg(long, env, hide_env_values = true)]
    worker_key: String,
    #[arg(long, env)]
    google_client_id: String,
    #[arg(long, env, hide_env_values = true)]
    google_client_secret: Option<String>,
    /// Where archives are downloaded to
    #[arg(long, env, default_value = "archives")]
    archive_dir: PathBuf,
    /// How many people to work for at the same time
    #[arg(long, env, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// How many of these may be downloads [default: half]
    #[arg(long, env)]
    downloads: Option<u16>,
    /// How many seconds a call may take until another worker takes over
    #[arg(long, env, default_value_t = 150, value_parser = clap::value_parser!(u64).range(1..=3600))]
    lease_seconds: u64,
    /// The least that is told: error, warn, info, debug or trace
    #[arg(long, env, default_value = "info")]
    log_level: Level,
    #[command(flatten)]
    google: GoogleAddresses,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    tracing_subscriber::fmt()
        .with_max_level(settings.log_level)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));

    let speed = settings.google.checked_clock_speed()?;
    let epoch = settings.google.clock_epoch;
    ensure!(
        speed == 1 || epoch.is_some(),
        "CLOCK_SPEED needs CLOCK_EPOCH, so that all workers agree on the time"
    );
    let endpoints = settings.google.endpoints()?;
    std::fs::create_dir_all(&settings.archive_dir)
        .and_then(|()| remove_old_parts(&settings.archive_dir))
        .with_context(|| format!("{} cannot be created or read", settings.archive_dir.display()))?;

    let tasks = usize::from(settings.concurrency);
    let downloads = settings.downloads.map_or(tasks.div_ceil(2), usize::from);
    let sealer = Sealer::from_hex("WORKER_KEY", &settings.worker_key)?;
    let store = Store::open(&settings.database_url, tasks, sealer).await?;
    let lease = Duration::from_secs(settings.lease_seconds);
    let is_local = is_loopback(&endpoints.token);
    // No redirect URI is needed to refresh tokens.
    let google = OAuthClient::new(settings.google_client_id, "http://localhost".parse()?)
        .endpoints(endpoints);
    let worker = Worker {
        store,
        google: match settings.google_client_secret {
            Some(secret) => google.client_secret(secret),
            None => google,
        },
        // A response that trickles in must not outlast the lease.
        http: HttpClient::new(
            Timeouts { connect: lease / 6, call: lease / 3, stall: lease / 3 },
            is_local,
        )?,
        clock: Clock::new(UNIX_EPOCH + Duration::from_secs(epoch.unwrap_or_default()), speed),
        lease,
        archives: settings.archive_dir,
        downloads: Arc::new(Semaphore::new(downloads)),
    };
    tracing::info!("working for {tasks} people at a time");
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    worker.run(tasks, stop).await
}

/// Removes what workers that were killed left of downloads. No download stands still for a day.
fn remove_old_parts(archives: &Path) -> std::io::Result<()> {
    let age = |path: &Path| path.metadata().ok()?.modified().ok()?.elapsed().ok();
    for entry in std::fs::read_dir(archives)? {
        let path = entry?.path();
        let is_part = path.extension().is_some_and(|it| it == "part");
        if is_part && age(&path).is_some_and(|it| it > Duration::from_secs(24 * 60 * 60)) {
            // Another worker may have been faster.
            let _ = std::fs::remove_file(path);
        }
    }
    Ok(())
}
