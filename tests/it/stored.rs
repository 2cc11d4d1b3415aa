//! What this version stores reads back the same, with a later version and after later lists.

use std::fmt::Debug;

use dataportability_scopes::api::{AccessType, AccessTypes, ApiMethod, JobId, JobState, SignedUrl};
use dataportability_scopes::call::Endpoint;
use dataportability_scopes::catalogue::{
    Category, Date, NewerScope, Resource, Revision, Scope, ScopeSet, Scopes, Service,
};
use dataportability_scopes::consent::{
    AccessPeriod, AuthorizationResponse, Exchanged, PendingConsent, PendingConsents, RedirectUri,
    Tokens,
};
use dataportability_scopes::grant::{Grant, GrantComparison};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json};

use crate::consent::{
    CLIPS, REVISION, authorization_response, consent, exchanged, now, pending, seconds, with_newer,
    with_refresh_token,
};
use crate::known::NEWER;

const STORED: &str = include_str!("../stored/0.1.json");

/// Reads a stored value as a type, and stores it again.
fn again<T: Serialize + DeserializeOwned>(stored: &Value) -> Value {
    let read: T = from_value(stored.clone()).unwrap_or_else(|error| panic!("{error} {stored}"));
    json!(read)
}

type Again = fn(&Value) -> Value;

macro_rules! stored_types {
    ($($name:ident)*) => { [$((stringify!($name), again::<$name> as Again)),*] };
}

/// Each type whose values users store.
const TYPES: [(&str, Again); 25] = stored_types! {
    AccessPeriod AccessType AccessTypes ApiMethod AuthorizationResponse Category Date Endpoint
    Exchanged Grant GrantComparison JobId JobState NewerScope PendingConsent PendingConsents
    RedirectUri Resource Revision Scope ScopeSet Scopes Service SignedUrl Tokens
};

#[test]
fn what_was_stored_reads_back_and_is_written_the_same() {
    let stored: Value = serde_json::from_str(STORED).expect("JSON");
    let mut types = stored.as_object().expect("types").clone();
    for (name, again) in TYPES {
        let values = types.remove(name).unwrap_or_else(|| panic!("no value of {name}"));
        let values = values.as_array().expect("a list");
        assert!(!values.is_empty(), "{name}");
        for value in values {
            assert_eq!(&again(value), value, "{name}");
        }
    }
    assert!(types.is_empty(), "{types:?}");
}

#[test]
fn what_is_stored_today_has_the_form_of_the_file() {
    fn keys(value: &Value) -> Vec<&str> {
        let fields = value.as_object().into_iter().flatten();
        fields.map(|(key, _)| key.as_str()).collect()
    }
    let stored: Value = serde_json::from_str(STORED).expect("JSON");
    let more = r#", "refresh_token_expires_in": 15552000"#;
    let exchanged = exchanged(&with_refresh_token(more));
    for (name, value) in [
        ("AuthorizationResponse", json!(authorization_response())),
        ("Exchanged", json!(exchanged)),
        ("GrantComparison", json!(exchanged.comparison)),
        ("PendingConsent", json!(consent(CLIPS).pending)),
        ("Tokens", json!(exchanged.tokens)),
    ] {
        for old in stored[name].as_array().expect("values") {
            assert_eq!(keys(old), keys(&value), "{name}");
        }
    }
    let until = now() + seconds(1);
    assert_eq!(json!(AccessPeriod::TimeBased { until }), json!("until 2025-10-09T08:53:21Z"));
}

fn round_trip<T: Serialize + DeserializeOwned + Debug>(value: &T) {
    let binary = postcard::to_allocvec(value).expect("written");
    let read: T = postcard::from_bytes(&binary).unwrap_or_else(|error| panic!("{error} {value:?}"));
    assert_eq!(json!(read), json!(value));
}

#[test]
fn what_is_stored_in_a_binary_format_reads_back() {
    let exchanged = exchanged(&with_refresh_token(r#", "refresh_token_expires_in": 15552000"#));
    round_trip(&REVISION.scopes());
    round_trip(&with_newer(CLIPS));
    round_trip(&Grant::from(with_newer(CLIPS)));
    round_trip(&exchanged.comparison);
    round_trip(&exchanged);
    round_trip(&pending(with_newer(CLIPS)));
    round_trip(&authorization_response());
    round_trip(&AccessTypes::default());
}

#[test]
fn a_scope_that_was_newer_than_the_catalogue_reads_back_once_the_catalogue_has_it() {
    for scope in Resource::all().map(Resource::scope) {
        let stored = json!(format!("{scope} {NEWER}"));
        let scopes: Scopes = from_value(stored).expect("scopes");
        assert_eq!(scopes, with_newer(scope.into()));
        assert_eq!(json!(scopes), json!(format!("{} {NEWER}", scope.resource())));
    }
}

#[test]
fn tokens_need_no_more_than_an_access_token_and_a_grant() {
    let read: Tokens = from_value(json!({"access_token": "x", "grant": ""})).expect("tokens");
    assert!(read.expires_at.is_none() && read.grant.is_empty());
    let again: Tokens = from_value(json!(read)).expect("tokens");
    assert!(again.refresh_token.is_none() && again.access_period.is_none());
}
