//! What goes wrong on purpose.

use std::collections::BTreeSet;

use http::{Method, Request};
use serde_json::Value;
use stand_in::{Access, Config, Faults, Rates, Rule};

use crate::app::{
    ADA, Answer, App, HOUR, MINUTE, SEARCH, call, config, initiate, rates, state_path, text,
};

fn app(faults: Faults) -> App {
    App::configured(Config { faults, ..config() }, &[SEARCH], Access::Days30)
}

/// An app to whose calls of the API faults happen.
fn risky(api: Rates) -> App {
    app(Faults { api, retry_after: MINUTE / 2, ..Faults::default() })
}

/// One request for each method of the API, `initiate` first.
fn requests(token: &str, job: &str) -> Vec<Request<Vec<u8>>> {
    let post = |path| call(token, Method::POST, &format!("/v1/{path}"), &Value::Null);
    vec![
        initiate(token, &[SEARCH]),
        call(token, Method::GET, &state_path(job), &Value::Null),
        post(format!("archiveJobs/{job}:retry")),
        post(format!("archiveJobs/{job}:cancel")),
        post("accessType:check".to_owned()),
        post("authorization:reset".to_owned()),
    ]
}

#[test]
fn every_fault_happens_to_every_method_and_only_a_lost_response_is_handled() {
    let none = Rates::default();
    for (rates, status) in [
        (Rates { lost_requests: 1.0, ..none }, None),
        (Rates { lost_responses: 1.0, ..none }, None),
        (Rates { server_errors: 1.0, ..none }, Some(503)),
        (Rates { too_many_requests: 1.0, ..none }, Some(429)),
        (Rates { odd_answers: 1.0, ..none }, Some(0)),
        (Rates { denials: 1.0, ..none }, Some(0)),
    ] {
        for index in 0..9 {
            let mut app = risky(rates);
            app.google.config_mut().faults.tokens = rates;
            let mut requests = requests(&app.token(), "x");
            if rates.denials < 1.0 {
                let tokens = ["/token", "/revoke", "/tokeninfo"];
                requests.extend(tokens.map(|it| Request::post(it).body(Vec::new()).unwrap()));
            }
            let Some(request) = requests.get(index) else { continue };
            let response = app.risk(request);
            assert_eq!(response.is_some(), status.is_some(), "{rates:?} {request:?}");
            let handled = u64::from(index == 0 && rates.lost_responses > 0.0);
            assert_eq!(app.google.audit().total.initiates, handled);
            let Some(response) = response else { continue };
            let wait = response.headers().get("Retry-After");
            let wait = wait.map(|wait| wait.to_str().unwrap());
            assert_eq!(wait, (status == Some(429)).then_some("30"));
            assert!(status == Some(0) || Some(response.status().as_u16()) == status);
            assert!(response.status() != 200 || response.body()[0] == b'<', "{rates:?}");
        }
    }
}

#[test]
fn odd_answers_are_of_many_kinds_and_do_nothing() {
    let mut app = app(Faults::default());
    app.google.config_mut().faults.api.odd_answers = 0.5;
    app.google.config_mut().faults.api.denials = 0.5;
    let (mut pages, mut errors) = (BTreeSet::new(), BTreeSet::new());
    for index in 0..1000 {
        app.now += HOUR;
        let request = requests(&app.token(), "x").swap_remove(index % 6);
        let response = app.risk(&request).expect("a response");
        if response.body().starts_with(b"<html>") {
            pages.insert(response.status().as_u16());
        } else {
            errors.insert(Answer::read(&response).error().1.to_owned());
        }
    }
    assert_eq!((pages.len(), errors.len()), (16, 9));
    assert_eq!(app.google.audit().total.jobs, 0);
    assert!(app.is_clean());

    let request = Request::post("/token").body(Vec::new()).unwrap();
    for (rates, error) in [
        (Rates { server_errors: 1.0, ..Rates::default() }, (503, "internal_failure")),
        (Rates { too_many_requests: 1.0, ..Rates::default() }, (429, "rate_limit_exceeded")),
    ] {
        app.google.config_mut().faults.tokens = rates;
        let response = app.risk(&request).expect("a response");
        assert_eq!(Answer::read(&response).oauth_error(), error);
    }
}

