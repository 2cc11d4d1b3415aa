//! The web app of the documentation, from the form to a refresh, against the simulated Google.
#![allow(missing_docs, reason = "tests are documented by their names")]

#[allow(dead_code, reason = "the app's own `main` is not run")]
#[path = "../examples/web_app.rs"]
mod web_app;

use std::collections::BTreeSet;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http_clients::Server;
use reqwest::redirect::Policy;
use stand_in::Granted;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const CLIPS: &str = "https://www.googleapis.com/auth/dataportability.youtube.clips";

/// A browser that keeps a cookie.
#[derive(Clone)]
struct Browser {
    http: reqwest::Client,
    origin: String,
    cookie: String,
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(Policy::none()).build().unwrap()
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

    /// Asks for resources of Ada's account, or of another.
    async fn choose(&mut self, fields: &str) -> (u16, String, String) {
        let account = if fields.contains("account=") { "" } else { "account=ada%40example.com&" };
        let request = self.http.post(format!("{}/", self.origin));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.visit(request.body(format!("{account}{fields}"))).await
    }

    /// Asks, and returns the path of the callback in which the user granted this.
    async fn ask(&mut self, fields: &str, google: &Server, granted: Granted) -> String {
        let (status, url, text) = self.choose(fields).await;
        assert_eq!(status, 303, "{text}");
        let callback = google.decide(&url, granted);
        callback[callback.find("/callback").unwrap()..].to_owned()
    }

    /// Opens a callback that leads to the overview.
    async fn complete(&mut self, callback: &str) {
        let (status, location, text) = self.get(callback).await;
        assert_eq!((status, &*location), (303, "/"), "{text}");
    }

    async fn overview(&mut self) -> String {
        let (status, _, page) = self.get("/").await;
        assert_eq!(status, 200, "{page}");
        page
    }
}

/// Tells that a handler began, and when dropped, that it ended or its connection did.
struct Running(UnboundedSender<&'static str>);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.send("ended");
    }
}

/// One code was sent for an exchange, and once.
fn assert_exchanged_once(google: &Server) {
    let audit = google.audit();
    assert_eq!((audit.total.code_exchanges, audit.remarks), (1, Vec::new()));
}

