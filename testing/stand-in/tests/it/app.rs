//! An app that talks to the simulated Google, for the tests.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stand_in::{
    Access, AuthorizationError, Config, Decision, Google, Granted, Rates, Resource, Rule,
};

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const GRACE: &str = "grace@example.com";
pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const STATE: &str = "af0ifjsldkj";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const PROJECT: &str = "1234567890";
pub(crate) const SEARCH: &str = "myactivity.search";
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The time at which an app begins, and a day later.
pub(crate) const STARTED: &str = "2025-06-15T15:06:40Z";
pub(crate) const NEXT_DAY: &str = "2025-06-16T15:06:40Z";

const ORIGIN: &str = "http://127.0.0.1:8090";
const REVISION: &str = include_str!("../../../../data/revisions/2025-01-20.txt");

/// A configuration with the groups of a frozen revision, in which every job takes an hour.
pub(crate) fn config() -> Config {
    let groups = stand_in::groups_of(REVISION);
    Config { job_duration: HOUR..=HOUR, ..Config::new(groups, CALLBACK) }
}

/// The fields of the rows of a table, below its heading.
pub(crate) fn rows<const N: usize>(table: &str) -> impl Iterator<Item = [&str; N]> {
    table.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>().try_into().expect(row))
}

/// The resource groups of the configuration.
pub(crate) fn resources() -> Vec<Resource> {
    config().resources
}

/// Faults of which each happens to this share of requests.
pub(crate) fn rates(share: f64) -> Rates {
    Rates {
        lost_requests: share,
        lost_responses: share,
        repeats: share,
        server_errors: share,
        too_many_requests: share,
        ..Rates::default()
    }
}

/// An app. Its calls have a fresh access token of the last consent.
pub(crate) struct App {
    pub(crate) google: Google,
    pub(crate) now: SystemTime,
    pub(crate) refresh_token: String,
}

impl App {
    pub(crate) fn new() -> App {
        App::with(config())
    }

    pub(crate) fn with(config: Config) -> App {
        App {
            google: Google::new(config),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000),
            refresh_token: String::new(),
        }
    }

    /// An app with Ada's consent.
    pub(crate) fn of(groups: &[&str], access: Access) -> App {
        App::configured(config(), groups, access)
    }

    pub(crate) fn configured(config: Config, groups: &[&str], access: Access) -> App {
        let mut app = App::with(config);
        app.consent(ADA, groups, access);
        app
    }

    pub(crate) fn send(&mut self, request: &Request<Vec<u8>>) -> Answer {
        Answer::read(&self.google.respond(request, self.now))
    }

    /// Sends a request to which faults happen.
    pub(crate) fn risk(&mut self, request: &Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        self.google.send(request, self.now)
    }

    /// Opens an address of the simulated Google, such as a signed URL.
    pub(crate) fn get(&mut self, url: &str) -> Response<Vec<u8>> {
        let request = Request::get(url.strip_prefix(ORIGIN).unwrap_or(url)).body(Vec::new());
        self.google.respond(&request.unwrap(), self.now)
    }

    /// Calls the API.
    pub(crate) fn call(&mut self, method: Method, path: &str, body: &Value) -> Answer {
        let token = self.token();
        self.send(&call(&token, method, path, body))
    }

    pub(crate) fn post(&mut self, method: &str) -> Answer {
        self.call(Method::POST, &format!("/v1/{method}"), &Value::Null)
    }

    pub(crate) fn initiate(&mut self, groups: &[&str]) -> Answer {
        self.call(Method::POST, INITIATE, &json!({ "resources": groups }))
    }

    /// Starts a job and returns its id.
    pub(crate) fn start(&mut self, group: &str) -> String {
        self.initiate(&[group]).job()
    }

    pub(crate) fn state(&mut self, job: &str) -> Answer {
        self.call(Method::GET, &state_path(job), &Value::Null)
    }

    pub(crate) fn retry(&mut self, job: &str) -> Answer {
        self.post(&format!("archiveJobs/{job}:retry"))
    }

    pub(crate) fn cancel(&mut self, job: &str) -> Answer {
        self.post(&format!("archiveJobs/{job}:cancel"))
    }

    pub(crate) fn reset(&mut self) -> Answer {
        self.post("authorization:reset")
    }

    /// The signed URLs of a job.
    pub(crate) fn urls(&mut self, job: &str) -> Vec<String> {
        let state = self.state(job).body;
        state["urls"].as_array().expect("files").iter().map(text).collect()
    }

    /// Posts a form to an endpoint of the authorization server.
    pub(crate) fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(&Request::post(path).body(form(fields).into_bytes()).unwrap())
    }

    pub(crate) fn try_decide(
        &mut self,
        url: &str,
        account: &str,
        granted: Granted,
    ) -> Result<String, AuthorizationError> {
        let access = Access::OneTime;
        let decision = Decision { account: account.to_owned(), granted, access };
        self.google.decide(url, &decision, self.now)
    }

    pub(crate) fn decide(&mut self, url: &str, account: &str, access: Access) -> String {
        let decision = Decision { account: account.to_owned(), granted: Granted::All, access };
        self.google.decide(url, &decision, self.now).unwrap()
    }

    /// Sends the user through the consent and returns the token response.
    pub(crate) fn consent(&mut self, account: &str, groups: &[&str], access: Access) -> Value {
        let callback = self.decide(&authorization_url(groups), account, access);
        let answer = self.exchange(&parameters(&callback)["code"]);
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        self.refresh_token = text(&answer.body["refresh_token"]);
        answer.body
    }

    pub(crate) fn exchange(&mut self, code: &str) -> Answer {
        self.form("/token", &exchange_form(code))
    }

    pub(crate) fn refresh(&mut self, refresh_token: &str) -> Answer {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", "client"),
            ("client_secret", "secret"),
            ("refresh_token", refresh_token),
        ];
        self.form("/token", &fields)
    }

    /// A fresh access token, or an invalid one if the consent has ended.
    pub(crate) fn token(&mut self) -> String {
        let refreshed = self.refresh(&self.refresh_token.clone());
        refreshed.body["access_token"].as_str().unwrap_or("none").to_owned()
    }

    /// How often a rule was broken, in total.
    pub(crate) fn broken(&self, rule: Rule) -> u64 {
        self.google.audit().total.of(rule)
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.google.audit().is_clean()
    }
}

