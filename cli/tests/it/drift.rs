use std::fs;

use dataportability_scopes::catalogue::{Revision, ScopeSet};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{Ran, finish, json, program, run, tokens};

/// Returns a discovery document of a day.
pub(crate) fn document(day: &str, scopes: ScopeSet) -> String {
    document_of(day, &tokens(scopes))
}

fn document_of(day: &str, tokens: &[&str]) -> String {
    let scopes: Map<String, Value> =
        tokens.iter().map(|token| ((*token).to_owned(), json!({}))).collect();
    json!({
        "name": "dataportability",
        "revision": day.replace('-', ""),
        "auth": { "oauth2": { "scopes": scopes } },
        "resources": { "archiveJobs": { "methods": { "retry": {
            "id": "dataportability.archiveJobs.retry",
            "scopes": tokens,
        } } } },
    })
    .to_string()
}

/// Runs `drift` on a text, as a file and on standard input, which must print the same.
fn drift(text: &str, args: &[&str]) -> Ran {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("document");
    fs::write(&file, text).expect("a file");
    let of_file = run(&[&["drift", file.to_str().expect("a path")], args].concat());
    let of_input = finish(program().args(["drift", "-"]).args(args), text.as_bytes());
    assert_eq!(of_file.output, of_input.output);
    assert_eq!(of_file.status, of_input.status);
    assert_eq!(
        of_file.errors.replace(file.to_str().expect("a path"), "standard input"),
        of_input.errors
    );
    of_input
}

fn drift_json(text: &str, args: &[&str]) -> (i32, Value) {
    let ran = drift(text, &[args, &["--json"]].concat());
    (ran.status, json(&ran.output))
}

#[test]
fn the_newest_list_is_no_drift_and_every_other_list_is() {
    let newest = Revision::NEWEST.scopes();
    for revision in Revision::all() {
        let scopes = revision.scopes();
        let expected = json!({
            "equals": revision,
            "nearest": revision,
            "added": [],
            "removed": [],
            "methods_differ": [],
            "compared_with": {
                "revision": Revision::NEWEST,
                "added": tokens(scopes - newest),
                "removed": tokens(newest - scopes),
            },
        });
        let status = i32::from(scopes != newest);
        assert_eq!(drift_json(&document(revision.name(), scopes), &[]), (status, expected));
    }
}

#[test]
fn a_revision_of_the_users_choice_is_compared_with() {
    let published = Revision::R2025_01_20.scopes();
    for revision in Revision::all() {
        let (status, printed) =
            drift_json(&published.to_string(), &["--revision", revision.name()]);
        let chosen = revision.scopes();
        assert_eq!(status, i32::from(chosen != published));
        assert_eq!(printed["equals"], "2025-01-20");
        assert_eq!(printed["nearest"], revision.name());
        assert_eq!(printed["added"], json!(tokens(published - chosen)));
        assert_eq!(printed["removed"], json!(tokens(chosen - published)));
    }
}

#[test]
fn methods_with_a_list_of_their_own_are_named() {
    let document = document("2026-07-19", Revision::R2026_07_19.scopes());
    let mut changed = json(&document);
    changed["resources"]["archiveJobs"]["methods"]["retry"]["scopes"] = json!([]);
    let ran = drift(&changed.to_string(), &["--revision", "2026-07-19"]);
    assert_eq!(ran.status, 0);
    let end = "2026-07-19.\nThe method archiveJobs.retry has a list of its own.\n";
    assert!(ran.output.ends_with(end), "{}", ran.output);
}

#[test]
fn control_characters_of_a_document_do_not_reach_the_terminal() {
    let mut all = tokens(Revision::R2025_01_20.scopes());
    all.push("\u{1b}[2J");
    let ran = drift(&document_of("2025-01-20", &all), &[]);
    assert!(ran.output.contains("[2J\n"), "{:?}", ran.output);
    assert!(!ran.output.contains('\u{1b}'));
}
