use dataportability_scopes::catalogue::{Resource, Revision, Scope};
use serde_json::{Value, json};

use crate::list::history;
use crate::{CLIPS, HISTORY, finish, print, program, refusal, run, run_json};

fn statuses(printed: &Value) -> Vec<&str> {
    let scopes = printed["scopes"].as_array().expect("scopes").iter();
    scopes.filter_map(|scope| scope["status"].as_str()).collect()
}

#[test]
fn every_scope_is_known_in_the_revisions_that_list_it() {
    let all: Vec<&str> = Resource::all().map(Resource::scope).map(Scope::as_str).collect();
    for revision in Revision::all() {
        let (status, printed) =
            run_json(&[&["check", "--revision", revision.name()], all.as_slice()].concat());
        assert_eq!(status, 1);
        assert_eq!(printed["revision"], revision.name());
        for (printed, scope) in printed["scopes"]
            .as_array()
            .expect("scopes")
            .iter()
            .zip(Resource::all().map(Resource::scope))
        {
            let listings = scope.listings();
            let withdrawn = |until: Revision| until <= revision;
            let status = if scope.is_listed_in(revision) {
                "known"
            } else if listings.iter().any(|listing| listing.until.is_some_and(withdrawn)) {
                "withdrawn"
            } else {
                "other_revision"
            };
            assert_eq!(printed["status"], status);
            assert_eq!(printed["input"], scope.as_str());
            assert_eq!(printed["scope"], scope.as_str());
            assert_eq!(printed["resource"], scope.resource().name());
            assert_eq!(printed["listed"], crate::list::entry(scope.resource())["listed"]);
            assert_eq!((&printed["reason"], &printed["suggestions"]), (&Value::Null, &json!([])));
        }
        let listed: Vec<&str> = revision.scopes().iter().map(Scope::as_str).collect();
        assert_eq!(
            run_json(&[&["check", "--revision", revision.name()], listed.as_slice()].concat()).0,
            0
        );
    }
}

#[test]
fn known_other_unknown_foreign_and_malformed_are_told_apart() {
    let clipz = format!("{CLIPS}z");
    let (status, printed) = run_json(&[
        "check",
        "--revision",
        "2024-04-10",
        CLIPS,
        HISTORY,
        &clipz,
        "openid",
        "a\"b",
        "",
    ]);
    assert_eq!(status, 2);
    assert_eq!(
        statuses(&printed),
        ["other_revision", "known", "unknown", "foreign", "malformed", "malformed"]
    );
    let reason =
        |index: usize| printed["scopes"][index]["reason"].as_str().expect("a reason").to_owned();
    assert!(reason(2).contains(&format!("did you mean {CLIPS}?")));
    assert_eq!(printed["scopes"][2]["suggestions"][0], CLIPS);
    assert_eq!(printed["scopes"][2]["scope"], Value::Null);

    assert_eq!(run_json(&["check", CLIPS, "--revision", "2025-01-20"]).0, 0);
    assert_eq!(run_json(&["check", CLIPS, "--revision", "2024-04-10"]).0, 1);
    assert_eq!(run_json(&["check", &clipz]).0, 1);
    assert_eq!(run_json(&["check", "openid"]).0, 1);
    assert_eq!(run_json(&["check", CLIPS, "openid", ""]).0, 2);
}

#[test]
fn text_has_a_heading_the_status_the_name_and_the_history() {
    let fitbit = Resource::FitbitDeviceEvents.scope().as_str();
    let feedback = Resource::MapsPostTripFeedback.scope().as_str();
    let (status, text) = print(&["check", HISTORY, CLIPS, feedback, "--revision", "2024-04-10"]);
    assert_eq!(status, 1);
    let expected = format!(
        "STATUS          RESOURCE\n\
         known           chrome.history\n                listed {}\n\
         other revision  youtube.clips\n                listed {}\n\
         withdrawn       maps.post_trip_feedback\n                listed {}\n",
        history(Resource::ChromeHistory),
        history(Resource::YoutubeClips),
        history(Resource::MapsPostTripFeedback)
    );
    assert_eq!(text, expected);
    let (_, text) = print(&["check", "--long", "--revision", "2024-04-10", HISTORY]);
    assert!(
        text.starts_with(&format!("STATUS          SCOPE\nknown           {HISTORY}\n")),
        "{text}"
    );
    // Until a list has it.
    if Resource::FitbitDeviceEvents.scope().listings().is_empty() {
        let (_, text) = print(&["check", fitbit]);
        assert!(
            text.ends_with(
                "in no revision  fitbit.device_events\n                in no list, \
                                only on a documentation page\n"
            ),
            "{text}"
        );
    }
}

#[test]
fn the_name_of_a_resource_is_recognized_and_its_scope_is_named() {
    for resource in Resource::all() {
        let (status, printed) = run_json(&["check", resource.name()]);
        assert_eq!((status, statuses(&printed)), (1, vec!["resource_name"]));
        let reason = printed["scopes"][0]["reason"].as_str().expect("a reason");
        assert_eq!(
            reason,
            format!(
                "{:?} is the name of a resource, not a scope; did you mean {}?",
                resource.name(),
                resource.scope()
            )
        );
        assert_eq!(printed["scopes"][0]["suggestions"], json!([resource.scope()]));
        let (_, text) = print(&["check", resource.name()]);
        assert!(text.contains(reason), "{text}");
    }
}

