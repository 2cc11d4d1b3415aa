//! What is reported about Google and contradicts itself, one way and the other.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};
use stand_in::{
    Access, Config, DailyLimit, Events, Faults, Metadata, OddAnswer, Premises, ProjectRefusal,
    Rates, RetryTime, Rule,
};

use crate::app::{
    ADA, Answer, App, DAY, HOUR, MINUTE, authorization_url, call, config, initiate, text,
};

const GROUPS: [&str; 3] = ["chrome.history", "myactivity.search", "youtube.comments"];

/// An app with a consent to all groups. Its token is refreshed for each call.
struct Client {
    app: App,
    refresh_token: String,
}

impl Client {
    fn new(config: Config, access: Access) -> Client {
        let mut app = App::with(config);
        let tokens = app.consent(ADA, &GROUPS, access);
        let refresh_token = text(&tokens["refresh_token"]);
        Client { app, refresh_token }
    }

    fn with(premises: Premises, access: Access) -> Client {
        let config = Config { premises, ..config() };
        Client::new(config, access)
    }

    fn token(&mut self) -> String {
        text(&self.app.refresh(&self.refresh_token).body["access_token"])
    }

    fn initiate(&mut self, groups: &[&str]) -> Answer {
        let token = self.token();
        self.app.initiate(&token, groups)
    }

    fn state(&mut self, job: &str) -> Value {
        let token = self.token();
        self.app.state(&token, job).body
    }

    fn download(&mut self, job: &str) {
        let state = self.state(job);
        for url in state["urls"].as_array().expect("files") {
            let path = text(url).replace("http://127.0.0.1:8090", "");
            let request = http::Request::get(path).body(Vec::new()).unwrap();
            assert_eq!(self.app.google.respond(&request, self.app.now).status(), 200);
        }
    }

    fn broken(&self, rule: Rule) -> u64 {
        self.app.broken(rule)
    }
}

fn message(answer: &Answer) -> String {
    text(&answer.body["error"]["message"])
}

#[test]
fn a_limit_of_the_client_names_the_jobs_of_other_groups_the_most_recent_last() {
    for access in [Access::OneTime, Access::Days30] {
        let premises = Premises { daily_limit: DailyLimit::PerClient, ..Premises::default() };
        let mut client = Client::with(premises, access);
        let first = client.initiate(&GROUPS[..1]).job();
        client.app.now += HOUR * 23;
        let refused = client.initiate(&GROUPS[1..2]);
        let metadata = json!({
            "previous_job_ids": first,
            // 2025-06-15T15:06:40Z is when the job was started.
            "timestamp_after_24hrs": "2025-06-16T15:06:40Z",
        });
        assert_eq!(refused.error(), (429, "RESOURCE_EXHAUSTED"));
        assert_eq!(refused.reason(), ("RESOURCE_EXHAUSTED_TIME_BASED", &metadata));
        assert!(client.app.google.audit().is_clean());

        // The time that was named is for every group.
        for times in 0..3 {
            client.initiate(&GROUPS[2..]);
            assert_eq!(client.broken(Rule::ReaskedOnce), 1);
            assert_eq!(client.broken(Rule::CallDuringWait), times);
        }
        client.app.now += HOUR;
        client.initiate(&GROUPS[1..]).job();
        assert_eq!(client.broken(Rule::CallDuringWait), 2);
    }
}

#[test]
fn a_limit_of_the_group_concerns_the_group_alone() {
    let mut client = Client::with(Premises::default(), Access::Days30);
    let jobs = [0, 1].map(|index| client.initiate(&GROUPS[index..=index]).job());
    client.app.now += HOUR * 2;
    let refused = client.initiate(&GROUPS[..2]);
    assert_eq!(refused.reason().1["previous_job_ids"], jobs.join(","));
    client.initiate(&GROUPS[2..]).job();
    assert!(client.app.google.audit().is_clean());
    client.app.now += HOUR;
    for times in 0..3 {
        client.initiate(&GROUPS[..1]);
        assert_eq!(client.broken(Rule::CallDuringWait), times);
    }
    client.app.google.clients_stopped();
    client.initiate(&GROUPS[..1]);
    assert_eq!(client.broken(Rule::CallDuringWait), 2);
}

