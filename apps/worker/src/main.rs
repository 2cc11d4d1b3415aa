//! The program: reads the settings and starts the tasks.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use app_runtime::{Clock, HttpClient, Sealer, Timeouts, is_loopback, unix_time};
use clap::Parser;
use dataportability_scopes::Endpoint;
use dataportability_scopes::api::BASE_URL;
use dataportability_scopes::consent::{TOKEN_ENDPOINT, TokenClient};
use dataportability_scopes::oauth2::{ClientId, ClientSecret};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use worker::store::Store;
use worker::work::Worker;

/// Run the exports of a PostgreSQL table
#[derive(Parser)]
#[command(name = "worker", version)]
struct Settings {
    /// The database, such as `postgresql://user@localhost/exports`
    #[arg(long, env)]
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
    /// How many exports to work on at the same time
    #[arg(long, env, default_value_t = 8)]
    concurrency: usize,
    /// How many seconds an export belongs to the worker that took it
    #[arg(long, env, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    lease_seconds: u64,
    #[arg(long, env, default_value = TOKEN_ENDPOINT)]
    token_endpoint: String,
    #[arg(long, env, default_value = BASE_URL)]
    api_base_url: String,
    /// How many times faster than real time the clock runs, against a simulated Google
    #[arg(long, env, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    clock_speed: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    let of_google = |address: &str| address.contains("googleapis.com");
    ensure!(
        settings.clock_speed == 1
            || !(of_google(&settings.token_endpoint) || of_google(&settings.api_base_url)),
        "CLOCK_SPEED is only for a simulated Google: set TOKEN_ENDPOINT and API_BASE_URL as well"
    );
    std::fs::create_dir_all(&settings.archive_dir)
        .with_context(|| format!("{} cannot be created", settings.archive_dir.display()))?;

    let sealer = Sealer::from_hex("WORKER_KEY", &settings.worker_key)?;
    let connect = || Store::connect(&settings.database_url, sealer.clone());
    let lease = Duration::from_secs(settings.lease_seconds);
    let token_endpoint: Endpoint = settings.token_endpoint.parse()?;
    let epoch = connect()
        .await?
        .prepare(unix_time(SystemTime::now()).as_secs())
        .await?;
    let worker = Worker {
        clock: Clock::new(
            UNIX_EPOCH + Duration::from_secs(epoch),
            settings.clock_speed,
        ),
        lease,
        // A response that trickles in must not outlast the lease.
        http: HttpClient::new(
            Timeouts {
                connect: lease / 4,
                call: lease / 2,
                stall: lease / 4,
            },
            is_loopback(&token_endpoint),
        )?,
        token_client: TokenClient::new(
            ClientId::new(settings.google_client_id),
            settings.google_client_secret.map(ClientSecret::new),
        )
        .token_endpoint(token_endpoint),
        api: settings.api_base_url.parse()?,
        archives: settings.archive_dir,
    };
    println!(
        "working on the exports of the database, {} at a time",
        settings.concurrency
    );

    let mut tasks = Vec::new();
    for _ in 0..settings.concurrency {
        tasks.push(tokio::spawn(run(
            worker.clone(),
            settings.database_url.clone(),
            sealer.clone(),
        )));
    }
    // What is in flight is resolved by whoever takes the row next.
    signal(SignalKind::terminate())?.recv().await;
    for task in tasks {
        task.abort();
    }
    Ok(())
}

/// Works until the process ends. Errors are of the database: it is asked again after a while.
async fn run(worker: Worker, database_url: String, sealer: Sealer) {
    loop {
        let error = match Store::connect(&database_url, sealer.clone()).await {
            Ok(mut store) => match work(&worker, &mut store).await {
                Ok(never) => match never {},
                Err(error) => error,
            },
            Err(error) => error,
        };
        eprintln!("error: {error:#}");
        sleep(Duration::from_secs(1)).await;
    }
}

async fn work(worker: &Worker, store: &mut Store) -> anyhow::Result<std::convert::Infallible> {
    loop {
        if worker.step(store).await? {
            continue;
        }
        let real = match store.next_at().await? {
            Some(at) => worker
                .clock
                .real(at.duration_since(worker.clock.now()).unwrap_or_default()),
            None => Duration::MAX,
        };
        // Others may add exports, and take what is due.
        let pause = real.clamp(Duration::from_millis(20), Duration::from_secs(1));
        sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
    }
}