pub(crate) const INITIATE: &str = "/v1/portabilityArchive:initiate";

pub(crate) fn state_path(job: &str) -> String {
    format!("/v1/archiveJobs/{job}/portabilityArchiveState")
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

pub(crate) fn exchange_form(code: &str) -> [(&'static str, &str); 6] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "client"),
        ("client_secret", "secret"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("code", code),
    ]
}

pub(crate) fn scope(group: &str) -> String {
    format!("https://www.googleapis.com/auth/dataportability.{group}")
}

/// What a careful app sends as authorization request.
pub(crate) fn authorization_url(groups: &[&str]) -> String {
    changed_url(groups, &[])
}

/// The same with other parameters, or without those that are empty.
pub(crate) fn changed_url(groups: &[&str], changes: &[(&str, &str)]) -> String {
    let scopes: Vec<String> = groups.iter().map(|group| scope(group)).collect();
    let scopes = scopes.join(" ");
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", "client"),
        ("redirect_uri", CALLBACK),
        ("state", STATE),
        ("scope", &scopes),
        ("access_type", "offline"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    change(&mut parameters, changes);
    format!("{ORIGIN}/o/oauth2/v2/auth?{}", form(&parameters))
}

/// Replaces fields, or removes those that are to be empty.
pub(crate) fn change<'f>(fields: &mut Vec<(&'f str, &'f str)>, changes: &[(&'f str, &'f str)]) {
    fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    fields.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
}

/// The parameters of a URL's query.
pub(crate) fn parameters(url: &str) -> BTreeMap<String, String> {
    let (_, query) = url.split_once('?').unwrap();
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

pub(crate) fn call(token: &str, method: Method, path: &str, body: &Value) -> Request<Vec<u8>> {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let request = Request::builder().method(method).uri(path);
    request.header("Authorization", format!("Bearer {token}")).body(body).unwrap()
}

pub(crate) fn initiate(token: &str, groups: &[&str]) -> Request<Vec<u8>> {
    call(token, Method::POST, INITIATE, &json!({ "resources": groups }))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A response with JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn read(response: &Response<Vec<u8>>) -> Answer {
        let body = serde_json::from_slice(response.body()).unwrap_or_default();
        Answer { status: response.status(), body }
    }

    pub(crate) fn job(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        text(&self.body["archiveJobId"])
    }

    /// The status of the HTTP response and of the error in it.
    pub(crate) fn error(&self) -> (u16, &str) {
        let error = &self.body["error"];
        assert_eq!(error["code"], self.status.as_u16(), "{}", self.body);
        (self.status.as_u16(), error["status"].as_str().unwrap())
    }

    /// The reason and metadata of the error's details.
    pub(crate) fn reason(&self) -> (&str, &Value) {
        let info = &self.body["error"]["details"][0];
        assert_eq!(info["@type"], "type.googleapis.com/google.rpc.ErrorInfo");
        assert_eq!(info["domain"], "dataportability.googleapis.com");
        (info["reason"].as_str().unwrap(), &info["metadata"])
    }

    /// The status of the HTTP response and the error of the authorization server.
    pub(crate) fn oauth_error(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["error"].as_str().unwrap())
    }
}
