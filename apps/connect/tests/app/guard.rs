//! What no request gets past.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::browser::{KIND, ONE_TIME, start};
use crate::program::Program;

/// Sends a request with these headers, in which PORT stands for the app's, and returns the whole
/// response.
async fn send(program: &Program, line: &str, headers: &str, body: &str) -> String {
    let headers = headers.replace("PORT", &program.port().to_string()).replace('\n', "\r\n");
    let request = format!(
        "{line} HTTP/1.1\r\n{headers}content-length: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", program.port())).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    let _ = stream.read_to_string(&mut response).await;
    response
}

const HOST: &str = "host: 127.0.0.1:PORT\n";
const OWN: &str = "host: 127.0.0.1:PORT\norigin: http://127.0.0.1:PORT\n";

#[tokio::test]
async fn only_a_form_of_the_app_itself_does_something() {
    let program = Program::start();
    for row in include_str!("headers.tsv").lines().skip(1) {
        let (status, headers) = row.split_once('\t').unwrap();
        let headers = headers.replace(" | ", "\n") + "\n";
        let response = send(&program, "POST /consent", &headers, "r=chrome.bookmarks").await;
        assert_eq!(response[..12], format!("HTTP/1.1 {status}"), "{headers}");
    }
}

#[tokio::test]
async fn another_name_of_the_host_leads_to_the_one_that_has_the_cookie() {
    let program = Program::start();
    let response = send(&program, "GET /", "host: localhost:PORT\n", "").await;
    assert!(response.starts_with("HTTP/1.1 303"), "{response}");
    assert!(response.contains(&format!("location: {}\r\n", program.origin())));
}

#[tokio::test]
async fn a_body_of_more_than_16_kib_is_refused() {
    let program = Program::start();
    for (len, status) in [(16 * 1024, 303), (16 * 1024 + 1, 413)] {
        let body = "r=".to_owned() + &"x".repeat(len - 2);
        let response = send(&program, "POST /consent", OWN, &body).await;
        assert_eq!(response[..12], format!("HTTP/1.1 {status}"));
    }
}

#[tokio::test]
async fn connections_that_are_held_shut_nobody_out() {
    let (program, mut browser) = start();
    let host = format!("host: 127.0.0.1:{}\r\n", program.port());
    let origin = format!("origin: {}\r\n", program.origin());
    let mut held = Vec::new();
    for text in [
        String::new(),
        // It has asked once, and keeps its connection.
        format!("GET /style.css HTTP/1.1\r\n{host}\r\n"),
        // Without the end of the headers, and of the body.
        "GET / HTTP/1.1\r\nhost:".to_owned(),
        format!("POST /consent HTTP/1.1\r\n{host}{origin}content-length: 1000\r\n\r\nr="),
    ] {
        for _ in 0..75 {
            let mut stream = TcpStream::connect(("127.0.0.1", program.port())).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            held.push(stream);
        }
    }
    let page = tokio::time::timeout(Duration::from_secs(5), browser.get("/")).await;
    assert_eq!(page.expect("the app responds at once").status, 200);
}

#[tokio::test]
async fn no_session_has_a_name_that_the_app_did_not_make() {
    let program = Program::start();
    for planted in ["0".repeat(64), "0".repeat(128), String::new()] {
        let headers = format!("{OWN}cookie: connect={planted}\n");
        let response = send(&program, "POST /consent", &headers, "r=chrome.bookmarks").await;
        assert!(response.starts_with("HTTP/1.1 303"), "{response}");
        let cookie = response.split_once("set-cookie: connect=").unwrap().1;
        assert!(!cookie.starts_with(&format!("{planted};")), "{response}");
    }
}

#[tokio::test]
async fn a_foreign_cookie_of_the_same_name_does_not_end_the_session() {
    let (program, mut browser) = start();
    browser.bring(&KIND, ONE_TIME).await;
    let session = browser.session().unwrap();
    for foreign in ["x", &"0".repeat(128)] {
        let headers = format!("{HOST}cookie: connect={foreign}; connect={session}\n");
        let response = send(&program, "GET /exports", &headers, "").await;
        assert!(response.contains("<h1>Your data</h1>"), "{foreign}");
    }
}

#[tokio::test]
async fn every_page_forbids_foreign_scripts_frames_and_caching() {
    let program = Program::start();
    for path in ["/", "/exports", "/nowhere", "/style.css", "/consent", "/script.js"] {
        let response = send(&program, &format!("GET {path}"), HOST, "").await;
        for header in [
            "content-security-policy: default-src 'none';",
            "script-src 'self';",
            "frame-ancestors 'none'",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "referrer-policy: same-origin",
        ] {
            assert!(response.contains(header), "{path}: {header}");
        }
    }
}
