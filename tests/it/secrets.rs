//! No secret shows in `Debug`, in an error or in an error's causes, whatever a server writes.

use std::fmt::Debug;

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::call::HttpCall;
use dataportability_scopes::consent::AuthorizationResponse;
use dataportability_scopes::consent::{Exchanged, PendingConsent, PendingConsents, Tokens};
use dataportability_scopes::http::Response;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::consent::{
    CLIENT_SECRET, CLIPS, CODE, REFRESH_TOKEN, STATE, VERIFIER, authorization_response, client,
    complete, consent, exchanged, now, pending, query, with_refresh_token,
};
use crate::fixtures::{ACCESS_TOKEN, Call, access, all_of, call, calls, response};
use crate::known::NEWER;

/// Each has `S3cret` in it, and characters that no job id and no resource group has.
const SECRETS: [&str; 7] =
    [STATE, VERIFIER, CODE, ACCESS_TOKEN, REFRESH_TOKEN, CLIENT_SECRET, SIGNED_URL];

const SIGNED_URL: &str = "https://storage.googleapis.com/part-1.zip?X-Goog-Signature=S3cret";

fn assert_hidden(shown: &str) {
    assert!(!shown.to_lowercase().contains("s3cret"), "{shown}");
}

fn shown<T: Debug, E: std::error::Error>(result: &Result<T, E>) -> String {
    match result {
        Ok(value) => format!("{value:?} {value:#?}"),
        Err(error) => all_of(error),
    }
}

/// Every call of the crate.
fn all_calls() -> Vec<Call> {
    let tokens = exchanged(&with_refresh_token("")).tokens;
    let consent = [
        Call::new(client().exchange(&authorization_response(), now())),
        Call::new(client().refresh(&tokens, now())),
        Call::new(client().revoke(&tokens)),
        Call::new(access().token_info()),
    ];
    calls().chain(consent).collect()
}

#[test]
fn calls_show_no_secret() {
    for call in all_calls() {
        assert_hidden(&call.debug);
        assert_hidden(&format!("{:?}", call.request.headers()));
        assert!(call.debug.contains("https://"), "{}", call.debug);
        let error = call.error(418, "").to_string();
        assert!(!call.name.is_empty() && error.contains(call.name), "{error}");
    }
}

