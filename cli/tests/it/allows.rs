use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::catalogue::{Resource, Revision};
use serde_json::{Value, json};

use crate::{CLIPS, HISTORY, print, refusal, run_json};

#[test]
fn a_yes_names_the_scopes_that_allow_it_and_shows_the_request() {
    let grant = format!("openid {CLIPS}");
    let args = ["allows", "retry", "--scope", &grant, "--revision", "2025-01-20", "--job", "3f1c"];
    assert_eq!(
        run_json(&args),
        (
            0,
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
        )
    );
    assert_eq!(
        run_json(&["allows", "archiveJobs.retry", "--scope", CLIPS, "--revision", "2025-01-20"]).1
            ["request"],
        Value::Null
    );
    assert_eq!(
        print(&args),
        (
            0,
            "Yes: under the revision 2025-01-20, archiveJobs.retry is allowed by\n  \
               youtube.clips\n\
             Not recognized, and allows nothing: openid\n\
             The request, with an empty body:\n  \
               POST https://dataportability.googleapis.com/v1/archiveJobs/3f1c:retry\n"
                .to_owned()
        )
    );
    let (_, text) =
        print(&["allows", "retry", "--scope", CLIPS, "--revision", "2025-01-20", "--long"]);
    assert!(text.ends_with(&format!("allowed by\n  {CLIPS}\n")), "{text}");
}

#[test]
fn a_no_says_why() {
    let (status, printed) = run_json(&[
        "allows",
        "retry",
        "--scope",
        CLIPS,
        "--revision",
        "2024-04-10",
        "--job",
        "3f1c",
    ]);
    assert_eq!(status, 1);
    let reason = printed["reason"].as_str().expect("a reason").to_owned();
    assert!(reason.starts_with("archiveJobs.retry needs one of the 63 scopes"), "{reason}");
    assert_eq!(
        printed,
        json!({
            "allowed": false,
            "revision": "2024-04-10",
            "by": [],
            "unrecognized": [],
            "reason": reason,
            "request": null,
        })
    );
    let (status, text) =
        print(&["allows", "archiveJobs.retry", "--scope", CLIPS, "--revision", "2024-04-10"]);
    assert_eq!((status, text), (1, format!("No: {reason}.\n")));
    let (_, text) = print(&["allows", "archiveJobs.retry", "--scope", "openid"]);
    assert_eq!(text.matches("openid").count(), 1, "{text}");
}

#[test]
fn a_withdrawn_scope_allows_nothing_in_any_revision_without_it() {
    for resource in Resource::all() {
        for revision in [
            Revision::R2024_03_19,
            Revision::R2024_04_10,
            Revision::R2025_01_20,
            Revision::R2025_07_15,
        ] {
            let scope = resource.scope();
            let (status, _) = run_json(&[
                "allows",
                "retry",
                "--scope",
                scope.as_str(),
                "--revision",
                revision.name(),
            ]);
            assert_eq!(status, i32::from(!scope.is_listed_in(revision)), "{scope} {revision}");
        }
    }
}

#[test]
fn a_malformed_scope_value_or_job_is_refused() {
    for (args, words) in [
        (&["allows", "archiveJobs.retry", "--scope", ""][..], "scope value is empty"),
        (
            &["allows", "archiveJobs.retry", "--scope", "a  b"],
            "scope value lacks a token at offset 2",
        ),
        (
            &["allows", "archiveJobs.retry", "--scope", "a", "--job", "a/b"],
            "give ID or archiveJobs/ID",
        ),
        (&["allows", "retry"], "--scope <VALUE>"),
    ] {
        let error = refusal(args);
        assert!(error.contains(words), "{args:?}: {error}");
    }
    let response = r#"{"access_token": "ya29.a0AfH6SMB", "scope": "openid"}"#;
    let error = refusal(&["allows", "retry", "--scope", response]);
    assert_eq!(
        error,
        "error: --scope: scope value has a byte at offset 1 that no scope token may have \
         (RFC 6749, section 3.3): '\"' (U+0022)\n"
    );
}

#[test]
fn every_method_is_named_by_its_id_or_the_last_part_of_it() {
    for method in ApiMethod::all() {
        let last = method.id().rsplit('.').next().expect("a part");
        for name in [method.id(), last] {
            let (status, text) =
                print(&["allows", name, "--scope", CLIPS, "--revision", "2025-07-15"]);
            assert_eq!(status, 0);
            assert!(text.contains(&format!("{method} is allowed by\n  youtube.clips\n")), "{text}");
        }
        let allowed = method.scopes_in(Revision::R2024_04_10);
        let history = ["allows", method.id(), "--scope", HISTORY, "--revision", "2024-04-10"];
        assert_eq!(print(&history).0, i32::from(allowed.is_empty()));
    }
    let error = refusal(&["allows", "archiveJobs.rety", "--scope", CLIPS]);
    assert!(error.contains(r#"did you mean "archiveJobs.retry"?"#), "{error}");
}

#[test]
fn the_request_of_each_method_that_takes_a_job_is_shown() {
    for (method, request) in [
        ("retry", "POST https://dataportability.googleapis.com/v1/archiveJobs/1:retry"),
        ("cancel", "POST https://dataportability.googleapis.com/v1/archiveJobs/1:cancel"),
        (
            "getPortabilityArchiveState",
            "GET https://dataportability.googleapis.com/v1/archiveJobs/1/portabilityArchiveState",
        ),
    ] {
        let (_, text) = print(&["allows", method, "--scope", CLIPS, "--job", "archiveJobs/1"]);
        assert!(text.ends_with(&format!("\n  {request}\n")), "{text}");
    }
    let error = refusal(&["allows", "reset", "--scope", CLIPS, "--job", "1"]);
    assert_eq!(error, "error: --job: authorization.reset takes no job; leave it out\n");
}
