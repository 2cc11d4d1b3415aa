//! Secrets, taken out of what a server repeats of them: an answer may, an error must not.

use std::string::{String, ToString};
use std::vec::Vec;

use serde_json::Value;

/// A text without a secret.
pub(crate) fn text(text: &str, secret: &str) -> String {
    if secret.is_empty() {
        text.into()
    } else {
        text.replace(secret, "[redacted]")
    }
}

/// A body without a secret: in JSON it may stand with some of its characters escaped.
pub(crate) fn body(body: &[u8], secret: &str) -> Vec<u8> {
    let Ok(repeated) = serde_json::from_slice::<Value>(body) else {
        return text(&String::from_utf8_lossy(body), secret).into_bytes();
    };
    let redacted = value(repeated.clone(), secret);
    // Otherwise the offsets in errors would not be those of the body.
    if redacted == repeated {
        body.to_vec()
    } else {
        redacted.to_string().into_bytes()
    }
}

fn value(repeated: Value, secret: &str) -> Value {
    match repeated {
        Value::String(string) => text(&string, secret).into(),
        Value::Array(items) => items.into_iter().map(|item| value(item, secret)).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, member)| (text(&name, secret), value(member, secret)))
            .collect(),
        other => other,
    }
}
