//! What a developer of this project runs, as `cargo xtask`: it writes files of this repository.

mod catalogue;
mod chart;
mod drift;
mod release;
mod resources_page;

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

/// Write files of this repository: generated ones, a new revision, a release.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    /// The folder of the project
    #[arg(long, value_name = "DIR", default_value = ".", global = true)]
    project: PathBuf,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Catalogue(catalogue::CatalogueArgs),
    Drift(drift::DriftArgs),
    Release(release::ReleaseArgs),
}

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.task {
        Task::Catalogue(args) => catalogue::run(args, &cli.project),
        Task::Drift(args) => drift::run(args, &cli.project),
        Task::Release(args) => release::run(args, &cli.project),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Runs a program in a folder and returns what it prints to standard output.
fn output_of(
    folder: &Path,
    program: impl AsRef<OsStr>,
    args: &[&str],
) -> Result<String, Box<dyn Error>> {
    let program = program.as_ref();
    let name = program.to_string_lossy();
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{name} {}: {}", args.join(" "), errors.trim_end()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
