//! A web app that sends its users through the consent and reads what they granted.
//!
//! `cargo run --example connect` needs no account: it brings a stand-in of Google's servers. With
//! `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET` in the environment it asks Google; register
//! `http://127.0.0.1:8080/return` (or the port you give) as a redirect URI of a "Web application"
//! client, exactly so.
//!
//! To copy into an app of your own, begin with `app.rs`: the handlers are the flow. The rest:
//!
//! - `provider.rs`: whom to ask, Google or the stand-in
//! - `http_client.rs`: the HTTP client that the library asks through
//! - `sessions.rs`: what is kept for each browser, and `guard.rs`: what no request gets past
//! - `pages.rs` and `problem.rs`: what the user reads, and reads when something went wrong
//! - `stand_in.rs`: an authorization server and an API to try things on, not to copy

mod app;
mod guard;
mod http_client;
mod pages;
mod problem;
mod provider;
mod sessions;
mod stand_in;

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use tokio::net::TcpListener;

use crate::provider::Provider;

/// Send a user through the consent for Google's Data Portability API, and back
#[derive(Parser)]
#[command(name = "connect")]
struct Cli {
    /// The port to serve on; 0 for any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", cli.port))
        .await
        .map_err(|error| {
            format!(
                "cannot serve on port {}: {error}; give another with --port",
                cli.port
            )
        })?;
    let origin = format!("http://{}", listener.local_addr()?);
    let provider = match Provider::google_from_env()? {
        Some(google) => google,
        None => stand_in::serve(&origin).await?,
    };
    let app = app::router(&origin, provider)?;

    // Whoever started this may be reading through a pipe.
    let mut out = std::io::stdout();
    writeln!(out, "Serving {origin}")?;
    out.flush()?;

    axum::serve(listener, app).await?;
    Ok(())
}
