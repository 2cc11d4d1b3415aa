//! Compiles and runs the HTTP clients and the web app of the documentation.
//!
//! The pages of `docs/` are doctests here, and the tests run exactly the lines that they show, against
//! the simulated Google of `testing/stand-in` on a local socket.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/http_clients.md")]
mod http_clients {}

#[cfg(doctest)]
#[doc = include_str!("../../../docs/web_app.md")]
mod web_app {}

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use dataportability_scopes::call::{Endpoints, MAX_RESPONSE_LEN};
use dataportability_scopes::{OAuthClient, Revision, http};
use stand_in::{Access, Config, Decision, Google, Granted};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use url::Url;

/// A simulated Google that listens on a port of this machine. Its access tokens last 30 seconds, so
/// that an app with a margin of a minute refreshes them at once.
#[derive(Clone, Debug)]
pub struct Server {
    /// The client that is registered with it.
    pub client: OAuthClient,
    state: Arc<Mutex<ServerState>>,
}

#[derive(Debug)]
struct ServerState {
    google: Google,
    exchanges: usize,
    refreshes: usize,
    gate: Option<(mpsc::UnboundedSender<()>, Arc<Semaphore>)>,
}

/// Token requests that arrive and get no response until they are let through.
#[derive(Debug)]
pub struct Held {
    arrivals: mpsc::UnboundedReceiver<()>,
    permits: Arc<Semaphore>,
}

impl Held {
    /// Waits until a token request has arrived.
    pub async fn arrival(&mut self) {
        self.arrivals.recv().await;
    }

    /// Lets all token requests through, those that arrive later too.
    pub fn release(&self) {
        self.permits.add_permits(Semaphore::MAX_PERMITS);
    }
}

impl Server {
    /// Starts one, with a client that has this redirect URI.
    ///
    /// # Panics
    ///
    /// Panics if no port is free, or the redirect URI breaks a rule.
    pub async fn start(redirect_uri: &str) -> Server {
        // In a workspace, reqwest is built with the features of all its users. Those of the examples
        // want a TLS provider, even for http. A second test finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let groups = Revision::NEWEST.scopes().iter().map(|scope| scope.resource().name());
        let state = Arc::new(Mutex::new(ServerState {
            google: Google::new(Config::new(groups, redirect_uri)),
            exchanges: 0,
            refreshes: 0,
            gate: None,
        }));
        let app = Router::new().fallback(respond).with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let redirect_uri = redirect_uri.parse().expect("a redirect URI");
        let client = OAuthClient::new("client", redirect_uri).client_secret("secret");
        let endpoints = Endpoints::at(&base.parse().expect("an address"));
        let client = client.endpoints(endpoints);
        Server { client, state }
    }

    /// Lets the user of the `login_hint` decide, or else Ada, and returns the URL of the callback.
    ///
    /// # Panics
    ///
    /// Panics if Google would show an error page.
    #[must_use]
    pub fn decide(&self, authorization_url: &str, granted: Granted) -> String {
        let url: Url = authorization_url.parse().expect("a URL");
        let hint = url.query_pairs().find(|(name, _)| name == "login_hint");
        let account = hint.map_or("ada@example.com".into(), |(_, email)| email.into_owned());
        let decision = Decision { account, granted, access: Access::Days30 };
        let now = SystemTime::now();
        let callback = self.lock().google.decide(authorization_url, &decision, now);
        callback.expect("a callback")
    }

    /// Holds token requests from now on.
    #[must_use]
    pub fn hold_token_requests(&self) -> Held {
        let (sender, arrivals) = mpsc::unbounded_channel();
        let permits = Arc::new(Semaphore::new(0));
        self.lock().gate = Some((sender, permits.clone()));
        Held { arrivals, permits }
    }

    /// Returns how many codes were sent for an exchange.
    #[must_use]
    pub fn exchanges(&self) -> usize {
        self.lock().exchanges
    }

    /// Returns how many times tokens were refreshed.
    #[must_use]
    pub fn refreshes(&self) -> usize {
        self.lock().refreshes
    }

    fn lock(&self) -> MutexGuard<'_, ServerState> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<ServerState>) -> MutexGuard<'_, ServerState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn respond(State(state): State<Arc<Mutex<ServerState>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_RESPONSE_LEN).await.unwrap_or_default();
    let request = http::Request::from_parts(parts, Vec::from(body));
    let gate = lock(&state).gate.clone();
    if let (Some((arrived, permits)), "/token") = (gate, request.uri().path()) {
        // The test may be over.
        let _ = arrived.send(());
        let _ = permits.acquire().await;
    }
    let mut state = lock(&state);
    let form = String::from_utf8_lossy(request.body());
    state.exchanges += usize::from(form.contains("grant_type=authorization_code"));
    state.refreshes += usize::from(form.contains("grant_type=refresh_token"));
    let response = state.google.respond(&request, SystemTime::now());
    response.map(|body| {
        let body = String::from_utf8_lossy(&body).into_owned();
        body.replace(r#""expires_in":3599"#, r#""expires_in":30"#).into()
    })
}
