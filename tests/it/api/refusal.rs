//! What an error response of the API says: its codes, and the jobs and times that it names.

use std::time::Duration;

use dataportability_scopes::api::{ApiMethod, JobId, Reason, Refusal, Status};
use dataportability_scopes::call::{CallError, CallErrorKind, HttpCall};
use dataportability_scopes::http::Response;
use serde_json::{Value, json};

use crate::fixtures::{access, at, call, calls, response, two_resources};

fn read(response: &Response<Vec<u8>>) -> CallError {
    let call = access().initiate(two_resources()).expect("covered");
    call.read_response(response).expect_err("refused")
}

fn refused(code: u16, body: &Value) -> Refusal {
    read(&response(code, body.to_string())).refusal().expect("in the API's form")
}

fn with_details(status: &str, details: &Value) -> Value {
    json!({"error": {"code": 429, "message": "Wait.", "status": status, "details": details}})
}

fn with_metadata(metadata: &Value) -> Refusal {
    let details = json!([
        {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
        {"reason": "RESOURCE_EXHAUSTED_TIME_BASED", "metadata": metadata},
    ]);
    refused(429, &with_details("RESOURCE_EXHAUSTED", &details))
}

fn with_message(code: u16, status: &str, message: &str) -> Refusal {
    refused(code, &json!({"error": {"status": status, "message": message}}))
}

fn ids(jobs: &[JobId]) -> Vec<&str> {
    jobs.iter().map(JobId::as_str).collect()
}

#[test]
fn every_documented_status_and_reason_is_known_and_named_and_no_other() {
    let statuses = "ALREADY_EXISTS FAILED_PRECONDITION INTERNAL INVALID_ARGUMENT NOT_FOUND \
        OUT_OF_RANGE PERMISSION_DENIED RESOURCE_EXHAUSTED UNAUTHENTICATED UNAVAILABLE";
    let reasons = "ALREADY_EXISTS_ONE_TIME ALREADY_EXISTS_TIME_BASED \
        RESOURCE_EXHAUSTED_ONE_TIME RESOURCE_EXHAUSTED_TIME_BASED \
        ACCESS_TOKEN_SCOPE_INSUFFICIENT BILLING_DISABLED CONSUMER_INVALID CONSUMER_SUSPENDED \
        RATE_LIMIT_EXCEEDED RESOURCE_QUOTA_EXCEEDED SERVICE_DISABLED USER_PROJECT_DENIED";
    for status in statuses.split(' ') {
        for reason in reasons.split(' ') {
            let body = with_details(status, &json!([{ "reason": reason }])).to_string();
            let error = read(&response(418, body));
            let refusal = error.refusal().expect("in the API's form");
            assert_eq!(refusal.status.to_string(), status);
            assert_eq!(refusal.reason.map(|it| it.to_string()), Some(reason.into()));
            let text = format!("was refused with HTTP 418 {status} {reason}: ");
            assert!(error.to_string().contains(&text), "{error}");
            assert!(format!("{error:?}").contains(&error.to_string()), "{error:?}");
            let kept = (refusal.status, refusal.reason.expect("a reason"));
            let debug = format!("{refusal:?}");
            assert!(
                debug.contains(&format!("{:?}, reason: Some({:?})", kept.0, kept.1)),
                "{debug}"
            );
        }
    }
    let body = with_details("A_NEW_STATUS", &json!([{"reason": "A_NEW_REASON"}]));
    let refusal = refused(418, &body);
    assert_eq!((refusal.status, refusal.reason), (Status::Other, Some(Reason::Other)));
    let text = read(&response(418, body.to_string())).to_string();
    assert!(text.starts_with("portabilityArchive.initiate was refused with HTTP 418: "), "{text}");
}

#[test]
fn a_body_that_is_not_the_apis_is_no_refusal_of_the_api_and_may_be_tried_again() {
    let long = json!({"error": {"status": "INTERNAL", "x": "x".repeat(70_000)}}).to_string();
    let deep = "[".repeat(60_000);
    let oauth = r#"{"error": "invalid_request"}"#;
    for body in ["", "<html>502</html>", "{}", "[]", "null", "\0", oauth, &long, &deep] {
        for call in calls() {
            for code in [400, 403, 404, 405, 409, 413, 421, 499, 502] {
                let error = call.error(code, body);
                assert_eq!(error.refusal(), None);
                assert_eq!((error.kind(), error.status()), (CallErrorKind::Refused, Some(code)));
                assert!(error.is_transient() && !error.needs_consent(), "{} {code}", call.name);
            }
            assert_eq!(call.error(200, r#"{"error": {"status": "INTERNAL"}}"#).refusal(), None);
        }
    }
    for odd in [
        json!({"status": 5, "details": {}}),
        json!({"details": [null, 1, [], {"reason": 1, "metadata": []}]}),
    ] {
        let refusal = refused(502, &json!({ "error": odd }));
        assert_eq!((refusal.status, refusal.reason), (Status::Other, None));
        assert_eq!((refusal.running_job, refusal.retry_at), (None, None));
    }
}

/// A dead end for users otherwise: they are asked for what they have granted.
#[test]
fn only_a_403_about_the_token_needs_a_consent_and_one_about_the_project_is_for_now() {
    let new_form = |reason| with_details("PERMISSION_DENIED", &json!([{ "reason": reason }]));
    let old_form = |reason| json!({"error": {"code": 403, "errors": [{ "reason": reason }]}});
    let both = |reason| {
        let error = json!({"errors": [{"reason": "forbidden"}], "details": [{ "reason": reason }]});
        let mut error = json!({ "error": error });
        error["error"]["status"] = json!("PERMISSION_DENIED");
        error
    };
    let mut bodies: Vec<(Value, bool)> = Vec::new();
    let of_project = "SERVICE_DISABLED BILLING_DISABLED CONSUMER_INVALID CONSUMER_SUSPENDED \
        USER_PROJECT_DENIED RESOURCE_QUOTA_EXCEEDED RATE_LIMIT_EXCEEDED SOMETHING_NEW";
    for reason in of_project.split(' ') {
        bodies.extend([(new_form(reason), true), (both(reason), true)]);
    }
    bodies.extend([
        (old_form("accessNotConfigured"), true),
        (old_form("dailyLimitExceeded"), true),
        (old_form("userRateLimitExceeded"), true),
        (old_form("forbidden"), false),
        (old_form("insufficientPermissions"), false),
        (new_form("ACCESS_TOKEN_SCOPE_INSUFFICIENT"), false),
        (new_form(""), false),
        (with_details("PERMISSION_DENIED", &json!([{"detail": "…"}])), false),
    ]);
    for (body, is_project) in bodies {
        for call in calls() {
            let error = call.error(403, &body.to_string());
            let refusal = error.refusal().expect("in the API's form");
            assert_eq!(refusal.is_about_project(), is_project, "{body}");
            assert_eq!(error.is_transient(), is_project, "{body}");
            assert_eq!(error.needs_consent(), !is_project, "{body}");
        }
    }
}

#[test]
fn an_expired_token_needs_no_consent_and_a_busy_server_time() {
    for call in calls() {
        for code in [400, 401, 404, 408, 409, 425, 429, 500, 503, 599] {
            let error = call.error(code, r#"{"error": {"status": "UNKNOWN"}}"#);
            let is_transient = ![400, 401, 404, 409].contains(&code);
            assert_eq!(error.is_transient(), is_transient, "{} {code}", call.name);
            assert!(!error.needs_consent());
        }
    }
}

#[test]
fn of_several_details_the_known_reason_counts_and_all_metadata_is_read() {
    let details = json!([
        {"reason": "", "metadata": {"job_id": "1"}},
        {"reason": "QUOTA", "metadata": {"job_id": "2", "previous_job_ids": "3"}},
        {"reason": "ALREADY_EXISTS_TIME_BASED", "metadata": {"previous_job_ids": "4"}},
    ]);
    let refusal = refused(409, &with_details("ALREADY_EXISTS", &details));
    assert_eq!(refusal.reason, Some(Reason::AlreadyExistsTimeBased));
    assert_eq!(refusal.running_job.as_ref().map(JobId::as_str), Some("1"));
    assert_eq!(ids(&refusal.previous_jobs), ["3", "4"]);
}

#[test]
fn the_ids_of_jobs_are_found_under_the_documented_and_under_similar_keys() {
    for key in ["job_id", "jobId", "archive_job_id", "ARCHIVE_JOB_ID"] {
        let refusal = with_metadata(&json!({ key: "archiveJobs/1" }));
        assert_eq!(refusal.running_job, Some("1".parse().unwrap()), "{key}");
        assert!(refusal.previous_jobs.is_empty());
    }
    for (key, value) in [
        ("previous_job_ids", json!("1,2")),
        ("previous_job_ids", json!(" 1, ../3,, archiveJobs/2 ,")),
        ("previous_job_ids", json!(r#"["1", "2"]"#)),
        ("previousJobIds", json!(["1", "2", 3])),
        ("previous_archive_jobs", json!(["1,2"])),
    ] {
        let refusal = with_metadata(&json!({ key: value }));
        assert_eq!(ids(&refusal.previous_jobs), ["1", "2"], "{key}: {value}");
        assert_eq!(refusal.running_job, None);
    }
    let many = (0..10_000).map(|id| id.to_string()).collect::<Vec<_>>();
    let refusal = with_metadata(&json!({"previous_job_ids": many.join(",")}));
    assert_eq!(refusal.previous_jobs.len(), 128);
}

#[test]
fn the_time_to_wait_for_is_found_under_the_documented_and_under_other_keys() {
    let (early, late) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00.000Z");
    let (at_early, at_late) = (Some(at(1_767_225_600)), Some(at(1_767_312_000)));
    for (metadata, expected) in [
        (json!({}), None),
        (json!({"timestamp_after_24hrs": "soon", "x": "1767312000"}), None),
        (json!({"timestamp_after_24hrs": late}), at_late),
        (json!({"timestamp_after_24hrs": early, "a": late}), at_early),
        (json!({"a": early, "b": late, "c": "x"}), at_late),
        (json!({"b": late, "z": early}), at_late),
        (json!({"a": [early, late]}), at_late),
        (json!({"job_id": early, "previous_job_ids": late}), None),
    ] {
        assert_eq!(with_metadata(&metadata).retry_at, expected, "{metadata}");
    }
}

#[test]
fn what_the_details_lack_is_the_one_uuid_or_time_of_the_message_and_nothing_else_of_it() {
    let id = "babe77e4-9c0f-40ff-bdec-be68ad0311bf";
    let other = "00000000-9c0f-40ff-bdec-be68ad0311bf";
    let exists = format!("… already been exported in job {id} matching this request.");
    let refusal = with_message(409, "ALREADY_EXISTS", &exists);
    assert_eq!(refusal.running_job, Some(id.parse().unwrap()));
    let refusal = with_message(429, "RESOURCE_EXHAUSTED", &exists);
    assert_eq!((refusal.running_job, ids(&refusal.previous_jobs)), (None, vec![id]));
    let named = with_message(409, "ALREADY_EXISTS", &format!("See archiveJobs/{id}."));
    assert_eq!(named.running_job, Some(id.parse().unwrap()));

    let until = "You can initiate another export after 2026-05-13T22:00:00Z.";
    let refusal = with_message(429, "RESOURCE_EXHAUSTED", until);
    assert_eq!(refusal.retry_at, Some(at(1_778_709_600)));
    assert!(refusal.previous_jobs.is_empty());

    for unclear in [
        format!("job {id} or job {other}"),
        format!("x{id}"),
        id.replace('b', "z"),
        id.replace('-', ""),
        "job 1234, after 2026-05-13".into(),
        "after 2026-05-13T22:00:00Z or 2026-05-14T22:00:00Z".into(),
    ] {
        let refusal = with_message(409, "ALREADY_EXISTS", &unclear);
        assert_eq!((refusal.running_job, refusal.retry_at), (None, None), "{unclear}");
        assert!(refusal.previous_jobs.is_empty());
    }
    // The details have the last word.
    let mut body = with_details(
        "RESOURCE_EXHAUSTED",
        &json!([{"metadata": {"timestamp_after_24hrs": "2026-01-01T00:00:00Z", "job_id": "1"}}]),
    );
    body["error"]["message"] = json!(format!("{exists} {until}"));
    let refusal = refused(429, &body);
    assert_eq!(refusal.retry_at, Some(at(1_767_225_600)));
    assert_eq!(refusal.running_job, Some("1".parse().unwrap()));
    assert!(refusal.previous_jobs.is_empty());
}

#[test]
fn retry_after_is_seconds_of_at_most_a_day_or_a_date() {
    let refusal = |status: &str, value: &str| {
        let body = with_details(status, &json!([]));
        let response = Response::builder().status(503).header("retry-after", value);
        let response = response.body(body.to_string().into_bytes()).expect("a response");
        read(&response).refusal().expect("in the API's form")
    };
    let day = Duration::from_secs(86_400);
    for (value, retry_after, retry_at) in [
        ("120", Some(Duration::from_secs(120)), None),
        (" 0 ", Some(Duration::ZERO), None),
        ("86401", Some(day), None),
        ("99999999999999999999999999", Some(day), None),
        ("Thu, 01 Jan 2026 00:00:00 GMT", None, Some(at(1_767_225_600))),
        ("", None, None),
        ("-1", None, None),
        ("+1", None, None),
        ("1.5", None, None),
        ("soon", None, None),
        ("é", None, None),
    ] {
        let refusal = refusal("UNAVAILABLE", value);
        assert_eq!(refusal.retry_after, retry_after, "{value}");
        assert_eq!(refusal.retry_at, retry_at, "{value}");
    }
    // A time in the metadata comes before a date in the header.
    let details = json!([{"metadata": {"timestamp_after_24hrs": "2026-01-02T00:00:00Z"}}]);
    let body = with_details("RESOURCE_EXHAUSTED", &details).to_string().into_bytes();
    let response = Response::builder().status(429);
    let response = response.header("retry-after", "Thu, 01 Jan 2026 00:00:00 GMT").body(body);
    let refusal = read(&response.expect("a response")).refusal().expect("in the API's form");
    assert_eq!(refusal.retry_at, Some(at(1_767_312_000)));
}

#[test]
fn a_missing_job_is_told_from_a_wrong_address() {
    let not_found = json!({"error": {"status": "NOT_FOUND"}}).to_string();
    for method in [ApiMethod::GetState, ApiMethod::Retry, ApiMethod::Cancel] {
        let call = call(method);
        let text = |body| call.error(404, body).to_string();
        assert!(text(&not_found).contains("there is no archive job with this id"));
        assert!(text("<html>").contains("check the base URL"));
    }
}