/// Starts the app and its Google. The receiver tells of callbacks.
async fn start() -> (Browser, Server, UnboundedReceiver<&'static str>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let google = Server::start(&format!("{origin}/callback")).await;
    let http = client();
    let app =
        web_app::App { http: http.clone(), google: google.client.clone(), users: Mutex::default() };
    let (sender, receiver) = unbounded_channel();
    let watch = from_fn(move |request: Request, next: Next| {
        let is_callback = request.uri().path() == "/callback";
        let sender = is_callback.then(|| sender.clone());
        async move {
            let _running = sender.map(|sender| {
                // Not every test listens.
                let _ = sender.send("began");
                Running(sender)
            });
            next.run(request).await
        }
    });
    let app = web_app::router(app).layer(watch);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (Browser { http, origin, cookie: String::new() }, google, receiver)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_chooses_consents_in_part_and_sees_what_was_granted_and_declined() {
    let (mut browser, google, _) = start().await;
    assert!(browser.overview().await.contains("name=youtube.clips>"));

    let clips = Granted::Scopes(BTreeSet::from([CLIPS.to_owned()]));
    let callback = browser.ask("youtube.clips=on&maps.reviews=on", &google, clips).await;
    browser.complete(&callback).await;
    let page = browser.overview().await;
    assert!(page.contains(r#"granted: {"youtube.clips"}, declined: {"maps.reviews"}"#), "{page}");

    // The access token is about to expire.
    assert_exchanged_once(&google);
    assert_eq!(google.audit().total.refreshes, 1);

    // What is granted is not asked for again.
    assert_eq!(browser.choose("youtube.clips=on").await.1, "/");
    let (_, url, _) = browser.choose("youtube.clips=on&maps.reviews=on").await;
    assert!(url.contains("maps.reviews") && !url.contains("youtube.clips"));
}

/// The code works once: a reload, a prefetch or a link scanner must not use it up a second time.
#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_comes_twice_while_the_first_is_exchanged_leads_to_the_result() {
    let (mut browser, google, mut handlers) = start().await;
    let callback = browser.ask("youtube.clips=on", &google, Granted::All).await;
    let held = google.gate.lock().await;
    let get = |mut browser: Browser, callback: String| {
        tokio::spawn(async move { browser.complete(&callback).await })
    };
    let first = get(browser.clone(), callback.clone());
    google.arrival.notified().await;
    assert_eq!(handlers.recv().await, Some("began"));
    let second = get(browser.clone(), callback);
    assert_eq!(handlers.recv().await, Some("began"));
    drop(held);
    assert!(first.await.is_ok() && second.await.is_ok());
    assert!(browser.overview().await.contains(r#"granted: {"youtube.clips"}"#));
    assert_exchanged_once(&google);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_whose_browser_hangs_up_is_exchanged_and_the_next_leads_to_the_result() {
    let (mut browser, google, mut handlers) = start().await;
    let callback = browser.ask("youtube.clips=on", &google, Granted::All).await;
    let held = google.gate.lock().await;
    let first = {
        // A client of its own, so that its connection ends with it.
        let mut browser = Browser { http: client(), ..browser.clone() };
        let callback = callback.clone();
        tokio::spawn(async move { browser.get(&callback).await })
    };
    google.arrival.notified().await;
    first.abort();
    assert_eq!(handlers.recv().await, Some("began"));
    assert_eq!(handlers.recv().await, Some("ended"));
    drop(held);
    browser.complete(&callback).await;
    assert!(browser.overview().await.contains(r#"granted: {"youtube.clips"}"#));
    assert_exchanged_once(&google);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_comes_again_after_the_first_is_done_leads_to_the_result() {
    let (mut browser, google, _) = start().await;
    let callback = browser.ask("youtube.clips=on", &google, Granted::All).await;
    for _ in 0..3 {
        browser.complete(&callback).await;
    }
    assert!(browser.overview().await.contains(r#"granted: {"youtube.clips"}"#));
    assert_exchanged_once(&google);

    // In another browser it leads nowhere.
    let mut other = Browser { cookie: String::new(), ..browser };
    assert_eq!(other.get(&callback).await.1, "/");
    assert!(!other.overview().await.contains("granted: {\"youtube.clips\"}"));
}

/// Google refuses a request for what the account has granted, and only for that.
#[tokio::test(flavor = "multi_thread")]
async fn grants_of_two_accounts_are_kept_apart() {
    let (mut browser, google, _) = start().await;
    let grace = "account=grace%40example.com&youtube.clips=on";
    for (fields, name) in [("youtube.clips=on", "ada"), (grace, "grace")] {
        let (_, url, _) = browser.choose(fields).await;
        assert!(url.contains("youtube.clips"), "{name}");
        assert!(url.contains(&format!("login_hint={name}%40example.com")), "{url}");
        let callback = browser.ask(fields, &google, Granted::All).await;
        browser.complete(&callback).await;
        assert_eq!(browser.choose(fields).await.1, "/");
    }
    let page = browser.overview().await;
    assert_eq!(page.matches(r#"granted: {"youtube.clips"}"#).count(), 2, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_both_complete_and_what_is_refused_is_told() {
    let (mut browser, google, _) = start().await;
    let one = browser.ask("youtube.clips=on", &google, Granted::All).await;
    let two = browser.ask("maps.reviews=on", &google, Granted::All).await;
    for callback in [two, one] {
        browser.complete(&callback).await;
    }
    let declined = browser.ask("chrome.history=on", &google, Granted::None).await;
    let (status, _, text) = browser.get(&declined).await;
    assert_eq!(status, 400);
    assert!(text.starts_with("the consent was denied with access_denied"), "{text}");
    let (_, _, text) = browser.choose("").await;
    assert_eq!(text, "the request has no scope: name at least one");
    let (status, _, text) = browser.choose("youtube.clip=on").await;
    assert_eq!(status, 400);
    assert!(text.contains(r#"did you mean "youtube.clips"?"#), "{text}");
}
