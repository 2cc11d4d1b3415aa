//! An app that talks to the simulated Google, for the tests.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stand_in::{Access, Config, Decision, Google, Granted, Resource, Rule};

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const GRACE: &str = "grace@example.com";
pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const STATE: &str = "af0ifjsldkj";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const REVISION: &str = include_str!("../../../../data/revisions/2025-01-20.txt");

/// A configuration with the groups of a frozen revision, in which every job takes an hour.
pub(crate) fn config() -> Config {
    let groups = stand_in::groups_of(REVISION);
    Config { job_duration: HOUR..=HOUR, ..Config::new(groups, CALLBACK) }
}

/// The resource groups of the configuration.
pub(crate) fn resources() -> Vec<Resource> {
    config().resources
}

pub(crate) struct App {
    pub(crate) google: Google,
    pub(crate) now: SystemTime,
}

impl App {
    pub(crate) fn new() -> App {
        App::with(config())
    }

    pub(crate) fn with(config: Config) -> App {
        App {
            google: Google::new(config),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000),
        }
    }

    pub(crate) fn send(&mut self, request: &Request<Vec<u8>>) -> Answer {
        Answer::read(&self.google.respond(request, self.now))
    }

    /// Calls the API.
    pub(crate) fn call(&mut self, token: &str, method: Method, path: &str, body: &Value) -> Answer {
        self.send(&call(token, method, path, body))
    }

    pub(crate) fn initiate(&mut self, token: &str, groups: &[&str]) -> Answer {
        self.send(&initiate(token, groups))
    }

    /// Starts a job and returns its id.
    pub(crate) fn start(&mut self, token: &str, group: &str) -> String {
        self.initiate(token, &[group]).job()
    }

    pub(crate) fn state(&mut self, token: &str, job: &str) -> Answer {
        let path = format!("/v1/archiveJobs/{job}/portabilityArchiveState");
        self.call(token, Method::GET, &path, &Value::Null)
    }

    pub(crate) fn retry(&mut self, token: &str, job: &str) -> Answer {
        self.post(token, &format!("archiveJobs/{job}:retry"))
    }

    pub(crate) fn cancel(&mut self, token: &str, job: &str) -> Answer {
        self.post(token, &format!("archiveJobs/{job}:cancel"))
    }

    pub(crate) fn reset(&mut self, token: &str) -> Answer {
        self.post(token, "authorization:reset")
    }

    pub(crate) fn post(&mut self, token: &str, method: &str) -> Answer {
        self.call(token, Method::POST, &format!("/v1/{method}"), &Value::Null)
    }

    /// Posts a form to an endpoint of the authorization server.
    pub(crate) fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).body(body.into_bytes()).unwrap();
        self.send(&request)
    }

    pub(crate) fn decide(&mut self, url: &str, account: &str, access: Access) -> String {
        let decision = decision(account, Granted::All, access);
        self.google.decide(url, &decision, self.now).unwrap()
    }

    /// Sends the user through the consent and returns the token response.
    pub(crate) fn consent(&mut self, account: &str, groups: &[&str], access: Access) -> Value {
        let callback = self.decide(&authorization_url(groups), account, access);
        let code = parameters(&callback)["code"].clone();
        let answer = self.exchange(&code);
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body
    }

    pub(crate) fn exchange(&mut self, code: &str) -> Answer {
        self.form("/token", &exchange_form(code))
    }

    /// Same as [`consent`](App::consent), but returns the access token alone.
    pub(crate) fn token(&mut self, account: &str, groups: &[&str], access: Access) -> String {
        text(&self.consent(account, groups, access)["access_token"])
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

    /// How often a rule was broken, in total.
    pub(crate) fn broken(&self, rule: Rule) -> u64 {
        self.google.audit().total.of(rule)
    }
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

pub(crate) fn decision(account: &str, granted: Granted, access: Access) -> Decision {
    Decision { account: account.to_owned(), granted, access }
}

pub(crate) fn scope(group: &str) -> String {
    format!("https://www.googleapis.com/auth/dataportability.{group}")
}

/// What a careful app sends as authorization request.
pub(crate) fn authorization_request(groups: &[&str]) -> Vec<(&'static str, String)> {
    let scopes: Vec<String> = groups.iter().map(|group| scope(group)).collect();
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    vec![
        ("response_type", "code".to_owned()),
        ("client_id", "client".to_owned()),
        ("redirect_uri", CALLBACK.to_owned()),
        ("state", STATE.to_owned()),
        ("scope", scopes.join(" ")),
        ("access_type", "offline".to_owned()),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256".to_owned()),
    ]
}

pub(crate) fn authorization_url(groups: &[&str]) -> String {
    url(&authorization_request(groups))
}

pub(crate) fn url(parameters: &[(&str, String)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("http://127.0.0.1:8090/o/oauth2/v2/auth?{query}")
}

/// The parameters of a URL's query.
pub(crate) fn parameters(url: &str) -> BTreeMap<String, String> {
    let (_, query) = url.split_once('?').unwrap();
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

pub(crate) fn call(token: &str, method: Method, path: &str, body: &Value) -> Request<Vec<u8>> {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    Request::builder()
        .method(method)
        .uri(path)
        .header("Authorization", format!("Bearer {token}"))
        .body(body)
        .unwrap()
}

pub(crate) fn initiate(token: &str, groups: &[&str]) -> Request<Vec<u8>> {
    let body = json!({ "resources": groups });
    call(token, Method::POST, "/v1/portabilityArchive:initiate", &body)
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
        Answer {
            status: response.status(),
            body: serde_json::from_slice(response.body()).unwrap_or_default(),
        }
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
