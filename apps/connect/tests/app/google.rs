//! A server in Google's place that answers as a test says: the stand-in never answers so.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{Response, StatusCode, header};
use dataportability_scopes::call::MAX_RESPONSE_LEN;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex as Gate;

use crate::browser::{Browser, KIND, Page};
use crate::program::Program;

const CODE: &str = "4/0Code-secret";
const FETCHING: &str = "Google has it ready; the app is fetching it.";
const SCOPE: &str = "https://www.googleapis.com/auth/dataportability.chrome.bookmarks";

/// The app, a browser, and what the server was sent.
type Started = (Program, Browser, Arc<Mutex<Vec<String>>>);

/// Starts the app, and a server that answers a path, an `Authorization` and a body with a status
/// and JSON.
async fn start(
    answer: impl Fn(&str, &str, &str) -> (u16, Value) + Send + Sync + 'static,
) -> Started {
    start_with(&[], answer).await
}

async fn start_with(
    arguments: &[&str],
    answer: impl Fn(&str, &str, &str) -> (u16, Value) + Send + Sync + 'static,
) -> Started {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let (log, answer) = (Arc::clone(&sent), Arc::new(answer));
    let router = Router::new().fallback(move |request: Request| {
        let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
        async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, MAX_RESPONSE_LEN).await.unwrap();
            let body = String::from_utf8(body.to_vec()).unwrap();
            let host = parts.headers[header::HOST].to_str().unwrap().to_owned();
            // An answer may keep the app waiting.
            let answered = tokio::task::spawn_blocking(move || {
                let authorization = parts.headers.get(header::AUTHORIZATION);
                let authorization = authorization.map_or("", |it| it.to_str().unwrap());
                let path = parts.uri.path();
                log.lock().unwrap().push(format!("{path} {authorization}"));
                let is_consent = path == "/o/oauth2/v2/auth";
                let consent = is_consent.then_some((200, Value::Null));
                consent.unwrap_or_else(|| answer(path, authorization, &body))
            });
            let (status, value) = answered.await.unwrap();
            let value = value.to_string().replace("ORIGIN", &format!("http://{host}"));
            let response = Response::builder()
                .status(StatusCode::from_u16(status).unwrap())
                .header(header::CONTENT_TYPE, "application/json");
            response.body(value).unwrap()
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let program = Program::start_against(Some(origin), arguments);
    let browser = Browser::new(&program);
    (program, browser, sent)
}

/// Chooses, and comes back with a code.
async fn come_back(browser: &mut Browser) -> Page {
    let consent = browser.choose(&KIND).await;
    let (_, state) = consent.url.query_pairs().find(|(name, _)| name == "state").unwrap();
    browser.get(&format!("/callback?state={state}&code={CODE}&scope={SCOPE}")).await
}

fn tokens(access_token: &str) -> (u16, Value) {
    let tokens = json!({
        "access_token": access_token,
        "refresh_token": "1//0Refresh",
        "expires_in": 3599,
        "scope": SCOPE,
        "token_type": "Bearer",
    });
    (200, tokens)
}

#[tokio::test]
async fn a_secret_that_a_server_repeats_is_in_no_page_terminal_or_database() {
    let (program, mut browser, _) = start(|path, _, _| match path {
        "/token" => (400, json!({ "error": CODE, CODE: { "name": CODE } })),
        _ => (200, Value::Null),
    })
    .await;
    let page = come_back(&mut browser).await;
    assert_eq!(page.heading(), "Google’s answer was lost");
    let page = browser.get("/happened").await;
    assert!(page.text.contains("error: ••••••"), "{}", page.text);
    assert!(!page.text.contains(CODE), "{}", page.text);
    assert!(!program.terminal().contains(CODE), "{}", program.terminal());
    assert!(!program.database().contains(CODE), "a secret is in the database");
}

#[tokio::test]
async fn access_has_ended_once_google_says_so_even_if_the_first_access_token_is_refused() {
    let (ended, not_ended) = ("Access has ended", "Access could not be ended here");
    let refused = || (400, json!({ "error": "invalid_grant" }));
    let second = || tokens("ya29.second");
    // Of all access tokens, the server accepts one to reset the authorization.
    for (accepted, refresh, notice, expected) in [
        ("ya29.second", second(), ended, &["ya29.first", "ya29.second"][..]),
        ("ya29.none", refused(), ended, &["ya29.first"]),
        ("ya29.none", second(), not_ended, &["ya29.first", "ya29.second"]),
    ] {
        let (_program, mut browser, sent) = start(move |path, authorization, body| match path {
            "/token" if body.contains("grant_type=refresh_token") => refresh.clone(),
            "/token" => tokens("ya29.first"),
            "/v1/authorization:reset" if authorization.ends_with(accepted) => (200, json!({})),
            "/v1/authorization:reset" => (401, json!({ "error": { "code": 401 } })),
            _ => (503, Value::Null),
        })
        .await;
        assert_eq!(come_back(&mut browser).await.heading(), "Your data");
        assert_eq!(browser.post("/access/1/end", &[]).await.notice(), Some(notice));
        let sent = sent.lock().unwrap();
        let reset = "/v1/authorization:reset Bearer ";
        let resets: Vec<&str> = sent.iter().filter_map(|it| it.strip_prefix(reset)).collect();
        assert_eq!(resets, expected);
    }
}

#[tokio::test]
async fn a_code_is_exchanged_by_itself_once_google_can_be_reached_even_after_a_crash() {
    let refusals = Arc::new(Mutex::new(4));
    let left = Arc::clone(&refusals);
    let (mut program, mut browser, sent) = start(move |path, _, _| match path {
        "/token" => {
            let mut left = left.lock().unwrap();
            if *left == 0 {
                return tokens("ya29.first");
            }
            *left -= 1;
            (503, json!({ "error": "internal_failure" }))
        }
        _ => (503, Value::Null),
    })
    .await;
    let page = come_back(&mut browser).await;
    assert_eq!(page.heading(), "You agreed; Google is out of reach");
    program.kill_and_restart();
    browser.watch_at("/outcome", "<h3>Bookmarks</h3>").await;
    let sent = sent.lock().unwrap();
    let exchanges = sent.iter().filter(|it| it.starts_with("/token"));
    assert_eq!(exchanges.count(), 5);
}

/// Google's side of exports that are ready at once. What is fetched is JSON, and no archive.
fn ready(path: &str, job: &Mutex<u32>) -> (u16, Value) {
    if path == "/token" {
        let (status, mut tokens) = tokens("ya29.first");
        tokens["refresh_token_expires_in"] = json!(2_592_000);
        (status, tokens)
    } else if path.ends_with(":initiate") {
        let mut job = job.lock().unwrap();
        *job += 1;
        let access = "ACCESS_TYPE_TIME_BASED";
        (200, json!({ "archiveJobId": format!("job-{job}"), "accessType": access }))
    } else if path.ends_with("/portabilityArchiveState") {
        let file = "ORIGIN/file";
        (200, json!({ "name": &path[1..], "state": "COMPLETE", "urls": [file] }))
    } else if path.ends_with(":reset") {
        (200, json!({}))
    } else {
        (200, Value::Null)
    }
}

/// Comes back to what is ready, and whose files are sent while the gate is open.
async fn come_back_to_what_is_ready(speed: &str, gate: &Arc<Gate<()>>) -> Started {
    let (gate, job) = (Arc::clone(gate), Mutex::new(0));
    let answer = move |path: &str, _: &str, _: &str| {
        let _open = (path == "/file").then(|| gate.blocking_lock());
        ready(path, &job)
    };
    let (program, mut browser, sent) = start_with(&["--clock-speed", speed], answer).await;
    come_back(&mut browser).await;
    (program, browser, sent)
}

#[tokio::test]
async fn exports_are_repeated_if_the_user_wants_that_and_what_cannot_be_read_can_be_downloaded() {
    let (_program, mut browser, _) = come_back_to_what_is_ready("20000", &Arc::default()).await;
    let page = browser.watch("Export it again").await;
    let repeat = page.address("/access/", "/repeat");
    assert_eq!(browser.post(&repeat, &[("days", "2")]).await.status, 400);
    browser.post(&repeat, &[("days", "1")]).await;
    // What has arrived before stays.
    browser.watch("1 earlier export").await;
    let page = browser.look_inside().await;
    assert!(page.text.contains("It cannot be read here."), "{}", page.text);
    let file = browser.get(&page.address("/archives/", "/1")).await;
    assert_eq!(file.text, "null");
}

#[tokio::test]
async fn what_is_being_fetched_when_access_ends_arrives_nowhere_and_its_id_is_nobody_elses() {
    let gate = Arc::default();
    let closed = Gate::lock(&gate).await;
    let (program, mut ada, _) = come_back_to_what_is_ready("240", &gate).await;
    let end = ada.watch(FETCHING).await.address("/access/", "/end");
    assert_eq!(ada.post(&end, &[]).await.notice(), Some("Access has ended"));
    let mut grace = Browser::new(&program);
    come_back(&mut grace).await;
    assert_eq!(grace.get(&end).await.status, 404);
    drop(closed);
    grace.watch("Look inside").await;
    let folders = || std::fs::read_dir(program.path("archives")).unwrap().count();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100 * u64::from(folders() > 1))).await;
    }
    assert_eq!(folders(), 1, "one is removed");
    assert!(!grace.get("/exports").await.text.contains("earlier export"));
}

