//! How successful responses are read, and which are refused.

use std::time::{Duration, UNIX_EPOCH};

use dataportability_scopes::Endpoint;
use dataportability_scopes::api::{
    AccessType, AccessTypes, ApiMethod, ArchiveState, ArchiveStateError, ArchiveStateRequest,
    CheckAccessTypeRequest, InitiateRequest, InitiateResponse, JobId, RetryRequest, SignedUrl,
    State,
};
use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet};
use dataportability_scopes::grant::Grant;
use dataportability_scopes::http_call::{HttpCall, MAX_RESPONSE_LEN};
use serde_json::{Value, json};

use crate::calls::{JOB, TOKEN, call, calls, response};

const URL: &str = "https://storage.googleapis.com/dataportability/part-1.zip\
                   ?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=9f8e7d6c5b4a";

fn everything() -> Grant {
    Grant::from(ScopeSet::ALL)
}

fn state_request() -> ArchiveStateRequest {
    let resources: ScopeSet = Revision::NEWEST.scopes().iter().take(1).collect();
    ArchiveStateRequest::new(&JOB.parse().expect("a job"), resources, &everything())
        .expect("allowed")
}

fn read_state(body: &Value) -> Result<ArchiveState, ArchiveStateError> {
    let call = state_request().with_token(TOKEN);
    call.read_response(&response(200, body.to_string()))
}

fn read_initiate(body: &Value) -> InitiateResponse {
    let scope: Scope = Revision::NEWEST.scopes().iter().next().expect("a scope");
    let request = InitiateRequest::new(ScopeSet::from(scope), &everything()).expect("covered");
    let response = response(200, body.to_string());
    request
        .with_token(TOKEN)
        .read_response(&response)
        .expect("a job")
}

fn read_access_types(body: &Value) -> Result<AccessTypes, String> {
    let request = CheckAccessTypeRequest::new(&everything()).expect("allowed");
    let response = response(200, body.to_string());
    let types = request.with_token(TOKEN).read_response(&response);
    types.map_err(|error| error.to_string())
}

fn urls(state: &ArchiveState) -> Vec<&str> {
    state.urls.iter().map(SignedUrl::as_str).collect()
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
    let facts: Vec<Value> =
        serde_json::from_str(include_str!("../golden/methods.json")).expect("JSON");
    for facts in facts {
        let method: ApiMethod = facts["id"].as_str().expect("an id").parse().expect("known");
        let full = full_response(&facts);
        let call = call(method);
        let shown = call
            .read(&response(200, full.to_string()))
            .expect("as documented");
        for field in full.as_object().expect("an object").keys() {
            // A field of another type would not be refused if it were not read.
            let mut wrong = full.clone();
            wrong[field] = json!({});
            assert!(
                call.read(&response(200, wrong.to_string())).is_err(),
                "{method} does not read {field}"
            );
        }
        let mut more = full.clone();
        more["new"] = json!([{"deep": null}]);
        assert_eq!(
            call.read(&response(200, more.to_string())).expect("newer"),
            shown
        );
    }
}

#[test]
fn every_state_and_access_type_of_the_discovery_document_is_known_but_the_unspecified() {
    let facts: Value = serde_json::from_str(include_str!("../golden/methods.json")).expect("JSON");
    let names = |method: usize, field: &str| -> Vec<String> {
        let names = facts[method]["response"][field].as_array().expect("names");
        let text = |name: &Value| name.as_str().expect("a text").to_owned();
        names.iter().map(text).collect()
    };
    for name in names(2, "state") {
        let state = read_state(&json!({ "state": name }))
            .expect("a state")
            .state;
        assert_eq!(state.as_str(), name);
        assert_eq!(
            matches!(state, State::Other(_)),
            name == "STATE_UNSPECIFIED"
        );
    }
    for name in names(5, "accessType") {
        let response = read_initiate(&json!({ "archiveJobId": "7d20", "accessType": name }));
        let access = response.access_type.expect("an access type");
        assert_eq!(access.as_str(), name);
        assert_eq!(
            matches!(access, AccessType::Other(_)),
            name == "ACCESS_TYPE_UNSPECIFIED"
        );
    }
}

