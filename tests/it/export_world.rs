//! An app that exports with a simulated Google, and everything that can go wrong between them.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use dataportability_scopes::api::export::{
    Export, ExportCall, ExportCallError, ExportResponse, Step,
};
use dataportability_scopes::catalogue::{Resource, Scope, ScopeSet};
use dataportability_scopes::grant::Grant;
use dataportability_scopes::http::{Request, Response};
use dataportability_scopes::http_call::{HttpCall, SendError};
use fastrand::Rng;
use serde_json::Value;
use stand_in::{Access, Config, Decision, Google, Granted, Outcome};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The moment at which every test begins: 2026-08-01T00:00:00Z.
pub(crate) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_785_542_400)
}

pub(crate) type CallResult = Result<ExportResponse, SendError<ExportCallError, &'static str>>;

/// A network error of an HTTP client.
pub(crate) const NO_RESPONSE: &str = "no response";

pub(crate) fn scopes(resource: Resource) -> ScopeSet {
    ScopeSet::from_resources(&[resource])
}

/// A resource that the newest revision lists and that takes a time range, or takes none.
pub(crate) fn listed(supports_time_filter: bool) -> Resource {
    let listed = dataportability_scopes::Revision::NEWEST.scopes();
    listed
        .iter()
        .map(Scope::resource)
        .find(|resource| resource.supports_time_filter() == supports_time_filter)
        .expect("a resource")
}

/// The resource groups of the simulated Google: those of the newest revision.
pub(crate) fn resources() -> Vec<stand_in::Resource> {
    let newest = dataportability_scopes::Revision::NEWEST;
    let listed = newest.scopes().iter().map(Scope::resource);
    listed
        .map(|resource| stand_in::Resource {
            group: resource.name().to_owned(),
            label: resource.label().to_owned(),
            description: resource.description().to_owned(),
            time_filter: resource.supports_time_filter(),
        })
        .collect()
}

const REDIRECT_URI: &str = "https://app.example/callback";
pub(crate) const ACCOUNT: &str = "ada@example.com";

/// A consent's tokens.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) grant: Grant,
}

pub(crate) struct World {
    pub(crate) google: Google,
    pub(crate) now: SystemTime,
    pub(crate) tokens: Tokens,
}

pub(crate) fn config(seed: u64) -> Config {
    Config {
        seed,
        base_url: "https://storage.example".to_owned(),
        ..Config::new(resources(), REDIRECT_URI)
    }
}

impl World {
    /// An app with the user's consent to one resource.
    pub(crate) fn new(config: Config, access: Access, resource: Resource) -> World {
        let mut google = Google::new(config);
        let now = start();
        let tokens = consent(&mut google, access, scopes(resource), now);
        World {
            google,
            now,
            tokens,
        }
    }

    /// Sends a call without faults, and returns the result.
    pub(crate) fn send(&mut self, call: &ExportCall) -> CallResult {
        let call = call.with_token(&self.tokens.access);
        let response = self.google.respond(&call.to_request()?, self.now);
        call.read_response(&response).map_err(SendError::Response)
    }

    /// Sends a call with the faults of the configuration. A request may get two responses.
    pub(crate) fn send_with_faults(&mut self, call: &ExportCall) -> Vec<CallResult> {
        let call = call.with_token(&self.tokens.access);
        let request = match call.to_request() {
            Ok(request) => request,
            Err(error) => return vec![Err(error.into())],
        };
        let read = |response: &Response<Vec<u8>>| {
            call.read_response(response).map_err(SendError::Response)
        };
        match self.google.send(&request, self.now) {
            Outcome::Answered(response) => vec![read(&response)],
            Outcome::Lost => vec![Err(SendError::Http(NO_RESPONSE))],
            Outcome::Repeated { first, second } => vec![read(&first), read(&second)],
        }
    }

