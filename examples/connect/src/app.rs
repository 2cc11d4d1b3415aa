//! The flow: choose, consent, return, see what was granted, retry.

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::{RawForm, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use dataportability_scopes::url::form_urlencoded;
use dataportability_scopes::CallError;
use dataportability_scopes::api::{JobId, ResetRequest, RetryRequest};
use dataportability_scopes::catalogue::{Resource, ScopeSet};
use dataportability_scopes::consent::{Consent, ConsentRequest, RedirectUri};
use maud::Markup;

use crate::guard::{Guard, guard};
use crate::http_client::http;
use crate::pages;
use crate::problem::Problem;
use crate::provider::Provider;
use crate::sessions::{Session, Sessions};

struct App {
    provider: Provider,
    redirect_uri: RedirectUri,
    sessions: Sessions,
}

pub(crate) fn router(origin: &str, provider: Provider) -> Result<Router, Box<dyn Error>> {
    // The form that begins a consent is answered by a redirect to the authorization endpoint.
    let form_target = provider.authorization.url().origin().ascii_serialization();
    let app = App {
        provider,
        redirect_uri: format!("{origin}/return").parse()?,
        sessions: Sessions::default(),
    };
    Ok(Router::new()
        .route("/", get(choose))
        .route("/consent", post(consent))
        .route("/return", get(returned))
        .route("/result", get(result))
        .route("/retry", post(retry))
        .route("/reset", post(reset))
        .route("/style.css", get(pages::style))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .with_state(Arc::new(app))
        .layer(middleware::from_fn_with_state(
            Guard::new(origin, &form_target),
            guard,
        )))
}

/// What the user may bring over.
async fn choose(State(app): State<Arc<App>>, headers: HeaderMap) -> Html<String> {
    let held = app.sessions.with(&headers, |session| session.held());
    html(pages::choose(held.unwrap_or_default(), None))
}

/// Sends the user away, with what the return will be held against kept in the session.
async fn consent(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Result<Response, Problem> {
    let resources: Result<ScopeSet, _> = fields(&form, "resource")
        .map(|name| name.parse::<Resource>())
        .collect();
    let needed = resources.map_err(|error| {
        let title = "This cannot be asked for";
        Problem::new(StatusCode::BAD_REQUEST, title, error.to_string())
    })?;
    // What was granted is not asked for again: Google would refuse the whole request.
    let held = app.sessions.with(&headers, |session| session.held());
    let held = held.unwrap_or_default();
    if needed.is_empty() {
        let page = pages::choose(held, Some("Tick at least one kind of data."));
        return Ok((StatusCode::BAD_REQUEST, html(page)).into_response());
    }

    // `offline`, because only an answer with a refresh token tells for how long access was given.
    // An app that may ask for very much makes several requests of `ConsentRequest::batches`.
    let request = ConsentRequest::new(
        app.provider.client_id.clone(),
        app.redirect_uri.clone(),
        needed,
    )
    .endpoint(app.provider.authorization.clone())
    .held(held)
    .offline();
    match request.begin(SystemTime::now())? {
        Consent::NothingToAsk => Ok(Redirect::to("/result").into_response()),
        Consent::Ask(consent) => {
            let cookie = app.sessions.renew(&headers, |session| {
                session.pending = Some(consent.pending);
            });
            let away = Redirect::to(consent.url.as_str());
            Ok(([(header::SET_COOKIE, cookie)], away).into_response())
        }
    }
}

/// The user is back: the answer is checked, and its code exchanged for tokens.
async fn returned(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let now = SystemTime::now();
    // Route and guard have seen to path and host; where nothing does, use `accept_url`.
    let accept = |session: &mut Session| {
        let pending = session.pending.as_mut()?;
        Some(pending.accept_query(query.as_deref().unwrap_or_default(), now))
    };
    let accepted = app.sessions.with(&headers, accept).flatten();
    let returned = accepted.ok_or_else(Problem::no_session)??;
    let consented = app
        .provider
        .tokens
        .exchange_async(&returned, now, &http)
        .await?;
    let cookie = app
        .sessions
        .renew(&headers, |session| session.consented.push(consented));
    // On to an address without the code in it.
    let on = Redirect::to("/result");
    Ok(([(header::SET_COOKIE, cookie)], on).into_response())
}

/// What became of it.
async fn result(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Html<String>, Problem> {
    let show = |session: &mut Session| match session.consented.as_slice() {
        [] => Err(Problem::nothing_allowed()),
        [earlier @ .., last] => Ok(pages::result(last, earlier, app.provider.hint)),
    };
    let page = app.sessions.with(&headers, show);
    Ok(html(page.ok_or_else(Problem::no_session)??))
}

/// Starts a failed export again.
async fn retry(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Result<Html<String>, Problem> {
    // A real app knows with which token it started the job, and does not ask for the job's name.
    let last = |session: &mut Session| {
        let last = session
            .consented
            .last()
            .ok_or_else(Problem::nothing_allowed)?;
        Ok::<_, Problem>(last.tokens.clone())
    };
    let tokens = app.sessions.with(&headers, last);
    let tokens = tokens.ok_or_else(Problem::no_session)??;
    let job = fields(&form, "job").next().unwrap_or_default();
    let job: JobId = job.trim().parse()?;
    let request = RetryRequest::new(&job, &tokens.grant)?.at(&app.provider.api);
    let response = request.send_async(&tokens.access_token, &http).await?;
    Ok(html(pages::retried(&job, &response.job)))
}

/// Ends the access, after which the user can be asked for the same again.
async fn reset(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Html<String>, Problem> {
    let consented = |session: &mut Session| session.consented.clone();
    let consented = app.sessions.with(&headers, consented);
    for consented in consented.ok_or_else(Problem::no_session)? {
        let tokens = consented.tokens;
        let request = ResetRequest::new(&tokens.grant)?.at(&app.provider.api);
        match request.send_async(&tokens.access_token, &http).await {
            // Of two tokens of one account, the first reset ends both.
            Ok(()) | Err(CallError::Unauthenticated(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    app.sessions
        .with(&headers, |session| *session = Session::default());
    Ok(html(pages::ended()))
}

/// The values of a field of a form.
fn fields<'f>(form: &'f [u8], name: &'f str) -> impl Iterator<Item = String> + 'f {
    form_urlencoded::parse(form)
        .filter(move |(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

fn html(page: Markup) -> Html<String> {
    Html(page.into_string())
}
