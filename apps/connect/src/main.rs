//! A web app that brings people's Google data over: consent, exports, and a look at what arrived.
//!
//! `cargo run -p connect` needs no account: it brings a stand-in for Google. The flow is in
//! `flow.rs` and `exports.rs`, in order; they say what to copy.
//!
//! | file | what |
//! |---|---|
//! | `flow.rs` | from the choice to the tokens: a handler for each step |
//! | `exports.rs` | the exports, which run by themselves until their archives have arrived |
//! | `data.rs` | what users do with what they have brought over |
//! | `app.rs` | what the steps share: sending a call, tokens that are not expired |
//! | `files.rs`, `archive.rs` | archives on the disk, and what is in them |
//! | `google.rs`, `settings.rs` | whom the app talks to; what an operator sets without Rust |
//! | `store/` | SQLite; what must not be read from it is sealed |
//! | `session.rs`, `guard.rs` | cookies, checks of each request |
//! | `exchanges.rs` | the drawer "What just happened", with secrets masked |
//! | `pages/`, `time.rs` | what the user reads, and when it is for them |

mod app;
mod archive;
mod data;
mod exchanges;
mod exports;
mod files;
mod flow;
mod form;
mod google;
mod guard;
mod leases;
mod pages;
mod session;
mod settings;
mod simulated;
mod store;
mod terminal;
mod time;

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use app_runtime::{Clock, HttpClient, Sealer, Timeouts, private_folder};
use axum::middleware;
use clap::Parser;
use dataportability_scopes::consent::RedirectUri;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use url::Url;

use crate::app::App;
use crate::google::GoogleArgs;
use crate::guard::Guard;
use crate::leases::Leases;
use crate::pages::Site;
use crate::session::Cookies;
use crate::settings::Settings;
use crate::store::Store;
use crate::terminal::tell;

/// Bring people's Google data over: consent, exports, and a look at what arrived
///
/// Without GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET it brings a stand-in for Google, so that it
/// needs no account. To use Google, register PUBLIC_URL/callback as a redirect URI of an OAuth
/// client of the type "Web application", exactly so.
#[derive(Parser)]
#[command(name = "connect", version)]
#[expect(clippy::doc_markdown, reason = "it is printed as it is")]
struct Cli {
    /// The port on 127.0.0.1 to serve on, 0 for any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// The origin that users see, if a proxy stands before the app: `https://app.example.com`
    #[arg(long, env)]
    public_url: Option<String>,

    /// The folder that keeps the database and what has arrived [default: connect in the user's
    /// data folder]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,

    /// The name, the kinds of data on offer, their purposes and the wording [default: connect.toml
    /// of the source]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,

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
    let settings = Settings::read(cli.settings.as_deref())?;
    let is_stand_in = cli.google.is_stand_in()?;
    let listener = listen(cli.port, "--port").await?;
    let origin = match &cli.public_url {
        Some(_) if is_stand_in => bail!(
            "PUBLIC_URL is set, but the stand-in for Google is on this machine, where no browser \
             of a user finds it: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or unset PUBLIC_URL"
        ),
        Some(url) => public_origin(url)?,
        None => format!("http://{}", listener.local_addr()?),
    };
    let redirect_uri: RedirectUri = format!("{origin}/callback").parse()?;

    let data = match cli.data {
        Some(folder) => folder,
        None => data_folder()?,
    };
    private_folder(&data)?;
    let store = Store::open(&data.join("connect.db"), sealer(&data, is_stand_in)?)?;
    let (google, clock) = if is_stand_in {
        let port = cli.stand_in_port.unwrap_or(match cli.port {
            0 => 0,
            port => port.saturating_add(1),
        });
        let listener = listen(port, "--stand-in-port").await?;
        simulated::serve(
            listener,
            &data.join("stand-in.json"),
            &settings.name,
            redirect_uri,
            cli.google.stand_in_clock_speed(),
            cli.stand_in_failures,
        )?
    } else {
        let epoch = cli.google.addresses.clock_epoch;
        let google = cli.google.google(redirect_uri)?;
        // A clock that is fast goes on from where it was.
        let epoch = epoch.map(|epoch| UNIX_EPOCH + Duration::from_secs(epoch));
        let epoch = store.time_once("clock_epoch", epoch.unwrap_or_else(SystemTime::now))?;
        let clock = Clock::new(epoch, google.clock_speed);
        (google, clock)
    };

