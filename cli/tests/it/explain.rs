//! `explain`: what a text is, and what is wrong with it.

use dataportability_scopes::catalogue::{Resource, Revision, SCOPE_PREFIX, Scope};
use serde_json::{Value, json};

use crate::{CLIPS, REVIEWS, finish, json, print, program, run, run_json};

const NEWER: &str = "https://www.googleapis.com/auth/dataportability.youtube.zzz_quokkas";
const SECRET: &str = "s3cr3t-0123456789abcdef";

/// Returns what a text is, and the kinds of its findings.
fn explain(text: &str) -> (String, Vec<String>) {
    let (status, printed) = run_json(&["explain", text]);
    let findings = printed["findings"].as_array().expect("findings").iter();
    let kinds: Vec<String> =
        findings.map(|it| it["kind"].as_str().expect("a kind").to_owned()).collect();
    assert_eq!(status, i32::from(!kinds.is_empty()), "{printed}");
    let ran = finish(program().args(["explain", "--json", "-"]), text.as_bytes());
    assert_eq!(json(&ran.output), printed);
    let words = run(&["explain", text]);
    assert_eq!((words.status, words.errors.as_str()), (status, ""));
    for shown in [words.output, printed.to_string()] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
    (printed["what"].as_str().expect("a word").to_owned(), kinds)
}

fn is(text: &str, what: &str, kinds: &[&str]) {
    assert_eq!(
        explain(text),
        (what.to_owned(), kinds.iter().map(ToString::to_string).collect()),
        "{text}"
    );
}

