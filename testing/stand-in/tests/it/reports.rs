//! What is reported about Google and contradicts itself, one way and the other.

use std::collections::BTreeMap;

use serde_json::json;
use stand_in::{
    Access, Config, DailyLimit, Faults, Granted, Metadata, Premises, ProjectRefusal, RetryTime,
    Rule,
};

use crate::app::{
    ADA, Answer, App, DAY, HOUR, MINUTE, NEXT_DAY, SEARCH, STARTED, authorization_url, config,
    initiate, text,
};

const HISTORY: &str = "chrome.history";
const COMMENTS: &str = "youtube.comments";
const GROUPS: [&str; 3] = [HISTORY, SEARCH, COMMENTS];

fn app(premises: Premises, access: Access) -> App {
    App::configured(Config { premises, ..config() }, &GROUPS, access)
}

fn message(answer: &Answer) -> String {
    text(&answer.body["error"]["message"])
}

fn download(app: &mut App, job: &str) {
    for url in app.urls(job) {
        assert_eq!(app.get(&url).status(), 200);
    }
}

#[test]
fn a_limit_of_the_client_names_the_jobs_of_other_groups_the_most_recent_last() {
    for access in [Access::OneTime, Access::Days30] {
        let daily_limit = DailyLimit::PerClient;
        let mut app = app(Premises { daily_limit, ..Premises::default() }, access);
        let first = app.start(HISTORY);
        app.now += HOUR * 23;
        let refused = app.initiate(&[SEARCH]);
        let metadata = json!({ "previous_job_ids": first, "timestamp_after_24hrs": NEXT_DAY });
        assert_eq!(refused.error(), (429, "RESOURCE_EXHAUSTED"));
        assert_eq!(refused.reason(), ("RESOURCE_EXHAUSTED_TIME_BASED", &metadata));
        assert!(app.is_clean());

        // The time that was named is for every group.
        for times in 0..3 {
            app.initiate(&[COMMENTS]);
            assert_eq!(app.broken(Rule::ReaskedOnce), 1);
            assert_eq!(app.broken(Rule::CallDuringWait), times);
        }
        app.now += HOUR;
        app.initiate(&[SEARCH, COMMENTS]).job();
        assert_eq!(app.broken(Rule::CallDuringWait), 2);
    }
}

#[test]
fn a_limit_of_the_group_concerns_the_group_alone() {
    let mut app = app(Premises::default(), Access::Days30);
    let jobs = [HISTORY, SEARCH].map(|group| app.start(group));
    app.now += HOUR * 2;
    let refused = app.initiate(&[HISTORY, SEARCH]);
    assert_eq!(refused.reason().1["previous_job_ids"], jobs.join(","));
    app.start(COMMENTS);
    assert!(app.is_clean());
    app.now += HOUR;
    for times in 0..3 {
        app.initiate(&[HISTORY]);
        assert_eq!(app.broken(Rule::CallDuringWait), times);
    }
    app.google.clients_stopped();
    app.initiate(&[HISTORY]);
    assert_eq!(app.broken(Rule::CallDuringWait), 2);
}

#[test]
fn where_google_keeps_no_limit_the_audit_does() {
    let daily_limit = DailyLimit::NotEnforced;
    let mut app = app(Premises { daily_limit, ..Premises::default() }, Access::Days30);
    let job = app.start(HISTORY);
    assert_eq!(app.initiate(&[HISTORY]).reason().1["job_id"], job);
    app.now += HOUR;
    app.initiate(&[SEARCH, COMMENTS]).job();
    app.state(&job);
    assert_eq!(app.broken(Rule::SecondJobInADay), 0);
    app.start(HISTORY);
    assert_eq!(app.broken(Rule::SecondJobInADay), 1);
    app.now += DAY;
    app.google.fail_next_jobs(1);
    let job = app.start(HISTORY);
    app.now += HOUR;
    app.state(&job);
    app.start(HISTORY);
    assert_eq!(app.broken(Rule::SecondJobInADay), 1);
    assert_eq!(app.broken(Rule::ReaskedAfterFailure), 1);
}

