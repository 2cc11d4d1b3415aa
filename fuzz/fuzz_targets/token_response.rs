//! Responses of the token, revocation and tokeninfo endpoints: no error and no `Debug` shows a
//! secret that was sent or received, what is read is what the response says, and it grants exactly
//! the scopes that it names.
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use dataportability_scopes::catalogue::{Resource, Scope, ScopeSet};
use dataportability_scopes::consent::{
    AccessPeriod, AuthorizationResponse, ConsentRequest, PendingConsents, RevokeError, TokenClient,
    TokenError, TokenScopeError, Tokens,
};
use dataportability_scopes::grant::{Grant, TokenInfoError, TokenInfoRequest};
use dataportability_scopes::http::Response;
use dataportability_scopes::http_call::HttpCall;
use dataportability_scopes::oauth2::{ClientId, ClientSecret, CsrfToken, PkceCodeVerifier};
use dataportability_scopes_fuzz::{Secrets, listed};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const CODE: &str = "4/0AX4XfWh+Kq=s8Zc2vBn7LmQe6RtYu1Io3Pa5";
const VERIFIER: &str = "v3R.f1er~0123456789abcdefghijklmnopqrstuvwxyz_ABC";
const CLIENT_SECRET: &str = "GOCSPX-8dKw2LhV/q+R5nTzXcY7bJm";
const ACCESS_TOKEN: &str = "ya29.a0AfH6SMBz~Q/x+R7kTqWn3vLp5cYd8e_U1oX2iGf4hJ6bM9sZ-rEwD";
const REFRESH_TOKEN: &str = "1//03eFrSgT5yHuJiK8oLp-Za4xScVdFbGn";

const STATE: &str = "mC7-uQ2x~Zr9TbWd0pLk4s";

static SECRETS: LazyLock<Secrets> = LazyLock::new(|| {
    Secrets::new(&[
        ACCESS_TOKEN,
        REFRESH_TOKEN,
        CODE,
        VERIFIER,
        CLIENT_SECRET,
        STATE,
    ])
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
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let client = TokenClient::new(
        ClientId::new("1234.apps.googleusercontent.com".into()),
        Some(ClientSecret::new(CLIENT_SECRET.into())),
    );
    match call % 4 {
        0 => {
            let request = client.exchange(&authorization_response(now), now);
            SECRETS.assert_hidden_by_debug(&request);
            match request.read_response(&response) {
                Ok(exchanged) => {
                    SECRETS.assert_hidden_by_debug(&exchanged);
                    assert_eq!(status, 200);
                    are_right(&exchanged.tokens, &body, now, None);
                    grants_what_is_named(&exchanged.tokens.grant, &body, Some(requested()));
                    assert_eq!(
                        exchanged.comparison,
                        exchanged.tokens.grant.compare(requested())
                    );
                }
                Err(error) => is_right(&error, status, &body, now, None),
            }
        }
        1 => {
            let request = client.refresh(&tokens(), now).expect("a refresh token");
            SECRETS.assert_hidden_by_debug(&request);
            match request.read_response(&response) {
                Ok(refreshed) => {
                    SECRETS.assert_hidden_by_debug(&refreshed);
                    assert_eq!(status, 200);
                    are_right(&refreshed, &body, now, Some(REFRESH_TOKEN));
                    let implied = tokens().grant.scopes();
                    grants_what_is_named(&refreshed.grant, &body, Some(implied));
                }
                Err(error) => is_right(&error, status, &body, now, Some(REFRESH_TOKEN)),
            }
        }
        2 => {
            let request = client.revoke(&tokens());
            SECRETS.assert_hidden_by_debug(&request);
            match request.read_response(&response) {
                Ok(()) => assert!((200..300).contains(&status)),
                Err(error) => {
                    SECRETS.assert_hidden_by(&error);
                    assert!(status >= 300);
                    if let RevokeError::Status { status: read } = error {
                        assert_eq!(read, status);
                    }
                }
            }
        }
        _ => {
            let request = TokenInfoRequest::new(ACCESS_TOKEN);
            SECRETS.assert_hidden_by_debug(&request);
            match request.read_response(&response) {
                Ok(info) => {
                    SECRETS.assert_hidden_by_debug(&info);
                    assert_eq!(status, 200);
                    grants_what_is_named(&info.grant, &body, None);
                    if let Some(json) = json(&body) {
                        assert!(json.get("error").is_none_or(Value::is_null));
                        assert_eq!(json["aud"], *info.audience);
                        let seconds = info.expires_in.as_secs();
                        let written = &json["expires_in"];
                        let digits = written.as_str().map(str::parse);
                        assert!(*written == seconds || digits == Some(Ok(seconds)));
                    }
                }
                Err(error) => {
                    SECRETS.assert_hidden_by(&error);
                    match error {
                        TokenInfoError::Status { status: read } => {
                            assert!(read == status && status != 200);
                        }
                        TokenInfoError::Invalid => {
                            let json = json(&body);
                            assert!(json.is_none_or(|json| !json["error"].is_null()));
                        }
                        _ => assert_eq!(status, 200),
                    }
                }
            }
        }
    }
});

/// The response, unless a field that is not read has a number that is out of range, or half a
/// surrogate pair. What is read was given once: the library refuses a response that repeats it.
fn json(body: &[u8]) -> Option<Value> {
    let json = serde_json::from_slice(body).ok();
    assert!(json.is_some() || std::str::from_utf8(body).is_ok());
    json
}

