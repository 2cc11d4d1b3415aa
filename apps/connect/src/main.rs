//! A web app that brings people's Google data over: consent, exports, download.
//!
//! `cargo run -p connect` needs no account: it brings a stand-in for Google. The flow is in
//! `flow.rs`, in order; that file says what to copy.
//!
//! | file | what |
//! |---|---|
//! | `flow.rs` | the flow: a handler for each step, and the exports that run by themselves |
//! | `app.rs` | what the steps share: sending a call, tokens that are not expired |
//! | `google.rs` | whom the app talks to |
//! | `store.rs` | SQLite; what must not be read from it is sealed |
//! | `session.rs`, `guard.rs`, `server.rs` | cookies, checks of each request, limits |
//! | `exchanges.rs` | the panel "What just happened", with secrets masked |
//! | `pages/` | what the user reads |

mod app;
mod exchanges;
mod flow;
mod google;
mod guard;
mod leases;
mod pages;
mod server;
mod session;
mod simulated;
mod store;
mod terminal;

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use app_runtime::{Clock, HttpClient, Sealer, Timeouts};
use axum::middleware;
use clap::Parser;
use dataportability_scopes::url::Url;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::app::App;
use crate::google::GoogleArgs;
use crate::guard::Guard;
use crate::leases::Leases;
use crate::pages::Footer;
use crate::session::Cookies;
use crate::store::Store;
use crate::terminal::tell;

/// Bring people's Google data over: consent, exports, download
///
/// Without GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET it brings a stand-in for Google, so that it
/// needs no account. To use Google, register PUBLIC_URL/callback as a redirect URI of an OAuth client of the
/// type "Web application", exactly so.
#[derive(Parser)]
#[command(name = "connect", version)]
#[expect(clippy::doc_markdown, reason = "it is printed as it is")]
struct Cli {
    /// The port on 127.0.0.1 to serve on, 0 for any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// The origin that users see, if a proxy stands before the app, such as `https://app.example.com`
    #[arg(long, env)]
    public_url: Option<String>,

    /// The SQLite file that keeps sessions, tokens and exports
    #[arg(long, value_name = "FILE", default_value = "connect.db")]
    db: PathBuf,

    /// The port of the stand-in for Google, 0 for any that is free [default: the app's and 1 more]
    #[arg(long, value_name = "PORT")]
    stand_in_port: Option<u16>,

    /// The share of the stand-in's exports that fail, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    stand_in_failures: f64,

    #[command(flatten)]
    google: GoogleArgs,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let listener = listen(cli.port, "--port").await?;
    let origin = match &cli.public_url {
        Some(url) => public_origin(url)?,
        None => format!("http://{}", listener.local_addr()?),
    };
    let redirect_uri = format!("{origin}/callback");

    let is_stand_in = cli.google.is_stand_in()?;
    let store = Store::open(&cli.db, sealer(&cli.db, is_stand_in)?)?;
    let (google, clock) = if is_stand_in {
        let port = cli.stand_in_port.unwrap_or(match cli.port {
            0 => 0,
            port => port.saturating_add(1),
        });
        let listener = listen(port, "--stand-in-port").await?;
        let speed = cli.google.stand_in_clock_speed();
        simulated::serve(
            listener,
            &beside(&cli.db, "stand-in.json"),
            &redirect_uri,
            speed,
            cli.stand_in_failures,
        )?
    } else {
        let epoch = cli.google.addresses.clock_epoch;
        let google = cli.google.google()?;
        // A clock that is fast goes on from where it was.
        let epoch = epoch.map(|epoch| UNIX_EPOCH + Duration::from_secs(epoch));
        let epoch = store.time_once("clock_epoch", epoch.unwrap_or_else(SystemTime::now))?;
        let clock = Clock::new(epoch, google.clock_speed);
        (google, clock)
    };

    let guard = Guard::new(&origin, &google.authorization_origin())?;
    let app = Arc::new(App {
        redirect_uri: redirect_uri.parse()?,
        store,
        http: HttpClient::new(Timeouts::default(), google.is_local)?,
        clock,
        cookies: Cookies {
            https: origin.starts_with("https://"),
        },
        footer: Footer {
            talks_to: google.name(),
            clock_speed: clock.speed(),
        },
        callbacks: Leases::default(),
        exports: Leases::default(),
        refreshes: Leases::default(),
        exports_changed: Notify::new(),
        google,
    });
    announce(&app, &origin, &cli.db);
    tokio::spawn(flow::run_exports(Arc::clone(&app)));

    let router = flow::routes()
        .with_state(app)
        .layer(middleware::from_fn_with_state(guard, guard::guard));
    server::serve(listener, router).await;
    Ok(())
}

async fn listen(port: u16, option: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| format!("cannot serve on port {port}; give another with {option}"))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a number from 0 to 1 is expected".to_owned())
}

fn public_origin(url: &str) -> anyhow::Result<String> {
    let wrong = "PUBLIC_URL must be an origin, such as https://app.example.com";
    let parsed = Url::parse(url).context(wrong)?;
    let origin = parsed.origin().ascii_serialization();
    if parsed.scheme() != "https" || url.trim_end_matches('/') != origin {
        bail!(wrong);
    }
    Ok(origin)
}

/// The key is in the environment. Where there is nothing to protect, it may stand in a file.
fn sealer(db: &Path, is_stand_in: bool) -> anyhow::Result<Sealer> {
    match env::var("CONNECT_KEY") {
        Ok(key) => Sealer::from_hex("CONNECT_KEY", &key),
        Err(_) if is_stand_in => Sealer::from_file(&beside(db, "key")),
        Err(_) => bail!(
            "CONNECT_KEY is not set. It encrypts the tokens in {}: set it to 64 hexadecimal digits, such as \
             `openssl rand -hex 32` prints, and keep it",
            db.display()
        ),
    }
}

/// Returns the path of a file beside the database: `connect.db.key`.
fn beside(db: &Path, extension: &str) -> PathBuf {
    let mut path = db.as_os_str().to_owned();
    path.push(".");
    path.push(extension);
    PathBuf::from(path)
}

/// Says which address to open, whom the app talks to, and where it keeps what it is given.
fn announce(app: &App, origin: &str, db: &Path) {
    let key = match env::var_os("CONNECT_KEY") {
        Some(_) => "the key in CONNECT_KEY".to_owned(),
        None => format!(
            "the key in {}, since CONNECT_KEY is not set",
            beside(db, "key").display()
        ),
    };
    let clock = match app.clock.speed() {
        1 => String::new(),
        speed => format!("Its clock runs {speed} times as fast as yours.\n"),
    };
    let text = format!(
        "Open {origin}\nThe app talks to {}.\n{clock}Tokens are in {}, encrypted with {key}.\n",
        app.google.name(),
        db.display(),
    );
    // Whoever started this may read through a pipe, which may be closed.
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