#[tokio::test]
async fn an_archive_is_fetched_once_however_long_it_takes_and_at_once_after_a_crash() {
    let gate = Arc::default();
    let closed = Gate::lock(&gate).await;
    let (mut program, mut browser, sent) = come_back_to_what_is_ready("240", &gate).await;
    browser.watch(FETCHING).await;
    let count = |end: &str| sent.lock().unwrap().iter().filter(|it| it.contains(end)).count();
    let asked = count("/portabilityArchiveState");
    while count("/portabilityArchiveState") < asked + 2 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(count("/file"), 1);
    program.kill_and_restart();
    drop(closed);
    // Its links last for six hours, which are 90 seconds here: longer than a page is watched.
    browser.look_inside().await;
}

#[tokio::test]
async fn what_google_denies_leads_to_ending_the_access_and_no_further() {
    let (_program, mut browser, _) = start(|path, _, _| match path {
        "/token" => tokens("ya29.first"),
        "/v1/authorization:reset" => (200, json!({})),
        _ => (403, json!({ "error": { "code": 403, "status": "PERMISSION_DENIED" } })),
    })
    .await;
    come_back(&mut browser).await;
    let page = browser.watch("Google does not hand it over.").await;
    let page = browser.post(&page.address("/access/", "/end"), &[]).await;
    assert_eq!(page.notice(), Some("Access has ended"));
    assert_eq!(come_back(&mut browser).await.heading(), "Your data");
}

#[tokio::test]
async fn tokens_with_a_scope_that_cannot_be_read_are_kept_and_looked_up() {
    let (_program, mut browser, _) = start(|path, _, _| match path {
        "/token" => {
            let (status, mut tokens) = tokens("ya29.first");
            tokens["scope"] = json!("\"");
            (status, tokens)
        }
        "/tokeninfo" => (200, json!({ "aud": "client", "scope": SCOPE, "expires_in": "3599" })),
        _ => (503, Value::Null),
    })
    .await;
    let page = come_back(&mut browser).await;
    assert!(page.text.contains("<h3>Bookmarks</h3>"), "{}", page.text);
}
