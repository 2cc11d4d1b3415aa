//! The round trip against an authorization server that is not ours: `oidc-provider`, which
//! `testing/e2e/run.sh` installs.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use dataportability_scopes::call::{CallError, Endpoint, Endpoints, OAuthErrorCode, send};
use dataportability_scopes::catalogue::{Revision, Scope, Scopes};
use dataportability_scopes::consent::{
    AccessPeriod, CallbackError, ConsentUrl, Exchanged, OAuthClient, PendingConsents,
};
use dataportability_scopes::http::{Request, Response, StatusCode, header};
use ureq::Agent;
use url::{Url, form_urlencoded};

/// Nobody listens there: the test reads where the user would be sent.
const REDIRECT_URI: &str = "http://127.0.0.1:9/callback";

/// Two scopes of the newest revision.
fn asked() -> Scopes {
    listed().take(2).collect()
}

/// The first of them.
fn part() -> Scopes {
    listed().take(1).collect()
}

fn listed() -> impl Iterator<Item = Scope> {
    Revision::NEWEST.scopes().into_iter()
}

type ExchangeResult = Result<Exchanged, CallError>;

/// The server, for one test.
struct Provider {
    process: Child,
    client: OAuthClient,
}

impl Provider {
    fn start() -> Provider {
        let mut process = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/provider.mjs"))
            .arg(REDIRECT_URI)
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
            .expect("the server starts once testing/e2e/run.sh has installed it");
        let endpoint = |path: &str| -> Endpoint { format!("{issuer}{path}").parse().unwrap() };
        let endpoints = Endpoints {
            authorization: endpoint("/auth"),
            token: endpoint("/token"),
            revocation: endpoint("/token/revocation"),
            issuer: issuer.clone(),
            ..Endpoints::at(&endpoint(""))
        };
        let client = OAuthClient::new("client", REDIRECT_URI.parse().unwrap());
        let client = client.client_secret("client-secret").endpoints(endpoints);
        Provider { process, client }
    }

    fn consent(&self, scopes: &Scopes) -> ConsentUrl {
        let consent = self.client.consent(scopes).authorize_url(SystemTime::now());
        consent.unwrap().expect("nothing is granted yet")
    }

    /// Completes a callback, and exchanges its code.
    fn exchange(&self, pending: &mut PendingConsents, callback: &Url) -> ExchangeResult {
        let now = SystemTime::now();
        let response = pending.complete_url(callback.as_str(), now).unwrap();
        send(&self.client.exchange(&response, now), http)
    }

    /// Begins a consent, which the user gives. Returns the session and the callback.
    fn consented(&self) -> (PendingConsents, Url) {
        let consent = self.consent(&asked());
        let callback = grant(&consent, &asked());
        (pending([consent]), callback)
    }

    /// Sends a user to the consent, who grants this much, and exchanges the code.
    fn grant(&self, asked: &Scopes, granted: &Scopes) -> Exchanged {
        let consent = self.consent(asked);
        let callback = grant(&consent, granted);
        self.exchange(&mut pending([consent]), &callback).unwrap()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // If it has ended already, all the better.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The error of a callback that completes nothing.
fn complete(pending: &mut PendingConsents, callback: &Url) -> CallbackError {
    pending.complete_url(callback.as_str(), SystemTime::now()).unwrap_err()
}

fn pending(consents: impl IntoIterator<Item = ConsentUrl>) -> PendingConsents {
    let mut pending = PendingConsents::default();
    for consent in consents {
        pending.insert(consent.pending, SystemTime::now());
    }
    pending
}

/// Sends a user to the consent, who answers it; returns where the user is sent back to.
fn answer(consent: &ConsentUrl, answer: (&str, &str)) -> Url {
    let mut user = User::default();
    let page = user.go(&consent.url.as_str().parse().unwrap(), None);
    assert!(page.path().starts_with("/interaction/"), "{page}");
    user.go(&page, Some(answer))
}

fn grant(consent: &ConsentUrl, granted: &Scopes) -> Url {
    answer(consent, ("scope", &granted.to_string()))
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
            if location.starts_with(REDIRECT_URI) || url.path().starts_with("/interaction/") {
                return url;
            }
        }
    }

