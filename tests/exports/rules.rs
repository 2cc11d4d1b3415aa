//! Each rule by itself, with answers as people met them.

use std::time::{Duration, SystemTime};

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::api::export::{Exports, GiveUpReason, Progress, Step};
use dataportability_scopes::call::HttpCall;
use dataportability_scopes::catalogue::{Resource, Scopes};
use serde_json::{Value, json};

use crate::google::{DAY, HOUR, MINUTE, error, response};
use crate::person::{Person, id, limited, listed, stamp, start, started, state};

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
