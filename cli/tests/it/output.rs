//! Colors, the width and pipes.

use std::process::Stdio;

use crate::{CLIPS, finish, program, run};

#[test]
fn there_are_colors_only_on_a_terminal_or_when_asked_for() {
    for args in [
        &["list"][..],
        &["show", "youtube.clips"],
        &["check", CLIPS, "openid"],
        &["diff", "2024-04-10", "2025-01-20"],
        &["allows", "retry", "--scope", CLIPS],
        &["consent", "--client-id=1", "--redirect-uri=https://example.com/", "--service=maps"],
    ] {
        let colored = |environment: &[(&str, &str)], option: &[&str]| {
            let ran =
                finish(program().envs(environment.iter().copied()).args(args).args(option), b"");
            ran.output.contains('\u{1b}')
        };
        for (environment, option, expected) in [
            (&[][..], &[][..], false),
            (&[], &["--color", "auto"], false),
            (&[], &["--color", "always"], true),
            (&[], &["--color", "never"], false),
            (&[("CLICOLOR_FORCE", "1")], &[], true),
            (&[("CLICOLOR_FORCE", "1")], &["--color", "never"], false),
            (&[("NO_COLOR", "1")], &[], false),
        ] {
            assert_eq!(colored(environment, option), expected, "{args:?} {option:?}");
        }
    }
}

#[test]
fn tables_and_sentences_fit_into_every_width_from_40_columns_on() {
    let unknown = format!("{CLIPS}z openid");
    let commands: &[&[&str]] = &[
        &["list"],
        &["list", "--all", "--listed"],
        &["list", "businessmessaging"],
        &["search", "history"],
        &["search", "quokka"],
        &["show", "youtube.clips"],
        &["show", "maps.post_trip_feedback"],
        &["check", CLIPS, "openid", "a\u{a0}b"],
        &["diff", "2024-01-30", "2025-01-20"],
        &["explain", &unknown],
        &["allows", "retry", "--scope", CLIPS],
    ];
    for width in [40_usize, 41, 60, 80, 100, 200] {
        for command in commands {
            let run = |color: &str| {
                let mut program = program();
                program.env("COLUMNS", width.to_string()).args(*command);
                finish(program.args(["--color", color]), b"").output
            };
            let output = run("never");
            for line in output.lines() {
                // A word that is too long stays whole.
                let longest = line.split(' ').map(|word| word.chars().count()).max();
                let has_long_word = longest.is_some_and(|longest| longest + 20 > width);
                let fits = line.chars().count() <= width || has_long_word;
                assert!(fits, "{width}: {line}\n{output}");
            }
            assert_eq!(anstream::adapter::strip_str(&run("always")).to_string(), output);
        }
    }
}

#[test]
fn nothing_is_left_out_at_any_width() {
    let words = |columns: &str| {
        let mut program = program();
        program.env("COLUMNS", columns).args(["list", "--all", "--listed"]);
        let output = finish(&mut program, b"").output;
        let mut words: Vec<String> = output.split_whitespace().map(str::to_owned).collect();
        // In a line of its own each, the cells need no headings.
        let is_heading =
            |word: &String| ["RESOURCE", "LABEL", "CATEGORY", "LISTED"].contains(&&**word);
        words.retain(|word| !is_heading(word));
        words.sort();
        words
    };
    let wide = words("300");
    for narrow in ["100", "60", "40"] {
        assert!(words(narrow) == wide, "{narrow}");
    }
    assert_eq!(words("1"), words("40"));
    let mut wrong = program();
    let wrong = finish(wrong.env("COLUMNS", "wide").arg("list"), b"");
    assert_eq!(wrong.output, run(&["list"]).output);
}

#[test]
fn what_programs_read_is_not_broken_into_lines() {
    for args in [&["list", "--json"][..], &["catalogue"], &["completions", "bash"]] {
        let narrow = finish(program().env("COLUMNS", "40").args(args), b"");
        assert_eq!(narrow.output, run(args).output);
    }
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
