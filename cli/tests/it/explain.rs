//! `explain`: what a text is, and what is wrong with it.

use dataportability_scopes::catalogue::{Resource, Revision, SCOPE_PREFIX};
use serde_json::json;

use crate::{CLIPS, REVIEWS, finish, json, program, run, run_json};

const NEWER: &str = "https://www.googleapis.com/auth/dataportability.youtube.zzz_quokkas";
const SECRET: &str = "s3cr3t-0123456789abcdef";

/// Checks what a text is, and the kinds of its findings. Returns all that is printed of it.
fn is(text: &str, what: &str, kinds: &str) -> String {
    let (status, printed) = run_json(&["explain", text]);
    assert_eq!(printed["what"], what, "{text}");
    let findings = printed["findings"].as_array().expect("findings").iter();
    let found: Vec<&str> = findings.map(|it| it["kind"].as_str().expect("a kind")).collect();
    assert_eq!(found.join(" "), kinds, "{text}");
    assert_eq!(status, i32::from(!kinds.is_empty()), "{printed}");
    let ran = finish(program().args(["explain", "--json", "-"]), text.as_bytes());
    assert_eq!(json(&ran.output), printed);
    let words = run(&["explain", text]);
    assert_eq!((words.status, words.errors.as_str()), (status, ""));
    let shown = format!("{printed}\n{}", words.output);
    assert!(!shown.contains(SECRET), "{shown}");
    shown
}

/// Returns a consent URL without a fault, with other values of parameters, or without those that
/// are only named.
fn url(changes: &str) -> String {
    let mut parameters = vec![
        ("client_id", "1234"),
        ("redirect_uri", "https://app.example.com/callback"),
        ("response_type", "code"),
        ("scope", CLIPS),
        ("state", SECRET),
        ("code_challenge", SECRET),
        ("code_challenge_method", "S256"),
        ("access_type", "offline"),
    ];
    for change in changes.split('&') {
        let (name, value) = change.split_once('=').unzip();
        let name = name.unwrap_or(change);
        parameters.retain(|(key, _)| *key != name);
        parameters.extend(value.map(|value| (name, value)));
    }
    let mut url = url::Url::parse("https://accounts.google.com/o/oauth2/v2/auth").expect("a URL");
    url.query_pairs_mut().extend_pairs(parameters);
    url.into()
}

#[test]
fn every_scope_and_every_name_is_right_only_if_the_newest_list_has_it() {
    for resource in Resource::all() {
        let scope = resource.scope();
        let kind = match scope.listings() {
            _ if scope.is_listed_in(Revision::NEWEST) => None,
            [] => Some("unknown_scope"),
            _ => Some("withdrawn_scope"),
        };
        let (_, printed) = run_json(&["explain", scope.as_str()]);
        assert_eq!(printed["what"], "scope");
        assert_eq!(printed["findings"][0]["kind"].as_str(), kind, "{scope}");
        let (_, printed) = run_json(&["explain", resource.name()]);
        assert_eq!(printed["what"], "resource");
        assert_eq!(printed["findings"][0]["kind"].as_str(), kind, "{scope}");
        if let Some(listing) = scope.listings().last().filter(|_| kind.is_some()) {
            let message = printed["findings"][0]["message"].as_str().expect("a message");
            assert!(message.contains(&listing.since.to_string()), "{message}");
        }
    }
}

#[test]
fn a_scope_value_is_read_whatever_separates_its_scopes() {
    let list = json!([CLIPS, REVIEWS]).to_string();
    let encoded = format!("{CLIPS}%20{REVIEWS}").replace(':', "%3A").replace('/', "%2F");
    let mut texts = vec![list, encoded, format!("['{CLIPS}', '{REVIEWS}']")];
    for separator in [",", ", ", "+", "%20", "\n", "\r\n", "  ", ";", "\t", "%2C"] {
        texts.push(format!("{CLIPS}{separator}{REVIEWS}"));
    }
    for text in texts {
        is(&text, "scope_value", "separator");
        let (_, printed) = run_json(&["explain", &text]);
        assert_eq!(printed["scopes"], json!([CLIPS, REVIEWS]), "{text}");
        let suggestions = json!([format!("{CLIPS} {REVIEWS}")]);
        assert_eq!(printed["findings"][0]["suggestions"], suggestions);
    }
}

#[test]
fn what_is_good_to_know_of_a_consent_url_is_no_finding() {
    let all = Revision::NEWEST.scopes();
    for (changes, words) in [
        ("access_type", "offline"),
        (&*format!("scope={CLIPS} {CLIPS}"), "more than once"),
        (&*format!("scope={all}"), "characters"),
    ] {
        let (status, printed) = run_json(&["explain", &url(changes)]);
        assert_eq!((status, &printed["findings"]), (0, &json!([])));
        assert!(printed["notes"].to_string().contains(words), "{printed}");
    }
}

/// `explain.tsv` says how it is written.
#[test]
fn each_text_is_told_for_what_it_is_with_just_its_faults_and_what_helps() {
    let withdrawn = Resource::all()
        .map(Resource::scope)
        .find(|scope| !scope.is_listed_in(Revision::NEWEST) && !scope.listings().is_empty());
    let withdrawn = withdrawn.expect("a scope").as_str();
    let table = include_str!("explain.tsv").replace("CLIPS", CLIPS).replace("REVIEWS", REVIEWS);
    let table = table.replace("NEWER", NEWER).replace("SECRET", SECRET);
    let table = table.replace("WITHDRAWN", withdrawn).replace("PREFIX", SCOPE_PREFIX);
    for row in table.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = row.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        let (what, kinds, text, said) = (field(), field(), field(), field());
        let text = text.strip_prefix("URL ").map_or_else(|| text.replace("\\n", "\n"), url);
        let shown = is(&text, what, kinds);
        assert!(shown.contains(said), "{shown}");
    }
}
