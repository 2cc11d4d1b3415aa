//! A client that keeps the rules, while much goes wrong.

use http::{Method, Request};
use serde_json::Value;
use stand_in::{Access, Config, Faults, Rates};

use crate::app::{ADA, Answer, App, HOUR, MINUTE, call, config, initiate, text};

const SEARCH: &str = "myactivity.search";

struct Client {
    app: App,
    refresh_token: String,
}

impl Client {
    fn new(seed: u64) -> Client {
        let rates = Rates {
            lost_requests: 0.1,
            lost_responses: 0.1,
            repeats: 0.1,
            server_errors: 0.1,
            too_many_requests: 0.1,
            ..Rates::default()
        };
        let faults = Faults {
            api: rates,
            downloads: rates,
            job_failure: 0.5,
            retry_after: MINUTE,
            ..Faults::default()
        };
        let mut app = App::with(Config {
            faults,
            seed,
            job_duration: MINUTE..=HOUR * 4,
            ..config()
        });
        let tokens = app.consent(ADA, &[SEARCH], Access::Days180);
        Client {
            refresh_token: text(&tokens["refresh_token"]),
            app,
        }
    }

    fn token(&mut self) -> String {
        text(&self.app.refresh(&self.refresh_token).body["access_token"])
    }

    /// Sends a request every minute until it is handled and answered.
    fn send(&mut self, request: impl Fn(&str) -> Request<Vec<u8>>) -> Answer {
        loop {
            let request = request(&self.token());
            let outcome = self.app.google.send(&request, self.app.now);
            if let Some(response) = outcome.into_response() {
                let answer = Answer::read(&response);
                let is_handled = answer.status != 503 && answer.status != 429;
                if is_handled || answer.body["error"].get("details").is_some() {
                    return answer;
                }
            }
            self.app.now += MINUTE;
        }
    }

    /// Sends a request that starts a job, or finds the one that is there already.
    fn job(&mut self, request: impl Fn(&str) -> Request<Vec<u8>>) -> String {
        let answer = self.send(request);
        match answer.status.as_u16() {
            200 => answer.job(),
            409 => text(&answer.reason().1["job_id"]),
            429 => {
                let ids = text(&answer.reason().1["previous_job_ids"]);
                ids.rsplit(',').next().unwrap_or_default().to_owned()
            }
            _ => panic!("{answer:?}"),
        }
    }

    /// Exports and returns whether that succeeded.
    fn export(&mut self) -> bool {
        let mut job = self.job(|token| initiate(token, &[SEARCH]));
        let mut retries = 0;
        loop {
            let path = format!("/v1/archiveJobs/{job}/portabilityArchiveState");
            let state = self.send(|token| call(token, Method::GET, &path, &Value::Null));
            match state.body["state"].as_str().unwrap() {
                "IN_PROGRESS" => self.app.now += MINUTE * 6,
                "FAILED" if retries == 3 => return false,
                "FAILED" => {
                    let path = format!("/v1/archiveJobs/{job}:retry");
                    job = self.job(|token| call(token, Method::POST, &path, &Value::Null));
                    retries += 1;
                }
                "COMPLETE" => {
                    let url = text(&state.body["urls"][0]);
                    let path = url.strip_prefix("http://127.0.0.1:8090").unwrap();
                    let answer = self.send(|_| Request::get(path).body(Vec::new()).unwrap());
                    assert_eq!(answer.status, 200);
                    return true;
                }
                other => panic!("{other}"),
            }
        }
    }
}

#[test]
fn a_careful_client_breaks_no_rule_whatever_goes_wrong() {
    let mut succeeded = 0;
    for seed in 0..64 {
        let mut client = Client::new(seed);
        succeeded += u32::from(client.export());
        let audit = client.app.google.audit();
        assert!(audit.is_clean(), "seed {seed}: {:?}", audit.violations);
        assert_eq!(
            audit.total.jobs,
            audit.total.retries + 1,
            "seed {seed}: nothing was started twice"
        );
    }
    // One in sixteen fails four times.
    assert!((50..64).contains(&succeeded), "{succeeded}");
}