#[test]
fn values_that_are_kept_between_steps_show_no_secret() {
    let google = client();
    let exchanged = exchanged(&with_refresh_token(""));
    let consent = consent(CLIPS);
    let info = format!(r#"{{"aud": "S3cret", "scope": "{CLIPS} S3cret", "expires_in": 7}}"#);
    let info = access().token_info().read_response(&response(200, info)).expect("as documented");
    let kept: [&dyn Debug; 10] = [
        &info,
        &google,
        &google.consent(CLIPS),
        &consent.url,
        &consent,
        &pending(CLIPS),
        &authorization_response(),
        &exchanged,
        &exchanged.tokens,
        &google.access(&exchanged.tokens),
    ];
    for kept in kept {
        let shown = format!("{kept:?} {kept:#?}");
        assert_hidden(&shown);
        assert!(
            ["youtube.clips", "YoutubeClips", "https://"].iter().any(|it| shown.contains(it)),
            "{shown}"
        );
    }
}

#[test]
fn scopes_that_the_catalogue_does_not_have_are_counted() {
    let granted = format!(r#", "scope": "{CLIPS} {NEWER} {NEWER}s openid""#);
    let shown = format!("{:?}", exchanged(&with_refresh_token(&granted)).tokens);
    assert!(shown.contains("unknown_scopes: 3"), "{shown}");
}

#[test]
fn no_callback_gets_a_secret_shown() {
    for secret in SECRETS {
        for name in ["state", "code", "error", "error_description", "scope", "iss", "x"] {
            for other in ["state", "code", "error", "x"] {
                let own = if other == "state" { STATE } else { "1234" };
                assert_hidden(&shown(&complete(&[(other, own), (name, secret)])));
            }
            let query = query(&[(name, secret)]);
            let url =
                format!("https://user:{secret}@app.example.com/{secret}?state={STATE}&{query}");
            assert_hidden(&shown(&pending(CLIPS).complete_url(&url, now())));
        }
    }
}

#[test]
fn no_header_and_no_bytes_that_are_not_utf_8_get_a_secret_shown() {
    for status in [200, 302, 401, 429, 503] {
        let response = Response::builder()
            .status(status)
            .header("retry-after", ACCESS_TOKEN)
            .header("location", SIGNED_URL)
            .header("www-authenticate", format!("Bearer {ACCESS_TOKEN}"))
            .body([ACCESS_TOKEN.as_bytes(), b"\xFF", SIGNED_URL.as_bytes()].concat());
        let response = response.expect("a response");
        for call in all_calls() {
            assert_hidden(&call.shown(&response));
        }
    }
}

#[test]
fn the_signed_urls_of_a_complete_job_are_not_shown() {
    let body = json!({"state": "COMPLETE", "urls": [SIGNED_URL]}).to_string();
    let shown = call(ApiMethod::GetState).read(200, body).expect("complete");
    assert!(shown.contains("SignedUrl(..)") && !shown.contains("storage"), "{shown}");
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
        for changed in damaged(value.pointer(&part).expect("a part"), text) {
            let mut whole = value.clone();
            *whole.pointer_mut(&part).expect("a part") = changed;
            all.push(whole);
        }
    }
    all
}

#[test]
fn no_stored_value_that_is_damaged_gets_a_secret_shown() {
    fn check<T: Serialize + DeserializeOwned>(value: &T) {
        let stored = json!(value);
        for damaged in SECRETS.iter().flat_map(|secret| damaged(&stored, secret)) {
            if let Err(error) = serde_json::from_value::<T>(damaged) {
                assert_hidden(&all_of(&error));
            }
        }
        let error = serde_json::from_value::<T>(json!(STATE)).map(drop).unwrap_err();
        assert!(error.to_string().contains("the value is not shown"), "{error}");
    }

    let exchanged = exchanged(&with_refresh_token(r#", "refresh_token_expires_in": 2592000"#));
    check::<Exchanged>(&exchanged);
    check::<Tokens>(&exchanged.tokens);
    check::<AuthorizationResponse>(&authorization_response());
    check::<PendingConsent>(&consent(CLIPS).pending);
    check::<PendingConsents>(&pending(CLIPS));
}

/// JSON that looks like a response of any server, with secrets in any place.
fn any_json() -> impl Strategy<Value = Value> {
    const KEYS: &str = "access_token accessType archiveJobId aud details domain error \
        error_description errors expires_in exportTime job_id message metadata name \
        oneTimeResources previous_job_ids reason refresh_token refresh_token_expires_in scope \
        startTime state status timeBasedResources timestamp_after_24hrs token_type urls code \
        id_token";
    const WORDS: &str = "COMPLETE IN_PROGRESS PERMISSION_DENIED SERVICE_DISABLED Bearer 1 \
        invalid_grant openid 3599";
    let select = |words: &'static str| prop::sample::select(words.split(' ').collect::<Vec<_>>());
    let key = select(KEYS).boxed();
    let key = prop_oneof![30 => key, 1 => Just(ACCESS_TOKEN)].boxed();
    // A code verifier has the form of a job id, and is no secret in its place.
    let secret = prop::sample::select(&SECRETS[..]).prop_filter("a job id", |it| *it != VERIFIER);
    let leaf = prop_oneof![
        6 => secret.clone().prop_map(Value::from),
        1 => secret.clone().prop_map(|it| json!(format!("the token {it} is not valid"))),
        1 => secret.prop_map(|it| json!(format!("https://www.googleapis.com/auth/dataportability.{it}"))),
        4 => select(WORDS).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    let object = move |inner: BoxedStrategy<Value>| {
        let fields = prop::collection::vec((key.clone(), inner), 0..8);
        fields.prop_map(|fields| {
            let fields = fields.into_iter().map(|(key, value)| (key.to_owned(), value));
            Value::Object(fields.collect::<Map<_, _>>())
        })
    };
    let of_parts = object.clone();
    let nested = leaf.prop_recursive(3, 24, 4, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from);
        prop_oneof![list, of_parts(inner)]
    });
    object(nested.boxed())
}

proptest! {
    #[test]
    fn no_response_of_any_json_gets_a_secret_shown(
        body in any_json(),
        status in prop::sample::select(&[200, 201, 302, 400, 401, 403, 404, 409, 429, 503][..]),
        garbage in prop::sample::select(&["", "", "\0", "}"][..]),
        is_token in any::<bool>(),
    ) {
        let mut body = body;
        if is_token {
            body["access_token"] = json!(ACCESS_TOKEN);
            body["token_type"] = json!("Bearer");
        }
        let response = response(status, format!("{body}{garbage}"));
        for call in all_calls() {
            assert_hidden(&call.shown(&response));
        }
    }

    #[test]
    fn a_response_of_any_bytes_and_status_is_read_or_refused(
        body in prop::collection::vec(any::<u8>(), 0..200),
        status in 100_u16..1000,
    ) {
        for call in all_calls() {
            let result = call.read(status, &body);
            prop_assert!(result.is_err() || (200..300).contains(&status));
        }
    }
}
