//! What `tokeninfo` says about a token.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dataportability_scopes::catalogue::{Resource, ScopeSet, ScopeValueError};
use dataportability_scopes::grant::{
    Grant, TOKEN_INFO_ENDPOINT, TokenInfo, TokenInfoError, TokenInfoRequest,
};
use dataportability_scopes::http;
use dataportability_scopes::http_call::{HttpCall, MAX_RESPONSE_LEN};

const CLIPS: ScopeSet = ScopeSet::from_resources(&[Resource::YoutubeClips]);

fn read(status: u16, body: &str) -> Result<TokenInfo, TokenInfoError> {
    let mut response = http::Response::new(body.as_bytes().to_vec());
    *response.status_mut() = status.try_into().unwrap();
    TokenInfoRequest::new("ya29.a").read_response(&response)
}

#[test]
fn the_token_is_sent_in_a_header_that_is_not_logged() {
    let request = TokenInfoRequest::new("ya29.a").to_request().unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), TOKEN_INFO_ENDPOINT);
    assert_eq!(request.headers()["authorization"], "Bearer ya29.a");
    assert!(request.headers()["authorization"].is_sensitive());
    assert_eq!(request.headers()["content-length"], "0");
    assert!(request.body().is_empty());

    let endpoint = "http://localhost:8080/tokeninfo";
    let request = TokenInfoRequest::new("x").endpoint(endpoint.parse().unwrap());
    assert_eq!(request.to_request().unwrap().uri(), endpoint);
}

#[test]
fn a_token_that_cannot_stand_in_a_header_is_not_sent() {
    for token in ["", " ", "a b", "a\r\nb", "é", "a\0"] {
        let error = TokenInfoRequest::new(token).to_request().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the access token is empty, or has characters that an HTTP header cannot have: pass it exactly as the token response has it"
        );
    }
}

#[test]
fn the_numbers_come_as_strings_or_as_numbers() {
    for expires_in in [r#""3599""#, "3599"] {
        let body = format!(
            r#"{{"aud": "1234", "scope": "{CLIPS} openid", "expires_in": {expires_in}, "azp": "1234"}}"#
        );
        let info = read(200, &body).unwrap();
        assert_eq!(info.audience, "1234");
        assert_eq!(
            info.grant,
            format!("openid {CLIPS}").parse::<Grant>().unwrap()
        );
        assert_eq!(info.expires_in, Duration::from_secs(3599));
    }
}

