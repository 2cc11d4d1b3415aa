//! What Google's refusals do: of the token, of the project, and for now.

use std::time::SystemTime;

use dataportability_scopes::api::export::{GiveUpReason, Progress, Step, Wait};
use dataportability_scopes::api::{ApiMethod, JobId};
use dataportability_scopes::http::Response;
use serde_json::json;

use crate::google::{DAY, HOUR, error, response};
use crate::person::{Person, denied, id, limited, listed, stamp, start, started, state};

type Answer = Response<Vec<u8>>;

/// The answer, with a header `Retry-After`.
fn with_retry_after(text: &str, mut answer: Answer) -> Answer {
    answer.headers_mut().insert("retry-after", text.parse().unwrap());
    answer
}

#[test]
fn a_project_that_is_not_ready_is_the_operators_to_mend() {
    for reason in ["SERVICE_DISABLED", "BILLING_DISABLED", "RESOURCE_QUOTA_EXCEEDED", "SOMETHING"] {
        let mut person = Person::new(listed(0));
        let mut last = None::<SystemTime>;
        for _ in 0..20 {
            person.expect(ApiMethod::Initiate, denied(Some(reason)));
            assert!(last.is_none_or(|last| person.now >= last + HOUR), "{reason}");
            last = Some(person.now);
            let Step::WaitUntil(until, Wait::ProjectNotReady) = person.poll() else {
                panic!("{reason}");
            };
            assert!(until > person.now && until < person.now + 5 * HOUR);
            let export = person.export();
            assert_eq!(export.waits_until(), Some((until, Wait::ProjectNotReady)));
        }
        person.expect(ApiMethod::Initiate, started(1));
        assert_eq!(person.progress(), [Progress::InProgress]);
    }
}

#[test]
fn a_time_in_the_past_is_no_permission_to_hammer() {
    let mut person = Person::new(listed(0));
    let metadata = json!({
        "previous_job_ids": "2f0a11aa,bc2f57eb",
        "timestamp_after_24hrs": stamp(start() - DAY),
    });
    let mut calls = 0;
    while let Step::Send(call) = person.next() {
        calls += 1;
        person.answer(&call, limited(metadata.clone()));
    }
    assert!(calls <= 7 * 24, "{calls} calls in a week");
    let export = person.export();
    assert_eq!(export.given_up(), Some(GiveUpReason::NotStarted));
    let named: Vec<&str> = export.named_jobs().iter().map(JobId::as_str).collect();
    assert_eq!(named, ["2f0a11aa", "bc2f57eb"]);

    let job: JobId = "bc2f57eb".parse().unwrap();
    assert!(person.exports.take_over(listed(0), job.clone(), person.now));
    let archive = person.archive();
    assert_eq!(archive.job, job);
}

#[test]
fn waiting_for_a_time_that_google_names_uses_up_no_patience() {
    let names = |now| limited(json!({ "timestamp_after_24hrs": stamp(now + 23 * HOUR) }));
    let busy = |_| with_retry_after("82800", response(503, b"<html>no</html>".to_vec()));
    let answers: [(&dyn Fn(SystemTime) -> Answer, _); 2] =
        [(&names, Wait::TooEarly), (&busy, Wait::BackingOff)];
    for (answer, why) in answers {
        let to_start = Person::new(listed(0));
        let mut to_retry = Person::begun(listed(0));
        to_retry.expect(ApiMethod::GetState, state("FAILED", start()));
        for (mut person, method) in [(to_start, ApiMethod::Initiate), (to_retry, ApiMethod::Retry)]
        {
            for _ in 0..30 {
                let call = person.call();
                person.answer(&call, answer(person.now));
                let Step::WaitUntil(until, reason) = person.poll() else { panic!() };
                assert!(until >= person.now + 23 * HOUR && reason == why, "{reason:?}");
                assert_eq!(person.export().waits_until(), Some((until, why)));
            }
            assert_eq!(person.export().given_up(), None, "{method}");
        }
    }
}

#[test]
fn retry_after_holds_for_all_calls_of_the_person_whoever_writes_it() {
    let html = |code| response(code, b"<html>no</html>".to_vec());
    let quota = json!([{ "reason": "RATE_LIMIT_EXCEEDED" }]);
    let named = json!([{ "metadata": { "job_id": id(7).as_str() } }]);
    for answer in [
        html(503),
        html(429),
        html(404),
        error(503, "UNAVAILABLE", "…", json!([])),
        error(403, "PERMISSION_DENIED", "…", quota.clone()),
        error(429, "RESOURCE_EXHAUSTED", "…", quota),
        error(409, "ALREADY_EXISTS", "…", named),
        limited(json!({ "previous_job_ids": id(8).as_str() })),
    ] {
        for text in ["7200", "Fri, 15 Jan 2027 10:00:10 GMT"] {
            let mut person = Person::begun([listed(0), listed(1)]);
            let call = person.call();
            let asked = person.now;
            person.answer(&call, with_retry_after(text, answer.clone()));
            person.call();
            assert!(person.now >= asked + 2 * HOUR, "{text} {answer:?}");
        }
    }
}

#[test]
fn only_what_the_api_says_in_its_form_ends_an_export() {
    for status in [400, 404, 405, 409, 413, 421, 425, 499, 500, 502] {
        let html = || response(status, b"<html>no</html>".to_vec());
        let mut person = Person::new(listed(0));
        person.expect(ApiMethod::Initiate, html());
        person.expect(ApiMethod::Initiate, started(1));
        person.expect(ApiMethod::GetState, html());
        person.expect(ApiMethod::GetState, error(409, "ABORTED", "…", json!([])));
        assert_eq!(person.progress(), [Progress::InProgress], "{status}");
        person.expect(ApiMethod::GetState, error(404, "NOT_FOUND", "…", json!([])));
        assert_eq!(person.progress(), [Progress::GivenUp], "{status}");
    }
}
