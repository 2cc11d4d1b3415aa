//! A callback completes one pending consent, once.

use std::time::Duration;

use dataportability_scopes::consent::{
    AuthorizationErrorCode, CallbackError, ConsentRequest, PendingConsent, PendingConsents,
};
use dataportability_scopes::oauth2::{CsrfToken, PkceCodeVerifier};

use super::{
    CALLBACK, CLIPS, CLIPS_AND_HISTORY, CODE, STATE, VERIFIER, complete, consent, consent_with,
    now, pending, query, request, seconds, with_unlisted,
};

fn agreed(state: &str) -> String {
    query(&[("state", state), ("code", CODE)])
}

/// A session in which consents with these states began.
fn session(states: &[&str]) -> PendingConsents {
    let mut pending = PendingConsents::default();
    for state in states {
        pending.insert(consent_with(&request(CLIPS), state).pending, now());
    }
    pending
}

#[test]
fn the_response_has_what_the_exchange_needs() {
    let scopes = with_unlisted(CLIPS);
    let response = pending(scopes.clone()).complete(&agreed(STATE), now());
    let response = response.unwrap();
    assert_eq!(response.code().secret(), CODE);
    assert_eq!(response.code_verifier().secret(), VERIFIER);
    assert_eq!(response.redirect_uri().as_str(), CALLBACK);
    assert_eq!(response.requested(), &scopes);
}

#[test]
fn no_more_consents_are_read_back_than_are_kept() {
    let states: Vec<String> = (0..20).map(|index| format!("state{index}")).collect();
    let stored: Vec<_> = states
        .iter()
        .map(|state| serde_json::to_value(session(&[state])).unwrap()[0].clone())
        .collect();
    let mut pending: PendingConsents = serde_json::from_value(stored.into()).unwrap();
    assert_eq!(pending.len(), PendingConsents::MAX);
    assert!(pending.complete(&agreed(&states[11]), now()).is_err());
    assert!(pending.complete(&agreed(&states[12]), now()).is_ok());
}

#[test]
fn two_tabs_both_complete_in_either_order() {
    for order in [["one", "two"], ["two", "one"]] {
        let mut pending = session(&["one", "two"]);
        for (state, left) in order.into_iter().zip([2, 1]) {
            assert_eq!(pending.len(), left);
            assert!(!pending.is_empty());
            assert!(pending.complete(&agreed(state), now()).is_ok());
        }
        assert!(pending.is_empty());
    }
}

#[test]
fn a_forged_state_uses_nothing_up() {
    let mut pending = session(&["one", "two"]);
    for forged in ["x", "on", "onee", "One", "one ", "one\0"] {
        let error = pending.complete(&agreed(forged), now()).unwrap_err();
        assert_eq!(error, CallbackError::UnknownState);
        let denied = query(&[("state", forged), ("error", "access_denied")]);
        let error = pending.complete(&denied, now()).unwrap_err();
        assert_eq!(error, CallbackError::UnknownState);
    }
    assert_eq!(pending.len(), 2);
    assert!(pending.complete(&agreed("one"), now()).is_ok());
    assert!(pending.complete(&agreed("two"), now()).is_ok());
}

#[test]
fn a_replay_is_refused_though_nothing_of_the_completed_consent_is_stored() {
    let mut pending = session(&[STATE]);
    assert!(pending.complete(&agreed(STATE), now()).is_ok());
    assert_eq!(serde_json::to_string(&pending).unwrap(), "[]");
    let replayed = pending.complete(&agreed(STATE), now());
    assert_eq!(replayed.unwrap_err(), CallbackError::UnknownState);
}

