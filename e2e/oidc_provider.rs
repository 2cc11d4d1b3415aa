//! The round trip against an authorization server that is not ours: `oidc-provider`, which
//! `e2e/run.sh` installs.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use dataportability_scopes::http::{Request, Response, StatusCode, header};
use dataportability_scopes::oauth2::basic::BasicErrorResponseType;
use dataportability_scopes::oauth2::{ClientId, ClientSecret, HttpRequest, HttpResponse};
use dataportability_scopes::url::{Url, form_urlencoded};
use dataportability_scopes::{
    Access, AuthorizationError, CallbackError, Consent, ConsentRequest, ConsentUrl, Consented,
    PendingConsent, Resource, Returned, Revision, Scope, ScopeSet, TokenEndpoint, TokenError,
};
use ureq::Agent;

/// Nobody listens there: the test reads where the user would be sent.
const RETURN: &str = "http://127.0.0.1:9/return";

const ASKED: ScopeSet = ScopeSet::from_resources(&[Resource::ChromeHistory, Resource::YoutubeClips]);
const CLIPS: ScopeSet = ScopeSet::from_resources(&[Resource::YoutubeClips]);

/// The server, for one test.
struct Provider {
    process: Child,
    issuer: String,
}

impl Provider {
    fn start() -> Provider {
        let mut process = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/e2e/provider.mjs"))
            .arg(RETURN)
            .args(Revision::NEWEST.scopes().iter().map(Scope::as_str))
            // The server ends with its input, should this process end without dropping it.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is installed");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let issuer = lines
            .find_map(|line| line.unwrap().strip_prefix("Serving ").map(str::to_owned))
            .expect("the server starts once e2e/run.sh has installed it");
        Provider { process, issuer }
    }

    fn request(&self, needed: ScopeSet) -> ConsentRequest {
        ConsentRequest::new(
            ClientId::new("client".into()),
            RETURN.parse().unwrap(),
            needed,
        )
        .endpoint(format!("{}/auth", self.issuer).parse().unwrap())
        .offline()
    }

    fn begin(&self, needed: ScopeSet) -> ConsentUrl {
        match self.request(needed).begin(SystemTime::now()).unwrap() {
            Consent::Ask(consent) => consent,
            Consent::NothingToAsk => panic!("something is needed"),
        }
    }

    fn tokens(&self) -> TokenEndpoint {
        TokenEndpoint::new(
            &format!("{}/token", self.issuer).parse().unwrap(),
            ClientId::new("client".into()),
            Some(ClientSecret::new("client-secret".into())),
        )
    }

    fn exchange(&self, returned: &Returned) -> Result<Consented, TokenError<ureq::Error>> {
        self.tokens().exchange(returned, SystemTime::now(), &http)
    }
}

/// Sends a user to the consent, who answers it; tells where the user is sent back to.
fn answer(consent: &ConsentUrl, answer: (&str, &str)) -> Url {
    let mut user = User::default();
    let page = user.go(&consent.url, None);
    assert!(page.path().starts_with("/interaction/"), "{page}");
    user.go(&page, Some(answer))
}

fn grant(consent: &ConsentUrl, granted: ScopeSet) -> Url {
    answer(consent, ("scope", &granted.to_string()))
}

