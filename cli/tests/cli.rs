//! The example program `scopes`: what it prints, and its exit status.
#![cfg(all(feature = "consent", feature = "drift"))]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use dataportability_scopes::catalogue::{Changes, Resource, Revision, Scope, ScopeSet, Service};
use serde_json::{Value, json};

/// The program, built as this test was: to the same place, which is
/// `TARGET_DIR[/TRIPLE]/PROFILE/deps` where this test is.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let test = std::env::current_exe().expect("this test");
    let profile = test.ancestors().nth(2).expect("the folder of the profile");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--offline", "--example", "scopes"]);
    let name = profile.file_name().expect("the profile's name");
    // The one profile that has a folder of another name.
    build.arg("--profile");
    build.arg(if name == "debug" {
        "dev".as_ref()
    } else {
        name
    });
    // Cargo keeps a file at the top of a target folder by which it can be told from a triple's.
    let parent = profile.parent().expect("a folder");
    let is_top = |folder: &&Path| folder.join(".rustc_info.json").exists();
    match parent.parent().filter(is_top) {
        Some(top) if !is_top(&parent) => {
            build.arg("--target-dir").arg(top);
            build.arg("--target").args(parent.file_name());
        }
        _ => {
            build.arg("--target-dir").arg(parent);
        }
    }
    let built = build
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the example is built");
    profile
        .join("examples")
        .join(format!("scopes{}", std::env::consts::EXE_SUFFIX))
});

/// Exit status, standard output, standard error.
fn run(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(&*PROGRAM)
        .args(args)
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code().expect("a status"),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Exit status, and the one object that `--json` prints.
fn run_json(args: &[&str]) -> (i32, Value) {
    let (status, output, _) = run(&[args, &["--json"]].concat());
    (
        status,
        serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output:?}")),
    )
}

fn tokens(scopes: ScopeSet) -> Vec<&'static str> {
    scopes.iter().map(Scope::as_str).collect()
}

const CLIPS: &str = "https://www.googleapis.com/auth/dataportability.youtube.clips";
const HISTORY: &str = "https://www.googleapis.com/auth/dataportability.chrome.history";

#[test]
fn list_prints_every_scope_of_every_revision_with_what_it_is() {
    for revision in Revision::all() {
        let (status, printed) = run_json(&["list", "--revision", revision.name()]);
        assert_eq!(status, 0);
        assert_eq!(printed["revision"], revision.name());
        let scopes = printed["scopes"].as_array().expect("scopes");
        assert_eq!(scopes.len(), revision.scopes().len());
        for (printed, scope) in scopes.iter().zip(revision.scopes()) {
            let resource = scope.resource();
            assert_eq!(
                *printed,
                json!({
                    "scope": scope.as_str(),
                    "service": scope.service().name(),
                    "resource": resource.name(),
                    "label": resource.label(),
                    "description": resource.description(),
                    "category": resource.category().to_string(),
                    "category_source": resource.category_source().to_string(),
                    "time_filter": resource.time_filter(),
                })
            );
        }
        let (status, text, _) = run(&["list", "--revision", revision.name()]);
        assert_eq!(status, 0);
        let named = |scope: Scope| text.contains(&format!("  {} ", scope.resource()));
        assert!(Scope::all().all(|scope| named(scope) == scope.is_listed_in(revision)));
    }
}

#[test]
fn list_narrows_down_to_a_service() {
    for service in Service::all() {
        let (status, printed) = run_json(&["list", "--service", service.name()]);
        let expected = service.scopes() & Revision::NEWEST.scopes();
        assert_eq!(status, i32::from(expected.is_empty()));
        let printed: Vec<&str> = printed["scopes"]
            .as_array()
            .expect("scopes")
            .iter()
            .filter_map(|scope| scope["scope"].as_str())
            .collect();
        assert_eq!(printed, tokens(expected));
    }
}

