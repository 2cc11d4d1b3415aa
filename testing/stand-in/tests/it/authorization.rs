//! What the authorization endpoint takes and refuses.

use std::collections::BTreeSet;

use stand_in::{Access, Config, Granted, Rule};

use crate::app::{
    ADA, App, CALLBACK, DAY, GRACE, STATE, authorization_request, authorization_url, config,
    decision, parameters, resources, scope, url,
};

/// The error and reason of the page that is shown for a request with changed parameters.
fn refusal(app: &mut App, changes: &[(&'static str, &str)]) -> (String, String) {
    let mut request = authorization_request(&["myactivity.search"]);
    for (name, value) in changes {
        request.retain(|(it, _)| it != name);
        if !value.is_empty() {
            request.push((name, (*value).to_owned()));
        }
    }
    let decision = decision(ADA, Granted::All, Access::OneTime);
    let error = app.google.decide(&url(&request), &decision, app.now).unwrap_err();
    (error.error, error.reason)
}

#[test]
fn every_scope_can_be_requested_alone_and_all_of_them_together() {
    let groups: Vec<String> = resources().into_iter().map(|it| it.group).collect();
    assert_eq!(groups.len(), 66);
    let mut app = App::new();
    for group in &groups {
        let callback = app.decide(&authorization_url(&[group]), ADA, Access::OneTime);
        assert_eq!(parameters(&callback)["scope"], scope(group));
    }
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let callback = app.decide(&authorization_url(&groups), GRACE, Access::OneTime);
    assert_eq!(parameters(&callback)["scope"].split(' ').count(), 66);
    assert!(app.google.audit().is_clean());
}

#[test]
fn the_callback_has_code_state_scope_and_issuer() {
    let mut app = App::new();
    let url = authorization_url(&["myactivity.search"]);
    let callback = app.decide(&url, ADA, Access::OneTime);
    assert!(callback.starts_with(&format!("{CALLBACK}?")));
    let parameters = parameters(&callback);
    assert!(parameters["code"].starts_with("4/0A"));
    assert_eq!(parameters["state"], STATE);
    assert_eq!(parameters["scope"], scope("myactivity.search"));
    assert_eq!(parameters["iss"], "https://accounts.google.com");
}

#[test]
fn a_user_can_grant_a_part_and_decline() {
    let mut app = App::new();
    let url = authorization_url(&["myactivity.search", "myactivity.maps"]);
    let unrequested = [scope("chrome.history")];
    for nothing in [Granted::None, Granted::Scopes(unrequested.into())] {
        let decision = decision(ADA, nothing, Access::OneTime);
        let callback = app.google.decide(&url, &decision, app.now).unwrap();
        let parameters = parameters(&callback);
        assert_eq!(parameters["error"], "access_denied");
        assert_eq!(parameters["state"], STATE);
        assert!(!parameters.contains_key("code"));
    }
    let part = BTreeSet::from([scope("myactivity.maps"), scope("chrome.history")]);
    let decision = decision(ADA, Granted::Scopes(part), Access::OneTime);
    let callback = app.google.decide(&url, &decision, app.now).unwrap();
    assert_eq!(parameters(&callback)["scope"], scope("myactivity.maps"));
    assert_eq!(app.google.audit().accounts[ADA].consents, 1);
}

#[test]
fn a_scope_of_another_api_cannot_be_mixed_in() {
    let mut app = App::new();
    for other in ["openid", "email", "https://www.googleapis.com/auth/drive"] {
        let mixed = format!("{} {other}", scope("myactivity.search"));
        let (error, _) = refusal(&mut app, &[("scope", &mixed)]);
        assert_eq!(error, "invalid_request", "{other}");
    }
    assert_eq!(app.broken(Rule::MixedScopes), 3);
}

#[test]
fn one_unknown_scope_sinks_the_request() {
    let mut app = App::new();
    let good = scope("myactivity.search");
    for bad in [
        format!("{good}/"),
        scope("youtube.watch_history"),
        // Withdrawn, or not listed yet.
        scope("maps.post_trip_feedback"),
        scope("nest.user"),
        scope(""),
        scope("Myactivity.search"),
    ] {
        let (error, reason) = refusal(&mut app, &[("scope", &format!("{good} {bad}"))]);
        assert_eq!(error, "invalid_scope", "{bad}");
        assert_eq!(reason, format!("Some requested scopes were invalid: [{bad:?}]"));
    }
    assert_eq!(app.broken(Rule::UnknownScope), 6);
}

#[test]
fn incremental_authorization_is_refused() {
    let mut app = App::new();
    let refused = refusal(&mut app, &[("include_granted_scopes", "true")]);
    let incremental = (
        "invalid_request".to_owned(),
        "Incremental auth is not allowed for the requested scopes".to_owned(),
    );
    assert_eq!(refused, incremental);
    assert_eq!(app.broken(Rule::IncrementalAuthorization), 1);

    app.decide(&authorization_url(&["myactivity.search", "chrome.history"]), ADA, Access::OneTime);
    assert_eq!(refusal(&mut app, &[]), incremental);
    assert_eq!(app.google.audit().accounts[ADA].of(Rule::AlreadyGranted), 1);

    // What is missing can be asked for, and another account has granted nothing.
    app.decide(&authorization_url(&["myactivity.maps"]), ADA, Access::OneTime);
    app.decide(&authorization_url(&["myactivity.search"]), GRACE, Access::OneTime);
}

#[test]
fn granted_scopes_count_for_all_clients_of_a_project() {
    let mut config = config();
    let mut second = config.clients[0].clone();
    second.id = "second".to_owned();
    let mut foreign = second.clone();
    foreign.id = "foreign".to_owned();
    foreign.project = "1".to_owned();
    config.clients.extend([second, foreign]);
    let mut app = App::with(config);
    app.decide(&authorization_url(&["myactivity.search"]), ADA, Access::OneTime);
    let (error, _) = refusal(&mut app, &[("client_id", "second")]);
    assert_eq!(error, "invalid_request");
    let mut request = authorization_request(&["myactivity.search"]);
    request[1].1 = "foreign".to_owned();
    app.decide(&url(&request), ADA, Access::OneTime);
}

#[test]
fn removed_access_can_be_asked_for_again() {
    let mut app = App::new();
    let url = authorization_url(&["myactivity.search"]);
    app.decide(&url, ADA, Access::OneTime);
    app.google.remove_access(ADA, "1234567890");
    app.decide(&url, ADA, Access::OneTime);
}

#[test]
fn time_based_access_ends_after_its_days() {
    for (access, days) in [(Access::Days30, 30), (Access::Days180, 180)] {
        let mut app = App::new();
        let url = authorization_url(&["myactivity.search"]);
        app.decide(&url, ADA, access);
        let given_at = app.now;
        app.now = given_at + DAY * days - DAY / 24;
        assert_eq!(refusal(&mut app, &[]).0, "invalid_request");
        app.now = given_at + DAY * days;
        app.decide(&url, ADA, access);
    }
}

#[test]
fn a_malformed_request_is_refused() {
    let mut app = App::new();
    for (changes, error, reason) in [
        (
            [("client_id", "")].as_slice(),
            "invalid_request",
            "Required parameter is missing: client_id",
        ),
        (&[("scope", "")], "invalid_request", "Required parameter is missing: scope"),
        (&[("client_id", "other")], "invalid_client", "The OAuth client was not found."),
        (
            &[("redirect_uri", "https://app.example/callback/")],
            "redirect_uri_mismatch",
            "\"https://app.example/callback/\" is not a redirect URI that the client has \
             registered.",
        ),
        (
            &[("response_type", "token")],
            "unsupported_response_type",
            "Only response_type=code is supported.",
        ),
        (&[("access_type", "always")], "invalid_request", "Invalid access_type: \"always\""),
        (
            &[("prompt", "none consent")],
            "invalid_request",
            "Invalid prompt: it is none, or consent and select_account.",
        ),
        (&[("code_challenge_method", "S512")], "invalid_request", "Invalid code_challenge_method."),
        (&[("code_challenge", "short")], "invalid_request", "Invalid code_challenge."),
    ] {
        let refused = refusal(&mut app, changes);
        assert_eq!(refused, (error.to_owned(), reason.to_owned()));
    }
    assert_eq!(app.broken(Rule::RedirectUriMismatch), 1);
    assert_eq!(app.broken(Rule::InvalidGrant), 8);

    let twice = format!("{}&state=x", authorization_url(&["myactivity.search"]));
    let decision = decision(ADA, Granted::All, Access::OneTime);
    let error = app.google.decide(&twice, &decision, app.now).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Error 400: invalid_request. OAuth 2 parameters can only have a single value: \"state\""
    );
}

#[test]
fn a_url_that_is_too_long_is_refused() {
    let length = authorization_url(&["myactivity.search"]).len() - "http://127.0.0.1:8090".len();
    for (max_url_length, is_refused) in [(length, false), (length - 1, true)] {
        let mut app = App::with(Config { max_url_length, ..config() });
        let decision = decision(ADA, Granted::All, Access::OneTime);
        let url = authorization_url(&["myactivity.search"]);
        let decided = app.google.decide(&url, &decision, app.now);
        assert_eq!(decided.is_err(), is_refused);
        assert_eq!(app.broken(Rule::UrlTooLong), u64::from(is_refused));
    }
}

#[test]
fn a_request_without_state_or_pkce_is_allowed_and_remarked() {
    let mut app = App::new();
    let mut request = authorization_request(&["myactivity.search"]);
    request.retain(|(name, _)| !name.starts_with("code_challenge") && *name != "state");
    let callback = app.decide(&url(&request), ADA, Access::OneTime);
    assert!(!parameters(&callback).contains_key("state"));
    assert_eq!(app.broken(Rule::MissingState), 1);
    assert_eq!(app.broken(Rule::MissingPkce), 1);
    let audit = app.google.audit();
    assert!(audit.is_clean());
    assert_eq!(audit.remarks.len(), 2);
}

#[test]
fn an_account_that_does_not_exist_cannot_decide() {
    let mut app = App::new();
    let decision = decision("nobody@example.com", Granted::All, Access::OneTime);
    let url = authorization_url(&["myactivity.search"]);
    let error = app.google.decide(&url, &decision, app.now).unwrap_err();
    assert_eq!(error.reason, "There is no account \"nobody@example.com\". Choose one that exists.");
}