#[test]
fn every_callback_with_the_right_state_uses_the_consent_up() {
    for callback in [
        query(&[("state", STATE), ("error", "access_denied")]),
        query(&[("state", STATE)]),
        query(&[
            ("state", STATE),
            ("code", CODE),
            ("iss", "https://x.example"),
        ]),
    ] {
        let mut pending = session(&[STATE]);
        assert!(pending.complete(&callback, now()).is_err());
        let error = pending.complete(&agreed(STATE), now()).unwrap_err();
        assert_eq!(error, CallbackError::UnknownState, "{callback}");
    }
}

#[test]
fn a_malformed_query_uses_nothing_up() {
    let mut pending = session(&[STATE]);
    let repeated = query(&[("state", STATE), ("code", CODE), ("code", CODE)]);
    assert!(pending.complete(&repeated, now()).is_err());
    assert!(pending.complete(&agreed(STATE), now()).is_ok());
}

#[test]
fn the_number_is_bounded_and_the_oldest_goes() {
    let states: Vec<String> = (0..=PendingConsents::MAX)
        .map(|it| it.to_string())
        .collect();
    let states: Vec<&str> = states.iter().map(String::as_str).collect();
    let mut pending = session(&states);
    assert_eq!(pending.len(), PendingConsents::MAX);
    let oldest = pending.complete(&agreed(states[0]), now());
    assert_eq!(oldest.unwrap_err(), CallbackError::UnknownState);
    for state in &states[1..] {
        assert!(pending.complete(&agreed(state), now()).is_ok());
    }
}

#[test]
fn the_user_has_the_lifetime_and_no_longer() {
    let at = |age| pending(CLIPS).complete(&agreed(STATE), now() + age);
    assert!(at(seconds(0)).is_ok());
    assert!(at(PendingConsent::LIFETIME).is_ok());
    let late = PendingConsent::LIFETIME + Duration::from_nanos(1);
    assert_eq!(at(late).unwrap_err(), CallbackError::Expired);
}

#[test]
fn expired_ones_go_also_if_the_clock_was_set_back() {
    let late = seconds(601);
    for later in [now() + late, now() - late] {
        let mut pending = session(&["one", "two"]);
        pending.insert(fresh("three", later), later);
        assert_eq!(pending.len(), 1);
        assert!(pending.complete(&agreed("three"), later).is_ok());

        let mut pending = session(&["one", "two"]);
        let expired = pending.complete(&agreed("one"), later);
        assert_eq!(expired.unwrap_err(), CallbackError::Expired);
        assert!(pending.is_empty());
    }
    let mut pending = session(&["one"]);
    assert!(
        pending
            .complete(&agreed("one"), now() - seconds(600))
            .is_ok()
    );
}

fn fresh(state: &str, time: std::time::SystemTime) -> PendingConsent {
    let verifier = PkceCodeVerifier::new(VERIFIER.into());
    let consent = request(CLIPS).authorize_url_with(CsrfToken::new(state.into()), verifier, time);
    consent.unwrap().unwrap().pending
}

#[test]
fn pending_consents_survive_a_session_store_as_strings() {
    let mut pending = PendingConsents::default();
    pending.insert(consent(&request(with_unlisted(CLIPS))).pending, now());
    pending.insert(consent_with(&request(CLIPS), "another").pending, now());
    let stored = serde_json::to_value(&pending).unwrap();
    assert_eq!(
        stored[0],
        serde_json::json!({
            "state": STATE,
            "code_verifier": VERIFIER,
            "redirect_uri": CALLBACK,
            "requested": {
                "scopes": CLIPS.to_string(),
                "unlisted": [super::UNLISTED],
            },
            "issuer": "https://accounts.google.com",
            "since": "2025-10-09T08:53:20Z",
        })
    );
    let mut pending: PendingConsents = serde_json::from_value(stored).unwrap();
    assert!(pending.complete(&agreed("another"), now()).is_ok());
    let response = pending.complete(&agreed(STATE), now()).unwrap();
    assert_eq!(response.requested(), &with_unlisted(CLIPS));
    assert_eq!(response.code_verifier().secret(), VERIFIER);
}

