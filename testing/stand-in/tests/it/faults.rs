//! What goes wrong on purpose.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use stand_in::{Access, Config, Faults, Outcome, Rates, Rule};

use crate::app::{ADA, Answer, App, MINUTE, call, config, initiate, text};

const SEARCH: &str = "myactivity.search";

/// An app to whose calls of the API one fault always happens, and its token.
fn app(rates: Rates) -> (App, String) {
    let faults = Faults { api: rates, retry_after: Duration::from_secs(30), ..Faults::default() };
    let mut app = App::with(Config { faults, ..config() });
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    (app, token)
}

#[test]
fn a_lost_request_is_not_handled() {
    let (mut app, token) = app(Rates { lost_requests: 1.0, ..Rates::default() });
    let outcome = app.google.send(&initiate(&token, &[SEARCH]), app.now);
    assert!(matches!(outcome, Outcome::Lost));
    assert_eq!(app.google.audit().total.initiates, 0);
}

#[test]
fn a_lost_response_is_handled_and_asking_again_breaks_no_rule() {
    let (mut app, token) = app(Rates { lost_responses: 1.0, ..Rates::default() });
    for lost in 0..3 {
        let outcome = app.google.send(&initiate(&token, &[SEARCH]), app.now);
        assert!(matches!(outcome, Outcome::Lost));
        assert_eq!(app.broken(Rule::ReaskedAfterLoss), lost);
    }
    let answer = app.initiate(&token, &[SEARCH]);
    assert_eq!(answer.error(), (409, "ALREADY_EXISTS"));
    assert_eq!(app.broken(Rule::ReaskedAfterLoss), 3);
    assert_eq!(app.google.audit().total.jobs, 1);
    assert!(app.google.audit().is_clean());

    // The id has arrived now, and nothing was lost since.
    app.initiate(&token, &[SEARCH]);
    assert_eq!(app.broken(Rule::ReaskedBeforeUse), 1);
}

#[test]
fn a_lost_state_may_be_asked_for_again_at_once() {
    let (mut app, token) = app(Rates { lost_responses: 1.0, ..Rates::default() });
    let job = app.start(&token, SEARCH);
    let path = format!("/v1/archiveJobs/{job}/portabilityArchiveState");
    let request = call(&token, Method::GET, &path, &Value::Null);
    app.google.send(&request, app.now);
    app.state(&token, &job);
    assert!(app.google.audit().is_clean());
    app.now += MINUTE;
    app.state(&token, &job);
    assert_eq!(app.broken(Rule::PollTooSoon), 1);
}

#[test]
fn a_repeated_request_is_handled_twice_and_breaks_no_rule() {
    let (mut app, token) = app(Rates { repeats: 1.0, ..Rates::default() });
    let outcome = app.google.send(&initiate(&token, &[SEARCH]), app.now);
    let Outcome::Repeated { first, second } = outcome else {
        panic!("{outcome:?}");
    };
    let job = Answer::read(&first).job();
    let second = Answer::read(&second);
    let metadata = json!({ "job_id": job });
    assert_eq!(second.reason(), ("ALREADY_EXISTS_ONE_TIME", &metadata));
    let path = format!("/v1/archiveJobs/{job}/portabilityArchiveState");
    let request = call(&token, Method::GET, &path, &Value::Null);
    app.google.send(&request, app.now);
    let audit = app.google.audit();
    assert_eq!((audit.total.initiates, audit.total.polls), (1, 1));
    assert_eq!(audit.total.repeats, 2);
    assert!(audit.is_clean() && audit.remarks.is_empty());
}

#[test]
fn server_errors_and_too_many_requests_are_not_handled() {
    for (rates, status) in [
        (Rates { server_errors: 1.0, ..Rates::default() }, 503),
        (Rates { too_many_requests: 1.0, ..Rates::default() }, 429),
    ] {
        let (mut app, token) = app(rates);
        let outcome = app.google.send(&initiate(&token, &[SEARCH]), app.now);
        let response = outcome.into_response().unwrap();
        assert_eq!(response.status(), status);
        let retry_after = response.headers().get("Retry-After");
        assert_eq!(retry_after.map(|it| it.to_str().unwrap()), (status == 429).then_some("30"));
        assert!(Answer::read(&response).body["error"].get("details").is_none());
        assert_eq!(app.google.audit().total.initiates, 0);
    }
}

#[test]
fn faults_happen_at_their_rate_and_only_where_they_are_set() {
    let rates = Rates {
        lost_requests: 0.1,
        lost_responses: 0.1,
        repeats: 0.1,
        server_errors: 0.1,
        too_many_requests: 0.1,
        ..Rates::default()
    };
    let (mut app, token) = app(rates);
    let check = call(&token, Method::POST, "/v1/accessType:check", &Value::Null);
    let (mut lost, mut repeated, mut refused) = (0, 0, 0);
    for _ in 0..10_000 {
        match app.google.send(&check, app.now) {
            Outcome::Lost => lost += 1,
            Outcome::Repeated { .. } => repeated += 1,
            Outcome::Answered(response) if response.status() != 200 => refused += 1,
            Outcome::Answered(_) => {}
        }
    }
    assert!((1800..2200).contains(&lost), "{lost}");
    assert!((850..1150).contains(&repeated), "{repeated}");
    assert!((1800..2200).contains(&refused), "{refused}");
    let page = http::Request::get("/stand-in").body(Vec::new()).unwrap();
    for _ in 0..100 {
        let outcome = app.google.send(&page, app.now);
        assert!(matches!(outcome, Outcome::Answered(it) if it.status() == 200));
    }
}

#[test]
fn jobs_fail_at_their_rate() {
    for (job_failure, failed) in [(0.0, 0..=0), (0.5, 100..=200), (1.0, 300..=300)] {
        let faults = Faults { job_failure, ..Faults::default() };
        let mut app = App::with(Config { faults, ..config() });
        let mut failures = 0;
        for _ in 0..300 {
            let tokens = app.consent(ADA, &[SEARCH], Access::Days30);
            let token = text(&tokens["access_token"]);
            let job = app.start(&token, SEARCH);
            app.now += MINUTE * 59;
            app.state(&token, &job);
            app.now += MINUTE;
            let token = text(&app.refresh(&text(&tokens["refresh_token"])).body["access_token"]);
            failures += u32::from(app.state(&token, &job).body["state"] == "FAILED");
            app.reset(&token);
        }
        assert!(failed.contains(&failures), "{failures}");
    }
}

#[test]
fn the_same_seed_and_requests_give_the_same_responses() {
    let run = |seed| {
        let (mut app, _) = app(Rates::default());
        app = App::with(Config { seed, ..app.google.config().clone() });
        let token = app.token(ADA, &[SEARCH], Access::OneTime);
        let job = app.start(&token, SEARCH);
        (token, job)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
