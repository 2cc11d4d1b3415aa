//! What an export makes of a refusal, a lost call, and a late response.

use std::time::{Duration, SystemTime};

use dataportability_scopes::api::export::{ConsentReason, Export, GiveUpReason, Progress, Step};
use dataportability_scopes::api::{AccessType, ApiMethod};
use dataportability_scopes::http::Response;
use dataportability_scopes::http_call::{HttpCall, SendError};

use crate::export::{
    STARTED, STARTED_ONE_TIME, calls, error, export, grant, respond, response, stored, waits_until,
};
use crate::export_world::{CallResult, DAY, HOUR, MINUTE, NO_RESPONSE, start};

const FAILED: &str = r#"{"state": "FAILED"}"#;
const RUNNING: &str = r#"{"state": "IN_PROGRESS"}"#;
/// The job of `STARTED`, and those of retries.
const FIRST: &str = "3f1c6f2e";
const SECOND: &str = "7d2a";
const THIRD: &str = "9b04";

fn job(export: &Export) -> &str {
    export.job().unwrap().as_str()
}

/// An export whose job has failed, with the access of the response to the start.
fn failed(started: &str) -> (Export, SystemTime) {
    let mut export = export();
    respond(&mut export, 200, started, start());
    let now = fail(&mut export, start());
    (export, now)
}

/// Waits for the state of the job, which is failed.
fn fail(export: &mut Export, now: SystemTime) -> SystemTime {
    let now = waits_until(export, now);
    respond(export, 200, FAILED, now);
    calls(export, ApiMethod::Retry, now);
    now
}

