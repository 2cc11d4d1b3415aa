//! Responses of the token, revocation and tokeninfo endpoints: no error and no `Debug` shows a
//! secret that was sent or received, and no scope is granted that the response does not name.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use dataportability_scopes::catalogue::{Resource, Scope, ScopeSet};
use dataportability_scopes::consent::{
    AuthorizationResponse, ConsentRequest, PendingConsents, TokenClient, TokenError, Tokens,
};
use dataportability_scopes::grant::TokenInfoRequest;
use dataportability_scopes::http::Response;
use dataportability_scopes::http_call::HttpCall;
use dataportability_scopes::oauth2::{ClientId, ClientSecret, CsrfToken, PkceCodeVerifier};
use dataportability_scopes_fuzz::Secrets;
use libfuzzer_sys::fuzz_target;

const CODE: &str = "4/0AX4XfWh+Kq=s8Zc2vBn7LmQe6RtYu1Io3Pa5";
const VERIFIER: &str = "v3R.f1er~0123456789abcdefghijklmnopqrstuvwxyz_ABC";
const CLIENT_SECRET: &str = "GOCSPX-8dKw2LhV/q+R5nTzXcY7bJm";
const ACCESS_TOKEN: &str = "ya29.a0AfH6SMBz~Q/x+R7kTqWn3vLp5cYd8e_U1oX2iGf4hJ6bM9sZ-rEwD";
const REFRESH_TOKEN: &str = "1//03eFrSgT5yHuJiK8oLp-Za4xScVdFbGn";

static SECRETS: LazyLock<Secrets> =
    LazyLock::new(|| Secrets::new(&[ACCESS_TOKEN, REFRESH_TOKEN, CODE, VERIFIER, CLIENT_SECRET]));

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
                    are_right(&exchanged.tokens, status, &body, requested());
                    assert_eq!(
                        exchanged.comparison,
                        exchanged.tokens.grant.compare(requested())
                    );
                }
                Err(error) => is_right(&error),
            }
        }
        1 => {
            let request = client.refresh(&tokens(), now).expect("a refresh token");
            SECRETS.assert_hidden_by_debug(&request);
            match request.read_response(&response) {
                Ok(refreshed) => {
                    SECRETS.assert_hidden_by_debug(&refreshed);
                    are_right(&refreshed, status, &body, tokens().grant.scopes());
                    assert!(refreshed.refresh_token.is_some());
                }
                Err(error) => is_right(&error),
            }
        }
        2 => {
            let request = client.revoke(&tokens());
            SECRETS.assert_hidden_by_debug(&request);
            if let Err(error) = request.read_response(&response) {
                SECRETS.assert_hidden_by(&error);
            }
        }
        _ => {
            let request = TokenInfoRequest::new(ACCESS_TOKEN);
            SECRETS.assert_hidden_by_debug(&request);
            match request.read_response(&response) {
                Ok(info) => {
                    SECRETS.assert_hidden_by_debug(&info);
                    names_each_scope(&body, info.grant.scopes());
                }
                Err(error) => SECRETS.assert_hidden_by(&error),
            }
        }
    }
});

fn are_right(tokens: &Tokens, status: u16, body: &[u8], implied: ScopeSet) {
    assert_eq!(status, 200);
    // A field that is not read may have a number that is out of range, or half a surrogate pair.
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(body) else {
        assert!(std::str::from_utf8(body).is_ok());
        return;
    };
    assert!(json.get("error").is_none_or(serde_json::Value::is_null));
    assert_eq!(json["access_token"], tokens.access_token.secret().as_str());
    match json.get("scope") {
        None | Some(serde_json::Value::Null) => assert_eq!(tokens.grant.scopes(), implied),
        Some(_) => names_each_scope(body, tokens.grant.scopes()),
    }
    let stored = serde_json::to_string(tokens).expect("stored");
    let read: Tokens = serde_json::from_str(&stored).expect("read back");
    assert_eq!(serde_json::to_string(&read).expect("stored again"), stored);
}

/// Whether the parsed `scope` of the response has the token of each scope.
fn names_each_scope(body: &[u8], scopes: ScopeSet) {
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(body) else {
        return;
    };
    let value = json["scope"].as_str().expect("a string");
    let tokens: Vec<&str> = value.split(' ').collect();
    assert!(
        scopes
            .iter()
            .map(Scope::as_str)
            .all(|scope| tokens.contains(&scope))
    );
}

fn is_right(error: &TokenError) {
    SECRETS.assert_hidden_by(error);
    if let TokenError::Scope { tokens, .. } = error {
        assert!(tokens.grant.is_empty());
    }
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
            CsrfToken::new("state".into()),
            PkceCodeVerifier::new(VERIFIER.into()),
            now,
        )
        .expect("a request")
        .expect("something to ask for");
    let mut pending = PendingConsents::default();
    pending.insert(consent.pending, now);
    let query = "state=state&code=4%2F0AX4XfWh%2BKq%3Ds8Zc2vBn7LmQe6RtYu1Io3Pa5";
    let response = pending.complete(query, now).expect("a response");
    assert_eq!(response.code().secret(), CODE);
    response
}