/// Whether the tokens are those of the response. A response without a refresh token leaves the one
/// `before`.
fn are_right(tokens: &Tokens, body: &[u8], now: SystemTime, before: Option<&str>) {
    let Some(json) = json(body) else { return };
    assert!(json.get("error").is_none_or(Value::is_null));
    assert_eq!(json["access_token"], tokens.access_token.secret().as_str());
    let token_type = json["token_type"].as_str().expect("a type");
    assert_eq!(token_type.to_ascii_lowercase(), "bearer");
    let refresh_token = tokens.refresh_token.as_ref().map(|it| it.secret().as_str());
    assert_eq!(refresh_token, json["refresh_token"].as_str().or(before));

    let expires_at = |field: &str| json[field].as_u64().map(|seconds| after(now, seconds));
    assert_eq!(tokens.expires_at, expires_at("expires_in"));
    let until = expires_at("refresh_token_expires_in");
    assert_eq!(tokens.refresh_token_expires_at, until);
    if before.is_none() {
        // Within a week of Testing, the response does not say for how long the user gave access.
        let period = match until {
            Some(until) => {
                (until > after(now, 604_800)).then_some(AccessPeriod::TimeBased { until })
            }
            None => refresh_token.map(|_| AccessPeriod::OneTime),
        };
        assert_eq!(tokens.access_period, period);
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

/// Whether the grant is the parsed `scope` of the response, or what is implied if there is none.
fn grants_what_is_named(grant: &Grant, body: &[u8], implied: Option<ScopeSet>) {
    let Some(json) = json(body) else { return };
    let (known, others): (BTreeSet<&str>, BTreeSet<&str>) = match (&json["scope"], implied) {
        (Value::Null, Some(implied)) => (implied.iter().map(Scope::as_str).collect(), [].into()),
        (scope, _) => scope
            .as_str()
            .expect("a string")
            .split(' ')
            .partition(|token| listed().contains(*token)),
    };
    let scopes = grant.scopes();
    assert!(scopes.iter().map(Scope::as_str).eq(known));
    assert!(grant.unrecognized().eq(others));
}

fn is_right(
    error: &TokenError,
    status: u16,
    body: &[u8],
    now: SystemTime,
    refresh_token: Option<&str>,
) {
    SECRETS.assert_hidden_by(error);
    match error {
        TokenError::Refused { .. } => {
            assert!(json(body).is_none_or(|json| !json["error"].is_null()));
        }
        TokenError::Status { status: read } => assert!(*read == status && status != 200),
        TokenError::Malformed => {
            assert_eq!(status, 200);
            assert!(!is_token_response(body));
        }
        TokenError::Scope { error, tokens } => {
            assert_eq!(status, 200);
            assert!(tokens.grant.is_empty());
            are_right(tokens, body, now, refresh_token);
            let Some(json) = json(body) else { return };
            let scope = json["scope"].as_str();
            match (error, scope) {
                (TokenScopeError::NotAString, scope) => assert_eq!(scope, None),
                (TokenScopeError::Grammar(_), Some(scope)) => {
                    assert!(!scope.split(' ').all(is_scope_token));
                }
                (_, scope) => assert!(scope.is_some()),
            }
        }
        error => panic!("{error}"),
    }
}

/// RFC 6749, section 3.3.
fn is_scope_token(token: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    !token.is_empty() && token.bytes().all(is_allowed)
}

/// Whether a body cannot but be a token response: it has what it needs once, and nothing that is
/// wrong.
fn is_token_response(body: &[u8]) -> bool {
    const FIELDS: [&str; 7] = [
        "\"access_token\"",
        "\"token_type\"",
        "\"expires_in\"",
        "\"refresh_token\"",
        "\"refresh_token_expires_in\"",
        "\"scope\"",
        "\"error\"",
    ];
    let Ok(text) = std::str::from_utf8(body) else {
        return false;
    };
    let Ok(Value::Object(json)) = serde_json::from_str(text) else {
        return false;
    };
    let is_token = |token: &str| {
        let is_short = (1..=2_048).contains(&token.len());
        is_short && token.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let has_token = |name: &str| json.get(name).and_then(Value::as_str).is_some_and(is_token);
    let has_number = |name: &str| json.get(name).is_some_and(Value::is_u64);
    let token_type = json.get("token_type").and_then(Value::as_str);
    // Without an escape, a field that is given twice is written twice.
    !text.contains('\\')
        && FIELDS.iter().all(|field| text.matches(field).count() <= 1)
        && token_type == Some("Bearer")
        && has_token("access_token")
        && (!json.contains_key("refresh_token") || has_token("refresh_token"))
        && (!json.contains_key("expires_in") || has_number("expires_in"))
        && (!json.contains_key("refresh_token_expires_in")
            || has_number("refresh_token_expires_in"))
        && json.get("error").is_none()
}

fn requested() -> ScopeSet {
    ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::MapsReviews])
}

fn tokens() -> Tokens {
    let stored = serde_json::json!({
        "access_token": ACCESS_TOKEN,
        "refresh_token": REFRESH_TOKEN,
        "grant": Resource::YoutubeClips.scope(),
    });
    serde_json::from_value(stored).expect("tokens")
}

fn authorization_response(now: SystemTime) -> AuthorizationResponse {
    let client_id = ClientId::new("1234.apps.googleusercontent.com".into());
    let redirect_uri = "https://app.example.com/callback"
        .parse()
        .expect("a redirect URI");
    let consent = ConsentRequest::new(client_id, redirect_uri, requested())
        .authorize_url_with(
            CsrfToken::new(STATE.into()),
            PkceCodeVerifier::new(VERIFIER.into()),
            now,
        )
        .expect("a request")
        .expect("something to ask for");
    let mut pending = PendingConsents::default();
    pending.insert(consent.pending, now);
    let query = format!("state={STATE}&code=4%2F0AX4XfWh%2BKq%3Ds8Zc2vBn7LmQe6RtYu1Io3Pa5");
    let response = pending.complete(&query, now).expect("a response");
    assert_eq!(response.code().secret(), CODE);
    response
}
