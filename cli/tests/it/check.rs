use dataportability_scopes::catalogue::{Resource, Revision, Scope};
use serde_json::{Value, json};

use crate::{CLIPS, HISTORY, finish, print, program, run, run_json};

fn statuses(printed: &Value) -> Vec<&str> {
    let scopes = printed["scopes"].as_array().expect("scopes").iter();
    scopes.filter_map(|scope| scope["status"].as_str()).collect()
}

#[test]
fn every_scope_is_known_in_the_revisions_that_list_it() {
    let all: Vec<&str> = Resource::all().map(Resource::scope).map(Scope::as_str).collect();
    for revision in Revision::all() {
        let check = ["check", "--revision", revision.name()];
        let (status, printed) = run_json(&[&check, all.as_slice()].concat());
        assert_eq!(status, 1);
        assert_eq!(printed["revision"], revision.name());
        let scopes = printed["scopes"].as_array().expect("scopes").iter();
        for (printed, scope) in scopes.zip(Resource::all().map(Resource::scope)) {
            let mut ends = scope.listings().iter().filter_map(|listing| listing.until);
            let status = match ends.any(|until| until <= revision) {
                _ if scope.is_listed_in(revision) => "known",
                true => "withdrawn",
                false => "other_revision",
            };
            assert_eq!(printed["status"], status);
            assert_eq!(printed["input"], scope.as_str());
            assert_eq!(printed["scope"], scope.as_str());
            assert_eq!(printed["resource"], scope.resource().name());
            assert_eq!(printed["listed"], crate::list::entry(scope.resource())["listed"]);
            assert_eq!((&printed["reason"], &printed["suggestions"]), (&Value::Null, &json!([])));
        }
        let listed: Vec<&str> = revision.scopes().iter().map(Scope::as_str).collect();
        assert_eq!(run_json(&[&check, listed.as_slice()].concat()).0, 0);
    }
}

#[test]
fn the_worst_status_of_all_is_the_exit_status() {
    let clipz = format!("{CLIPS}z");
    for (scopes, statuses, exit) in [
        (&[HISTORY][..], &["known"][..], 0),
        (&[HISTORY, CLIPS], &["known", "other_revision"], 1),
        (&[&*clipz, "openid"], &["unknown", "foreign"], 1),
        (&["youtube.clips"], &["resource_name"], 1),
        (&["openid", "a\"b"], &["foreign", "malformed"], 2),
        (&[&*format!("{HISTORY}  {HISTORY}")], &["known", "malformed", "known"], 2),
    ] {
        let args = [&["check", "--revision", "2024-04-10"], scopes].concat();
        let (status, printed) = run_json(&args);
        assert_eq!((status, self::statuses(&printed).as_slice()), (exit, statuses));
        let quiet = run(&[args.as_slice(), &["-q"]].concat());
        assert_eq!((quiet.status, quiet.output.as_str(), quiet.errors.as_str()), (exit, "", ""));
    }
    let (_, printed) = run_json(&["check", &clipz]);
    assert_eq!(printed["scopes"][0]["suggestions"][0], CLIPS);
    assert_eq!(printed["scopes"][0]["scope"], Value::Null);
}

#[test]
fn a_scope_that_no_list_has_yet_is_in_no_revision() {
    let fitbit = Resource::FitbitDeviceEvents.scope();
    if fitbit.listings().is_empty() {
        let (_, text) = print(&["check", fitbit.as_str()]);
        let end = "in no revision  fitbit.device_events\n                in no list, only on a \
                   documentation page\n";
        assert!(text.ends_with(end), "{text}");
    }
}

#[test]
fn standard_input_has_a_token_a_scope_value_or_a_comment_a_line() {
    let whole = Revision::R2025_01_20.scopes().to_string();
    for (input, count) in [
        (whole.clone(), 66),
        (whole.replace(' ', "\n"), 66),
        (whole.replace(' ', "\r\n") + "\r\n\r\n", 66),
        (format!("{CLIPS} {HISTORY}\n{HISTORY}"), 3),
        (format!("# scopes\n  {CLIPS}  # one\n\n#{HISTORY}\n"), 1),
        (format!("{CLIPS}{}", "\n".repeat((16 << 20) - CLIPS.len())), 1),
    ] {
        let mut check = program();
        check.args(["check", "-", "--revision", "2025-01-20", "--json"]);
        let ran = finish(&mut check, input.as_bytes());
        assert_eq!((ran.status, statuses(&crate::json(&ran.output))), (0, vec!["known"; count]));
    }
}

#[test]
fn json_escapes_what_a_terminal_would_not_print_as_it_stands() {
    for character in ['\u{7F}', '\u{9B}', '\u{202E}', '\u{2028}', '\u{E0041}'] {
        let input = format!("é{character}x");
        let ran = run(&["check", "--json", &input]);
        assert!(!ran.output.contains(character), "{}", ran.output);
        let object: serde_json::Value = serde_json::from_str(&ran.output).expect("JSON");
        assert_eq!(object["scopes"][0]["input"], *input);
        assert!(ran.output.contains('é'));
    }
}

#[test]
fn scopes_that_something_else_than_a_space_separates_are_checked_one_by_one_but_are_no_scope_value()
{
    for separator in [",", "+", "%20", ";"] {
        let value = format!("{CLIPS}{separator}{HISTORY}");
        let (status, printed) = run_json(&["check", &value, "--revision", "2025-01-20"]);
        assert_eq!((status, statuses(&printed)), (1, vec!["known", "known"]), "{value}");
        let message = printed["separator"]["message"].as_str().expect("a message");
        let (_, text) = print(&["check", &value, "--revision", "2025-01-20"]);
        assert!(text.ends_with(&format!("{message}\n")), "{text}");
    }
    let (_, printed) = run_json(&["check", CLIPS, HISTORY]);
    assert_eq!(printed["separator"], Value::Null);
}

#[test]
fn every_one_of_100_000_unknown_names_is_answered() {
    let names: Vec<String> = (0..100_000).map(|number| format!("youtube.clip{number}")).collect();
    let names = names.join("\n");
    let ran = finish(program().args(["check", "-"]), names.as_bytes());
    assert_eq!((ran.status, ran.output.lines().count()), (1, 100_001));
}
