//! `lint`: what it finds, what it leaves alone, and the forms in which it tells.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Ran, finish, json, program, run};

const WRONG: &str = "scopes = [\"https://www.googleapis.com/auth/dataportability.youtube.clip\"]\n";

fn corpus(folder: &str) -> String {
    format!("{}/tests/corpus/{folder}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs `lint` in a folder.
fn lint(folder: &Path, args: &[&str]) -> Ran {
    finish(program().arg("lint").args(args).current_dir(folder), b"")
}

/// Returns the lines of the findings, with their kinds.
fn found(ran: &Ran) -> Vec<(String, u64, String)> {
    let findings = json(&ran.output)["findings"].as_array().expect("findings").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut found: Vec<_> = findings
        .iter()
        .map(|it| (text(&it["file"]), it["line"].as_u64().expect("a line"), text(&it["kind"])))
        .collect();
    found.sort();
    found
}

fn folder_of(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

#[test]
fn every_fault_of_the_corpus_is_found_in_its_line_and_no_other() {
    let folder = corpus("faulty");
    let mut expected = Vec::new();
    for entry in fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("a file").path();
        let text = fs::read_to_string(&path).expect("a text");
        for (index, line) in text.lines().enumerate() {
            if let Some((_, kinds)) = line.split_once(" finds: ") {
                let name = path.to_str().expect("a path");
                let kinds = kinds
                    .split(' ')
                    .map(|kind| (name.to_owned(), index as u64 + 1, kind.to_owned()));
                expected.extend(kinds);
            }
        }
    }
    expected.sort();
    let ran = run(&["lint", "--json", &folder]);
    assert_eq!(ran.status, 1);
    assert_eq!(found(&ran), expected);
    for finding in json(&ran.output)["findings"].as_array().expect("findings") {
        assert!(finding["message"].as_str().is_some_and(|message| message.len() > 20));
        assert!(finding["suggestions"].is_array());
        assert!(finding["column"].as_u64() >= Some(1));
    }
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let ran = run(&["lint", &corpus("right")]);
    assert_eq!((ran.status, ran.errors.as_str()), (0, ""), "{}", ran.output);
    assert!(ran.output.starts_with("No findings in "), "{}", ran.output);
}

#[test]
fn what_git_ignores_and_what_is_binary_is_left_alone() {
    let binary = format!("\0{WRONG}");
    let folder = folder_of(&[
        (".gitignore", "ignored/\n*.log\n"),
        ("ignored/a.py", WRONG),
        ("a.log", WRONG),
        (".git/a.py", WRONG),
        ("a.bin", &binary),
        (".github/a.yml", WRONG),
        ("a.py", WRONG),
    ]);
    let ran = lint(folder.path(), &["--json", "."]);
    let files: Vec<String> = found(&ran).into_iter().map(|(file, ..)| file).collect();
    assert_eq!(files, [".github/a.yml", "a.py"]);
    // A file that is named is read, and each file once.
    let ran = lint(folder.path(), &["--json", "ignored/a.py", "a.py", "a.py"]);
    assert_eq!(found(&ran).len(), 2);
}

#[test]
fn findings_are_allowed_in_place_and_by_a_file() {
    let allow = "# dataportability-scopes: allow";
    for (text, count) in [
        (format!("{allow}\n{WRONG}"), 0),
        (format!("{allow} unknown_scope\n{WRONG}"), 0),
        (format!("{allow} unknown_scope: a fixture\n{WRONG}"), 0),
        (format!("{allow} other_api\n{WRONG}"), 1),
        (format!("{allow} unknown_scop\n{WRONG}"), 1),
        (format!("{allow}\n\n{WRONG}"), 1),
        (WRONG.replace('\n', &format!(" {allow}\n")), 0),
    ] {
        let folder = folder_of(&[("a.py", &text)]);
        assert_eq!(found(&lint(folder.path(), &["--json", "."])).len(), count, "{text}");
    }
    for (rules, count) in [
        ("tests/\n", 1),
        ("tests/** unknown_scope # fixtures\n", 1),
        ("*.py other_api\n", 2),
        ("# nothing\n\n*.py unknown_scope other_api\n", 0),
    ] {
        let files = [("tests/a.py", WRONG), ("a.py", WRONG), ("rules", rules)];
        let folder = folder_of(&files);
        let ran = lint(folder.path(), &["--json", "--allow", "rules", "."]);
        assert_eq!(found(&ran).len(), count, "{rules}");
        fs::rename(
            folder.path().join("rules"),
            folder.path().join(".dataportability-scopes-allow"),
        )
        .expect("a file");
        assert_eq!(found(&lint(folder.path(), &["--json", "."])).len(), count, "{rules}");
    }
}