    let site = Arc::new(Site {
        settings,
        clock,
        talks_to: google.name(),
        connections_url: google.connections_url(),
    });
    let guard = Guard::new(&origin, &google.authorization_origin(), Arc::clone(&site))?;
    let app = Arc::new(App {
        folder: data.join("archives"),
        http: HttpClient::new(Timeouts::default(), google.is_local)?,
        clock,
        cookies: Cookies { https: origin.starts_with("https://"), key: store.name_key()? },
        site,
        origin: origin.clone(),
        store,
        google,
        callbacks: Leases::default(),
        requests: Leases::default(),
        consents: Leases::default(),
        fetches: Leases::default(),
        changed: Notify::new(),
    });
    app.remove_stray_folders()?;
    announce(&app, &origin, &data);
    tokio::spawn(exports::run(Arc::clone(&app)));

    let router =
        data::routes().with_state(app).layer(middleware::from_fn_with_state(guard, guard::guard));
    // It listens on this machine only: a proxy before it keeps slow clients and too many
    // connections away.
    axum::serve(listener, router).await.context("the app can serve no longer")
}

async fn listen(port: u16, option: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| format!("cannot serve on port {port}; give another with {option}"))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a number from 0 to 1 is expected".to_owned())
}

fn public_origin(url: &str) -> anyhow::Result<String> {
    let wrong = "PUBLIC_URL must be an origin, such as https://app.example.com";
    let parsed = Url::parse(url).context(wrong)?;
    let origin = parsed.origin().ascii_serialization();
    if parsed.scheme() != "https" || url.strip_suffix('/').unwrap_or(url) != origin {
        bail!(wrong);
    }
    Ok(origin)
}

/// Returns the folder for the data of this app, as the XDG Base Directory Specification has it.
fn data_folder() -> anyhow::Result<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let home = || absolute("HOME").or_else(|| absolute("USERPROFILE"));
    let folder = absolute("XDG_DATA_HOME").or_else(|| Some(home()?.join(".local/share")));
    let folder =
        folder.context("there is no home folder: say with --data where to keep the data")?;
    Ok(folder.join("connect"))
}

/// The key is in the environment. Where there is nothing to protect, it may be in a file.
fn sealer(data: &Path, is_stand_in: bool) -> anyhow::Result<Sealer> {
    match env::var("CONNECT_KEY") {
        Ok(key) => Sealer::from_hex("CONNECT_KEY", &key),
        Err(_) if is_stand_in => Sealer::from_file(&data.join("key")),
        Err(_) => bail!(
            "CONNECT_KEY is not set. It encrypts the tokens in {}: set it to 64 hexadecimal \
             digits, such as `openssl rand -hex 32` prints, and keep it",
            data.display()
        ),
    }
}

/// Says which address to open, whom the app talks to, and where it keeps what it is given.
fn announce(app: &App, origin: &str, data: &Path) {
    let key = match env::var_os("CONNECT_KEY") {
        Some(_) => "the key in CONNECT_KEY",
        None => "the key beside it, since CONNECT_KEY is not set",
    };
    let clock = match app.clock.speed() {
        1 => String::new(),
        speed => format!("Its clock runs {speed} times as fast as yours.\n"),
    };
    let text = format!(
        "Open {origin}\nThe app talks to {}.\n{clock}What it keeps is in {}; tokens are encrypted \
         with {key}.\n",
        app.google.name(),
        data.display(),
    );
    // Whoever started this may read through a pipe, which may be closed.
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