    /// Continues until the export is at a step that needs no call and no waiting.
    pub(crate) fn run(&mut self, export: &mut Export) -> Step {
        for _ in 0..1000 {
            match export.next(&self.tokens.grant, self.now) {
                Step::Call(_) => {
                    let call = export.begin(&self.tokens.grant, self.now).unwrap();
                    let result = self.send(&call);
                    export.record(&call, &result, self.now);
                }
                Step::WaitUntil(time) => {
                    assert!(time > self.now);
                    self.now = time;
                }
                Step::RefreshToken => {
                    assert!(self.refresh());
                    export.token_replaced(self.now);
                }
                step => return step,
            }
        }
        panic!("the export does not end");
    }

    /// Returns the start times of the jobs that have or will have an archive.
    pub(crate) fn archives_started_at(&self) -> Vec<Duration> {
        let google = serde_json::to_value(&self.google).unwrap();
        let works = |job: &&Value| job["fails"] == false && job["cancelled"] == false;
        let jobs = google["jobs"].as_object().unwrap().values();
        let mut started: Vec<Duration> = jobs
            .filter(works)
            .map(|job| Duration::from_secs(job["started"]["secs_since_epoch"].as_u64().unwrap()))
            .collect();
        started.sort();
        started
    }

    /// Gets a fresh access token. Returns whether there is one.
    pub(crate) fn refresh(&mut self) -> bool {
        let Some(refresh) = self.tokens.refresh.clone() else {
            return false;
        };
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &refresh),
            ("client_id", "client"),
            ("client_secret", "secret"),
        ];
        let response = self.google.respond(&post("/token", &form), self.now);
        if response.status() != 200 {
            return false;
        }
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        body["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.tokens.access);
        true
    }

    /// Downloads a file, with faults. Returns its status, or `None` if no response arrived.
    pub(crate) fn download(&mut self, url: &str) -> Option<u16> {
        let request = Request::get(url).body(Vec::new()).unwrap();
        let response = self.google.send(&request, self.now).into_response()?;
        if response.status() == 200 {
            assert!(response.body().starts_with(b"PK"), "not a zip archive");
        }
        Some(response.status().as_u16())
    }
}

/// Goes through the consent and the exchange of the code.
pub(crate) fn consent(
    google: &mut Google,
    access: Access,
    scopes: ScopeSet,
    now: SystemTime,
) -> Tokens {
    let query: String = form(&[
        ("response_type", "code"),
        ("client_id", "client"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", &scopes.to_string()),
        ("access_type", "offline"),
        ("state", "af0ifjsldkj"),
        // Appendix B of RFC 7636.
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ]);
    let decision = Decision {
        account: ACCOUNT.to_owned(),
        granted: Granted::All,
        access,
    };
    let url = format!("https://accounts.google.com/o/oauth2/v2/auth?{query}");
    let callback = google.decide(&url, &decision, now).unwrap();
    let (_, query) = callback.split_once('?').unwrap();
    let parameters: BTreeMap<_, _> = query
        .split('&')
        .filter_map(|it| it.split_once('='))
        .collect();
    let code = percent_decoded(parameters["code"]);
    let exchange = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT_URI),
        ("client_id", "client"),
        ("client_secret", "secret"),
        (
            "code_verifier",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        ),
    ];
    let response = google.respond(&post("/token", &exchange), now);
    assert_eq!(response.status(), 200);
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    Tokens {
        access: body["access_token"].as_str().unwrap().to_owned(),
        refresh: body["refresh_token"].as_str().map(str::to_owned),
        grant: body["scope"].as_str().unwrap().parse().unwrap(),
    }
}

fn post(path: &str, parameters: &[(&str, &str)]) -> Request<Vec<u8>> {
    Request::post(format!("https://oauth2.googleapis.com{path}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(parameters).into_bytes())
        .unwrap()
}

fn form(parameters: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        let bytes = text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                (byte as char).to_string()
            }
            _ => format!("%{byte:02X}"),
        });
        bytes.collect()
    };
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

fn percent_decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// How often the app crashes, and how wrong its clock is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trouble {
    /// The chance of a crash at each point where one can happen.
    pub(crate) crash: f64,
    /// The longest time that the app is down after a crash.
    pub(crate) longest_down: Duration,
    /// The chance that a result arrives only after the call was taken as lost.
    pub(crate) late: f64,
    /// The longest time by which the app's clock is set back, now and then.
    pub(crate) clock_error: Duration,
}

