//! Responses of the token, revocation and tokeninfo endpoints: no error and no `Debug` of tokens
//! shows a secret that was sent or received, what is read is what the response says, and it grants
//! exactly the scopes that it names.
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use dataportability_scopes::call::{CallError, CallErrorKind, HttpCall};
use dataportability_scopes::catalogue::{NewerScope, Resource, Scope, Scopes};
use dataportability_scopes::consent::{AccessPeriod, AuthorizationResponse, OAuthClient, Tokens};
use dataportability_scopes::grant::Grant;
use dataportability_scopes::http::Response;
use dataportability_scopes_fuzz::{CODE, STATE, Secrets, VERIFIER, now, pending};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const CLIENT_SECRET: &str = "GOCSPX-8dKw2LhV/q+R5nTzXcY7bJm";
const ACCESS_TOKEN: &str = "ya29.a0AfH6SMBz~Q/x+R7kTqWn3vLp5cYd8e_U1oX2iGf4hJ6bM9sZ-rEwD";
const REFRESH_TOKEN: &str = "1//03eFrSgT5yHuJiK8oLp-Za4xScVdFbGn";

static SECRETS: LazyLock<Secrets> = LazyLock::new(|| {
    let tokens = [ACCESS_TOKEN, REFRESH_TOKEN];
    let others = [CODE, VERIFIER, CLIENT_SECRET, STATE];
    Secrets::new(&[&tokens[..], &others].concat())
});

const STATUSES: [u16; 6] = [200, 201, 400, 401, 302, 503];

fuzz_target!(|input: &[u8]| {
    let [call, status, body @ ..] = input else {
        return;
    };
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let body = SECRETS.fill_in(body);
    let response = Response::builder().status(status).body(body.clone());
    let response = response.expect("a response");
    let now = now();
    let redirect_uri = "https://app.example.com/callback".parse();
    let google = OAuthClient::new("1234.apps.googleusercontent.com", redirect_uri.expect("a URI"))
        .client_secret(CLIENT_SECRET);
    SECRETS.assert_hidden_by_debug(&google);
    let tokens = stored_tokens();
    let error = match call % 4 {
        0 => {
            let call = google.exchange(&authorization_response(&google), now);
            SECRETS.assert_hidden_by_debug(&call);
            call.read_response(&response).map(|exchanged| {
                are_right(&exchanged.tokens, &body, now, None);
                let grant = &exchanged.tokens.grant;
                assert!(exchanged.scope_error.is_none() || grant.is_empty());
                if exchanged.scope_error.is_none() {
                    grants_what_is_named(grant, &body, Some(&requested()));
                }
                assert_eq!(exchanged.comparison, grant.compare(requested()));
            })
        }
        1 => {
            let call = google.refresh(&tokens, now);
            SECRETS.assert_hidden_by_debug(&call);
            call.read_response(&response).map(|refreshed| {
                are_right(&refreshed, &body, now, Some(&tokens));
                if refreshed.grant != tokens.grant {
                    grants_what_is_named(&refreshed.grant, &body, None);
                }
            })
        }
        2 => {
            let call = google.revoke(&tokens);
            SECRETS.assert_hidden_by_debug(&call);
            call.read_response(&response)
        }
        _ => {
            let access = google.access(&tokens);
            SECRETS.assert_hidden_by_debug(&access);
            let call = access.token_info();
            SECRETS.assert_hidden_by_debug(&call);
            call.read_response(&response).map(|info| {
                SECRETS.assert_hidden_by_debug(&info);
                grants_what_is_named(&info.grant, &body, None);
                let Some(json) = json(&body) else { return };
                assert!(json.get("error").is_none_or(Value::is_null));
                assert_eq!(json["aud"], *info.audience);
            })
        }
    };
    match error {
        Ok(()) => assert!(status < 300 || call % 4 == 2),
        Err(error) => is_right(&error, status, &body, call % 4 < 2),
    }
});

/// The response, unless a field that is not read has a number that is out of range, or half a
/// surrogate pair. What is read was given once: the library refuses a response that repeats it.
fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

