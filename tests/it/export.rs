//! What an export does at each step, rule by rule.

use std::time::{Duration, SystemTime};

use dataportability_scopes::api::export::{
    ConsentReason, Export, ExportCall, GiveUpReason, Progress, Step,
};
use dataportability_scopes::api::{AccessType, ApiMethod};
use dataportability_scopes::catalogue::{Resource, Revision, ScopeSet};
use dataportability_scopes::grant::Grant;
use dataportability_scopes::http::Response;
use dataportability_scopes::http_call::{HttpCall, SendError};
use stand_in::{Access, Rule};

use crate::export_world::{
    CallResult, DAY, HOUR, MINUTE, NO_RESPONSE, World, config, listed, scopes, start,
};

/// A resource that takes no time range.
pub(crate) fn untimed() -> Resource {
    listed(false)
}

/// A resource that takes a time range.
pub(crate) fn timed() -> Resource {
    listed(true)
}

pub(crate) fn world(access: Access) -> World {
    World::new(config(1), access, untimed())
}

pub(crate) fn export() -> Export {
    Export::new(untimed(), 4, start())
}

pub(crate) fn grant() -> Grant {
    Grant::from(scopes(untimed()))
}

/// A response that the simulated Google does not give.
pub(crate) fn response(call: &ExportCall, status: u16, body: &str) -> CallResult {
    let response = Response::builder().status(status);
    let response = response.body(body.as_bytes().to_vec()).unwrap();
    let call = call.with_token("ya29.a0AfH6SMB");
    call.read_response(&response).map_err(SendError::Response)
}

/// Begins the next call, and records this response to it.
pub(crate) fn respond(export: &mut Export, status: u16, body: &str, now: SystemTime) {
    let call = export.begin(&grant(), now).unwrap();
    let result = response(&call, status, body);
    export.record(&call, &result, now);
}

pub(crate) const STARTED: &str =
    r#"{"archiveJobId": "3f1c6f2e", "accessType": "ACCESS_TYPE_TIME_BASED"}"#;
pub(crate) const STARTED_ONE_TIME: &str =
    r#"{"archiveJobId": "3f1c6f2e", "accessType": "ACCESS_TYPE_ONE_TIME"}"#;

pub(crate) fn error(code: u16, status: &str, reason: &str, metadata: &str) -> String {
    format!(
        r#"{{"error": {{"code": {code}, "status": "{status}", "details": [
            {{"reason": "{reason}", "metadata": {metadata}}}]}}}}"#
    )
}

pub(crate) fn stored(export: &Export) -> Export {
    serde_json::from_str(&serde_json::to_string(export).unwrap()).unwrap()
}

#[track_caller]
pub(crate) fn waits_until(export: &Export, now: SystemTime) -> SystemTime {
    match export.next(&grant(), now) {
        Step::WaitUntil(time) => time,
        step => panic!("{step:?} is not a wait"),
    }
}

#[track_caller]
pub(crate) fn calls(export: &Export, method: ApiMethod, now: SystemTime) {
    let step = export.next(&grant(), now);
    assert!(
        matches!(step, Step::Call(called) if called == method),
        "{step:?}"
    );
}

/// An export whose job has failed, and the world in which it did.
fn failed(access: Access) -> (World, Export) {
    let mut world = world(access);
    world.google.fail_next_jobs(1);
    let mut export = export();
    while export.progress(world.now) != Progress::Failed {
        match export.next(&world.tokens.grant, world.now) {
            Step::Call(_) => {
                let call = export.begin(&world.tokens.grant, world.now).unwrap();
                let result = world.send(&call);
                export.record(&call, &result, world.now);
            }
            Step::WaitUntil(time) => world.now = time,
            Step::RefreshToken => {
                world.refresh();
                export.token_replaced(world.now);
            }
            step => panic!("{step:?}"),
        }
    }
    (world, export)
}

#[test]
fn an_export_goes_from_start_to_download() {
    for access in [Access::OneTime, Access::Days30, Access::Days180] {
        let mut world = world(access);
        let mut export = export();
        let Step::Download { urls, until } = world.run(&mut export) else {
            panic!("nothing to download");
        };
        assert!(until > world.now);
        for url in &urls {
            assert_eq!(world.download(url.as_str()), Some(200));
        }
        export.downloaded();
        assert!(matches!(world.run(&mut export), Step::Done));
        assert!(world.google.audit().is_clean());
        assert_eq!(world.google.audit().total.initiates, 1);
        assert_eq!(export.next_at(&world.tokens.grant, world.now), None);
    }
}

