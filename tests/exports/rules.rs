//! Each rule by itself, with answers as people met them.

use std::time::{Duration, SystemTime};

use dataportability_scopes::api::export::{
    ConsentReason, Exports, GiveUpReason, Progress, Step, Wait,
};
use dataportability_scopes::api::{ApiMethod, JobId};
use dataportability_scopes::call::{HttpCall, send};
use dataportability_scopes::catalogue::{Resource, Scopes};
use dataportability_scopes::http::Response;
use serde_json::{Value, json};

use crate::google::{DAY, HOUR, MINUTE, error, response};
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
fn a_project_that_is_never_ready_is_given_up_after_thirty_days() {
    let mut person = Person::new([listed(0), listed(1)]);
    while let Step::Send(call) = person.next() {
        let no = denied(Some("SERVICE_DISABLED"));
        person.answer(&call, no);
    }
    assert!(person.now > start() + 30 * DAY && person.now < start() + 31 * DAY);
    let reasons = person.exports.iter().map(|export| export.given_up());
    assert!(reasons.eq([Some(GiveUpReason::ProjectNotReady); 2]));
    // One late answer, of a worker that was off or whose clock was wrong, ends nothing.
    let mut person = Person::new(listed(0));
    person.expect(ApiMethod::Initiate, denied(Some("SERVICE_DISABLED")));
    person.now += 31 * DAY;
    person.expect(ApiMethod::Initiate, denied(Some("SERVICE_DISABLED")));
    person.expect(ApiMethod::Initiate, started(1));
}

#[test]
fn a_403_without_a_reason_is_about_the_token() {
    let mut person = Person::new(listed(0));
    person.expect(ApiMethod::Initiate, denied(None));
    let Step::RequestConsent(why) = person.poll() else { panic!() };
    assert_eq!(why, ConsentReason::PermissionDenied(listed(0).into()));
    person.exports.consented(person.now);
    person.expect(ApiMethod::Initiate, started(1));
    // Of several in one job, it does not say which.
    let mut person = Person::new([listed(0), listed(1)]);
    person.exports = person.exports.clone().in_one_job();
    person.expect(ApiMethod::Initiate, denied(None));
    person.expect(ApiMethod::Initiate, started(1));
    person.expect(ApiMethod::Initiate, denied(None));
    person.download();
    let Step::RequestConsent(why) = person.next() else { panic!() };
    assert_eq!(why, ConsentReason::PermissionDenied(listed(1).into()));
}

#[test]
fn consent_is_asked_only_if_no_export_can_go_on_without() {
    let mut person = Person::new([listed(0), listed(1)]);
    person.expect(ApiMethod::Initiate, denied(None));
    person.expect(ApiMethod::Initiate, started(1));
    person.download();
    assert!(matches!(person.next(), Step::RequestConsent(ConsentReason::PermissionDenied(_))));
}

