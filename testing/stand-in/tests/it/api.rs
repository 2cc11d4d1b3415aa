//! The six methods and their rules.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use stand_in::{Access, Rule};

use crate::app::{
    ADA, App, DAY, GRACE, HOUR, INITIATE, MINUTE, NEXT_DAY, PROJECT, SEARCH, STARTED, call,
    resources, state_path, text,
};

const HISTORY: &str = "chrome.history";
const TIME: &str = "2025-01-01T00:00:00Z";
/// The methods besides `initiate` that are posted to.
const POSTED: [&str; 4] =
    ["authorization:reset", "accessType:check", "archiveJobs/x:retry", "archiveJobs/x:cancel"];

#[test]
fn every_access_has_its_name_in_each_answer() {
    for (access, name, list) in [
        (Access::OneTime, "ONE_TIME", "oneTimeResources"),
        (Access::Days30, "TIME_BASED", "timeBasedResources"),
        (Access::Days180, "TIME_BASED", "timeBasedResources"),
    ] {
        let mut app = App::of(&[SEARCH, HISTORY], access);
        let checked = app.post("accessType:check").body;
        assert_eq!(checked, json!({ list: [HISTORY, SEARCH] }));
        let answer = app.initiate(&[SEARCH]);
        let job = answer.job();
        let access_type = format!("ACCESS_TYPE_{name}");
        assert_eq!(answer.body, json!({ "archiveJobId": job, "accessType": access_type }));
        let running = app.initiate(&[SEARCH]);
        assert_eq!(running.error(), (409, "ALREADY_EXISTS"));
        let reason = format!("ALREADY_EXISTS_{name}");
        assert_eq!(running.reason(), (&*reason, &json!({ "job_id": job })));
        assert_eq!(app.google.audit().total.jobs, 1);
    }
}

#[test]
fn a_call_without_a_valid_token_is_unauthenticated() {
    let mut app = App::new();
    let posted = POSTED.map(|method| (Method::POST, format!("/v1/{method}")));
    let others = [(Method::POST, INITIATE.to_owned()), (Method::GET, state_path("x"))];
    for (method, path) in posted.into_iter().chain(others) {
        let mut request = call("other", method, &path, &Value::Null);
        assert_eq!(app.send(&request).error(), (401, "UNAUTHENTICATED"));
        request.headers_mut().clear();
        assert_eq!(app.send(&request).error(), (401, "UNAUTHENTICATED"));
    }
}

#[test]
fn a_job_needs_the_scopes_of_all_its_resources_to_start_and_to_read() {
    let mut app = App::of(&[SEARCH, HISTORY], Access::OneTime);
    let job = app.initiate(&[SEARCH, HISTORY]).job();
    app.google.remove_access(ADA, PROJECT);
    app.consent(ADA, &[SEARCH], Access::OneTime);
    for answer in [app.initiate(&[HISTORY]), app.initiate(&[SEARCH, HISTORY]), app.state(&job)] {
        assert_eq!(answer.error(), (403, "PERMISSION_DENIED"));
        let error = &answer.body["error"];
        let message = "The requested resources are not authorized by the OAuth token.";
        assert_eq!(error["message"], message);
        assert_eq!(error["details"][0]["@type"], "type.googleapis.com/google.rpc.DebugInfo");
    }
    assert_eq!(app.broken(Rule::UncoveredResource), 3);
}

#[test]
fn a_body_that_the_method_does_not_take_is_an_invalid_argument() {
    let wrong = include_str!("wrong_bodies.json");
    let wrong: Vec<(Rule, Value)> = serde_json::from_str(wrong).unwrap();
    for (rule, body) in wrong {
        let mut app = App::of(&[SEARCH], Access::OneTime);
        let answer = app.call(Method::POST, INITIATE, &body);
        assert_eq!(answer.error(), (400, "INVALID_ARGUMENT"), "{body}");
        assert_eq!(app.broken(rule), 1, "{body}");
    }
    let mut app = App::of(&[SEARCH], Access::OneTime);
    for method in POSTED {
        let answer = app.call(Method::POST, &format!("/v1/{method}"), &json!({ "name": "x" }));
        assert_eq!(answer.error(), (400, "INVALID_ARGUMENT"), "{method}");
    }
    assert_eq!(app.call(Method::POST, "/v1/accessType:check", &json!({})).status, StatusCode::OK);
}

#[test]
fn a_time_range_works_exactly_for_the_groups_that_take_one() {
    let mut filtered = 0;
    for resource in resources() {
        for range in ["startTime", "endTime"] {
            let mut app = App::of(&[&resource.group], Access::OneTime);
            let body = json!({ "resources": [resource.group], range: TIME });
            let answer = app.call(Method::POST, INITIATE, &body);
            if resource.time_filter {
                let job = answer.job();
                let state = app.state(&job).body;
                let name = format!("archiveJobs/{job}/portabilityArchiveState");
                let mut times = json!({ "exportTime": STARTED });
                times[if range == "endTime" { "exportTime" } else { range }] = json!(TIME);
                times["name"] = json!(name);
                times["state"] = json!("IN_PROGRESS");
                assert_eq!(state, times);
                filtered += 1;
            } else {
                assert_eq!(answer.error(), (400, "INVALID_ARGUMENT"), "{}", resource.group);
                assert_eq!(app.broken(Rule::TimeRangeMisuse), 1);
            }
        }
    }
    assert_eq!(filtered, 14);
}