#[test]
fn a_stored_time_reads_back_to_the_nanosecond() {
    let time = now() + Duration::from_nanos(123_456_789);
    let stored = serde_json::to_value(fresh("x", time)).unwrap();
    assert_eq!(stored["since"], "2025-10-09T08:53:20.123456789Z");
    let read: PendingConsent = serde_json::from_value(stored).unwrap();
    assert!(!read.is_expired(time + PendingConsent::LIFETIME));
    assert!(read.is_expired(time + PendingConsent::LIFETIME + Duration::from_nanos(1)));
}

#[test]
fn a_time_that_rfc_3339_cannot_write_is_an_error_and_never_a_panic() {
    for time in [
        std::time::SystemTime::UNIX_EPOCH - seconds(1),
        std::time::SystemTime::UNIX_EPOCH + seconds(253_402_300_800),
    ] {
        let error = serde_json::to_string(&fresh("x", time)).unwrap_err();
        assert_eq!(error.to_string(), "a time must be from 1970 to 9999");
    }
    let mut stored = serde_json::to_value(fresh("x", now())).unwrap();
    stored["since"] = "yesterday".into();
    let error = serde_json::from_value::<PendingConsent>(stored).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a pending consent as stored by this crate: the value is not shown, since it may contain secrets"
    );
}

#[test]
fn the_issuer_may_be_missing_and_must_be_the_expected_one_if_it_is_there() {
    let with = |issuer: &str| complete(&[("state", STATE), ("code", CODE), ("iss", issuer)]);
    assert!(with("https://accounts.google.com").is_ok());
    for other in [
        "https://accounts.google.com/",
        "http://accounts.google.com",
        "accounts.google.com",
        "https://accounts.example.com",
    ] {
        assert_eq!(with(other).unwrap_err(), CallbackError::WrongIssuer);
    }
    assert_eq!(
        with("").unwrap_err(),
        CallbackError::Empty { parameter: "iss" }
    );
    let issuer = ("iss", "https://accounts.google.com");
    assert_eq!(
        complete(&[("state", STATE), ("code", CODE), issuer, issuer]).unwrap_err(),
        CallbackError::Repeated { parameter: "iss" }
    );
}

#[test]
fn the_issuer_of_another_endpoint_is_its_origin_or_what_the_caller_sets() {
    let endpoint = "https://login.example.com:8443/tenant/authorize";
    let request = request(CLIPS).endpoint(endpoint.parse().unwrap());
    let is_accepted = |request: &ConsentRequest, issuer| {
        let mut pending = PendingConsents::default();
        pending.insert(consent(request).pending, now());
        let query = query(&[("state", STATE), ("code", CODE), ("iss", issuer)]);
        pending.complete(&query, now()).is_ok()
    };
    assert!(is_accepted(&request, "https://login.example.com:8443"));
    assert!(!is_accepted(&request, "https://accounts.google.com"));
    let request = request.issuer("https://login.example.com/tenant");
    assert!(is_accepted(&request, "https://login.example.com/tenant"));
    assert!(!is_accepted(&request, "https://login.example.com:8443"));
}

#[test]
fn parameters_that_are_not_read_are_ignored() {
    let response = complete(&[
        ("state", STATE),
        ("prompt", "consent"),
        ("prompt", "consent"),
        ("authuser", ""),
        ("code", CODE),
    ]);
    assert!(response.is_ok());
}

#[test]
fn a_malformed_scope_never_burns_the_code() {
    let long = "x".repeat(20_000);
    for scope in ["", "a  b", " ", "\"", "é", "\u{202E}", &long] {
        let response = complete(&[("state", STATE), ("code", CODE), ("scope", scope)]);
        assert_eq!(response.unwrap().code().secret(), CODE, "{scope}");
    }
    let twice = [("scope", "a"), ("scope", "b")];
    assert!(complete(&[("state", STATE), ("code", CODE), twice[0], twice[1]]).is_ok());
}

