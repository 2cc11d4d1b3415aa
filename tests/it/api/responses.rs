//! How successful responses are read, and which are refused.

use std::time::Duration;

use dataportability_scopes::api::{
    AccessType, AccessTypes, ApiMethod, ArchiveState, JobState, SignedUrl,
};
use dataportability_scopes::call::{CallError, Endpoint, Endpoints, HttpCall, MAX_RESPONSE_LEN};
use dataportability_scopes::catalogue::{Resource, Scopes};
use dataportability_scopes::grant::{Access, TokenInfo};
use serde_json::{Value, from_value, json, to_value};

use crate::fixtures::{
    ACCESS_TOKEN, EVERYTHING, JOB, access, call, calls, job, response, two_resources,
};

const URL: &str = "https://storage.googleapis.com/dataportability/part-1.zip\
                   ?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=9f8e7d6c5b4a";

fn read<C: HttpCall>(call: &C, body: &Value) -> Result<C::Response, CallError> {
    call.read_response(&response(200, body.to_string()))
}

fn read_state(body: &Value) -> Result<ArchiveState, CallError> {
    read(&access().state(&job()).expect("allowed"), body)
}

fn read_access_types(body: &Value) -> Result<AccessTypes, CallError> {
    read(&access().check_access_type().expect("allowed"), body)
}

/// A response with every field that the discovery document has.
fn full_response(facts: &Value) -> Value {
    let fields = facts["response"].as_object().expect("fields");
    let value = |(field, kind): (&String, &Value)| {
        let value = match (field.as_str(), kind.as_str()) {
            ("name", _) => json!(format!("archiveJobs/{JOB}/portabilityArchiveState")),
            ("archiveJobId", _) => json!("7d20"),
            ("urls", _) => json!([URL]),
            (_, Some("strings")) => json!(["youtube.clips"]),
            (_, Some("time")) => json!("2026-01-02T03:04:05.678Z"),
            _ => kind[2].clone(),
        };
        (field.clone(), value)
    };
    fields.iter().map(value).collect()
}

#[test]
fn every_field_of_the_discovery_document_is_read() {
    let facts = include_str!("../../golden/methods.json");
    for facts in serde_json::from_str::<Vec<Value>>(facts).expect("JSON") {
        let method: ApiMethod = facts["id"].as_str().expect("an id").parse().expect("known");
        let full = full_response(&facts);
        let call = call(method);
        let shown = call.read(200, full.to_string()).expect("as documented");
        for field in full.as_object().expect("an object").keys() {
            // A field of another type would not be refused if it were not read.
            let mut wrong = full.clone();
            wrong[field] = json!({});
            let read = call.read(200, wrong.to_string());
            assert!(read.is_err(), "{method} does not read {field}");
        }
        let mut more = full.clone();
        more["new"] = json!([{"deep": null}]);
        assert_eq!(call.read(200, more.to_string()).expect("newer"), shown);
    }
}

#[test]
fn a_state_is_known_or_else_unspecified_and_has_urls_only_if_the_job_is_complete() {
    for (name, expected) in [
        ("IN_PROGRESS", JobState::InProgress),
        ("COMPLETE", JobState::Complete),
        ("FAILED", JobState::Failed),
        ("CANCELLED", JobState::Cancelled),
        ("STATE_UNSPECIFIED", JobState::Unspecified),
        ("COMPLETED", JobState::Unspecified),
        ("PAUSED", JobState::Unspecified),
        ("", JobState::Unspecified),
    ] {
        let read = read_state(&json!({ "state": name, "urls": [URL] })).expect("a state");
        assert_eq!(read.state, expected, "{name}");
        assert_eq!(read.urls.len(), usize::from(expected == JobState::Complete));
        let nonsense = read_state(&json!({ "state": name, "urls": ["nonsense"] }));
        assert_eq!(nonsense.is_ok(), expected != JobState::Complete);
    }
    let other = URL.replace("part-1", "part-2");
    for (urls, expected) in
        [(Value::Null, vec![]), (json!([]), vec![]), (json!([URL, other]), vec![URL, &other])]
    {
        let state = read_state(&json!({"state": "COMPLETE", "urls": urls})).expect("complete");
        assert!(state.urls.iter().map(SignedUrl::as_str).eq(expected));
        assert_eq!((state.start_time, state.export_time), (None, None));
    }
}

#[test]
fn the_state_of_another_job_is_refused() {
    let name = |name: String| read_state(&json!({"state": "FAILED", "name": name}));
    assert!(name("archiveJobs/other/portabilityArchiveState".into()).is_err());
    assert!(name(format!("archiveJobs/{JOB}/portabilityArchiveState")).is_ok());
    assert!(name(String::new()).is_ok());
}