#[test]
fn one_time_access_is_exhausted_by_one_export_until_it_is_reset() {
    let mut app = App::of(&[SEARCH], Access::OneTime);
    let job = app.start(SEARCH);
    app.now += DAY * 2;
    let answer = app.initiate(&[SEARCH]);
    assert_eq!(answer.error(), (429, "RESOURCE_EXHAUSTED"));
    let metadata = json!({ "previous_job_ids": job });
    assert_eq!(answer.reason(), ("RESOURCE_EXHAUSTED_ONE_TIME", &metadata));
    app.google.remove_access(ADA, PROJECT);
    app.consent(ADA, &[SEARCH], Access::OneTime);
    assert_eq!(app.initiate(&[SEARCH]).status, 429);
    assert_eq!(app.reset().status, 200);
    app.consent(ADA, &[SEARCH], Access::OneTime);
    app.start(SEARCH);
}

#[test]
fn time_based_access_allows_one_export_a_day() {
    let mut app = App::of(&[SEARCH], Access::Days30);
    let job = app.start(SEARCH);
    app.now = app.now + DAY - MINUTE;
    let answer = app.initiate(&[SEARCH]);
    assert_eq!(answer.error(), (429, "RESOURCE_EXHAUSTED"));
    let metadata = json!({ "previous_job_ids": job, "timestamp_after_24hrs": NEXT_DAY });
    assert_eq!(answer.reason(), ("RESOURCE_EXHAUSTED_TIME_BASED", &metadata));
    app.now += MINUTE;
    app.start(SEARCH);
}

#[test]
fn accounts_and_resources_do_not_stand_in_each_others_way() {
    let mut app = App::of(&[SEARCH, HISTORY], Access::OneTime);
    let job = app.start(SEARCH);
    app.start(HISTORY);
    app.consent(GRACE, &[SEARCH], Access::OneTime);
    app.start(SEARCH);
    for answer in [app.state(&job), app.retry(&job), app.cancel(&job)] {
        assert_eq!(answer.error(), (404, "NOT_FOUND"));
    }
}

