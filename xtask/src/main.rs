//! What a developer of this project runs, as `cargo xtask`: it writes files of this repository.

mod catalogue;
mod chart;
mod drift;
mod release;
mod resources_page;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
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

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.task {
        Task::Catalogue(args) => catalogue::run(args, &cli.project),
        Task::Drift(args) => drift::run(args, &cli.project),
        Task::Release(args) => release::run(args, &cli.project),
    };
    if let Err(error) = done {
        eprintln!("error: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// Runs a program in a folder and returns what it prints to standard output.
fn output_of(folder: &Path, program: impl AsRef<OsStr>, args: &[&str]) -> Result<String> {
    let name = program.as_ref().to_string_lossy();
    let output = Command::new(&program).args(args).current_dir(folder).output();
    let output = output.with_context(|| name.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} {}: {}", args.join(" "), errors.trim_end());
    Ok(String::from_utf8(output.stdout)?)
}
