//! The simulated Google over HTTP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use stand_in::{Access, Clock, Config, Faults, Google, Options, Rates, Server};
use tokio::net::TcpListener;

use crate::app::{ADA, App, authorization_url, config};

/// Serves on a port of its own until the test ends.
fn serve(server: Server) -> SocketAddr {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            server.serve(listener).await
        });
    });
    receiver.recv().unwrap()
}

/// Sends what is given and returns all that comes back until the server closes the connection.
fn exchange(address: SocketAddr, sent: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    let mut received = String::new();
    let _ = stream.read_to_string(&mut received);
    received
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
}

#[test]
fn a_page_is_served() {
    let address = serve(Server::new(Google::new(config()), Options::default()));
    let response = exchange(address, &get("/stand-in"));
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("Stand-in for Google"));
}

#[test]
fn a_lost_response_closes_the_connection() {
    let faults =
        Faults { api: Rates { lost_responses: 1.0, ..Rates::default() }, ..Faults::default() };
    let google = Google::new(Config { faults, ..config() });
    let address = serve(Server::new(google, Options::default()));
    assert_eq!(exchange(address, &get("/v1/other")), "");
}

#[test]
fn half_a_head_and_half_a_body_time_out() {
    let options = Options {
        header_timeout: Duration::from_millis(200),
        body_timeout: Duration::from_millis(200),
        ..Options::default()
    };
    let address = serve(Server::new(Google::new(config()), options));
    let response = exchange(address, "GET / HTTP/1.1\r\nHost:");
    assert!(response.is_empty() || response.starts_with("HTTP/1.1 408 "), "{response}");
    let half = "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf";
    assert!(exchange(address, half).starts_with("HTTP/1.1 408 "));
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    let address = serve(Server::new(Google::new(config()), Options::default()));
    let large = format!(
        "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n{}",
        "a".repeat(70_000)
    );
    assert!(exchange(address, &large).starts_with("HTTP/1.1 413 "));
}

#[test]
fn no_more_connections_than_allowed_are_served_at_a_time() {
    let options = Options {
        max_connections: 2,
        header_timeout: Duration::from_millis(200),
        ..Options::default()
    };
    let address = serve(Server::new(Google::new(config()), options));
    let _held: Vec<_> = (0..6).map(|_| TcpStream::connect(address).unwrap()).collect();
    // It has its turn when the held ones have timed out.
    let response = exchange(address, &get("/stand-in"));
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
}

#[test]
fn a_restarted_server_goes_on_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        state_file: Some(folder.path().join("state.json")),
        clock: Clock { epoch: 1_750_000_000, speed: 2 },
        ..Options::default()
    };
    let first = Server::open(config(), options()).unwrap();
    let decision = crate::app::decision(ADA, stand_in::Granted::All, Access::Days30);
    let url = authorization_url(&["myactivity.search"]);
    let callback = first.with(|google, now| google.decide(&url, &decision, now)).unwrap().unwrap();
    drop(first);

    let second = Server::open(
        Config { seed: 7, base_url: "http://127.0.0.1:1".to_owned(), ..config() },
        Options { clock: Clock::starting_now(2), ..options() },
    )
    .unwrap();
    assert_eq!(second.clock().epoch, 1_750_000_000);
    assert_eq!(second.audit().total.consents, 1);
    let code = crate::app::parameters(&callback)["code"].clone();
    second
        .with(|google, now| {
            assert_eq!(google.config().seed, 0);
            assert_eq!(google.config().base_url, "http://127.0.0.1:1");
            let mut app = App { google: google.clone(), now };
            assert_eq!(app.exchange(&code).status, 200);
        })
        .unwrap();

    let other_speed = Options { clock: Clock::starting_now(3), ..options() };
    assert_eq!(
        Server::open(config(), other_speed).unwrap_err().to_string(),
        "the state was saved with a clock of speed 2: use that speed, or another file"
    );
}

#[test]
fn a_faster_clock_starts_at_real_time() {
    let clock = Clock { epoch: 1_750_000_000, speed: 600 };
    let real = std::time::SystemTime::now();
    let since = |time: std::time::SystemTime| {
        time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() - 1_750_000_000
    };
    let (shown, passed) = (since(clock.now()), since(real));
    assert!((passed * 600..=(passed + 60) * 600 + 600).contains(&shown));
}
