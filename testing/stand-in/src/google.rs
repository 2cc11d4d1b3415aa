//! The simulated Google: what it remembers, and which part of it answers which request.

use std::collections::BTreeMap;
use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use fastrand::Rng;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::audit::Audit;
use crate::authorization::{Code, Consent};
use crate::conduct::Conduct;
use crate::config::{Client, Config, Resource};
use crate::faults::{Fault, OddAnswer, Rates};
use crate::jobs::Job;
use crate::pages;
use crate::reply::{self, Request, Response};
use crate::tokens::AccessToken;

/// A simulated Google.
///
/// It serializes whole: stored and read back between any two requests, it goes on as before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Google {
    pub(crate) config: Config,
    pub(crate) audit: Audit,
    pub(crate) consents: BTreeMap<u64, Consent>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) access_tokens: BTreeMap<String, AccessToken>,
    /// The consent of each refresh token.
    pub(crate) refresh_tokens: BTreeMap<String, u64>,
    pub(crate) jobs: BTreeMap<String, Job>,
    /// What the client of each person was told.
    pub(crate) conduct: BTreeMap<String, Conduct>,
    /// The form that a person sent last on the consent page, and the callback that it led to.
    #[serde(skip)]
    pub(crate) last_decision: Option<(Vec<u8>, String)>,
    /// How many of the next jobs fail, whatever the configuration says.
    pub(crate) jobs_to_fail: u32,
    pub(crate) next_consent: u64,
    random: u64,
    /// Apart from `random`, so that faults change no job, code or token.
    fault_random: u64,
}

/// How a request reaches the server and its response the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Answered,
    ResponseLost,
    /// The second time that a request is handled. The client sent it once.
    Repeated,
}

impl Google {
    /// Creates a simulated Google to which nobody has consented yet.
    #[must_use]
    pub fn new(config: Config) -> Google {
        Google {
            random: config.seed,
            fault_random: !config.seed,
            config,
            audit: Audit::default(),
            consents: BTreeMap::new(),
            codes: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            jobs: BTreeMap::new(),
            conduct: BTreeMap::new(),
            last_decision: None,
            jobs_to_fail: 0,
            next_consent: 0,
        }
    }

    /// Returns what it was made with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns what it was made with, to change it: faults for instance.
    pub fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// Returns what clients did so far, and the rules they broke.
    #[must_use]
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Lets the next jobs fail, this many of them.
    pub fn fail_next_jobs(&mut self, jobs: u32) {
        self.jobs_to_fail = jobs;
    }

    /// Takes note that clients stopped and may have lost what they were told: waits and refusals
    /// from before are not held against them. A test that kills clients calls it at each kill.
    pub fn clients_stopped(&mut self) {
        self.conduct.clear();
    }

    /// Handles a request, without faults, and returns the response.
    pub fn respond(&mut self, request: &Request, now: SystemTime) -> Response {
        self.handle(request, now, Delivery::Answered)
    }

    /// Handles a request with the faults of the configuration. Returns `None` if the request or the
    /// response is lost. After a request that was repeated, the second response is returned.
    pub fn send(&mut self, request: &Request, now: SystemTime) -> Option<Response> {
        let path = request.uri().path();
        let Some(fault) = self.draw_fault(path) else {
            let response = self.handle(request, now, Delivery::Answered);
            return Some(self.change_state(path, response));
        };
        let odd = match fault {
            Fault::LostRequest => return None,
            Fault::LostResponse => {
                self.handle(request, now, Delivery::ResponseLost);
                return None;
            }
            Fault::Repeat => {
                self.handle(request, now, Delivery::Answered);
                self.audit.count(None, |counts| counts.repeats += 1);
                return Some(self.handle(request, now, Delivery::Repeated));
            }
            Fault::ServerError => OddAnswer::error((503, "UNAVAILABLE")),
            Fault::TooManyRequests => OddAnswer {
                retry_after: Some(self.config.faults.retry_after),
                ..OddAnswer::error((429, "RESOURCE_EXHAUSTED"))
            },
            Fault::Odd => draw(&mut self.fault_random, OddAnswer::draw),
            Fault::Denial => draw(&mut self.fault_random, OddAnswer::draw_denial),
        };
        self.expire(now);
        Some(match path.strip_prefix("/v1/") {
            Some(_) => self.call(request, now, Delivery::Answered, Some(odd)),
            None => odd.response(is_of_tokens(path)),
        })
    }

    /// Gives a job a state that is in no list, now and then.
    fn change_state(&mut self, path: &str, mut response: Response) -> Response {
        let share = self.config.faults.unknown_states;
        let is_state = path.ends_with("/portabilityArchiveState") && response.status() == 200;
        if share > 0.0 && is_state && draw(&mut self.fault_random, Rng::f64) < share {
            if let Ok(Value::Object(mut body)) = serde_json::from_slice(response.body()) {
                body.remove("urls");
                body.insert("state".to_owned(), "QUEUED".into());
                *response.body_mut() = Value::Object(body).to_string().into_bytes();
            }
        }
        response
    }

