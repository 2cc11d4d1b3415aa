//! What `--help` says, and that its examples work.

use std::fs;

use dataportability_scopes::catalogue::{Resource, Revision, Scope};
use tempfile::TempDir;

use crate::{finish, print, program, shell};

#[rustfmt::skip]
const COMMANDS: [&str; 15] = [
    "list", "search", "show", "check", "diff", "explain", "lint", "allows", "consent", "export",
    "status", "end-access", "drift", "catalogue", "completions",
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
pub(crate) fn names_what_is_withdrawn(example: &str) -> bool {
    let mut named = example.split([' ', ',', '\n']).filter_map(|word| {
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
    let newest = Revision::NEWEST.scopes();
    let scopes = newest.to_string().replace(' ', "\n");
    let curl = "#!/bin/sh\ncat discovery.json\n";
    for (name, text) in [
        ("discovery.json", &*crate::drift::document("2026-07-19", newest)),
        ("scopes.txt", &scopes),
        ("token_response.json", r#"{ "access_token": "1", "refresh_token": "2" }"#),
        ("curl", curl),
    ] {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.path().join("curl"), executable).expect("a program");
    for source in ["src", "tests"] {
        fs::create_dir(folder.path().join(source)).expect("a folder");
    }
    // Those of exports need a Google: its tests run them.
    let exports = ["export", "status", "end-access"];
    for command in COMMANDS.into_iter().filter(|command| !exports.contains(command)) {
        let examples = examples(command);
        assert!(!examples.is_empty());
        for example in examples.into_iter().filter(|example| !names_what_is_withdrawn(example)) {
            let ran = finish(&mut shell("sh", &example, folder.path()), b"");
            // Comparing with an older revision than the document's finds drift, and what is to be
            // explained is wrong.
            let finds = ["drift --revision", "explain youtube", "explain --json"];
            let expected = i32::from(finds.iter().any(|words| example.contains(words)));
            assert_eq!((ran.status, ran.errors.as_str()), (expected, ""), "{example}");
            assert_eq!(ran.output.is_empty(), example.contains(" > "), "{example}");
        }
    }
}