#[test]
fn where_google_keeps_no_limit_the_audit_does() {
    let premises = Premises { daily_limit: DailyLimit::NotEnforced, ..Premises::default() };
    let mut client = Client::with(premises, Access::Days30);
    let job = client.initiate(&GROUPS[..1]).job();
    assert_eq!(client.initiate(&GROUPS[..1]).reason().1["job_id"], job);
    client.app.now += HOUR;
    client.initiate(&GROUPS[1..]).job();
    client.state(&job);
    assert_eq!(client.broken(Rule::SecondJobInADay), 0);
    client.initiate(&GROUPS[..1]).job();
    assert_eq!(client.broken(Rule::SecondJobInADay), 1);
    client.app.now += DAY;
    client.app.google.fail_next_jobs(1);
    let job = client.initiate(&GROUPS[..1]).job();
    client.app.now += HOUR;
    client.state(&job);
    client.initiate(&GROUPS[..1]).job();
    assert_eq!(client.broken(Rule::SecondJobInADay), 1);
    assert_eq!(client.broken(Rule::ReaskedAfterFailure), 1);
}

#[test]
fn a_retry_time_in_the_past_does_not_move_until_the_named_job_is_downloaded() {
    for daily_limit in [DailyLimit::PerGroup, DailyLimit::PerClient] {
        let premises = Premises { daily_limit, retry_time: RetryTime::Past, ..Premises::default() };
        let mut client = Client::with(premises, Access::Days180);
        let job = client.initiate(&GROUPS[..1]).job();
        client.app.now += HOUR * 2;
        for _ in 0..48 {
            client.app.now += HOUR;
            let refused = client.initiate(&GROUPS[..1]);
            let named = &refused.reason().1["timestamp_after_24hrs"];
            assert_eq!(named, "2025-06-15T15:06:40Z");
        }
        assert_eq!(client.broken(Rule::CallDuringWait), 0);
        assert_eq!(client.broken(Rule::RefusedAgain), 0);
        client.download(&job);
        client.app.now += HOUR;
        client.initiate(&GROUPS[..1]).job();
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
        let mut client = Client::with(premises, Access::Days30);
        client.initiate(&GROUPS[..1]).job();
        client.app.now += HOUR;
        let refused = client.initiate(&GROUPS[..1]);
        let named = "2025-06-16T15:06:40Z";
        let details = refused.body["error"]["details"].to_string();
        assert_eq!(details.contains(named), key.is_some(), "{details}");
        assert!(key.is_none_or(|key| refused.reason().1[key] == named));
        let sentence = format!("You can initiate another export after {named}.");
        assert_eq!(message(&refused).contains(&sentence), in_message, "{details}");
        let is_absent = metadata == Metadata::Absent;
        assert_eq!(refused.reason().1.is_null(), is_absent, "{details}");
    }
}

#[test]
fn without_metadata_the_message_alone_names_the_job() {
    for (metadata, key) in [
        (Metadata::Documented, Some("job_id")),
        (Metadata::OtherKeys, Some("archive_job_id")),
        (Metadata::Absent, None),
    ] {
        let premises = Premises { metadata, ..Premises::default() };
        let mut client = Client::with(premises, Access::OneTime);
        let job = client.initiate(&GROUPS[..1]).job();
        let exists = client.initiate(&GROUPS[..1]);
        assert!(message(&exists).contains(&format!("in job {job} matching this request")));
        let named = key.map(|key| text(&exists.reason().1[key]));
        assert_eq!(named, key.map(|_| job.clone()));
        client.app.now += HOUR;
        let exhausted = client.initiate(&GROUPS[..1]);
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
        let mut client = Client::new(config(), Access::OneTime);
        let until = client.app.now + HOUR * 2;
        client.app.google.config_mut().events.project_refusal = Some((refusal, until));
        let refused = client.initiate(&GROUPS[..1]);
        assert_eq!(refused.error(), (403, "PERMISSION_DENIED"));
        let info = &refused.body["error"]["details"][0];
        assert_eq!((&info["reason"], &info["domain"]), (&json!(reason), &json!("googleapis.com")));
        assert!(client.app.google.audit().is_clean());
        // It is about every group.
        for times in 0..3 {
            client.initiate(&GROUPS[1..2]);
            assert_eq!(client.broken(Rule::ReaskedOnce), 1);
            assert_eq!(client.broken(Rule::RefusedAgain), times);
        }
        client.app.now += HOUR;
        client.initiate(&GROUPS[1..2]);
        assert_eq!(client.broken(Rule::RefusedAgain), 2);
        client.app.now += HOUR;
        client.initiate(&GROUPS[1..2]).job();
    }
}

#[test]
fn a_withdrawn_group_is_refused_and_its_jobs_go_on() {
    let mut client = Client::new(config(), Access::Days30);
    let job = client.initiate(&GROUPS[..1]).job();
    let at = client.app.now + MINUTE;
    let withdrawn = BTreeMap::from([(GROUPS[0].to_owned(), at)]);
    client.app.google.config_mut().events.withdrawn = withdrawn;
    client.app.now += DAY * 2;
    assert_eq!(client.initiate(&GROUPS[..1]).error(), (400, "INVALID_ARGUMENT"));
    client.initiate(&GROUPS[1..]).job();
    client.download(&job);
    let url = authorization_url(&GROUPS);
    let decision = crate::app::decision(ADA, stand_in::Granted::All, Access::OneTime);
    let now = client.app.now;
    let refused = client.app.google.decide(&url, &decision, now).unwrap_err();
    assert_eq!(refused.error, "invalid_scope");
    assert_eq!(client.broken(Rule::WithdrawnResource), 2);
    assert!(client.app.google.audit().is_clean());
}