#[test]
fn a_callback_that_is_missing_or_repeating_a_parameter_is_refused() {
    let missing = |parameter| CallbackError::Missing { parameter };
    let empty = |parameter| CallbackError::Empty { parameter };
    let repeated = |parameter| CallbackError::Repeated { parameter };
    let too_long = |parameter| CallbackError::TooLong { parameter };
    let long = "x".repeat(16 * 1024 + 1);
    let (state, code, error) = (("state", STATE), ("code", CODE), ("error", "access_denied"));
    for (parameters, expected) in [
        (vec![], missing("state")),
        (vec![code], missing("state")),
        (vec![state], missing("code")),
        (vec![("state", ""), code], empty("state")),
        (vec![state, ("code", "")], empty("code")),
        (vec![state, ("error", "")], empty("error")),
        (vec![state, state, code], repeated("state")),
        (vec![state, code, code], repeated("code")),
        (vec![state, error, error], repeated("error")),
        (vec![("state", &long), code], too_long("state")),
        (vec![state, ("code", &long)], too_long("code")),
        (vec![state, ("error", &long)], too_long("error")),
    ] {
        assert_eq!(complete(&parameters).unwrap_err(), expected);
    }
    let longest = "x".repeat(16 * 1024);
    assert!(complete(&[state, ("code", &longest)]).is_ok());
    let padded = |text: String, len: usize| text.clone() + &"x".repeat(len - text.len());
    let query = |len| padded(format!("{}&more=", agreed(STATE)), len);
    let complete = |query: &str| pending(CLIPS).complete(query, now());
    assert!(complete(&query(64 * 1024)).is_ok());
    assert_eq!(
        complete(&query(64 * 1024 + 1)).unwrap_err(),
        too_long("query")
    );
    let url = |len| padded(format!("{CALLBACK}?{}#", agreed(STATE)), len);
    let complete = |url: &str| pending(CLIPS).complete_url(url, now());
    assert!(complete(&url(68 * 1024)).is_ok());
    assert_eq!(complete(&url(68 * 1024 + 1)).unwrap_err(), too_long("URL"));
}

#[test]
fn a_code_beside_an_error_is_no_consent() {
    let both = complete(&[("state", STATE), ("code", CODE), ("error", "access_denied")]);
    let error = AuthorizationErrorCode::AccessDenied;
    assert_eq!(both.unwrap_err(), CallbackError::Denied { error });
}

#[test]
fn every_documented_error_code_is_told_apart_and_has_a_remedy() {
    use AuthorizationErrorCode as Code;
    let remedy_of = |code: &str| {
        let error = complete(&[("state", STATE), ("error", code)]).unwrap_err();
        let text = error.to_string();
        let CallbackError::Denied { error } = error else {
            panic!("{text}");
        };
        assert_eq!(error.to_string(), error.as_str());
        let prefix = format!("the consent was denied with {error}: ");
        (error, text.strip_prefix(&prefix).unwrap().to_owned())
    };
    let no_prompt = "ask without prompt=none";
    let console = "check the OAuth client in the Google Cloud console";
    for (text, code, remedy) in [
        (
            "access_denied",
            Code::AccessDenied,
            "go on without it, or offer to ask again",
        ),
        (
            "account_selection_required",
            Code::AccountSelectionRequired,
            no_prompt,
        ),
        (
            "admin_policy_enforced",
            Code::AdminPolicyEnforced,
            "the administrator of the account must allow the app",
        ),
        ("consent_required", Code::ConsentRequired, no_prompt),
        ("interaction_required", Code::InteractionRequired, no_prompt),
        (
            "invalid_request",
            Code::InvalidRequest,
            "leave out what the user has already granted; if its tokens are lost, the user must remove the app's access at https://myaccount.google.com/connections",
        ),
        (
            "invalid_scope",
            Code::InvalidScope,
            "check the scopes against Google's present list",
        ),
        ("login_required", Code::LoginRequired, no_prompt),
        (
            "org_internal",
            Code::OrgInternal,
            "the user needs an account of the app's organisation",
        ),
        ("server_error", Code::ServerError, "try again later"),
        (
            "temporarily_unavailable",
            Code::TemporarilyUnavailable,
            "try again later",
        ),
        ("unauthorized_client", Code::UnauthorizedClient, console),
        (
            "unsupported_response_type",
            Code::UnsupportedResponseType,
            console,
        ),
    ] {
        assert_eq!(remedy_of(text), (code, remedy.to_owned()));
        assert_eq!(code.as_str(), text);
    }
    let other = (
        Code::Other,
        "see the parameters error and error_description of the callback".to_owned(),
    );
    for undocumented in ["odd", "ACCESS_DENIED", STATE, CODE] {
        assert_eq!(remedy_of(undocumented), other);
    }
    assert_eq!(Code::Other.as_str(), "other");
}

