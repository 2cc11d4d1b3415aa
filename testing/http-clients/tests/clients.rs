//! Every HTTP client of the documentation, spawned on a multi-threaded runtime and in a handler of
//! a web framework, against the simulated Google.
#![allow(missing_docs, reason = "tests are documented by their names")]

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use dataportability_scopes::call::{CallErrorKind, HttpCall, MAX_RESPONSE_LEN};
use dataportability_scopes::catalogue::{Revision, Scopes};
use dataportability_scopes::consent::{Exchanged, PendingConsents};
use dataportability_scopes::{http, send, send_async};
use http_clients::Server;
use stand_in::Granted;
use tokio::net::TcpListener;

mod reqwest_0_12 {
    use super::{Arc, MAX_RESPONSE_LEN, Router, Server, State, assert_bounded, assert_granted};
    use super::{exchange, get, http, long_response, send_async, serve, start};
    use reqwest012 as reqwest;

    include!("../src/reqwest.rs");
    include!("reqwest/scenarios.rs");
}

mod reqwest_0_13 {
    use super::{Arc, MAX_RESPONSE_LEN, Router, Server, State, assert_bounded, assert_granted};
    use super::{exchange, get, http, long_response, send_async, serve, start};

    include!("../src/reqwest.rs");
    include!("reqwest/scenarios.rs");
}

mod ureq_3 {
    use super::{MAX_RESPONSE_LEN, http};

    include!("../src/ureq.rs");

    #[tokio::test(flavor = "multi_thread")]
    async fn a_blocking_agent_sends_from_a_thread_of_its_own() {
        let (_, call) = super::start().await;
        let work = move || {
            let config = ureq::Agent::config_builder()
                .max_redirects(0)
                .max_redirects_will_error(false)
                .http_status_as_error(false);
            let agent = ureq::Agent::new_with_config(config.build());
            super::send(&call, |request| http(&agent, request))
        };
        super::assert_granted(tokio::task::spawn_blocking(work).await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_a_long_response_no_more_is_read_than_the_library_takes() {
        let request = super::long_response().await;
        let work = move || http(&ureq::agent(), request);
        let error = tokio::task::spawn_blocking(work).await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the response body is larger than request limit: 1048577");
    }
}

const CALLBACK: &str = "https://app.example.com/callback";

/// All scopes of the newest revision.
fn scopes() -> Scopes {
    Revision::NEWEST.scopes().into()
}

/// A server, and a call whose code it has just issued.
async fn start() -> (Server, impl HttpCall<Response = Exchanged>) {
    let server = Server::start(CALLBACK).await;
    let call = exchange(&server);
    (server, call)
}

fn exchange(server: &Server) -> impl HttpCall<Response = Exchanged> + use<> {
    let now = SystemTime::now();
    let consent = server.client.consent(scopes()).authorize_url(now);
    let consent = consent.unwrap().unwrap();
    let mut pending = PendingConsents::default();
    pending.insert(consent.pending, now);
    let callback = server.decide(consent.url.as_str(), Granted::All);
    let response = pending.complete_url(&callback, now).unwrap();
    server.client.exchange(&response, now)
}

/// Returns a request whose response is 64 times as long as the longest that the library reads.
async fn long_response() -> http::Request<Vec<u8>> {
    let router = Router::new().route("/", get(async || vec![b' '; 64 * MAX_RESPONSE_LEN]));
    http::Request::get(serve(router).await).body(Vec::new()).unwrap()
}

/// Serves on a free port, and returns the address.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// The library refuses the response as too long, and little more of it was read.
fn assert_bounded(response: &http::Response<Vec<u8>>) {
    let len = response.body().len();
    assert!((MAX_RESPONSE_LEN + 1..2 * MAX_RESPONSE_LEN).contains(&len), "{len} bytes");
}

fn assert_granted<E: std::fmt::Debug>(result: Result<Exchanged, E>) {
    let exchanged = result.unwrap();
    assert_eq!(exchanged.tokens.grant.scopes(), &scopes());
    assert!(exchanged.tokens.refresh_token.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_sends_the_request_and_the_call_reads_the_response_later() {
    let (_, call) = start().await;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let request = call.to_request().unwrap();
    tokio::spawn(async move {
        let client = reqwest::Client::new();
        let response = client.execute(request.try_into().unwrap()).await.unwrap();
        let mut read = http::Response::new(Vec::new());
        *read.status_mut() = response.status();
        *read.body_mut() = response.bytes().await.unwrap().into();
        sender.send(read).unwrap();
    });
    assert_granted(call.read_response(&receiver.await.unwrap()));
}
