//! The consent of the documentation's desktop program, with a browser and another program that
//! calls its port.
#![allow(missing_docs, reason = "tests are documented by their names")]

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, SystemTime};

use dataportability_scopes::consent::AuthorizationResponse;
use dataportability_scopes::{OAuthClient, PendingConsents, Resource, Scopes};
use stand_in::{Access, Config, Decision, Google, Granted};

include!("../src/loopback.rs");

fn get(port: u16, path: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
}

/// Consents at a simulated Google, after a forged callback and a request for an icon.
fn browse(url: &str) {
    let port = url.split("127.0.0.1%3A").nth(1).unwrap();
    let port: u16 = port.split("%2F").next().unwrap().parse().unwrap();
    let redirect_uri = format!("http://127.0.0.1:{port}/");
    let mut google = Google::new(Config::new(["chrome.history"], &redirect_uri));
    let account = "ada@example.com".to_owned();
    let decision = Decision { account, granted: Granted::All, access: Access::OneTime };
    let callback = google.decide(url, &decision, SystemTime::now()).unwrap();
    let path = callback.strip_prefix(redirect_uri.trim_end_matches('/')).unwrap().to_owned();
    thread::spawn(move || {
        let silent = TcpStream::connect(("127.0.0.1", port)).unwrap();
        TcpStream::connect(("127.0.0.1", port)).unwrap().write_all(b"\xff\n").unwrap();
        for junk in ["?state=forged&code=forged", "?state=", "?state=a&state=b", "favicon.ico"] {
            get(port, &format!("/{junk}"));
        }
        drop(silent);
        get(port, &path);
    });
}

#[test]
fn a_desktop_program_gets_the_callback_on_a_free_port_whatever_else_calls_it() {
    let google = OAuthClient::new("client", "http://127.0.0.1/".parse().unwrap());
    let (google, response) = consent(google, &[Resource::ChromeHistory], browse).unwrap();
    assert_eq!(response.requested(), &Scopes::from(Resource::ChromeHistory));
    assert_ne!(google.redirect_uri().as_str(), "http://127.0.0.1/");
}
