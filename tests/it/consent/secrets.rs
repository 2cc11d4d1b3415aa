//! No secret of an exchange shows in `Debug`, in an error or in an error's sources, whatever a
//! server answers and however it spells the secret.

use std::error::Error;
use std::fmt::Debug;

use dataportability_scopes::consent::{AccessType, ConsentRequest, PendingConsents, TokenError};
use dataportability_scopes::grant::TokenInfoRequest;
use dataportability_scopes::http_call::HttpCall;
use dataportability_scopes::url::form_urlencoded;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    ACCESS_TOKEN, CHALLENGE, CLIENT_SECRET, CLIPS, CLIPS_AND_HISTORY, CODE, REFRESH_TOKEN, STATE,
    VERIFIER, authorization_response, client, complete, consent, now, pending, query, request,
    response, token_response,
};

const SECRETS: [&str; 6] = [
    STATE,
    VERIFIER,
    CODE,
    ACCESS_TOKEN,
    REFRESH_TOKEN,
    CLIENT_SECRET,
];

/// Written by hand, since only this test needs it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = [chunk, &[0, 0]].concat();
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}

/// The ways in which a server may spell a secret.
fn spellings(secret: &str) -> Vec<String> {
    let spelled = |byte: fn(u8) -> String| secret.bytes().map(byte).collect::<Vec<_>>().concat();
    let (first, last) = secret.split_at(secret.len() / 2);
    vec![
        secret.into(),
        form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        spelled(|byte| format!("%{byte:02x}")),
        base64(secret.as_bytes()),
        spelled(|byte| format!("\\u{byte:04x}")),
        spelled(|byte| format!("&#x{byte:x};")),
        spelled(|byte| format!("{byte:02X}")),
        secret.replace('/', "\\/"),
        secret.to_uppercase(),
        secret.to_lowercase(),
        first.into(),
        last.into(),
        format!("{first} {last}"),
        format!("{first}\\n{last}"),
        secret.chars().rev().collect(),
    ]
}

/// Looks for every part of a spelling that is long enough to reveal something, in any letter case.
fn assert_no_part(shown: &str, spelling: &str) {
    const LEN: usize = 8;
    let (shown, spelling) = (shown.to_lowercase(), spelling.to_lowercase());
    for window in spelling.as_bytes().windows(LEN) {
        let Ok(part) = std::str::from_utf8(window) else {
            continue;
        };
        assert!(!shown.contains(part), "{part} of {spelling} in {shown}");
    }
}

fn all_of(error: &dyn Error) -> String {
    let mut texts = vec![format!("{error} {error:?} {error:#?}")];
    let mut source = error.source();
    while let Some(error) = source {
        texts.push(format!("{error} {error:?}"));
        source = error.source();
    }
    texts.join(" ")
}

fn shown<T: Debug, E: Error>(result: &Result<T, E>) -> String {
    match result {
        Ok(value) => format!("{value:?} {value:#?}"),
        Err(error) => all_of(error),
    }
}

