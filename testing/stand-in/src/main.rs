//! Serves a simulated Google on this machine.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Parser;
use serde::de::DeserializeOwned;
use stand_in::{
    Client, Clock, Config, Events, Faults, Options, Premises, ProjectRefusal, Rates, Server,
    groups_of,
};
use tokio::net::TcpListener;

const FAULTS: &str = "Faults of calls and downloads, as shares from 0 to 1";

/// The project's list of scopes, where the binary was built.
const REVISIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/revisions");

/// Serve a simulated Google, for trying and testing apps that use the Data Portability API
///
/// It prints the environment variables that make an app use it. What happened so far is shown at
/// /stand-in.
#[derive(Parser)]
#[command(name = "stand-in", version)]
struct Cli {
    /// The port to serve on, 0 for any that is free
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// The file that keeps the state, to go on from after a restart
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How many times faster than real time the clock runs
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    speed: u32,
    /// Decides codes, tokens, job durations and faults [default: random]
    #[arg(long)]
    seed: Option<u64>,
    /// A redirect URI of the app. Can be given more than once
    #[arg(long, value_name = "URI", default_value = "http://127.0.0.1:8080/callback")]
    redirect_uri: Vec<String>,
    /// The client id of the app
    #[arg(long, default_value = "connect-example")]
    client_id: String,
    /// The client secret of the app
    #[arg(long, default_value = "not-a-secret")]
    client_secret: String,
    /// The name of the app that the consent page shows
    #[arg(long, default_value = "Connect")]
    app: String,
    /// How many accounts there are besides ada@example.com and grace@example.com:
    /// user-1@example.com and so on
    #[arg(long, value_name = "N", default_value_t = 0)]
    accounts: u32,
    /// The issuer that callbacks name
    #[arg(long, value_name = "URL", default_value = "https://accounts.google.com")]
    issuer: String,
    /// Let every grant end after 7 days, as for projects in Testing
    #[arg(long)]
    testing: bool,
    /// The shortest and the longest time that a job takes, in minutes
    #[arg(long, num_args = 2, value_names = ["MIN", "MAX"], default_values_t = [10, 120])]
    job_minutes: Vec<u32>,
    /// The most files with data that an archive has, besides its index
    #[arg(long, value_name = "N", default_value_t = 2)]
    archive_parts: u32,
    #[command(flatten)]
    reports: Reports,
    // Nobody publishes how often they happen.
    #[command(flatten, next_help_heading = FAULTS)]
    faults: Faults,
    /// Requests for tokens that are answered with 503 and `internal_failure` (reported)
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = stand_in::share)]
    #[arg(help_heading = FAULTS)]
    token_errors: f64,
}

/// What is documented, reported or guessed about Google. Times are minutes of the stand-in's clock
/// from its first start on.
#[derive(clap::Args)]
#[command(next_help_heading = "Reports about Google")]
struct Reports {
    #[command(flatten)]
    premises: Premises,
    /// How long a job is COMPLETE without files (reported)
    #[arg(long, value_name = "MINUTES", default_value_t = 0)]
    files_after: u32,
    /// Refuse every call because of the project until then, for `service-disabled`,
    /// `billing-disabled` or `quota-exceeded` (reported)
    #[arg(long, value_name = "REASON=MINUTES", value_parser = at_minute::<ProjectRefusal>)]
    project_refusal: Option<(ProjectRefusal, u32)>,
    /// Withdraw a resource group then; its jobs go on (documented lists show it; the answer to
    /// `initiate` is guessed). Can be given more than once
    #[arg(long, value_name = "GROUP=MINUTES", value_parser = at_minute::<String>)]
    withdraw: Vec<(String, u32)>,
    /// Revoke all tokens of an account then (documented). Can be given more than once
    #[arg(long, value_name = "ACCOUNT=MINUTES", value_parser = at_minute::<String>)]
    revoke: Vec<(String, u32)>,
}

/// Reads a name and a number of minutes.
fn at_minute<T: DeserializeOwned>(text: &str) -> Result<(T, u32), String> {
    let (name, minutes) = text.split_once('=').ok_or("a name, `=` and minutes are expected")?;
    let minutes = minutes.parse().map_err(|_| "the minutes must be a whole number")?;
    let name = serde_json::from_value(name.into()).map_err(|error| error.to_string())?;
    Ok((name, minutes))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<std::convert::Infallible, Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", cli.port)).await.map_err(|error| {
        format!("cannot serve on port {}: {error}; give another with --port", cli.port)
    })?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let clock = Clock::starting_now(cli.speed);
    let options = Options { clock, state_file: cli.state.clone() };
    let revision =
        newest_revision().map_err(|error| format!("cannot read {REVISIONS}: {error}"))?;
    let server = Server::open(config(&cli, &revision, &base_url), options).map_err(|error| {
        let state = cli.state.clone().unwrap_or_default();
        format!("cannot go on from {}: {error}", state.display())
    })?;

    let Clock { epoch, speed } = server.clock();
    // A restart does not put off what is to happen.
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(epoch);
    server.with(|google, _| google.config_mut().events = cli.reports.events(start))?;
    // Whoever started this may be reading through a pipe.
    let mut out = std::io::stdout();
    writeln!(
        out,
        "AUTHORIZATION_ENDPOINT={base_url}/o/oauth2/v2/auth\n\
         TOKEN_ENDPOINT={base_url}/token\n\
         REVOCATION_ENDPOINT={base_url}/revoke\n\
         TOKEN_INFO_ENDPOINT={base_url}/tokeninfo\n\
         API_BASE_URL={base_url}\n\
         CLOCK_SPEED={speed}\n\
         CLOCK_EPOCH={epoch}\n\
         ISSUER={}\n\
         GOOGLE_CLIENT_ID={}\n\
         GOOGLE_CLIENT_SECRET={}\n\
         # What happened so far: {base_url}/stand-in",
        cli.issuer, cli.client_id, cli.client_secret,
    )?;
    out.flush()?;
    Ok(server.serve(listener).await)
}

