//! The pending consents of a session: found by `state`, each completed once.

use std::time::Duration;

use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet};
use dataportability_scopes::consent::{
    CallbackError, OAuthClient, PendingConsent, PendingConsents,
};
use serde_json::json;

use super::{
    CALLBACK, CLIPS, CODE, STATE, VERIFIER, agreed, client, consent, consent_with, now, pending,
    query, seconds, with_newer,
};
use crate::known::NEWER;

fn began(state: &str, time: std::time::SystemTime) -> PendingConsent {
    consent_with(client().consent(CLIPS), state, time).pending
}

/// A session in which consents with these states began.
fn session(states: &[&str]) -> PendingConsents {
    let mut pending = PendingConsents::default();
    for state in states {
        pending.insert(began(state, now()), now());
    }
    pending
}

#[test]
fn two_tabs_both_complete_in_either_order_and_each_once() {
    for order in [["one", "two"], ["two", "one"]] {
        let mut pending = session(&["one", "two"]);
        for (state, left) in order.into_iter().zip([2, 1]) {
            assert_eq!((pending.len(), pending.is_empty()), (left, false));
            assert!(pending.complete(&agreed(state), now()).is_ok());
            let replayed = pending.complete(&agreed(state), now()).unwrap_err();
            assert_eq!(replayed, CallbackError::UnknownState);
        }
        assert!(pending.is_empty());
        assert_eq!(json!(pending), json!([]));
    }
}

#[test]
fn a_forged_state_uses_nothing_up() {
    let mut pending = session(&["one", "two"]);
    for forged in ["x", "on", "onee", "One", "one ", "one\0"] {
        let denied = query(&[("state", forged), ("error", "access_denied")]);
        for callback in [agreed(forged), denied] {
            let error = pending.complete(&callback, now()).unwrap_err();
            assert_eq!(error, CallbackError::UnknownState);
        }
    }
    assert!(pending.complete(&agreed("one"), now()).is_ok());
    assert!(pending.complete(&agreed("two"), now()).is_ok());
}

#[test]
fn every_callback_with_the_right_state_uses_the_consent_up_and_a_malformed_one_does_not() {
    let (state, code) = (("state", STATE), ("code", CODE));
    for (parameters, is_used_up) in [
        (&[state, ("error", "access_denied")][..], true),
        (&[state], true),
        (&[state, code, ("iss", "https://x.example")], true),
        (&[state, code, code], false),
    ] {
        let mut pending = session(&[STATE]);
        assert!(pending.complete(&query(parameters), now()).is_err());
        assert_eq!(pending.complete(&agreed(STATE), now()).is_err(), is_used_up);
    }
}

#[test]
fn the_number_is_bounded_and_the_oldest_goes_also_when_it_is_read_back() {
    let states: Vec<String> = (0..20).map(|it| format!("state{it}")).collect();
    let states: Vec<&str> = states.iter().map(String::as_str).collect();
    let kept = states.len() - 8;
    let of_each = states.iter().map(|state| json!(began(state, now())));
    let stored = serde_json::from_value(of_each.collect()).unwrap();
    for mut pending in [session(&states), stored] {
        assert_eq!(pending.len(), 8);
        for (index, state) in states.iter().enumerate() {
            let completed = pending.complete(&agreed(state), now());
            assert_eq!(completed.is_ok(), index >= kept);
        }
    }
}

#[test]
fn the_user_has_ten_minutes_and_no_longer() {
    let at = |age| pending(CLIPS).complete(&agreed(STATE), now() + age);
    assert_eq!(PendingConsent::LIFETIME, seconds(600));
    assert!(at(seconds(0)).is_ok() && at(seconds(600)).is_ok());
    let late = seconds(600) + Duration::from_nanos(1);
    assert_eq!(at(late).unwrap_err(), CallbackError::Expired);
}

#[test]
fn expired_ones_go_also_if_the_clock_was_set_back() {
    for later in [now() + seconds(601), now() - seconds(601)] {
        let mut pending = session(&["one", "two"]);
        pending.insert(began("three", later), later);
        assert_eq!(pending.len(), 1);
        assert!(pending.complete(&agreed("three"), later).is_ok());

        let mut pending = session(&["one", "two"]);
        let expired = pending.complete(&agreed("one"), later);
        assert_eq!(expired.unwrap_err(), CallbackError::Expired);
        assert!(pending.is_empty());
    }
    let back = now() - seconds(600);
    assert!(session(&["one"]).complete(&agreed("one"), back).is_ok());
}

#[test]
fn they_survive_a_session_store_as_short_strings() {
    let mut pending = pending(with_newer(CLIPS));
    pending.insert(began("another", now() + Duration::from_nanos(5)), now());
    let stored = json!(pending);
    assert_eq!(
        stored[0],
        json!({
            "state": STATE,
            "code_verifier": VERIFIER,
            "redirect_uri": CALLBACK,
            "requested": format!("youtube.clips {NEWER}"),
            "issuer": "https://accounts.google.com",
            "since": "2025-10-09T08:53:20Z",
        })
    );
    let binary = postcard::to_allocvec(&pending).unwrap();
    let from_binary: PendingConsents = postcard::from_bytes(&binary).unwrap();
    let from_json: PendingConsents = serde_json::from_value(stored.clone()).unwrap();
    for mut read in [from_binary, from_json, pending.clone()] {
        assert_eq!(json!(read), stored);
        assert!(read.complete(&agreed("another"), now()).is_ok());
        let response = read.complete(&agreed(STATE), now()).unwrap();
        assert_eq!(response.requested(), &with_newer(CLIPS));
    }
}

#[test]
fn a_time_that_rfc_3339_cannot_write_is_an_error_and_never_a_panic() {
    for time in [crate::fixtures::at(0) - seconds(1), crate::fixtures::at(253_402_300_800)] {
        let error = serde_json::to_string(&began("x", time)).unwrap_err();
        assert_eq!(error.to_string(), "a time must be from 1970 to 9999");
    }
    let mut stored = json!(pending(CLIPS));
    stored[0]["since"] = json!("yesterday");
    assert!(serde_json::from_value::<PendingConsents>(stored).is_err());
}

/// Sealing adds a nonce of 12 bytes and a tag of 16, and base64 makes four characters of three.
#[test]
fn a_sealed_cookie_of_4096_bytes_holds_three_tabs_with_twenty_scopes_each() {
    let client_id = "123456789012-abcdefghijklmnopqrstuvwxyz012345.apps.googleusercontent.com";
    let redirect_uri = "https://import.example-company.com/settings/google/callback";
    let google = OAuthClient::new(client_id, redirect_uri.parse().unwrap());
    let all: Vec<Resource> = Revision::R2026_07_19.scopes().iter().map(Scope::resource).collect();
    let mut pending = PendingConsents::default();
    for tab in 0..3 {
        let twenty: ScopeSet = all.iter().copied().skip(tab * 20).take(20).collect();
        let request = google.consent(twenty).revision(Revision::R2026_07_19);
        pending.insert(request.authorize_url(now()).unwrap().unwrap().pending, now());
    }
    let stored = serde_json::to_vec(&pending).unwrap();
    let sealed = (stored.len() + 12 + 16).div_ceil(3) * 4;
    assert!(sealed + "__Host-pending=".len() <= 4096, "{sealed}");
}

#[test]
fn a_pending_consent_is_cloned_whole() {
    let consent = consent(with_newer(CLIPS)).pending;
    assert_eq!(json!(consent.clone()), json!(consent));
}
