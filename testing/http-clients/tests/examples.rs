//! The programs in `examples/`, run.
#![allow(missing_docs, reason = "tests are documented by their names")]
#![allow(dead_code, reason = "the programs' own `main`s read arguments")]

use dataportability_scopes::PendingConsents;

#[path = "../../../examples/check_scopes.rs"]
mod check_scopes;
#[path = "../../../examples/consent_url.rs"]
mod consent_url;
#[path = "../../../examples/export.rs"]
mod export;
#[path = "../../../examples/may_retry.rs"]
mod may_retry;

const CLIPS: &str = "https://www.googleapis.com/auth/dataportability.youtube.clips";

#[test]
fn check_scopes_says_why_google_would_refuse_each() {
    assert_eq!(check_scopes::problem(CLIPS), None);
    for (suffix, why) in [
        ("youtube.clip", "did you mean"),
        ("maps.post_trip_feedback", "was withdrawn on 2024-04-05"),
    ] {
        let scope = format!("https://www.googleapis.com/auth/dataportability.{suffix}");
        let problem = check_scopes::problem(&scope).unwrap();
        assert!(problem.contains(why), "{problem}");
    }
}

#[test]
fn consent_url_asks_for_what_is_missing_and_keeps_what_is_pending() {
    let mut session = PendingConsents::default();
    let url = consent_url::consent_url(&mut session).unwrap();
    assert!(url.contains("chrome.history") && !url.contains("youtube.clips"));
    assert_eq!(session.len(), 1);
}

#[test]
fn may_retry_says_yes_or_what_is_missing() {
    let [retry, clips] = may_retry::answers(CLIPS).unwrap();
    assert_eq!(retry, "the token may retry an archive job");
    assert_eq!(clips, "the token covers an export of youtube.clips");
    let [retry, clips] = may_retry::answers("openid").unwrap();
    assert!(retry.contains("openid (not a Data Portability scope)"));
    assert!(clips.ends_with("missing: youtube.clips"));
}

#[test]
fn export_goes_from_consent_to_download() {
    export::main().unwrap();
}