fn newest_revision() -> std::io::Result<String> {
    let files = fs::read_dir(REVISIONS)?.filter_map(|entry| Some(entry.ok()?.path()));
    fs::read_to_string(files.max().unwrap_or_default())
}

fn after(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}

impl Reports {
    fn events(&self, start: SystemTime) -> Events {
        let at = |(name, minutes): &(String, u32)| (name.clone(), start + after(*minutes));
        let refusal = self.project_refusal;
        Events {
            project_refusal: refusal.map(|(refusal, minutes)| (refusal, start + after(minutes))),
            withdrawn: self.withdraw.iter().map(at).collect(),
            revoked: self.revoke.iter().map(at).collect(),
        }
    }
}

fn config(cli: &Cli, revision: &str, base_url: &str) -> Config {
    let minutes = |index: usize| after(cli.job_minutes.get(index).copied().unwrap_or_default());
    let mut config = Config::new(groups_of(revision), "");
    let others = (1..=cli.accounts).map(|number| format!("user-{number}@example.com"));
    config.accounts.extend(others);
    Config {
        clients: vec![Client {
            id: cli.client_id.clone(),
            secret: Some(cli.client_secret.clone()),
            project: "1234567890".to_owned(),
            name: cli.app.clone(),
            redirect_uris: cli.redirect_uri.clone(),
        }],
        base_url: base_url.to_owned(),
        issuer: Some(cli.issuer.clone()),
        job_duration: minutes(0)..=minutes(1),
        archive_parts: cli.archive_parts,
        testing: cli.testing,
        clock_speed: cli.speed,
        files_after: after(cli.reports.files_after),
        premises: cli.reports.premises.clone(),
        faults: Faults {
            downloads: cli.faults.api,
            tokens: Rates { server_errors: cli.token_errors, ..Rates::default() },
            retry_after: Duration::from_secs(60),
            ..cli.faults.clone()
        },
        seed: cli.seed.unwrap_or_else(|| fastrand::u64(..)),
        ..config
    }
}

#[cfg(test)]
mod tests {
    use clap::builder::PossibleValue;
    use clap::{Arg, CommandFactory, Parser};
    use stand_in::{DailyLimit, Metadata, RetryTime};

    use super::{Cli, Duration, SystemTime, config};

    #[test]
    fn every_report_has_an_option_that_says_how_sure_it_is() {
        let command = Cli::command();
        let is_report = |it: &&Arg| it.get_help_heading() == Some("Reports about Google");
        let reports: Vec<_> = command.get_arguments().filter(is_report).collect();
        assert_eq!(reports.len(), 7);
        for option in reports {
            let values = option.get_possible_values();
            let mut help: Vec<_> = values.iter().map(PossibleValue::get_help).collect();
            if help.is_empty() {
                help.push(option.get_help());
            }
            for help in help {
                let help = help.expect("a help").to_string();
                let is_sure = ["documented", "reported", "guessed"];
                assert!(is_sure.iter().any(|it| help.contains(it)), "{option}: {help}");
            }
        }
    }

    #[test]
    fn options_choose_the_premises_and_events_count_from_the_start() {
        let cli = Cli::parse_from([
            "stand-in",
            "--daily-limit=per-client",
            "--retry-time=in-message",
            "--metadata=other-keys",
            "--files-after=30",
            "--project-refusal=service-disabled=10",
            "--withdraw=chrome.history=20",
            "--revoke=ada@example.com=60",
            "--odd-answers=0.5",
        ]);
        let config = config(&cli, "", "http://127.0.0.1:8090");
        assert_eq!(config.premises.daily_limit, DailyLimit::PerClient);
        assert_eq!(config.premises.retry_time, RetryTime::InMessage);
        assert_eq!(config.premises.metadata, Metadata::OtherKeys);
        assert_eq!(config.files_after, Duration::from_secs(1800));
        assert!(config.faults.api.odd_answers > 0.4 && config.faults.downloads.odd_answers > 0.4);
        let events = cli.reports.events(SystemTime::UNIX_EPOCH);
        let minutes = |minutes| SystemTime::UNIX_EPOCH + super::after(minutes);
        assert_eq!(events.project_refusal.unwrap().1, minutes(10));
        assert_eq!(events.withdrawn["chrome.history"], minutes(20));
        assert_eq!(events.revoked["ada@example.com"], minutes(60));
        for wrong in ["--daily-limit=daily", "--withdraw=chrome.history", "--denials=2"] {
            assert!(Cli::try_parse_from(["stand-in", wrong]).is_err(), "{wrong}");
        }
    }
}