#[test]
fn every_refusal_says_what_is_wrong_word_for_word() {
    let valid = format!(r#""aud": "1234", "scope": "{CLIPS}", "expires_in": "1""#);
    let invalid = "the access token is expired, revoked or not Google's: refresh it, or send the user to a new consent";
    for (status, body) in [
        (400, r#"{"error": "invalid_token"}"#.to_owned()),
        (200, format!(r#"{{"error": "invalid_token", {valid}}}"#)),
        (200, format!(r#"{{"error": 7, {valid}}}"#)),
        (200, format!(r#"{{"error": 1e999, {valid}}}"#)),
    ] {
        let error = read(status, &body).unwrap_err();
        assert_eq!(error, TokenInfoError::Invalid, "{body}");
        assert_eq!(error.to_string(), invalid);
    }
    for (status, body) in [(500, ""), (404, "<html>"), (302, &*format!("{{{valid}}}"))] {
        let error = read(status, body).unwrap_err();
        assert_eq!(error, TokenInfoError::Status { status });
        assert_eq!(
            error.to_string(),
            format!(
                "the tokeninfo endpoint responded with status {status} and no error code: try again later"
            )
        );
    }
    for body in [
        String::new(),
        "{}".into(),
        format!(r#"{{"aud": "1234", {valid}}}"#),
        format!(r#"{{"scope": "{CLIPS}", "expires_in": "1"}}"#),
        r#"{"aud": "1234", "scope": "a", "expires_in": "+5"}"#.into(),
        r#"{"aud": "1234", "scope": "a", "expires_in": "-5"}"#.into(),
        r#"{"aud": "1234", "scope": "a", "expires_in": ""}"#.into(),
        r#"{"aud": "1234", "scope": "a", "expires_in": "1.5"}"#.into(),
        r#"{"aud": "1234", "scope": "a", "expires_in": "4294967296"}"#.into(),
        r#"{"aud": "1234", "scope": "a", "expires_in": 4294967296}"#.into(),
        r#"["1234", "a", 1, null]"#.into(),
        format!(r#"{{"error": "a", "error": "b", {valid}}}"#),
        r#"{"aud": "1234", "scope": "a", "expires_in": -5}"#.into(),
        format!("{{{valid}}}{}", " ".repeat(MAX_RESPONSE_LEN)),
    ] {
        let error = read(200, &body).unwrap_err();
        assert_eq!(error, TokenInfoError::Malformed, "{body}");
        assert_eq!(
            error.to_string(),
            "the tokeninfo response is malformed: it must have aud, scope and expires_in; check the endpoint"
        );
    }
    let error = read(
        200,
        r#"{"aud": "1234", "scope": "a  b", "expires_in": "1"}"#,
    )
    .unwrap_err();
    let position = ScopeValueError::EmptyToken { position: 2 };
    assert_eq!(error, TokenInfoError::Scope(position));
    assert_eq!(
        error.to_string(),
        format!("the scope of the tokeninfo response is malformed: {position}")
    );
}

#[test]
fn what_is_kept_of_a_response_and_a_request_shows_no_text_of_theirs_in_debug() {
    assert_eq!(
        format!("{:?}", TokenInfoRequest::new("ya29.a")),
        format!("TokenInfoRequest(POST {TOKEN_INFO_ENDPOINT})")
    );
    let body = format!(r#"{{"aud": "1234", "scope": "{CLIPS} openid", "expires_in": 7}}"#);
    assert_eq!(
        format!("{:?}", read(200, &body).unwrap()),
        format!("TokenInfo {{ scopes: {CLIPS:?}, expires_in: 7s, .. }}")
    );
}

#[test]
fn a_response_that_repeats_the_token_is_refused() {
    let token = "ya29.Access/Token+That=Is~Secret";
    let hexadecimal = token.bytes().map(|byte| format!("{byte:02X}"));
    let hexadecimal = hexadecimal.collect::<Vec<_>>().concat();
    for shown in [
        token,
        &token.to_uppercase(),
        &token[8..24],
        &STANDARD.encode(token),
        &hexadecimal,
    ] {
        assert_refused(token, shown);
    }
    // No 12 characters of it are the same in its plain spelling.
    assert_refused("-/.+_=~/-/.+_=~/", "-%2F.%2B_%3D~%2F-%2F.%2B_%3D~%2F");
}

#[test]
fn a_token_of_which_any_characters_are_percent_encoded_is_refused() {
    let spell = |text: &str, encoded: u32| {
        let spelled = text.bytes().enumerate().map(|(index, byte)| {
            if encoded >> index & 1 == 1 {
                format!("%{byte:02X}")
            } else {
                char::from(byte).into()
            }
        });
        spelled.collect::<String>()
    };
    let token = "ya29.Access/";
    for encoded in 0..1 << token.len() {
        assert_refused(token, &spell(token, encoded));
    }
    assert_refused(
        token,
        &spell(&STANDARD.encode(token), 0b1011_0111_0110_1101),
    );
}

fn assert_refused(token: &str, shown: &str) {
    for (aud, scope) in [(shown, "openid"), ("1234", shown)] {
        let body = format!(r#"{{"aud": "{aud}", "scope": "{scope}", "expires_in": 1}}"#);
        let response = http::Response::new(body.into_bytes());
        let error = TokenInfoRequest::new(token)
            .read_response(&response)
            .unwrap_err();
        assert_eq!(error, TokenInfoError::Token, "{shown}");
        assert_eq!(
            error.to_string(),
            "the tokeninfo response repeats the access token: check the endpoint"
        );
    }
}

#[test]
fn a_response_is_read_up_to_its_longest_length() {
    let body = r#"{"aud": "1234", "scope": "openid", "expires_in": 1}"#;
    let longest = format!("{body}{}", " ".repeat(MAX_RESPONSE_LEN - body.len()));
    assert!(read(200, &longest).is_ok());
    assert!(read(200, &(longest + " ")).is_err());
}