#[test]
fn a_url_without_tls_is_taken_only_from_a_server_without_tls() {
    let read = |base: Endpoint, url: &str| {
        let endpoints = Endpoints::at(&base);
        let access = Access::new(&endpoints, ACCESS_TOKEN, &EVERYTHING);
        let call = access.state(&job()).expect("allowed");
        let body = json!({"state": "COMPLETE", "urls": [url]}).to_string();
        call.read_response(&response(200, body)).map_err(|error| error.to_string())
    };
    for (base, taken) in [
        (Endpoint::insecure("http://stand-in:8080"), true),
        ("http://127.0.0.1:8080".parse(), true),
        ("https://example.com".parse(), false),
        ("HTTPS://example.com".parse(), false),
    ] {
        let base = base.expect("an endpoint");
        for url in ["http://storage:9000/part-1.zip?sig=1", "HTTP://storage/"] {
            let fault = read(base.clone(), url).err();
            assert_eq!(fault.is_none(), taken, "{base}");
            assert!(fault.is_none_or(|it| it.contains("the address of the API with https://")));
        }
        assert!(read(base.clone(), URL).is_ok());
        for url in ["", "nonsense", "/part-1.zip", "ftp://x/y", "https://", "https://u:p@x.com/y"] {
            assert!(read(base.clone(), url).is_err(), "{url}");
        }
    }
}

#[test]
fn a_job_has_an_access_type_only_if_it_is_known_and_an_id_that_cannot_change_a_path() {
    let initiate = access().initiate(two_resources()).expect("covered");
    for (name, expected) in [
        (json!("ACCESS_TYPE_ONE_TIME"), Some(AccessType::OneTime)),
        (json!("ACCESS_TYPE_TIME_BASED"), Some(AccessType::TimeBased)),
        (json!("ACCESS_TYPE_UNSPECIFIED"), None),
        (json!(""), None),
        (json!(null), None),
    ] {
        let body = json!({"archiveJobId": "archiveJobs/7d20", "accessType": name});
        let read = read(&initiate, &body).expect("a job");
        assert_eq!((read.job.as_str(), read.access_type), ("7d20", expected));
    }
    let retry = access().retry(&job()).expect("allowed");
    for id in ["", "../x", "a/b", "a:cancel", "a b", "é", ".", ".."] {
        assert!(read(&retry, &json!({ "archiveJobId": id })).is_err(), "{id}");
    }
    assert_eq!(read(&retry, &json!({"archiveJobId": "7d20"})).unwrap().as_str(), "7d20");
}

#[test]
fn each_resource_has_its_access_type_newer_ones_too() {
    for scope in Resource::all().map(Resource::scope) {
        let name = scope.resource().name();
        let body = json!({"oneTimeResources": [name, "zoo.noises"], "timeBasedResources": [name]});
        let types = read_access_types(&body).expect("access types");
        assert!(types.one_time.names().eq([name, "zoo.noises"]));
        assert_eq!(types.time_based, Scopes::from(scope));
    }
    assert_eq!(read_access_types(&json!({})).unwrap(), AccessTypes::default());
    for name in ["", "x", "Youtube.Clips", "youtube.clips/", "a b", "youtube.clips youtube.posts"] {
        assert!(read_access_types(&json!({"timeBasedResources": [name]})).is_err(), "{name}");
    }
    let list = |len: usize| json!({"oneTimeResources": vec!["youtube.clips"; len]});
    assert!(read_access_types(&list(1024)).is_ok());
    assert!(read_access_types(&list(1025)).is_err());
}

#[test]
fn a_successful_status_with_anything_but_the_documented_object_is_refused() {
    let long = format!("{{\"new\": \"{}\"}}", "x".repeat(MAX_RESPONSE_LEN));
    let deep = format!("{{\"new\": {}", "[".repeat(1_000_000));
    let bom = "\u{feff}{}";
    let error = r#"{"error": {"code": 403}, "archiveJobId": "7d20", "state": "COMPLETE"}"#;
    for call in calls() {
        for body in [
            "", " ", "[]", "[null]", "null", "\"x\"", "<html>", "{", "{}{}", bom, error, &long,
            &deep,
        ] {
            let error = call.error(200, body);
            assert_eq!(error.status(), Some(200));
            assert!(!error.needs_consent() && !error.is_transient());
        }
        let padded = |len: usize| format!("{{}}{}", " ".repeat(len - 2));
        let is_read = |body: String| call.read(200, body).is_ok();
        let returns_nothing = !matches!(
            call.name,
            "archiveJobs.getPortabilityArchiveState"
                | "archiveJobs.retry"
                | "portabilityArchive.initiate"
        );
        assert_eq!(is_read(padded(MAX_RESPONSE_LEN)), returns_nothing, "{}", call.name);
        assert!(!is_read(padded(MAX_RESPONSE_LEN + 1)));
    }
}

