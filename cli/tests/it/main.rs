//! The program: what it prints, and its exit status.
#![allow(missing_docs, reason = "tests are documented by their names")]

mod allows;
mod catalogue;
mod check;
mod completions;
mod consent;
mod diff;
mod drift;
mod explain;
mod export;
mod export_begin;
mod golden;
mod google;
mod help;
mod lint;
mod list;
mod output;
mod search;
mod show;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use dataportability_scopes::catalogue::{Scope, ScopeSet};
use serde_json::Value;

pub(crate) const CLIPS: &str = "https://www.googleapis.com/auth/dataportability.youtube.clips";
pub(crate) const HISTORY: &str = "https://www.googleapis.com/auth/dataportability.chrome.history";

const PROGRAM: &str = env!("CARGO_BIN_EXE_dataportability-scopes");

pub(crate) const REVIEWS: &str = "https://www.googleapis.com/auth/dataportability.maps.reviews";

/// The exit status and what was printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// Returns the program with a plain environment.
pub(crate) fn program() -> Command {
    plain(Command::new(PROGRAM))
}

fn plain(mut command: Command) -> Command {
    for variable in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

pub(crate) fn finish(program: &mut Command, input: &[u8]) -> Ran {
    let mut running = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // A program that does not read its input may have ended already.
    let _ = running.stdin.take().expect("an input").write_all(input);
    let ended = running.wait_with_output().expect("the program ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ran {
        status: ended.status.code().expect("a status"),
        output: text(ended.stdout),
        errors: text(ended.stderr),
    }
}

pub(crate) fn run(args: &[&str]) -> Ran {
    finish(program().args(args), b"")
}

/// Returns a shell that runs a text in a folder, with the program on its path.
pub(crate) fn shell(name: &str, text: &str, folder: &Path) -> Command {
    let programs = Path::new(PROGRAM).parent().expect("a folder");
    let path = std::env::var("PATH").expect("a path");
    let mut shell = plain(Command::new(name));
    let path = format!("{}:{}:{path}", folder.display(), programs.display());
    shell.args(["-c", text]).current_dir(folder).env("PATH", path).env("HOME", folder);
    shell
}

/// Runs the program, which must succeed or answer no, and which prints no error.
pub(crate) fn print(args: &[&str]) -> (i32, String) {
    let ran = run(args);
    assert_eq!(ran.errors, "", "{args:?}");
    (ran.status, ran.output)
}

/// Returns the exit status and the one object that `--json` prints.
pub(crate) fn run_json(args: &[&str]) -> (i32, Value) {
    let ran = run(&[args, &["--json"]].concat());
    (ran.status, json(&ran.output))
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

pub(crate) fn tokens(scopes: ScopeSet) -> Vec<&'static str> {
    scopes.iter().map(Scope::as_str).collect()
}

/// The folder of the project.
pub(crate) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of the project")
}