    fn send(&mut self, url: &Url, form: Option<(&str, &str)>) -> Response<Vec<u8>> {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request =
            Request::builder().uri(url.as_str()).header(header::COOKIE, cookies.join("; "));
        let request = match form {
            None => request.body(Vec::new()),
            Some((name, value)) => {
                let mut body = form_urlencoded::Serializer::new(String::new());
                request
                    .method("POST")
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(body.append_pair(name, value).finish().into_bytes())
            }
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

fn http(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
    let agent: Agent = Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into();
    let (parts, mut body) = agent.run(request)?.into_parts();
    Ok(Response::from_parts(parts, body.read_to_vec()?))
}

/// Pending consents as they come out of a session store, with a member of the first replaced.
fn tampered(pending: &PendingConsents, member: &str, value: &str) -> PendingConsents {
    let mut stored = serde_json::to_value(pending).unwrap();
    assert!(stored[0][member].is_string());
    stored[0][member] = value.into();
    serde_json::from_value(stored).unwrap()
}

fn assert_invalid_grant<T: std::fmt::Debug>(result: Result<T, CallError>) {
    let error = result.unwrap_err();
    assert_eq!(error.oauth_error(), Some(OAuthErrorCode::InvalidGrant), "{error}");
    assert!(error.needs_consent());
}

#[test]
fn a_full_consent_grants_every_scope_of_the_newest_revision() {
    let everything: Scopes = listed().collect();
    let exchanged = Provider::start().grant(&everything, &everything);
    assert_eq!(exchanged.tokens.grant.scopes(), &everything);
    assert!(exchanged.comparison.is_complete());
    assert_eq!(exchanged.comparison.unrequested, Scopes::default());
    assert_eq!(exchanged.tokens.access_period, Some(AccessPeriod::OneTime));
}

#[test]
fn a_partial_consent_tells_what_was_declined() {
    let comparison = Provider::start().grant(&asked(), &part()).comparison;
    assert_eq!(comparison.granted, part());
    assert_eq!(comparison.declined, asked() - part());
}

#[test]
fn a_refresh_carries_what_was_granted_and_no_more() {
    let provider = Provider::start();
    let before = provider.grant(&asked(), &part()).tokens;
    let refresh = provider.client.refresh(&before, SystemTime::now());
    let after = send(&refresh, http).unwrap();
    assert_eq!(after.grant, before.grant);
    assert_ne!(after.access_token.secret(), before.access_token.secret());
    // This server gives a new refresh token each time.
    let refresh = provider.client.refresh(&after, SystemTime::now());
    assert!(send(&refresh, http).is_ok());
}

#[test]
fn a_revoked_token_is_not_refreshed() {
    let provider = Provider::start();
    let tokens = provider.grant(&asked(), &asked()).tokens;
    send(&provider.client.revoke(&tokens), http).unwrap();
    let refresh = provider.client.refresh(&tokens, SystemTime::now());
    assert_invalid_grant(send(&refresh, http));
}

#[test]
fn a_refused_consent_is_denied() {
    let provider = Provider::start();
    let consent = provider.consent(&asked());
    let callback = answer(&consent, ("error", "access_denied"));
    assert_eq!(
        complete(&mut pending([consent]), &callback),
        CallbackError::Denied { error: OAuthErrorCode::AccessDenied }
    );
}

#[test]
fn a_replayed_callback_is_refused_here_and_a_replayed_code_there() {
    let provider = Provider::start();
    let (mut pending, callback) = provider.consented();
    let stored = serde_json::to_value(&pending).unwrap();
    provider.exchange(&mut pending, &callback).unwrap();
    assert_eq!(complete(&mut pending, &callback), CallbackError::UnknownState);
    let mut copy: PendingConsents = serde_json::from_value(stored).unwrap();
    assert_invalid_grant(provider.exchange(&mut copy, &callback));
}

#[test]
fn a_wrong_verifier_or_redirect_uri_gets_no_token_and_another_issuer_is_refused() {
    let provider = Provider::start();
    let (pending, callback) = provider.consented();
    let elsewhere = "http://127.0.0.1:9/elsewhere";
    let verifier = "x".repeat(43);
    // A failed exchange ends the code.
    for (member, value) in [("code_verifier", &*verifier), ("redirect_uri", elsewhere)] {
        let (pending, callback) = provider.consented();
        let mut pending = tampered(&pending, member, value);
        let now = SystemTime::now();
        let response = pending.complete(callback.query().unwrap(), now).unwrap();
        assert_invalid_grant(send(&provider.client.exchange(&response, now), http));
    }
    let names_issuer = callback.query_pairs().any(|(name, _)| name == "iss");
    assert!(names_issuer, "this server keeps to RFC 9207");
    let mut pending = tampered(&pending, "issuer", "https://accounts.google.com");
    assert_eq!(complete(&mut pending, &callback), CallbackError::WrongIssuer);
}

#[test]
fn consents_in_two_tabs_are_completed_in_any_order() {
    let provider = Provider::start();
    let (first, second) = (provider.consent(&asked()), provider.consent(&part()));
    let (one, other) = (grant(&first, &asked()), grant(&second, &part()));
    let mut pending = pending([first, second]);
    let exchanged = provider.exchange(&mut pending, &other).unwrap();
    assert_eq!(exchanged.comparison.granted, part());
    let exchanged = provider.exchange(&mut pending, &one).unwrap();
    assert_eq!(exchanged.comparison.granted, asked());
}

#[test]
fn a_wrong_state_is_refused_and_the_right_one_still_counts() {
    let provider = Provider::start();
    let consent = provider.consent(&asked());
    let stray = grant(&provider.consent(&asked()), &asked());
    let callback = grant(&consent, &asked());
    let mut pending = pending([consent]);
    assert_eq!(complete(&mut pending, &stray), CallbackError::UnknownState);
    assert!(pending.complete_url(callback.as_str(), SystemTime::now()).is_ok());
}

#[test]
fn the_server_sends_nobody_to_a_redirect_uri_that_is_not_registered() {
    let provider = Provider::start();
    let url =
        replaced(&provider.consent(&asked()), "redirect_uri", Some("http://127.0.0.1:9/elsewhere"));
    let response = User::default().send(&url, None);
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(response.headers().get(header::LOCATION).is_none());
}

#[test]
fn the_server_insists_on_the_challenge_that_the_url_has() {
    let provider = Provider::start();
    let consent = provider.consent(&asked());
    let url = replaced(&consent, "code_challenge", None);
    let callback = User::default().go(&url, None);
    assert_eq!(
        complete(&mut pending([consent]), &callback),
        CallbackError::Denied { error: OAuthErrorCode::InvalidRequest }
    );
}

/// Returns the URL of a consent with another value of a parameter, or without it.
fn replaced(consent: &ConsentUrl, name: &str, value: Option<&str>) -> Url {
    let mut url: Url = consent.url.as_str().parse().unwrap();
    let kept: Vec<_> = url.query_pairs().into_owned().collect();
    let kept = kept.iter().filter(|(other, _)| other != name);
    url.set_query(None);
    url.query_pairs_mut().extend_pairs(kept).extend_pairs(value.map(|value| (name, value)));
    url
}
