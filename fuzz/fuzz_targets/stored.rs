//! What an app has stored is read whole or refused, and is stored again as the same. Of what holds
//! secrets, neither an error nor `Debug` shows them.
#![no_main]

use std::fmt::Debug;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use dataportability_scopes::Endpoint;
use dataportability_scopes::api::export::Export;
use dataportability_scopes::api::{AccessType, AccessTypes, ApiMethod, JobId, SignedUrl, State};
use dataportability_scopes::catalogue::{
    Category, Date, Resource, Revision, Scope, ScopeSet, Service, UnlistedScope,
};
use dataportability_scopes::consent::{
    AccessPeriod, ConsentRequest, Exchanged, PendingConsent, PendingConsents, RedirectUri, Tokens,
};
use dataportability_scopes::grant::{Grant, GrantComparison, RequestedScopes};
use dataportability_scopes::oauth2::{ClientId, CsrfToken, PkceCodeVerifier};
use dataportability_scopes_fuzz::{Secrets, assert_readable};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

const ACCESS_TOKEN: &str = "ya29.a0AfH6SMBz~Q/x+R7kTqWn3vLp5cYd8e_U1oX2iGf4hJ6bM9sZ-rEwD";
const REFRESH_TOKEN: &str = "1//03eFrSgT5yHuJiK8oLp-Za4xScVdFbGn";
const STATE: &str = "mC7-uQ2x~Zr9TbWd0pLk4s";
const VERIFIER: &str = "v3R.f1er~0123456789abcdefghijklmnopqrstuvwxyz_ABC";
/// Of a signed URL.
const SIGNATURE: &str = "7d20Fe91cB48aa63E5f7-0b12d9c8e64A3175f0";

static SECRETS: LazyLock<Secrets> =
    LazyLock::new(|| Secrets::new(&[ACCESS_TOKEN, REFRESH_TOKEN, STATE, VERIFIER, SIGNATURE]));

fuzz_target!(|input: &[u8]| {
    let [kind, json @ ..] = input else { return };
    let json = &SECRETS.fill_in(json);
    match kind % 24 {
        0 => same::<Grant>(json),
        1 => same::<GrantComparison>(json),
        2 => same::<RequestedScopes>(json),
        3 => same_text::<ScopeSet>(json),
        4 => same_text::<Scope>(json),
        5 => same_text::<UnlistedScope>(json),
        6 => same_text::<Resource>(json),
        7 => same_text::<Service>(json),
        8 => same_text::<Category>(json),
        9 => same_text::<Revision>(json),
        10 => same_text::<Date>(json),
        11 => same_text::<ApiMethod>(json),
        12 => same_text::<JobId>(json),
        13 => same_text::<State>(json),
        14 => same_text::<AccessType>(json),
        15 => same::<AccessTypes>(json),
        16 => same_secret::<SignedUrl>(json, |_| String::new()),
        17 => same_text::<Endpoint>(json),
        18 => same_text::<RedirectUri>(json),
        19 => same_secret::<PendingConsents>(json, what_is_pending),
        20 => same_text::<AccessPeriod>(json),
        21 => same_secret::<Tokens>(json, |_| String::new()),
        22 => same_secret::<Exchanged>(json, |exchanged| {
            serde_json::to_string(&exchanged.comparison).expect("stored")
        }),
        _ => same::<Export>(json),
    }
    if kind % 24 == 19 {
        takes_one_more(json);
    }
});

fn same<T: Serialize + DeserializeOwned>(json: &[u8]) {
    if let Ok(read) = serde_json::from_slice::<T>(json) {
        is_stored_again(&read);
    }
}

/// For what is stored as a string: an error quotes a part of it at most.
fn same_text<T: Serialize + DeserializeOwned>(json: &[u8]) {
    match serde_json::from_slice::<T>(json) {
        Ok(read) => is_stored_again(&read),
        Err(error) => assert_readable(&error.to_string()),
    }
}

/// For what holds secrets. `shown` returns what `Debug` may show.
fn same_secret<T: Debug + Serialize + DeserializeOwned>(json: &[u8], shown: fn(&T) -> String) {
    match serde_json::from_slice::<T>(json) {
        Ok(read) => {
            is_stored_again(&read);
            // An app that stores a secret as a scope or an issuer does not keep it as a secret.
            if !SECRETS.stand_in(&shown(&read)) {
                SECRETS.assert_hidden_by_debug(&read);
            }
        }
        Err(error) => SECRETS.assert_hidden_by(&error),
    }
}

fn is_stored_again<T: Serialize + DeserializeOwned>(read: &T) {
    let stored = serde_json::to_string(read).expect("stored");
    let again: T = serde_json::from_str(&stored).expect("read back");
    assert_eq!(serde_json::to_string(&again).expect("stored again"), stored);
}

/// Pending consents as stored, without their secrets.
fn what_is_pending(pending: &PendingConsents) -> String {
    let mut stored = serde_json::to_value(pending).expect("stored");
    for consent in stored.as_array_mut().expect("a list") {
        let consent = consent.as_object_mut().expect("a consent");
        let secrets = ["state", "code_verifier"].map(|name| consent.remove(name));
        assert!(secrets.iter().flatten().all(Value::is_string));
    }
    stored.to_string()
}

/// Whatever is stored, another consent can be added and completed, and no more than the limit are
/// kept.
fn takes_one_more(json: &[u8]) {
    let Ok(mut pending) = serde_json::from_slice::<PendingConsents>(json) else {
        return;
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    pending.insert(consent(now), now);
    let count = pending.len();
    assert!((1..=PendingConsents::MAX).contains(&count), "{count}");
    let query = format!("state={STATE}&code=4%2F0");
    let response = pending.complete(&query, now).expect("a response");
    assert_eq!(response.code_verifier().secret(), VERIFIER);
    assert_eq!(pending.len(), count - 1);
}

fn consent(now: SystemTime) -> PendingConsent {
    let redirect_uri = "https://app.example.com/callback".parse();
    let consent = ConsentRequest::new(
        ClientId::new("1234.apps.googleusercontent.com".into()),
        redirect_uri.expect("a redirect URI"),
        ScopeSet::from_resources(&[Resource::YoutubeClips]),
    );
    let consent = consent.authorize_url_with(
        CsrfToken::new(STATE.into()),
        PkceCodeVerifier::new(VERIFIER.into()),
        now,
    );
    let consent = consent.expect("a request").expect("something to ask for");
    consent.pending
}