#[test]
fn a_retry_time_in_the_past_does_not_move_until_the_named_job_is_downloaded() {
    for daily_limit in [DailyLimit::PerGroup, DailyLimit::PerClient] {
        let premises = Premises { daily_limit, retry_time: RetryTime::Past, ..Premises::default() };
        let mut app = app(premises, Access::Days180);
        let job = app.start(HISTORY);
        app.now += HOUR * 2;
        for _ in 0..48 {
            app.now += HOUR;
            let refused = app.initiate(&[HISTORY]);
            assert_eq!(refused.reason().1["timestamp_after_24hrs"], STARTED);
        }
        assert_eq!(app.broken(Rule::CallDuringWait), 0);
        assert_eq!(app.broken(Rule::RefusedAgain), 0);
        download(&mut app, &job);
        app.now += HOUR;
        app.start(HISTORY);
    }
}

#[test]
fn a_retry_time_is_named_in_the_details_in_the_message_or_not_at_all() {
    let documented = Metadata::Documented;
    for (retry_time, metadata, key, in_message) in [
        (RetryTime::Right, documented, Some("timestamp_after_24hrs"), false),
        (RetryTime::Right, Metadata::OtherKeys, Some("next_export_time"), false),
        (RetryTime::Right, Metadata::Absent, None, true),
        (RetryTime::InMessage, documented, None, true),
        (RetryTime::Absent, documented, None, false),
        (RetryTime::Absent, Metadata::Absent, None, false),
    ] {
        let premises = Premises { retry_time, metadata, ..Premises::default() };
        let mut app = app(premises, Access::Days30);
        app.start(HISTORY);
        app.now += HOUR;
        let refused = app.initiate(&[HISTORY]);
        let details = refused.body["error"]["details"].to_string();
        assert_eq!(details.contains(NEXT_DAY), key.is_some(), "{details}");
        assert!(key.is_none_or(|key| refused.reason().1[key] == NEXT_DAY));
        let sentence = format!("You can initiate another export after {NEXT_DAY}.");
        assert_eq!(message(&refused).contains(&sentence), in_message, "{details}");
        assert_eq!(refused.reason().1.is_null(), metadata == Metadata::Absent, "{details}");
    }
}

#[test]
fn without_metadata_the_message_alone_names_the_job() {
    for (metadata, key) in [
        (Metadata::Documented, Some("job_id")),
        (Metadata::OtherKeys, Some("archive_job_id")),
        (Metadata::Absent, None),
    ] {
        let mut app = app(Premises { metadata, ..Premises::default() }, Access::OneTime);
        let job = app.start(HISTORY);
        let exists = app.initiate(&[HISTORY]);
        assert!(message(&exists).contains(&format!("in job {job} matching this request")));
        let named = key.map(|key| text(&exists.reason().1[key]));
        assert_eq!(named, key.map(|_| job.clone()));
        app.now += HOUR;
        let exhausted = app.initiate(&[HISTORY]);
        assert_eq!(exhausted.reason().0, "RESOURCE_EXHAUSTED_ONE_TIME");
        assert!(exhausted.body.to_string().contains(&job));
    }
}

#[test]
fn a_project_is_refused_until_a_time_and_then_served() {
    for (refusal, reason) in [
        (ProjectRefusal::ServiceDisabled, "SERVICE_DISABLED"),
        (ProjectRefusal::BillingDisabled, "BILLING_DISABLED"),
        (ProjectRefusal::QuotaExceeded, "RESOURCE_QUOTA_EXCEEDED"),
    ] {
        let mut app = app(Premises::default(), Access::OneTime);
        app.google.config_mut().events.project_refusal = Some((refusal, app.now + HOUR * 2));
        let refused = app.initiate(&[HISTORY]);
        assert_eq!(refused.error(), (403, "PERMISSION_DENIED"));
        let info = &refused.body["error"]["details"][0];
        assert_eq!((&info["reason"], &info["domain"]), (&json!(reason), &json!("googleapis.com")));
        assert!(app.is_clean());
        // It is about every group.
        for times in 0..3 {
            app.initiate(&[SEARCH]);
            assert_eq!(app.broken(Rule::ReaskedOnce), 1);
            assert_eq!(app.broken(Rule::RefusedAgain), times);
        }
        app.now += HOUR;
        app.initiate(&[SEARCH]);
        assert_eq!(app.broken(Rule::RefusedAgain), 2);
        app.now += HOUR;
        app.start(SEARCH);
    }
}

