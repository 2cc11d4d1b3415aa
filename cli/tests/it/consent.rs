use dataportability_scopes::catalogue::{Revision, Service};
use serde_json::{Value, json};
use url::Url;

use crate::{CLIPS, HISTORY, Ran, json, run, tokens};

const CONSENT: [&str; 5] =
    ["consent", "--client-id", "1234", "--redirect-uri", "https://app.example.com/callback"];

/// Runs `consent`, in a frozen revision unless the arguments name one.
fn consent(args: &[&str]) -> Ran {
    let revision: &[&str] =
        if args.contains(&"--revision") { &[] } else { &["--revision", "2025-01-20"] };
    run(&[&CONSENT, args, revision].concat())
}

fn consent_json(args: &[&str]) -> (i32, Value) {
    let ran = consent(&[args, &["--json"]].concat());
    (ran.status, json(&ran.output))
}

/// Returns a parameter of a printed URL.
fn parameter(printed: &Value, name: &str) -> Option<String> {
    let url = Url::parse(printed["url"].as_str().expect("a URL")).expect("a URL");
    assert!(url.as_str().starts_with("https://accounts.google.com/o/oauth2/v2/auth?"));
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[test]
fn the_url_asks_for_what_is_needed_and_not_yet_granted() {
    for option in ["--already-granted", "--held"] {
        let (status, printed) =
            consent_json(&["--resource", "youtube.clips,chrome.history", option, CLIPS]);
        assert_eq!(status, 0);
        assert_eq!(printed["requested"], json!([HISTORY]));
        assert_eq!(printed["already_granted"], json!([CLIPS]));
        for (name, value) in [
            ("scope", HISTORY),
            ("client_id", "1234"),
            ("redirect_uri", CONSENT[4]),
            ("access_type", "offline"),
        ] {
            assert_eq!(parameter(&printed, name).as_deref(), Some(value));
        }
    }
    let (_, printed) = consent_json(&["--service", "youtube,maps", "--online"]);
    assert_ne!(parameter(&printed, "access_type").as_deref(), Some("offline"));
}

#[test]
fn what_was_granted_before_is_read_whatever_separates_it_and_by_name_too() {
    let needed = ["--resource", "youtube.clips,chrome.history,maps.reviews"];
    let both = json!([HISTORY, CLIPS]);
    let mut values = vec![
        "youtube.clips,chrome.history".to_owned(),
        json!([CLIPS, HISTORY]).to_string(),
        format!("openid {CLIPS} {HISTORY}"),
    ];
    for separator in [" ", ",", "+", "%20", "\n"] {
        values.push(format!("{CLIPS}{separator}{HISTORY}"));
    }
    for value in values {
        let args = [&needed[..], &["--already-granted", &value]].concat();
        let (status, printed) = consent_json(&args);
        assert_eq!((status, &printed["already_granted"]), (0, &both), "{value}");
    }
    let args = ["--already-granted", "youtube.clips", "--already-granted", HISTORY];
    assert_eq!(consent_json(&[&needed[..], &args].concat()).1["already_granted"], both);
}

#[test]
fn state_and_code_verifier_are_those_of_the_url_and_new_each_time() {
    use dataportability_scopes::oauth2::{PkceCodeChallenge, PkceCodeVerifier};
    let one = consent_json(&["--resource", "youtube.clips"]).1;
    let other = consent_json(&["--resource", "youtube.clips"]).1;
    assert_ne!((&one["state"], &one["code_verifier"]), (&other["state"], &other["code_verifier"]));
    assert_ne!(one["state"], other["state"]);
    assert_eq!(parameter(&one, "state").as_deref(), one["state"].as_str());
    let verifier =
        PkceCodeVerifier::new(one["code_verifier"].as_str().expect("a verifier").to_owned());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    assert_eq!(parameter(&one, "code_challenge").as_deref(), Some(challenge.as_str()));
    assert_eq!(parameter(&one, "code_challenge_method").as_deref(), Some("S256"));
}

#[test]
fn a_service_stands_for_what_the_revision_lists_of_it() {
    for service in Service::all() {
        let expected = service.scopes() & Revision::R2025_01_20.scopes();
        for name in [service.name(), service.product_name()] {
            let (status, printed) = consent_json(&["--service", name, "--revision", "2025-01-20"]);
            assert_eq!(status, i32::from(expected.is_empty()), "{name}");
            assert_eq!(printed["requested"], json!(tokens(expected)));
        }
    }
}
