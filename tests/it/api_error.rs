//! What an error response of the API says, and how each method words it.

use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dataportability_scopes::api::{
    ApiError, ApiMethod, ArchiveStateError, CancelError, CheckAccessTypeError, InitiateError,
    JobId, Reason, ResetError, RetryError, Status,
};
use dataportability_scopes::http::Response;
use serde_json::{Value, json};

use crate::calls::{TOKEN, call, calls, response};

/// The refusal that an error of any method is about.
fn refusal<'a>(error: &'a (dyn Error + 'static)) -> &'a ApiError {
    error
        .source()
        .and_then(|source| source.downcast_ref())
        .expect("a refusal is the source")
}

fn read(response: &Response<Vec<u8>>) -> ApiError {
    let error = call(ApiMethod::Initiate)
        .read(response)
        .expect_err("refused");
    refusal(&*error).clone()
}

fn api_error(code: u16, body: &Value) -> ApiError {
    read(&response(code, body.to_string()))
}

fn with_details(status: &str, details: &Value) -> Value {
    json!({"error": {"code": 429, "message": "Wait.", "status": status, "details": details}})
}

fn with_metadata(metadata: &Value) -> ApiError {
    let details = json!([
        {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RESOURCE_EXHAUSTED_TIME_BASED",
            "domain": "dataportability.googleapis.com",
            "metadata": metadata,
        }
    ]);
    api_error(429, &with_details("RESOURCE_EXHAUSTED", &details))
}

fn ids(jobs: &[JobId]) -> Vec<&str> {
    jobs.iter().map(JobId::as_str).collect()
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn every_documented_reason_is_known() {
    for (name, reason) in [
        ("ALREADY_EXISTS_ONE_TIME", Reason::AlreadyExistsOneTime),
        ("ALREADY_EXISTS_TIME_BASED", Reason::AlreadyExistsTimeBased),
        (
            "RESOURCE_EXHAUSTED_ONE_TIME",
            Reason::ResourceExhaustedOneTime,
        ),
        (
            "RESOURCE_EXHAUSTED_TIME_BASED",
            Reason::ResourceExhaustedTimeBased,
        ),
        (
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            Reason::AccessTokenScopeInsufficient,
        ),
        ("RATE_LIMIT_EXCEEDED", Reason::RateLimitExceeded),
        ("SERVICE_DISABLED", Reason::ServiceDisabled),
    ] {
        let body = with_details("RESOURCE_EXHAUSTED", &json!([{"reason": name}]));
        let error = api_error(429, &body);
        assert_eq!(error.reason, Some(reason));
        assert_eq!(reason.to_string(), name);
        assert_eq!(
            error.to_string(),
            format!("the API responded with HTTP 429 RESOURCE_EXHAUSTED, {name}")
        );
    }
}

#[test]
fn every_canonical_status_is_known() {
    for name in [
        "ABORTED",
        "ALREADY_EXISTS",
        "CANCELLED",
        "DATA_LOSS",
        "DEADLINE_EXCEEDED",
        "FAILED_PRECONDITION",
        "INTERNAL",
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "OUT_OF_RANGE",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "UNAUTHENTICATED",
        "UNAVAILABLE",
        "UNIMPLEMENTED",
        "UNKNOWN",
    ] {
        let error = api_error(500, &json!({"error": {"status": name}}));
        assert_ne!(error.status, Status::Other);
        assert_eq!(error.status.to_string(), name);
        assert_eq!(
            error.to_string(),
            format!("the API responded with HTTP 500 {name}")
        );
    }
}

#[test]
fn a_status_or_reason_that_is_not_known_is_other_and_not_shown() {
    let body = with_details("A_NEW_STATUS", &json!([{"reason": "A_NEW_REASON"}]));
    let error = api_error(418, &body);
    assert_eq!(error.status, Status::Other);
    assert_eq!(error.reason, Some(Reason::Other));
    assert_eq!(
        error.to_string(),
        "the API responded with HTTP 418 of no known status, of no known reason"
    );
    assert_eq!(
        format!("{error:?}"),
        "ApiError { code: 418, status: Other, reason: Some(Other), .. }"
    );
}

#[test]
fn a_body_that_is_not_the_apis_leaves_the_http_status_code() {
    let long = format!(
        r#"{{"error": {{"status": "INTERNAL", "x": "{}"}}}}"#,
        "x".repeat(70_000)
    );
    let deep = "[".repeat(60_000);
    for body in [
        "",
        "<html>502</html>",
        "{}",
        "[]",
        "null",
        r#"{"error": "x"}"#,
        r#"{"error": []}"#,
        r#"{"error": {"status": 5, "details": {}}}"#,
        r#"{"error": {"status": null, "details": [null, 1, [], {"reason": 1, "metadata": []}]}}"#,
        "\u{0}",
        &long,
        &deep,
    ] {
        let error = read(&response(502, body));
        assert_eq!(
            (error.code, error.status, error.reason),
            (502, Status::Other, None)
        );
        assert_eq!(error.running_job(), None);
        assert!(error.previous_jobs().is_empty());
        assert_eq!((error.retry_at(), error.retry_after()), (None, None));
        assert_eq!(
            error.to_string(),
            "the API responded with HTTP 502 of no known status"
        );
    }
}

#[test]
fn of_several_details_the_known_reason_counts_and_all_metadata_is_read() {
    let details = json!([
        {"reason": "", "metadata": {"job_id": "1"}},
        {"reason": "QUOTA", "metadata": {"job_id": "2", "previous_job_ids": "3"}},
        {"reason": "ALREADY_EXISTS_TIME_BASED", "metadata": {"previous_job_ids": "4"}},
    ]);
    let error = api_error(409, &with_details("ALREADY_EXISTS", &details));
    assert_eq!(error.reason, Some(Reason::AlreadyExistsTimeBased));
    assert_eq!(error.running_job().map(JobId::as_str), Some("1"));
    assert_eq!(ids(error.previous_jobs()), ["3", "4"]);
}

#[test]
fn the_ids_of_jobs_are_found_under_the_documented_and_under_similar_keys() {
    for key in ["job_id", "jobId", "archive_job_id", "ARCHIVE_JOB_ID"] {
        let error = with_metadata(&json!({ key: "archiveJobs/1" }));
        assert_eq!(error.running_job().map(JobId::as_str), Some("1"), "{key}");
        assert!(error.previous_jobs().is_empty());
    }
    for (key, value) in [
        ("previous_job_ids", json!("1,2")),
        ("previous_job_ids", json!(" 1, ../3,, archiveJobs/2 ,")),
        ("previous_job_ids", json!(r#"["1", "2"]"#)),
        ("previousJobIds", json!(["1", "2", 3])),
        ("previous_archive_jobs", json!(["1,2"])),
    ] {
        let error = with_metadata(&json!({ key: value }));
        assert_eq!(ids(error.previous_jobs()), ["1", "2"], "{key}: {value}");
        assert_eq!(error.running_job(), None);
    }
    let many = (0..10_000).map(|id| id.to_string()).collect::<Vec<_>>();
    let error = with_metadata(&json!({"previous_job_ids": many.join(",")}));
    assert_eq!(error.previous_jobs().len(), 128);
}

#[test]
fn an_id_that_repeats_the_token_is_left_out() {
    let (begin, end) = TOKEN.split_at(40);
    for metadata in [
        json!({"job_id": TOKEN, "previous_job_ids": TOKEN}),
        json!({"job_id": TOKEN.to_uppercase(), "previous_job_ids": format!("{begin},{end}")}),
    ] {
        let error = with_metadata(&metadata);
        assert_eq!(error.running_job(), None);
        assert!(error.previous_jobs().is_empty());
    }
}

#[test]
fn the_time_to_wait_for_is_found_under_the_documented_and_under_other_keys() {
    let early = "2026-01-01T00:00:00Z";
    let late = "2026-01-02T00:00:00.000Z";
    let (early_seconds, late_seconds) = (1_767_225_600, 1_767_312_000);
    for (metadata, expected) in [
        (json!({}), None),
        (
            json!({"timestamp_after_24hrs": "soon", "x": "1767312000"}),
            None,
        ),
        (
            json!({"timestamp_after_24hrs": late}),
            Some(at(late_seconds)),
        ),
        (
            json!({"timestamp_after_24hrs": early, "a": late}),
            Some(at(early_seconds)),
        ),
        (
            json!({"a": early, "b": late, "c": "x"}),
            Some(at(late_seconds)),
        ),
        (json!({"b": late, "z": early}), Some(at(late_seconds))),
        (json!({"a": [early, late]}), Some(at(late_seconds))),
        (json!({"job_id": early, "previous_job_ids": late}), None),
    ] {
        assert_eq!(with_metadata(&metadata).retry_at(), expected, "{metadata}");
    }
}

#[test]
fn retry_after_is_seconds_of_at_most_a_day_or_a_date() {
    let day = Duration::from_secs(86_400);
    for (value, retry_after, retry_at) in [
        ("120", Some(Duration::from_secs(120)), None),
        (" 0 ", Some(Duration::ZERO), None),
        ("86401", Some(day), None),
        ("99999999999999999999999999", Some(day), None),
        (
            "Thu, 01 Jan 2026 00:00:00 GMT",
            None,
            Some(at(1_767_225_600)),
        ),
        ("", None, None),
        ("-1", None, None),
        ("+1", None, None),
        ("1.5", None, None),
        ("soon", None, None),
        ("é", None, None),
    ] {
        let response = Response::builder()
            .status(503)
            .header("retry-after", value)
            .body(b"{}".to_vec())
            .expect("a response");
        let error = read(&response);
        assert_eq!(error.retry_after(), retry_after, "{value}");
        assert_eq!(error.retry_at(), retry_at, "{value}");
    }
}

#[test]
fn a_time_in_the_metadata_comes_before_a_date_in_the_header() {
    let body = with_details(
        "RESOURCE_EXHAUSTED",
        &json!([{"metadata": {"timestamp_after_24hrs": "2026-01-02T00:00:00Z"}}]),
    );
    let response = Response::builder()
        .status(429)
        .header("retry-after", "Thu, 01 Jan 2026 00:00:00 GMT")
        .body(body.to_string().into_bytes())
        .expect("a response");
    assert_eq!(read(&response).retry_at(), Some(at(1_767_312_000)));
}

/// What every method says to a code that has no words of the method's own; `{}` is what it does.
const GENERAL: &[(u16, &str)] = &[
    (
        302,
        "the response to the request to {} is a redirect: check the base URL",
    ),
    (400, "the API refused to {}: check the request"),
    (
        401,
        "the access token is expired or revoked: refresh it, or ask the user again",
    ),
    (
        403,
        "the access token does not allow the app to {}: use the token that has the scopes, or ask the \
         user again",
    ),
    (
        404,
        "the API has no method to {} at this URL: check the base URL",
    ),
    (
        408,
        "the API refused to {} at this time: wait, then try again",
    ),
    (418, "the API refused to {}: check the request"),
    (
        429,
        "the API refused to {} at this time: wait, then try again",
    ),
    (500, "the API failed to {}: wait, then try again"),
    (503, "the API failed to {}: wait, then try again"),
];

const NO_JOB: &str = "there is no archive job with this id for this access token: \
                      use the token that started the job, or start a new export";

#[test]
fn each_method_has_its_words_for_each_http_status() {
    for (method, purpose, own) in [
        (ApiMethod::CheckAccessType, "check the access type", &[][..]),
        (ApiMethod::Cancel, "cancel the job", &[(404, NO_JOB)]),
        (
            ApiMethod::GetState,
            "return the state of the job",
            &[
                (
                    403,
                    "the access token does not cover the resources of the job: \
                     use the token that started the job",
                ),
                (404, NO_JOB),
            ],
        ),
        (ApiMethod::Retry, "retry the job", &[(404, NO_JOB)]),
        (
            ApiMethod::Reset,
            "reset the authorization",
            &[(
                401,
                "the access token is expired or revoked: refresh it, or let the user remove the \
                 app's access at https://myaccount.google.com/connections",
            )],
        ),
        (
            ApiMethod::Initiate,
            "start the export",
            &[
                (
                    403,
                    "the access token does not cover all of the resources: \
                     leave out those it lacks, or ask the user for them",
                ),
                (
                    409,
                    "a job is running or has run for a resource: go on with that job",
                ),
            ],
        ),
    ] {
        let call = call(method);
        for (code, text) in GENERAL {
            if own.iter().all(|(own, _)| own != code) {
                let text = text.replace("{}", purpose);
                assert_eq!(call.error(*code, "{}").to_string(), text, "{method} {code}");
            }
        }
        for (code, text) in own {
            assert_eq!(
                &call.error(*code, "{}").to_string(),
                text,
                "{method} {code}"
            );
        }
    }
}

#[test]
fn each_method_has_its_words_for_what_google_documents() {
    let text = |method, code, status, reason| {
        let body = with_details(status, &json!([{"reason": reason}]));
        call(method).error(code, &body.to_string()).to_string()
    };
    for (method, code, status, reason, expected) in [
        (
            ApiMethod::Retry,
            400,
            "FAILED_PRECONDITION",
            "",
            "only a failed job can be retried, and at most three times: check its state, or start a new \
             export",
        ),
        (
            ApiMethod::Cancel,
            400,
            "FAILED_PRECONDITION",
            "",
            "only a job that is in progress and has time-based access can be cancelled",
        ),
        (
            ApiMethod::Initiate,
            400,
            "FAILED_PRECONDITION",
            "",
            "a resource was exported within the last 24 hours: wait, then start the export again",
        ),
        (
            ApiMethod::Initiate,
            429,
            "RESOURCE_EXHAUSTED",
            "RESOURCE_EXHAUSTED_TIME_BASED",
            "a resource was exported within the last 24 hours: wait, then start the export again",
        ),
        (
            ApiMethod::Initiate,
            429,
            "RESOURCE_EXHAUSTED",
            "RESOURCE_EXHAUSTED_ONE_TIME",
            "the one export of a one-time access is used up: download the archive of the previous \
             job, or reset the authorization and ask the user again",
        ),
        (
            ApiMethod::Initiate,
            409,
            "ALREADY_EXISTS",
            "ALREADY_EXISTS_TIME_BASED",
            "a job is running for a resource: go on with that job",
        ),
        (
            ApiMethod::Initiate,
            409,
            "ALREADY_EXISTS",
            "ALREADY_EXISTS_ONE_TIME",
            "a job with one-time access is running or has run for a resource: \
             go on with that job, or reset the authorization and ask the user again",
        ),
        (
            ApiMethod::Initiate,
            400,
            "INVALID_ARGUMENT",
            "",
            "the API did not accept the resources or the time range: \
             check that it lists the resources, and that they take a time range",
        ),
    ] {
        assert_eq!(text(method, code, status, reason), expected);
    }
    for method in ApiMethod::all() {
        assert_eq!(
            text(method, 403, "PERMISSION_DENIED", "SERVICE_DISABLED"),
            "the Data Portability API is not enabled in the Google Cloud project of the app: \
             enable it"
        );
    }
}

#[test]
fn the_cause_is_in_the_source_and_the_text_does_not_repeat_it() {
    for call in calls() {
        for code in [302, 400, 401, 403, 404, 409, 429, 500, 503] {
            let error = call.error(code, "{}");
            let cause = refusal(&*error);
            assert_eq!(cause.code, code);
            assert!(cause.source().is_none());
            assert!(!error.to_string().contains(&code.to_string()));
        }
        assert!(call.error(200, "").source().is_none());
    }
}

#[test]
fn the_refusal_is_at_hand_for_every_method() {
    let refused = |error: Box<dyn Error>| {
        let error = &*error;
        error
            .downcast_ref::<InitiateError>()
            .map(InitiateError::api_error)
            .or_else(|| error.downcast_ref().map(ArchiveStateError::api_error))
            .or_else(|| error.downcast_ref().map(RetryError::api_error))
            .or_else(|| error.downcast_ref().map(CancelError::api_error))
            .or_else(|| error.downcast_ref().map(ResetError::api_error))
            .or_else(|| error.downcast_ref().map(CheckAccessTypeError::api_error))
            .expect("an error of a method")
            .map(|error| error.code)
    };
    for call in calls() {
        assert_eq!(refused(call.error(403, "")), Some(403));
        assert_eq!(refused(call.error(200, "")), None);
    }
}
