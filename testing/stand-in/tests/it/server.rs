//! The simulated Google over HTTP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use stand_in::{Access, Clock, Config, Decision, Faults, Google, Granted, Options, Rates, Server};
use tokio::net::TcpListener;

use crate::app::{ADA, App, SEARCH, authorization_url, config, parameters};

/// Serves on a port of its own until the test ends.
async fn serve(config: Config) -> SocketAddr {
    let server = Server::new(Google::new(config), Options::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { server.serve(listener).await });
    address
}

/// Sends what is given and returns all that comes back until the server closes the connection.
async fn exchange(address: SocketAddr, sent: String) -> String {
    let exchange = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{sent}").unwrap();
        let mut received = String::new();
        let _ = stream.read_to_string(&mut received);
        received
    };
    tokio::task::spawn_blocking(exchange).await.unwrap()
}

#[tokio::test]
async fn what_is_answered_arrives_and_what_is_lost_closes_the_connection() {
    let api = Rates { lost_responses: 1.0, ..Rates::default() };
    let faults = Faults { api, ..Faults::default() };
    let address = serve(Config { faults, ..config() }).await;
    let get = |path| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let response = exchange(address, get("/stand-in")).await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("Stand-in for Google"));
    assert_eq!(exchange(address, get("/v1/other")).await, "");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let head = "POST /token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 70000";
    let large = format!("{head}\r\n\r\n{}", "a".repeat(70_000));
    assert!(exchange(serve(config()).await, large).await.starts_with("HTTP/1.1 413 "));
}

#[test]
fn a_restarted_server_goes_on_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let options = |clock| Options { state_file: Some(folder.path().join("state.json")), clock };
    let clock = Clock { epoch: 1_750_000_000, speed: 2 };
    let first = Server::open(config(), options(clock)).unwrap();
    let decision =
        Decision { account: ADA.to_owned(), granted: Granted::All, access: Access::Days30 };
    let url = authorization_url(&[SEARCH]);
    let callback = first.with(|google, now| google.decide(&url, &decision, now)).unwrap().unwrap();
    drop(first);

    let base_url = "http://127.0.0.1:1".to_owned();
    let config = || Config { seed: 7, base_url: base_url.clone(), ..config() };
    let second = Server::open(config(), options(Clock::starting_now(2))).unwrap();
    assert_eq!(second.clock(), clock);
    assert_eq!(second.audit().total.consents, 1);
    let code = parameters(&callback)["code"].clone();
    let exchange = |google: &mut Google, now| {
        assert_eq!((google.config().seed, &google.config().base_url), (0, &base_url));
        let refresh_token = String::new();
        assert_eq!(App { google: google.clone(), now, refresh_token }.exchange(&code).status, 200);
    };
    second.with(exchange).unwrap();

    assert_eq!(
        Server::open(config(), options(Clock::starting_now(3))).unwrap_err().to_string(),
        "the state was saved with a clock of speed 2: use that speed, or another file"
    );
}
