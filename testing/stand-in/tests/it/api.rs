//! The six methods and their rules.

use std::collections::BTreeSet;

use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use stand_in::{Access, Rule};

use crate::app::{ADA, App, DAY, GRACE, HOUR, MINUTE, resources, scope, text};

const SEARCH: &str = "myactivity.search";
const INITIATE: &str = "/v1/portabilityArchive:initiate";

fn groups() -> Vec<String> {
    resources().into_iter().map(|it| it.group).collect()
}

#[test]
fn every_resource_group_is_exported_from_start_to_end() {
    let groups = groups();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let mut app = App::new();
    let tokens = app.consent(ADA, &groups, Access::Days30);
    let token = text(&tokens["access_token"]);
    let jobs: Vec<String> = groups.iter().map(|group| app.start(&token, group)).collect();
    assert_eq!(jobs.iter().collect::<BTreeSet<_>>().len(), groups.len());
    for (state, wait) in [("IN_PROGRESS", MINUTE * 50), ("COMPLETE", MINUTE * 10)] {
        app.now += wait;
        let refreshed = app.refresh(&text(&tokens["refresh_token"]));
        let token = text(&refreshed.body["access_token"]);
        for job in &jobs {
            assert_eq!(app.state(&token, job).body["state"], state);
        }
    }
    assert!(app.google.audit().is_clean(), "{:?}", app.google.audit());
    assert_eq!(app.google.audit().accounts[ADA].jobs, 66);
}

#[test]
fn initiate_answers_with_job_and_access_type() {
    for (access, access_type) in [
        (Access::OneTime, "ACCESS_TYPE_ONE_TIME"),
        (Access::Days30, "ACCESS_TYPE_TIME_BASED"),
        (Access::Days180, "ACCESS_TYPE_TIME_BASED"),
    ] {
        let mut app = App::new();
        let token = app.token(ADA, &[SEARCH], access);
        let answer = app.initiate(&token, &[SEARCH]);
        let job = answer.job();
        assert_eq!(answer.body, json!({ "archiveJobId": job, "accessType": access_type }));
    }
}

#[test]
fn the_state_names_the_job_and_its_times() {
    let mut app = App::new();
    let token = app.token(ADA, &[SEARCH], Access::Days30);
    let body = json!({
        "resources": [SEARCH],
        "startTime": "2025-01-01T00:00:00Z",
        "endTime": "2025-02-01T00:00:00Z",
    });
    let job = app.call(&token, Method::POST, INITIATE, &body).job();
    assert_eq!(
        app.state(&token, &job).body,
        json!({
            "name": format!("archiveJobs/{job}/portabilityArchiveState"),
            "state": "IN_PROGRESS",
            "startTime": "2025-01-01T00:00:00Z",
            "exportTime": "2025-02-01T00:00:00Z",
        })
    );
}

#[test]
fn a_call_without_a_valid_token_is_unauthenticated() {
    let mut app = App::new();
    for method in [
        "portabilityArchive:initiate",
        "authorization:reset",
        "accessType:check",
        "archiveJobs/x:retry",
        "archiveJobs/x:cancel",
    ] {
        assert_eq!(app.post("other", method).error(), (401, "UNAUTHENTICATED"));
        let request = Request::post(format!("/v1/{method}")).body(Vec::new()).unwrap();
        assert_eq!(app.send(&request).error(), (401, "UNAUTHENTICATED"));
    }
    assert_eq!(app.state("other", "x").error(), (401, "UNAUTHENTICATED"));
}

#[test]
fn initiate_needs_the_scopes_of_all_resources() {
    let mut app = App::new();
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    for resources in [&["chrome.history"][..], &[SEARCH, "chrome.history"]] {
        let answer = app.initiate(&token, resources);
        assert_eq!(answer.error(), (403, "PERMISSION_DENIED"));
        let error = &answer.body["error"];
        assert_eq!(
            error["message"],
            "The requested resources are not authorized by the OAuth token."
        );
        assert_eq!(error["details"][0]["@type"], "type.googleapis.com/google.rpc.DebugInfo");
    }
    assert_eq!(app.broken(Rule::UncoveredResource), 2);
}

