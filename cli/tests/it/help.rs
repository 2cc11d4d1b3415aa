//! What `--help` says, and that its examples work.

use std::fs;
use std::process::Command;

use dataportability_scopes::catalogue::{Resource, Revision, Scope};
use tempfile::TempDir;

use crate::{finish, print, program};

const COMMANDS: [&str; 15] = [
    "list",
    "search",
    "show",
    "check",
    "diff",
    "explain",
    "lint",
    "allows",
    "consent",
    "export",
    "status",
    "end-access",
    "drift",
    "catalogue",
    "completions",
];

#[test]
fn the_version_is_that_of_the_package_with_the_newest_list() {
    let version = format!(
        "dataportability-scopes {} (newest list: {})\n",
        env!("CARGO_PKG_VERSION"),
        Revision::NEWEST
    );
    for option in ["--version", "-V"] {
        assert_eq!(print(&[option]), (0, version.clone()));
    }
}

#[test]
fn help_names_every_command_and_the_exit_status() {
    for option in [&["--help"][..], &["-h"], &["help"]] {
        let (status, help) = print(option);
        assert_eq!(status, 0);
        for command in COMMANDS {
            assert!(help.contains(&format!("\n  {command} ")), "{command}");
        }
        assert!(help.contains("\n  1  no\n"), "{help}");
    }
}

/// Returns the examples of a command's help, each as it is typed.
pub(crate) fn examples(command: &str) -> Vec<String> {
    let (status, help) = print(&[command, "--help"]);
    assert_eq!(status, 0);
    let (_, examples) = help.split_once("\nExamples:\n").expect("examples");
    let mut typed: Vec<String> = Vec::new();
    for line in examples.lines() {
        match typed.last_mut().filter(|line| line.ends_with('\\')) {
            Some(last) => *last = format!("{last}\n{line}"),
            None => typed.push(line.trim_start().to_owned()),
        }
    }
    typed
}

#[test]
fn no_line_of_the_help_is_longer_than_100_characters() {
    for command in COMMANDS {
        let ran = finish(program().env("COLUMNS", "100").args([command, "--help"]), b"");
        // clap does not wrap the usage.
        let mut lines = ran.output.lines().filter(|line| !line.starts_with("Usage: "));
        assert!(lines.all(|line| line.chars().count() <= 100), "{}", ran.output);
    }
}

/// Returns whether an example assumes that the newest list has what a newer one withdrew.
fn names_what_is_withdrawn(example: &str) -> bool {
    let mut named = example.split_whitespace().filter_map(|word| {
        let scope = word.trim_matches('"').parse::<Scope>();
        scope.ok().or_else(|| word.parse::<Resource>().ok().map(Resource::scope))
    });
    named.any(|scope| !scope.is_listed_in(Revision::NEWEST))
}

/// The examples are typed into a shell, which finds files of the names that they use. What is
/// fetched comes from a file.
#[cfg(unix)]
#[test]
fn every_example_does_what_it_says() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().expect("a folder");
    let scopes = Revision::NEWEST.scopes().to_string().replace(' ', "\n");
    fs::write(
        folder.path().join("discovery.json"),
        crate::drift::document("2026-07-19", Revision::NEWEST.scopes()),
    )
    .expect("a file");
    fs::write(folder.path().join("scopes.txt"), scopes).expect("a file");
    let response = r#"{ "access_token": "1", "refresh_token": "2" }"#;
    fs::write(folder.path().join("token_response.json"), response).expect("a file");
    for source in ["src", "tests"] {
        fs::create_dir(folder.path().join(source)).expect("a folder");
    }
    let curl = folder.path().join("curl");
    fs::write(&curl, "#!/bin/sh\ncat discovery.json\n").expect("a file");
    fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).expect("a program");
    let program = program();
    let programs = std::path::Path::new(program.get_program()).parent().expect("a folder");
    let path = format!(
        "{}:{}:{}",
        folder.path().display(),
        programs.display(),
        std::env::var("PATH").expect("a path")
    );

    // Those of exports need a Google: its tests run them.
    let exports = ["export", "status", "end-access"];
    for command in COMMANDS.into_iter().filter(|command| !exports.contains(command)) {
        let examples = examples(command);
        assert!(!examples.is_empty());
        for example in examples {
            if names_what_is_withdrawn(&example) {
                continue;
            }
            let mut shell = Command::new("sh");
            shell
                .args(["-c", &example])
                .current_dir(folder.path())
                .env("PATH", &path)
                .env("HOME", folder.path());
            let ran = finish(&mut shell, b"");
            // Comparing with an older revision than the document's finds drift, and what is to be
            // explained is wrong.
            let finds = ["drift --revision", "explain youtube", "explain --json"];
            let expected = i32::from(finds.iter().any(|words| example.contains(words)));
            assert_eq!((ran.status, ran.errors.as_str()), (expected, ""), "{example}");
            assert_eq!(ran.output.is_empty(), example.contains(" > "), "{example}");
        }
    }
}
