//! A web app that asks users for their Google data: choose, consent, callback, tokens, refresh.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{Form, RawQuery, State};
use axum::response::{Html, Redirect};
use axum::{Router, http::StatusCode, routing::get};
use dataportability_scopes::call::MAX_RESPONSE_LEN;
use dataportability_scopes::consent::{CallbackError, Exchanged, OAuthClient, PendingConsents};
use dataportability_scopes::{Grant, Revision, Scopes, http, send_async};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, cookie::SameSite, session::Id};

pub(crate) struct App {
    pub(crate) http: reqwest::Client,
    pub(crate) google: OAuthClient,
    pub(crate) users: Mutex<HashMap<Option<Id>, Arc<Mutex<User>>>>,
}

/// The Google accounts of a user, by email address. What one granted says nothing about another.
type User = BTreeMap<String, (PendingConsents, Vec<Exchanged>)>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let app = App {
        http: http.timeout(Duration::from_secs(30)).build()?,
        google: OAuthClient::from_console_json(&std::fs::read_to_string("client_secret.json")?)?,
        users: Mutex::default(),
    };
    let listener = tokio::net::TcpListener::bind("localhost:8080").await?;
    Ok(axum::serve(listener, router(app)).await?)
}

pub(crate) fn router(app: App) -> Router {
    // `Strict` would keep the cookie from the callback, which comes from Google's site.
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_same_site(SameSite::Lax);
    Router::new()
        .route("/", get(overview).post(consent))
        .route("/callback", get(callback))
        .layer(sessions.with_secure(false)) // `true` once the app is served over HTTPS.
        .with_state(Arc::new(app))
}

/// Locks the user of a session, so that one request is served after the other.
async fn user(app: &App, session: &Session) -> Page<OwnedMutexGuard<User>> {
    session.insert("user", true).await.map_err(problem)?;
    session.save().await.map_err(problem)?;
    let user = Arc::clone(app.users.lock().await.entry(session.id()).or_default());
    Ok(user.lock_owned().await)
}

async fn overview(app: State<Arc<App>>, session: Session) -> Page<Html<String>> {
    let mut page = vec!["<form method=post><input name=account type=email required>".to_owned()];
    for scope in Revision::NEWEST.scopes() {
        let (name, label) = (scope.resource().name(), scope.resource().label());
        page.push(format!("<p><label><input type=checkbox name={name}>{label}</label>"));
    }
    page.push("<p><button>Continue to Google</button></form>".to_owned());
    let (mut user, now) = (user(&app, &session).await?, SystemTime::now());
    for exchanged in user.values_mut().flat_map(|(_, exchanged)| exchanged) {
        if exchanged.tokens.is_expired(now, Duration::from_secs(60)) {
            let call = app.google.refresh(&exchanged.tokens, now);
            match send_async(&call, |request| http(&app.http, request)).await {
                // The access has ended: nothing is granted, so that all can be asked for again.
                Err(error) if error.needs_consent() => exchanged.tokens.grant = Grant::default(),
                refreshed => exchanged.tokens = refreshed.map_err(problem)?,
            }
        }
        page.push(format!("<p>{:?}", exchanged.comparison));
    }
    Ok(Html(page.concat()))
}

type Fields = Form<HashMap<String, String>>;

async fn consent(app: State<Arc<App>>, session: Session, Form(mut form): Fields) -> Page<Redirect> {
    let (mut user, now) = (user(&app, &session).await?, SystemTime::now());
    let email = form.remove("account").unwrap_or_default();
    let (pending, exchanged) = user.entry(email.clone()).or_default();
    let granted: Scopes = exchanged.iter().map(|it| &it.tokens.grant).collect();
    let chosen: Result<Scopes, _> = form.keys().map(|name| name.parse::<Scopes>()).collect();
    let asked = app.google.consent(chosen.map_err(problem)?);
    let asked = asked.already_granted(granted).login_hint(email);
    let Some(consent) = asked.authorize_url(now).map_err(problem)? else {
        return Ok(Redirect::to("/"));
    };
    pending.insert(consent.pending, now);
    Ok(Redirect::to(consent.url.as_str()))
}

async fn callback(app: State<Arc<App>>, session: Session, query: RawQuery) -> Page<Redirect> {
    let (mut user, now) = (user(&app, &session).await?, SystemTime::now());
    // A task of its own goes on if the browser hangs up: the code works only once.
    let exchange = async move {
        for (pending, exchanged) in user.values_mut() {
            let response = match pending.complete(query.0.as_deref().unwrap_or_default(), now) {
                Err(CallbackError::UnknownState) => continue, // Another account's, or a repetition.
                completed => completed.map_err(problem)?,
            };
            let call = app.google.exchange(&response, now);
            let received = send_async(&call, |request| http(&app.http, request)).await;
            exchanged.push(received.map_err(problem)?);
        }
        Ok(Redirect::to("/"))
    };
    tokio::spawn(exchange).await.map_err(problem)?
}

type Received = reqwest::Result<http::Response<Vec<u8>>>;

async fn http(client: &reqwest::Client, request: http::Request<Vec<u8>>) -> Received {
    let mut response = client.execute(request.try_into()?).await?;
    let mut read = http::Response::new(Vec::new());
    (*read.status_mut(), *read.headers_mut()) = (response.status(), response.headers().clone());
    while let (..=MAX_RESPONSE_LEN, Some(chunk)) = (read.body().len(), response.chunk().await?) {
        read.body_mut().extend_from_slice(&chunk);
    }
    Ok(read)
}

type Page<T> = Result<T, (StatusCode, String)>;

fn problem(error: impl Into<Box<dyn std::error::Error>>) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, error.into().to_string())
}