#[test]
fn reading_a_job_needs_the_scopes_of_all_its_resources() {
    let mut app = App::new();
    let both = app.token(ADA, &[SEARCH, "chrome.history"], Access::OneTime);
    let job = app.initiate(&both, &[SEARCH, "chrome.history"]).job();
    app.google.remove_access(ADA, "1234567890");
    let one = app.token(ADA, &[SEARCH], Access::OneTime);
    assert_eq!(app.state(&one, &job).error(), (403, "PERMISSION_DENIED"));
    assert_eq!(app.broken(Rule::UncoveredResource), 1);
}

#[test]
fn resources_are_listed_group_names() {
    let mut app = App::new();
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    for resources in [vec![], vec!["youtube.watch_history"], vec![SEARCH, ""], vec!["nest.user"]] {
        let answer = app.initiate(&token, &resources);
        assert_eq!(answer.error(), (400, "INVALID_ARGUMENT"), "{resources:?}");
    }
    assert_eq!(app.broken(Rule::UnknownResource), 3);
    let answer = app.initiate(&token, &[&scope(SEARCH)]);
    assert_eq!(answer.error(), (400, "INVALID_ARGUMENT"));
    assert_eq!(app.broken(Rule::ScopeAsResource), 1);
}

#[test]
fn a_malformed_body_is_an_invalid_argument() {
    let mut app = App::new();
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    for body in [
        json!([]),
        json!({ "resources": SEARCH }),
        json!({ "resources": [SEARCH], "timeRange": {} }),
        json!({ "resources": [SEARCH], "startTime": "yesterday" }),
        json!({ "resources": [SEARCH], "endTime": 5 }),
    ] {
        let answer = app.call(&token, Method::POST, INITIATE, &body);
        assert_eq!(answer.error(), (400, "INVALID_ARGUMENT"), "{body}");
    }
    assert_eq!(app.broken(Rule::MalformedRequest), 5);
    for method in
        ["authorization:reset", "accessType:check", "archiveJobs/x:retry", "archiveJobs/x:cancel"]
    {
        let path = format!("/v1/{method}");
        let answer = app.call(&token, Method::POST, &path, &json!({ "name": "x" }));
        assert_eq!(answer.error(), (400, "INVALID_ARGUMENT"), "{method}");
    }
    let empty = app.call(&token, Method::POST, "/v1/accessType:check", &json!({}));
    assert_eq!(empty.status, StatusCode::OK);
}

#[test]
fn a_time_range_works_exactly_for_the_groups_that_take_one() {
    let mut filtered = 0;
    for resource in resources() {
        let mut app = App::new();
        let token = app.token(ADA, &[&resource.group], Access::OneTime);
        for range in ["startTime", "endTime"] {
            let mut body = json!({ "resources": [resource.group] });
            body[range] = json!("2025-01-01T00:00:00Z");
            let answer = app.call(&token, Method::POST, INITIATE, &body);
            if resource.time_filter {
                assert_eq!(answer.status, StatusCode::OK, "{}", resource.group);
                filtered += 1;
                break;
            }
            assert_eq!(answer.error(), (400, "INVALID_ARGUMENT"), "{}", resource.group);
        }
        let misuses = if resource.time_filter { 0 } else { 2 };
        assert_eq!(app.broken(Rule::TimeRangeMisuse), misuses);
    }
    assert_eq!(filtered, 7);
}

#[test]
fn a_time_range_starts_before_it_ends() {
    let mut app = App::new();
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    let body = json!({
        "resources": [SEARCH],
        "startTime": "2025-01-01T00:00:00Z",
        "endTime": "2025-01-01T00:00:00Z",
    });
    let answer = app.call(&token, Method::POST, INITIATE, &body);
    assert_eq!(answer.error(), (400, "INVALID_ARGUMENT"));
}

