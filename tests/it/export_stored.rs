//! Exports as an earlier version of the crate stored them. Their files never change: what is stored
//! today must read back with every later version.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::api::export::{ConsentReason, Export, GiveUpReason, Step};
use dataportability_scopes::catalogue::{Resource, Revision};
use dataportability_scopes::grant::Grant;
use serde_json::{Value, json};

use crate::export_world::{DAY, HOUR, MINUTE, scopes, start};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/exports")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn read(name: &str) -> Export {
    serde_json::from_str(&text(name)).unwrap()
}

/// Whether the newest revision lists the exported resources. An export makes no call for others.
fn is_listed() -> bool {
    let scope = Resource::ChromeHistory.scope();
    scope.is_listed_in(Revision::NEWEST)
}

fn step(name: &str, now: SystemTime) -> Step {
    read(name).next(&Grant::from(scopes(Resource::ChromeHistory)), now)
}

#[test]
fn every_stored_export_reads_back_and_is_stored_in_the_same_way() {
    for entry in fs::read_dir(folder()).unwrap() {
        let stored = fs::read_to_string(entry.unwrap().path()).unwrap();
        let export: Export = serde_json::from_str(&stored).unwrap();
        let before: Value = serde_json::from_str(&stored).unwrap();
        let after = serde_json::to_value(&export).unwrap();
        for (field, value) in before.as_object().unwrap() {
            assert_eq!(after.get(field), Some(value), "{field}");
        }
    }
}

#[test]
fn every_stored_export_goes_on_where_it_was() {
    if !is_listed() {
        return;
    }
    let now = start() + 2 * HOUR;
    let steps = [
        ("start.json", "Call(Initiate)"),
        ("start-unresolved.json", "Call(Initiate)"),
        ("start-in-flight.json", "Call(Initiate)"),
        ("running.json", "Call(GetState)"),
        ("running-token-refused.json", "RefreshToken"),
        ("failed.json", "Call(Retry)"),
        ("retry-in-flight.json", "WaitUntil"),
        ("retry-unresolved.json", "Call(Initiate)"),
        ("complete.json", "Call(GetState)"),
        ("done.json", "Done"),
        ("given-up.json", "GivenUp(RetriesUsedUp)"),
        (
            "one-time-access-used-up.json",
            "RequestConsent(OneTimeAccessUsedUp)",
        ),
        ("again.json", "WaitUntil"),
    ];
    for (name, expected) in steps {
        let step = format!("{:?}", step(name, now));
        assert!(step.starts_with(expected), "{name}: {step}");
    }
    let names: BTreeSet<_> = steps.iter().map(|(name, _)| (*name).to_owned()).collect();
    let files = fs::read_dir(folder()).unwrap();
    let files: BTreeSet<_> = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, files);
}

#[test]
fn a_stored_retry_in_flight_is_never_repeated_blindly() {
    if !is_listed() {
        return;
    }
    for later in [MINUTE * 5, HOUR, DAY] {
        let step = step("retry-in-flight.json", start() + 2 * HOUR + later);
        assert!(matches!(step, Step::Call(ApiMethod::Initiate)), "{step:?}");
    }
}

#[test]
fn what_a_newer_version_adds_is_ignored() {
    let mut stored: Value = serde_json::from_str(&text("running.json")).unwrap();
    stored["colour"] = json!("blue");
    stored["phase"]["mood"] = json!({"good": true});
    let export: Export = serde_json::from_value(stored).unwrap();
    assert_eq!(export.job().unwrap().as_str(), "3f1c6f2e");
}

#[test]
fn what_an_older_version_must_not_go_on_with_is_refused_word_for_word() {
    let running: Value = serde_json::from_str(&text("running.json")).unwrap();
    let remedy = "it was stored by a newer version of this crate, or is damaged: \
                  update the crate rather than start the export again";

    let mut paused = running.clone();
    paused["phase"] = json!({"name": "paused"});
    let error = serde_json::from_value::<Export>(paused)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("cannot read the phase of an export, unknown variant `paused`"));
    assert!(error.ends_with(remedy), "{error}");

    let mut newer = running.clone();
    newer["format"] = json!(2);
    let error = serde_json::from_value::<Export>(newer).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot read an export of format 2: {remedy}")
    );

    for field in [
        "format",
        "resource",
        "phase",
        "due",
        "calls",
        "seed",
        "created_at",
    ] {
        let mut damaged = running.clone();
        damaged.as_object_mut().unwrap().remove(field);
        assert!(
            serde_json::from_value::<Export>(damaged).is_err(),
            "{field}"
        );
    }
    let mut without_job = running;
    without_job["phase"].as_object_mut().unwrap().remove("job");
    assert!(serde_json::from_value::<Export>(without_job).is_err());
}

#[test]
fn every_reason_to_give_up_is_stored_under_a_name_of_its_own() {
    let names = [
        (GiveUpReason::RetriesUsedUp, "retries-used-up"),
        (GiveUpReason::Cancelled, "cancelled"),
        (GiveUpReason::JobTookTooLong, "job-took-too-long"),
        (GiveUpReason::NotStarted, "not-started"),
        (GiveUpReason::JobNotFound, "job-not-found"),
        (GiveUpReason::ArchiveExpired, "archive-expired"),
        (GiveUpReason::NoUrls, "no-urls"),
        (GiveUpReason::Refused, "refused"),
        (GiveUpReason::NotListed, "not-listed"),
    ];
    for (reason, name) in names {
        assert_eq!(serde_json::to_value(reason).unwrap(), json!(name));
        let mut stored: Value = serde_json::from_str(&text("given-up.json")).unwrap();
        stored["phase"]["reason"] = json!(name);
        let export: Export = serde_json::from_value(stored).unwrap();
        let grant = Grant::from(scopes(Resource::ChromeHistory));
        let step = export.next(&grant, start());
        assert!(matches!(step, Step::GivenUp(read) if read == reason));
    }
}

#[test]
fn a_one_time_access_that_is_used_up_stays_so() {
    let step = step("one-time-access-used-up.json", start() + 30 * DAY);
    assert!(matches!(
        step,
        Step::RequestConsent(ConsentReason::OneTimeAccessUsedUp)
    ));
}