#[test]
fn access_that_is_removed_at_a_time_ends_then_and_can_be_given_again() {
    let mut app = App::new();
    let at = app.now + HOUR * 2;
    let revoked = BTreeMap::from([(ADA.to_owned(), at)]);
    app.google.config_mut().events = Events { revoked, ..Events::default() };
    let refresh_token = text(&app.consent(ADA, &GROUPS, Access::Days30)["refresh_token"]);
    app.now += HOUR;
    assert_eq!(app.refresh(&refresh_token).status, 200);
    app.now += HOUR;
    assert_eq!(app.refresh(&refresh_token).oauth_error(), (400, "invalid_grant"));
    app.token(ADA, &GROUPS, Access::Days30);
}

#[test]
fn a_job_can_be_complete_without_files_for_a_while() {
    let config = Config { files_after: MINUTE * 30, ..config() };
    let mut client = Client::new(config, Access::Days30);
    let job = client.initiate(&GROUPS[..1]).job();
    client.app.now += HOUR;
    let state = client.state(&job);
    assert_eq!((&state["state"], state.get("urls")), (&json!("COMPLETE"), None));
    client.app.now += MINUTE * 4;
    client.state(&job);
    assert_eq!(client.broken(Rule::PollTooSoon), 1);
    client.app.now += MINUTE * 26;
    client.download(&job);
    client.download(&job);
    assert_eq!(client.broken(Rule::PollTooSoon), 1);
}

#[test]
fn every_odd_answer_comes_instead_of_every_method_and_does_nothing() {
    let paths = [
        "/v1/portabilityArchive:initiate",
        "/v1/authorization:reset",
        "/v1/accessType:check",
        "/v1/archiveJobs/x:retry",
        "/v1/archiveJobs/x:cancel",
    ];
    let mut client = Client::new(config(), Access::Days30);
    let token = client.token();
    let body = json!({ "resources": [GROUPS[0]] });
    for odd in [OddAnswer::all(), OddAnswer::denials()].concat() {
        for path in paths {
            client.app.now += HOUR;
            client.app.google.answer_next(odd.clone());
            let token = client.token();
            let request = call(&token, Method::POST, path, &body);
            let outcome = client.app.google.send(&request, client.app.now);
            let response = outcome.into_response().expect("a response");
            assert_eq!(response.status(), odd.status);
            let answer = Answer::read(&response);
            match &odd.code {
                Some(code) => assert_eq!(answer.error(), (odd.status, code.as_str())),
                None => assert!(response.body().starts_with(b"<html>")),
            }
        }
    }
    assert_eq!(client.app.google.audit().total.jobs, 0);
    assert!(client.app.google.audit().is_clean());
    let request = http::Request::post("/token").body(Vec::new()).unwrap();
    for (status, error) in [(503, "internal_failure"), (429, "rate_limit_exceeded")] {
        client.app.google.answer_next(OddAnswer {
            status,
            code: Some("UNAVAILABLE".to_owned()),
            retry_after: None,
        });
        let outcome = client.app.google.send(&request, client.app.now);
        let answer = Answer::read(&outcome.into_response().expect("a response"));
        assert_eq!(answer.oauth_error(), (status, error));
    }
    client.app.initiate(&token, &GROUPS);
}

#[test]
fn every_fault_happens_to_every_method() {
    let one = |set: fn(&mut Rates)| {
        let mut rates = Rates::default();
        set(&mut rates);
        rates
    };
    for (name, rates) in [
        ("lost requests", one(|rates| rates.lost_requests = 1.0)),
        ("lost responses", one(|rates| rates.lost_responses = 1.0)),
        ("odd", one(|rates| rates.odd = 1.0)),
        ("denials", one(|rates| rates.denials = 1.0)),
        ("server errors", one(|rates| rates.server_errors = 1.0)),
    ] {
        let faults = Faults { api: rates, tokens: rates, ..Faults::default() };
        let mut client = Client::new(Config { faults, ..config() }, Access::Days30);
        let token = client.token();
        let job = client.initiate(&GROUPS[..1]).job();
        let state = format!("/v1/archiveJobs/{job}/portabilityArchiveState");
        let mut requests =
            vec![initiate(&token, &GROUPS[1..]), call(&token, Method::GET, &state, &Value::Null)];
        for path in ["accessType:check", &format!("archiveJobs/{job}:cancel")] {
            let path = format!("/v1/{path}");
            requests.push(call(&token, Method::POST, &path, &Value::Null));
        }
        let path = format!("/v1/archiveJobs/{job}:retry");
        requests.push(call(&token, Method::POST, &path, &Value::Null));
        for path in ["/token", "/revoke", "/tokeninfo", "/v1/authorization:reset"] {
            if name != "denials" || path.starts_with("/v1/") {
                requests.push(call(&token, Method::POST, path, &Value::Null));
            }
        }
        for request in requests {
            let outcome = client.app.google.send(&request, client.app.now);
            let response = outcome.into_response();
            assert_eq!(response.is_none(), name.starts_with("lost"), "{name} {request:?}");
            let is_right = response.is_none_or(|it| it.status() != 200 || it.body()[0] == b'<');
            assert!(is_right, "{name} {request:?}");
        }
    }
}

