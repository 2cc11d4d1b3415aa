//! Token exchange, refresh and revocation.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dataportability_scopes::catalogue::{ScopeSet, ScopeValueError};
use dataportability_scopes::consent::{
    AccessPeriod, Exchanged, PendingConsents, REVOCATION_ENDPOINT, RevokeError, TOKEN_ENDPOINT,
    TokenClient, TokenError, TokenErrorCode, TokenScopeError, Tokens,
};
use dataportability_scopes::grant::Grant;
use dataportability_scopes::http;
use dataportability_scopes::http_call::{HttpCall, MAX_RESPONSE_LEN};
use dataportability_scopes::oauth2::ClientId;
use dataportability_scopes::url::form_urlencoded;
use serde_json::json;

use super::{
    ACCESS_TOKEN, CALLBACK, CLIENT_ID, CLIENT_SECRET, CLIPS, CLIPS_AND_HISTORY, CODE,
    REFRESH_TOKEN, STATE, UNLISTED, VERIFIER, authorization_response, client, complete, now,
    pending, query, response, seconds, token_response, with_unlisted,
};

fn form(request: &http::Request<Vec<u8>>) -> BTreeMap<String, String> {
    form_urlencoded::parse(request.body())
        .into_owned()
        .collect()
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    pairs.iter().map(owned).collect()
}

/// Reads a response of status 200 to the exchange.
fn exchange(body: &str) -> Result<Exchanged, TokenError> {
    let request = client().exchange(&authorization_response(), now());
    request.read_response(&response(200, body))
}

fn tokens(more: &str) -> Tokens {
    exchange(&token_response(more)).unwrap().tokens
}

fn refresh(before: &Tokens, body: &str) -> Tokens {
    let request = client().refresh(before, now()).unwrap();
    request.read_response(&response(200, body)).unwrap()
}

fn as_stored(tokens: &Tokens) -> serde_json::Value {
    serde_json::to_value(tokens).unwrap()
}

#[test]
fn the_exchange_sends_the_code_with_its_verifier_and_redirect_uri() {
    let request = client().exchange(&authorization_response(), now());
    let request = request.to_request().unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), TOKEN_ENDPOINT);
    let headers = request.headers();
    assert_eq!(headers.len(), 2);
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(headers["accept"], "application/json");
    let expected = owned(&[
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("code", CODE),
        ("code_verifier", VERIFIER),
        ("grant_type", "authorization_code"),
        ("redirect_uri", CALLBACK),
    ]);
    assert_eq!(form(&request), expected);
}