#[test]
fn an_export_that_was_started_names_its_job_and_perhaps_its_access_type() {
    let response =
        read_initiate(&json!({"archiveJobId": "7d20", "accessType": "ACCESS_TYPE_ONE_TIME"}));
    assert_eq!(response.job.as_str(), "7d20");
    assert_eq!(response.access_type, Some(AccessType::OneTime));
    for body in [
        json!({"archiveJobId": "archiveJobs/7d20"}),
        json!({"archiveJobId": "7d20", "accessType": null}),
        json!({"archiveJobId": "7d20", "accessType": ""}),
    ] {
        let response = read_initiate(&body);
        assert_eq!(response.job.as_str(), "7d20");
        assert_eq!(response.access_type, None);
    }
}

#[test]
fn a_retry_names_a_new_job() {
    let request = RetryRequest::new(&JOB.parse().expect("a job"), &everything()).expect("allowed");
    let body = r#"{"archiveJobId": "7d20"}"#;
    let read = request
        .with_token(TOKEN)
        .read_response(&response(200, body));
    assert_eq!(read.expect("a job").job.as_str(), "7d20");
}

#[test]
fn a_state_has_urls_only_if_the_job_is_complete() {
    for name in ["IN_PROGRESS", "FAILED", "CANCELLED", "PAUSED", "COMPLETED"] {
        let state = read_state(&json!({ "state": name, "urls": [URL, "nonsense"] }));
        assert!(state.expect("a state").urls.is_empty(), "{name}");
    }
    let other = URL.replace("part-1", "part-2");
    for (body, expected) in [
        (json!({"state": "COMPLETE"}), vec![]),
        (json!({"state": "COMPLETE", "urls": null}), vec![]),
        (json!({"state": "COMPLETE", "urls": []}), vec![]),
        (
            json!({"state": "COMPLETE", "urls": [URL, other]}),
            vec![URL, &other],
        ),
    ] {
        let state = read_state(&body).expect("complete");
        assert_eq!(state.state, State::Complete);
        assert_eq!(urls(&state), expected);
        assert_eq!((state.start_time, state.export_time), (None, None));
    }
}

#[test]
fn a_state_has_the_times_of_the_export() {
    let state = read_state(&json!({
        "state": "IN_PROGRESS",
        "startTime": "2025-01-01T00:00:00Z",
        "exportTime": "2025-01-01T00:00:01.000000002Z",
    }))
    .expect("a state");
    let start = UNIX_EPOCH + Duration::from_secs(1_735_689_600);
    assert_eq!(state.start_time, Some(start));
    assert_eq!(state.export_time, Some(start + Duration::new(1, 2)));
}

#[test]
fn a_url_without_tls_is_taken_only_from_a_server_without_tls() {
    let plain = "http://storage:9000/part-1.zip?sig=1";
    let body = json!({"state": "COMPLETE", "urls": [plain]});
    assert_eq!(
        read_state(&body).expect_err("no TLS").to_string(),
        "the response of archiveJobs.getPortabilityArchiveState is not as documented: \
         its urls does not have the documented form"
    );
    for (base, taken) in [
        (Endpoint::insecure("http://stand-in:8080"), true),
        ("http://127.0.0.1:8080".parse(), true),
        ("https://example.com".parse(), false),
        ("HTTPS://example.com".parse(), false),
    ] {
        let request = state_request().with_base_url(&base.expect("an endpoint"));
        let call = request.with_token(TOKEN);
        let state = call.read_response(&response(200, body.to_string()));
        assert_eq!(state.is_ok(), taken);
    }
    for url in [
        "",
        "nonsense",
        "/part-1.zip",
        "ftp://x/y",
        "https://",
        "https://u:p@x.com/y",
        "https://x.com/a b",
    ] {
        let body = json!({"state": "COMPLETE", "urls": [URL, url]});
        assert!(read_state(&body).is_err(), "{url}");
    }
}

