//! No response of a server brings the access token or a signed URL into a log.

use std::collections::HashSet;
use std::error::Error;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use dataportability_scopes::http::Response;
use proptest::prelude::*;

use crate::calls::{JOB, TOKEN, calls, response};

const SIGNED_URL: &str = "https://storage.googleapis.com/dp/part-1.zip\
                          ?X-Goog-Signature=9f8e7d6c5b4a39281706f5e4d3c2b1a0";

const STATUSES: [u16; 9] = [200, 201, 302, 400, 401, 403, 404, 409, 429];

/// Everything that a log could show about a result.
fn shown(result: Result<String, Box<dyn Error>>) -> String {
    let error = match result {
        Ok(debug) => return debug,
        Err(error) => error,
    };
    let mut shown = format!("{error}\n{error:?}\n{error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(shown, "\n{error}\n{error:?}\n{error:#?}").expect("a string");
        cause = error.source();
    }
    shown
}

fn escaped(secret: &str, escape: impl Fn(u8) -> String) -> String {
    secret.bytes().map(escape).collect()
}

/// The ways in which a server may repeat a secret, each as the contents of a JSON string.
fn spellings(secret: &str) -> Vec<String> {
    let bearer = format!("Bearer {secret}");
    let mut spellings = vec![
        secret.to_owned(),
        secret.to_uppercase(),
        secret.to_lowercase(),
        bearer.clone(),
        format!("the token {secret} is not valid"),
        format!("{secret},{secret}"),
        secret.replace('/', "\\/"),
        escaped(secret, |byte| format!("%{byte:02X}")),
        escaped(secret, |byte| format!("%{byte:02x}")),
        escaped(secret, |byte| format!("\\u{byte:04x}")),
        escaped(secret, |byte| format!("&#{byte};")),
        escaped(secret, |byte| format!("{byte:02x}")),
        escaped(secret, |byte| format!("{byte:02X}")),
        secret
            .replace('/', "%2F")
            .replace('.', "+")
            .replace('_', "%5F"),
        secret.replace('.', "\\u0000."),
    ];
    for text in [secret, &bearer, &format!("x{secret}")] {
        spellings.extend([
            STANDARD.encode(text),
            STANDARD_NO_PAD.encode(text),
            URL_SAFE.encode(text),
            URL_SAFE_NO_PAD.encode(text),
        ]);
    }
    let cut: Vec<String> = spellings
        .iter()
        .filter(|spelling| spelling.is_ascii() && !spelling.contains('\\'))
        .flat_map(|spelling| {
            let (begin, end) = spelling.split_at(spelling.len() / 2);
            [begin.to_owned(), end.to_owned(), format!("{begin},{end}")]
        })
        .collect();
    spellings.extend(cut);
    spellings
}

/// Bodies with the text in every field, and beside what does not parse.
fn bodies(text: &str) -> Vec<String> {
    let mut bodies: Vec<String> = [
        r#"{"archiveJobId": "X"}"#,
        r#"{"archiveJobId": "archiveJobs/X"}"#,
        r#"{"archiveJobId": "1", "archiveJobId": "X"}"#,
        r#"{"archiveJobId": "X", "archiveJobId": "1"}"#,
        r#"{"archiveJobId": "1", "accessType": "X"}"#,
        r#"{"archiveJobId": "1", "X": "X"}"#,
        r#"{"archiveJobId": ["X"]}"#,
        r#"{"state": "X"}"#,
        r#"{"state": "COMPLETE", "name": "X"}"#,
        r#"{"state": "COMPLETE", "urls": ["X"]}"#,
        r#"{"state": "COMPLETE", "urls": ["https://x.com/X"]}"#,
        r#"{"state": "COMPLETE", "urls": "X"}"#,
        r#"{"state": "FAILED", "startTime": "X"}"#,
        r#"{"state": "FAILED", "exportTime": "X"}"#,
        r#"{"oneTimeResources": ["X"]}"#,
        r#"{"timeBasedResources": ["X", "a.X"]}"#,
        r#"{"error": "X"}"#,
        r#"{"error": {"code": "X", "status": "X", "message": "X", "details": "X"}}"#,
        r#"{"error": {"status": "X", "status": "INTERNAL", "details": [{"reason": "X"}]}}"#,
        r#"{"error": {"details": [{"@type": "X", "detail": "X", "metadata": {"X": "X"}}]}}"#,
        r#"{"error": {"details": [{"metadata": {"job_id": "X", "previous_job_ids": "X"}}]}}"#,
        r#"{"error": {"details": [{"metadata": {"job_id": "1X", "previous_job_ids": ["X"]}}]}}"#,
        r#"{"error": {"details": [{"metadata": {"timestamp_after_24hrs": "X"}}]}}"#,
        r#"{"X": "X"}"#,
        r#"["X"]"#,
        r#""X""#,
        "X",
        "<p>X</p>",
        r#"{"archiveJobId": "X""#,
        r#"{"archiveJobId": "X", "x": 1e999}"#,
        r#"{"archiveJobId": "X"} X"#,
    ]
    .iter()
    .map(|body| body.replace('X', text))
    .collect();
    bodies.push(format!(
        r#"{{"archiveJobId": "{text}", "x": {}"#,
        "[".repeat(200)
    ));
    bodies
}

/// Texts that must not be shown, not even twelve characters in a row, in any letter case.
struct Forbidden(HashSet<[u8; 12]>);

impl Forbidden {
    fn new(spelling: &str) -> Forbidden {
        let own_words = [
            "https://storage.googleapis.com/dp/",
            "the token ",
            " is not valid",
        ];
        let secret = own_words
            .iter()
            .fold(spelling.to_ascii_lowercase(), |secret, words| {
                secret.replace(words, "")
            });
        Forbidden(runs(&secret).collect())
    }

    fn is_in(&self, shown: &str) -> bool {
        runs(&shown.to_ascii_lowercase()).any(|run| self.0.contains(&run))
    }
}

fn runs(text: &str) -> impl Iterator<Item = [u8; 12]> {
    text.as_bytes()
        .windows(12)
        .map(|run| run.try_into().expect("twelve bytes"))
}

#[test]
fn no_spelling_of_a_secret_in_any_field_of_any_response_is_shown() {
    let calls = calls();
    for secret in [TOKEN, SIGNED_URL] {
        for spelling in spellings(secret) {
            // A part of a signed URL that has the form of an id is an id: the client cannot know.
            if secret == SIGNED_URL && !spelling.contains(['/', '%', '&', '\\']) {
                continue;
            }
            let forbidden = Forbidden::new(&spelling);
            for body in bodies(&spelling) {
                for status in [200, 409] {
                    let response = response(status, &body);
                    for call in &calls {
                        let shown = shown(call.read(&response));
                        assert!(
                            !forbidden.is_in(&shown),
                            "{} responds {status} {body}\n{shown}",
                            call.method
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn no_secret_beside_bytes_that_are_not_utf_8_or_in_a_header_is_shown() {
    for status in STATUSES {
        let body = [TOKEN.as_bytes(), b"\xFF", SIGNED_URL.as_bytes()].concat();
        let response = Response::builder()
            .status(status)
            .header("retry-after", TOKEN)
            .header("location", SIGNED_URL)
            .header("www-authenticate", format!("Bearer {TOKEN}"))
            .body(body)
            .expect("a response");
        for call in calls() {
            let shown = shown(call.read(&response));
            for secret in [TOKEN, SIGNED_URL] {
                assert!(!Forbidden::new(secret).is_in(&shown), "{shown}");
            }
        }
    }
}

#[test]
fn the_signed_urls_of_a_complete_job_are_not_shown() {
    let body = format!(r#"{{"state": "COMPLETE", "urls": ["{SIGNED_URL}"]}}"#);
    for call in calls() {
        let shown = shown(call.read(&response(200, &body)));
        assert!(!shown.contains("storage.googleapis.com"), "{shown}");
    }
}

/// JSON that looks like a response, with secrets in it.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof![
        Just(TOKEN.to_owned()),
        Just(SIGNED_URL.to_owned()),
        Just(JOB.to_owned()),
        "[A-Z_]{0,70}",
        "[a-z_.]{0,20}",
        "\\PC{0,20}",
        (0..TOKEN.len()).prop_map(|start| TOKEN[start..].to_owned()),
    ];
    let key = prop_oneof![
        Just("error"),
        Just("status"),
        Just("details"),
        Just("reason"),
        Just("metadata"),
        Just("job_id"),
        Just("previous_job_ids"),
        Just("archiveJobId"),
        Just("accessType"),
        Just("name"),
        Just("state"),
        Just("urls"),
        Just("startTime"),
        Just("oneTimeResources"),
        Just("timeBasedResources"),
    ];
    let leaf = prop_oneof![
        text.prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|fields| {
                let fields = fields
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value));
                serde_json::Value::Object(fields.collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn a_response_of_any_bytes_and_status_gives_a_result(
        body in prop::collection::vec(any::<u8>(), 0..200),
        status in 100_u16..1000,
    ) {
        let response = response(status, &body);
        for call in calls() {
            let result = call.read(&response);
            prop_assert!(result.is_err() || (200..300).contains(&status));
        }
    }

    #[test]
    fn a_response_of_any_json_gives_a_result_that_shows_no_secret(
        body in json(),
        status in prop::sample::select(&STATUSES[..]),
        garbage in prop_oneof![Just(""), Just("\u{0}"), Just("}")],
    ) {
        let response = response(status, format!("{body}{garbage}"));
        for call in calls() {
            let shown = shown(call.read(&response));
            for secret in [TOKEN, SIGNED_URL] {
                prop_assert!(!Forbidden::new(secret).is_in(&shown), "{shown}");
            }
        }
    }
}