impl Drop for Provider {
    fn drop(&mut self) {
        // If it has ended already, all the better.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser, as far as the server asks for one.
#[derive(Default)]
struct User {
    cookies: BTreeMap<String, String>,
}

impl User {
    /// Follows redirects to the consent page, or out of the server to the redirect URI.
    fn go(&mut self, url: &Url, mut form: Option<(&str, &str)>) -> Url {
        let mut url = url.clone();
        loop {
            let response = self.send(&url, form.take());
            let location = response.headers().get(header::LOCATION);
            let location = location.expect("a redirect").to_str().unwrap();
            url = url.join(location).unwrap();
            if location.starts_with(RETURN) || url.path().starts_with("/interaction/") {
                return url;
            }
        }
    }

    fn send(&mut self, url: &Url, form: Option<(&str, &str)>) -> HttpResponse {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        let request = Request::builder()
            .uri(url.as_str())
            .header(header::COOKIE, cookies.join("; "));
        let request = match form {
            None => request.body(Vec::new()),
            Some((name, value)) => request
                .method("POST")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(
                    form_urlencoded::Serializer::new(String::new())
                        .append_pair(name, value)
                        .finish()
                        .into_bytes(),
                ),
        };
        let response = http(request.unwrap()).unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

fn http(request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let agent: Agent = Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .build()
        .into();
    let (parts, mut body) = agent.run(request)?.into_parts();
    Ok(Response::from_parts(parts, body.read_to_vec()?))
}

fn accept(pending: &mut PendingConsent, back: &Url) -> Result<Returned, CallbackError> {
    pending.accept_url(back.as_str(), SystemTime::now())
}

/// A pending consent as it comes out of a session store, with a member replaced.
fn tampered(pending: &PendingConsent, member: &str, value: &str) -> PendingConsent {
    let mut stored = serde_json::to_value(pending).unwrap();
    assert!(stored[member].is_string());
    stored[member] = value.into();
    serde_json::from_value(stored).unwrap()
}

fn assert_invalid_grant(refused: Result<Consented, TokenError<ureq::Error>>) {
    match refused.unwrap_err() {
        TokenError::Refused { error, .. } => {
            assert_eq!(error, BasicErrorResponseType::InvalidGrant);
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_full_consent_grants_all_that_was_asked() {
    let provider = Provider::start();
    let mut consent = provider.begin(ASKED);
    let back = grant(&consent, ASKED);
    let consented = provider
        .exchange(&accept(&mut consent.pending, &back).unwrap())
        .unwrap();
    assert_eq!(consented.decision.granted, ASKED);
    assert_eq!(consented.decision.declined, ScopeSet::EMPTY);
    assert_eq!(consented.decision.unrequested, ScopeSet::EMPTY);
    assert_eq!(consented.tokens.access, Some(Access::OneTime));
}

#[test]
fn every_scope_of_the_newest_revision_gets_through() {
    let provider = Provider::start();
    let everything = Revision::NEWEST.scopes();
    let mut consent = provider.begin(everything);
    let back = grant(&consent, everything);
    let consented = provider
        .exchange(&accept(&mut consent.pending, &back).unwrap())
        .unwrap();
    assert_eq!(consented.decision.granted, everything);
}

#[test]
fn a_partial_consent_tells_what_was_declined() {
    let provider = Provider::start();
    let mut consent = provider.begin(ASKED);
    let back = grant(&consent, CLIPS);
    let consented = provider
        .exchange(&accept(&mut consent.pending, &back).unwrap())
        .unwrap();
    assert_eq!(consented.decision.granted, CLIPS);
    assert_eq!(consented.decision.declined, ASKED - CLIPS);
}

#[test]
fn a_refresh_carries_what_was_granted_and_no_more() {
    let provider = Provider::start();
    let mut consent = provider.begin(ASKED);
    let back = grant(&consent, CLIPS);
    let before = provider
        .exchange(&accept(&mut consent.pending, &back).unwrap())
        .unwrap()
        .tokens;
    let refresh_token = before.refresh_token.unwrap();
    let after = provider
        .tokens()
        .refresh(&refresh_token, &before.grant, SystemTime::now(), &http)
        .unwrap();
    assert_eq!(after.grant, before.grant);
    assert_ne!(after.access_token.secret(), before.access_token.secret());
}

#[test]
fn a_refused_consent_is_denied() {
    let provider = Provider::start();
    let mut consent = provider.begin(ASKED);
    let back = answer(&consent, ("error", "access_denied"));
    assert_eq!(
        accept(&mut consent.pending, &back).unwrap_err(),
        CallbackError::Denied {
            error: AuthorizationError::AccessDenied
        }
    );
}

#[test]
fn a_replayed_return_is_refused_here_and_a_replayed_code_there() {
    let provider = Provider::start();
    let mut consent = provider.begin(ASKED);
    let mut copy = tampered(&consent.pending, "state", consent.pending.state().secret());
    let back = grant(&consent, ASKED);
    provider
        .exchange(&accept(&mut consent.pending, &back).unwrap())
        .unwrap();
    assert_eq!(
        accept(&mut consent.pending, &back).unwrap_err(),
        CallbackError::AlreadyUsed
    );
    assert_invalid_grant(provider.exchange(&accept(&mut copy, &back).unwrap()));
}

#[test]
fn a_wrong_verifier_gets_no_token() {
    let provider = Provider::start();
    let consent = provider.begin(ASKED);
    let back = grant(&consent, ASKED);
    let mut pending = tampered(&consent.pending, "code_verifier", &"x".repeat(43));
    assert_invalid_grant(provider.exchange(&accept(&mut pending, &back).unwrap()));
}

#[test]
fn another_redirect_uri_in_the_exchange_gets_no_token() {
    let provider = Provider::start();
    let consent = provider.begin(ASKED);
    let back = grant(&consent, ASKED);
    let mut pending = tampered(
        &consent.pending,
        "redirect_uri",
        "http://127.0.0.1:9/elsewhere",
    );
    let returned = pending
        .accept_query(back.query().unwrap(), SystemTime::now())
        .unwrap();
    assert_invalid_grant(provider.exchange(&returned));
}

#[test]
fn a_wrong_state_is_not_accepted_and_the_right_one_still_is() {
    let provider = Provider::start();
    let mut consent = provider.begin(ASKED);
    let other = provider.begin(ASKED);
    let stray = grant(&other, ASKED);
    assert_eq!(
        accept(&mut consent.pending, &stray).unwrap_err(),
        CallbackError::WrongState
    );
    let back = grant(&consent, ASKED);
    assert!(accept(&mut consent.pending, &back).is_ok());
}

#[test]
fn a_return_to_another_host_or_path_is_not_accepted() {
    let provider = Provider::start();
    let mut consent = provider.begin(ASKED);
    let back = grant(&consent, ASKED);
    let mut host = back.clone();
    host.set_host(Some("localhost")).unwrap();
    assert_eq!(
        accept(&mut consent.pending, &host).unwrap_err(),
        CallbackError::WrongHost
    );
    let mut path = back;
    path.set_path("/elsewhere");
    assert_eq!(
        accept(&mut consent.pending, &path).unwrap_err(),
        CallbackError::WrongPath
    );
}

#[test]
fn the_server_sends_nobody_to_a_redirect_uri_that_is_not_registered() {
    let provider = Provider::start();
    let mut url = provider.begin(ASKED).url;
    replace(
        &mut url,
        "redirect_uri",
        Some("http://127.0.0.1:9/elsewhere"),
    );
    let response = User::default().send(&url, None);
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(response.headers().get(header::LOCATION).is_none());
}

#[test]
fn the_server_insists_on_the_challenge_that_the_url_has() {
    let provider = Provider::start();
    let mut consent = provider.begin(ASKED);
    replace(&mut consent.url, "code_challenge", None);
    replace(&mut consent.url, "code_challenge_method", None);
    let back = User::default().go(&consent.url, None);
    assert_eq!(
        accept(&mut consent.pending, &back).unwrap_err(),
        CallbackError::Denied {
            error: AuthorizationError::InvalidRequest
        }
    );
}

/// Gives a parameter another value, or takes it away.
fn replace(url: &mut Url, name: &str, value: Option<&str>) {
    let kept: Vec<_> = url.query_pairs().into_owned().collect();
    let kept = kept.iter().filter(|(other, _)| other != name);
    url.set_query(None);
    url.query_pairs_mut()
        .extend_pairs(kept)
        .extend_pairs(value.map(|value| (name, value)));
}