#[test]
fn the_state_is_asked_for_every_5_to_60_minutes_ever_less_often() {
    for seed in 0..50 {
        let mut export = Export::new(untimed(), seed, start());
        respond(&mut export, 200, STARTED, start());
        let (mut now, mut shortest) = (start(), 5 * MINUTE);
        let mut last = Duration::ZERO;
        while let Step::WaitUntil(time) = export.next(&grant(), now) {
            last = time.duration_since(now).unwrap();
            assert!(last >= 5 * MINUTE && last <= HOUR, "{last:?}");
            assert!(last >= shortest && last <= shortest * 3 / 2, "{last:?}");
            // 40 minutes, and half as much again, are an hour.
            shortest = (shortest * 3 / 2).min(40 * MINUTE);
            now = time;
            if let Step::Call(_) = export.next(&grant(), now) {
                respond(&mut export, 200, r#"{"state": "IN_PROGRESS"}"#, now);
            }
        }
        assert!(last >= 40 * MINUTE);
        let step = export.next(&grant(), now);
        assert!(matches!(step, Step::GivenUp(GiveUpReason::JobTookTooLong)));
        assert!(now.duration_since(start()).unwrap() >= 7 * DAY);
    }
}

#[test]
fn the_seed_spreads_the_questions() {
    let mut times: Vec<_> = (0..100)
        .map(|seed| {
            let mut export = Export::new(untimed(), seed, start());
            respond(&mut export, 200, STARTED, start());
            waits_until(&export, start())
        })
        .collect();
    times.sort();
    times.dedup();
    assert!(times.len() > 90, "{}", times.len());
}

#[test]
fn an_unknown_state_is_waited_through() {
    for state in ["STATE_UNSPECIFIED", "COMPLETED", "PAUSED"] {
        let mut export = export();
        respond(&mut export, 200, STARTED, start());
        let now = waits_until(&export, start());
        respond(&mut export, 200, &format!(r#"{{"state": "{state}"}}"#), now);
        assert!(waits_until(&export, now) >= now + 5 * MINUTE);
        assert_eq!(export.progress(now), Progress::InProgress);
    }
}

#[test]
fn a_call_in_flight_is_not_sent_by_a_second_process() {
    let mut export = export();
    export.begin(&grant(), start()).unwrap();
    let mut other = stored(&export);
    assert_eq!(waits_until(&other, start()), start() + Export::CALL_TIMEOUT);
    let error = other.begin(&grant(), start() + MINUTE).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the next step of the export is not a call: see `Export::next`"
    );
}

#[test]
fn a_lost_request_to_start_is_sent_again() {
    for access in [Access::OneTime, Access::Days30] {
        let mut world = world(access);
        let mut export = export();
        export.begin(&world.tokens.grant, world.now).unwrap();
        export = stored(&export);
        assert!(matches!(world.run(&mut export), Step::Download { .. }));
        assert!(world.google.audit().is_clean());
        assert_eq!(world.google.audit().total.jobs, 1);
    }
}

#[test]
fn a_start_whose_response_was_lost_is_adopted_while_it_runs_and_when_it_is_over() {
    for access in [Access::OneTime, Access::Days30] {
        for down in [MINUTE, 10 * HOUR] {
            let mut world = world(access);
            let mut export = export();
            let call = export.begin(&world.tokens.grant, world.now).unwrap();
            world.send(&call).unwrap();
            export = stored(&export);
            world.now += down;
            assert!(matches!(world.run(&mut export), Step::Download { .. }));
            assert!(world.google.audit().is_clean());
            assert_eq!(world.google.audit().total.jobs, 1, "{access:?} {down:?}");
            let one_time = access == Access::OneTime;
            assert_eq!(export.access_type() == Some(&AccessType::OneTime), one_time);
        }
    }
}

#[test]
fn a_lost_request_to_retry_is_found_out_and_sent_again() {
    for access in [Access::OneTime, Access::Days30] {
        let (mut world, mut export) = failed(access);
        export.begin(&world.tokens.grant, world.now).unwrap();
        export = stored(&export);
        assert!(matches!(world.run(&mut export), Step::Download { .. }));
        let audit = world.google.audit();
        assert!(audit.is_clean());
        assert_eq!(audit.total.of(Rule::ReaskedAfterFailure), 1);
        assert_eq!((audit.total.jobs, audit.total.retries), (2, 1));
        assert_eq!(export.retries(), 2, "spent before they are sent");
    }
}

#[test]
fn a_retry_whose_response_was_lost_is_adopted_while_it_runs_and_when_it_is_over() {
    for access in [Access::OneTime, Access::Days30] {
        for down in [MINUTE, 10 * HOUR] {
            let (mut world, mut export) = failed(access);
            let call = export.begin(&world.tokens.grant, world.now).unwrap();
            assert_eq!(call.method(), ApiMethod::Retry);
            world.send(&call).unwrap();
            export.record(&call, &Err(SendError::Http(NO_RESPONSE)), world.now);
            export = stored(&export);
            world.now += down;
            assert!(matches!(world.run(&mut export), Step::Download { .. }));
            let audit = world.google.audit();
            assert!(audit.is_clean(), "{:?}", audit.violations);
            assert_eq!((audit.total.jobs, audit.total.retries), (2, 1));
            assert_eq!(export.retries(), 1);
        }
    }
}

#[test]
fn a_retry_is_not_repeated_while_google_names_no_job() {
    let exhausted = error(
        429,
        "RESOURCE_EXHAUSTED",
        "RESOURCE_EXHAUSTED_TIME_BASED",
        "{}",
    );
    let failed_precondition = error(400, "FAILED_PRECONDITION", "", "{}");
    for body in [exhausted, failed_precondition] {
        let mut export = export();
        respond(&mut export, 200, STARTED, start());
        let mut now = waits_until(&export, start());
        respond(&mut export, 200, r#"{"state": "FAILED"}"#, now);
        respond(&mut export, 500, "", now);
        now = waits_until(&export, now);
        calls(&export, ApiMethod::Initiate, now);
        let code = if body.contains("429") { 429 } else { 400 };
        respond(&mut export, code, &body, now);
        now = waits_until(&export, now);
        assert!(now >= start() + DAY);
        calls(&export, ApiMethod::Initiate, now);
    }
}

#[test]
fn a_failed_job_is_retried_three_times_and_then_given_up() {
    let mut world = world(Access::Days30);
    world.google.fail_next_jobs(10);
    let mut export = export();
    let step = world.run(&mut export);
    assert!(matches!(step, Step::GivenUp(GiveUpReason::RetriesUsedUp)));
    let audit = world.google.audit();
    assert!(audit.is_clean());
    assert_eq!((audit.total.jobs, audit.total.retries), (4, 3));
    let error = export
        .check_retry(&world.tokens.grant, world.now)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the job cannot be retried: all three retries have been used, so start a new \
         export after 24 hours or a new consent"
    );
}

#[test]
fn a_refused_retry_is_not_counted() {
    let mut export = export();
    respond(&mut export, 200, STARTED, start());
    let now = waits_until(&export, start());
    respond(&mut export, 200, r#"{"state": "FAILED"}"#, now);
    respond(&mut export, 401, "", now);
    assert_eq!(export.retries(), 0);
    assert!(matches!(export.next(&grant(), now), Step::RefreshToken));
    export.token_replaced(now);
    calls(&export, ApiMethod::Retry, now);
}

#[test]
fn a_retry_that_is_refused_for_its_number_is_not_sent_a_fourth_time() {
    let mut export = export();
    respond(&mut export, 200, STARTED, start());
    let mut now = waits_until(&export, start());
    respond(&mut export, 200, r#"{"state": "FAILED"}"#, now);
    let body = error(429, "RESOURCE_EXHAUSTED", "", "{}");
    for retries in 1..=3 {
        calls(&export, ApiMethod::Retry, now);
        respond(&mut export, 429, &body, now);
        assert_eq!(export.retries(), retries);
        if retries < 3 {
            now = waits_until(&export, now);
        }
    }
    let step = export.next(&grant(), now);
    assert!(matches!(step, Step::GivenUp(GiveUpReason::RetriesUsedUp)));
}

#[test]
fn a_job_that_may_not_be_retried_has_all_reasons_in_the_error() {
    let mut export = export();
    let error = export.check_retry(&Grant::default(), start()).unwrap_err();
    assert_eq!(error.reasons().len(), 3);
    assert!(
        error.to_string().starts_with(
            "the job cannot be retried: only a failed job can be retried; archiveJobs.retry needs"
        ),
        "{error}"
    );

    respond(&mut export, 200, STARTED, start());
    let now = waits_until(&export, start());
    respond(&mut export, 200, r#"{"state": "FAILED"}"#, now);
    assert!(export.check_retry(&grant(), now).is_ok());
    export.begin(&grant(), now).unwrap();
    for later in [now, now + HOUR] {
        let error = export.check_retry(&grant(), later).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the job cannot be retried: the outcome of an earlier retry is not known yet"
        );
    }
}

#[test]
fn an_access_token_that_is_refused_is_refreshed_and_one_refused_again_needs_consent() {
    let mut export = export();
    respond(&mut export, 401, "", start());
    assert!(matches!(export.next(&grant(), start()), Step::RefreshToken));
    export = stored(&export);
    export.token_replaced(start());
    respond(&mut export, 401, "", start());
    let step = export.next(&grant(), start());
    assert!(matches!(
        step,
        Step::RequestConsent(ConsentReason::AccessEnded)
    ));
    // The user has consented again.
    export.token_replaced(start());
    respond(&mut export, 200, STARTED, start());
    // Tokens are valid for an hour, so this refusal is a new one.
    let now = start() + 2 * HOUR;
    respond(&mut export, 401, "", now);
    assert!(matches!(export.next(&grant(), now), Step::RefreshToken));
}

#[test]
fn an_export_asks_for_consent_where_the_grant_or_google_denies_it() {
    let mut export = export();
    let Step::RequestConsent(reason) = export.next(&Grant::from(scopes(timed())), start()) else {
        panic!("it goes on without the scope");
    };
    assert!(
        reason
            .to_string()
            .ends_with(&format!("missing: {}", untimed()))
    );
    assert!(!reason.needs_reset());

    respond(&mut export, 403, "", start());
    let Step::RequestConsent(reason) = export.next(&grant(), start()) else {
        panic!("it goes on without permission");
    };
    assert_eq!(reason, ConsentReason::PermissionDenied);
    export.token_replaced(start());
    calls(&export, ApiMethod::Initiate, start());
}

#[test]
fn a_one_time_access_that_is_used_up_needs_a_reset() {
    let mut world = world(Access::OneTime);
    let mut first = export();
    world.run(&mut first);
    // The archive of the first export is still there.
    let mut second = Export::new(untimed(), 5, world.now);
    assert!(matches!(world.run(&mut second), Step::Download { .. }));
    assert_eq!(second.job(), first.job());

    let mut export = export();
    let body = error(
        429,
        "RESOURCE_EXHAUSTED",
        "RESOURCE_EXHAUSTED_ONE_TIME",
        "{}",
    );
    respond(&mut export, 429, &body, start());
    let Step::RequestConsent(reason) = export.next(&grant(), start()) else {
        panic!("it goes on");
    };
    assert_eq!(reason, ConsentReason::OneTimeAccessUsedUp);
    assert!(reason.needs_reset());
}

#[test]
fn a_time_based_access_that_is_used_up_waits_until_the_time_that_google_names() {
    let until = start() + 7 * HOUR;
    let metadata = format!(
        r#"{{"previous_job_ids": "old", "timestamp_after_24hrs": "{}"}}"#,
        "2026-08-01T07:00:00Z"
    );
    let body = error(
        429,
        "RESOURCE_EXHAUSTED",
        "RESOURCE_EXHAUSTED_TIME_BASED",
        &metadata,
    );
    let mut export = export();
    respond(&mut export, 429, &body, start());
    assert_eq!(waits_until(&export, start()), until);
    assert_eq!(
        export.job(),
        None,
        "the job of somebody else is not adopted"
    );
}

#[test]
fn retry_after_is_respected() {
    for seed in 0..20 {
        let mut export = Export::new(untimed(), seed, start());
        let call = export.begin(&grant(), start()).unwrap();
        let response = Response::builder()
            .status(429)
            .header("retry-after", "5000");
        let response = response.body(Vec::new()).unwrap();
        let result = call.with_token("ya29").read_response(&response);
        let result: CallResult = result.map_err(SendError::Response);
        export.record(&call, &result, start());
        assert!(waits_until(&export, start()) >= start() + Duration::from_secs(5000));
    }
}

#[test]
fn failures_are_followed_by_growing_waits_and_end_after_7_days() {
    let (mut export, mut now) = (export(), start());
    let mut waits = Vec::new();
    while let Step::Call(_) = export.next(&grant(), now) {
        let call = export.begin(&grant(), now).unwrap();
        export.record(&call, &Err(SendError::Http(NO_RESPONSE)), now);
        let Step::WaitUntil(time) = export.next(&grant(), now) else {
            break;
        };
        waits.push(time.duration_since(now).unwrap());
        now = time;
    }
    assert!(waits[0] >= Duration::from_secs(30) && waits[0] <= MINUTE);
    assert!(waits.iter().all(|wait| *wait <= HOUR));
    assert!(*waits.last().unwrap() >= HOUR / 2);
    let step = export.next(&grant(), now);
    assert!(matches!(step, Step::GivenUp(GiveUpReason::NotStarted)));
    assert!(now <= start() + 7 * DAY + HOUR);
}

#[test]
fn signed_urls_are_handed_out_for_6_hours_and_then_asked_for_again() {
    let mut world = world(Access::Days30);
    let mut export = export();
    let Step::Download { urls, until } = world.run(&mut export) else {
        panic!("nothing to download");
    };
    assert!(until <= world.now + Export::URL_LIFETIME);
    world.now = until;
    let Step::Download { urls: fresh, .. } = world.run(&mut export) else {
        panic!("no fresh URLs");
    };
    assert_ne!(fresh[0].as_str(), urls[0].as_str());
    assert!(world.google.audit().is_clean());
}

#[test]
fn signed_urls_are_not_stored_and_not_shown() {
    let mut world = world(Access::Days30);
    let mut export = export();
    let step = world.run(&mut export);
    let Step::Download { urls, .. } = &step else {
        panic!("nothing to download");
    };
    let shown = format!(
        "{export:?} {step:?} {}",
        serde_json::to_string(&export).unwrap()
    );
    for url in urls {
        assert!(!shown.contains(url.as_str()));
    }
    assert!(!shown.contains("http"));
    let mut read_back = stored(&export);
    assert!(matches!(world.run(&mut read_back), Step::Download { .. }));
    assert!(world.google.audit().is_clean());
}

#[test]
fn an_archive_can_be_downloaded_again_for_14_days() {
    let mut world = world(Access::Days30);
    let mut export = export();
    world.run(&mut export);
    export.downloaded();
    world.now += 5 * DAY;
    world.refresh();
    export.download_again();
    assert!(matches!(world.run(&mut export), Step::Download { .. }));
    world.now += 10 * DAY;
    let step = world.run(&mut export);
    assert!(matches!(step, Step::GivenUp(GiveUpReason::ArchiveExpired)));
    assert!(world.google.audit().is_clean());
}

#[test]
fn one_time_access_ends_14_days_after_the_first_call() {
    let mut export = export();
    respond(&mut export, 200, STARTED_ONE_TIME, start());
    let mut now = start() + 6 * DAY;
    respond(&mut export, 200, r#"{"state": "FAILED"}"#, now);
    respond(&mut export, 200, r#"{"archiveJobId": "7d2a"}"#, now);
    now += 6 * DAY;
    respond(&mut export, 200, r#"{"state": "FAILED"}"#, now);
    assert!(export.check_retry(&grant(), now).is_ok());
    now = start() + 14 * DAY;
    let step = export.next(&grant(), now);
    assert!(matches!(step, Step::GivenUp(GiveUpReason::ArchiveExpired)));
    let error = export.check_retry(&grant(), now).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the job cannot be retried: the 14 days in which its archive could be \
         downloaded are over"
    );
}

#[test]
fn a_complete_job_without_urls_is_asked_three_times() {
    let (mut export, mut now) = (export(), start());
    respond(&mut export, 200, STARTED, now);
    for _ in 0..3 {
        now = waits_until(&export, now);
        respond(&mut export, 200, r#"{"state": "COMPLETE"}"#, now);
    }
    let step = export.next(&grant(), now);
    assert!(matches!(step, Step::GivenUp(GiveUpReason::NoUrls)));
}

#[test]
fn what_google_refuses_for_good_is_given_up() {
    let invalid = error(400, "INVALID_ARGUMENT", "", "{}");
    let mut refused = export();
    respond(&mut refused, 400, &invalid, start());
    let step = refused.next(&grant(), start());
    assert!(matches!(step, Step::GivenUp(GiveUpReason::Refused)));

    let mut unknown = export();
    respond(&mut unknown, 200, STARTED, start());
    let now = waits_until(&unknown, start());
    respond(&mut unknown, 404, "", now);
    let step = unknown.next(&grant(), now);
    assert!(matches!(step, Step::GivenUp(GiveUpReason::JobNotFound)));
    assert_eq!(unknown.job().unwrap().as_str(), "3f1c6f2e");
}

#[test]
fn a_job_is_cancelled_while_in_progress_with_time_based_access() {
    let mut world = world(Access::Days30);
    let mut export = export();
    let error = export.cancel(&world.tokens.grant, world.now).unwrap_err();
    assert_eq!(
        error.to_string(),
        "only a job that is in progress can be cancelled"
    );
    let call = export.begin(&world.tokens.grant, world.now).unwrap();
    let result = world.send(&call);
    export.record(&call, &result, world.now);
    let cancel = export.cancel(&world.tokens.grant, world.now).unwrap();
    let cancel = cancel.with_token(&world.tokens.access);
    let request = cancel.to_request().unwrap();
    let response = world.google.respond(&request, world.now);
    cancel.read_response(&response).unwrap();

    // If the response was lost, the next state shows it.
    let mut uninformed = export.clone();
    let step = world.run(&mut uninformed);
    assert!(matches!(step, Step::GivenUp(GiveUpReason::Cancelled)));
    export.cancelled();
    let step = world.run(&mut export);
    assert!(matches!(step, Step::GivenUp(GiveUpReason::Cancelled)));
    assert!(world.google.audit().is_clean());
}

#[test]
fn a_job_with_one_time_access_is_not_cancelled() {
    let mut export = export();
    respond(&mut export, 200, STARTED_ONE_TIME, start());
    let error = export.cancel(&grant(), start()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a job with one-time access cannot be cancelled: let it end, or reset the authorization"
    );
}

#[test]
fn the_next_export_starts_24_hours_later_with_what_is_new() {
    let mut world = World::new(config(1), Access::Days30, timed());
    let mut first = Export::new(timed(), 4, start());
    assert_eq!(
        first.again(5, world.now).unwrap_err().to_string(),
        "the export has not ended: continue until it is downloaded or given up"
    );
    world.run(&mut first);
    first.downloaded();
    let mut second = first.again(5, world.now).unwrap();
    assert_eq!(second.start_time(), first.export_time());
    assert!(second.start_time().is_some());
    assert!(matches!(world.run(&mut second), Step::Download { .. }));
    assert_ne!(second.job(), first.job());
    let audit = world.google.audit();
    assert!(audit.is_clean(), "{:?}", audit.violations);
    assert_eq!(audit.total.initiates, 2);
}

#[test]
fn the_next_export_of_a_group_without_time_ranges_is_of_everything() {
    let mut world = world(Access::Days30);
    let mut first = export();
    world.run(&mut first);
    first.downloaded();
    let second = first.again(5, world.now).unwrap();
    assert_eq!(second.start_time(), None);
}

#[test]
fn one_time_access_allows_no_next_export() {
    let mut world = world(Access::OneTime);
    let mut export = export();
    world.run(&mut export);
    export.downloaded();
    assert_eq!(
        export.again(5, world.now).unwrap_err().to_string(),
        "one-time access allows one export: reset the authorization, ask the user for consent \
         again, and make a new export"
    );
}

#[test]
fn a_time_range_is_taken_by_the_groups_that_the_catalogue_names() {
    for resource in Resource::all() {
        let is_taken = Export::new(resource, 4, start())
            .with_time_range(Some(start()), None)
            .is_ok();
        let is_listed = resource.scope().revisions().next().is_some();
        let expected = resource.supports_time_filter() || !is_listed;
        assert_eq!(is_taken, expected, "{resource}");
    }
    let error = Export::new(timed(), 4, start())
        .with_time_range(Some(start()), Some(start()))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the start of the time range is not before its end: swap them, or give only one"
    );
}

#[test]
fn every_listed_resource_can_be_started_and_no_other() {
    let grant = Grant::from(ScopeSet::ALL);
    for resource in Resource::all() {
        let step = Export::new(resource, 4, start()).next(&grant, start());
        if resource.scope().is_listed_in(Revision::NEWEST) {
            assert!(
                matches!(step, Step::Call(ApiMethod::Initiate)),
                "{resource}"
            );
        } else {
            let expected = matches!(step, Step::GivenUp(GiveUpReason::NotListed));
            assert!(expected, "{resource}: {step:?}");
        }
    }
}

#[test]
fn results_that_come_twice_or_late_do_no_harm() {
    let mut world = world(Access::Days30);
    let mut export = export();
    let first = export.begin(&world.tokens.grant, world.now).unwrap();
    let late = world.send(&first);
    world.now += HOUR;
    // The export takes the first call as lost, and begins another.
    let second = export.begin(&world.tokens.grant, world.now).unwrap();
    export.record(&first, &late, world.now);
    let job = export.job().cloned();
    assert!(job.is_some());
    let refused = world.send(&second);
    export.record(&second, &refused, world.now);
    export.record(&second, &refused, world.now);
    export.record(&first, &late, world.now);
    assert_eq!(export.job().cloned(), job);
    assert!(matches!(world.run(&mut export), Step::Download { .. }));
    export.record(&first, &late, world.now);
    assert!(matches!(world.run(&mut export), Step::Download { .. }));
    assert!(world.google.audit().is_clean());
}

#[test]
fn the_result_of_a_call_of_another_export_is_ignored() {
    let begun = |resource, seed| {
        let mut export = Export::new(resource, seed, start());
        let grant = Grant::from(ScopeSet::from(resource));
        let call = export.begin(&grant, start()).unwrap();
        (export, call)
    };
    let (mut export, own) = begun(untimed(), 1);
    let before = serde_json::to_value(&export).unwrap();
    for (_, other) in [begun(untimed(), 2), begun(timed(), 1)] {
        let result = response(&other, 200, STARTED);
        export.record(&other, &result, start());
        assert_eq!(serde_json::to_value(&export).unwrap(), before);
    }
    export.record(&own, &response(&own, 200, STARTED), start());
    assert!(export.job().is_some());
}

#[test]
fn a_clock_that_was_a_year_ahead_does_not_stop_an_export() {
    let year = 365 * DAY;
    let mut running = export();
    respond(&mut running, 200, STARTED, start() + year);
    calls(&running, ApiMethod::GetState, start());

    let mut in_flight = export();
    in_flight.begin(&grant(), start() + year).unwrap();
    calls(&in_flight, ApiMethod::Initiate, start());
    // Set back by less than a day, it waits somewhat longer.
    let mut export = export();
    respond(&mut export, 200, STARTED, start() + HOUR);
    assert!(waits_until(&export, start()) >= start() + HOUR + 5 * MINUTE);
}

#[test]
fn times_at_the_ends_of_what_a_platform_can_represent_are_survived() {
    let mut far = start();
    for power in (0..63).rev() {
        far = far
            .checked_add(Duration::from_secs(1 << power))
            .unwrap_or(far);
    }
    let mut export = export();
    respond(&mut export, 200, STARTED, far);
    for now in [far, start(), SystemTime::UNIX_EPOCH] {
        let _ = export.next(&grant(), now);
        let _ = export.next_at(&grant(), now);
        let _ = export.again(5, now);
    }
    assert!(
        serde_json::to_string(&export).is_err(),
        "no such time in RFC 3339"
    );
}

#[test]
fn progress_prints_in_words() {
    for (progress, words) in [
        (Progress::NotStarted, "not started"),
        (Progress::InProgress, "in progress"),
        (Progress::Failed, "failed"),
        (Progress::Complete, "complete"),
        (Progress::Downloaded, "downloaded"),
        (Progress::GivenUp, "given up"),
    ] {
        assert_eq!(progress.to_string(), words);
    }
}
