//! The token, revocation and token information endpoints.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{Request, StatusCode};
use stand_in::{Access, Config, Rule};

use crate::app::{
    ADA, Answer, App, DAY, HOUR, MINUTE, VERIFIER, authorization_request, authorization_url,
    config, exchange_form, parameters, scope, text, url,
};

fn code(app: &mut App) -> String {
    let url = authorization_url(&["myactivity.search"]);
    let callback = app.decide(&url, ADA, Access::OneTime);
    parameters(&callback)["code"].clone()
}

fn exchange(changes: &[(&str, &str)]) -> Answer {
    let mut app = App::new();
    let code = code(&mut app);
    let mut fields = exchange_form(&code).to_vec();
    for (name, value) in changes {
        fields.retain(|(it, _)| it != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
    }
    app.form("/token", &fields)
}

#[test]
fn a_code_is_exchanged_for_tokens() {
    let mut app = App::new();
    let tokens = app.consent(ADA, &["myactivity.search", "chrome.history"], Access::OneTime);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3599);
    assert_eq!(
        tokens["scope"],
        format!("{} {}", scope("chrome.history"), scope("myactivity.search"))
    );
    assert!(text(&tokens["access_token"]).starts_with("ya29."));
    assert!(text(&tokens["refresh_token"]).starts_with("1//0"));
    assert!(tokens.get("refresh_token_expires_in").is_none());
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
        let tokens = app.consent(ADA, &["myactivity.search"], access);
        assert_eq!(tokens["refresh_token_expires_in"], expires_in);
        let refresh_token = text(&tokens["refresh_token"]);
        app.now += HOUR;
        let refreshed = app.refresh(&refresh_token);
        assert_eq!(refreshed.body["refresh_token_expires_in"], expires_in - 3600);
        app.now += DAY * 180;
        let refused = app.refresh(&refresh_token);
        assert_eq!(refused.oauth_error(), (400, "invalid_grant"));
    }
}

#[test]
fn there_is_no_refresh_token_without_offline_access() {
    let mut app = App::new();
    let mut request = authorization_request(&["myactivity.search"]);
    request.retain(|(name, _)| *name != "access_type");
    let callback = app.decide(&url(&request), ADA, Access::OneTime);
    let tokens = app.exchange(&parameters(&callback)["code"]);
    assert_eq!(tokens.status, StatusCode::OK);
    assert!(tokens.body.get("refresh_token").is_none());
}

#[test]
fn a_code_is_used_once() {
    let mut app = App::new();
    let code = code(&mut app);
    assert_eq!(app.exchange(&code).status, StatusCode::OK);
    assert_eq!(app.exchange(&code).oauth_error(), (400, "invalid_grant"));
    assert_eq!(app.broken(Rule::UnusableCode), 1);
}

#[test]
fn a_code_is_gone_with_a_failed_exchange() {
    let mut app = App::new();
    let code = code(&mut app);
    let mut fields = exchange_form(&code);
    fields[4].1 = "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong";
    assert_eq!(app.form("/token", &fields).oauth_error(), (400, "invalid_grant"));
    assert_eq!(app.exchange(&code).oauth_error(), (400, "invalid_grant"));
}

#[test]
fn a_code_expires_after_ten_minutes() {
    for (minutes, status) in [(9, 200), (10, 400)] {
        let mut app = App::new();
        let code = code(&mut app);
        app.now += MINUTE * minutes;
        assert_eq!(app.exchange(&code).status.as_u16(), status);
    }
}

#[test]
fn an_exchange_that_does_not_match_the_request_is_refused() {
    let long = "a".repeat(129);
    for (changes, error, description) in [
        ([("code_verifier", "")], (400, "invalid_grant"), "Missing code verifier."),
        ([("code_verifier", "short")], (400, "invalid_grant"), "Invalid code verifier."),
        ([("code_verifier", &*long)], (400, "invalid_grant"), "Invalid code verifier."),
        ([("redirect_uri", "")], (400, "redirect_uri_mismatch"), "Bad Request"),
        (
            [("redirect_uri", "https://app.example/callback/")],
            (400, "redirect_uri_mismatch"),
            "Bad Request",
        ),
        ([("client_secret", "")], (400, "invalid_request"), "client_secret is missing."),
        ([("client_secret", "wrong")], (401, "invalid_client"), "Unauthorized"),
        ([("client_id", "other")], (401, "invalid_client"), "The OAuth client was not found."),
        (
            [("client_id", "")],
            (400, "invalid_request"),
            "Could not determine client ID from request.",
        ),
        (
            [("grant_type", "")],
            (400, "invalid_request"),
            "Required parameter is missing: grant_type",
        ),
        ([("grant_type", "password")], (400, "unsupported_grant_type"), "Invalid grant_type."),
        ([("code", "4/0other")], (400, "invalid_grant"), "The code is used or does not exist."),
    ] {
        let answer = exchange(&changes);
        assert_eq!(answer.oauth_error(), error, "{changes:?}");
        assert_eq!(answer.body["error_description"], description);
    }
}

