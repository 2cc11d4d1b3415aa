//! Nothing that a client sends makes it panic, and it can be stored at any time.

use std::time::{Duration, SystemTime};

use http::{Method, Request};
use proptest::prelude::*;
use serde_json::json;
use stand_in::{Access, Config, Faults, Google, Rates};

use crate::app::{ADA, App, HOUR, authorization_url, config, text};

/// Paths of the API and text around them.
fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("/o/oauth2/v2/auth"),
        Just("/token"),
        Just("/revoke"),
        Just("/tokeninfo"),
        Just("/v1/portabilityArchive:initiate"),
        Just("/v1/authorization:reset"),
        Just("/v1/accessType:check"),
        Just("/v1/archiveJobs/JOB/portabilityArchiveState"),
        Just("/v1/archiveJobs/JOB:retry"),
        Just("/v1/archiveJobs/JOB:cancel"),
        Just("/v1/archiveJobs/:retry"),
        Just("/archives/JOB/1.zip"),
        Just("/archives/"),
        Just("/stand-in"),
        Just("/stand-in/audit"),
        Just("/style.css"),
    ]
    .prop_map(str::to_owned)
    .boxed()
    .prop_union("/[!-~]{0,40}".prop_map(|path| path.replace(['#', '?'], "/")).boxed())
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        "[a-z_]{0,20}=[!-~]{0,40}(&[a-z_]{0,20}=[!-~]{0,40}){0,8}".prop_map(String::into_bytes),
        Just(json!({ "resources": ["myactivity.search"] }).to_string().into_bytes()),
        Just(
            json!({
                "resources": ["myactivity.search"],
                "startTime": "1970-01-01T00:00:00Z",
                "endTime": "1970-01-01T00:00:01Z",
            })
            .to_string()
            .into_bytes()
        ),
        Just(
            json!({ "resources": ["myactivity.search"], "endTime": "9999-12-31T23:59:59Z" })
                .to_string()
                .into_bytes()
        ),
        Just(Vec::new()),
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
            (0..4u8, path(), "[!-~]{0,60}", body(), any::<bool>(), 0..10_000_000_000u64),
            1..8,
        ),
    ) {
        let mut app = App::new();
        let token = app.token(ADA, &["myactivity.search"], Access::Days30);
        let mut job = "none".to_owned();
        for (method, path, query, body, authorized, seconds) in requests {
            let method = [Method::GET, Method::POST, Method::PUT, Method::HEAD]
                .get(usize::from(method))
                .cloned()
                .unwrap_or_default();
            let uri = format!("{}?{}", path.replace("JOB", &job), query.replace('#', ""));
            let mut request = Request::builder().method(method).uri(uri);
            if authorized {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            // Not every path is a URI.
            let Ok(request) = request.body(body) else { continue };
            // Time may go back, to 1970 even, or jump on by centuries.
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let now = if authorized { app.now } else { at };
            let response = app.google.respond(&request, now);
            if let Ok(body) = serde_json::from_slice::<serde_json::Value>(response.body()) {
                if let Some(id) = body["archiveJobId"].as_str() {
                    job = id.to_owned();
                }
            }
        }
    }

    #[test]
    fn no_authorization_url_makes_it_panic(url in "[ -~]{0,200}", tail in any::<String>()) {
        let mut app = App::new();
        let decision = crate::app::decision(ADA, stand_in::Granted::All, Access::OneTime);
        let _ = app.google.decide(&url, &decision, app.now);
        let _ = app.google.decide(&tail, &decision, app.now);
        let long = format!("{}&{tail}", authorization_url(&["myactivity.search"]));
        let _ = app.google.decide(&long, &decision, app.now);
    }
}

#[test]
fn an_export_of_the_first_seconds_of_time_can_be_downloaded() {
    let mut app = App::new();
    let tokens = app.consent(ADA, &["myactivity.search"], Access::OneTime);
    let body = json!({
        "resources": ["myactivity.search"],
        "startTime": "1970-01-01T00:00:00Z",
        "endTime": "1970-01-01T00:00:01Z",
    });
    let token = text(&tokens["access_token"]);
    let job = app.call(&token, Method::POST, "/v1/portabilityArchive:initiate", &body).job();
    app.now += HOUR;
    let token = text(&app.refresh(&text(&tokens["refresh_token"])).body["access_token"]);
    let url = text(&app.state(&token, &job).body["urls"][0]);
    let path = url.strip_prefix("http://127.0.0.1:8090").unwrap();
    let request = Request::get(path).body(Vec::new()).unwrap();
    assert_eq!(app.google.respond(&request, app.now).status(), 200);
}

#[test]
fn stored_and_read_back_it_goes_on_as_before() {
    let rates = Rates {
        lost_requests: 0.2,
        lost_responses: 0.2,
        repeats: 0.2,
        server_errors: 0.1,
        too_many_requests: 0.1,
        ..Rates::default()
    };
    let faults = Faults { api: rates, job_failure: 0.5, ..Faults::default() };
    let run = |restarts: bool| {
        let mut app = App::with(Config { faults: faults.clone(), ..config() });
        let mut seen = Vec::new();
        for _ in 0..50 {
            let groups = ["myactivity.search"];
            let token = app.token(ADA, &groups, Access::Days30);
            let outcome = app.google.send(&crate::app::initiate(&token, &groups), app.now);
            seen.push(format!("{token} {outcome:?}"));
            app.google.remove_access(ADA, "1234567890");
            app.now += HOUR * 25;
            if restarts {
                let saved = serde_json::to_vec(&app.google).unwrap();
                app.google = serde_json::from_slice::<Google>(&saved).unwrap();
            }
        }
        (seen, app.google.audit().clone())
    };
    assert_eq!(run(true), run(false));
}