#[test]
fn a_character_that_is_not_allowed_is_shown() {
    for (input, character) in [
        ("a\u{a0}b", "'\\u{a0}' (U+00A0)"),
        ("a“b", "'“' (U+201C)"),
        ("a\"b", "'\"' (U+0022)"),
        ("a\\b", "'\\\\' (U+005C)"),
        ("a\u{200b}b", "'\\u{200b}' (U+200B)"),
        ("a\tb", "'\\t' (U+0009)"),
        ("a\u{1b}b", "'\\u{1b}' (U+001B)"),
    ] {
        let (status, text) = print(&["check", input]);
        assert_eq!(status, 2);
        assert!(text.trim_end().ends_with(character), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let error = refusal(&["allows", "retry", "--scope", input]);
        assert!(error.contains("(RFC 6749, section 3.3)") && !error.contains('\u{1b}'), "{error}");
    }
}

#[test]
fn an_argument_is_a_token_or_a_scope_value() {
    let whole = Revision::R2025_01_20.scopes().to_string();
    let (status, printed) = run_json(&["check", "--revision", "2025-01-20", &whole, "openid"]);
    assert_eq!((status, statuses(&printed).len()), (1, 67));
    assert_eq!(printed["scopes"][66]["status"], "foreign");
    // Two spaces have an empty token between them.
    assert_eq!(run(&["check", &format!("{CLIPS}  {HISTORY}")]).status, 2);
}

#[test]
fn standard_input_has_a_token_or_a_scope_value_a_line() {
    let check = |input: &str, args: &[&str]| {
        let ran = finish(
            program().args(["check", "-", "--revision", "2025-01-20"]).args(args),
            input.as_bytes(),
        );
        (ran.status, ran.output, ran.errors)
    };
    let whole = Revision::R2025_01_20.scopes().to_string();
    for input in [whole.clone(), whole.replace(' ', "\n"), whole.replace(' ', "\r\n") + "\r\n\r\n"]
    {
        let (status, output, _) = check(&input, &["--json"]);
        assert_eq!((status, statuses(&crate::json(&output)).len()), (0, 66));
    }
    let (status, output, _) = check(&format!("{CLIPS} openid\n{HISTORY}"), &[HISTORY, "--json"]);
    assert_eq!(
        (status, statuses(&crate::json(&output))),
        (1, vec!["known", "foreign", "known", "known"])
    );
    // Two spaces have an empty token between them.
    assert_eq!(check(&format!("{CLIPS}  {HISTORY}"), &[]).0, 2);
    for nothing in ["", "\n", "\r\n\n"] {
        assert_eq!(
            check(nothing, &[]),
            (
                2,
                String::new(),
                "error: standard input has no scope in it; give a token or a scope value a line\n"
                    .to_owned()
            )
        );
    }
    let ran = finish(program().args(["check", "-"]), b"\xff\n");
    assert_eq!(ran.status, 2);
    assert!(ran.errors.starts_with("error: standard input: "), "{}", ran.errors);
}

#[test]
fn a_scope_is_required() {
    assert!(run(&["check"]).errors.contains("<SCOPE>"));
    assert_eq!(run(&["check"]).status, 2);
}

#[test]
fn standard_input_is_read_up_to_a_bound() {
    let padded = |len: usize| format!("{CLIPS}{}", "\n".repeat(len - CLIPS.len()));
    let check = |input: &str| finish(program().args(["check", "-"]), input.as_bytes());
    assert_eq!(check(&padded(16 << 20)).status, 0);
    let ran = check(&padded((16 << 20) + 1));
    assert_eq!(ran.status, 2);
    assert_eq!(
        ran.errors,
        "error: standard input is longer than 16 MiB; give fewer scopes at a time\n"
    );
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
fn lines_that_begin_with_a_number_sign_are_comments() {
    let input = format!("# scopes\n  {CLIPS}  \n\n#{HISTORY}\n");
    let ran = finish(program().args(["check", "-", "--json"]), input.as_bytes());
    assert_eq!(statuses(&crate::json(&ran.output)), ["known"]);
}

#[test]
fn what_is_no_scope_is_told_by_what_it_is() {
    for (input, words) in [
        ("https://accounts.google.com/o/oauth2/v2/auth?scope=x", "explain"),
        (&*CLIPS.replace(':', "%3A").replace('/', "%2F"), "percent-encoded"),
        (&*CLIPS.replace("https", "http"), "did you mean https://"),
        ("https://www.googleapis.com/auth/dataportability", "names no resource group"),
        ("https://www.googleapis.com/auth/dataportability.youtube.zzz_quokkas", "no list"),
    ] {
        let (status, printed) = run_json(&["check", input]);
        assert_eq!(status, 1, "{printed}");
        let reason = printed["scopes"][0]["reason"].as_str().expect("a reason");
        assert!(reason.contains(words), "{reason}");
        assert!(!reason.contains('`'), "no name of the library: {reason}");
    }
}

#[test]
fn quiet_prints_nothing() {
    for (args, expected) in [(&[CLIPS][..], 0), (&[CLIPS, "openid"], 1), (&[""], 2)] {
        let ran = run(&[&["check", "-q"], args].concat());
        assert_eq!((ran.status, ran.output.as_str(), ran.errors.as_str()), (expected, "", ""));
    }
}

#[test]
fn every_one_of_100_000_unknown_names_is_answered() {
    let names: Vec<String> = (0..100_000).map(|number| format!("youtube.clip{number}")).collect();
    let names = names.join("\n");
    let ran = finish(program().args(["check", "-"]), names.as_bytes());
    assert_eq!((ran.status, ran.output.lines().count()), (1, 100_001));
}