/// How an export ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) step: Step,
    pub(crate) export: Export,
    /// How often the app crashed.
    pub(crate) crashes: u32,
}

/// Runs an export to its end through all faults.
#[expect(
    clippy::too_many_lines,
    reason = "one arm for each step, and a crash after each line"
)]
pub(crate) fn run_through(
    world: &mut World,
    export: Export,
    trouble: Trouble,
    random: &mut Rng,
) -> End {
    let mut stored = serde_json::to_string(&export).unwrap();
    let mut export = export;
    let mut late: Vec<(ExportCall, CallResult)> = Vec::new();
    let mut crashes = 0;
    let begin = world.now;
    let mut back = Duration::ZERO;
    macro_rules! maybe_crash {
        () => {
            if random.f64() < trouble.crash {
                crashes += 1;
                world.now += trouble.longest_down.mul_f64(random.f64());
                export = serde_json::from_str(&stored).unwrap();
                continue;
            }
        };
    }
    for _ in 0..20_000 {
        if random.f64() < 0.02 {
            back += trouble.clock_error.mul_f64(random.f64());
        }
        let clock = |now: SystemTime| now - back;
        if !late.is_empty() && random.f64() < 0.2 {
            let (call, result) = late.swap_remove(random.usize(..late.len()));
            export.record(&call, &result, clock(world.now));
            stored = serde_json::to_string(&export).unwrap();
            maybe_crash!();
        }
        let now = clock(world.now);
        let step = export.next(&world.tokens.grant, now);
        let again = export.next(&world.tokens.grant, now);
        assert_eq!(format!("{step:?}"), format!("{again:?}"));
        assert_eq!(
            format!("{:?}", export.next_at(&world.tokens.grant, now)),
            format!("{:?}", step.due(now))
        );
        match step {
            Step::Call(method) => {
                let call = export.begin(&world.tokens.grant, now).unwrap();
                assert_eq!(call.method(), method);
                assert!(export.begin(&world.tokens.grant, now).is_err());
                maybe_crash!();
                stored = serde_json::to_string(&export).unwrap();
                maybe_crash!();
                let results = world.send_with_faults(&call);
                maybe_crash!();
                world.now += MINUTE.mul_f64(random.f64());
                for result in results {
                    if random.f64() < trouble.late {
                        late.push((call.clone(), result));
                    } else {
                        export.record(&call, &result, clock(world.now));
                    }
                }
                maybe_crash!();
                stored = serde_json::to_string(&export).unwrap();
                maybe_crash!();
            }
            Step::WaitUntil(time) => {
                assert!(time > now);
                // A scheduler may be late.
                world.now += time.duration_since(now).unwrap() + MINUTE.mul_f64(random.f64());
            }
            Step::Download { urls, until } => {
                assert!(until > now);
                assert!(!urls.is_empty());
                let answers: Vec<_> = urls
                    .iter()
                    .map(|url| world.download(url.as_str()))
                    .collect();
                world.now += MINUTE.mul_f64(random.f64());
                if answers.iter().all(|status| *status == Some(200)) {
                    maybe_crash!();
                    export.downloaded();
                    stored = serde_json::to_string(&export).unwrap();
                } else if answers.contains(&Some(403)) {
                    export.download_again();
                } else {
                    world.now += MINUTE * 30;
                }
                maybe_crash!();
            }
            Step::RefreshToken => {
                if !world.refresh() {
                    break;
                }
                maybe_crash!();
                export.token_replaced(now);
                stored = serde_json::to_string(&export).unwrap();
            }
            Step::RequestConsent(_) | Step::Done | Step::GivenUp(_) => break,
        }
        assert!(
            world.now.duration_since(begin).unwrap() < DAY * 100,
            "the export does not end: {export:?}"
        );
    }
    let step = export.next(&world.tokens.grant, world.now);
    assert!(step.due(world.now).is_none() || matches!(step, Step::RefreshToken));
    End {
        step,
        export,
        crashes,
    }
}