/// Returns a consent URL without a fault, with other parameters in place of its own, or more.
fn url(changes: &[(&str, Option<&str>)]) -> String {
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
    for (name, value) in changes {
        parameters.retain(|(key, _)| key != name);
        parameters.extend(value.map(|value| (*name, value)));
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
    is(&format!("{CLIPS} {REVIEWS}"), "scope_value", &[]);
    is(&format!(" {CLIPS} {REVIEWS}\n"), "scope_value", &[]);
    let list = json!([CLIPS, REVIEWS]).to_string();
    let encoded = format!("{CLIPS}%20{REVIEWS}").replace(':', "%3A").replace('/', "%2F");
    let mut texts = vec![list, encoded, format!("['{CLIPS}', '{REVIEWS}']")];
    for separator in [",", ", ", "+", "%20", "\n", "\r\n", "  ", ";", "\t", "%2C"] {
        texts.push(format!("{CLIPS}{separator}{REVIEWS}"));
    }
    for text in texts {
        is(&text, "scope_value", &["separator"]);
        let (_, printed) = run_json(&["explain", &text]);
        assert_eq!(printed["scopes"], json!([CLIPS, REVIEWS]), "{text}");
        let suggestions = json!([format!("{CLIPS} {REVIEWS}")]);
        assert_eq!(printed["findings"][0]["suggestions"], suggestions);
    }
    is(&format!("{CLIPS} openid {NEWER}"), "scope_value", &["other_api", "unknown_scope"]);
    is("openid", "scope", &[]);
    is("openid email", "scope_value", &[]);
}

#[test]
fn a_scope_that_does_not_exist_is_unknown_or_malformed_with_a_suggestion() {
    for (text, kind) in [
        (format!("{CLIPS}z"), "unknown_scope"),
        (format!("{CLIPS}/"), "malformed_scope"),
        (CLIPS.replace("https", "http"), "malformed_scope"),
        (CLIPS.replace("youtube.clips", "YouTube.Clips"), "malformed_scope"),
        (CLIPS.replace(':', "%3A").replace('/', "%2F"), "malformed_scope"),
        (format!("{CLIPS}%26code%3D{SECRET}"), "malformed_scope"),
    ] {
        is(&text, "scope", &[kind]);
        let (_, printed) = run_json(&["explain", &text]);
        assert_eq!(printed["findings"][0]["suggestions"][0], CLIPS, "{text}");
    }
    for (text, what, kind) in [
        (NEWER, "scope", "unknown_scope"),
        (SCOPE_PREFIX, "scope", "malformed_scope"),
        (SCOPE_PREFIX.trim_end_matches('.'), "scope", "malformed_scope"),
        (&format!("{SCOPE_PREFIX}youtube"), "scope", "unknown_scope"),
        ("youtube.watch_history", "resource", "unknown_resource"),
        ("gmail", "resource", "unknown_resource"),
    ] {
        is(text, what, &[kind]);
    }
}

#[test]
fn each_fault_of_a_consent_url_is_found_alone() {
    is(&url(&[]), "consent_url", &[]);
    let withdrawn = Resource::all()
        .map(Resource::scope)
        .find(|scope| !scope.is_listed_in(Revision::NEWEST) && !scope.listings().is_empty());
    for (changes, kind) in [
        (&[("scope", Some(NEWER))][..], "unknown_scope"),
        (&[("scope", withdrawn.map(Scope::as_str))], "withdrawn_scope"),
        (&[("scope", Some(&format!("{CLIPS}/")))], "malformed_scope"),
        (&[("scope", Some(&CLIPS.replace('/', "%2F")))], "malformed_scope"),
        (&[("scope", Some(&format!("{CLIPS} openid")))], "other_api"),
        (&[("scope", Some(&format!("{CLIPS},{REVIEWS}")))], "separator"),
        (&[("include_granted_scopes", Some("true"))], "include_granted_scopes"),
        (&[("state", None)], "no_state"),
        (&[("state", Some(""))], "no_state"),
        (&[("code_challenge", None)], "no_pkce"),
        (&[("code_challenge_method", None)], "no_pkce"),
        (&[("code_challenge_method", Some("plain"))], "no_pkce"),
        (&[("response_type", Some("token"))], "implicit_flow"),
        (&[("redirect_uri", None)], "redirect_uri"),
        (&[("redirect_uri", Some("http://app.example.com/"))], "redirect_uri"),
        (&[("redirect_uri", Some("urn:ietf:wg:oauth:2.0:oob"))], "redirect_uri"),
    ] {
        is(&url(changes), "consent_url", &[kind]);
    }
    is(&format!("{}&state={SECRET}", url(&[])), "consent_url", &["repeated_parameter"]);
    for (before, and, after) in
        [("<", "&amp;", ">"), ("\"", "\\u0026", "\""), ("curl -v '", "&", "'")]
    {
        let text = url(&[]).replace('&', and);
        is(&format!("{before}{text}{after}"), "consent_url", &[]);
    }
    is(url(&[]).trim_start_matches("https://"), "consent_url", &[]);
    is(&url(&[("include_granted_scopes", Some("false"))]), "consent_url", &[]);
    is(&url(&[("redirect_uri", Some("com.example.app:/callback"))]), "consent_url", &[]);
}

#[test]
fn what_is_good_to_know_of_a_consent_url_is_no_finding() {
    let all = Revision::NEWEST.scopes().to_string();
    for (changes, words) in [
        (&[("access_type", None)][..], "offline"),
        (&[("scope", Some(&*format!("{CLIPS} {CLIPS}")))], "more than once"),
        (&[("scope", Some(&*all))], "characters"),
    ] {
        let (status, printed) = run_json(&["explain", &url(changes)]);
        assert_eq!((status, &printed["findings"]), (0, &json!([])));
        assert!(printed["notes"].to_string().contains(words), "{printed}");
    }
}

#[test]
fn a_callback_is_told_by_its_parameters_and_its_code_is_not_shown() {
    let callback =
        format!("https://app.example.com/callback?state={SECRET}&code={SECRET}&scope={CLIPS}");
    is(&callback, "callback_url", &[]);
    is(&format!("GET /?state={SECRET}&code=4/{SECRET} HTTP/1.1"), "callback_url", &[]);
    is(&format!("localhost:8080/?code={SECRET}&state={SECRET}"), "callback_url", &[]);
    is(&format!("code={SECRET}&state={SECRET}"), "callback_url", &[]);
    is(&format!("?error=access_denied&state={SECRET}"), "callback_url", &[]);
    is(&callback.replace("state=", "stage="), "callback_url", &["no_state"]);
    is(&format!("{callback}&code={SECRET}"), "callback_url", &["repeated_parameter"]);
    is(&callback.replace(CLIPS, NEWER), "callback_url", &["newer_scope"]);
    let with_code = callback.replace(CLIPS, &format!("{CLIPS}%26code%3D{SECRET}"));
    is(&with_code, "callback_url", &["malformed_scope"]);
    is(&with_code.replace("%26code%3D", ";code="), "callback_url", &[]);
    is(
        &with_code.replace("%26code%3D", "%252526code%25253D"),
        "callback_url",
        &["malformed_scope"],
    );
    is(&callback.replace("https://app", "http://app"), "callback_url", &["redirect_uri"]);
    is(
        &format!("https://app.example.com/#access_token={SECRET}&state={SECRET}&scope={CLIPS}"),
        "callback_url",
        &["implicit_flow"],
    );
}

#[test]
fn responses_are_told_by_their_fields_and_show_no_token() {
    let token = |scope: Value| {
        json!({ "access_token": SECRET, "refresh_token": SECRET, "scope": scope }).to_string()
    };
    is(&token(json!(CLIPS)), "token_response", &[]);
    is(&token(json!([CLIPS, REVIEWS])), "token_response", &[]);
    is(&token(json!(format!("{CLIPS} openid {SECRET}"))), "token_response", &[]);
    is(&token(json!([format!("{CLIPS}&code={SECRET}")])), "token_response", &["malformed_scope"]);
    is(&token(json!(format!("{CLIPS} {NEWER}"))), "token_response", &["newer_scope"]);
    is(&token(json!(format!("{CLIPS},{REVIEWS}"))), "token_response", &["separator"]);
    is(
        &json!({ "token": SECRET, "refresh_token": SECRET, "scopes": [CLIPS] }).to_string(),
        "token_response",
        &[],
    );
    let info = |scope: &str| json!({ "azp": "1", "aud": "1", "scope": scope, "expires_in": "1" });
    is(&info(CLIPS).to_string(), "token_info", &[]);
    is(&info(NEWER).to_string(), "token_info", &["newer_scope"]);
}

#[test]
fn errors_come_with_a_remedy() {
    let api = |status: &str, reason: &str| {
        json!({ "error": { "code": 400, "status": status, "details": [{ "reason": reason }] } })
            .to_string()
    };
    for (text, words) in [
        (json!({ "error": "invalid_grant" }).to_string(), "new consent"),
        (json!({ "error_description": "Invalid Value" }).to_string(), "refresh"),
        (api("RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED_ONE_TIME"), "reset"),
        (api("RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED_TIME_BASED"), "timestamp_after_24hrs"),
        (api("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"), "wait a minute"),
        (api("ALREADY_EXISTS", "ALREADY_EXISTS_TIME_BASED"), "job_id"),
        (api("PERMISSION_DENIED", "SERVICE_DISABLED"), "enable it"),
        (api("PERMISSION_DENIED", ""), "scope of a requested resource"),
        ("Access blocked: Error 403: access_denied".to_owned(), "test users"),
    ] {
        is(&text, "error_response", &[]);
        assert!(print(&["explain", &text]).1.contains(words), "{text}");
    }
    let text =
        "Error 400: invalid_request\nIncremental auth is not allowed for the requested scopes";
    is(text, "error_response", &["include_granted_scopes"]);
    is("Error 400: redirect_uri_mismatch", "error_response", &["redirect_uri"]);
    let text = format!("invalid_scope: {{valid=[{CLIPS}], invalid=[{NEWER}]}}");
    is(&text, "error_response", &["unknown_scope"]);
}

#[test]
fn addresses_of_the_api_are_checked_and_what_is_unknown_is_said_to_be() {
    let api = "https://dataportability.googleapis.com/v1";
    for (path, kinds) in [
        ("portabilityArchive:initiate", &[][..]),
        ("archiveJobs/1/portabilityArchiveState", &[]),
        ("archiveJobs/1:retry", &[]),
        ("archiveJobs/1:state", &["unknown_path"]),
        ("portabilityArchive/initiate", &["unknown_path"]),
        ("exports", &["unknown_path"]),
    ] {
        is(&format!("{api}/{path}"), "unknown", kinds);
    }
    for text in [SECRET, "hello", "https://example.com/", "{}", "[]", "1", "ya29.a0"] {
        is(text, "unknown", &[]);
    }
}
