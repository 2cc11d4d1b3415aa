//! An export, whatever the API answers, when, and however often the app stops in between: it sends
//! no call twice, retries at most three times, waits five minutes between two requests for the state
//! of a job, and ends within two months of its first call.
#![no_main]

use std::time::{Duration, SystemTime};

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::api::export::{
    ConsentReason, Export, ExportCallError, ExportResponse, Step,
};
use dataportability_scopes::catalogue::{Resource, ScopeSet};
use dataportability_scopes::grant::Grant;
use dataportability_scopes::http::Response;
use dataportability_scopes::http_call::{HttpCall, SendError};
use libfuzzer_sys::fuzz_target;

const TOKEN: &str = "ya29.a0AfH6SMBz";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The shortest time between two requests for the state of a job.
const PACE: Duration = Duration::from_secs(5 * 60);

type Outcome = Result<ExportResponse, SendError<ExportCallError, ()>>;

/// A response to any call, of status and body.
const RESPONSES: [(u16, &str); 16] = [
    (
        200,
        r#"{"archiveJobId": "job-1", "accessType": "ACCESS_TYPE_TIME_BASED"}"#,
    ),
    (
        200,
        r#"{"archiveJobId": "job-2", "accessType": "ACCESS_TYPE_ONE_TIME"}"#,
    ),
    (200, r#"{"state": "IN_PROGRESS"}"#),
    (
        200,
        r#"{"state": "COMPLETE", "urls": ["https://storage.googleapis.com/a"]}"#,
    ),
    (200, r#"{"state": "COMPLETE"}"#),
    (200, r#"{"state": "FAILED"}"#),
    (200, r#"{"state": "CANCELLED"}"#),
    (200, r#"{"state": "PAUSED"}"#),
    (200, "not JSON"),
    (401, "{}"),
    (403, r#"{"error": {"status": "PERMISSION_DENIED"}}"#),
    (404, "{}"),
    (
        409,
        r#"{"error": {"details": [{"reason": "ALREADY_EXISTS_TIME_BASED", "metadata": {"job_id": "job-3"}}]}}"#,
    ),
    (
        429,
        r#"{"error": {"details": [{"reason": "RESOURCE_EXHAUSTED_ONE_TIME", "metadata": {"previous_job_ids": "job-4"}}]}}"#,
    ),
    (
        429,
        r#"{"error": {"details": [{"reason": "RESOURCE_EXHAUSTED_TIME_BASED", "metadata": {"timestamp_after_24hrs": "2026-01-05T00:00:00Z"}}]}}"#,
    ),
    (503, "{}"),
];

fuzz_target!(|input: &[u8]| {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let mut now = start;
    let clips = ScopeSet::from_resources(&[Resource::YoutubeClips]);
    let (full, empty) = (Grant::from(clips), Grant::default());
    let mut seed = 7;
    let mut export = Export::new(Resource::YoutubeClips, seed, start);
    let mut retries = 0;
    // The last state request that was executed, unless the clock was set back since.
    let mut state_requested: Option<SystemTime> = None;
    let mut latest_of_all = start;
    let mut is_begun = false;
    let mut outcomes: Vec<(_, Outcome)> = Vec::new();
    for byte in input {
        let argument = byte >> 3;
        let grant = if argument == 31 { &empty } else { &full };
        let next = export.next(grant, now);
        assert_eq!(
            format!("{:?}", export.next(grant, now)),
            format!("{next:?}")
        );
        if let Some(due) = next.due(now) {
            assert!(due >= now);
        }
        match byte & 7 {
            // Time passes: seconds to weeks.
            0 | 1 => {
                now += Duration::from_secs(1 << (argument % 22));
            }
            // The clock is set back.
            2 => {
                now = now
                    .checked_sub(Duration::from_secs(1 << (argument % 20)))
                    .unwrap_or(now);
                state_requested = None;
            }
            3 | 4 => match (export.begin(grant, now), &next) {
                (Ok(call), Step::Call(method)) => {
                    assert_eq!(call.method(), *method);
                    assert!(export.begin(grant, now).is_err(), "a call is begun twice");
                    assert!(grant.scopes() == clips, "a call without a scope");
                    is_begun = true;
                    let (status, body) = RESPONSES[usize::from(argument) % RESPONSES.len()];
                    let response = Response::builder().status(status).body(body.into());
                    let outcome: Outcome = match byte & 7 {
                        3 => call
                            .with_token(TOKEN)
                            .read_response(&response.expect("a response"))
                            .map_err(SendError::Response),
                        _ => Err(SendError::Http(())),
                    };
                    // A refusal says that no job was started. Anything else may have started one.
                    let is_refused = match &outcome {
                        Err(SendError::Response(error)) => {
                            error.api_error().is_some_and(|error| error.code < 500)
                        }
                        _ => false,
                    };
                    if *method == ApiMethod::Retry && !is_refused {
                        retries += 1;
                        assert!(retries <= 3, "a fourth retry");
                    }
                    if *method == ApiMethod::GetState {
                        if let Some(time) = state_requested {
                            assert!(now >= time + PACE, "{:?}", now.duration_since(time));
                        }
                        // Google refused the token, and then says nothing of the job.
                        let is_executed = byte & 7 == 4 || !matches!(status, 401 | 403);
                        state_requested = Some(now).filter(|_| is_executed).or(state_requested);
                    }
                    outcomes.push((call, outcome));
                }
                (Err(_), Step::Call(method)) => panic!("{method:?} cannot be begun"),
                (Ok(call), step) => panic!("{:?} is begun at {step:?}", call.method()),
                (Err(_), _) => {}
            },
            // A response arrives: the latest, or an earlier one once more.
            5 => {
                let index = outcomes.len().wrapping_sub(1 + usize::from(argument % 4));
                if let Some((call, outcome)) = outcomes.get(index) {
                    export.record(call, outcome, now);
                }
            }
            // The app is stopped and started.
            6 => {
                let stored = serde_json::to_string(&export).expect("stored");
                assert!(!stored.contains("https://"), "a signed URL is stored");
                export = serde_json::from_str(&stored).expect("read back");
            }
            _ => match argument % 6 {
                0 => export.downloaded(),
                1 => export.download_again(),
                2 => export.token_replaced(now),
                3 => drop(export.cancel(grant, now)),
                4 => {
                    // With the same seed, late results of one would be taken for those of the other.
                    if let Ok(next) = export.again(seed + 1, now) {
                        export = next;
                        seed += 1;
                        retries = 0;
                        is_begun = false;
                    }
                }
                _ => {
                    let may_retry = export.check_retry(grant, now).is_ok();
                    assert!(may_retry || !matches!(next, Step::Call(ApiMethod::Retry)));
                }
            },
        }
        assert!(export.retries() <= 3);
        latest_of_all = latest_of_all.max(now);
    }

    now = latest_of_all + 60 * DAY;
    if !is_begun {
        // No time limit runs before the first call. This one is lost.
        now += 60 * DAY;
        assert!(export.begin(&full, now).is_ok() || is_ended(&export.next(&full, now)));
        now += 60 * DAY;
    }
    let step = export.next(&full, now);
    assert!(is_ended(&step), "{step:?}");
    assert!(export.begin(&full, now).is_err());
});

/// Whether the export needs nothing more, except that the user allows another one.
fn is_ended(step: &Step) -> bool {
    matches!(
        step,
        Step::Done | Step::GivenUp(_) | Step::RequestConsent(ConsentReason::OneTimeAccessUsedUp)
    )
}