#[test]
fn a_state_that_nobody_knows_comes_at_its_rate_and_without_files() {
    let faults = Faults { unknown_states: 0.5, ..Faults::default() };
    let mut client = Client::new(Config { faults, ..config() }, Access::Days30);
    let job = client.initiate(&GROUPS[..1]).job();
    client.app.now += HOUR;
    let token = client.token();
    let path = format!("/v1/archiveJobs/{job}/portabilityArchiveState");
    let request = call(&token, Method::GET, &path, &Value::Null);
    let mut unknown = 0;
    for _ in 0..1000 {
        let outcome = client.app.google.send(&request, client.app.now);
        let state = Answer::read(&outcome.into_response().unwrap()).body;
        assert_eq!(state.get("urls").is_some(), state["state"] == "COMPLETE");
        unknown += u32::from(state["state"] == "QUEUED");
    }
    assert!((400..600).contains(&unknown), "{unknown}");
}

#[test]
fn a_wait_by_retry_after_is_for_the_person_and_the_method() {
    let faults = Faults { retry_after: MINUTE * 10, ..Faults::default() };
    let mut client = Client::new(Config { faults, ..config() }, Access::Days30);
    client.app.google.config_mut().faults.api.too_many_requests = 1.0;
    let token = client.token();
    let now = client.app.now;
    client.app.google.send(&initiate(&token, &GROUPS[..1]), now);
    client.app.google.config_mut().faults.api.too_many_requests = 0.0;
    client.app.post(&token, "accessType:check");
    assert_eq!(client.broken(Rule::CallDuringWait), 0);
    client.app.now += MINUTE * 9;
    client.app.initiate(&token, &GROUPS[1..2]).job();
    assert_eq!(client.broken(Rule::ReaskedOnce), 1);
    client.app.initiate(&token, &GROUPS[2..]).job();
    assert_eq!(client.broken(Rule::CallDuringWait), 1);
    client.app.now += MINUTE;
    client.app.initiate(&token, &GROUPS[..1]).job();
    assert_eq!(client.broken(Rule::CallDuringWait), 1);
}

#[test]
fn a_refusal_is_repeated_within_an_hour_once_or_with_a_new_consent() {
    let mut client = Client::new(config(), Access::Days30);
    let token = client.token();
    let groups = ["maps.reviews"];
    client.app.initiate(&token, &groups);
    client.app.now += MINUTE * 59;
    client.app.initiate(&token, &["maps.reviews", "maps.starred_places"]);
    assert_eq!(client.broken(Rule::ReaskedOnce), 1);
    client.app.initiate(&token, &["maps.commute_routes"]);
    client.app.initiate(&token, &groups);
    assert_eq!(client.broken(Rule::ReaskedOnce), 1);
    assert_eq!(client.broken(Rule::RefusedAgain), 1);
    let other = client.app.token(ADA, &["maps.commute_routes"], Access::Days30);
    client.app.initiate(&other, &groups);
    assert_eq!(client.broken(Rule::RefusedAgain), 1);
    client.app.now += HOUR;
    let token = client.token();
    client.app.initiate(&token, &groups);
    assert_eq!(client.broken(Rule::RefusedAgain), 1);
}

#[test]
fn calls_are_counted_by_day_and_account() {
    let mut client = Client::new(config(), Access::Days30);
    for calls in 1..4 {
        for _ in 0..calls {
            let token = client.token();
            client.app.post(&token, "accessType:check");
        }
        client.app.now += DAY;
    }
    let counts = &client.app.google.audit().accounts[ADA];
    // 1,750,000,000 seconds are 20,254 days.
    let expected = BTreeMap::from([(20_254, 1), (20_255, 2), (20_256, 3)]);
    assert_eq!(counts.calls_by_day, expected);
}
