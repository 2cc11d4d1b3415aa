//! What the token endpoint answers: tokens, what they carry, and refusals.

use std::time::Duration;

use dataportability_scopes::call::MAX_RESPONSE_LEN;
use dataportability_scopes::call::{CallError, CallErrorKind, HttpCall, OAuthErrorCode};
use dataportability_scopes::catalogue::ScopeValueError;
use dataportability_scopes::consent::{AccessPeriod, PendingConsents, Tokens};
use dataportability_scopes::grant::Grant;
use serde_json::{Value, json};

use super::{
    CLIPS, CLIPS_AND_HISTORY, CODE, REFRESH_TOKEN, STATE, agreed, authorization_response, client,
    complete, exchanged, now, pending, seconds, token_response, tokens, with_newer,
    with_refresh_token,
};
use crate::fixtures::{ACCESS_TOKEN, response};
use crate::known::{NEWER, everything, of};

fn exchange_error(status: u16, body: impl AsRef<[u8]>) -> CallError {
    let call = client().exchange(&authorization_response(), now());
    call.read_response(&response(status, body)).unwrap_err()
}

fn refresh(before: &Tokens, body: &str) -> Tokens {
    let call = client().refresh(before, now());
    call.read_response(&response(200, body)).unwrap()
}

#[test]
fn the_tokens_have_all_that_the_response_says() {
    let more = format!(r#", "scope": "{CLIPS}", "refresh_token_expires_in": 2592000"#);
    let exchanged = exchanged(&with_refresh_token(&more));
    let tokens = exchanged.tokens;
    assert_eq!(tokens.access_token.secret(), ACCESS_TOKEN);
    assert_eq!(tokens.expires_at, Some(now() + seconds(3599)));
    assert_eq!(tokens.refresh_token.unwrap().secret(), REFRESH_TOKEN);
    let until = now() + seconds(2_592_000);
    assert_eq!(tokens.refresh_token_expires_at, Some(until));
    assert_eq!(tokens.access_period, Some(AccessPeriod::TimeBased { until }));
    assert_eq!(tokens.grant, of(CLIPS));
    assert_eq!(exchanged.comparison, of(CLIPS).compare(CLIPS_AND_HISTORY));
    assert_eq!(exchanged.scope_error, None);
}

#[test]
fn the_access_period_is_known_only_from_a_response_that_says_it() {
    let ends_in = |lifetime: u32| format!(r#", "refresh_token_expires_in": {lifetime}"#);
    let time_based = |lifetime| {
        let until = now() + seconds(lifetime);
        Some(AccessPeriod::TimeBased { until })
    };
    for (body, period) in [
        (token_response(""), None),
        (with_refresh_token(""), Some(AccessPeriod::OneTime)),
        // A client in Testing: seven days at most, whatever the user chose.
        (with_refresh_token(&ends_in(604_800)), None),
        (with_refresh_token(&ends_in(604_801)), time_based(604_801)),
    ] {
        assert_eq!(tokens(&body).access_period, period, "{body}");
    }
}

#[test]
fn a_response_without_scope_grants_what_was_requested_newer_scopes_too() {
    assert_eq!(tokens(&token_response("")).grant, of(CLIPS_AND_HISTORY));
    assert_eq!(tokens(&token_response(r#", "scope": null"#)).grant, of(CLIPS_AND_HISTORY));

    let mut pending = pending(with_newer(CLIPS));
    let callback = pending.complete(&agreed(STATE), now()).unwrap();
    let exchange = client().exchange(&callback, now());
    let read = |body: String| exchange.read_response(&response(200, body)).unwrap().comparison;
    assert!(read(token_response("")).is_complete());
    let declined = read(token_response(&format!(r#", "scope": "{CLIPS}""#))).declined;
    assert_eq!(declined, NEWER.parse().unwrap());
}

#[test]
fn the_scope_of_the_callback_is_no_grant_and_can_only_take_away() {
    let grant = |callback_scope: &str, more: &str| {
        let callback = complete(&[("state", STATE), ("code", CODE), ("scope", callback_scope)]);
        let call = client().exchange(&callback.unwrap(), now());
        let exchanged = call.read_response(&response(200, token_response(more)));
        exchanged.unwrap().tokens.grant
    };
    let everything = everything().to_string();
    assert_eq!(grant(&everything, ""), of(CLIPS_AND_HISTORY));
    assert_eq!(grant(&format!("{everything} {NEWER} openid"), ""), of(CLIPS_AND_HISTORY));
    assert_eq!(grant(&CLIPS.to_string(), ""), of(CLIPS));
    assert_eq!(grant("openid", ""), Grant::default());
    // A malformed one says nothing.
    assert_eq!(grant("a  b", ""), of(CLIPS_AND_HISTORY));
    // The token response has the last word.
    let more = format!(r#", "scope": "{CLIPS_AND_HISTORY}""#);
    assert_eq!(grant("openid", &more), of(CLIPS_AND_HISTORY));
}

#[test]
fn no_side_field_loses_the_tokens_and_what_can_only_be_meant_in_one_way_is_taken() {
    let lifetime = |more: &str| {
        let body = format!(r#"{{"access_token": "{ACCESS_TOKEN}"{more}}}"#);
        let tokens = tokens(&body);
        assert_eq!(tokens.access_token.secret(), ACCESS_TOKEN);
        let since = |time: std::time::SystemTime| time.duration_since(now()).unwrap().as_secs();
        tokens.expires_at.map(since)
    };
    assert_eq!(lifetime(""), None);
    let known = ["3599", r#""3599""#, "3599.0", "3599.9"].map(|it| (it, Some(3599)));
    let unknown = ["-1", r#""""#, r#""soon""#, "null", "[]", "{}", "true", "1e300"];
    let unknown = unknown.map(|it| (it, None)).into_iter().chain([("0", Some(0))]);
    for (expires_in, expected) in known.into_iter().chain(unknown) {
        assert_eq!(lifetime(&format!(r#", "expires_in": {expires_in}"#)), expected, "{expires_in}");
        let more = format!(r#", "refresh_token_expires_in": {expires_in}"#);
        let tokens = tokens(&with_refresh_token(&more));
        assert_eq!(tokens.refresh_token_expires_at, expected.map(|it| now() + seconds(it)));
    }
    for more in include_str!("side_fields.txt").lines() {
        assert_eq!(lifetime(&format!(", {more}")), None, "{more}");
    }
    assert!(tokens(&token_response(r#", "refresh_token": """#)).refresh_token.is_none());
    let scope = CLIPS_AND_HISTORY.to_string();
    let list: Vec<&str> = scope.split(' ').collect();
    for scope in [json!(scope), json!(list), json!(format!(" {scope}\n"))] {
        let tokens = tokens(&token_response(&format!(r#", "scope": {scope}"#)));
        assert_eq!(tokens.grant, of(CLIPS_AND_HISTORY));
    }
}

#[test]
fn a_scope_that_cannot_be_read_is_told_beside_the_tokens() {
    for (scope, error) in [
        (json!("a  b"), ScopeValueError::EmptyToken { position: 2 }),
        (json!(""), ScopeValueError::Empty),
        (json!([]), ScopeValueError::Empty),
        (json!(7), ScopeValueError::Empty),
        (json!({}), ScopeValueError::Empty),
        (json!(["a", 7]), ScopeValueError::Empty),
    ] {
        let exchanged = exchanged(&with_refresh_token(&format!(r#", "scope": {scope}"#)));
        assert_eq!(exchanged.scope_error, Some(error), "{scope}");
        assert_eq!(exchanged.tokens.refresh_token.unwrap().secret(), REFRESH_TOKEN);
        assert!(exchanged.tokens.grant.is_empty());
        assert_eq!(exchanged.comparison.declined, CLIPS_AND_HISTORY.into());
    }
}

#[test]
fn a_refresh_carries_over_what_its_response_leaves_out() {
    let more = format!(r#", "scope": "{CLIPS}", "refresh_token_expires_in": 2592000"#);
    let before = tokens(&with_refresh_token(&more));
    for more in ["", r#", "scope": """#, r#", "scope": 7, "refresh_token": """#] {
        let body = format!(r#"{{"access_token": "ya29.new", "expires_in": 60{more}}}"#);
        let mut expected = json!(before);
        expected["access_token"] = json!("ya29.new");
        expected["expires_at"] = json!("2025-10-09T08:54:20Z");
        assert_eq!(json!(refresh(&before, &body)), expected);
    }
    let body = r#"{"access_token": "ya29.new", "scope": "openid", "refresh_token": "1//new"}"#;
    let after = refresh(&before, body);
    assert_eq!(after.refresh_token.unwrap().secret(), "1//new");
    assert_eq!((after.expires_at, after.access_period), (None, before.access_period));
    assert!(after.grant.others().eq(["openid"]));
}

#[test]
fn a_renewal_moves_the_end_of_the_access_and_a_short_lifetime_does_not() {
    let before = tokens(&with_refresh_token(r#", "refresh_token_expires_in": 2592000"#));
    let after = |lifetime: u64| {
        let body = format!(r#"{{"access_token": "a", "refresh_token_expires_in": {lifetime}}}"#);
        refresh(&before, &body)
    };
    let renewed = after(15_552_000);
    let until = now() + seconds(15_552_000);
    assert_eq!(renewed.refresh_token_expires_at, Some(until));
    assert_eq!(renewed.access_period, Some(AccessPeriod::TimeBased { until }));
    let short = after(60);
    assert_eq!(short.refresh_token_expires_at, Some(now() + seconds(60)));
    assert_eq!(short.access_period, before.access_period);
}

#[test]
fn tokens_know_whether_they_are_expired_with_a_margin() {
    let some = tokens(&with_refresh_token(r#", "refresh_token_expires_in": 604800"#));
    let at = |time| now() + seconds(time);
    assert!(!some.is_expired(at(3598), Duration::ZERO));
    assert!(some.is_expired(at(3599), Duration::ZERO));
    assert!(!some.is_expired(at(3538), seconds(60)));
    assert!(some.is_expired(at(3539), seconds(60)));
    assert!(some.is_expired(at(0), Duration::MAX));

    let unknown = tokens(r#"{"access_token": "a"}"#);
    assert!(!unknown.is_expired(at(u32::MAX.into()), Duration::MAX));
}

#[test]
fn a_lifetime_of_any_length_is_stored_and_reads_back() {
    for lifetime in [0, 1, 1 << 40, u64::MAX] {
        let more = format!(r#", "refresh_token_expires_in": {lifetime}"#);
        let tokens = json!(tokens(&with_refresh_token(&more)));
        let read: Tokens = serde_json::from_value(tokens.clone()).unwrap();
        assert_eq!(json!(read), tokens);
    }
}

#[test]
fn anything_but_a_token_response_is_malformed() {
    let token = format!(r#""access_token": "{ACCESS_TOKEN}""#);
    let deep = format!(r#"{{{token}, "new": {}"#, "[".repeat(200));
    let long = |len| format!(r#"{{"access_token": "{}"}}"#, "a".repeat(len));
    let padded = |len: usize| format!("{{{token}}}{}", " ".repeat(len - token.len() - 2));
    assert_eq!(tokens(&long(16 * 1024)).access_token.secret().len(), 16 * 1024);
    assert_eq!(tokens(&padded(MAX_RESPONSE_LEN)).access_token.secret(), ACCESS_TOKEN);
    let bodies = include_str!("malformed_token_responses.txt").replace("TOKEN", &token);
    let others = [&deep, &long(16 * 1024 + 1), &padded(MAX_RESPONSE_LEN + 1)];
    for body in bodies.lines().chain(others.map(String::as_str)) {
        let error = exchange_error(200, body);
        assert_eq!(error.kind(), CallErrorKind::Malformed, "{body}");
        assert!(!error.needs_consent() && !error.is_transient());
    }
    let begin = format!("{{{token}, \"new\": ");
    for end in [&b"1}\xFF"[..], b"\"\xFF\"}"] {
        let error = exchange_error(200, [begin.as_bytes(), end].concat());
        assert_eq!(error.kind(), CallErrorKind::Malformed);
    }
}

/// Reads a refusal as each of the three calls.
fn refusals(status: u16, body: &str) -> [Result<(), CallError>; 3] {
    let response = response(status, body);
    let tokens = tokens(&with_refresh_token(""));
    [
        client().exchange(&authorization_response(), now()).read_response(&response).map(drop),
        client().refresh(&tokens, now()).read_response(&response).map(drop),
        client().revoke(&tokens).read_response(&response),
    ]
}

#[test]
fn an_error_code_is_told_with_its_status_and_only_a_dead_token_or_code_needs_a_consent() {
    let codes = "access_denied admin_policy_enforced deleted_client invalid_client invalid_grant \
        invalid_request invalid_scope org_internal server_error temporarily_unavailable \
        unauthorized_client unsupported_grant_type unsupported_token_type undocumented";
    for text in codes.split(' ') {
        let code = if text == "undocumented" { "other" } else { text };
        let needs_consent = ["access_denied", "invalid_grant"].contains(&text);
        let is_transient = ["server_error", "temporarily_unavailable"].contains(&text);
        let error = json!({"error": text, "error_description": "words"});
        let mut beside_a_token: Value = serde_json::from_str(&token_response("")).unwrap();
        beside_a_token["error"] = json!(text);
        for (status, body) in [(400, &error), (401, &error), (400, &beside_a_token)] {
            for result in refusals(status, &body.to_string()) {
                let error = result.unwrap_err();
                assert_eq!(error.kind(), CallErrorKind::Refused);
                assert_eq!(error.status(), Some(status));
                assert_eq!(error.oauth_error().map(|it| it.to_string()), Some(code.into()));
                assert_eq!(error.needs_consent(), needs_consent, "{text}");
                assert_eq!(error.is_transient(), is_transient, "{text}");
            }
        }
        let [exchange, refresh, _] = refusals(200, &beside_a_token.to_string());
        for result in [exchange, refresh] {
            let error = result.unwrap_err();
            assert_eq!(error.oauth_error().map(|it| it.to_string()), Some(code.into()));
        }
    }
    for odd in ["7", "{}", "[]", "true"] {
        let error = exchange_error(200, token_response(&format!(r#", "error": {odd}"#)));
        assert_eq!(error.oauth_error(), Some(OAuthErrorCode::Other));
    }
}

/// Google's token endpoint fails for a moment with `internal_failure`.
#[test]
fn a_failing_or_busy_token_endpoint_is_for_now_whatever_its_error_code() {
    for status in [408, 425, 429, 500, 502, 503] {
        for code in ["internal_failure", "invalid_grant", "rate_limit_exceeded", "server_error"] {
            for result in refusals(status, &json!({ "error": code }).to_string()) {
                let error = result.unwrap_err();
                assert_eq!(error.status(), Some(status));
                assert!(error.is_transient() && !error.needs_consent(), "{status} {code}");
            }
        }
    }
    for status in [302, 400, 404, 429, 500, 502] {
        for body in ["", "<html>", "{}", r#"{"error_description": "words"}"#] {
            for result in refusals(status, body) {
                let error = result.unwrap_err();
                assert_eq!((error.status(), error.oauth_error()), (Some(status), None));
                assert!(error.is_transient() && !error.needs_consent(), "{status} {body}");
            }
        }
    }
}

#[test]
fn without_a_refresh_token_nothing_is_sent_and_a_consent_is_needed() {
    let error = client().refresh(&tokens(&token_response("")), now()).to_request().unwrap_err();
    assert_eq!((error.kind(), error.status()), (CallErrorKind::NotSent, None));
    assert!(error.needs_consent() && !error.is_transient());
}

#[test]
fn a_token_that_is_already_invalid_counts_as_revoked() {
    let invalid = r#"{"error": "invalid_token", "error_description": "Token expired or revoked"}"#;
    for (status, body) in [(200, ""), (204, ""), (200, "{}"), (400, invalid)] {
        let [_, _, revoked] = refusals(status, body);
        assert!(revoked.is_ok(), "{status} {body}");
    }
}

#[test]
fn the_calls_can_be_sent_between_threads() {
    fn anywhere<T: Send + Sync + Unpin + 'static>(_: &T) {}
    let tokens = tokens(&token_response(""));
    anywhere(&client());
    anywhere(&client().exchange(&authorization_response(), now()));
    anywhere(&client().refresh(&tokens, now()));
    anywhere(&client().revoke(&tokens));
    anywhere(&tokens);
    anywhere(&PendingConsents::default());
}
