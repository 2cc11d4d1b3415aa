//! `export`: one's own data on one's own machine; `status` and `end-access` for the same folder.
#![expect(clippy::doc_markdown, reason = "the help shows the comments as they are")]

mod board;
mod consent;
mod flow;
mod folder;
mod http;
mod report;
mod seal;
mod settings;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::DateTime;
use clap::Args;
use dataportability_scopes::call::send;
use dataportability_scopes::catalogue::{Revision, Scopes, Service};

use crate::Answer;
use crate::argument::{offer, resource_names, scopes, service, service_names};
use crate::help::examples;
use crate::output::Output;
use board::Board;
use flow::Flow;
use folder::{Folder, State};
use http::Http;
use settings::{Client, Clock};

/// Export your own data into a folder.
///
/// Opens the browser at Google, waits for the archives, which takes minutes, hours or days, and
/// downloads them to DIR/GROUP/. Stop it whenever you like: the same command goes on where it was.
/// Exits with 0 if all that you granted is there.
///
/// What it needs later is stored in DIR/.export.json, which only you can read. With a key of 64
/// hexadecimal digits in EXPORT_KEY, the tokens in it are sealed.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes export youtube.clips chrome.history -o my-data --client \
     client_secret.json",
    "dataportability-scopes export -o my-data --client client_secret.json --again",
]))]
pub(crate) struct ExportArgs {
    /// The resource groups; leave them out to go on with those of the folder
    #[arg(
        value_name = "RESOURCE",
        value_delimiter = ',',
        value_parser = scopes,
        add = offer(resource_names)
    )]
    resources: Vec<Scopes>,
    /// A service with all its resource groups
    #[arg(
        long = "service",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = service,
        add = offer(service_names)
    )]
    services: Vec<Service>,
    /// The folder
    #[arg(long, short, value_name = "DIR", required = true)]
    output: PathBuf,
    #[command(flatten)]
    client: ClientArgs,
    /// Print the address for the browser alone on a line, and open none
    #[arg(long)]
    no_browser: bool,
    /// Only data from this day on (YYYY-MM-DD), where that can be chosen
    #[arg(long, value_name = "DAY", value_parser = day_text)]
    since: Option<String>,
    /// Put everything into one job: slower, but ready earlier if Google allows one export a day
    #[arg(long)]
    one_job: bool,
    /// The next export of the folder's resource groups, with access for 30 or 180 days
    #[arg(long)]
    again: bool,
    /// How many seconds to wait for the browser
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 600,
        value_parser = clap::value_parser!(u64).range(1..=600)
    )]
    wait: u64,
}

#[derive(Args)]
struct ClientArgs {
    /// The OAuth client: the client_secret_….json of the Google Cloud console, instead of
    /// GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET
    #[arg(long, value_name = "FILE")]
    client: Option<PathBuf>,
    /// A registered address of this machine, instead of any free port
    #[arg(long, value_name = "URI")]
    redirect_uri: Option<String>,
}

impl ClientArgs {
    fn read(&self) -> Result<Client, Box<dyn Error>> {
        Client::read(self.client.as_deref(), self.redirect_uri.as_deref())
    }
}

fn day_text(input: &str) -> Result<String, String> {
    let problem = || format!("{input:?} is not a day: give one such as 2026-01-31");
    day(input).map(|_| input.to_owned()).ok_or_else(problem)
}

/// Returns the beginning of a day, in UTC.
fn day(text: &str) -> Option<SystemTime> {
    let time = DateTime::parse_from_rfc3339(&format!("{text}T00:00:00Z")).ok()?;
    Some(time.to_utc().into())
}

