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
use dataportability_scopes::call::MAX_RESPONSE_LEN;
use dataportability_scopes::catalogue::Revision;
use dataportability_scopes::http;
use stand_in::{Access, Config, Decision, Google, Granted};
use tokio::net::TcpListener;

/// A simulated Google that listens on a port of this machine. Its access tokens last 30 seconds, so
/// that an app with a margin of a minute refreshes them at once.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address, such as `http://127.0.0.1:49152`.
    pub origin: String,
    state: Arc<Mutex<ServerState>>,
}

#[derive(Debug)]
struct ServerState {
    google: Google,
    refreshes: usize,
}

impl Server {
    /// Starts one. Its client is `client` with the secret `secret`.
    ///
    /// # Panics
    ///
    /// Panics if no port is free.
    pub async fn start(redirect_uri: &str) -> Server {
        // In a workspace, reqwest is built with the features of all its users. Those of the examples
        // want a TLS provider, even for http. A second test finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let groups = Revision::NEWEST.scopes().iter().map(|scope| scope.resource().name());
        let mut config = Config::new(groups, redirect_uri);
        let origin = format!("http://{address}");
        config.issuer = Some(origin.clone());
        let state = Arc::new(Mutex::new(ServerState { google: Google::new(config), refreshes: 0 }));
        let app = Router::new().fallback(respond).with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Server { origin, state }
    }

    /// Lets a user decide, and returns the URL of the callback.
    ///
    /// # Panics
    ///
    /// Panics if Google would show an error page.
    #[must_use]
    pub fn decide(&self, authorization_url: &str, granted: Granted) -> String {
        let decision =
            Decision { account: "ada@example.com".into(), granted, access: Access::Days30 };
        let now = SystemTime::now();
        let callback = self.lock().google.decide(authorization_url, &decision, now);
        callback.expect("a callback")
    }

    /// Returns how many times tokens were refreshed.
    #[must_use]
    pub fn refreshes(&self) -> usize {
        self.lock().refreshes
    }

    fn lock(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn respond(State(state): State<Arc<Mutex<ServerState>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_RESPONSE_LEN).await.unwrap_or_default();
    let request = http::Request::from_parts(parts, Vec::from(body));
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let form = String::from_utf8_lossy(request.body());
    state.refreshes += usize::from(form.contains("grant_type=refresh_token"));
    let response = state.google.respond(&request, SystemTime::now());
    response.map(|body| {
        let body = String::from_utf8_lossy(&body).into_owned();
        body.replace(r#""expires_in":3599"#, r#""expires_in":30"#).into()
    })
}
