//! A web app that asks users for their Google data: choose, consent, callback, tokens, refresh.

use std::error::Error;
use std::time::{Duration, SystemTime};

use axum::extract::{Form, RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Router, http::StatusCode, routing::get, routing::post};
use dataportability_scopes::catalogue::{Resource, Revision, ScopeSet};
use dataportability_scopes::consent::{AccessType, Exchanged, PendingConsents, TokenClient};
use dataportability_scopes::oauth2::{ClientId, ClientSecret};
use dataportability_scopes::{ConsentRequest, http, http_call::MAX_RESPONSE_LEN, send_async};
use reqwest::redirect::Policy;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, cookie::SameSite};

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) http: reqwest::Client,
    pub(crate) consent: ConsentRequest,
    pub(crate) tokens: TokenClient,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let id = ClientId::new(std::env::var("GOOGLE_CLIENT_ID")?);
    let secret = ClientSecret::new(std::env::var("GOOGLE_CLIENT_SECRET")?);
    let redirect_uri = "http://localhost:8080/callback".parse()?;
    let http = reqwest::Client::builder().redirect(Policy::none());
    let app = App {
        http: http.timeout(Duration::from_secs(30)).build()?,
        consent: ConsentRequest::new(id.clone(), redirect_uri, ScopeSet::EMPTY)
            .access_type(AccessType::Offline),
        tokens: TokenClient::new(id, Some(secret)),
    };
    let listener = tokio::net::TcpListener::bind("localhost:8080").await?;
    Ok(axum::serve(listener, router(app)).await?)
}

pub(crate) fn router(app: App) -> Router {
    // `Strict` would keep the cookie from the callback, which comes from Google's site.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_same_site(SameSite::Lax)
        .with_secure(false); // `true` once the app is served over HTTPS.
    Router::new()
        .route("/", get(choose))
        .route("/consent", post(consent))
        .route("/callback", get(callback))
        .route("/result", get(result))
        .layer(sessions)
        .with_state(app)
}

async fn choose() -> Html<String> {
    let boxes = Revision::NEWEST.scopes().iter().map(|scope| {
        let (name, label) = (scope.resource().name(), scope.resource().label());
        format!("<p><label><input type=checkbox name=resource value={name}>{label}</label>")
    });
    let form = "<form method=post action=/consent>".to_owned() + &boxes.collect::<String>();
    Html(form + "<p><button>Continue to Google</button></form>")
}

type Ticked = Vec<(String, Resource)>;

async fn consent(State(app): State<App>, session: Session, Form(form): Form<Ticked>) -> Page {
    let chosen: ScopeSet = form.into_iter().map(|(_, resource)| resource).collect();
    let stored: Vec<Exchanged> = session.get("exchanged").await?.unwrap_or_default();
    let granted = stored.iter().flat_map(|it| it.tokens.grant.scopes());
    let now = SystemTime::now();
    let request = app.consent.already_granted(granted.collect::<ScopeSet>());
    let request = request.scopes(chosen);
    let Some(consent) = request.authorize_url(now)? else {
        return Ok(Redirect::to("/result").into_response());
    };
    let mut pending: PendingConsents = session.get("pending").await?.unwrap_or_default();
    pending.insert(consent.pending, now);
    session.insert("pending", pending).await?;
    Ok(Redirect::to(consent.url.as_str()).into_response())
}

async fn callback(State(app): State<App>, session: Session, RawQuery(query): RawQuery) -> Page {
    let now = SystemTime::now();
    let mut pending: PendingConsents = session.get("pending").await?.unwrap_or_default();
    let response = pending.complete(&query.unwrap_or_default(), now);
    session.insert("pending", pending).await?;
    let exchange = app.tokens.exchange(&response?, now);
    let exchanged = send_async(&exchange, |request| http(&app.http, request)).await?;
    let mut stored: Vec<Exchanged> = session.get("exchanged").await?.unwrap_or_default();
    stored.push(exchanged);
    session.insert("exchanged", stored).await?;
    Ok(Redirect::to("/result").into_response())
}

async fn result(State(app): State<App>, session: Session) -> Page {
    let mut stored: Vec<Exchanged> = session.get("exchanged").await?.unwrap_or_default();
    let mut page = Vec::new();
    for exchanged in &mut stored {
        let (tokens, now) = (&mut exchanged.tokens, SystemTime::now());
        if tokens.is_expired(now, Duration::from_secs(60)) {
            let refresh = app.tokens.refresh(tokens, now)?;
            *tokens = send_async(&refresh, |request| http(&app.http, request)).await?;
        }
        let (granted, declined) = (exchanged.comparison.granted, exchanged.comparison.declined);
        page.push(format!("Granted: {granted:?}\nDeclined: {declined:?}\n"));
    }
    session.insert("exchanged", stored).await?;
    Ok(page.concat().into_response())
}

async fn http(
    client: &reqwest::Client,
    request: http::Request<Vec<u8>>,
) -> reqwest::Result<http::Response<Vec<u8>>> {
    let mut response = client.execute(request.try_into()?).await?;
    let mut read = http::Response::new(Vec::new());
    (*read.status_mut(), *read.headers_mut()) = (response.status(), response.headers().clone());
    while let Some(chunk) = response.chunk().await? {
        read.body_mut().extend_from_slice(&chunk);
        if read.body().len() > MAX_RESPONSE_LEN {
            break;
        }
    }
    Ok(read)
}

type Page = Result<Response, Problem>;

struct Problem(String);

impl<E: Error> From<E> for Problem {
    fn from(error: E) -> Problem {
        Problem(error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.0).into_response()
    }
}
