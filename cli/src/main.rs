//! The catalogue of the Data Portability API's scopes on the command line: which scopes exist,
//! what a grant allows, and what to ask a user for.

mod allows;
mod api_path;
mod argument;
mod catalogue;
mod check;
mod completions;
mod consent;
mod diff;
mod drift;
mod explain;
mod export;
mod finding;
mod help;
mod lint;
mod list;
mod output;
mod pattern;
mod scope_list;
mod search;
mod show;
mod terminal;

use crate::output::Output;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::builder::styling::Styles;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::CompleteEnv;

/// The OAuth scopes of Google's Data Portability API: which scopes exist, what a grant allows, and
/// what to ask a user for.
#[derive(Parser)]
#[command(
    name = help::PROGRAM,
    version = help::VERSION.as_str(),
    after_help = help::exit_status(),
    arg_required_else_help = true
)]
struct Cli {
    /// When to use colors
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true, display_order = 100)]
    color: clap::ColorChoice,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(list::ListArgs),
    Search(search::SearchArgs),
    Show(show::ShowArgs),
    Check(check::CheckArgs),
    Diff(diff::DiffArgs),
    Explain(explain::ExplainArgs),
    Lint(lint::LintArgs),
    Allows(allows::AllowsArgs),
    Consent(consent::ConsentArgs),
    Export(export::ExportArgs),
    Status(export::StatusArgs),
    EndAccess(export::EndAccessArgs),
    Drift(drift::DriftArgs),
    Catalogue(catalogue::CatalogueArgs),
    Completions(completions::CompletionsArgs),
}

/// What a command found out, which is its exit status.
enum Answer {
    Yes = 0,
    No = 1,
    Malformed = 2,
}

impl Answer {
    fn of(is_yes: bool) -> Answer {
        if is_yes { Answer::Yes } else { Answer::No }
    }
}

fn main() -> ExitCode {
    CompleteEnv::with_factory(Cli::command).var(completions::VARIABLE).complete();
    let cli = Cli::parse();
    match cli.color {
        clap::ColorChoice::Auto => {}
        clap::ColorChoice::Always => ColorChoice::Always.write_global(),
        clap::ColorChoice::Never => ColorChoice::Never.write_global(),
    }
    let mut out = Output::default();
    let answer = match &cli.command {
        Command::List(args) => Ok(list::run(args, &mut out)),
        Command::Search(args) => Ok(search::run(args, &mut out)),
        Command::Show(args) => Ok(show::run(args, &mut out)),
        Command::Check(args) => check::run(args, &mut out),
        Command::Diff(args) => Ok(diff::run(args, &mut out)),
        Command::Explain(args) => explain::run(args, &mut out),
        Command::Lint(args) => lint::run(args, &mut out),
        Command::Allows(args) => allows::run(args, &mut out),
        Command::Consent(args) => consent::run(args, &mut out),
        Command::Export(args) => export::run(args, &mut out),
        Command::Status(args) => export::status(args, &mut out),
        Command::EndAccess(args) => export::end_access(args, &mut out),
        Command::Drift(args) => drift::run(args, &mut out),
        Command::Catalogue(_) => Ok(catalogue::run(&mut out)),
        Command::Completions(args) => completions::run(args, &mut out),
    };
    match answer.and_then(|answer| write_out(&out).map(|()| answer)) {
        Ok(answer) => ExitCode::from(answer as u8),
        Err(error) => {
            print_error(&*error);
            ExitCode::from(2)
        }
    }
}

/// Prints an error and its causes, as clap prints those of the arguments.
fn print_error(error: &(dyn Error + 'static)) {
    let style = *Styles::styled().get_error();
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    anstream::eprintln!("{style}error:{style:#} {}", causes.join(": "));
}

/// Writes everything at the end. A reader that stops reading, such as `head`, is not an error.
fn write_out(out: &Output) -> Result<(), Box<dyn Error>> {
    let text = out.fitted(terminal::width());
    // Without colors there is nothing to strip.
    let written = if text.contains('\u{1b}') {
        anstream::stdout().lock().write_all(text.as_bytes())
    } else {
        io::stdout().lock().write_all(text.as_bytes())
    };
    match written.and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