#[test]
fn a_failed_job_is_retried_three_times_each_as_a_new_job() {
    let mut app = App::of(&[SEARCH], Access::OneTime);
    app.google.fail_next_jobs(4);
    let mut jobs = vec![app.start(SEARCH)];
    loop {
        let job = jobs.last().unwrap().clone();
        if jobs.len() == 1 {
            assert_eq!(app.retry(&job).error(), (400, "FAILED_PRECONDITION"));
        }
        app.now += HOUR;
        assert_eq!(app.state(&job).body["state"], "FAILED");
        let answer = app.retry(&job);
        if jobs.len() == 4 {
            assert_eq!(answer.error(), (429, "RESOURCE_EXHAUSTED"));
            break;
        }
        assert_eq!(answer.body, json!({ "archiveJobId": answer.job() }));
        jobs.push(answer.job());
    }
    assert_eq!(jobs.iter().collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(app.broken(Rule::RetryOfUnfailed), 1);
    assert_eq!(app.broken(Rule::FourthRetry), 1);
    assert_eq!(app.google.audit().total.retries, 3);
}

#[test]
fn a_job_that_was_retried_already_exists_as_its_last_retry() {
    let mut app = App::of(&[SEARCH], Access::OneTime);
    app.google.fail_next_jobs(1);
    let job = app.start(SEARCH);
    app.now += HOUR;
    let retry = app.retry(&job).job();
    let again = app.retry(&job);
    assert_eq!(again.error(), (409, "ALREADY_EXISTS"));
    assert_eq!(again.reason(), ("ALREADY_EXISTS_ONE_TIME", &json!({ "job_id": retry })));
    assert_eq!(app.broken(Rule::ReaskedBeforeUse), 1);
    app.state(&retry);
    app.retry(&job);
    assert_eq!(app.broken(Rule::Duplicate), 1);
    assert_eq!(app.google.audit().total.jobs, 2);
}

#[test]
fn only_a_running_job_with_time_based_access_is_cancelled() {
    let mut app = App::of(&[SEARCH], Access::OneTime);
    let job = app.start(SEARCH);
    assert_eq!(app.cancel(&job).error(), (400, "FAILED_PRECONDITION"));
    assert_eq!(app.broken(Rule::ImpossibleCancel), 1);

    app.consent(GRACE, &[SEARCH], Access::Days180);
    let job = app.start(SEARCH);
    let cancelled = app.cancel(&job);
    assert_eq!((cancelled.status, cancelled.body), (StatusCode::OK, json!({})));
    assert_eq!(app.state(&job).body["state"], "CANCELLED");
    assert_eq!(app.cancel(&job).error(), (400, "FAILED_PRECONDITION"));
    assert_eq!(app.retry(&job).error(), (400, "FAILED_PRECONDITION"));
    assert_eq!(app.broken(Rule::ImpossibleCancel), 1);
    assert_eq!(app.broken(Rule::RetryOfUnfailed), 1);
}

#[test]
fn a_reset_ends_tokens_jobs_and_exhaustion() {
    let mut app = App::of(&[SEARCH], Access::OneTime);
    let job = app.start(SEARCH);
    let (token, refresh_token) = (app.token(), app.refresh_token.clone());
    let other = text(&app.consent(ADA, &[HISTORY], Access::Days30)["access_token"]);
    let reset = app.reset();
    assert_eq!((reset.status, reset.body), (StatusCode::OK, json!({})));
    for token in [&token, &other] {
        let request = call(token, Method::POST, "/v1/authorization:reset", &Value::Null);
        assert_eq!(app.send(&request).error(), (401, "UNAUTHENTICATED"));
    }
    assert_eq!(app.refresh(&refresh_token).oauth_error(), (400, "invalid_grant"));
    app.consent(ADA, &[SEARCH], Access::OneTime);
    assert_eq!(app.state(&job).error(), (404, "NOT_FOUND"));
    app.start(SEARCH);
}

#[test]
fn one_time_access_resets_itself_14_days_after_the_first_job() {
    let groups = [SEARCH, HISTORY];
    let mut app = App::of(&groups, Access::OneTime);
    app.now += HOUR / 2;
    app.start(SEARCH);
    app.now = app.now + DAY * 14 - MINUTE;
    app.start(HISTORY);
    app.now += MINUTE;
    let refresh_token = app.refresh_token.clone();
    assert_eq!(app.refresh(&refresh_token).oauth_error(), (400, "invalid_grant"));
    app.consent(ADA, &groups, Access::OneTime);
    for group in groups {
        app.start(group);
    }
}

#[test]
fn an_unknown_path_or_method_is_not_found() {
    let mut app = App::of(&[SEARCH], Access::Days30);
    let job = app.start(SEARCH);
    for (method, path) in [
        (Method::GET, INITIATE.to_owned()),
        (Method::POST, state_path(&job)),
        (Method::POST, state_path(&job) + ":cancel"),
        (Method::GET, format!("/v1/archiveJobs/{job}:retry")),
        (Method::GET, format!("/v1/archiveJobs/{job}")),
        (Method::DELETE, format!("/v1/archiveJobs/{job}:cancel")),
        (Method::POST, format!("/v1/{job}:retry")),
        (Method::POST, "/v1/archiveJobs/:retry".to_owned()),
        (Method::POST, "/v1/archiveJobs/a/b:retry".to_owned()),
        (Method::POST, "/v1/".to_owned()),
    ] {
        assert_eq!(app.call(method, &path, &Value::Null).error(), (404, "NOT_FOUND"), "{path}");
    }
    assert_eq!(app.broken(Rule::UnknownJob), 0);
    assert_eq!(app.retry("other").error(), (404, "NOT_FOUND"));
    assert_eq!(app.broken(Rule::UnknownJob), 1);
}

#[test]
fn a_running_job_is_polled_every_five_minutes_and_a_complete_one_at_any_time() {
    let mut app = App::of(&[SEARCH], Access::OneTime);
    let job = app.start(SEARCH);
    for (wait, broken) in [(MINUTE, 0), (MINUTE * 5, 0), (MINUTE * 4, 1), (MINUTE * 5, 1)] {
        app.now += wait;
        assert_eq!(app.state(&job).status, 200);
        assert_eq!(app.google.audit().accounts[ADA].of(Rule::PollTooSoon), broken);
    }
    let text = format!("the state of {job} was asked for after 240 seconds");
    assert_eq!(app.google.audit().violations[0].text, text);
    app.now += HOUR;
    for _ in 0..3 {
        assert_eq!(app.state(&job).body["state"], "COMPLETE");
    }
    assert_eq!(app.broken(Rule::PollTooSoon), 1);
}

#[test]
fn starting_a_known_job_again_breaks_a_rule() {
    let mut app = App::of(&[SEARCH], Access::OneTime);
    let job = app.start(SEARCH);
    app.initiate(&[SEARCH]);
    assert_eq!(app.broken(Rule::ReaskedBeforeUse), 1);
    assert!(app.is_clean());
    app.state(&job);
    app.initiate(&[SEARCH]);
    assert_eq!(app.broken(Rule::Duplicate), 1);
    assert!(!app.is_clean());
}