#[test]
fn a_field_that_is_there_twice_is_refused() {
    for (method, body) in [
        (ApiMethod::Retry, r#"{"archiveJobId": "1", "archiveJobId": "2"}"#),
        (ApiMethod::Initiate, r#"{"archiveJobId": "1", "archiveJobId": "2"}"#),
        (ApiMethod::GetState, r#"{"state": "FAILED", "state": "COMPLETE"}"#),
        (ApiMethod::CheckAccessType, r#"{"oneTimeResources": [], "oneTimeResources": []}"#),
    ] {
        call(method).error(200, body);
    }
}

#[test]
fn responses_serialize_by_the_names_of_the_api() {
    let state = read_state(&json!({
        "state": "COMPLETE",
        "urls": [URL],
        "startTime": "2024-01-01T00:00:00Z",
        "exportTime": "2025-01-01T00:00:01.000000002Z",
    }));
    let stored = json!({
        "state": "COMPLETE",
        "urls": [URL],
        "start_time": "2024-01-01T00:00:00Z",
        "export_time": "2025-01-01T00:00:01.000000002Z",
    });
    assert_eq!(to_value(state.unwrap()).unwrap(), stored);

    let body = json!({"archiveJobId": "7d20", "accessType": "ACCESS_TYPE_ONE_TIME"});
    let initiated = read(&access().initiate(two_resources()).unwrap(), &body).unwrap();
    let stored = json!({"job": "7d20", "access_type": "ACCESS_TYPE_ONE_TIME"});
    assert_eq!(to_value(initiated).unwrap(), stored);
    let retried = read(&access().retry(&job()).unwrap(), &body).unwrap();
    assert_eq!(to_value(retried).unwrap(), json!("7d20"));

    for name in ["IN_PROGRESS", "COMPLETE", "FAILED", "CANCELLED", "STATE_UNSPECIFIED"] {
        let state: JobState = from_value(json!(name)).unwrap();
        assert_eq!(json!(state), json!(name));
        assert_eq!(name.parse(), Ok(state));
    }
}

#[test]
fn the_url_of_a_file_is_stored_but_not_shown() {
    let url: SignedUrl = from_value(json!(URL)).unwrap();
    assert_eq!((url.as_str(), json!(url)), (URL, json!(URL)));
    assert_eq!(format!("{url:?}"), "SignedUrl(..)");
    for stored in [json!(37_643), json!(null), json!([URL]), json!("X-Goog-Signature=7d20")] {
        let error = from_value::<SignedUrl>(stored).unwrap_err().to_string();
        assert!(!error.contains("37") && !error.contains("Goog"), "{error}");
    }
}

fn read_token_info(body: &str) -> Result<TokenInfo, CallError> {
    access().token_info().read_response(&response(200, body))
}

#[test]
fn token_info_is_asked_of_its_endpoint() {
    let request = access().token_info().to_request().unwrap();
    assert_eq!((request.method().as_str(), request.body().len()), ("POST", 0));
    assert_eq!(request.uri(), Endpoints::default().token_info.as_str());
}

#[test]
fn token_info_has_its_numbers_as_strings_or_as_numbers() {
    let clips = Resource::YoutubeClips.scope();
    for expires_in in [r#""3599""#, "3599", "3599.0", r#""3599.5""#] {
        let body = format!(
            r#"{{"aud": "1234", "scope": "{clips} openid", "expires_in": {expires_in}, "azp": "1"}}"#
        );
        let info = read_token_info(&body).unwrap();
        assert_eq!(info.audience, "1234");
        assert_eq!(info.grant, format!("openid {clips}").parse().unwrap());
        assert_eq!(info.expires_in, Duration::from_secs(3599));
        assert_eq!(serde_json::to_value(&info).unwrap()["expires_in"], 3599);
    }
    for expires_in in ["-5", r#""-5""#, r#""""#, "null", "[]", r#""soon""#, r#""inf""#] {
        let body = format!(r#"{{"aud": "1234", "scope": "a", "expires_in": {expires_in}}}"#);
        assert!(read_token_info(&body).is_err(), "{expires_in}");
    }
}

/// A busy tokeninfo endpoint says nothing about the token.
#[test]
fn only_400_and_401_of_token_info_are_about_the_token_with_or_without_an_error_code() {
    let call = access().token_info();
    for body in [
        r#"{"error_description": "Invalid Value"}"#,
        r#"{"error": "invalid_token", "error_description": "Invalid Value"}"#,
        "",
    ] {
        for status in [302, 400, 401, 403, 404, 429, 500, 503] {
            let error = call.read_response(&response(status, body)).unwrap_err();
            let is_invalid = matches!(status, 400 | 401);
            assert_eq!(error.status(), Some(status));
            assert_eq!(error.is_transient(), !is_invalid, "{status} {body}");
            let text = error.to_string();
            assert_eq!(text.contains("expired, revoked or not Google's"), is_invalid, "{text}");
        }
    }
}
