//! What no request gets past.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::browser::Browser;
use crate::program::Program;

/// Sends a request as it is written, and returns the whole response.
async fn raw(program: &Program, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", program.port())).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    let _ = stream.read_to_string(&mut response).await;
    response
}

fn post(headers: &str, body: &str) -> String {
    format!(
        "POST /consent HTTP/1.1\r\n{headers}content-length: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn only_a_form_of_the_app_itself_does_something() {
    let program = Program::start();
    let port = program.port();
    let host = format!("host: 127.0.0.1:{port}\r\n");
    let own = format!("origin: http://127.0.0.1:{port}\r\n");
    let sends = |headers: String| {
        let request = post(&headers, "r=chrome.bookmarks");
        let program = &program;
        async move { raw(program, &request).await[..12].to_owned() }
    };
    assert_eq!(sends(format!("{host}{own}")).await, "HTTP/1.1 303");
    for origin in [
        String::new(),
        "origin: null\r\n".to_owned(),
        "origin: https://evil.example\r\n".to_owned(),
        format!("origin: http://localhost:{port}\r\n"),
        format!("origin: https://127.0.0.1:{port}\r\n"),
        format!("{own}{own}"),
        format!("{own}origin: https://evil.example\r\n"),
        format!("origin: https://evil.example\r\n{own}"),
    ] {
        assert_eq!(sends(format!("{host}{origin}")).await, "HTTP/1.1 403", "{origin}");
    }
    for host in [format!("host: localhost:{port}\r\n"), "host: evil.example\r\n".to_owned()] {
        assert_eq!(sends(format!("{host}{own}")).await, "HTTP/1.1 403", "{host}");
    }
    for host in [String::new(), format!("{host}{host}"), format!("{host}host: evil.example\r\n")] {
        assert_eq!(sends(format!("{host}{own}")).await, "HTTP/1.1 400", "{host}");
    }
}

#[tokio::test]
async fn another_name_of_the_host_leads_to_the_one_that_has_the_cookie() {
    let program = Program::start();
    let port = program.port();
    let request = format!("GET / HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    let response = raw(&program, &request).await;
    assert!(response.starts_with("HTTP/1.1 303"), "{response}");
    assert!(response.contains(&format!("location: http://127.0.0.1:{port}\r\n")));
}

#[tokio::test]
async fn a_body_of_more_than_16_kib_is_refused() {
    let program = Program::start();
    let port = program.port();
    let headers = format!("host: 127.0.0.1:{port}\r\norigin: http://127.0.0.1:{port}\r\n");
    let body = |len: usize| "r=".to_owned() + &"x".repeat(len - 2);
    let largest = raw(&program, &post(&headers, &body(16 * 1024))).await;
    assert!(largest.starts_with("HTTP/1.1 303"), "{largest}");
    let larger = raw(&program, &post(&headers, &body(16 * 1024 + 1))).await;
    assert!(larger.starts_with("HTTP/1.1 413"), "{larger}");
}

#[tokio::test]
async fn requests_that_are_never_finished_do_not_stop_the_app() {
    let program = Program::start();
    let port = program.port();
    let mut held = Vec::new();
    for index in 0..150 {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
            break;
        };
        // Half of them without the end of their headers, half without the end of their body.
        let text = if index % 2 == 0 {
            "GET / HTTP/1.1\r\nhost:".to_owned()
        } else {
            format!(
                "POST /consent HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\
                 origin: http://127.0.0.1:{port}\r\ncontent-length: 1000\r\n\r\nr="
            )
        };
        stream.write_all(text.as_bytes()).await.unwrap();
        held.push(stream);
    }
    let mut browser = Browser::new(&program);
    let page = tokio::time::timeout(Duration::from_secs(55), browser.get("/")).await;
    assert_eq!(page.expect("the app still responds").status, 200);
}

#[tokio::test]
async fn connections_that_ask_for_nothing_shut_nobody_out() {
    let program = Program::start();
    let mut held = Vec::new();
    for _ in 0..150 {
        held.push(TcpStream::connect(("127.0.0.1", program.port())).await.unwrap());
        // One in two has asked once, and keeps its connection.
        if held.len() % 2 == 0 {
            let request =
                format!("GET /style.css HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n", program.port());
            let stream = held.last_mut().unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            assert!(stream.read(&mut [0; 16]).await.unwrap() > 0);
        }
    }
    let mut browser = Browser::new(&program);
    let page = tokio::time::timeout(Duration::from_secs(5), browser.get("/")).await;
    assert_eq!(page.expect("the app responds at once").status, 200);
}

#[tokio::test]
async fn no_session_has_a_name_that_the_app_did_not_make() {
    let program = Program::start();
    let port = program.port();
    for planted in ["0".repeat(64), "0".repeat(128), String::new()] {
        let headers = format!(
            "host: 127.0.0.1:{port}\r\norigin: http://127.0.0.1:{port}\r\n\
             cookie: connect={planted}\r\n"
        );
        let response = raw(&program, &post(&headers, "r=chrome.bookmarks")).await;
        assert!(response.starts_with("HTTP/1.1 303"), "{response}");
        let cookie = response.split_once("set-cookie: connect=").unwrap().1;
        assert!(!cookie.starts_with(&format!("{planted};")), "{response}");
    }
}

#[tokio::test]
async fn a_foreign_cookie_of_the_same_name_does_not_end_the_session() {
    let program = Program::start();
    let mut browser = Browser::new(&program);
    browser.bring(&["chrome.bookmarks"], "one-time").await;
    let session = browser.session().unwrap();
    let port = program.port();
    for foreign in ["x", &"0".repeat(128)] {
        let request = format!(
            "GET /exports HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\
             cookie: connect={foreign}; connect={session}\r\nconnection: close\r\n\r\n"
        );
        let response = raw(&program, &request).await;
        assert!(response.contains("<h1>Your data</h1>"), "{foreign}");
    }
}

#[tokio::test]
async fn every_page_forbids_foreign_scripts_frames_and_caching() {
    let program = Program::start();
    let port = program.port();
    for path in ["/", "/exports", "/nowhere", "/style.css", "/consent", "/script.js"] {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
        let response = raw(&program, &request).await;
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
