//! How long an export waits, and what it does when the clock was wrong.

use std::time::{Duration, SystemTime};

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::api::export::{Export, GiveUpReason, Progress, Step};

use crate::export::{STARTED, calls, export, grant, respond, response, stored, timed, waits_until};
use crate::export_world::{DAY, HOUR, start};

const COMPLETE: &str = r#"{"state": "COMPLETE", "urls": ["https://storage.example/1"]}"#;
const FAILED: &str = r#"{"state": "FAILED"}"#;
const RUNNING: &str = r#"{"state": "IN_PROGRESS"}"#;
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);

fn is_given_up(export: &Export, now: SystemTime) -> Option<GiveUpReason> {
    match export.next(&grant(), now) {
        Step::GivenUp(reason) => Some(reason),
        _ => None,
    }
}

#[test]
fn the_limits_are_the_documented_ones() {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    assert_eq!(Export::CALL_TIMEOUT, minutes(2));
    assert_eq!(Export::URL_LIFETIME, minutes(6 * 60));
    assert_eq!(Export::ARCHIVE_LIFETIME, minutes(14 * 24 * 60));
    assert_eq!(Export::PATIENCE, minutes(7 * 24 * 60));
    assert_eq!(Export::MAX_RETRIES, 3);
}

#[test]
fn an_export_says_which_time_it_exports() {
    let (from, until) = (start() - YEAR, start());
    let export = Export::new(timed(), 4, start())
        .with_time_range(Some(from), Some(until))
        .unwrap();
    assert_eq!(export.start_time(), Some(from));
    assert_eq!(export.end_time(), Some(until));
}

#[test]
fn a_start_that_never_succeeds_ends_7_days_after_the_first_call() {
    let mut export = export();
    respond(&mut export, 503, "", start());
    let end = start() + Export::PATIENCE;
    assert_eq!(is_given_up(&export, end - SECOND), None);
    assert_eq!(is_given_up(&export, end), Some(GiveUpReason::NotStarted));
}

#[test]
fn a_job_that_runs_for_7_days_or_cannot_be_retried_for_14_is_given_up() {
    let mut export = export();
    respond(&mut export, 200, STARTED, start());
    let end = start() + Export::PATIENCE;
    let mut failed = stored(&export);
    assert_eq!(is_given_up(&export, end - SECOND), None);
    assert_eq!(
        is_given_up(&export, end),
        Some(GiveUpReason::JobTookTooLong)
    );

    let now = waits_until(&failed, start());
    respond(&mut failed, 200, FAILED, now);
    let end = start() + 2 * Export::PATIENCE;
    assert_eq!(is_given_up(&failed, end - SECOND), None);
    assert_eq!(
        is_given_up(&failed, end),
        Some(GiveUpReason::JobTookTooLong)
    );
}

#[test]
fn signed_urls_can_be_asked_for_anew_before_they_expire() {
    let mut export = export();
    respond(&mut export, 200, STARTED, start());
    let now = waits_until(&export, start());
    respond(&mut export, 200, COMPLETE, now);
    let Step::Download { until, .. } = export.next(&grant(), now) else {
        panic!("nothing to download");
    };
    assert_eq!(until, now + Export::URL_LIFETIME);
    export.download_again();
    let later = waits_until(&export, now);
    assert!(later < until);
    respond(&mut export, 200, COMPLETE, later);
    let step = export.next(&grant(), later);
    assert!(matches!(step, Step::Download { .. }), "{step:?}");
    // The archive's time goes on from the first time that the job was complete.
    let end = now + Export::ARCHIVE_LIFETIME;
    assert_eq!(is_given_up(&export, end - SECOND), None);
    assert_eq!(
        is_given_up(&export, end),
        Some(GiveUpReason::ArchiveExpired)
    );
}

#[test]
fn the_state_is_not_asked_for_within_5_minutes_of_a_request_that_failed_during_the_download() {
    let mut export = export();
    respond(&mut export, 200, STARTED, start());
    let now = waits_until(&export, start());
    respond(&mut export, 200, COMPLETE, now);
    let now = now + Export::URL_LIFETIME;
    let call = export.begin(&grant(), now).unwrap();
    assert_eq!(call.method(), ApiMethod::GetState);
    export.downloaded();
    export.record(&call, &response(&call, 503, ""), now);
    export.download_again();
    assert!(waits_until(&export, now) >= now + Duration::from_secs(5 * 60));
}

#[test]
fn a_clock_that_was_more_than_a_day_ahead_is_not_believed() {
    let limit = start() + DAY;
    let ahead = limit + SECOND;

    let mut running = export();
    respond(&mut running, 200, STARTED, ahead);
    calls(&running, ApiMethod::GetState, start());
    let mut running = export();
    respond(&mut running, 200, STARTED, limit);
    assert!(waits_until(&running, start()) > limit);

    let mut in_flight = export();
    in_flight.begin(&grant(), ahead).unwrap();
    calls(&in_flight, ApiMethod::Initiate, start());
    let mut in_flight = export();
    in_flight.begin(&grant(), limit).unwrap();
    assert_eq!(
        waits_until(&in_flight, start()),
        limit + Export::CALL_TIMEOUT
    );
}

#[test]
fn a_job_that_a_wrong_clock_started_is_given_up_7_days_after_it_was_put_right() {
    let mut export = export();
    respond(&mut export, 200, STARTED, start() + YEAR);
    assert_eq!(export.started_at(), Some(start() + YEAR));
    respond(&mut export, 200, RUNNING, start());
    assert_eq!(export.started_at(), Some(start()));
    let end = start() + Export::PATIENCE;
    assert_eq!(is_given_up(&export, end - SECOND), None);
    assert_eq!(
        is_given_up(&export, end),
        Some(GiveUpReason::JobTookTooLong)
    );
}

#[test]
fn times_up_to_a_day_ahead_are_kept() {
    let mut export = export();
    respond(&mut export, 200, STARTED, start() + DAY);
    let now = waits_until(&export, start() + DAY);
    respond(&mut export, 200, RUNNING, now);
    // The job seems to start in a day, and its state to have been asked for even later.
    export.begin(&grant(), start()).unwrap();
    assert_eq!(export.started_at(), Some(start() + DAY));
}

#[test]
fn an_archive_that_a_wrong_clock_saw_complete_expires_14_days_after_it_was_put_right() {
    let mut export = export();
    respond(&mut export, 200, STARTED, start() + YEAR);
    let now = waits_until(&export, start() + YEAR);
    respond(&mut export, 200, COMPLETE, now);
    export.download_again();
    respond(&mut export, 200, COMPLETE, start());
    assert_eq!(export.progress(start()), Progress::Complete);
    let end = start() + Export::ARCHIVE_LIFETIME;
    assert_eq!(is_given_up(&export, end - HOUR), None);
    assert_eq!(
        is_given_up(&export, end),
        Some(GiveUpReason::ArchiveExpired)
    );
}