#[test]
fn the_state_of_another_job_is_refused() {
    let body = json!({"state": "COMPLETE", "name": "archiveJobs/other/portabilityArchiveState"});
    assert_eq!(
        read_state(&body).expect_err("another job").to_string(),
        "the response of archiveJobs.getPortabilityArchiveState is not as documented: \
         its name does not have the documented form"
    );
    assert!(read_state(&json!({"state": "COMPLETE", "name": ""})).is_ok());
}

#[test]
fn each_resource_has_its_access_type_and_one_time_wins() {
    for scope in Scope::all() {
        let name = scope.resource().name();
        let one_time = json!({"oneTimeResources": [name]});
        let time_based = json!({"timeBasedResources": [name, name]});
        let both = json!({"oneTimeResources": [name], "timeBasedResources": [name]});
        for (body, expected) in [
            (json!({}), None),
            (one_time, Some(AccessType::OneTime)),
            (time_based, Some(AccessType::TimeBased)),
            (both, Some(AccessType::OneTime)),
        ] {
            let types = read_access_types(&body).expect("access types");
            assert_eq!(types.of(scope.resource()), expected);
        }
    }
}

#[test]
fn resources_that_are_newer_than_the_catalogue_are_kept() {
    let types = read_access_types(&json!({
        "oneTimeResources": ["youtube.dreams", "youtube.clips"],
        "timeBasedResources": ["new_service.things"],
    }))
    .expect("access types");
    assert_eq!(types.one_time, Resource::YoutubeClips.into());
    assert!(types.time_based.is_empty());
    let group = |scopes: &std::collections::BTreeSet<_>| -> Vec<String> {
        let group = |scope: &dataportability_scopes::catalogue::UnlistedScope| {
            scope.resource_group().to_owned()
        };
        scopes.iter().map(group).collect()
    };
    assert_eq!(group(&types.one_time_unlisted), ["youtube.dreams"]);
    assert_eq!(group(&types.time_based_unlisted), ["new_service.things"]);

    for name in ["", "x", "Youtube.Clips", "youtube.clips/", "a b"] {
        assert_eq!(
            read_access_types(&json!({"timeBasedResources": [name]})),
            Err("the response of accessType.check is not as documented: \
                 its timeBasedResources does not have the documented form"
                .to_owned())
        );
    }
    let many: Vec<String> = (0..2_000).map(|n| format!("new.r{n}")).collect();
    assert!(read_access_types(&json!({"oneTimeResources": many})).is_err());
}

