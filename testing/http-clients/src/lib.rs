//! Compiles and runs the HTTP clients and the web app of the documentation.
//!
//! The pages of `docs/` are doctests here, and the tests run exactly the lines that they show,
//! against the simulated Google of `testing/stand-in` on a local socket.

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
use stand_in::{Access, Audit, Config, Decision, Google, Granted};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use url::Url;

/// A simulated Google that listens on a port of this machine. Its access tokens last 30 seconds, so
/// that an app with a margin of a minute refreshes them at once.
#[derive(Clone, Debug)]
pub struct Server {
    /// The client that is registered with it.
    pub client: OAuthClient,
    /// Token requests get no response while it is locked.
    pub gate: Arc<tokio::sync::Mutex<()>>,
    /// Is notified of each token request that arrives.
    pub arrival: Arc<Notify>,
    google: Arc<Mutex<Google>>,
}

impl Server {
    /// Starts one, with a client that has this redirect URI.
    ///
    /// # Panics
    ///
    /// Panics if no port is free, or the redirect URI breaks a rule.
    pub async fn start(redirect_uri: &str) -> Server {
        // In a workspace, reqwest is built with the features of all its users. The examples'
        // want a TLS provider, even for http. A second test finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let groups = Revision::NEWEST.scopes().iter().map(|scope| scope.resource().name());
        let google = Google::new(Config::new(groups, redirect_uri));
        let redirect_uri = redirect_uri.parse().expect("a redirect URI");
        let client = OAuthClient::new("client", redirect_uri).client_secret("secret");
        let server = Server {
            client: client.endpoints(Endpoints::at(&base.parse().expect("an address"))),
            gate: Arc::default(),
            arrival: Arc::default(),
            google: Arc::new(Mutex::new(google)),
        };
        let app = Router::new().fallback(respond).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        server
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
        let callback = self.google().decide(authorization_url, &decision, now);
        callback.expect("a callback")
    }

    /// Returns what clients did so far.
    #[must_use]
    pub fn audit(&self) -> Audit {
        self.google().audit().clone()
    }

    fn google(&self) -> MutexGuard<'_, Google> {
        self.google.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn respond(State(server): State<Server>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_RESPONSE_LEN).await.unwrap_or_default();
    let request = http::Request::from_parts(parts, Vec::from(body));
    if request.uri().path() == "/token" {
        server.arrival.notify_one();
        drop(server.gate.lock().await);
    }
    let response = server.google().respond(&request, SystemTime::now());
    response.map(|body| {
        let body = String::from_utf8_lossy(&body).into_owned();
        body.replace(r#""expires_in":3599"#, r#""expires_in":30"#).into()
    })
}