/// Bodies with a text in every field, in place of a field's name, and beside what does not parse.
fn bodies(text: &str) -> Vec<String> {
    let prefix = "https://www.googleapis.com/auth/dataportability.";
    let mut bodies = vec![
        text.into(),
        format!(r#""{text}""#),
        format!(r#"["{text}"]"#),
        format!(r#"{{"{text}": "{text}"}}"#),
        format!(r#"{{"error": {{"message": "{text}"}}}}"#),
        format!(r#"{{"error": "{text}", "error": "invalid_grant"}}"#),
        format!(r#"{{"error": "{text}", "x": {}"#, "[".repeat(200)),
        format!(r#"{{"error": "{text}", "x": 1e999}}"#),
        format!("{{\"error\": \"{text}\"}} \u{FFFD}"),
        format!("<html>{text}</html>"),
        token_response(&format!(r#", "scope": "{CLIPS} {text}""#)),
        token_response(&format!(r#", "scope": "{prefix}{text}""#)),
        token_response(&format!(r#", "scope": "{prefix}zoo.{text}""#)),
        token_response(&format!(r#", "scope": "{text}", "scope": "{text}""#)),
    ];
    for field in [
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_token_expires_in",
        "scope",
        "error",
        "error_description",
        "error_uri",
        "aud",
        "id_token",
    ] {
        bodies.push(format!(r#"{{"{field}": "{text}"}}"#));
        bodies.push(format!(
            r#"{{"access_token": "a", "token_type": "Bearer", "aud": "a", "{field}": "{text}"}}"#
        ));
        bodies.push(format!(
            r#"{{"aud": "a", "scope": "{CLIPS}", "expires_in": "1", "{field}": "{text}"}}"#
        ));
        bodies.push(format!(
            r#"{{"access_token": "a", "token_type": "Bearer", "{field}": ["{text}"]}}"#
        ));
    }
    bodies
}

#[test]
fn no_response_of_any_exchange_gets_a_secret_shown() {
    let mut before = None;
    let more = format!(r#", "refresh_token": "{REFRESH_TOKEN}""#);
    let exchange = client().exchange(&authorization_response(), now());
    if let Ok(exchanged) = exchange.read_response(&response(200, token_response(&more))) {
        before = Some(exchanged.tokens);
    }
    let before = before.unwrap();
    let refresh = client().refresh(&before, now()).unwrap();
    let revoke = client().revoke(&before);
    let info = TokenInfoRequest::new(ACCESS_TOKEN);
    for secret in SECRETS {
        for spelling in spellings(secret) {
            for body in bodies(&spelling) {
                for status in [200, 302, 400, 401, 500] {
                    let response = response(status, &*body);
                    let exchanged = exchange.read_response(&response);
                    assert_no_part(&shown(&exchanged), &spelling);
                    if let Err(TokenError::Scope { tokens, .. }) = &exchanged {
                        assert_no_part(&format!("{tokens:?}"), &spelling);
                    }
                    assert_no_part(&shown(&refresh.read_response(&response)), &spelling);
                    assert_no_part(&shown(&revoke.read_response(&response)), &spelling);
                    assert_no_part(&shown(&info.read_response(&response)), &spelling);
                }
            }
        }
    }
}

#[test]
fn no_callback_gets_a_secret_shown() {
    for secret in SECRETS {
        for spelling in spellings(secret) {
            for name in [
                "state",
                "code",
                "error",
                "error_description",
                "scope",
                "iss",
                "x",
            ] {
                for other in ["state", "code", "error", "x"] {
                    let own = if other == "state" { STATE } else { "1234" };
                    let parameters = [(other, own), (name, &*spelling)];
                    assert_no_part(&shown(&complete(&parameters)), &spelling);
                    let url =
                        format!("https://user:{spelling}@app.example.com/{spelling}?state={STATE}");
                    let result = pending(CLIPS).complete_url(&url, now());
                    assert_no_part(&shown(&result), &spelling);
                }
            }
        }
    }
}

#[test]
fn values_that_are_kept_between_steps_show_no_secret() {
    let request: ConsentRequest = request(CLIPS).access_type(AccessType::Offline);
    let exchange = client().exchange(&authorization_response(), now());
    let tokens = exchange.read_response(&response(
        200,
        token_response(&format!(r#", "refresh_token": "{REFRESH_TOKEN}""#)),
    ));
    let tokens = tokens.unwrap().tokens;
    let mut several = PendingConsents::default();
    several.insert(consent(&request).pending, now());
    let kept: [&dyn Debug; 11] = [
        &request,
        &consent(&request),
        &consent(&request).url,
        &consent(&request).pending,
        &several,
        &authorization_response(),
        &client(),
        &exchange,
        &client().refresh(&tokens, now()).unwrap(),
        &client().revoke(&tokens),
        &TokenInfoRequest::new(ACCESS_TOKEN),
    ];
    for kept in kept {
        let shown = format!("{kept:?} {kept:#?}");
        for secret in SECRETS.into_iter().chain([CHALLENGE]) {
            for spelling in spellings(secret) {
                assert_no_part(&shown, &spelling);
            }
        }
    }
    let redirect_uri = r#"redirect_uri: RedirectUri("https://app.example.com/callback")"#;
    for (kept, shown) in [
        (
            kept[2],
            "AuthorizationUrl(https://accounts.google.com/o/oauth2/v2/auth?…)",
        ),
        (kept[3], &format!("PendingConsent {{ {redirect_uri}, ")),
        (
            kept[5],
            &format!("AuthorizationResponse {{ {redirect_uri}, "),
        ),
        (kept[7], "ExchangeRequest"),
        (&tokens, "Tokens { expires_at: "),
    ] {
        assert!(format!("{kept:?}").starts_with(shown), "{kept:?}");
    }
    assert!(format!("{exchange:?}").contains("POST https://oauth2.googleapis.com/token"));
}

/// The value with a text in place of each of its parts in turn.
fn damaged(value: &Value, text: &str) -> Vec<Value> {
    let mut all = vec![json!(text), json!([text]), json!({ text: text })];
    let parts: Vec<String> = match value {
        Value::Object(fields) => fields.keys().map(|key| format!("/{key}")).collect(),
        Value::Array(items) => (0..items.len()).map(|index| format!("/{index}")).collect(),
        _ => Vec::new(),
    };
    for part in parts {
        for changed in damaged(value.pointer(&part).unwrap(), text) {
            let mut whole = value.clone();
            *whole.pointer_mut(&part).unwrap() = changed;
            all.push(whole);
        }
    }
    all
}

#[test]
fn no_stored_value_that_is_damaged_gets_a_secret_shown() {
    fn check<T: Serialize + DeserializeOwned + Debug>(value: &T, name: &str) {
        let stored = serde_json::to_value(value).unwrap();
        for secret in SECRETS {
            for damaged in damaged(&stored, secret) {
                if let Err(error) = serde_json::from_value::<T>(damaged) {
                    assert_no_part(&all_of(&error), secret);
                }
            }
        }
        let error = serde_json::from_value::<T>(json!(STATE)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "not {name} as stored by this crate: the value is not shown, since it may contain secrets"
            )
        );
    }

    let exchange = client().exchange(&authorization_response(), now());
    let more = format!(r#", "refresh_token": "{REFRESH_TOKEN}""#);
    let exchanged = exchange.read_response(&response(200, token_response(&more)));
    let exchanged = exchanged.unwrap();
    check(&exchanged.tokens, "tokens");
    check(&exchanged, "tokens and their comparison");
    check(&consent(&request(CLIPS)).pending, "a pending consent");
    check(&pending(CLIPS), "pending consents");
}

proptest! {
    #[test]
    fn any_bytes_are_a_response_or_refused_and_show_nothing(
        status in 200..600_u16,
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            (0..SECRETS.len(), ".{0,20}", ".{0,20}").prop_map(|(index, before, after)| {
                format!("{before}{}{after}", SECRETS[index]).into_bytes()
            }),
        ],
    ) {
        let response = response(status, body);
        let exchange = client().exchange(&authorization_response(), now());
        let mut texts = vec![shown(&exchange.read_response(&response))];
        texts.push(shown(&TokenInfoRequest::new(ACCESS_TOKEN).read_response(&response)));
        for text in texts {
            for secret in SECRETS {
                assert_no_part(&text, secret);
            }
        }
    }

    #[test]
    fn any_query_shows_nothing(index in 0..SECRETS.len(), name in "[a-z]{0,6}", tail in ".{0,30}") {
        let query = query(&[(&name, SECRETS[index]), ("state", STATE)]) + &tail;
        let result = pending(CLIPS_AND_HISTORY).complete(&query, now());
        assert_no_part(&shown(&result), SECRETS[index]);
    }
}
