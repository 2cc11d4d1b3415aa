//! A client that keeps the rules, while much goes wrong and whichever report is true.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use http::{Method, Request, Response};
use serde_json::Value;
use stand_in::{Access, Config, DailyLimit, Faults, Metadata, Premises, Rates, RetryTime, Rule};

use crate::app::{
    Answer, App, DAY, HOUR, MINUTE, SEARCH, call, config, initiate, state_path, text,
};
use crate::downloads::unzip;

const GROUPS: [&str; 2] = [SEARCH, "youtube.comments"];

struct Client {
    app: App,
    /// The group of each job that it knows.
    jobs: BTreeMap<String, &'static str>,
}

impl Client {
    fn new(seed: u64, premises: Premises) -> Client {
        let rates = Rates {
            lost_requests: 0.1,
            lost_responses: 0.1,
            repeats: 0.1,
            server_errors: 0.1,
            too_many_requests: 0.1,
            odd_answers: 0.1,
            ..Rates::default()
        };
        let faults = Faults {
            api: rates,
            downloads: rates,
            job_failure: 0.5,
            unknown_states: 0.1,
            retry_after: MINUTE * 3,
            ..Faults::default()
        };
        let (files_after, job_duration) = (MINUTE * 10, MINUTE..=HOUR * 4);
        let config = Config { faults, seed, premises, files_after, job_duration, ..config() };
        Client { app: App::configured(config, &GROUPS, Access::Days180), jobs: BTreeMap::new() }
    }

    /// Sends a request until it is handled and answered.
    fn send(
        &mut self,
        request: impl Fn(&str) -> Request<Vec<u8>>,
        is_answer: impl Fn(&Response<Vec<u8>>) -> bool,
    ) -> Response<Vec<u8>> {
        loop {
            let request = request(&self.app.token());
            let mut wait = MINUTE;
            if let Some(response) = self.app.risk(&request) {
                if is_answer(&response) {
                    return response;
                }
                if let Some(seconds) = response.headers().get("Retry-After") {
                    wait = Duration::from_secs(seconds.to_str().unwrap().parse().unwrap());
                }
            }
            self.app.now += wait;
        }
    }

    /// Sends a call until the API itself answers: with a result, or with an error that has details.
    fn call(&mut self, request: impl Fn(&str) -> Request<Vec<u8>>) -> Answer {
        let response = self.send(request, |response| {
            let Answer { status, body } = Answer::read(response);
            body.is_object() && (status == 200 || body["error"].get("details").is_some())
        });
        Answer::read(&response)
    }

    /// Starts a job of a group or finds the one that is there, wherever the answer names it.
    fn job(&mut self, group: &'static str, request: impl Fn(&str) -> Request<Vec<u8>>) -> String {
        loop {
            let answer = self.call(&request).body.to_string();
            let job = last_job(&answer).unwrap();
            if *self.jobs.entry(job.clone()).or_insert(group) == group {
                return job;
            }
            // The job of another group: one export a day for them all.
            let named = time(&answer).unwrap_or(self.app.now);
            self.app.now = named.max(self.app.now + HOUR);
        }
    }

    /// Exports a group and returns whether that succeeded.
    fn export(&mut self, group: &'static str) -> bool {
        let mut job = self.job(group, |token| initiate(token, &[group]));
        let mut retries = 0;
        loop {
            let path = state_path(&job);
            let state = self.call(|token| call(token, Method::GET, &path, &Value::Null));
            match state.body["state"].as_str().unwrap() {
                "FAILED" if retries == 3 => return false,
                "FAILED" => {
                    let path = format!("/v1/archiveJobs/{job}:retry");
                    job = self.job(group, |token| call(token, Method::POST, &path, &Value::Null));
                    retries += 1;
                }
                "COMPLETE" if state.body.get("urls").is_some() => {
                    for url in state.body["urls"].as_array().unwrap() {
                        self.download(&text(url), group);
                    }
                    return true;
                }
                _ => self.app.now += MINUTE * 6,
            }
        }
    }

    /// Downloads a file. If it is the index, it has to be of the group.
    fn download(&mut self, url: &str, group: &str) {
        let path = url.strip_prefix("http://127.0.0.1:8090").unwrap();
        let request = |_: &str| Request::get(path).body(Vec::new()).unwrap();
        let response = self.send(request, |response| response.body().starts_with(b"PK"));
        if let Some(index) = unzip(response).get("Portability/archive_browser.json") {
            let index: Value = serde_json::from_str(index).unwrap();
            assert_eq!(index["serviceStatus"][0]["extractedFile"][0]["resourceGroup"], group);
        }
    }
}

/// The last UUID in a text.
fn last_job(text: &str) -> Option<String> {
    let is_id = |it: &&str| it.len() == 36 && it.matches('-').count() == 4;
    let mut words = text.split(|it: char| !it.is_ascii_hexdigit() && it != '-');
    words.rfind(is_id).map(str::to_owned)
}

/// The time in RFC 3339 in a text.
fn time(text: &str) -> Option<SystemTime> {
    let mut words = text.split(|it: char| !it.is_ascii_alphanumeric() && !"-:".contains(it));
    words.find_map(|it| humantime::parse_rfc3339(it).ok())
}

#[test]
fn a_careful_client_breaks_no_rule_whatever_goes_wrong_and_whichever_report_is_true() {
    let limits = [DailyLimit::PerGroup, DailyLimit::PerClient, DailyLimit::NotEnforced];
    let times = [RetryTime::Right, RetryTime::Past, RetryTime::Absent, RetryTime::InMessage];
    let keys = [Metadata::Documented, Metadata::OtherKeys, Metadata::Absent];
    let (mut succeeded, mut exports) = (0, 0);
    for seed in 0..72 {
        let premises = Premises {
            daily_limit: limits[seed % 3],
            retry_time: times[seed / 3 % 4],
            metadata: keys[seed / 12 % 3],
        };
        let text = format!("seed {seed}: {premises:?}");
        let limit = premises.daily_limit;
        let mut client = Client::new(seed as u64, premises);
        let begin = client.app.now;
        for group in GROUPS {
            succeeded += u32::from(client.export(group));
            exports += 1;
        }
        let audit = client.app.google.audit();
        assert!(audit.is_clean(), "{text}: {:?}", audit.violations);
        assert_eq!(audit.total.of(Rule::ReaskedOnce), 0, "{text}");
        if limit != DailyLimit::NotEnforced {
            let started = audit.total.jobs - audit.total.retries;
            assert_eq!(started, 2, "{text}: nothing was started twice");
        }
        assert!(client.app.now < begin + DAY * 3, "{text}");
    }
    // One in sixteen fails four times.
    assert!(succeeded > exports * 3 / 4 && succeeded < exports, "{succeeded}");
}