fn retried(id: &str) -> String {
    format!(r#"{{"archiveJobId": "{id}"}}"#)
}

fn lose(export: &mut Export, now: SystemTime) -> SystemTime {
    let call = export.begin(&grant(), now).unwrap();
    export.record(&call, &Err(SendError::Http(NO_RESPONSE)), now);
    waits_until(export, now)
}

/// The refusal of a job, because this one is running.
fn running(id: &str) -> String {
    let metadata = format!(r#"{{"job_id": "{id}"}}"#);
    error(
        409,
        "ALREADY_EXISTS",
        "ALREADY_EXISTS_TIME_BASED",
        &metadata,
    )
}

/// The refusal of a job, because these have run.
fn have_run(ids: &str) -> String {
    error(
        429,
        "RESOURCE_EXHAUSTED",
        "RESOURCE_EXHAUSTED_TIME_BASED",
        &format!(r#"{{"previous_job_ids": "{ids}"}}"#),
    )
}

#[test]
fn a_refusal_to_start_tells_the_access_type() {
    for (reason, access_type) in [
        ("ALREADY_EXISTS_ONE_TIME", AccessType::OneTime),
        ("RESOURCE_EXHAUSTED_ONE_TIME", AccessType::OneTime),
        ("ALREADY_EXISTS_TIME_BASED", AccessType::TimeBased),
        ("RESOURCE_EXHAUSTED_TIME_BASED", AccessType::TimeBased),
    ] {
        let mut export = export();
        respond(&mut export, 429, &error(429, "", reason, "{}"), start());
        assert_eq!(export.access_type(), Some(&access_type), "{reason}");
    }
}

#[test]
fn a_server_that_failed_may_have_started_a_job() {
    for code in [408, 500, 502, 503, 599] {
        let mut export = export();
        respond(&mut export, code, "", start());
        let now = waits_until(&export, start());
        calls(&export, ApiMethod::Initiate, now);
        respond(&mut export, 429, &have_run(FIRST), now);
        assert_eq!(job(&export), FIRST, "{code}");

        let (mut export, now) = failed(STARTED);
        respond(&mut export, code, "", now);
        calls(&export, ApiMethod::Initiate, waits_until(&export, now));
    }
    for code in [400, 404, 499] {
        let mut export = export();
        respond(&mut export, code, "", start());
        let step = export.next(&grant(), start());
        assert!(matches!(step, Step::GivenUp(GiveUpReason::Refused)));
    }
}

#[test]
fn a_lost_retry_did_not_happen_if_google_names_only_known_jobs() {
    let (mut export, now) = failed(STARTED);
    respond(&mut export, 200, &retried(SECOND), now);
    let now = fail(&mut export, now);
    respond(&mut export, 200, &retried(THIRD), now);
    let now = fail(&mut export, now);
    let now = lose(&mut export, now);
    let both = format!("{FIRST},{SECOND}");
    for answer in [
        running(FIRST),
        running(SECOND),
        running(THIRD),
        have_run(FIRST),
        have_run(&both),
    ] {
        let mut export = stored(&export);
        let call = export.begin(&grant(), now).unwrap();
        assert_eq!(call.method(), ApiMethod::Initiate);
        export.record(&call, &response(&call, 409, &answer), now);
        // It was the third retry, which counts since it may have been sent.
        let step = export.next(&grant(), now);
        assert!(
            matches!(step, Step::GivenUp(GiveUpReason::RetriesUsedUp)),
            "{answer}: {step:?}"
        );
        assert_eq!(job(&export), THIRD, "{answer}");
    }
    for answer in [running("new"), have_run("new"), have_run(&(both + ",new"))] {
        let mut export = stored(&export);
        respond(&mut export, 409, &answer, now);
        assert_eq!(job(&export), "new", "{answer}");
        assert_eq!(export.progress(now), Progress::InProgress);
    }
}

#[test]
fn a_retry_that_is_refused_because_of_a_new_job_continues_with_that_job() {
    let (mut export, now) = failed(STARTED);
    respond(&mut export, 409, &running(SECOND), now);
    assert_eq!(job(&export), SECOND);
    assert_eq!(export.progress(now), Progress::InProgress);

    let (mut export, now) = failed(STARTED);
    respond(&mut export, 409, &running(FIRST), now);
    assert_eq!(job(&export), FIRST);
    assert_eq!(export.progress(now), Progress::Failed);
    assert_eq!(export.retries(), Export::MAX_RETRIES);
}

#[test]
fn a_retry_that_is_refused_for_the_rate_of_requests_does_not_count() {
    let rate = error(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", "{}");
    for (retry_after, body, retries) in [
        (None, "", 1),
        (None, rate.as_str(), 0),
        (Some("60"), "", 0),
        (Some("60"), rate.as_str(), 0),
    ] {
        let (mut export, now) = failed(STARTED);
        let call = export.begin(&grant(), now).unwrap();
        let mut refusal = Response::builder().status(429);
        if let Some(seconds) = retry_after {
            refusal = refusal.header("retry-after", seconds);
        }
        let refusal = refusal.body(body.as_bytes().to_vec()).unwrap();
        let result: CallResult = call
            .with_token("ya29")
            .read_response(&refusal)
            .map_err(SendError::Response);
        export.record(&call, &result, now);
        assert_eq!(export.retries(), retries, "{retry_after:?} {body}");
        calls(&export, ApiMethod::Retry, waits_until(&export, now));
    }
}

#[test]
fn a_refused_question_for_the_state_is_asked_again_if_it_can_help() {
    let precondition = error(400, "FAILED_PRECONDITION", "", "{}");
    for (started, code, body, expected) in [
        (STARTED, 429, "", None),
        (STARTED, 400, precondition.as_str(), None),
        (STARTED, 400, "", Some(GiveUpReason::Refused)),
        (STARTED, 404, "", Some(GiveUpReason::JobNotFound)),
    ] {
        let mut export = export();
        respond(&mut export, 200, started, start());
        let now = waits_until(&export, start());
        respond(&mut export, code, body, now);
        match (expected, export.next(&grant(), now)) {
            (None, Step::WaitUntil(time)) => calls(&export, ApiMethod::GetState, time),
            (Some(expected), Step::GivenUp(reason)) => assert_eq!(reason, expected),
            (_, step) => panic!("{code} {body}: {step:?}"),
        }
    }
}

#[test]
fn a_job_with_one_time_access_that_is_gone_needs_a_reset() {
    let mut export = export();
    respond(&mut export, 200, STARTED_ONE_TIME, start());
    let now = waits_until(&export, start());
    respond(&mut export, 404, "", now);
    let Step::RequestConsent(reason) = export.next(&grant(), now) else {
        panic!("it goes on");
    };
    assert_eq!(reason, ConsentReason::OneTimeAccessUsedUp);
    assert_eq!(
        export.again(5, now).unwrap_err().to_string(),
        "one-time access allows one export: reset the authorization, ask the user for consent \
         again, and make a new export"
    );
}

#[test]
fn a_token_that_is_refused_within_half_an_hour_of_its_replacement_needs_consent() {
    for (age, needs_consent) in [
        (Duration::ZERO, true),
        (Duration::from_secs(30 * 60 - 1), true),
        (HOUR / 2, false),
        (DAY, false),
    ] {
        let mut export = export();
        export.token_replaced(start());
        respond(&mut export, 401, "", start() + age);
        match export.next(&grant(), start() + age) {
            Step::RequestConsent(ConsentReason::AccessEnded) => assert!(needs_consent, "{age:?}"),
            Step::RefreshToken => assert!(!needs_consent, "{age:?}"),
            step => panic!("{step:?}"),
        }
    }
}

#[test]
fn a_late_response_leaves_the_call_in_flight_as_it_is() {
    let mut export = export();
    let first = export.begin(&grant(), start()).unwrap();
    let now = start() + HOUR;
    let second = export.begin(&grant(), now).unwrap();
    export.record(&first, &response(&first, 200, STARTED), now);
    assert_eq!(job(&export), FIRST);
    assert_eq!(waits_until(&export, now), now + Export::CALL_TIMEOUT);

    let refused = response(&second, 429, "");
    export.record(&second, &refused, now);
    let once = serde_json::to_value(&export).unwrap();
    export.record(&second, &refused, now);
    assert_eq!(serde_json::to_value(&export).unwrap(), once);
}

#[test]
fn a_late_response_to_a_retry_names_its_job() {
    let (mut export, now) = failed(STARTED);
    let retry = export.begin(&grant(), now).unwrap();
    let now = now + HOUR;
    export.begin(&grant(), now).unwrap();
    export.record(&retry, &response(&retry, 200, &retried(SECOND)), now);
    assert_eq!(job(&export), SECOND);
    assert_eq!(export.progress(now), Progress::InProgress);
}

#[test]
fn a_late_response_that_names_a_known_job_or_comes_while_one_runs_changes_nothing() {
    let mut export = export();
    let late = export.begin(&grant(), start()).unwrap();
    let first = response(&late, 200, STARTED);
    export.record(&late, &first, start());
    let other = response(&late, 200, &retried("other"));
    let unchanged = |export: &mut Export, result: &CallResult, now| {
        let before = serde_json::to_value(&*export).unwrap();
        export.record(&late, result, now);
        assert_eq!(serde_json::to_value(&*export).unwrap(), before);
    };
    unchanged(&mut export, &other, start());
    let now = fail(&mut export, start());
    unchanged(&mut export, &first, now);
    respond(&mut export, 200, &retried(SECOND), now);
    let now = fail(&mut export, now);
    unchanged(&mut export, &first, now);
}

#[test]
fn a_job_that_has_been_cancelled_is_over_at_once() {
    let mut export = export();
    respond(&mut export, 200, STARTED, start());
    export.begin(&grant(), start() + HOUR).unwrap();
    export.cancelled();
    let step = export.next(&grant(), start() + HOUR);
    assert!(matches!(step, Step::GivenUp(GiveUpReason::Cancelled)));
    assert_eq!(export.next_at(&grant(), start() + HOUR), None);
    // What is over stays over.
    let (mut export, now) = failed(STARTED);
    export.cancelled();
    calls(&export, ApiMethod::Retry, now);
}

#[test]
fn what_was_given_up_or_cancelled_can_be_exported_again() {
    let mut export = export();
    respond(&mut export, 200, STARTED, start());
    assert!(export.again(5, start()).is_err());
    let now = waits_until(&export, start());
    respond(&mut export, 200, r#"{"state": "CANCELLED"}"#, now);
    assert_eq!(export.started_at(), Some(start()));
    let next = export.again(5, now).unwrap();
    assert_eq!(waits_until(&next, now), start() + DAY + 5 * MINUTE);
    assert_eq!(
        next.next_at(&grant(), now),
        Some(start() + DAY + 5 * MINUTE)
    );
    let running = export.again(5, now).and_then(|mut next| {
        let now = start() + 2 * DAY;
        respond(&mut next, 200, STARTED, now);
        let now = waits_until(&next, now);
        respond(&mut next, 200, RUNNING, now);
        next.again(6, now)
    });
    assert_eq!(
        running.unwrap_err().to_string(),
        "the export has not ended: continue until it is downloaded or given up"
    );
}
