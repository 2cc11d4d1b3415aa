//! `lint`: what is wrong with the scopes and calls of a source tree.

mod allow;
mod code;
mod source;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use ignore::WalkBuilder;
use serde::Serialize;
use serde_json::json;

use crate::Answer;
use crate::argument::quantity;
use crate::finding::Finding;
use crate::help::examples;
use crate::output::Output;
use crate::terminal::{BAD, BOLD, paint};
use allow::AllowedFiles;

/// Find wrong scopes, resource names and calls of the API in source files.
///
/// Reads the text files that git would list, in any language, and reports what does not exist, is
/// withdrawn, malformed or mixed with scopes of other APIs. Exits with 1 if something is wrong.
///
/// A comment "dataportability-scopes: allow KIND" allows findings of its line and of the next one.
/// A file .dataportability-scopes-allow has a line "GLOB KIND..." for each allowed file; without a
/// kind, all are allowed.
#[derive(Args)]
#[command(after_help = examples(&[
    "dataportability-scopes lint src",
    "dataportability-scopes lint --github .",
    "dataportability-scopes lint --json src tests",
]))]
pub(crate) struct LintArgs {
    /// Files and folders
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// A file of what is allowed, instead of .dataportability-scopes-allow
    #[arg(long, value_name = "FILE")]
    allow: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print commands that GitHub Actions shows beside the lines
    #[arg(long, conflicts_with = "json")]
    github: bool,
    /// Print nothing
    #[arg(long, short, conflicts_with_all = ["json", "github"])]
    quiet: bool,
}

/// A finding, and where it is. Lines and columns begin at 1; a column is a character.
#[derive(Debug, Serialize)]
struct Located {
    file: String,
    line: usize,
    column: usize,
    #[serde(flatten)]
    finding: Finding,
}

/// A longer file is not a source file.
const MAX_FILE: u64 = 8 << 20;

pub(crate) fn run(args: &LintArgs, out: &mut Output) -> Result<Answer, Box<dyn Error>> {
    let allowed = AllowedFiles::read(args.allow.as_deref())?;
    let mut found: Vec<Located> = Vec::new();
    let mut files = 0_usize;
    for path in files_under(&args.paths)? {
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        if bytes.iter().take(8000).any(|byte| *byte == 0) {
            continue;
        }
        files += 1;
        let in_file = source::findings(&path, &shown(&path), &bytes).into_iter();
        found.extend(in_file.filter(|it| !allowed.allows(&path, it.finding.kind)));
    }
    if args.json {
        out.print_json(&json!({ "files": files, "findings": found }));
    } else if !args.quiet {
        for located in &found {
            out.print_line(if args.github { located.for_github() } else { located.in_words() });
        }
        let count = quantity(found.len(), "finding");
        let findings = if found.is_empty() { "No findings" } else { &count };
        out.print_line(format_args!("{findings} in {}.", quantity(files, "file")));
    }
    Ok(Answer::of(found.is_empty()))
}

/// Returns the files that git would list, in order, each once.
fn files_under(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.exists() {
            return Err(format!("{}: no such file or folder", path.display()).into());
        }
        // What is named is read, whatever git ignores.
        if path.is_file() {
            files.push(path.clone());
            continue;
        }
        let walk = WalkBuilder::new(path)
            .hidden(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .sort_by_file_path(Path::cmp)
            .build();
        for entry in walk {
            let entry = entry?;
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            if is_file && entry.metadata()?.len() <= MAX_FILE {
                files.push(entry.into_path());
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    files.retain(|file| seen.insert(file.clone()));
    Ok(files)
}

fn shown(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

impl Located {
    fn in_words(&self) -> String {
        let place = paint(BOLD, format!("{}:{}:{}", self.file, self.line, self.column));
        let kind = paint(BAD, self.finding.kind.name());
        format!("{place}: {kind}: {}", self.finding.sentence())
    }

    /// Returns a workflow command of GitHub Actions.
    fn for_github(&self) -> String {
        let escaped =
            |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        format!(
            "::error file={},line={},col={},title={}::{}",
            escaped(&self.file).replace(':', "%3A").replace(',', "%2C"),
            self.line,
            self.column,
            self.finding.kind.name(),
            escaped(&self.finding.sentence())
        )
    }
}