#[test]
fn a_403_of_the_token_before_is_no_reason_to_ask() {
    let mut person = Person::new(listed(0));
    let call = person.call();
    person.exports.consented(person.now);
    person.answer(&call, denied(None));
    person.expect(ApiMethod::Initiate, started(1));
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
fn the_most_recent_of_the_previous_jobs_is_the_last() {
    let mut person = Person::new(listed(0));
    let metadata = json!({ "previous_job_ids": "old-job,".repeat(200) + "new-job" });
    let details = json!([{ "reason": "RESOURCE_EXHAUSTED_ONE_TIME", "metadata": metadata }]);
    person.expect(ApiMethod::Initiate, error(429, "RESOURCE_EXHAUSTED", "…", details));
    assert_eq!(person.job(), Some("new-job".parse().unwrap()));
    person.expect(ApiMethod::GetState, state("COMPLETE", start() - DAY));
    assert!(matches!(person.next(), Step::Download(_)));
}

#[test]
fn a_job_that_google_names_is_the_exports_own_only_if_it_says_so() {
    for key in ["job_id", "last_job_id", "JOB_ID_V2", "previous_job_ids"] {
        let mut person = Person::new(listed(0));
        let call = person.expect(ApiMethod::Initiate, limited(json!({ key: id(7).as_str() })));
        assert_eq!((person.job(), call.method()), (None, ApiMethod::Initiate), "{key}");
    }
    // Nor is it another export's, whatever Google and the caller say.
    let mut person = Person::begun([listed(0), listed(1)]);
    person.expect(ApiMethod::Initiate, started(1));
    let jobs: Vec<_> = person.exports.iter().map(|export| export.job().cloned()).collect();
    assert_eq!(jobs, [Some(id(1)), None]);
    assert!(!person.exports.take_over(listed(1), id(1), person.now));
}

#[test]
fn a_job_that_is_taken_over_gets_no_other_start_no_sooner_question_and_no_fourth_retry() {
    let mut person = Person::new(listed(0));
    let call = person.call();
    assert!(!person.exports.take_over(listed(0), id(7), person.now));
    person.answer(&call, started(1));
    for number in 2..=4 {
        person.expect(ApiMethod::GetState, state("FAILED", start()));
        person.expect(ApiMethod::Retry, started(number));
    }
    person.expect(ApiMethod::GetState, state("FAILED", start()));
    assert!(person.exports.take_over(listed(0), id(4), person.now));
    let taken = person.now;
    person.expect(ApiMethod::GetState, state("FAILED", start()));
    assert!(person.now >= taken + 5 * MINUTE);
    assert_eq!(person.export().given_up(), Some(GiveUpReason::RetriesUsedUp));
}

#[test]
fn a_job_that_another_export_has_started_is_not_adopted() {
    let mut person = Person::begun([listed(0), listed(1)]);
    let until = start() + DAY;
    let metadata = json!({
        "previous_job_ids": id(1).as_str(),
        "timestamp_after_24hrs": stamp(until),
    });
    let second = person.call();
    person.answer(&second, limited(metadata));
    let jobs = person.exports.iter().map(|export| export.job().is_some());
    assert_eq!(jobs.filter(|has_job| *has_job).count(), 1);
}

#[test]
fn a_client_that_is_limited_to_one_job_a_day_exports_the_rest_in_one() {
    let twelve: Vec<Resource> =
        Resource::all().filter(|resource| resource.scope().is_listed()).take(12).collect();
    let mut person = Person::new(twelve.iter().copied().collect::<Scopes>());
    let mut last_start = None::<SystemTime>;
    let mut jobs = Vec::new();
    loop {
        match person.next() {
            Step::Send(call) if call.method() == ApiMethod::Initiate => {
                let free_at = last_start.map(|last| last + DAY);
                if free_at.is_none_or(|at| person.now >= at) {
                    last_start = Some(person.now);
                    jobs.push(call.resources().clone());
                    person.answer(&call, started(u32::try_from(jobs.len()).unwrap()));
                } else {
                    let ids = (1..=jobs.len()).map(|it| id(u32::try_from(it).unwrap()).to_string());
                    let metadata = json!({
                        "previous_job_ids": ids.collect::<Vec<_>>().join(","),
                        "timestamp_after_24hrs": stamp(free_at.unwrap()),
                    });
                    let no = limited(metadata);
                    person.answer(&call, no);
                }
            }
            Step::Send(call) => {
                let exported = last_start.unwrap();
                person.answer(&call, state("COMPLETE", exported));
            }
            Step::Download(archive) => {
                assert!(jobs.contains(&archive.resources));
                person.exports.downloaded(&archive.job, person.now);
            }
            Step::Done => break,
            step => panic!("{step:?}"),
        }
    }
    let exported: usize = jobs.iter().map(Scopes::len).sum();
    assert_eq!((jobs.len(), exported), (2, 12));
    assert!(person.now < start() + 3 * DAY);
}

#[test]
fn all_groups_can_go_into_one_job() {
    let mut person = Person::new([listed(0), listed(1), listed(2)]);
    person.exports = person.exports.clone().in_one_job();
    let call = person.expect(ApiMethod::Initiate, started(1));
    assert_eq!(call.resources().len(), 3);
    let archive = person.archive();
    assert_eq!(archive.resources.len(), 3);
    assert!(person.now < start() + DAY);
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
fn what_has_ended_stays_ended() {
    for name in ["FAILED", "IN_PROGRESS", "COMPLETE", "CANCELLED", "PAUSED"] {
        let mut person = Person::begun(listed(0));
        let archive = person.archive();
        // The links expire, and their state is requested again while somebody still downloads.
        person.now += 7 * HOUR;
        let call = person.call();
        person.exports.begin_download(&archive.job, person.now + HOUR);
        person.exports.downloaded(&archive.job, person.now);
        person.answer(&call, state(name, start()));
        assert_eq!(person.progress(), [Progress::Downloaded], "{name}");
        assert!(matches!(person.poll(), Step::Done));
    }
    // A start that counted as lost is answered after the end.
    let mut person = Person::new(listed(0));
    let lost = person.call();
    person.lose(&lost);
    person.expect(ApiMethod::Initiate, started(1));
    person.download();
    person.answer(&lost, started(2));
    assert_eq!(person.progress(), [Progress::Downloaded]);
}

#[test]
fn a_refresh_that_fails_for_good_leads_to_a_consent() {
    let mut person = Person::new(listed(0));
    person.expect(ApiMethod::Initiate, error(401, "UNAUTHENTICATED", "…", json!([])));
    assert!(matches!(person.next(), Step::Refresh));
    let busy = send(&person.call_for_error(), |_| Err("the network is down"));
    person.exports.record_refresh(&busy, person.now);
    assert!(matches!(person.poll(), Step::WaitUntil(..)));
    assert!(matches!(person.next(), Step::Refresh));
    person.exports.record_refresh(&Ok(()), person.now);
    person.expect(ApiMethod::Initiate, started(1));
}

#[test]
fn tokens_that_google_refuses_again_and_again_have_ended() {
    let mut person = Person::new(listed(0));
    let mut refreshes = 0;
    loop {
        match person.next() {
            Step::Send(call) => {
                person.answer(&call, error(401, "UNAUTHENTICATED", "…", json!([])));
            }
            Step::Refresh => {
                refreshes += 1;
                person.exports.record_refresh(&Ok(()), person.now);
            }
            Step::RequestConsent(ConsentReason::AccessEnded) => break,
            step => panic!("{step:?}"),
        }
    }
    assert_eq!(refreshes, 2);
    // Not so if it takes them in between, and refuses something else.
    for other in [denied(Some("SERVICE_DISABLED")), error(409, "ABORTED", "…", json!([]))] {
        let mut person = Person::new(listed(0));
        for _ in 0..4 {
            person.expect(ApiMethod::Initiate, error(401, "UNAUTHENTICATED", "…", json!([])));
            assert!(matches!(person.next(), Step::Refresh));
            person.exports.record_refresh(&Ok(()), person.now);
            person.expect(ApiMethod::Initiate, other.clone());
        }
    }
}

#[test]
fn links_are_offered_while_a_refresh_fails() {
    let mut person = Person::begun([listed(0), listed(1)]);
    person.expect(ApiMethod::Initiate, error(409, "ABORTED", "…", json!([])));
    let archive = person.archive();
    person.now += 2 * HOUR;
    person.expect(ApiMethod::Initiate, error(401, "UNAUTHENTICATED", "…", json!([])));
    assert!(matches!(person.poll(), Step::Refresh));
    let busy = send(&person.call_for_error(), |_| Err("the network is down"));
    person.exports.record_refresh(&busy, person.now);
    assert!(matches!(person.poll(), Step::Download(offered) if offered == archive));
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

#[test]
fn an_aborted_retry_uses_up_no_retry() {
    let mut person = Person::begun(listed(0));
    person.expect(ApiMethod::GetState, state("FAILED", start()));
    for _ in 0..5 {
        person.expect(ApiMethod::Retry, error(409, "ABORTED", "…", json!([])));
        person.expect(ApiMethod::Retry, response(404, b"<html>no</html>".to_vec()));
    }
    for number in 2..=4 {
        person.expect(ApiMethod::Retry, started(number));
        person.expect(ApiMethod::GetState, state("FAILED", start()));
    }
    let given_up = person.export().given_up();
    assert_eq!(given_up, Some(GiveUpReason::RetriesUsedUp));
}

#[test]
fn the_job_of_a_lost_call_is_found_by_the_time_at_which_it_was_started_and_no_older_one() {
    for (exported, job) in
        [(start() - 3 * HOUR, None), (start() + Duration::from_secs(2), Some(id(7)))]
    {
        let mut person = Person::new(listed(0));
        let call = person.call();
        person.lose(&call);
        let no = limited(json!({ "previous_job_ids": id(7).as_str() }));
        person.expect(ApiMethod::Initiate, no);
        person.expect(ApiMethod::GetState, state("COMPLETE", exported));
        let progress = if job.is_some() { Progress::Complete } else { Progress::NotStarted };
        assert_eq!((person.job(), person.progress()), (job, vec![progress]));
    }
}

#[test]
fn a_clock_that_is_wrong_once_ends_nothing() {
    let mut person = Person::begun(listed(0));
    person.now += 8 * DAY;
    person.expect(ApiMethod::GetState, state("IN_PROGRESS", start()));
    person.now -= 8 * DAY;
    for _ in 0..3 {
        person.expect(ApiMethod::GetState, state("IN_PROGRESS", start()));
    }
    assert_eq!(person.progress(), [Progress::InProgress]);
}

#[test]
fn a_late_answer_keeps_its_job_and_its_access_type() {
    let mut person = Person::new(listed(0));
    let call = person.call();
    person.now += 3 * MINUTE;
    assert!(matches!(person.poll(), Step::Send(_) | Step::WaitUntil(..)));
    person.answer(&call, started(1));
    let export = person.export();
    assert_eq!(export.job(), Some(&id(1)));
    assert!(export.access_type().is_some());
}

#[test]
fn resources_that_google_refuses_together_go_on_alone() {
    let mut person = Person::new([listed(0), listed(1)]);
    person.exports = person.exports.clone().in_one_job();
    person.expect(ApiMethod::Initiate, error(400, "INVALID_ARGUMENT", "…", json!([])));
    let first = person.expect(ApiMethod::Initiate, started(1));
    assert_eq!(first.resources().len(), 1);
    let mut second = person.call();
    while second.method() != ApiMethod::Initiate {
        person.answer(&second, state("IN_PROGRESS", start()));
        second = person.call();
    }
    assert!(first.resources().is_disjoint(second.resources()));
}

#[test]
fn the_next_exports_begin_where_the_last_ended() {
    let mut ranged = Resource::all().filter(|it| it.supports_time_filter());
    let Some(resource) = ranged.find(|resource| resource.scope().is_listed()) else { return };
    let mut person = Person::begun(resource);
    person.expect(ApiMethod::GetState, state("COMPLETE", start()));
    assert!(person.exports.again(person.now).is_none());
    let Step::Download(archive) = person.next() else { panic!() };
    person.exports.downloaded(&archive.job, person.now);
    person.exports = person.exports.again(person.now).unwrap();
    let call = person.call();
    assert!(person.now >= start() + DAY);
    let body: Value = serde_json::from_slice(call.to_request().unwrap().body()).unwrap();
    assert_eq!(body["startTime"], stamp(start()));
    // What has an end has nothing new, once it has arrived.
    let mut person = Person::new(resource);
    let (from, to) = (Some(start() - 9 * DAY), Some(start()));
    person.exports = person.exports.time_range(resource, from, to).unwrap();
    person.expect(ApiMethod::Initiate, started(1));
    person.download();
    assert!(person.exports.again(person.now).is_none());
}

#[test]
fn a_newer_scope_is_exported_on_the_callers_word() {
    let newer: Scopes =
        "https://www.googleapis.com/auth/dataportability.youtube.dreams".parse().unwrap();
    let mut person = Person::new(newer.clone());
    assert!(matches!(person.poll(), Step::Done));
    person.grant = person.grant.clone().vouching_for(&newer);
    person.exports = Exports::new(&person.grant, start());
    let call = person.expect(ApiMethod::Initiate, started(1));
    assert_eq!(call.resources(), &newer);
    let text = serde_json::to_string(&person.exports).unwrap();
    person.exports = serde_json::from_str(&text).unwrap();
    person.expect(ApiMethod::GetState, state("COMPLETE", start()));
    assert!(matches!(person.next(), Step::Download(_)));
}

#[test]
fn an_archive_that_nobody_downloads_is_given_up_after_fourteen_days_at_the_second_answer() {
    let mut person = Person::begun(listed(0));
    person.archive();
    let expired = Some(GiveUpReason::ArchiveExpired);
    for (days, given_up) in [(13, None), (15, None), (16, expired)] {
        person.now = start() + days * DAY;
        person.expect(ApiMethod::GetState, state("COMPLETE", start()));
        assert_eq!(person.export().given_up(), given_up, "{days} days");
    }
}

#[test]
fn a_lost_retry_stays_in_doubt_if_the_job_that_google_names_is_another() {
    let mut person = Person::begun(listed(0));
    person.expect(ApiMethod::GetState, state("FAILED", start()));
    let retry = person.call();
    assert_eq!(retry.method(), ApiMethod::Retry);
    person.lose(&retry);
    person.expect(ApiMethod::Initiate, limited(json!({ "previous_job_ids": id(9).as_str() })));
    person.expect(ApiMethod::GetState, state("IN_PROGRESS", start() - DAY));
    assert_eq!(person.call().method(), ApiMethod::Initiate);
}

#[test]
fn what_somebody_downloads_is_not_offered_again_until_then() {
    let mut person = Person::begun(listed(0));
    let archive = person.archive();
    let until = person.now + HOUR;
    person.exports.begin_download(&archive.job, until);
    assert!(matches!(person.poll(), Step::WaitUntil(time, _) if time <= until));
    person.now = until;
    assert!(matches!(person.poll(), Step::Download(again) if again == archive));
    // Nor is it kept from everybody for weeks by a clock that was wrong once.
    person.exports.begin_download(&archive.job, person.now + 40 * DAY);
    assert!(matches!(person.poll(), Step::WaitUntil(time, _) if time < until + 2 * DAY));
}

#[test]
fn a_complete_job_has_a_day_to_have_files_again() {
    let empty = || response(200, json!({ "state": "COMPLETE" }).to_string().into_bytes());
    let mut person = Person::begun(listed(0));
    let archive = person.archive();
    person.now += 2 * DAY;
    person.exports.download_again(&archive.job, person.now);
    let asked = person.now;
    while person.export().given_up().is_none() {
        person.expect(ApiMethod::GetState, empty());
    }
    assert_eq!(person.export().given_up(), Some(GiveUpReason::NoFiles));
    assert!(person.now > asked + DAY && person.now < asked + 2 * DAY);
}

#[test]
fn a_time_range_that_cannot_be_sent_is_refused_and_one_that_was_stored_ends_the_export() {
    let ranged = Resource::all().find(|it| it.supports_time_filter() && it.scope().is_listed());
    let other = Resource::all().find(|it| !it.supports_time_filter() && it.scope().is_listed());
    let (Some(ranged), Some(other)) = (ranged, other) else { return };
    let person = Person::new(ranged);
    let (from, to) = (Some(start()), Some(start() + Duration::from_millis(900)));
    assert!(person.exports.clone().time_range(ranged, from, to).is_err());
    let mut person = Person::new(other);
    let mut stored = serde_json::to_value(&person.exports).unwrap();
    stored["exports"][0]["start_time"] = stamp(start() - DAY).into();
    person.exports = serde_json::from_value(stored).unwrap();
    assert!(matches!(person.poll(), Step::Done));
    assert_eq!(person.export().given_up(), Some(GiveUpReason::Refused));
}
