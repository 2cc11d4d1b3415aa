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
        let mut explanation = Explanation::new(What::ErrorResponse);
        if !error::explain(&value.to_string(), &mut explanation) {
            explanation.note("this program has no remedy for this error");
        }
        explanation
    } else if has(&["access_token", "refresh_token"]) {
        let mut explanation = granted(What::TokenResponse, object);
        if !object.contains_key("refresh_token") {
            explanation.note(
                "no refresh token: ask with access_type=offline, since exports take hours or days",
            );
        }
        explanation
    } else if has(&["scope", "scopes"]) && has(&["azp", "aud", "exp", "expires_in", "access_type"])
    {
        granted(What::TokenInfo, object)
    } else if let (Some(list @ Value::Array(_)), 1) = (object.get("scopes"), object.len()) {
        super::explain(&list.to_string())
    } else {
        let mut explanation = Explanation::new(What::Unknown);
        explanation.note("a JSON object that is neither a token response nor an error");
        explanation
    }
}

/// Explains what was granted, a scope value or the list that some libraries store, and for how long
/// the user's consent lasts, if the response says that.
fn granted(what: What, object: &Map<String, Value>) -> Explanation {
    let mut explanation = Explanation::new(what);
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
    let seconds = match object.get("refresh_token_expires_in") {
        Some(Value::String(text)) => text.parse().ok(),
        other => other.and_then(Value::as_u64),
    };
    if let Some(seconds) = seconds {
        explanation.note(format!(
            "the consent ends after {} days: 30 or 180 with time-based access, 7 with a client in \
             Testing",
            (seconds + 43_200) / 86_400
        ));
    }
    explanation
}
