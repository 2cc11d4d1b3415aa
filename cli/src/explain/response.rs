//! Responses of Google's, as JSON.

use serde_json::{Map, Value};

use super::{Explanation, What, error};
use crate::finding::{Side, is_of_api};
use crate::scope_list::ScopeList;

/// Explains an object by its fields.
pub(super) fn explain(value: &Value) -> Explanation {
    let Some(object) = value.as_object() else {
        return Explanation::new(What::Unknown);
    };
    let has = |names: &[&str]| names.iter().any(|name| object.contains_key(*name));
    if has(&["error", "error_description"]) {
        error_response(value)
    } else if has(&["access_token", "refresh_token"]) {
        token_response(object)
    } else if has(&["scope", "scopes"]) && has(&["azp", "aud", "exp", "expires_in", "access_type"])
    {
        let mut explanation = Explanation::new(What::TokenInfo);
        add_granted(object, &mut explanation);
        note_expiry(object, &mut explanation);
        explanation
    } else if let (Some(Value::Array(_)), 1) = (object.get("scopes"), object.len()) {
        super::explain(&object.values().map(ToString::to_string).collect::<String>())
    } else {
        let mut explanation = Explanation::new(What::Unknown);
        explanation.note("a JSON object that is neither a token response nor an error");
        explanation
    }
}

fn token_response(object: &Map<String, Value>) -> Explanation {
    let mut explanation = Explanation::new(What::TokenResponse);
    add_granted(object, &mut explanation);
    note_expiry(object, &mut explanation);
    if !object.contains_key("refresh_token") {
        explanation.note(
            "no refresh token: ask with access_type=offline, since exports take hours or days",
        );
    }
    explanation
}

/// Adds the granted scopes: a scope value, or the list that some libraries store.
fn add_granted(object: &Map<String, Value>, explanation: &mut Explanation) {
    match object.get("scope").or_else(|| object.get("scopes")) {
        None => explanation.note("no scope: all that was asked for is granted (RFC 6749, 5.1)"),
        Some(value) => {
            let list = match value {
                Value::String(text) => ScopeList::read(text),
                other => ScopeList::read(&other.to_string()),
            };
            if value.is_string() {
                explanation.findings.extend(list.separator());
            }
            explanation.add_scopes(&list, Side::Granted);
            if !list.tokens.iter().any(|token| is_of_api(token)) {
                explanation.note("it grants no scope of this API");
            }
        }
    }
}

/// Says for how long the user's consent lasts, if the response does.
fn note_expiry(object: &Map<String, Value>, explanation: &mut Explanation) {
    let seconds = |name: &str| match object.get(name)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    if let Some(seconds) = seconds("refresh_token_expires_in") {
        let days = seconds / 86_400;
        explanation.note(format!(
            "the consent ends after {days} days: 30 or 180 with time-based access, 7 with a client \
             in Testing"
        ));
    }
}

fn error_response(value: &Value) -> Explanation {
    let mut explanation = Explanation::new(What::ErrorResponse);
    if !error::explain(&value.to_string(), &mut explanation) {
        explanation.note("this program has no remedy for this error");
    }
    explanation
}