#[test]
fn a_client_can_authenticate_with_basic() {
    for (credentials, status) in
        [("client:secret", 200), ("client:s%65cret", 200), ("client:wrong", 401), ("client", 400)]
    {
        let mut app = App::new();
        let code = code(&mut app);
        let fields = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(exchange_form(&code))
            .finish()
            .replace("&client_secret=secret", "");
        let request = Request::post("/token")
            .header("Authorization", format!("Basic {}", BASE64_STANDARD.encode(credentials)))
            .body(fields.into_bytes())
            .unwrap();
        assert_eq!(app.send(&request).status.as_u16(), status, "{credentials}");
    }
}

#[test]
fn a_refreshed_token_has_the_scopes_of_the_consent() {
    let mut app = App::new();
    let tokens = app.consent(ADA, &["myactivity.search"], Access::OneTime);
    let refreshed = app.refresh(&text(&tokens["refresh_token"]));
    assert_eq!(refreshed.status, StatusCode::OK);
    assert_eq!(refreshed.body["scope"], tokens["scope"]);
    assert_ne!(refreshed.body["access_token"], tokens["access_token"]);
    assert!(refreshed.body.get("refresh_token").is_none());
    assert_eq!(app.refresh("1//0other").oauth_error(), (400, "invalid_grant"));
}

#[test]
fn an_access_token_expires_after_3599_seconds() {
    let mut app = App::new();
    let token = app.token(ADA, &["myactivity.search"], Access::OneTime);
    app.now += Duration::from_secs(3598);
    assert_eq!(app.post(&token, "accessType:check").status, StatusCode::OK);
    app.now += Duration::from_secs(1);
    assert_eq!(app.post(&token, "accessType:check").error(), (401, "UNAUTHENTICATED"));
    assert_eq!(app.broken(Rule::EndedToken), 1);
    assert!(app.google.audit().is_clean());
}

#[test]
fn revoking_either_token_ends_the_consent() {
    for kind in ["access_token", "refresh_token"] {
        let mut app = App::new();
        let tokens = app.consent(ADA, &["myactivity.search"], Access::OneTime);
        let token = text(&tokens[kind]);
        let revoked = app.form("/revoke", &[("token", &token)]);
        assert_eq!(revoked.status, StatusCode::OK);
        let again = app.form("/revoke", &[("token", &token)]);
        assert_eq!(again.oauth_error(), (400, "invalid_token"));
        let access_token = text(&tokens["access_token"]);
        assert_eq!(app.post(&access_token, "accessType:check").status, 401);
        let refreshed = app.refresh(&text(&tokens["refresh_token"]));
        assert_eq!(refreshed.oauth_error(), (400, "invalid_grant"));
        app.consent(ADA, &["myactivity.search"], Access::OneTime);
    }
}

#[test]
fn token_information_has_its_numbers_as_strings() {
    let mut app = App::new();
    let token = app.token(ADA, &["myactivity.search"], Access::OneTime);
    let by_form = app.form("/tokeninfo", &[("access_token", &token)]);
    let get = Request::get(format!("/tokeninfo?access_token={token}")).body(Vec::new()).unwrap();
    let by_query = app.send(&get);
    assert_eq!(by_form.body, by_query.body);
    assert_eq!(
        by_form.body,
        serde_json::json!({
            "azp": "client",
            "aud": "client",
            "scope": scope("myactivity.search"),
            "exp": "1750003599",
            "expires_in": "3599",
            "access_type": "offline",
        })
    );
    app.now += HOUR;
    let refused = app.send(&get);
    let body = serde_json::json!({ "error_description": "Invalid Value" });
    assert_eq!((refused.status.as_u16(), refused.body), (400, body));
}

#[test]
fn a_plain_challenge_is_met_by_itself() {
    let mut app = App::new();
    let mut request = authorization_request(&["myactivity.search"]);
    request.retain(|(name, _)| !name.starts_with("code_challenge"));
    request.push(("code_challenge", VERIFIER.to_owned()));
    let callback = app.decide(&url(&request), ADA, Access::OneTime);
    let exchanged = app.exchange(&parameters(&callback)["code"]);
    assert_eq!(exchanged.status, StatusCode::OK);
    assert_eq!(app.broken(Rule::MissingPkce), 1);
}
