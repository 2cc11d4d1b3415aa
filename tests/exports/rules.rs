//! Each rule by itself, with answers as people met them.

use std::time::{Duration, SystemTime};

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::api::export::{Exports, GiveUpReason, Step};
use dataportability_scopes::catalogue::{Resource, Scopes};
use serde_json::json;

use crate::google::{DAY, error};
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