/// Whether the tokens are those of the response. A response without a refresh token leaves the one
/// `before`.
fn are_right(tokens: &Tokens, body: &[u8], now: SystemTime, before: Option<&Tokens>) {
    SECRETS.assert_hidden_by_debug(tokens);
    let Some(json) = json(body) else { return };
    assert!(json.get("error").is_none_or(Value::is_null));
    assert_eq!(json["access_token"], tokens.access_token.secret().as_str());
    let text = |name: &str| json[name].as_str().filter(|text| !text.is_empty());
    assert!(text("token_type").is_none_or(|it| it.eq_ignore_ascii_case("bearer")));
    let secret = |tokens: &Tokens| tokens.refresh_token.as_ref().map(|it| it.secret().clone());
    let written = text("refresh_token").map(str::to_owned);
    let refresh_token = secret(tokens);
    assert_eq!(refresh_token, written.or(before.and_then(secret)));

    let after = |field: &str| Some(after(now, json[field].as_u64()?));
    if let Some(end) = after("expires_in") {
        assert_eq!(tokens.expires_at, Some(end));
    }
    if let Some(until) = after("refresh_token_expires_in") {
        assert_eq!(tokens.refresh_token_expires_at, Some(until));
        // Within a week of Testing, the response does not say for how long the user gave access.
        let is_long = until > self::after(now, 604_800);
        let period = is_long.then_some(AccessPeriod::TimeBased { until });
        assert!(before.is_some() || tokens.access_period == period);
    }
    let stored = serde_json::to_string(tokens).expect("stored");
    let read: Tokens = serde_json::from_str(&stored).expect("read back");
    assert_eq!(serde_json::to_string(&read).expect("stored again"), stored);
}

/// The last second of the year 9999 at most.
fn after(now: SystemTime, seconds: u64) -> SystemTime {
    let start = now.duration_since(SystemTime::UNIX_EPOCH).expect("a time");
    let end = start.as_secs().saturating_add(seconds).min(253_402_300_799);
    SystemTime::UNIX_EPOCH + Duration::from_secs(end)
}

/// Whether the grant is the `scope` of the response, or what is implied if there is none.
fn grants_what_is_named(grant: &Grant, body: &[u8], implied: Option<&Scopes>) {
    let Some(json) = json(body) else { return };
    let (known, others): (BTreeSet<&str>, BTreeSet<&str>) = match (&json["scope"], implied) {
        (Value::Null, implied) => {
            assert_eq!(Some(grant.scopes()), implied);
            return;
        }
        // A list is read too.
        (Value::String(value), _) => value
            .split_whitespace()
            .partition(|token| Resource::all().any(|it| it.scope().as_str() == *token)),
        _ => return,
    };
    let scopes = grant.scopes();
    let newer = scopes.newer().map(NewerScope::as_str);
    assert!(scopes.known().iter().map(Scope::as_str).eq(known));
    assert_eq!(newer.chain(grant.others()).collect::<BTreeSet<_>>(), others);
}

fn is_right(error: &CallError, status: u16, body: &[u8], is_token_call: bool) {
    SECRETS.assert_hidden_by(error);
    assert_eq!(error.status(), Some(status));
    match error.kind() {
        CallErrorKind::Refused => {
            assert!(status >= 300 || json(body).is_none_or(|json| !json["error"].is_null()));
        }
        CallErrorKind::Malformed => {
            assert!(status < 300 && !(is_token_call && is_token_response(body)));
        }
        kind => panic!("{kind:?}: {error}"),
    }
}

/// Whether a body cannot but be a token response: it has what it needs once, and nothing that is
/// wrong.
fn is_token_response(body: &[u8]) -> bool {
    const FIELDS: [&str; 5] = ["access_token", "token_type", "refresh_token", "scope", "error"];
    let Ok(text) = std::str::from_utf8(body) else {
        return false;
    };
    let Ok(Value::Object(json)) = serde_json::from_str(text) else {
        return false;
    };
    let is_token = |name: &str| {
        let token = json.get(name).and_then(Value::as_str);
        token.is_some_and(|it| it.len() < 2_048 && it.bytes().all(|byte| byte.is_ascii_graphic()))
    };
    // Without an escape, a field that is given twice is written twice. No lifetime is in it: it may
    // be out of range.
    let is_plain = !text.contains('\\') && !text.contains("expires_in");
    is_plain
        && FIELDS.iter().all(|field| text.matches(&format!("\"{field}\"")).count() <= 1)
        && json.get("token_type").and_then(Value::as_str) == Some("Bearer")
        && is_token("access_token")
        && json.get("access_token").is_some_and(|token| token != "")
        && (!json.contains_key("refresh_token") || is_token("refresh_token"))
        && json.get("error").is_none()
}

fn requested() -> Scopes {
    [Resource::YoutubeClips, Resource::MapsReviews].into()
}

fn stored_tokens() -> Tokens {
    let stored = serde_json::json!({
        "access_token": ACCESS_TOKEN,
        "refresh_token": REFRESH_TOKEN,
        "grant": Resource::YoutubeClips.scope().as_str(),
    });
    serde_json::from_value(stored).expect("tokens")
}

fn authorization_response(google: &OAuthClient) -> AuthorizationResponse {
    let query = format!("state={STATE}&code=4%2F0AX4XfWh%2BKq%3Ds8Zc2vBn7LmQe6RtYu1Io3Pa5");
    let response = pending(google, requested()).complete(&query, now()).expect("a response");
    assert_eq!(response.code().secret(), CODE);
    response
}