#[test]
fn check_tells_known_other_unknown_foreign_and_malformed_apart() {
    let clipz = format!("{CLIPS}z");
    let inputs = [CLIPS, HISTORY, &clipz, "openid", "a b"];
    let (status, printed) =
        run_json(&[&["check", "--revision", "2024-04-10"], inputs.as_slice()].concat());
    assert_eq!(status, 2);
    let statuses: Vec<&Value> = printed["scopes"]
        .as_array()
        .expect("scopes")
        .iter()
        .map(|scope| &scope["status"])
        .collect();
    assert_eq!(
        statuses,
        ["other_revision", "known", "unknown", "foreign", "malformed"]
    );
    assert!(
        inputs
            .iter()
            .zip(0..)
            .all(|(input, at)| printed["scopes"][at]["input"] == *input)
    );

    assert_eq!(run_json(&["check", CLIPS]).0, 0);
    assert_eq!(run_json(&["check", CLIPS, "--revision", "2024-04-10"]).0, 1);
    let (status, text, errors) = run(&["check", &clipz]);
    assert_eq!(status, 1);
    assert!(text.starts_with("unknown "));
    assert!(
        errors.contains(&format!("did you mean {CLIPS}?")),
        "{errors}"
    );
}

#[test]
fn check_says_of_a_scope_that_was_never_listed_that_it_is_in_no_revision() {
    let fitbit = Resource::FitbitDeviceEvents.scope().as_str();
    let (status, text, errors) = run(&["check", fitbit, CLIPS, "--revision", "2024-04-10"]);
    assert_eq!((status, errors.as_str()), (1, ""));
    assert!(
        text.starts_with(&format!("in no revision  {fitbit:?}\n")),
        "{text}"
    );
    assert!(
        text.contains(&format!("\nother revision  {CLIPS:?}\n")),
        "{text}"
    );
    let (_, printed) = run_json(&["check", fitbit]);
    assert_eq!(printed["scopes"][0]["status"], "other_revision");
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let mut program = Command::new(&*PROGRAM)
        .arg("list")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // Nobody reads.
    drop(program.stdout.take());
    let output = program.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn diff_between_any_two_revisions_is_the_set_difference() {
    for from in Revision::all() {
        for to in Revision::all() {
            let (status, printed) = run_json(&["diff", from.name(), to.name()]);
            let changes = Changes::between(from, to);
            assert_eq!(status, 0);
            assert_eq!(
                printed,
                json!({
                    "from": from.name(),
                    "to": to.name(),
                    "added": tokens(changes.added),
                    "removed": tokens(changes.removed),
                })
            );
        }
    }
}

#[test]
fn retry_answers_with_what_allows_it_and_the_request() {
    let (status, printed) = run_json(&[
        "retry",
        "--scope",
        &format!("openid {CLIPS}"),
        "--revision",
        "2025-01-20",
        "--job",
        "3f1c",
    ]);
    assert_eq!(status, 0);
    assert_eq!(
        printed,
        json!({
            "allowed": true,
            "revision": "2025-01-20",
            "by": [CLIPS],
            "unrecognized": ["openid"],
            "reason": null,
            "request": {
                "method": "POST",
                "url": "https://dataportability.googleapis.com/v1/archiveJobs/3f1c:retry",
                "body": "",
            },
        })
    );
    assert_eq!(
        run_json(&["retry", "--scope", CLIPS]).1["request"],
        Value::Null
    );

    let (status, printed) = run_json(&[
        "retry",
        "--scope",
        CLIPS,
        "--revision",
        "2024-04-10",
        "--job",
        "3f1c",
    ]);
    assert_eq!(status, 1);
    assert_eq!(
        printed,
        json!({
            "allowed": false,
            "revision": "2024-04-10",
            "by": [],
            "unrecognized": [],
            "reason": format!(
                "archiveJobs.retry needs one of the 63 scopes that the revision 2024-04-10 lists; \
                 the grant has only: {CLIPS} (only in other revisions)"
            ),
            "request": null,
        })
    );
    let (status, text, _) = run(&["retry", "--scope", CLIPS]);
    assert_eq!((status, text.starts_with("Yes: ")), (0, true));
    let (status, text, _) = run(&["retry", "--scope", "openid"]);
    assert_eq!((status, text.starts_with("No: ")), (1, true));
}

#[test]
fn retry_names_what_is_not_recognized_once() {
    let (status, text, _) = run(&["retry", "--scope", &format!("openid {CLIPS}")]);
    assert_eq!(status, 0);
    assert!(
        text.ends_with("\nNot recognized, and allowing nothing: openid\n"),
        "{text}"
    );
    let (status, text, _) = run(&["retry", "--scope", "openid"]);
    assert_eq!(status, 1);
    assert!(
        text.ends_with("the grant has only: openid (not a Data Portability scope).\n"),
        "{text}"
    );
    assert_eq!(text.matches("openid").count(), 1, "{text}");
}

#[test]
fn retry_obeys_withdrawal_under_every_revision() {
    let messages = Resource::BusinessmessagingConversations.scope();
    for revision in Revision::all() {
        let (status, _) = run_json(&[
            "retry",
            "--scope",
            messages.as_str(),
            "--revision",
            revision.name(),
        ]);
        assert_eq!(
            status,
            i32::from(!messages.is_listed_in(revision)),
            "{revision}"
        );
    }
}

const CONSENT: [&str; 5] = [
    "consent",
    "--client-id",
    "1234",
    "--redirect-uri",
    "https://app.example.com/return",
];

fn consent(args: &[&str]) -> Vec<String> {
    CONSENT
        .iter()
        .chain(args)
        .map(|arg| (*arg).to_owned())
        .collect()
}

fn run_consent(args: &[&str]) -> (i32, String, String) {
    let args = consent(args);
    run(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn consent_asks_for_what_is_needed_and_not_held() {
    let (status, output, _) = run_consent(&[
        "--resource",
        "youtube.clips",
        "--resource",
        "chrome.history",
        "--held",
        CLIPS,
        "--offline",
        "--json",
    ]);
    assert_eq!(status, 0);
    let printed: Value = serde_json::from_str(&output).expect("JSON");
    assert_eq!(printed["requested"], json!([HISTORY]));
    assert_eq!(printed["held"], json!([CLIPS]));
    let url = dataportability_scopes::url::Url::parse(printed["url"].as_str().expect("a URL"))
        .expect("a URL");
    let parameter = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    assert_eq!(parameter("scope").as_deref(), Some(HISTORY));
    assert_eq!(parameter("state").as_deref(), printed["state"].as_str());
    assert_eq!(parameter("access_type").as_deref(), Some("offline"));
    assert!(
        printed["code_verifier"]
            .as_str()
            .is_some_and(|verifier| verifier.len() >= 43)
    );

    let (status, text, _) = run_consent(&["--service", "youtube"]);
    assert_eq!(status, 0);
    assert!(text.contains("https://accounts.google.com/o/oauth2/v2/auth?response_type=code"));
}

#[test]
fn consent_has_no_url_when_nothing_is_left_to_ask() {
    let (status, output, _) =
        run_consent(&["--resource", "youtube.clips", "--held", CLIPS, "--json"]);
    assert_eq!(status, 1);
    assert_eq!(
        serde_json::from_str::<Value>(&output).expect("JSON"),
        json!({ "url": null, "requested": [], "held": [CLIPS], "state": null, "code_verifier": null })
    );
    let (status, text, _) = run_consent(&["--resource", "youtube.clips", "--held", CLIPS]);
    assert_eq!(
        (status, text.as_str()),
        (
            1,
            "Nothing to ask: all that is needed is held already (1 scope).\n"
        )
    );
}

#[test]
fn consent_prints_its_object_for_a_scope_that_is_not_in_the_revision_as_well() {
    let (status, output, errors) = run_consent(&[
        "--resource",
        "youtube.clips",
        "--resource",
        "chrome.history",
        "--held",
        HISTORY,
        "--revision",
        "2024-04-10",
        "--json",
    ]);
    assert_eq!(status, 1);
    assert!(
        errors.contains("youtube.clips is not in the revision 2024-04-10"),
        "{errors}"
    );
    assert_eq!(
        serde_json::from_str::<Value>(&output).expect("JSON"),
        json!({ "url": null, "requested": [], "held": [HISTORY], "state": null, "code_verifier": null })
    );
}

#[test]
fn consent_obeys_withdrawal_under_every_revision() {
    for revision in Revision::all() {
        for group in [
            "businessmessaging.conversations",
            "alerts.subscriptions",
            "maps.post_trip_feedback",
        ] {
            let listed = group
                .parse::<Resource>()
                .expect("a group")
                .scope()
                .is_listed_in(revision);
            let (status, _, errors) =
                run_consent(&["--resource", group, "--revision", revision.name()]);
            assert_eq!(status, i32::from(!listed), "{group} {revision}");
            assert_eq!(errors.is_empty(), listed);
        }
    }
    let (status, _, errors) = run_consent(&["--service", "fitbit"]);
    assert_eq!(status, 1);
    assert!(
        errors.contains("is in no published list: leave it out"),
        "{errors}"
    );
}

#[test]
fn drift_recognises_a_list_and_says_what_differs() {
    let write = |text: &str| {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("a file");
        file
    };
    let check = |text: &str, args: &[&str]| {
        let file = write(text);
        run_json(&[&["drift", file.path().to_str().expect("a path")], args].concat())
    };
    let newest = Revision::NEWEST.scopes().to_string();
    let nothing = |equals: &str| json!({ "equals": equals, "nearest": equals, "added": [], "removed": [], "methods_differ": [] });
    assert_eq!(check(&newest, &[]), (0, nothing(Revision::NEWEST.name())));
    let older = Revision::R2025_01_20.scopes().to_string();
    assert_eq!(check(&older, &[]), (1, nothing("2025-01-20")));
    assert_eq!(
        check(&older, &["--revision", "2025-01-20"]),
        (0, nothing("2025-01-20"))
    );
    let file = write(&older);
    let (status, text, _) = run(&["drift", file.path().to_str().expect("a path")]);
    let newest_day = Revision::NEWEST;
    let changes = Changes::between(newest_day, Revision::R2025_01_20);
    let lines = |sign: &str, scopes: ScopeSet| -> String {
        let line = |scope: Scope| format!("{sign} {scope}\n");
        scopes.iter().map(line).collect()
    };
    let expected = format!(
        "Equal to the revision 2025-01-20. Compared with {newest_day}:\n{}{}",
        lines("+", changes.added),
        lines("-", changes.removed)
    );
    assert_eq!((status, text), (1, expected));
    let new = "https://www.googleapis.com/auth/dataportability.zoo.animal_noises";
    assert_eq!(
        check(&format!("{newest} {new}"), &[]),
        (
            1,
            json!({ "equals": null, "nearest": Revision::NEWEST.name(), "added": [new], "removed": [], "methods_differ": [] })
        )
    );

    for (text, reason) in [
        ("nothing", "has no Data Portability scope"),
        ("{\"name\":", "no whole discovery document"),
    ] {
        let file = write(text);
        let (status, _, errors) = run(&["drift", file.path().to_str().expect("a path")]);
        assert_eq!(status, 2);
        assert!(errors.contains(reason), "{errors}");
    }
    let (status, _, errors) = run(&["drift", "no such file"]);
    assert_eq!(
        (status, errors.starts_with("error: no such file: ")),
        (2, true),
        "{errors}"
    );
}

#[test]
fn wrong_usage_and_malformed_input_exit_with_2_and_say_what_to_do() {
    let clip = consent(&["--resource", "youtube.clip"]);
    let nothing = consent(&[]);
    let clip: Vec<&str> = clip.iter().map(String::as_str).collect();
    let nothing: Vec<&str> = nothing.iter().map(String::as_str).collect();
    for (args, words) in [
        (&["lsit"][..], "a similar subcommand exists: 'list'"),
        (&[], "Usage: scopes"),
        (
            &["list", "--revision", "2025-01-02"],
            r#"did you mean "2025-01-20"?"#,
        ),
        (&["list", "--revision", "yesterday"], "2024-01-30, "),
        (
            &["list", "--service", "yuotube"],
            r#"did you mean "youtube"?"#,
        ),
        (&["check"], "<SCOPE>"),
        (&["diff", "2024-04-10"], "<TO>"),
        (&["retry", "--scope", ""], "scope value is empty"),
        (
            &["retry", "--scope", "a  b"],
            "scope value lacks a token at offset 2",
        ),
        (
            &["retry", "--scope", "a", "--job", "a/b"],
            "give archiveJobs/ID or ID",
        ),
        (&clip, r#"did you mean "youtube.clips"?"#),
        (&nothing, "--resource <GROUP>"),
        (
            &[
                "consent",
                "--client-id",
                "1",
                "--redirect-uri",
                "http://example.com/",
                "--service",
                "maps",
            ],
            "it must begin with https://",
        ),
        (
            &[
                "consent",
                "--client-id",
                "",
                "--redirect-uri",
                "https://example.com/",
                "--service",
                "maps",
            ],
            "the client id is empty",
        ),
    ] {
        let (status, output, errors) = run(args);
        assert_eq!((status, output.as_str()), (2, ""), "{args:?}");
        assert!(errors.contains(words), "{args:?}: {errors}");
    }
}
