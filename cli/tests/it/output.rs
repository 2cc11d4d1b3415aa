//! Colours, the width, pipes and the exit status of wrong usage.

use std::process::Stdio;

use crate::{CLIPS, finish, program, refusal, run};

#[test]
fn there_are_colours_only_on_a_terminal_or_when_asked_for() {
    for args in [
        &["list"][..],
        &["show", "youtube.clips"],
        &["check", CLIPS, "openid"],
        &["diff", "2024-04-10", "2025-01-20"],
        &["retry", "--scope", CLIPS],
        &[
            "consent",
            "--client-id",
            "1",
            "--redirect-uri",
            "https://example.com/",
            "--service",
            "maps",
        ],
    ] {
        let coloured = |environment: &[(&str, &str)], option: &[&str]| {
            let ran = finish(
                program()
                    .envs(environment.iter().copied())
                    .args(args)
                    .args(option),
                b"",
            );
            ran.output.contains('\u{1b}')
        };
        assert!(!coloured(&[], &[]), "{args:?}");
        assert!(!coloured(&[], &["--color", "auto"]), "{args:?}");
        assert!(coloured(&[], &["--color", "always"]), "{args:?}");
        assert!(!coloured(&[], &["--color", "never"]), "{args:?}");
        assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]), "{args:?}");
        assert!(
            !coloured(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]),
            "{args:?}"
        );
        assert!(!coloured(&[("NO_COLOR", "1")], &[]), "{args:?}");
    }
}

#[test]
fn colours_change_nothing_else() {
    let plain = run(&["list", "--color", "never"]).output;
    let coloured = run(&["list", "--color", "always"]).output;
    let mut stripped = String::new();
    for part in coloured.split('\u{1b}') {
        stripped += part
            .strip_prefix('[')
            .map_or(part, |rest| rest.split_once('m').expect("a sequence").1);
    }
    assert_eq!(stripped, plain);
}

#[test]
fn json_has_no_colours() {
    let ran = run(&["list", "--json", "--color", "always"]);
    assert!(!ran.output.contains('\u{1b}'));
}

#[test]
fn tables_fit_into_the_width() {
    for width in [70_usize, 80, 100, 200] {
        for command in [&["list"][..], &["list", "--all"]] {
            let ran = finish(
                program().env("COLUMNS", width.to_string()).args(command),
                b"",
            );
            let longest = ran.output.lines().map(|line| line.chars().count()).max();
            assert!(
                longest.is_some_and(|longest| longest <= width),
                "{width}: {longest:?}"
            );
        }
    }
    // Where there is no width, nothing is left out.
    assert!(
        !run(&["list", "--all", "--listed", "--long"])
            .output
            .contains('…')
    );
    let narrow = finish(
        program().env("COLUMNS", "1").args([
            "list",
            "--service",
            "youtube",
            "--revision",
            "2025-01-20",
        ]),
        b"",
    );
    assert!(
        narrow.output.contains("  youtube.clips "),
        "{}",
        narrow.output
    );
    let wrong = finish(program().env("COLUMNS", "wide").args(["list"]), b"");
    assert_eq!(wrong.output, run(&["list"]).output);
}

#[test]
fn a_reader_that_stops_reading_is_not_an_error() {
    let mut running = program()
        .arg("catalogue")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(running.stdout.take());
    let ended = running.wait_with_output().expect("the program ends");
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[test]
fn wrong_usage_is_refused_and_says_what_to_do() {
    assert!(refusal(&["shwo"]).contains("a similar subcommand exists: 'show'"));
    assert!(refusal(&["list", "--jsno"]).contains("a similar argument exists: '--json'"));
    assert!(
        refusal(&["list", "--color", "blue"]).contains("[possible values: auto, always, never]")
    );
    assert!(refusal(&[]).contains("Usage: dataportability-scopes"));
}