#[test]
fn the_errors_say_what_is_wrong_word_for_word() {
    let parameter = "code";
    for (error, words) in [
        (
            CallbackError::NotAUrl,
            "the callback is not a whole URL: give it as the browser requested it, with scheme and host",
        ),
        (
            CallbackError::OtherUrl { part: "path" },
            "the path of the callback differs from the redirect URI: give the URL as the browser requested it",
        ),
        (
            CallbackError::Missing { parameter },
            "the callback has no parameter code: send the user to a new consent",
        ),
        (
            CallbackError::Empty { parameter },
            "the callback has an empty parameter code: send the user to a new consent",
        ),
        (
            CallbackError::Repeated { parameter },
            "the callback has the parameter code more than once: send the user to a new consent",
        ),
        (
            CallbackError::TooLong { parameter },
            "the code of the callback is too long: send the user to a new consent",
        ),
        (
            CallbackError::UnknownState,
            "no consent is pending for the state of the callback: send the user to a new consent",
        ),
        (
            CallbackError::WrongIssuer,
            "the callback names an issuer other than the one that was asked: send the user to a new consent",
        ),
        (
            CallbackError::Expired,
            "the consent was started more than ten minutes ago: send the user to a new consent",
        ),
    ] {
        assert_eq!(error.to_string(), words);
    }
    assert_eq!(PendingConsent::LIFETIME, seconds(600));
}

/// Completes a consent with this redirect URI by a callback URL.
fn complete_url(redirect_uri: &str, url: &str) -> Result<(), CallbackError> {
    let mut pending = PendingConsents::default();
    let request = ConsentRequest::new(
        dataportability_scopes::oauth2::ClientId::new("id".into()),
        redirect_uri.parse().unwrap(),
        CLIPS,
    )
    .revision(super::REVISION);
    pending.insert(consent(&request).pending, now());
    let result = pending.complete_url(url, now()).map(drop);
    // A URL that is not the redirect URI uses nothing up.
    let is_refused = matches!(result, Err(CallbackError::OtherUrl { .. }));
    assert_eq!(pending.len(), usize::from(result.is_err()), "{url}");
    assert!(result.is_ok() || is_refused || matches!(result, Err(CallbackError::NotAUrl)));
    result
}

