//! The web app of the documentation, from the form to a refresh, against the simulated Google.
#![allow(missing_docs, reason = "tests are documented by their names")]

#[allow(dead_code, reason = "the app's own `main` is not run")]
#[path = "../examples/web_app.rs"]
mod web_app;

use std::collections::BTreeSet;

use dataportability_scopes::catalogue::ScopeSet;
use dataportability_scopes::consent::{AccessType, ConsentRequest, TokenClient};
use dataportability_scopes::oauth2::{ClientId, ClientSecret};
use http_clients::Server;
use reqwest::redirect::Policy;
use stand_in::Granted;

const CLIPS: &str = "https://www.googleapis.com/auth/dataportability.youtube.clips";

/// A browser that keeps a cookie.
struct Browser {
    http: reqwest::Client,
    origin: String,
    cookie: String,
}

impl Browser {
    /// Returns the status, where the app redirects to, and the text.
    async fn visit(&mut self, request: reqwest::RequestBuilder) -> (u16, String, String) {
        let response = request.header("cookie", &self.cookie).send().await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name).map(|it| it.to_str().unwrap());
            value.unwrap_or_default().to_owned()
        };
        if let Some((cookie, _)) = header("set-cookie").split_once(';') {
            cookie.clone_into(&mut self.cookie);
        }
        let (status, location) = (response.status().as_u16(), header("location"));
        (status, location, response.text().await.unwrap())
    }

    async fn get(&mut self, path: &str) -> (u16, String, String) {
        let url = format!("{}{path}", self.origin);
        let request = self.http.get(url);
        self.visit(request).await
    }

    async fn choose(&mut self, resources: &str) -> (u16, String, String) {
        let request = self.http.post(format!("{}/consent", self.origin));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.visit(request.body(resources.to_owned())).await
    }
}

/// Starts the app and its Google.
async fn start() -> (Browser, Server) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let redirect_uri = format!("{origin}/callback");
    let google = Server::start(&redirect_uri).await;
    let endpoint = |path: &str| format!("{}{path}", google.origin).parse().unwrap();
    let id = ClientId::new("client".into());
    let http = reqwest::Client::builder().redirect(Policy::none()).build();
    let http = http.unwrap();
    let app = web_app::App {
        http: http.clone(),
        consent: ConsentRequest::new(id.clone(), redirect_uri.parse().unwrap(), ScopeSet::EMPTY)
            .endpoint(endpoint("/o/oauth2/v2/auth"))
            .access_type(AccessType::Offline),
        tokens: TokenClient::new(id, Some(ClientSecret::new("secret".into())))
            .token_endpoint(endpoint("/token")),
    };
    tokio::spawn(async move { axum::serve(listener, web_app::router(app)).await });
    let cookie = String::new();
    (Browser { http, origin, cookie }, google)
}

fn path_of(callback: &str) -> String {
    callback[callback.find("/callback").unwrap()..].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_chooses_consents_in_part_and_sees_what_was_granted_and_declined() {
    let (mut browser, google) = start().await;
    let (status, _, form) = browser.get("/").await;
    assert_eq!(status, 200);
    assert!(form.contains("value=youtube.clips>"));

    let (status, url, _) = browser.choose("resource=youtube.clips&resource=maps.reviews").await;
    assert_eq!(status, 303);
    let clips = Granted::Scopes(BTreeSet::from([CLIPS.to_owned()]));
    let callback = path_of(&google.decide(&url, clips));
    let (status, location, text) = browser.get(&callback).await;
    assert_eq!((status, &*location), (303, "/result"), "{text}");
    let (_, _, page) = browser.get("/result").await;
    assert_eq!(page, "Granted: {YoutubeClips}\nDeclined: {MapsReviews}\n");

    // The access token is about to expire.
    assert_eq!(google.refreshes(), 1);

    // What is granted is not asked for again.
    let (_, location, _) = browser.choose("resource=youtube.clips").await;
    assert_eq!(location, "/result");
    let (_, url, _) = browser.choose("resource=youtube.clips&resource=maps.reviews").await;
    assert!(url.contains("maps.reviews") && !url.contains("youtube.clips"));

    let (status, _, text) = browser.get(&callback).await;
    assert_eq!(status, 400);
    assert_eq!(
        text,
        "no consent is pending for the state of the callback: send the user to a new consent"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_both_complete_and_a_decline_is_shown() {
    let (mut browser, google) = start().await;
    let (_, one, _) = browser.choose("resource=youtube.clips").await;
    let (_, two, _) = browser.choose("resource=maps.reviews").await;
    for url in [two, one] {
        let callback = path_of(&google.decide(&url, Granted::All));
        assert_eq!(browser.get(&callback).await.1, "/result");
    }
    let (_, url, _) = browser.choose("resource=chrome.history").await;
    let callback = path_of(&google.decide(&url, Granted::None));
    let (status, _, text) = browser.get(&callback).await;
    assert_eq!(status, 400);
    assert_eq!(
        text,
        "the consent was denied with access_denied: go on without it, or offer to ask again"
    );
    let (_, _, text) = browser.choose("").await;
    assert_eq!(text, "the request has no scope: name at least one");
    let (status, _, text) = browser.choose("resource=youtube.clip").await;
    assert_eq!(status, 422);
    assert!(text.contains(r#"did you mean "youtube.clips"?"#), "{text}");
}

#[test]
fn it_takes_at_most_124_lines_of_the_users_own() {
    let app = include_str!("../examples/web_app.rs");
    let lines = app.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 124, "{lines}");
}

#[test]
fn it_sends_requests_with_the_adapter_of_the_page_about_http_clients() {
    let app = include_str!("../examples/web_app.rs");
    assert!(app.contains(include_str!("../src/reqwest.rs")));
}

#[test]
fn the_page_shows_the_app_as_it_is() {
    let page = include_str!("../../../docs/web_app.md");
    assert!(page.contains(include_str!("../examples/web_app.rs")));
}
