//! The token, revocation and token information endpoints.

use std::time::Duration;

use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use stand_in::{Access, Config, Rule};

use crate::app::{
    ADA, App, DAY, HOUR, MINUTE, SEARCH, VERIFIER, authorization_url, call, change, changed_url,
    config, exchange_form, parameters, rows, scope, text,
};

fn code(app: &mut App) -> String {
    let callback = app.decide(&authorization_url(&[SEARCH]), ADA, Access::OneTime);
    parameters(&callback)["code"].clone()
}

#[test]
fn a_code_is_exchanged_for_tokens_and_refreshed() {
    let mut app = App::new();
    let tokens = app.consent(ADA, &[SEARCH, "chrome.history"], Access::OneTime);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3599);
    assert_eq!(tokens["scope"], format!("{} {}", scope("chrome.history"), scope(SEARCH)));
    assert!(text(&tokens["access_token"]).starts_with("ya29."));
    assert!(text(&tokens["refresh_token"]).starts_with("1//0"));
    assert!(tokens.get("refresh_token_expires_in").is_none());

    let refreshed = app.refresh(&text(&tokens["refresh_token"]));
    assert_eq!(refreshed.status, StatusCode::OK);
    assert_eq!(refreshed.body["scope"], tokens["scope"]);
    assert_ne!(refreshed.body["access_token"], tokens["access_token"]);
    assert!(refreshed.body.get("refresh_token").is_none());
    assert_eq!(app.refresh("1//0other").oauth_error(), (400, "invalid_grant"));
}

#[test]
fn the_refresh_token_expires_where_access_is_time_based_or_the_project_in_testing() {
    for (access, testing, expires_in) in [
        (Access::Days30, false, 2_592_000),
        (Access::Days180, false, 15_552_000),
        (Access::OneTime, true, 604_800),
        (Access::Days180, true, 604_800),
    ] {
        let mut app = App::with(Config { testing, ..config() });
        let tokens = app.consent(ADA, &[SEARCH], access);
        assert_eq!(tokens["refresh_token_expires_in"], expires_in);
        let refresh_token = text(&tokens["refresh_token"]);
        app.now += HOUR;
        let refreshed = app.refresh(&refresh_token);
        assert_eq!(refreshed.body["refresh_token_expires_in"], expires_in - 3600);
        app.now += DAY * 180;
        assert_eq!(app.refresh(&refresh_token).oauth_error(), (400, "invalid_grant"));
    }
}

#[test]
fn a_request_can_be_online_and_its_challenge_plain() {
    let mut app = App::new();
    let changes =
        [("access_type", ""), ("code_challenge_method", ""), ("code_challenge", VERIFIER)];
    let callback = app.decide(&changed_url(&[SEARCH], &changes), ADA, Access::OneTime);
    let tokens = app.exchange(&parameters(&callback)["code"]);
    assert_eq!(tokens.status, StatusCode::OK);
    assert!(tokens.body.get("refresh_token").is_none());
    assert_eq!(app.broken(Rule::MissingPkce), 1);
}

#[test]
fn a_code_works_once_for_ten_minutes() {
    for (minutes, status) in [(9, 200), (10, 400)] {
        let mut app = App::new();
        let code = code(&mut app);
        app.now += MINUTE * minutes;
        assert_eq!(app.exchange(&code).status.as_u16(), status);
        assert_eq!(app.exchange(&code).oauth_error(), (400, "invalid_grant"));
        assert!(app.broken(Rule::UnusableCode) > 0 && app.is_clean());
    }
}

#[test]
fn an_exchange_that_does_not_match_the_request_is_refused() {
    for [name, value, status, error, description] in rows(include_str!("exchanges.tsv")) {
        let status: u16 = status.parse().unwrap();
        let mut app = App::new();
        let code = code(&mut app);
        let mut fields = exchange_form(&code).to_vec();
        change(&mut fields, &[(name, value)]);
        let answer = app.form("/token", &fields);
        assert_eq!(answer.oauth_error(), (status, error), "{name} {value}");
        assert_eq!(answer.body["error_description"], description);
        if matches!(name, "code_verifier" | "redirect_uri") {
            // The code is gone with a failed exchange.
            assert_eq!(app.exchange(&code).oauth_error(), (400, "invalid_grant"));
        }
    }
}

#[test]
fn an_access_token_expires_after_3599_seconds() {
    let mut app = App::of(&[SEARCH], Access::OneTime);
    let request = call(&app.token(), Method::POST, "/v1/accessType:check", &Value::Null);
    app.now += Duration::from_secs(3598);
    assert_eq!(app.send(&request).status, StatusCode::OK);
    app.now += Duration::from_secs(1);
    assert_eq!(app.send(&request).error(), (401, "UNAUTHENTICATED"));
    assert_eq!(app.broken(Rule::EndedToken), 1);
    assert!(app.is_clean());
}

#[test]
fn revoking_either_token_ends_the_consent() {
    for kind in ["access_token", "refresh_token"] {
        let mut app = App::new();
        let tokens = app.consent(ADA, &[SEARCH], Access::OneTime);
        let token = text(&tokens[kind]);
        assert_eq!(app.form("/revoke", &[("token", &token)]).status, StatusCode::OK);
        let again = app.form("/revoke", &[("token", &token)]);
        assert_eq!(again.oauth_error(), (400, "invalid_token"));
        let token = text(&tokens["access_token"]);
        let request = call(&token, Method::POST, "/v1/accessType:check", &Value::Null);
        assert_eq!(app.send(&request).status, 401);
        let refreshed = app.refresh(&text(&tokens["refresh_token"]));
        assert_eq!(refreshed.oauth_error(), (400, "invalid_grant"));
        app.consent(ADA, &[SEARCH], Access::OneTime);
    }
}

#[test]
fn token_information_has_its_numbers_as_strings() {
    let mut app = App::of(&[SEARCH], Access::OneTime);
    let token = app.token();
    let by_form = app.form("/tokeninfo", &[("access_token", &token)]);
    let get = Request::get(format!("/tokeninfo?access_token={token}")).body(Vec::new()).unwrap();
    assert_eq!(by_form.body, app.send(&get).body);
    assert_eq!(
        by_form.body,
        json!({
            "azp": "client",
            "aud": "client",
            "scope": scope(SEARCH),
            "exp": "1750003599",
            "expires_in": "3599",
            "access_type": "offline",
        })
    );
    app.now += HOUR;
    let refused = app.send(&get);
    let body = json!({ "error_description": "Invalid Value" });
    assert_eq!((refused.status.as_u16(), refused.body), (400, body));
}
