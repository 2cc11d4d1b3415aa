//! What a callback has to be, so that it completes a consent.

use std::collections::BTreeMap;

use dataportability_scopes::call::{Endpoints, OAuthErrorCode};
use dataportability_scopes::consent::{CallbackError, OAuthClient, PendingConsents};

use super::{
    CALLBACK, CLIPS, CLIPS_AND_HISTORY, CODE, STATE, agreed, client, complete, consent_with, now,
    pending, query, with_newer,
};

#[test]
fn the_response_has_what_the_exchange_needs_with_and_without_a_question_mark() {
    let scopes = with_newer(CLIPS);
    for query in [agreed(STATE), format!("?{}", agreed(STATE))] {
        let response = pending(&scopes).complete(&query, now()).unwrap();
        assert_eq!(response.code().secret(), CODE);
        assert_eq!(response.requested(), &scopes);
    }
}

#[test]
fn the_issuer_may_be_missing_and_must_be_that_of_the_endpoints_if_it_is_there() {
    let endpoints =
        Endpoints { issuer: "https://login.example.com/tenant".into(), ..Endpoints::default() };
    for (google, issuer, other) in [
        (client(), "https://accounts.google.com", "https://accounts.google.com/"),
        (
            client().endpoints(endpoints),
            "https://login.example.com/tenant",
            "https://accounts.google.com",
        ),
    ] {
        let complete = |issuer: &[(&str, &str)]| {
            let mut pending = PendingConsents::default();
            pending.insert(consent_with(google.consent(CLIPS), STATE, now()).pending, now());
            let parameters = [&[("state", STATE), ("code", CODE)], issuer].concat();
            pending.complete(&query(&parameters), now()).err()
        };
        assert_eq!(complete(&[]), None);
        assert_eq!(complete(&[("iss", issuer)]), None);
        for wrong in [other, "accounts.google.com", "https://accounts.example.com"] {
            assert_eq!(complete(&[("iss", wrong)]), Some(CallbackError::WrongIssuer));
        }
        let malformed = |fault| Some(CallbackError::Malformed { parameter: "iss", fault });
        assert_eq!(complete(&[("iss", "")]), malformed("empty"));
        assert_eq!(complete(&[("iss", issuer); 2]), malformed("given more than once"));
    }
}

#[test]
fn parameters_that_are_not_read_are_ignored_and_an_odd_scope_never_burns_the_code() {
    let long = "x".repeat(20_000);
    for more in [
        &[("prompt", "consent"), ("prompt", "consent"), ("authuser", "")][..],
        &[("scope", "a"), ("scope", "b")],
        &[("scope", "")],
        &[("scope", "a  b")],
        &[("scope", "\"")],
        &[("scope", "\u{202E}")],
        &[("scope", &long)],
    ] {
        let response = complete(&[&[("state", STATE), ("code", CODE)], more].concat());
        assert_eq!(response.unwrap().code().secret(), CODE, "{more:?}");
    }
}

#[test]
fn a_callback_that_is_missing_or_repeating_a_parameter_is_refused() {
    let missing = |parameter| CallbackError::Missing { parameter };
    let malformed = |parameter, fault| CallbackError::Malformed { parameter, fault };
    let empty = |parameter| malformed(parameter, "empty");
    let repeated = |parameter| malformed(parameter, "given more than once");
    let too_long = |parameter| malformed(parameter, "too long");
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
    let complete = |query: &str| pending(CLIPS).complete(query, now()).err();
    assert_eq!(complete(&query(64 * 1024)), None);
    assert_eq!(complete(&query(64 * 1024 + 1)), Some(too_long("query")));
    let url = |len| padded(format!("{CALLBACK}?{}#", agreed(STATE)), len);
    let complete = |url: &str| pending(CLIPS).complete_url(url, now()).err();
    assert_eq!(complete(&url(68 * 1024)), None);
    assert_eq!(complete(&url(68 * 1024 + 1)), Some(too_long("URL")));
}

#[test]
fn an_error_is_a_refusal_even_beside_a_code_and_an_undocumented_one_is_not_kept() {
    for (code, error) in [
        ("access_denied", OAuthErrorCode::AccessDenied),
        ("server_error", OAuthErrorCode::ServerError),
        ("ACCESS_DENIED", OAuthErrorCode::Other),
        (STATE, OAuthErrorCode::Other),
    ] {
        let denied = complete(&[("state", STATE), ("code", CODE), ("error", code)]);
        assert_eq!(denied.unwrap_err(), CallbackError::Denied { error });
    }
}

/// Completes a consent with this redirect URI by a callback URL.
fn complete_url(redirect_uri: &str, url: &str) -> Result<(), CallbackError> {
    let mut pending = PendingConsents::default();
    let google = OAuthClient::new("id", redirect_uri.parse().unwrap());
    pending.insert(consent_with(google.consent(CLIPS), STATE, now()).pending, now());
    let result = pending.complete_url(url, now()).map(drop);
    // A URL that is not the redirect URI uses nothing up.
    assert_eq!(pending.len(), usize::from(result.is_err()), "{url}");
    result
}

#[test]
fn the_callback_url_is_the_redirect_uri_with_parameters() {
    for row in include_str!("same_urls.tsv").lines() {
        let (redirect_uri, url) = row.split_once('\t').unwrap();
        for end in ["", "#"] {
            let url = format!("{url}?{}{end}", agreed(STATE));
            assert_eq!(complete_url(redirect_uri, &url), Ok(()), "{url}");
        }
    }
    let registered = format!("{CALLBACK}?tenant=1");
    let url = format!("{registered}&{}", agreed(STATE));
    assert_eq!(complete_url(&registered, &url), Ok(()));
}

#[test]
fn a_callback_url_that_is_not_the_redirect_uri_is_refused() {
    let tail = agreed(STATE);
    let others: BTreeMap<&str, Vec<String>> =
        serde_json::from_str(include_str!("other_urls.json")).unwrap();
    for (part, urls) in others {
        let expected = match part {
            "not a URL" => CallbackError::NotAUrl,
            part => CallbackError::OtherUrl { part },
        };
        for url in urls {
            let error = complete_url(CALLBACK, &format!("{url}?{tail}")).unwrap_err();
            assert_eq!(error, expected, "{url}");
        }
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