#[test]
fn a_running_job_already_exists() {
    for (access, reason) in [
        (Access::OneTime, "ALREADY_EXISTS_ONE_TIME"),
        (Access::Days30, "ALREADY_EXISTS_TIME_BASED"),
    ] {
        let mut app = App::new();
        let token = app.token(ADA, &[SEARCH], access);
        let job = app.start(&token, SEARCH);
        let answer = app.initiate(&token, &[SEARCH]);
        assert_eq!(answer.error(), (409, "ALREADY_EXISTS"));
        assert_eq!(answer.reason(), (reason, &json!({ "job_id": job })));
        assert_eq!(app.google.audit().total.jobs, 1);
    }
}

#[test]
fn one_time_access_is_exhausted_by_one_export() {
    let mut app = App::new();
    let tokens = app.consent(ADA, &[SEARCH], Access::OneTime);
    let token = text(&tokens["access_token"]);
    let job = app.start(&token, SEARCH);
    app.now += DAY * 2;
    let token = text(&app.refresh(&text(&tokens["refresh_token"])).body["access_token"]);
    let answer = app.initiate(&token, &[SEARCH]);
    assert_eq!(answer.error(), (429, "RESOURCE_EXHAUSTED"));
    let metadata = json!({ "previous_job_ids": job });
    assert_eq!(answer.reason(), ("RESOURCE_EXHAUSTED_ONE_TIME", &metadata));
}

#[test]
fn a_new_consent_alone_does_not_make_an_exhausted_resource_available() {
    let mut app = App::new();
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    app.start(&token, SEARCH);
    app.now += HOUR;
    app.google.remove_access(ADA, "1234567890");
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    assert_eq!(app.initiate(&token, &[SEARCH]).status, 429);
    assert_eq!(app.reset(&token).status, 200);
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    app.start(&token, SEARCH);
}

#[test]
fn time_based_access_allows_one_export_a_day() {
    let mut app = App::new();
    let tokens = app.consent(ADA, &[SEARCH], Access::Days30);
    let refresh_token = text(&tokens["refresh_token"]);
    let job = app.start(&text(&tokens["access_token"]), SEARCH);
    app.now = app.now + DAY - MINUTE;
    let token = text(&app.refresh(&refresh_token).body["access_token"]);
    let answer = app.initiate(&token, &[SEARCH]);
    assert_eq!(answer.error(), (429, "RESOURCE_EXHAUSTED"));
    let metadata = json!({
        "previous_job_ids": job,
        // 2025-06-15T15:06:40Z is when the job was started.
        "timestamp_after_24hrs": "2025-06-16T15:06:40Z",
    });
    assert_eq!(answer.reason(), ("RESOURCE_EXHAUSTED_TIME_BASED", &metadata));
    app.now += MINUTE;
    app.start(&token, SEARCH);
}

#[test]
fn accounts_and_resources_do_not_stand_in_each_others_way() {
    let mut app = App::new();
    let ada = app.token(ADA, &[SEARCH, "chrome.history"], Access::OneTime);
    let grace = app.token(GRACE, &[SEARCH], Access::OneTime);
    let job = app.start(&ada, SEARCH);
    app.start(&ada, "chrome.history");
    app.start(&grace, SEARCH);
    for answer in [app.state(&grace, &job), app.retry(&grace, &job), app.cancel(&grace, &job)] {
        assert_eq!(answer.error(), (404, "NOT_FOUND"));
    }
}

#[test]
fn only_a_failed_job_is_retried() {
    let mut app = App::new();
    let tokens = app.consent(ADA, &[SEARCH], Access::Days30);
    let token = text(&tokens["access_token"]);
    let job = app.start(&token, SEARCH);
    assert_eq!(app.retry(&token, &job).error(), (400, "FAILED_PRECONDITION"));
    app.now += HOUR;
    let token = text(&app.refresh(&text(&tokens["refresh_token"])).body["access_token"]);
    assert_eq!(app.retry(&token, &job).error(), (400, "FAILED_PRECONDITION"));
    assert_eq!(app.broken(Rule::RetryOfUnfailed), 2);
}