#[test]
fn a_successful_status_with_anything_but_the_documented_object_is_refused() {
    for call in calls() {
        let method = call.method;
        let text = |body: &str| {
            let text = call.error(200, body).to_string();
            let start = format!("the response of {method} is not as documented: ");
            text.strip_prefix(&start).expect(&text).to_owned()
        };
        for body in [
            "",
            " ",
            "[]",
            "[null]",
            "null",
            "\"x\"",
            "<html>",
            "{",
            "{}{}",
            "\u{feff}{}",
        ] {
            assert_eq!(
                text(body),
                "it is not a JSON object with the documented fields",
                "{method} {body}"
            );
        }
        assert_eq!(
            text(r#"{"error": {"code": 403}, "archiveJobId": "7d20", "state": "COMPLETE"}"#),
            "it has an error in spite of its successful status"
        );
        let deep = format!("{{\"new\": {}", "[".repeat(1_000_000));
        assert_eq!(
            text(&deep),
            "it is not a JSON object with the documented fields"
        );
        let long = format!("{{\"new\": \"{}\"}}", "x".repeat(MAX_RESPONSE_LEN));
        assert_eq!(text(&long), "it is longer than 1048576 bytes");
    }
}

#[test]
fn a_response_is_read_up_to_its_longest_length() {
    let longest = format!("{{}}{}", " ".repeat(MAX_RESPONSE_LEN - 2));
    for call in calls() {
        match call.method {
            ApiMethod::Cancel | ApiMethod::Reset => {
                assert!(call.read(&response(200, longest.clone())).is_ok());
                assert!(call.read(&response(200, longest.clone() + " ")).is_err());
            }
            _ => {}
        }
    }
}

#[test]
fn an_empty_object_is_the_response_of_a_method_that_returns_nothing() {
    for call in calls() {
        let read = call.read(&response(200, "{}\n"));
        match call.method {
            ApiMethod::Cancel | ApiMethod::Reset => assert_eq!(read.expect("done"), "()\n()"),
            ApiMethod::CheckAccessType => assert!(read.is_ok()),
            method => {
                let field = if method == ApiMethod::GetState {
                    "state"
                } else {
                    "archiveJobId"
                };
                assert_eq!(
                    read.expect_err("a field is missing").to_string(),
                    format!("the response of {method} is not as documented: it has no {field}")
                );
            }
        }
    }
}

#[test]
fn a_field_that_is_there_twice_is_refused() {
    for (method, body) in [
        (
            ApiMethod::Retry,
            r#"{"archiveJobId": "1", "archiveJobId": "2"}"#,
        ),
        (
            ApiMethod::Initiate,
            r#"{"archiveJobId": "1", "archiveJobId": "2"}"#,
        ),
        (
            ApiMethod::GetState,
            r#"{"state": "FAILED", "state": "COMPLETE"}"#,
        ),
        (
            ApiMethod::CheckAccessType,
            r#"{"oneTimeResources": [], "oneTimeResources": []}"#,
        ),
    ] {
        call(method).error(200, body);
    }
}

#[test]
fn a_job_whose_id_would_change_a_path_or_repeats_the_token_is_refused() {
    let start = "the response of archiveJobs.retry is not as documented: ";
    let retry = call(ApiMethod::Retry);
    for id in ["../x", "a/b", "a:cancel", "a b", "é", ".", ".."] {
        let error = retry.error(200, &json!({"archiveJobId": id}).to_string());
        assert_eq!(
            error.to_string(),
            format!("{start}its archiveJobId does not have the documented form")
        );
    }
    for id in [
        TOKEN,
        &TOKEN[..12],
        &TOKEN[20..40],
        &TOKEN.to_uppercase(),
        &format!("job-{TOKEN}"),
    ] {
        let error = retry.error(200, &json!({"archiveJobId": id}).to_string());
        assert_eq!(
            error.to_string(),
            format!("{start}its archiveJobId repeats the access token")
        );
    }
    let short = json!({"archiveJobId": &TOKEN[..11]}).to_string();
    assert!(retry.read(&response(200, short)).is_ok());
}

#[test]
fn a_state_or_access_type_that_repeats_the_token_is_refused() {
    let upper = TOKEN.to_uppercase();
    let mut parts = upper.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = parts.find(|part| part.len() >= 12).expect("a long part");
    let name = format!("X_{}", &name[..12]);
    for (method, body, field) in [
        (ApiMethod::GetState, json!({"state": name}), "state"),
        (
            ApiMethod::Initiate,
            json!({"archiveJobId": "1", "accessType": name}),
            "accessType",
        ),
    ] {
        let error = call(method).error(200, &body.to_string());
        assert_eq!(
            error.to_string(),
            format!(
                "the response of {method} is not as documented: its {field} repeats the access token"
            )
        );
    }
}

#[test]
fn what_a_user_stores_is_stored_by_the_names_of_the_api_and_read_back() {
    let stored = |value: Value| value.to_string();
    let job: JobId = serde_json::from_str(r#""archiveJobs/7d20""#).expect("a job");
    assert_eq!(serde_json::to_string(&job).expect("JSON"), r#""7d20""#);

    for name in [
        "IN_PROGRESS",
        "COMPLETE",
        "FAILED",
        "CANCELLED",
        "STATE_UNSPECIFIED",
        "PAUSED_2",
    ] {
        let text = stored(json!(name));
        let state: State = serde_json::from_str(&text).expect(name);
        assert_eq!(serde_json::to_string(&state).expect("JSON"), text);
        assert_eq!(name.parse(), Ok(state));
    }
    for name in [
        "ACCESS_TYPE_ONE_TIME",
        "ACCESS_TYPE_TIME_BASED",
        "ACCESS_TYPE_NEW",
    ] {
        let text = stored(json!(name));
        let access: AccessType = serde_json::from_str(&text).expect(name);
        assert_eq!(serde_json::to_string(&access).expect("JSON"), text);
        assert_eq!(name.parse(), Ok(access));
    }
    let types = json!({
        "oneTimeResources": ["maps.reviews", "youtube.dreams"],
        "timeBasedResources": ["youtube.clips"],
    });
    let read: AccessTypes = serde_json::from_value(types.clone()).expect("access types");
    assert_eq!(serde_json::to_value(&read).expect("JSON"), types);

    let url: SignedUrl = serde_json::from_value(json!(URL)).expect("a URL");
    assert_eq!(serde_json::to_value(&url).expect("JSON"), json!(URL));
    assert_eq!(url, URL.parse().expect("a URL"));
    assert_ne!(url, URL.replace("part-1", "part-2").parse().expect("a URL"));
    assert_eq!(format!("{url:?}"), "SignedUrl(..)");
}

#[test]
fn a_stored_value_that_is_no_signed_url_is_not_shown() {
    for stored in [
        json!(37_643_230_466_539_u64),
        json!(3.764_323_046_653_9e40),
        json!(null),
        json!(true),
        json!([URL]),
        json!({ URL: URL }),
    ] {
        let error = serde_json::from_value::<SignedUrl>(stored).expect_err("no URL");
        assert_eq!(
            error.to_string(),
            "not a signed URL as stored by this crate: the value is not shown, since it may \
             contain secrets"
        );
    }
    let error =
        serde_json::from_value::<SignedUrl>(json!("X-Goog-Signature=7d20")).expect_err("no URL");
    assert_eq!(
        error.to_string(),
        "not a signed URL: give a whole URL without a user name, as the API returned it"
    );
}

#[test]
fn a_list_of_resources_has_at_most_1024_names() {
    let list = |len: usize| json!({"oneTimeResources": vec!["youtube.clips"; len]});
    assert!(read_access_types(&list(1024)).is_ok());
    assert_eq!(
        read_access_types(&list(1025)).expect_err("too many"),
        "the response of accessType.check is not as documented: its oneTimeResources \
         does not have the documented form"
    );
}

#[test]
fn an_unknown_name_has_upper_case_letters_and_at_most_64_characters() {
    let longest = "A".repeat(64);
    for name in ["A", "A1_B", longest.as_str()] {
        let state: State = name.parse().expect(name);
        assert_eq!(format!("{state:?}"), "Other(UnknownName(..))");
    }
    let long = "A".repeat(65);
    for name in ["", "a", "1A", "_A", "A B", "Á", "complete", long.as_str()] {
        let error = name.parse::<State>().expect_err(name);
        assert_eq!(
            error.to_string(),
            format!(
                "{name:?} is not a name of the API: give at most 64 upper-case letters, digits \
                 and _, such as IN_PROGRESS"
            )
        );
        assert!(name.parse::<AccessType>().is_err());
        assert!(read_state(&json!({ "state": name })).is_err(), "{name}");
    }
}