pub(crate) fn run(args: &ExportArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let client = args.client.read()?;
    let clock = Clock::read()?;
    let mut requested: Scopes = args.resources.iter().collect();
    for service in &args.services {
        requested.extend([Scopes::from(service.scopes() & Revision::NEWEST.scopes())]);
    }
    let folder = Folder::open(&args.output)?;
    let path = args.output.display();
    let mut state = folder.read_with_secrets()?.unwrap_or_else(State::new);
    let client_id = client.google.client_id();
    if state.has_begun() {
        if !requested.is_empty() && requested != state.requested {
            let names = state.requested.names().collect::<Vec<_>>().join(", ");
            return Err(format!(
                "{path} has an export of {names}: leave the names out to go on with it, or use \
                 another folder"
            )
            .into());
        }
        if state.client_id != client_id {
            return Err(format!(
                "{path} belongs to another OAuth client: give that one, or use another folder"
            )
            .into());
        }
        let is_other = |since: &String| state.since.as_ref() != Some(since);
        if args.since.as_ref().is_some_and(is_other) || args.one_job && !state.in_one_job {
            return Err(format!(
                "{path} has an export with another --since, or without --one-job: leave the \
                 options out to go on with it, or use another folder"
            )
            .into());
        }
    } else {
        // Nothing was granted yet: another choice takes the place of the first.
        if !requested.is_empty() {
            (state.requested, state.since, state.in_one_job) = (requested, None, false);
        }
        client_id.clone_into(&mut state.client_id);
        state.declined = Scopes::default();
        state.since = args.since.clone().or(state.since);
        state.in_one_job |= args.one_job;
    }
    if state.requested.is_empty() {
        return Err("no resource groups: name some, such as youtube.clips; \
                    \"dataportability-scopes search\" finds them"
            .into());
    }
    let mut flow = Flow {
        folder: &folder,
        state,
        http: Http::new(settings::is_simulated()),
        clock,
        board: Board::new(),
        patience: Duration::from_secs(args.wait),
        opens_browser: !args.no_browser,
    };
    flow.board.say(if folder.is_sealed() {
        "The tokens in the folder are sealed."
    } else {
        "The tokens in the folder are not sealed: set EXPORT_KEY to do that. Only you can read \
         the file."
    });
    let problem = flow.run(&client, args.again)?;
    flow.board.clear();
    report::print(&flow.state, &args.output, clock.now(), out);
    if let Some(problem) = problem {
        out.print_line(format_args!("\n{problem}"));
        return Ok(Answer::No);
    }
    Ok(Answer::of(report::is_complete(&flow.state)))
}

/// Tell how far the export of a folder has come.
///
/// Exits with 0 if all that was granted is there, and with 1 if not.
#[derive(Args)]
#[command(after_help = examples(&["dataportability-scopes status my-data"]))]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    folder: FolderArg,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct FolderArg {
    /// The folder of the export
    #[arg(value_name = "DIR", required_unless_present = "output")]
    folder: Option<PathBuf>,
    /// The same, spelled as for "export"
    #[arg(long, short, value_name = "DIR", conflicts_with = "folder")]
    output: Option<PathBuf>,
}

impl FolderArg {
    fn path(&self) -> &Path {
        let path = self.folder.as_deref().or(self.output.as_deref());
        path.unwrap_or(Path::new("."))
    }
}

fn no_export(path: &Path) -> String {
    format!("{}: there is no export in this folder", path.display())
}

pub(crate) fn status(args: &StatusArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let path = args.folder.path();
    let state = Folder::to_read(path)?.read()?.ok_or_else(|| no_export(path))?;
    if args.json {
        out.print_json(&report::to_json(&state));
    } else {
        report::print(&state, path, Clock::read()?.now(), out);
    }
    Ok(Answer::of(report::is_complete(&state)))
}

/// End the access that an export was granted.
///
/// Google forgets all that you granted to the app, and deletes its archives; the files in the
/// folder stay. After that, the same resource groups can be exported anew.
#[derive(Args)]
#[command(after_help = examples(&["dataportability-scopes end-access my-data --client \
                                   client_secret.json"]))]
pub(crate) struct EndAccessArgs {
    #[command(flatten)]
    folder: FolderArg,
    #[command(flatten)]
    client: ClientArgs,
}

pub(crate) fn end_access(args: &EndAccessArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let path = args.folder.path();
    if !path.is_dir() {
        return Err(no_export(path).into());
    }
    let client = args.client.read()?;
    let (google, clock) = (client.google, Clock::read()?);
    let folder = Folder::open(path)?;
    let mut state = folder.read_with_secrets()?.ok_or_else(|| no_export(path))?;
    let Some(mut tokens) = state.secrets.tokens.take() else {
        out.print_line("There is no access to end.");
        return Ok(Answer::Yes);
    };
    let http = Http::new(settings::is_simulated());
    let now = clock.now();
    if tokens.is_expired(now, Duration::from_secs(60)) {
        if let Ok(refreshed) = send(&google.refresh(&tokens, now), |request| http.send(request)) {
            tokens = refreshed;
        }
    }
    // A reset lets the same resource groups be exported anew. Without a scope of the API there is
    // nothing to reset, and tokens that are dead cannot.
    let reset = google.access(&tokens).reset();
    let is_reset = reset.is_ok_and(|call| send(&call, |request| http.send(request)).is_ok());
    if !is_reset {
        send(&google.revoke(&tokens), |request| http.send(request))?;
    }
    state.secrets = folder::Secrets::default();
    state.exports = None;
    state.declined = Scopes::default();
    state.round += 1;
    folder.store(&mut state)?;
    out.print_line("The access has ended. The files in the folder stay.");
    Ok(Answer::Yes)
}