#[test]
fn a_job_is_retried_three_times_each_as_a_new_job() {
    let mut app = App::new();
    app.google.fail_next_jobs(4);
    let tokens = app.consent(ADA, &[SEARCH], Access::OneTime);
    let refresh_token = text(&tokens["refresh_token"]);
    let mut jobs = vec![app.start(&text(&tokens["access_token"]), SEARCH)];
    loop {
        app.now += HOUR;
        let token = text(&app.refresh(&refresh_token).body["access_token"]);
        let job = jobs.last().unwrap().clone();
        assert_eq!(app.state(&token, &job).body["state"], "FAILED");
        let answer = app.retry(&token, &job);
        if jobs.len() == 4 {
            assert_eq!(answer.error(), (429, "RESOURCE_EXHAUSTED"));
            break;
        }
        assert_eq!(answer.body, json!({ "archiveJobId": answer.job() }));
        jobs.push(answer.job());
    }
    assert_eq!(jobs.iter().collect::<BTreeSet<_>>().len(), 4);
    assert_eq!(app.broken(Rule::FourthRetry), 1);
    assert_eq!(app.google.audit().total.retries, 3);
}

#[test]
fn a_job_that_was_retried_already_exists_as_its_last_retry() {
    let mut app = App::new();
    app.google.fail_next_jobs(1);
    let tokens = app.consent(ADA, &[SEARCH], Access::OneTime);
    let job = app.start(&text(&tokens["access_token"]), SEARCH);
    app.now += HOUR;
    let token = text(&app.refresh(&text(&tokens["refresh_token"])).body["access_token"]);
    let retry = app.retry(&token, &job).job();
    let again = app.retry(&token, &job);
    let metadata = json!({ "job_id": retry });
    assert_eq!(again.error(), (409, "ALREADY_EXISTS"));
    assert_eq!(again.reason(), ("ALREADY_EXISTS_ONE_TIME", &metadata));
    assert_eq!(app.broken(Rule::ReaskedBeforeUse), 1);
    app.state(&token, &retry);
    app.retry(&token, &job);
    assert_eq!(app.broken(Rule::Duplicate), 1);
    assert_eq!(app.google.audit().total.jobs, 2);
}

#[test]
fn only_a_running_job_with_time_based_access_is_cancelled() {
    let mut app = App::new();
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    let job = app.start(&token, SEARCH);
    assert_eq!(app.cancel(&token, &job).error(), (400, "FAILED_PRECONDITION"));
    assert_eq!(app.broken(Rule::ImpossibleCancel), 1);

    let token = app.token(GRACE, &[SEARCH], Access::Days180);
    let job = app.start(&token, SEARCH);
    let cancelled = app.cancel(&token, &job);
    assert_eq!((cancelled.status, cancelled.body), (StatusCode::OK, json!({})));
    assert_eq!(app.state(&token, &job).body["state"], "CANCELLED");
    assert_eq!(app.cancel(&token, &job).error(), (400, "FAILED_PRECONDITION"));
    assert_eq!(app.retry(&token, &job).error(), (400, "FAILED_PRECONDITION"));
}

#[test]
fn a_reset_ends_tokens_jobs_and_exhaustion() {
    let mut app = App::new();
    let tokens = app.consent(ADA, &[SEARCH], Access::OneTime);
    let other = app.token(ADA, &["chrome.history"], Access::Days30);
    let token = text(&tokens["access_token"]);
    let job = app.start(&token, SEARCH);
    let reset = app.reset(&token);
    assert_eq!((reset.status, reset.body), (StatusCode::OK, json!({})));
    for token in [&token, &other] {
        assert_eq!(app.reset(token).error(), (401, "UNAUTHENTICATED"));
    }
    let refreshed = app.refresh(&text(&tokens["refresh_token"]));
    assert_eq!(refreshed.oauth_error(), (400, "invalid_grant"));
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    assert_eq!(app.state(&token, &job).error(), (404, "NOT_FOUND"));
    app.start(&token, SEARCH);
}

#[test]
fn one_time_access_resets_itself_14_days_after_the_first_job() {
    let mut app = App::new();
    let tokens = app.consent(ADA, &[SEARCH, "chrome.history"], Access::OneTime);
    let refresh_token = text(&tokens["refresh_token"]);
    app.now += HOUR / 2;
    app.start(&text(&tokens["access_token"]), SEARCH);
    app.now = app.now + DAY * 14 - MINUTE;
    let token = text(&app.refresh(&refresh_token).body["access_token"]);
    app.start(&token, "chrome.history");
    app.now += MINUTE;
    assert_eq!(app.refresh(&refresh_token).oauth_error(), (400, "invalid_grant"));
    let token = app.token(ADA, &[SEARCH, "chrome.history"], Access::OneTime);
    app.start(&token, SEARCH);
    app.start(&token, "chrome.history");
}

