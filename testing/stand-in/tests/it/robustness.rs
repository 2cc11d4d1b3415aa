//! Nothing that a client sends makes it panic, and it can be stored at any time.

use std::time::{Duration, SystemTime};

use http::{Method, Request};
use proptest::prelude::*;
use serde_json::{Value, json};
use stand_in::{Access, Config, Faults, Google, Granted};

use crate::app::{ADA, App, HOUR, INITIATE, PROJECT, SEARCH, config, initiate, rates};

const PATHS: &str = "/o/oauth2/v2/auth /token /revoke /tokeninfo /v1/portabilityArchive:initiate \
    /v1/authorization:reset /v1/accessType:check /v1/archiveJobs/JOB/portabilityArchiveState \
    /v1/archiveJobs/JOB:retry /v1/archiveJobs/JOB:cancel /v1/archiveJobs/:retry \
    /archives/JOB/1.zip /archives/ /stand-in /stand-in/audit /style.css";

fn export(end: &str) -> Value {
    json!({ "resources": [SEARCH], "startTime": "1970-01-01T00:00:00Z", "endTime": end })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let bodies = [
        json!({ "resources": [SEARCH] }),
        export("1970-01-01T00:00:01Z"),
        export("9999-12-31T23:59:59Z"),
    ];
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        "[a-z_]{0,20}=[!-~]{0,40}(&[a-z_]{0,20}=[!-~]{0,40}){0,8}".prop_map(String::into_bytes),
        proptest::sample::select(bodies.map(|it| it.to_string().into_bytes()).to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_request_makes_it_panic(
        requests in proptest::collection::vec(
            (0..4usize, 0..20usize, "[ -~]{0,60}", body(), any::<bool>(), 0..10_000_000_000u64),
            1..8,
        ),
    ) {
        let mut app = App::of(&[SEARCH], Access::Days30);
        let token = app.token();
        let mut job = "none".to_owned();
        for (method, path, query, body, authorized, seconds) in requests {
            let method = [Method::GET, Method::POST, Method::PUT, Method::HEAD][method].clone();
            let query = query.replace('#', "");
            let path = PATHS.split(' ').nth(path).unwrap_or(&query).replace("JOB", &job);
            let mut request = Request::builder().method(method).uri(format!("{path}?{query}"));
            if authorized {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            let _ = app.try_decide(&query, ADA, Granted::All);
            // Not every path is a URI.
            let Ok(request) = request.body(body) else { continue };
            // Time may go back, to 1970 even, or jump on by centuries.
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let now = if authorized { app.now } else { at };
            let response = app.google.respond(&request, now);
            let body = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
            if let Some(id) = body["archiveJobId"].as_str() {
                id.clone_into(&mut job);
            }
        }
    }
}

#[test]
fn an_export_of_the_first_seconds_of_time_can_be_downloaded() {
    let mut app = App::of(&[SEARCH], Access::OneTime);
    let job = app.call(Method::POST, INITIATE, &export("1970-01-01T00:00:01Z")).job();
    app.now += HOUR;
    for url in app.urls(&job) {
        assert_eq!(app.get(&url).status(), 200);
    }
}

#[test]
fn stored_and_read_back_it_goes_on_as_before() {
    let run = |restarts: bool, seed| {
        let faults = Faults { api: rates(0.15), job_failure: 0.5, ..Faults::default() };
        let mut app = App::with(Config { faults, seed, ..config() });
        let mut seen = Vec::new();
        for _ in 0..50 {
            app.consent(ADA, &[SEARCH], Access::Days30);
            let token = app.token();
            let outcome = app.risk(&initiate(&token, &[SEARCH]));
            seen.push(format!("{token} {outcome:?}"));
            app.google.remove_access(ADA, PROJECT);
            app.now += HOUR * 25;
            if restarts {
                let saved = serde_json::to_vec(&app.google).unwrap();
                app.google = serde_json::from_slice::<Google>(&saved).unwrap();
            }
        }
        (seen, app.google.audit().clone())
    };
    // The same seed and requests give the same responses.
    assert_eq!(run(true, 1), run(false, 1));
    assert_ne!(run(false, 1), run(false, 2));
}
