//! The OAuth client: one value that all of the consent's calls take their parts from.

use std::collections::BTreeMap;

use dataportability_scopes::call::{Endpoints, HttpCall};
use dataportability_scopes::catalogue::Scopes;
use dataportability_scopes::consent::{
    OAuthClient, PendingConsent, RedirectUri, Tokens, renewal_link,
};
use dataportability_scopes::grant::Grant;
use dataportability_scopes::http::Request;
use serde_json::json;
use url::form_urlencoded;

use super::{
    CALLBACK, CLIENT_ID, CLIENT_SECRET, CLIPS, CODE, REFRESH_TOKEN, STATE, VERIFIER,
    authorization_response, client, consent_with, now, seconds, token_response, tokens,
    with_refresh_token,
};
use crate::fixtures::ACCESS_TOKEN;
use crate::known::everything;

fn form(request: &Request<Vec<u8>>) -> BTreeMap<String, String> {
    let pairs: Vec<_> = form_urlencoded::parse(request.body()).into_owned().collect();
    let form: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(form.len(), pairs.len());
    form
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn each_call_sends_what_its_rfc_says_and_nothing_else() {
    let with_refresh = tokens(&with_refresh_token(""));
    let exchange = client().exchange(&authorization_response(), now()).to_request();
    let refresh = client().refresh(&with_refresh, now()).to_request();
    let revoke = client().revoke(&with_refresh).to_request();
    let revoke_access = client().revoke(&tokens(&token_response(""))).to_request();
    let endpoints = Endpoints::default();
    for (request, endpoint, fields) in [
        (
            exchange,
            &endpoints.token,
            &[
                ("grant_type", "authorization_code"),
                ("code", CODE),
                ("code_verifier", VERIFIER),
                ("redirect_uri", CALLBACK),
            ][..],
        ),
        (
            refresh,
            &endpoints.token,
            &[("grant_type", "refresh_token"), ("refresh_token", REFRESH_TOKEN)],
        ),
        (
            revoke,
            &endpoints.revocation,
            &[("token", REFRESH_TOKEN), ("token_type_hint", "refresh_token")],
        ),
        (
            revoke_access,
            &endpoints.revocation,
            &[("token", ACCESS_TOKEN), ("token_type_hint", "access_token")],
        ),
    ] {
        let request = request.unwrap();
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), endpoint.as_str());
        let headers = request.headers();
        assert_eq!(headers.len(), 2);
        assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(headers["accept"], "application/json");
        let client = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
        assert_eq!(form(&request), owned(&[&client, fields].concat()));
    }
}

/// A test's token cannot reach Google because one call was forgotten.
#[test]
fn every_call_goes_to_the_endpoints_of_the_client() {
    let base = "http://127.0.0.1:8090";
    let google = client().endpoints(Endpoints::at(&base.parse().unwrap()));
    let everything = format!(r#", "scope": "{}""#, everything());
    let tokens = tokens(&with_refresh_token(&everything));
    let access = google.access(&tokens);
    for request in [
        google.exchange(&authorization_response(), now()).to_request(),
        google.refresh(&tokens, now()).to_request(),
        google.revoke(&tokens).to_request(),
        access.token_info().to_request(),
        access.reset().unwrap().to_request(),
    ] {
        let uri = request.unwrap().uri().to_string();
        assert!(uri.starts_with(base), "{uri}");
    }
    let url = consent_with(google.consent(CLIPS), "s", now()).url;
    assert!(url.as_str().starts_with(base));
}

#[test]
fn a_client_without_a_secret_sends_none() {
    let google = OAuthClient::new("id", CALLBACK.parse().unwrap());
    let exchange = google.exchange(&authorization_response(), now());
    assert!(!form(&exchange.to_request().unwrap()).contains_key("client_secret"));
}

#[test]
fn the_json_of_the_console_has_the_client_of_a_web_app_or_a_desktop_app() {
    for kind in ["web", "installed"] {
        let uris = ["urn:ietf:wg:oauth:2.0:oob", CALLBACK, "http://localhost"];
        let file = json!({ kind: {
            "client_id": CLIENT_ID,
            "project_id": "project",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": "https://oauth2.googleapis.com/token",
            "client_secret": CLIENT_SECRET,
            "redirect_uris": uris,
        }});
        let google = OAuthClient::from_console_json(&file.to_string()).unwrap();
        assert_eq!(google.client_id(), CLIENT_ID);
        assert_eq!(google.redirect_uri().as_str(), CALLBACK);
        let exchange = google.exchange(&authorization_response(), now());
        let exchange = form(&exchange.to_request().unwrap());
        assert_eq!(exchange["client_secret"], CLIENT_SECRET);
        let google = google.loopback_port(4321).unwrap();
        assert_eq!(google.redirect_uri().as_str(), "http://127.0.0.1:4321/");
    }
}

#[test]
fn other_texts_than_the_json_of_the_console_are_refused_and_not_quoted() {
    let error = |text: &str| OAuthClient::from_console_json(text).unwrap_err();
    for text in [
        "",
        "[]",
        "{}",
        CLIENT_SECRET,
        &json!({"type": "service_account", "private_key": CLIENT_SECRET}).to_string(),
        &json!({"web": CLIENT_SECRET}).to_string(),
        &json!({"web": {"client_secret": CLIENT_SECRET}}).to_string(),
    ] {
        let error = error(text).to_string();
        assert!(error.starts_with("not the JSON of an OAuth client: "), "{text}: {error}");
    }
    let with = |uris| json!({"web": {"client_id": CLIENT_ID, "redirect_uris": uris}}).to_string();
    let none = error(&with(json!([]))).to_string();
    assert!(none.starts_with("the OAuth client has no redirect URI: "), "{none}");
    let no_rule = error(&with(json!(["http://app.example.com/", "/callback"])));
    let first = "http://app.example.com/".parse::<RedirectUri>();
    assert_eq!(no_rule.to_string(), first.unwrap_err().to_string());
}

#[test]
fn a_loopback_port_that_no_browser_can_reach_is_refused() {
    let error = client().loopback_port(0).unwrap_err().to_string();
    assert!(error.ends_with("its port must be a number from 1 to 65535"), "{error}");
    for port in [1, 80, u16::MAX] {
        let consent =
            consent_with(client().loopback_port(port).unwrap().consent(CLIPS), STATE, now());
        let stored = serde_json::to_string(&consent.pending).unwrap();
        assert!(serde_json::from_str::<PendingConsent>(&stored).is_ok(), "{stored}");
    }
}

#[test]
fn a_refresh_token_that_an_app_has_is_refreshed_at_once() {
    let grant = Grant::from(Scopes::from(CLIPS));
    let tokens = Tokens::from_refresh_token(REFRESH_TOKEN, grant.clone());
    assert!(tokens.is_expired(now(), seconds(0)));
    assert_eq!(tokens.grant, grant);
    let refresh = client().refresh(&tokens, now()).to_request().unwrap();
    assert_eq!(form(&refresh)["refresh_token"], REFRESH_TOKEN);
    // There is no token yet to call the API with.
    let call = client().access(&tokens).token_info().to_request();
    assert!(call.is_err());
}

#[test]
fn the_renewal_link_names_the_project() {
    assert_eq!(
        renewal_link(u64::MAX),
        "https://myaccount.google.com/connections/link?project_number=18446744073709551615"
    );
}