#[test]
fn the_callback_url_is_the_redirect_uri_with_parameters() {
    let tail = agreed(STATE);
    for (redirect_uri, url) in [
        (CALLBACK, format!("{CALLBACK}?{tail}")),
        (CALLBACK, format!("{CALLBACK}?{tail}#")),
        (CALLBACK, format!("HTTPS://APP.EXAMPLE.COM/callback?{tail}")),
        (
            CALLBACK,
            format!("https://app.example.com:443/callback?{tail}"),
        ),
        (
            "https://APP.example.com:443/A",
            format!("https://app.example.com/A?{tail}"),
        ),
        (
            "https://app.example.com",
            format!("https://app.example.com/?{tail}"),
        ),
        (
            "https://app.example.com/",
            format!("https://app.example.com?{tail}"),
        ),
        (
            "http://localhost:8080/c",
            format!("http://localhost:8080/c?{tail}"),
        ),
        (
            "http://127.0.0.1/c",
            format!("http://127.0.0.1:80/c?{tail}"),
        ),
        ("http://[::1]:8080/c", format!("http://[::1]:8080/c?{tail}")),
        (
            "https://app.example.com/c?tenant=1",
            format!("https://app.example.com/c?tenant=1&{tail}"),
        ),
    ] {
        assert_eq!(complete_url(redirect_uri, &url), Ok(()), "{url}");
    }
}

#[test]
fn a_callback_url_that_is_not_the_redirect_uri_is_refused() {
    let tail = agreed(STATE);
    let origin = "scheme, host or port";
    for (base, part) in [
        ("https://app.example.org/callback", origin),
        ("https://app.example.com.evil.example/callback", origin),
        ("https://app.example.com:8443/callback", origin),
        ("http://app.example.com/callback", origin),
        ("https://app.example.com:80/callback", origin),
        ("https://user@app.example.com/callback", origin),
        ("https://app.example.com./callback", origin),
        ("https://app.example.com\\callback", origin),
        ("https://app.example.com\\/callback", origin),
        ("https://app.exam\tple.com/callback", origin),
        ("https://ａpp.example.com/callback", origin),
        ("https://app.example.com/", "path"),
        ("https://app.example.com/Callback", "path"),
        ("https://app.example.com/callback/", "path"),
        ("https://app.example.com/x/../callback", "path"),
        ("https://app.example.com/./callback", "path"),
        ("https://app.example.com/%63allback", "path"),
        ("https://app.example.com/call\tback", "path"),
        ("https://app.example.com\u{2028}/callback", origin),
    ] {
        let error = complete_url(CALLBACK, &format!("{base}?{tail}")).unwrap_err();
        assert_eq!(error, CallbackError::OtherUrl { part }, "{base}");
    }
    for url in [
        "/callback?state=x&scope=https://www.googleapis.com/auth/dataportability.youtube.clips",
        "1https://app.example.com/callback?state=x",
        "/callback",
        "app.example.com/callback",
        "https:app.example.com/callback",
        "https:///callback",
        "://app.example.com/callback",
        " https://app.example.com/callback",
        "",
    ] {
        let error = complete_url(CALLBACK, &format!("{url}?{tail}")).unwrap_err();
        assert_eq!(error, CallbackError::NotAUrl, "{url}");
    }
    for query in [
        tail.clone(),
        format!("tenant=2&{tail}"),
        format!("tenant=10&{tail}"),
        format!("tenant=%31&{tail}"),
        format!("{tail}&tenant=1"),
        format!("Tenant=1&{tail}"),
    ] {
        let registered = format!("{CALLBACK}?tenant=1");
        let error = complete_url(&registered, &format!("{CALLBACK}?{query}")).unwrap_err();
        assert_eq!(error, CallbackError::OtherUrl { part: "query" }, "{query}");
    }
}

proptest::proptest! {
    #[test]
    fn no_callback_is_a_panic_and_none_is_accepted_without_state_and_code(
        text in ".*",
        query in "([a-z]{0,5}=?[ -~]{0,9}&?){0,6}",
    ) {
        for text in [&text, &query] {
            let mut pending = pending(CLIPS_AND_HISTORY);
            proptest::prop_assert!(pending.complete(text, now()).is_err());
            proptest::prop_assert!(pending.complete_url(text, now()).is_err());
            let url = format!("{CALLBACK}?{text}");
            proptest::prop_assert!(pending.complete_url(&url, now()).is_err());
            proptest::prop_assert!(pending.complete(&agreed(STATE), now()).is_ok());
        }
    }
}
