//! An error body of the API is understood, and what is not known of it is kept.
#![cfg(feature = "serde")]

use dataportability_scopes::api::{ApiError, Reason, Status};

fn body(status: &str, reason: &str) -> Vec<u8> {
    format!(
        r#"{{"error": {{"code": 429, "message": "Wait.", "status": "{status}", "details": [
            {{"@type": "type.googleapis.com/google.rpc.Help", "links": []}},
            {{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "{reason}", "domain": "x",
              "metadata": {{"previous_job_ids": "1, 2,../3", "other": "kept"}}}}
        ]}}}}"#
    )
    .into_bytes()
}

#[test]
fn every_documented_reason_is_typed() {
    for (name, reason, too_soon) in [
        (
            "RESOURCE_EXHAUSTED_ONE_TIME",
            Reason::ResourceExhaustedOneTime,
            false,
        ),
        (
            "RESOURCE_EXHAUSTED_TIME_BASED",
            Reason::ResourceExhaustedTimeBased,
            true,
        ),
        (
            "ALREADY_EXISTS_ONE_TIME",
            Reason::AlreadyExistsOneTime,
            false,
        ),
        (
            "ALREADY_EXISTS_TIME_BASED",
            Reason::AlreadyExistsTimeBased,
            false,
        ),
        (
            "SOMETHING_NEW",
            Reason::Other("SOMETHING_NEW".into()),
            false,
        ),
    ] {
        let error = ApiError::read(429, &body("RESOURCE_EXHAUSTED", name));
        assert_eq!(error.reason.as_ref(), Some(&reason));
        assert_eq!(reason.to_string(), name);
        assert_eq!(error.status, Status::ResourceExhausted);
        assert_eq!(error.is_too_soon(), too_soon);
        assert_eq!(error.metadata["other"], "kept");
        let jobs: Vec<String> = error.previous_jobs().map(|job| job.to_string()).collect();
        assert_eq!(jobs, ["archiveJobs/1", "archiveJobs/2"]);
        assert_eq!(
            error.to_string(),
            format!("the API answered 429 RESOURCE_EXHAUSTED ({name}): Wait.")
        );
    }
}

#[test]
fn a_failed_precondition_is_too_soon_as_well() {
    let error = ApiError::read(400, &body("FAILED_PRECONDITION", "X"));
    assert!(error.is_too_soon());
    let error = ApiError::read(403, br#"{"error": {"status": "PERMISSION_DENIED"}}"#);
    assert!(!error.is_too_soon());
    assert_eq!(
        error.to_string(),
        "the API answered 403 PERMISSION_DENIED: "
    );
}

#[test]
fn every_status_is_printed_and_parsed_by_its_canonical_name() {
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
        let status = ApiError::read(500, &body(name, "X")).status;
        assert!(!matches!(status, Status::Other(_)), "{name}");
        assert_eq!(status.to_string(), name);
    }
    let status = ApiError::read(500, &body("A_NEW_STATUS", "X")).status;
    assert_eq!(status, Status::Other("A_NEW_STATUS".into()));
    assert_eq!(status.to_string(), "A_NEW_STATUS");
}

#[test]
fn a_body_that_is_not_the_apis_is_kept_as_the_message() {
    for text in [
        "",
        "<html>502</html>",
        "{}",
        r#"{"error": "x"}"#,
        "[",
        "\u{0}",
    ] {
        let error = ApiError::read(502, text.as_bytes());
        assert_eq!(
            error.to_string(),
            format!(
                "the API answered 502 UNKNOWN: {}",
                text.replace('\0', "\u{FFFD}")
            )
        );
        assert_eq!(error.reason, None);
    }
    assert!(ApiError::read(502, &vec![0xFF; 5_000_000]).message.len() < 1_000);
}

#[test]
fn of_several_details_the_known_reason_counts_and_all_metadata_is_kept() {
    let body = br#"{"error": {"message": null, "status": "RESOURCE_EXHAUSTED", "details": [
        {"reason": "QUOTA", "metadata": {"quota": "7"}},
        {"reason": "RESOURCE_EXHAUSTED_TIME_BASED", "metadata": {"previous_job_ids": ["1", "2"], "n": 3}}
    ]}}"#;
    let error = ApiError::read(429, body);
    assert!(error.is_too_soon());
    assert_eq!(error.metadata["quota"], "7");
    assert_eq!(error.metadata["n"], "3");
    let jobs: Vec<String> = error.previous_jobs().map(|job| job.to_string()).collect();
    assert_eq!(jobs, ["archiveJobs/1", "archiveJobs/2"]);

    let error = ApiError::read(
        400,
        br#"{"error": {"status": "FAILED_PRECONDITION", "details": null}}"#,
    );
    assert!(error.is_too_soon());
}

#[test]
fn what_the_server_says_is_cut_and_has_no_control_characters() {
    let long = "x".repeat(1_000_000);
    for (status, message) in [
        ("X", long.as_str()),
        (long.as_str(), "x"),
        ("X", "a\\nb\\u001b[31m"),
    ] {
        let body = format!(r#"{{"error": {{"status": "{status}", "message": "{message}"}}}}"#);
        let text = ApiError::read(500, body.as_bytes()).to_string();
        assert!(
            text.len() < 1_000 && !text.contains(char::is_control),
            "{text:?}"
        );
    }
}
