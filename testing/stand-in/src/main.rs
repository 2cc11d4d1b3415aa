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
    Client, Clock, Config, DailyLimit, Events, Faults, Metadata, Options, Premises, ProjectRefusal,
    Rates, RetryTime, Server, groups_of,
};
use tokio::net::TcpListener;

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
    #[arg(
        long = "redirect-uri",
        value_name = "URI",
        default_value = "http://127.0.0.1:8080/callback"
    )]
    redirect_uris: Vec<String>,
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
    #[command(flatten)]
    faults: FaultRates,
}

/// What is documented, reported or guessed about Google. Times are minutes of the stand-in's clock
/// from its first start on.
#[derive(clap::Args)]
#[command(next_help_heading = "Reports about Google")]
struct Reports {
    /// What the 24 hours count for: `per-group` (documented, and reported by three), `per-client`
    /// (reported by one: one `initiate` for each person and client) or `not-enforced` (guessed)
    #[arg(long, value_name = "LIMIT", default_value = "per-group",
        value_parser = named::<DailyLimit>)]
    daily_limit: DailyLimit,
    /// The time that an exhausted limit names: `right` (documented), `past` (reported: it does not
    /// move until the archive is downloaded), `in-message` (reported) or `absent` (guessed)
    #[arg(long, value_name = "TIME", default_value = "right", value_parser = named::<RetryTime>)]
    retry_time: RetryTime,
    /// How errors name jobs and times: `documented`, `other-keys` (reported) or `absent` (reported)
    #[arg(long, value_name = "KEYS", default_value = "documented",
        value_parser = named::<Metadata>)]
    metadata: Metadata,
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

/// Shares from 0 to 1. Requests are those to the API and downloads. All are guessed: nobody
/// publishes how often they happen.
#[derive(clap::Args)]
#[command(next_help_heading = "Faults, as shares from 0 to 1")]
struct FaultRates {
    /// Jobs that fail (documented)
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    job_failures: f64,
    /// Archives whose index says `isIncomplete` (reported)
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    incomplete_archives: f64,
    /// Answers with a state of a job that nobody knows (guessed)
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    unknown_states: f64,
    /// Requests that are lost
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    lost_requests: f64,
    /// Requests whose response is lost
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    lost_responses: f64,
    /// Requests that are handled twice
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    repeats: f64,
    /// Requests that are answered with 503
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    server_errors: f64,
    /// Requests that are answered with 429 and Retry-After
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    too_many_requests: f64,
    /// Requests that are answered with an odd status or a page of HTML, which say nothing (guessed)
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    odd_answers: f64,
    /// Calls that are answered with 403 or 404 by the API, although they are right (guessed)
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    denials: f64,
    /// Requests for tokens that are answered with 503 and `internal_failure` (reported)
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    token_errors: f64,
}

/// Reads a value by the name that it has in the configuration.
fn named<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}

/// Reads a name and a number of minutes.
fn at_minute<T: DeserializeOwned>(text: &str) -> Result<(T, u32), String> {
    let (name, minutes) = text.split_once('=').ok_or("a name, `=` and minutes are expected")?;
    let minutes = minutes.parse().map_err(|_| "the minutes must be a whole number")?;
    Ok((named(name)?, minutes))
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "a number from 0 to 1 is expected".to_owned())
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
    let options = Options {
        clock: Clock::starting_now(cli.speed),
        state_file: cli.state.clone(),
        ..Options::default()
    };
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

fn after(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}

impl Reports {
    fn events(&self, start: SystemTime) -> Events {
        let at = |events: &[(String, u32)]| {
            let events = events.iter();
            let events = events.map(|(name, minutes)| (name.clone(), start + after(*minutes)));
            events.collect()
        };
        Events {
            project_refusal: self
                .project_refusal
                .map(|(refusal, minutes)| (refusal, start + after(minutes))),
            withdrawn: at(&self.withdraw),
            revoked: at(&self.revoke),
        }
    }
}

fn config(cli: &Cli, revision: &str, base_url: &str) -> Config {
    let reports = &cli.reports;
    let minutes = |index: usize| after(cli.job_minutes.get(index).copied().unwrap_or_default());
    let rates = Rates {
        lost_requests: cli.faults.lost_requests,
        lost_responses: cli.faults.lost_responses,
        repeats: cli.faults.repeats,
        server_errors: cli.faults.server_errors,
        too_many_requests: cli.faults.too_many_requests,
        odd: cli.faults.odd_answers,
        denials: cli.faults.denials,
    };
    let defaults = Config::new(groups_of(revision), "");
    let mut accounts = defaults.accounts.clone();
    accounts.extend((1..=cli.accounts).map(|number| format!("user-{number}@example.com")));
    Config {
        clients: vec![Client {
            id: cli.client_id.clone(),
            secret: Some(cli.client_secret.clone()),
            project: "1234567890".to_owned(),
            name: cli.app.clone(),
            redirect_uris: cli.redirect_uris.clone(),
        }],
        accounts,
        base_url: base_url.to_owned(),
        issuer: Some(cli.issuer.clone()),
        job_duration: minutes(0)..=minutes(1),
        archive_parts: cli.archive_parts,
        testing: cli.testing,
        clock_speed: cli.speed,
        files_after: after(reports.files_after),
        premises: Premises {
            daily_limit: reports.daily_limit,
            retry_time: reports.retry_time,
            metadata: reports.metadata,
        },
        faults: Faults {
            api: rates,
            downloads: rates,
            tokens: Rates { server_errors: cli.faults.token_errors, ..Rates::default() },
            job_failure: cli.faults.job_failures,
            unknown_states: cli.faults.unknown_states,
            incomplete_archives: cli.faults.incomplete_archives,
            retry_after: Duration::from_secs(60),
        },
        seed: cli.seed.unwrap_or_else(|| fastrand::u64(..)),
        ..defaults
    }
}

/// Reads the newest revision.
fn newest_revision() -> std::io::Result<String> {
    let files = fs::read_dir(REVISIONS)?.filter_map(|entry| Some(entry.ok()?.path()));
    fs::read_to_string(files.max().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, DailyLimit, Duration, Metadata, RetryTime, SystemTime, config};

    #[test]
    fn every_report_has_an_option_that_says_how_sure_it_is() {
        let command = Cli::command();
        let reports = command
            .get_arguments()
            .filter(|it| it.get_help_heading() == Some("Reports about Google"));
        let mut count = 0;
        for option in reports {
            let help = option.get_help().unwrap().to_string();
            let is_sure = ["documented", "reported", "guessed"];
            assert!(is_sure.iter().any(|it| help.contains(it)), "{help}");
            count += 1;
        }
        assert_eq!(count, 7);
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
        assert!(config.faults.api.odd > 0.4);
        let events = cli.reports.events(SystemTime::UNIX_EPOCH);
        let minutes = |time: SystemTime| {
            let since = time.duration_since(SystemTime::UNIX_EPOCH);
            since.unwrap().as_secs() / 60
        };
        assert_eq!(minutes(events.project_refusal.unwrap().1), 10);
        assert_eq!(minutes(events.withdrawn["chrome.history"]), 20);
        assert_eq!(minutes(events.revoked["ada@example.com"]), 60);
        for wrong in ["--daily-limit=daily", "--withdraw=chrome.history", "--denials=2"] {
            assert!(Cli::try_parse_from(["stand-in", wrong]).is_err(), "{wrong}");
        }
    }
}