#[test]
fn the_access_type_is_told_for_each_resource() {
    for (access, list) in [
        (Access::OneTime, "oneTimeResources"),
        (Access::Days30, "timeBasedResources"),
        (Access::Days180, "timeBasedResources"),
    ] {
        let mut app = App::new();
        let token = app.token(ADA, &[SEARCH, "chrome.history"], access);
        let mut expected = Value::Null;
        expected[list] = json!(["chrome.history", SEARCH]);
        assert_eq!(app.post(&token, "accessType:check").body, expected);
    }
}

#[test]
fn an_unknown_path_or_method_is_not_found() {
    let mut app = App::new();
    let token = app.token(ADA, &[SEARCH], Access::Days30);
    let job = app.start(&token, SEARCH);
    for (method, path) in [
        (Method::GET, INITIATE.to_owned()),
        (Method::POST, format!("/v1/archiveJobs/{job}/portabilityArchiveState")),
        (Method::POST, format!("/v1/archiveJobs/{job}/portabilityArchiveState:cancel")),
        (Method::GET, format!("/v1/archiveJobs/{job}:retry")),
        (Method::GET, format!("/v1/archiveJobs/{job}")),
        (Method::DELETE, format!("/v1/archiveJobs/{job}:cancel")),
        (Method::POST, format!("/v1/{job}:retry")),
        (Method::POST, "/v1/archiveJobs/:retry".to_owned()),
        (Method::POST, "/v1/archiveJobs/a/b:retry".to_owned()),
        (Method::POST, "/v1/".to_owned()),
    ] {
        let answer = app.call(&token, method, &path, &Value::Null);
        assert_eq!(answer.error(), (404, "NOT_FOUND"), "{path}");
    }
    assert_eq!(app.retry(&token, "other").error(), (404, "NOT_FOUND"));
    assert_eq!(app.broken(Rule::UnknownJob), 1);
}

#[test]
fn asking_for_the_state_within_five_minutes_breaks_a_rule() {
    let mut app = App::new();
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    let job = app.start(&token, SEARCH);
    for (wait, broken) in [(MINUTE, 0), (MINUTE * 5, 0), (MINUTE * 4, 1), (MINUTE * 5, 1)] {
        app.now += wait;
        assert_eq!(app.state(&token, &job).status, 200);
        assert_eq!(app.google.audit().accounts[ADA].of(Rule::PollTooSoon), broken);
    }
    assert_eq!(
        app.google.audit().violations[0].text,
        format!("the state of {job} was asked for after 240 seconds")
    );
}

#[test]
fn fresh_urls_of_a_complete_job_may_be_asked_for_at_any_time() {
    let mut app = App::new();
    let tokens = app.consent(ADA, &[SEARCH], Access::OneTime);
    let job = app.start(&text(&tokens["access_token"]), SEARCH);
    app.now += HOUR;
    let token = text(&app.refresh(&text(&tokens["refresh_token"])).body["access_token"]);
    for _ in 0..3 {
        assert_eq!(app.state(&token, &job).body["state"], "COMPLETE");
    }
    assert!(app.google.audit().is_clean());
}

#[test]
fn starting_a_known_job_again_breaks_a_rule() {
    let mut app = App::new();
    let token = app.token(ADA, &[SEARCH], Access::OneTime);
    let job = app.start(&token, SEARCH);
    app.initiate(&token, &[SEARCH]);
    assert_eq!(app.broken(Rule::ReaskedBeforeUse), 1);
    assert!(app.google.audit().is_clean());
    app.state(&token, &job);
    app.initiate(&token, &[SEARCH]);
    assert_eq!(app.broken(Rule::Duplicate), 1);
    assert!(!app.google.audit().is_clean());
}
