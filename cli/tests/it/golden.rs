//! What commands print, word for word, as in `tests/golden/*.txt`.
//!
//! A line that begins with `$` is typed into a shell, in a new folder for each file. After it comes
//! what it prints, errors too, and its exit status unless that is 0. Lines that begin with `#` are
//! comments. `UPDATE=1 cargo test golden` writes the files anew.
#![cfg(unix)]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use dataportability_scopes::catalogue::Revision;
use tempfile::TempDir;

use crate::{CLIPS, REVIEWS, finish, shell};

/// Returns the file as the program writes it.
fn played(text: &str) -> String {
    let folder = TempDir::new().expect("a folder");
    let (mut played, mut exports) = (String::new(), String::new());
    for line in text.lines() {
        let Some(typed) = line.strip_prefix("$ ") else {
            if line.starts_with('#') {
                writeln!(played, "{line}").expect("a text");
            }
            continue;
        };
        writeln!(played, "{line}").expect("a text");
        if typed.starts_with("export ") {
            exports = format!("{typed}\n");
            continue;
        }
        let mut command: Command = shell("sh", &format!("{exports}({typed}) 2>&1"), folder.path());
        let ran = finish(command.env("CLIPS", CLIPS).env("REVIEWS", REVIEWS), b"");
        // A newer list breaks nothing.
        played += &ran.output.replace(Revision::NEWEST.name(), "NEWEST");
        if ran.status != 0 {
            writeln!(played, "exit {}", ran.status).expect("a text");
        }
    }
    played
}

#[test]
fn commands_print_what_the_golden_files_have() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        let golden = fs::read_to_string(&path).expect("a text");
        let played = played(&golden);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, played).expect("a file");
        } else {
            let differs = golden.lines().zip(played.lines()).find(|(one, other)| one != other);
            assert!(played == golden, "{}: {differs:?}", path.display());
        }
    }
}