#[test]
fn the_refresh_sends_the_refresh_token() {
    let before = tokens(&format!(r#", "refresh_token": "{REFRESH_TOKEN}""#));
    let request = client().refresh(&before, now()).unwrap();
    let request = request.to_request().unwrap();
    assert_eq!(request.uri(), TOKEN_ENDPOINT);
    let expected = owned(&[
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("grant_type", "refresh_token"),
        ("refresh_token", REFRESH_TOKEN),
    ]);
    assert_eq!(form(&request), expected);

    let error = client().refresh(&tokens(""), now()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no refresh token: request the consent with AccessType::Offline"
    );
}

#[test]
fn the_revocation_sends_the_refresh_token_or_else_the_access_token() {
    for (more, token, hint) in [
        (
            format!(r#", "refresh_token": "{REFRESH_TOKEN}""#),
            REFRESH_TOKEN,
            "refresh_token",
        ),
        (String::new(), ACCESS_TOKEN, "access_token"),
    ] {
        let request = client().revoke(&tokens(&more)).to_request().unwrap();
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), REVOCATION_ENDPOINT);
        let expected = owned(&[
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("token", token),
            ("token_type_hint", hint),
        ]);
        assert_eq!(form(&request), expected);
    }
}

#[test]
fn a_client_without_a_secret_and_with_other_endpoints_sends_none_and_asks_them() {
    let client = TokenClient::new(ClientId::new("id".into()), None)
        .token_endpoint("https://login.example.com/token".parse().unwrap())
        .revocation_endpoint("http://localhost:8080/revoke".parse().unwrap());
    let exchange = client.exchange(&authorization_response(), now());
    let exchange = exchange.to_request().unwrap();
    assert_eq!(exchange.uri(), "https://login.example.com/token");
    assert!(!form(&exchange).contains_key("client_secret"));
    let revoke = client.revoke(&tokens("")).to_request().unwrap();
    assert_eq!(revoke.uri(), "http://localhost:8080/revoke");
    assert!(!form(&revoke).contains_key("client_secret"));
}

#[test]
fn the_tokens_have_all_that_the_response_says() {
    let exchanged = exchange(&token_response(&format!(
        r#", "scope": "{CLIPS}", "refresh_token": "{REFRESH_TOKEN}", "refresh_token_expires_in": 2592000"#
    )));
    let Exchanged {
        tokens, comparison, ..
    } = exchanged.unwrap();
    assert_eq!(tokens.access_token.secret(), ACCESS_TOKEN);
    assert_eq!(tokens.expires_at, Some(now() + seconds(3599)));
    assert_eq!(tokens.refresh_token.unwrap().secret(), REFRESH_TOKEN);
    let until = now() + seconds(2_592_000);
    assert_eq!(tokens.refresh_token_expires_at, Some(until));
    assert_eq!(
        tokens.access_period,
        Some(AccessPeriod::TimeBased { until })
    );
    assert_eq!(tokens.grant, Grant::from(CLIPS));
    assert_eq!(comparison.granted, CLIPS);
    assert_eq!(comparison.declined, CLIPS_AND_HISTORY - CLIPS);
    assert!(comparison.unrequested.is_empty() && !comparison.is_complete());
}

#[test]
fn the_access_period_is_known_only_from_a_response_that_says_it() {
    let period = |more: &str| tokens(more).access_period;
    let refresh_token = format!(r#", "refresh_token": "{REFRESH_TOKEN}""#);
    assert_eq!(period(""), None);
    assert_eq!(period(&refresh_token), Some(AccessPeriod::OneTime));
    // A client in Testing: seven days at most, whatever the user chose.
    let ends_in = |lifetime| format!(r#"{refresh_token}, "refresh_token_expires_in": {lifetime}"#);
    assert_eq!(period(&ends_in(604_800)), None);
    let until = now() + seconds(604_801);
    let time_based = Some(AccessPeriod::TimeBased { until });
    assert_eq!(period(&ends_in(604_801)), time_based);
}

#[test]
fn access_periods_are_stored_as_strings() {
    let until = now();
    for (period, text) in [
        (AccessPeriod::OneTime, "one-time"),
        (
            AccessPeriod::TimeBased { until },
            "until 2025-10-09T08:53:20Z",
        ),
    ] {
        assert_eq!(period.to_string(), text);
        assert_eq!(text.parse(), Ok(period));
        assert_eq!(serde_json::to_value(period).unwrap(), json!(text));
        assert_eq!(
            serde_json::from_value::<AccessPeriod>(json!(text)).unwrap(),
            period
        );
    }
    for text in [
        "",
        "OneTime",
        "until",
        "until ",
        "until tomorrow",
        "until an unsupported time",
    ] {
        assert_eq!(
            text.parse::<AccessPeriod>().unwrap_err().to_string(),
            format!(
                "{text:?} is not an access period: give one-time, or until and a time, such as until 2026-01-31T12:00:00Z"
            )
        );
    }
}

#[test]
fn a_response_without_scope_grants_what_was_requested() {
    assert_eq!(tokens("").grant, Grant::from(CLIPS_AND_HISTORY));

    let scopes = with_unlisted(CLIPS);
    let mut pending = pending(scopes.clone());
    let callback = query(&[("state", STATE), ("code", CODE)]);
    let callback = pending.complete(&callback, now()).unwrap();
    let request = client().exchange(&callback, now());
    let exchanged = request.read_response(&response(200, token_response("")));
    let exchanged = exchanged.unwrap();
    assert_eq!(exchanged.tokens.grant, Grant::from(scopes));
    assert!(exchanged.comparison.is_complete());
}

#[test]
fn the_scope_of_the_callback_is_no_grant_and_can_only_take_away() {
    let grant = |callback_scope: &str, more: &str| {
        let callback = complete(&[("state", STATE), ("code", CODE), ("scope", callback_scope)]);
        let request = client().exchange(&callback.unwrap(), now());
        let exchanged = request.read_response(&response(200, token_response(more)));
        exchanged.unwrap().tokens.grant
    };
    let everything = ScopeSet::ALL.to_string();
    assert_eq!(grant(&everything, ""), Grant::from(CLIPS_AND_HISTORY));
    assert_eq!(
        grant(&format!("{everything} {UNLISTED} openid"), ""),
        Grant::from(CLIPS_AND_HISTORY)
    );
    assert_eq!(grant(&CLIPS.to_string(), ""), Grant::from(CLIPS));
    assert_eq!(grant("openid", ""), Grant::default());
    // A malformed one says nothing.
    assert_eq!(grant("a  b", ""), Grant::from(CLIPS_AND_HISTORY));
    // The token response has the last word.
    let more = format!(r#", "scope": "{CLIPS_AND_HISTORY}""#);
    assert_eq!(grant("openid", &more), Grant::from(CLIPS_AND_HISTORY));
}

#[test]
fn a_scope_newer_than_the_catalogue_comes_back_as_granted_or_declined() {
    let exchange = |scope: &str| {
        let mut pending = pending(with_unlisted(CLIPS));
        let callback = query(&[("state", STATE), ("code", CODE)]);
        let callback = pending.complete(&callback, now()).unwrap();
        let request = client().exchange(&callback, now());
        let body = token_response(&format!(r#", "scope": "{scope}""#));
        request
            .read_response(&response(200, body))
            .unwrap()
            .comparison
    };
    let granted = exchange(&format!("{CLIPS} {UNLISTED}"));
    assert!(
        granted
            .granted_unlisted
            .contains(&UNLISTED.parse().unwrap())
    );
    assert!(granted.is_complete());
    let declined = exchange(&CLIPS.to_string());
    assert!(
        declined
            .declined_unlisted
            .contains(&UNLISTED.parse().unwrap())
    );
    assert!(!declined.is_complete());
}

fn spelled(secret: &str, byte: fn(u8) -> String) -> String {
    secret.bytes().map(byte).collect::<Vec<_>>().concat()
}

#[test]
fn a_malformed_scope_does_not_lose_the_tokens() {
    let mismatch = |scope: &str| {
        let more = format!(r#", "refresh_token": "{REFRESH_TOKEN}", "scope": {scope}"#);
        let error = exchange(&token_response(&more)).unwrap_err();
        let text = error.to_string();
        let TokenError::Scope { error, tokens } = error else {
            panic!("{text}");
        };
        assert_eq!(tokens.access_token.secret(), ACCESS_TOKEN);
        assert_eq!(tokens.refresh_token.unwrap().secret(), REFRESH_TOKEN);
        assert!(tokens.grant.is_empty());
        (error, text)
    };
    let (error, text) = mismatch(r#""a  b""#);
    let wrong = ScopeValueError::EmptyToken { position: 2 };
    assert_eq!(error, TokenScopeError::Grammar(wrong));
    assert_eq!(
        text,
        "the scope of the token response is malformed: scope value lacks a token at offset 2: \
         exactly one space separates two tokens (RFC 6749, section 3.3); keep the tokens of this error, and get their scopes with `TokenInfoRequest`"
    );
    for scope in ["7", "[]", "{}", "true", r#"["openid"]"#] {
        let (error, text) = mismatch(scope);
        assert_eq!(error, TokenScopeError::NotAString, "{scope}");
        assert_eq!(
            text,
            "the scope of the token response is malformed: it is not a string; keep the tokens of this error, and get their scopes with `TokenInfoRequest`"
        );
    }
    for secret in [CODE, VERIFIER, CLIENT_SECRET, ACCESS_TOKEN, REFRESH_TOKEN] {
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for shown in [
            secret,
            &encoded,
            &secret.to_uppercase(),
            &format!("x{secret}y"),
            &secret[..secret.len() / 2 + 2],
            &secret[secret.len() / 2 - 2..],
            &spelled(secret, |byte| format!("%{byte:02X}")),
            &spelled(secret, |byte| format!("{byte:02x}")),
            &STANDARD.encode(secret),
            &URL_SAFE_NO_PAD.encode(format!("Bearer {secret}")),
        ] {
            let (error, text) = mismatch(&format!(r#""{CLIPS} {shown}""#));
            assert_eq!(error, TokenScopeError::Secret, "{shown}");
            assert_eq!(
                text,
                "the scope of the token response is malformed: it repeats a secret of the exchange; keep the tokens of this error, and get their scopes with `TokenInfoRequest`"
            );
        }
    }
}

#[test]
fn a_refresh_carries_over_what_its_response_leaves_out() {
    let before = tokens(&format!(
        r#", "scope": "{CLIPS}", "refresh_token": "{REFRESH_TOKEN}", "refresh_token_expires_in": 2592000"#
    ));
    let body = r#"{"access_token": "ya29.new", "token_type": "Bearer", "expires_in": 60}"#;
    let after = refresh(&before, body);
    let mut expected = as_stored(&before);
    expected["access_token"] = json!("ya29.new");
    expected["expires_at"] = json!("2025-10-09T08:54:20Z");
    assert_eq!(as_stored(&after), expected);

    let body = r#"{"access_token": "ya29.new", "token_type": "Bearer", "scope": "openid",
        "refresh_token": "1//new", "refresh_token_expires_in": 60}"#;
    let after = refresh(&before, body);
    assert_eq!(after.access_period, before.access_period);
    assert_eq!(after.refresh_token.unwrap().secret(), "1//new");
    assert_eq!(after.refresh_token_expires_at, Some(now() + seconds(60)));
    assert_eq!(after.expires_at, None);
    assert!(after.grant.unrecognized().eq(["openid"]));

    let request = client().refresh(&before, now()).unwrap();
    let body = r#"{"access_token": "ya29.new", "token_type": "Bearer", "scope": ""}"#;
    let Err(TokenError::Scope { error, tokens }) = request.read_response(&response(200, body))
    else {
        panic!("a malformed scope");
    };
    assert_eq!(error, TokenScopeError::Grammar(ScopeValueError::Empty));
    assert_eq!(tokens.access_token.secret(), "ya29.new");
    assert_eq!(tokens.refresh_token.unwrap().secret(), REFRESH_TOKEN);
    assert_eq!(tokens.access_period, before.access_period);
}

#[test]
fn tokens_know_whether_they_are_expired_with_a_margin() {
    let tokens = tokens(&format!(
        r#", "refresh_token": "{REFRESH_TOKEN}", "refresh_token_expires_in": 604800"#
    ));
    let at = |time| now() + seconds(time);
    assert!(!tokens.is_expired(at(3598), Duration::ZERO));
    assert!(tokens.is_expired(at(3599), Duration::ZERO));
    assert!(!tokens.is_expired(at(3538), seconds(60)));
    assert!(tokens.is_expired(at(3539), seconds(60)));
    assert!(tokens.is_expired(at(0), Duration::MAX));
    assert!(!tokens.refresh_token_is_expired(at(604_799)));
    assert!(tokens.refresh_token_is_expired(at(604_800)));

    let body = format!(r#"{{"access_token": "{ACCESS_TOKEN}", "token_type": "bearer"}}"#);
    let unknown = exchange(&body).unwrap().tokens;
    assert!(!unknown.is_expired(at(u32::MAX.into()), Duration::MAX));
    assert!(!unknown.refresh_token_is_expired(at(u32::MAX.into())));
}

#[test]
fn what_a_user_stores_or_shows_reads_back() {
    let exchanged = exchange(&token_response(&format!(
        r#", "scope": "{CLIPS} openid", "refresh_token": "{REFRESH_TOKEN}", "refresh_token_expires_in": 15552000"#
    )));
    let exchanged = exchanged.unwrap();
    let stored = serde_json::to_value(&exchanged).unwrap();
    assert_eq!(
        stored["tokens"],
        json!({
            "access_token": ACCESS_TOKEN,
            "expires_at": "2025-10-09T09:53:19Z",
            "refresh_token": REFRESH_TOKEN,
            "refresh_token_expires_at": "2026-04-07T08:53:20Z",
            "access_period": "until 2026-04-07T08:53:20Z",
            "grant": format!("{CLIPS} openid"),
        })
    );
    let read: Exchanged = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(read.comparison, exchanged.comparison);
    assert_eq!(serde_json::to_value(&read).unwrap(), stored);

    let least = json!({"access_token": "x", "grant": ""});
    let read: Tokens = serde_json::from_value(least).unwrap();
    assert!(read.expires_at.is_none() && read.grant.is_empty());
    assert_eq!(
        serde_json::from_value::<Tokens>(as_stored(&read))
            .unwrap()
            .expires_at,
        None
    );
}

#[test]
fn a_lifetime_of_any_length_is_stored_and_reads_back() {
    for lifetime in [0, 1, 1 << 40, u64::MAX] {
        let tokens = tokens(&format!(
            r#", "refresh_token": "{REFRESH_TOKEN}", "refresh_token_expires_in": {lifetime}"#
        ));
        let read: Tokens = serde_json::from_value(as_stored(&tokens)).unwrap();
        assert_eq!(
            read.refresh_token_expires_at,
            tokens.refresh_token_expires_at
        );
        assert_eq!(read.access_period, tokens.access_period);
    }
}

const MALFORMED: &str = "the token response is malformed: it must have an access_token and the \
    token_type Bearer (RFC 6749, section 5.1); check the token endpoint";

#[test]
fn anything_but_a_token_response_is_malformed() {
    let token = format!(r#""access_token": "{ACCESS_TOKEN}""#);
    let deep = format!(
        r#"{{{token}, "token_type": "Bearer", "expires_in": {}"#,
        "[".repeat(200)
    );
    for body in [
        "",
        "{}",
        "null",
        "[]",
        "<html>",
        &format!("{{{token}}}"),
        r#"{"token_type": "Bearer"}"#,
        &format!(r#"{{{token}, "token_type": "mac"}}"#),
        &format!(r#"{{{token}, "token_type": ""}}"#),
        &format!(r#"{{{token}, {token}, "token_type": "Bearer"}}"#),
        &format!(r#"{{{token}, "token_type": "Bearer", "token_type": "Bearer"}}"#),
        r#"{"access_token": "", "token_type": "Bearer"}"#,
        r#"{"access_token": "a b", "token_type": "Bearer"}"#,
        r#"{"access_token": "a\nb", "token_type": "Bearer"}"#,
        r#"{"access_token": "é", "token_type": "Bearer"}"#,
        r#"{"access_token": 7, "token_type": "Bearer"}"#,
        &token_response(r#", "refresh_token": """#),
        &token_response(r#", "refresh_token": "a\r\nb""#),
        &token_response(r#", "refresh_token_expires_in": -1"#),
        &token_response(r#", "refresh_token_expires_in": "60""#),
        &token_response(r#", "refresh_token_expires_in": 1e999"#),
        &token_response(r#", "expires_in": 60"#),
        &token_response(r#", "scope": "a", "scope": "b""#),
        &token_response(r#", "error": "a", "error": "b""#),
        &token_response(r#", "error": 1e999"#),
        r#"["ya29.a", "Bearer", null, null, null, null, null]"#,
        &deep,
        &(token_response("") + "x"),
    ] {
        let error = exchange(body).unwrap_err();
        assert!(matches!(error, TokenError::Malformed), "{body}");
        assert_eq!(error.to_string(), MALFORMED);
    }
    let request = client().exchange(&authorization_response(), now());
    let begin = token_response(r#", "x": "#)
        .trim_end_matches('}')
        .to_owned();
    for end in [&b"1}\xFF"[..], b"\"\xFF\"}"] {
        let bytes = [begin.as_bytes(), end].concat();
        let error = request.read_response(&response(200, bytes)).unwrap_err();
        assert!(matches!(error, TokenError::Malformed));
    }
}

#[test]
fn the_type_bearer_is_read_in_any_case() {
    for case in ["Bearer", "bearer", "BEARER"] {
        let body = format!(r#"{{"access_token": "{ACCESS_TOKEN}", "token_type": "{case}"}}"#);
        assert!(exchange(&body).is_ok());
    }
}

#[test]
fn a_body_is_read_up_to_a_bound() {
    let padded = |len: usize| {
        let body = token_response("");
        let padding = " ".repeat(len - body.len());
        body + &padding
    };
    assert!(exchange(&padded(MAX_RESPONSE_LEN)).is_ok());
    let token = |len| {
        format!(
            r#"{{"access_token": "{}", "token_type": "Bearer"}}"#,
            "a".repeat(len)
        )
    };
    assert!(exchange(&token(16 * 1024)).is_ok());
    let error = exchange(&token(16 * 1024 + 1)).unwrap_err();
    assert!(matches!(error, TokenError::Malformed));
    let error = exchange(&padded(MAX_RESPONSE_LEN + 1)).unwrap_err();
    assert!(matches!(error, TokenError::Malformed));
    let refusal = format!(
        r#"{{"error": "invalid_token"}}{}"#,
        " ".repeat(MAX_RESPONSE_LEN)
    );
    let error = client()
        .revoke(&tokens(""))
        .read_response(&response(400, refusal));
    assert_eq!(error.unwrap_err(), RevokeError::Status { status: 400 });
}

#[test]
fn an_error_beside_a_token_is_a_refusal_of_any_status() {
    let body = token_response(r#", "error": "invalid_grant""#);
    for status in [200, 400, 401, 500] {
        let request = client().exchange(&authorization_response(), now());
        let error = request
            .read_response(&response(status, &*body))
            .unwrap_err();
        let error_code = TokenErrorCode::InvalidGrant;
        assert!(matches!(error, TokenError::Refused { error } if error == error_code));
    }
    for odd in ["7", "{}", "[]", "true"] {
        let error = exchange(&token_response(&format!(r#", "error": {odd}"#))).unwrap_err();
        let error_code = TokenErrorCode::Other;
        assert!(matches!(error, TokenError::Refused { error } if error == error_code));
    }
}

#[test]
fn every_documented_error_code_is_told_apart_and_has_a_remedy() {
    use TokenErrorCode as Code;
    let console = "check the client id and secret in the Google Cloud console";
    let consent = "send the user to a new consent";
    let address = "check the address of the endpoint";
    for (text, code, remedy) in [
        (
            "admin_policy_enforced",
            Code::AdminPolicyEnforced,
            "the administrator of the account must allow the app",
        ),
        ("deleted_client", Code::DeletedClient, console),
        ("invalid_client", Code::InvalidClient, console),
        ("invalid_grant", Code::InvalidGrant, consent),
        ("invalid_request", Code::InvalidRequest, address),
        (
            "invalid_scope",
            Code::InvalidScope,
            "check the scopes against Google's present list",
        ),
        (
            "org_internal",
            Code::OrgInternal,
            "the user needs an account of the app's organisation",
        ),
        ("unauthorized_client", Code::UnauthorizedClient, console),
        (
            "unsupported_grant_type",
            Code::UnsupportedGrantType,
            address,
        ),
        (
            "unsupported_token_type",
            Code::UnsupportedTokenType,
            address,
        ),
        ("other", Code::Other, "see the body of the response"),
    ] {
        let body = json!({"error": text, "error_description": "words"}).to_string();
        let request = client().exchange(&authorization_response(), now());
        let error = request.read_response(&response(400, &*body)).unwrap_err();
        assert!(matches!(error, TokenError::Refused { error } if error == code));
        assert_eq!(
            error.to_string(),
            format!("the token endpoint refused with {text}: {remedy}")
        );
        let error = client()
            .revoke(&tokens(""))
            .read_response(&response(400, body));
        let error = error.unwrap_err();
        assert_eq!(error, RevokeError::Refused { error: code });
        assert_eq!(
            error.to_string(),
            format!("the revocation endpoint refused with {text}: {remedy}")
        );
    }
    let error = exchange(r#"{"error": "invalid_token"}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the token endpoint refused with invalid_token: {consent}")
    );
}

#[test]
fn an_error_status_without_an_error_code_is_named_in_the_error() {
    for (status, body) in [
        (500, ""),
        (502, "<html>"),
        (302, ""),
        (404, "{}"),
        (204, ""),
    ] {
        let request = client().exchange(&authorization_response(), now());
        let error = request.read_response(&response(status, body)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the token endpoint responded with status {status} and no error code: try again later"
            )
        );
        let result = client()
            .revoke(&tokens(""))
            .read_response(&response(status, body));
        match status {
            204 => assert_eq!(result, Ok(())),
            _ => assert_eq!(
                result.unwrap_err().to_string(),
                format!(
                    "the revocation endpoint responded with status {status} and no error code: try again later"
                )
            ),
        }
    }
}

#[test]
fn a_token_that_is_already_invalid_needs_no_revocation() {
    let body = r#"{"error": "invalid_token", "error_description": "Token expired or revoked"}"#;
    let error = client()
        .revoke(&tokens(""))
        .read_response(&response(400, body));
    let error = error.unwrap_err();
    assert_eq!(error, RevokeError::AlreadyInvalid);
    assert_eq!(
        error.to_string(),
        "the token is already expired or revoked: nothing is left to revoke"
    );
    assert_eq!(
        client()
            .revoke(&tokens(""))
            .read_response(&response(200, "")),
        Ok(())
    );
}

#[test]
fn the_calls_can_be_sent_between_threads() {
    fn anywhere<T: Send + Sync + Unpin + 'static>(_: &T) {}
    anywhere(&client());
    anywhere(&client().exchange(&authorization_response(), now()));
    anywhere(&client().revoke(&tokens("")));
    anywhere(&tokens(""));
    anywhere(&authorization_response());
    anywhere(&PendingConsents::default());
}