#[test]
fn a_withdrawn_group_is_refused_and_its_jobs_go_on() {
    let mut app = app(Premises::default(), Access::Days30);
    let job = app.start(HISTORY);
    let withdrawn = BTreeMap::from([(HISTORY.to_owned(), app.now + MINUTE)]);
    app.google.config_mut().events.withdrawn = withdrawn;
    app.now += DAY * 2;
    assert_eq!(app.initiate(&[HISTORY]).error(), (400, "INVALID_ARGUMENT"));
    app.initiate(&[SEARCH, COMMENTS]).job();
    download(&mut app, &job);
    let refused = app.try_decide(&authorization_url(&GROUPS), ADA, Granted::All).unwrap_err();
    assert_eq!(refused.error, "invalid_scope");
    assert_eq!(app.broken(Rule::WithdrawnResource), 2);
    assert!(app.is_clean());
}

#[test]
fn access_that_is_removed_at_a_time_ends_then_and_can_be_given_again() {
    let mut app = app(Premises::default(), Access::Days30);
    let revoked = BTreeMap::from([(ADA.to_owned(), app.now + HOUR * 2)]);
    app.google.config_mut().events.revoked = revoked;
    let refresh_token = app.refresh_token.clone();
    app.now += HOUR;
    assert_eq!(app.refresh(&refresh_token).status, 200);
    app.now += HOUR;
    assert_eq!(app.refresh(&refresh_token).oauth_error(), (400, "invalid_grant"));
    app.consent(ADA, &GROUPS, Access::Days30);
    assert_eq!(app.initiate(&GROUPS).status, 200);
}

#[test]
fn a_job_can_be_complete_without_files_for_a_while() {
    let config = Config { files_after: MINUTE * 30, ..config() };
    let mut app = App::configured(config, &GROUPS, Access::Days30);
    let job = app.start(HISTORY);
    app.now += HOUR;
    let state = app.state(&job).body;
    assert_eq!((&state["state"], state.get("urls")), (&json!("COMPLETE"), None));
    app.now += MINUTE * 4;
    app.state(&job);
    assert_eq!(app.broken(Rule::PollTooSoon), 1);
    app.now += MINUTE * 26;
    download(&mut app, &job);
    download(&mut app, &job);
    assert_eq!(app.broken(Rule::PollTooSoon), 1);
}

#[test]
fn a_wait_by_retry_after_is_for_the_person_and_the_method() {
    let faults = Faults { retry_after: MINUTE * 10, ..Faults::default() };
    let mut app = App::configured(Config { faults, ..config() }, &GROUPS, Access::Days30);
    app.google.config_mut().faults.api.too_many_requests = 1.0;
    let token = app.token();
    app.risk(&initiate(&token, &[HISTORY]));
    app.post("accessType:check");
    assert_eq!(app.broken(Rule::CallDuringWait), 0);
    app.now += MINUTE * 9;
    app.start(SEARCH);
    assert_eq!(app.broken(Rule::ReaskedOnce), 1);
    app.start(COMMENTS);
    assert_eq!(app.broken(Rule::CallDuringWait), 1);
    app.now += MINUTE;
    app.start(HISTORY);
    assert_eq!(app.broken(Rule::CallDuringWait), 1);
}

#[test]
fn a_refusal_is_repeated_within_an_hour_once_or_with_a_new_consent() {
    let mut app = app(Premises::default(), Access::Days30);
    let [reviews, routes] = ["maps.reviews", "maps.commute_routes"];
    app.initiate(&[reviews]);
    app.now += MINUTE * 59;
    app.initiate(&[reviews, "maps.starred_places"]);
    assert_eq!(app.broken(Rule::ReaskedOnce), 1);
    app.initiate(&[routes]);
    app.initiate(&[reviews]);
    assert_eq!(app.broken(Rule::ReaskedOnce), 1);
    assert_eq!(app.broken(Rule::RefusedAgain), 1);
    let refresh_token = app.refresh_token.clone();
    app.consent(ADA, &[routes], Access::Days30);
    app.initiate(&[reviews]);
    assert_eq!(app.broken(Rule::RefusedAgain), 1);
    app.now += HOUR;
    app.refresh_token = refresh_token;
    app.initiate(&[reviews]);
    assert_eq!(app.broken(Rule::RefusedAgain), 1);
}

#[test]
fn calls_are_counted_by_day_and_account() {
    let mut app = app(Premises::default(), Access::Days30);
    for calls in 1..4 {
        for _ in 0..calls {
            app.post("accessType:check");
        }
        app.now += DAY;
    }
    // 1,750,000,000 seconds are 20,254 days.
    let expected = BTreeMap::from([(20_254, 1), (20_255, 2), (20_256, 3)]);
    assert_eq!(app.google.audit().accounts[ADA].calls_by_day, expected);
}