#[test]
fn asking_again_after_a_lost_response_breaks_no_rule() {
    let mut app = risky(Rates { lost_responses: 1.0, ..Rates::default() });
    let request = initiate(&app.token(), &[SEARCH]);
    for lost in 0..3 {
        assert!(app.risk(&request).is_none());
        assert_eq!(app.broken(Rule::ReaskedAfterLoss), lost);
    }
    let exists = app.initiate(&[SEARCH]);
    assert_eq!(app.broken(Rule::ReaskedAfterLoss), 3);
    assert_eq!(app.google.audit().total.jobs, 1);
    assert!(app.is_clean());
    // The id has arrived now, and nothing was lost since.
    app.initiate(&[SEARCH]);
    assert_eq!(app.broken(Rule::ReaskedBeforeUse), 1);

    let job = exists.reason().1["job_id"].as_str().unwrap();
    let request = call(&app.token(), Method::GET, &state_path(job), &Value::Null);
    app.risk(&request);
    app.state(job);
    assert!(app.is_clean());
    app.now += MINUTE;
    app.state(job);
    assert_eq!(app.broken(Rule::PollTooSoon), 1);
}

#[test]
fn a_repeated_request_is_handled_twice_and_breaks_no_rule() {
    let mut app = risky(Rates { repeats: 1.0, ..Rates::default() });
    let token = app.token();
    let second = Answer::read(&app.risk(&initiate(&token, &[SEARCH])).unwrap());
    let (reason, metadata) = second.reason();
    assert_eq!(reason, "ALREADY_EXISTS_TIME_BASED");
    let job = text(&metadata["job_id"]);
    app.risk(&call(&token, Method::GET, &state_path(&job), &Value::Null));
    let audit = app.google.audit();
    assert_eq!((audit.total.initiates, audit.total.polls, audit.total.repeats), (1, 1, 2));
    assert!(audit.is_clean() && audit.remarks.is_empty());
}

#[test]
fn faults_happen_at_their_rate_and_only_where_they_are_set() {
    let mut app = risky(rates(0.1));
    let check = call(&app.token(), Method::POST, "/v1/accessType:check", &Value::Null);
    let (mut lost, mut refused) = (0, 0);
    for _ in 0..10_000 {
        match app.risk(&check) {
            None => lost += 1,
            Some(response) => refused += u32::from(response.status() != 200),
        }
    }
    let repeated = app.google.audit().total.repeats;
    assert!((1800..2200).contains(&lost), "{lost}");
    assert!((850..1150).contains(&repeated), "{repeated}");
    assert!((1800..2200).contains(&refused), "{refused}");
    let page = Request::get("/stand-in").body(Vec::new()).unwrap();
    for _ in 0..100 {
        assert!(app.risk(&page).is_some_and(|it| it.status() == 200));
    }
}

#[test]
fn jobs_fail_at_their_rate_when_their_time_is_over() {
    for (job_failure, failed) in [(0.0, 0..=0), (0.5, 100..=200), (1.0, 300..=300)] {
        let mut app = app(Faults { job_failure, ..Faults::default() });
        let mut failures = 0;
        for _ in 0..300 {
            let job = app.start(SEARCH);
            app.now += MINUTE * 59;
            assert_eq!(app.state(&job).body["state"], "IN_PROGRESS");
            app.now += MINUTE;
            failures += u32::from(app.state(&job).body["state"] == "FAILED");
            app.reset();
            app.consent(ADA, &[SEARCH], Access::Days30);
        }
        assert!(failed.contains(&failures), "{failures}");
    }
}

#[test]
fn an_unlisted_state_comes_at_its_rate_and_without_files() {
    let mut app = app(Faults { unknown_states: 0.5, ..Faults::default() });
    let job = app.start(SEARCH);
    app.now += HOUR;
    let request = call(&app.token(), Method::GET, &state_path(&job), &Value::Null);
    let mut unknown = 0;
    for _ in 0..1000 {
        let state = Answer::read(&app.risk(&request).unwrap()).body;
        assert_eq!(state.get("urls").is_some(), state["state"] == "COMPLETE");
        unknown += u32::from(state["state"] == "QUEUED");
    }
    assert!((400..600).contains(&unknown), "{unknown}");
}