    fn draw_fault(&mut self, path: &str) -> Option<Fault> {
        let faults = &self.config.faults;
        let rates = if path.starts_with("/v1/") {
            faults.api
        } else if path.starts_with("/archives/") {
            faults.downloads
        } else if is_of_tokens(path) {
            faults.tokens
        } else {
            Rates::default()
        };
        let fault = rates.pick(draw(&mut self.fault_random, Rng::f64));
        fault.filter(|fault| *fault != Fault::Denial || path.starts_with("/v1/"))
    }

    fn handle(&mut self, request: &Request, now: SystemTime, delivery: Delivery) -> Response {
        self.expire(now);
        let path = request.uri().path();
        match (request.method(), path) {
            (&Method::GET | &Method::POST, "/o/oauth2/v2/auth") => self.authorize(request, now),
            (&Method::POST, "/token") => self.token(request, now),
            (&Method::POST, "/revoke") => self.revoke(request, now),
            (&Method::GET | &Method::POST, "/tokeninfo") => self.token_info(request, now),
            (_, path) if path.starts_with("/v1/") => self.call(request, now, delivery, None),
            (&Method::GET, _) if path.starts_with("/archives/") => self.download(request, now),
            (&Method::GET, "/") => reply::redirect("/stand-in"),
            (&Method::GET, "/stand-in") => reply::page(200, pages::overview(self, now)),
            (&Method::GET, "/stand-in/audit") => reply::json(200, &json!(self.audit)),
            (&Method::POST, "/stand-in") => self.control(request),
            (&Method::GET, "/style.css") => {
                reply::reply(200, "text/css; charset=utf-8", pages::STYLE)
            }
            _ => reply::page(404, pages::not_found()),
        }
    }

    /// The buttons of the overview.
    fn control(&mut self, request: &Request) -> Response {
        let form: BTreeMap<_, _> = form_urlencoded::parse(request.body()).into_owned().collect();
        let value = |name| form.get(name).map_or("", String::as_str);
        match value("do") {
            "fail-next-job" => self.jobs_to_fail = self.jobs_to_fail.saturating_add(1),
            "remove-access" => self.remove_access(value("account"), value("project")),
            _ => {}
        }
        reply::redirect("/stand-in")
    }

    /// Removes a project's access to an account, as the account's owner can at any time.
    pub fn remove_access(&mut self, account: &str, project: &str) {
        self.end_consents(|consent| consent.account == account && consent.project == project);
    }

    /// Ends what has come to its end.
    pub(crate) fn expire(&mut self, now: SystemTime) {
        let revoked = self.config.events.revoked.clone();
        self.end_consents(|consent| {
            let revoked = revoked.get(&consent.account).filter(|at| consent.given_at < **at);
            let ends = [consent.expires(), consent.reset_at(), revoked.copied()];
            ends.into_iter().flatten().any(|end| end <= now)
        });
        self.jobs.retain(|_, job| job.reset_at.is_none_or(|reset_at| reset_at > now));
    }

    /// Forgets consents and their tokens.
    pub(crate) fn end_consents(&mut self, has_ended: impl Fn(&Consent) -> bool) {
        self.consents.retain(|_, consent| !has_ended(consent));
        let consents = &self.consents;
        self.codes.retain(|_, code| consents.contains_key(&code.consent));
        self.access_tokens.retain(|_, token| consents.contains_key(&token.consent));
        self.refresh_tokens.retain(|_, consent| consents.contains_key(consent));
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.config.clients.iter().find(|client| client.id == id)
    }

    pub(crate) fn resource(&self, group: &str) -> Option<&Resource> {
        self.config.resources.iter().find(|resource| resource.group == group)
    }

    /// Draws from the seeded random numbers.
    pub(crate) fn draw<T>(&mut self, drawn: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.random, drawn)
    }

    pub(crate) fn draw_text(&mut self, length: usize) -> String {
        self.draw(|random| (0..length).map(|_| random.alphanumeric()).collect())
    }

    /// Signs with a key that only the server knows.
    pub(crate) fn sign(&self, text: &str) -> String {
        let digest = Sha256::new()
            .chain_update(self.config.seed.to_be_bytes())
            .chain_update(b"signed URL")
            .chain_update(text)
            .finalize();
        BASE64_URL_SAFE_NO_PAD.encode(digest)
    }
}

/// Draws from the random numbers that begin at a seed, and moves it on.
fn draw<T>(seed: &mut u64, drawn: impl FnOnce(&mut Rng) -> T) -> T {
    let mut random = Rng::with_seed(*seed);
    let drawn = drawn(&mut random);
    *seed = random.get_seed();
    drawn
}

fn is_of_tokens(path: &str) -> bool {
    matches!(path, "/token" | "/revoke" | "/tokeninfo")
}

/// Returns the Unix time in seconds.
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
