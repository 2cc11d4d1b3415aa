//! What users do with what they have brought over: watch it arrive, look through it, keep a copy,
//! export it again, cancel, end the access, take it up on another device.

use std::sync::Arc;
use std::time::SystemTime;

use app_runtime::random;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawForm, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use dataportability_scopes::Resource;
use dataportability_scopes::api::export::Step;
use sha2::{Digest, Sha256};

use crate::app::{App, Session, redirect, with_cookie};
use crate::flow::{self, AppState, Page};
use crate::form::field;
use crate::leases::Lease;
use crate::pages::{
    self, CancelPage, EndAccessPage, ExportsPage, Notice, Problem, archive_page, delete_page,
    describe, happened_page, link_page, take_up_page,
};
use crate::store::{ArchiveId, ConsentId, Repeat, StoredArchive, StoredConsent};
use crate::terminal::tell;
use crate::time::Zone;

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(flow::choose))
        .route("/review", get(flow::review))
        .route("/consent", post(flow::consent))
        .route("/callback", get(flow::callback))
        .route("/outcome", get(flow::outcome))
        .route("/help", get(flow::help))
        .route("/exports", get(exports))
        .route("/exports/{consent}/{resource}/cancel", get(ask_to_cancel).post(cancel))
        .route("/access/{consent}/again", post(again))
        .route("/access/{consent}/repeat", post(repeat))
        .route("/access/{consent}/end", get(ask_to_end_access).post(end_access))
        .route("/archives/all.zip", get(download_all))
        .route("/archives/{archive}", get(archive))
        .route("/archives/{archive}/{file}", get(download))
        .route("/archives/{archive}/delete", get(ask_to_delete).post(delete))
        .route("/devices/link", get(link).post(make_link))
        .route("/devices/unlink", post(unlink))
        .route("/devices/end-others", post(end_other_devices))
        .route("/devices/take-up/{token}", get(ask_to_take_up))
        .route("/devices/take-up", post(take_up))
        .route("/notice/close", post(close_notice))
        .route("/zone", post(zone))
        .route("/happened", get(happened))
        .route("/style.css", get(pages::style))
        .route("/script.js", get(pages::script))
        .route("/icon.svg", get(pages::icon))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::wrong_method())
}

type OnPath<T> = Result<Path<T>, PathRejection>;

// The user watches: the page is the same after a reload.

async fn exports(State(app): AppState, headers: HeaderMap) -> Page {
    let session = app.session(&headers)?;
    let view = app.view(&headers, session.as_ref(), "/exports")?;
    let (mut consents, mut archives, mut devices, mut link_left) = Default::default();
    if let Some(Session { id, .. }) = session {
        consents = app.store.consents(id)?;
        archives = app.store.archives(id)?;
        devices = app.store.devices(id)?;
        link_left = app.store.link_left(id, SystemTime::now())?;
    }
    let mut kinds = Vec::new();
    for consent in &consents {
        // A copy is asked what is next, so that looking changes nothing.
        let mut copy = consent.exports.clone();
        let tokens = consent.tokens.as_ref().filter(|_| !consent.ended);
        let step = tokens.map(|it| copy.poll(&app.google.client.access(it), view.now));
        let asks = match &step {
            Some(Step::RequestConsent(reason)) => Some(reason),
            _ => None,
        };
        kinds.extend(describe(consent, asks, &archives, &view));
    }
    let page = ExportsPage {
        view: &view,
        kinds,
        consents: &consents,
        archives: &archives,
        refresh: refresh_seconds(&app, &consents),
        devices,
        link_left,
    };
    Ok(Html(page.markup().into_string()).into_response())
}

/// Returns when it is worth looking again: not before the next call is due.
fn refresh_seconds(app: &App, consents: &[StoredConsent]) -> Option<u64> {
    let due = consents.iter().filter_map(|consent| consent.due).min()?;
    let wait = due.duration_since(app.clock.now()).unwrap_or_default();
    Some(app.clock.real(wait).as_secs().clamp(2, 60))
}

async fn archive(State(app): AppState, headers: HeaderMap, path: OnPath<i64>) -> Page {
    let Path(id) = path?;
    let (session, archive) = own_archive(&app, &headers, id)?;
    let contents = app.look_into(&archive).await;
    let view = app.view(&headers, Some(&session), "/exports")?;
    let page = archive_page(&view, &archive, contents.as_ref());
    Ok(Html(page.into_string()).into_response())
}

async fn download(State(app): AppState, headers: HeaderMap, path: OnPath<(i64, usize)>) -> Page {
    let Path((id, number)) = path?;
    let (_, archive) = own_archive(&app, &headers, id)?;
    let file = app.send_file(&archive, number).await?;
    file.ok_or_else(Problem::not_found)
}

async fn download_all(State(app): AppState, headers: HeaderMap) -> Page {
    let session = app.session(&headers)?.ok_or_else(Problem::not_found)?;
    Ok(app.send_all(&app.store.archives(session.id)?)?)
}

async fn ask_to_delete(State(app): AppState, headers: HeaderMap, path: OnPath<i64>) -> Page {
    let Path(id) = path?;
    let (session, archive) = own_archive(&app, &headers, id)?;
    let view = app.view(&headers, Some(&session), "/exports")?;
    Ok(Html(delete_page(&view, &archive).into_string()).into_response())
}

async fn delete(State(app): AppState, headers: HeaderMap, path: OnPath<i64>) -> Page {
    let Path(id) = path?;
    let (session, archive) = own_archive(&app, &headers, id)?;
    app.store.remove_archive(session.id, archive.id)?;
    app.remove_folder(&archive.folder);
    told(&app, session, Some(Notice::Deleted))
}

// Once more, or not after all.

/// Exports again. With time-based access that may happen once a day.
async fn again(State(app): AppState, headers: HeaderMap, path: OnPath<i64>) -> Page {
    let Path(id) = path?;
    let (session, mut consent, _lease) = own_consent(&app, &headers, id).await?;
    let now = app.clock.now();
    let Some(exports) = consent.exports.again(now).filter(|_| !consent.ended) else {
        return told(&app, session, Some(Notice::NotNow));
    };
    consent.exports = exports;
    app.store.save_exports(consent.id, &consent.exports, Some(now))?;
    app.changed.notify_one();
    told(&app, session, None)
}

async fn repeat(
    State(app): AppState,
    headers: HeaderMap,
    path: OnPath<i64>,
    RawForm(form): RawForm,
) -> Page {
    let Path(id) = path?;
    let (session, consent, _lease) = own_consent(&app, &headers, id).await?;
    let every = Repeat::from_name(&field(&form, "every")).ok_or_else(Problem::bad_request)?;
    app.store.set_repeat(consent.id, every, app.clock.now())?;
    app.changed.notify_one();
    told(&app, session, None)
}

async fn ask_to_cancel(
    State(app): AppState,
    headers: HeaderMap,
    path: OnPath<(i64, String)>,
) -> Page {
    let Path((id, resource)) = path?;
    let resource: Resource = resource.parse().map_err(|_| Problem::not_found())?;
    let (session, consent, _lease) = own_consent(&app, &headers, id).await?;
    let view = app.view(&headers, Some(&session), "/exports")?;
    let page = CancelPage {
        view: &view,
        resource,
        action: format!("/exports/{}/{resource}/cancel", consent.id.0),
    };
    Ok(Html(page.markup().into_string()).into_response())
}

async fn cancel(State(app): AppState, headers: HeaderMap, path: OnPath<(i64, String)>) -> Page {
    let Path((id, resource)) = path?;
    let resource: Resource = resource.parse().map_err(|_| Problem::not_found())?;
    let (session, mut consent, _lease) = own_consent(&app, &headers, id).await?;
    let tokens = app.tokens(&mut consent).await?;
    let of_kind = consent.exports.iter().find(|it| it.resources().contains(resource));
    let job = of_kind.and_then(|export| export.job().cloned());
    let (Some(tokens), Some(job)) = (tokens, job) else {
        return told(&app, session, Some(Notice::NotNow));
    };
    let access = app.google.client.access(&tokens);
    let call = access.cancel(&job).map_err(anyhow::Error::from)?;
    let title = format!("Cancel the export: {}", resource.label());
    let notice = match app.call(session.id, &title, &call).await {
        Ok(()) => {
            let now = app.clock.now();
            consent.exports.cancelled(&job, now);
            app.store.save_exports(consent.id, &consent.exports, Some(now))?;
            None
        }
        // If the job was cancelled all the same, its state will say so.
        Err(error) if error.is_transient() => Some(Notice::Failing),
        Err(_) => Some(Notice::NotNow),
    };
    app.changed.notify_one();
    told(&app, session, notice)
}

// The user ends the access.

async fn ask_to_end_access(State(app): AppState, headers: HeaderMap, path: OnPath<i64>) -> Page {
    let Path(id) = path?;
    let (session, consent, _lease) = own_consent(&app, &headers, id).await?;
    let view = app.view(&headers, Some(&session), "/exports")?;
    let page = EndAccessPage { view: &view, consent: &consent };
    Ok(Html(page.markup().into_string()).into_response())
}

/// Resets the authorization: tokens end, and the same can be asked for again.
async fn end_access(State(app): AppState, headers: HeaderMap, path: OnPath<i64>) -> Page {
    let Path(id) = path?;
    let (session, mut consent, _lease) = own_consent(&app, &headers, id).await?;
    if let Err(error) = reset(&app, &mut consent).await {
        tell(format_args!("error: access has not ended: {error:#}"));
        return told(&app, session, Some(Notice::AccessNotEnded));
    }
    app.store.remove_consent(consent.id)?;
    told(&app, session, Some(Notice::AccessEnded))
}

async fn reset(app: &App, consent: &mut StoredConsent) -> anyhow::Result<()> {
    let mut refused = false;
    loop {
        let Some(tokens) = app.tokens(consent).await? else {
            return Ok(());
        };
        let access = app.google.client.access(&tokens);
        let Ok(call) = access.reset() else {
            // Without a scope of the API there is nothing to reset: the tokens alone are ended.
            let call = app.google.client.revoke(&tokens);
            app.call(consent.session, "Revoke the tokens", &call).await?;
            return Ok(());
        };
        match app.call(consent.session, "Reset the authorization", &call).await {
            Ok(()) => return Ok(()),
            // An access token that was refused says nothing yet about the refresh token.
            Err(error) if error.status() == Some(401) && !refused => {
                refused = true;
                app.refresh(consent).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

// Another device takes up the same data.

async fn make_link(State(app): AppState, headers: HeaderMap) -> Page {
    let session = app.session(&headers)?.ok_or_else(Problem::not_found)?;
    let token = hex::encode(random::<32>()?);
    let hash = Sha256::digest(&token).into();
    app.store.set_link(session.id, hash, SystemTime::now())?;
    // The app keeps the hash alone. Its page has to survive a reload, so the browser keeps the rest.
    let cookie =
        format!("link={token}; Path=/devices/link; Max-Age=300; HttpOnly; SameSite=Strict");
    let cookie = HeaderValue::try_from(cookie).map_err(anyhow::Error::from)?;
    Ok(with_cookie(redirect("/devices/link", None), Some(cookie)))
}

async fn link(State(app): AppState, headers: HeaderMap) -> Page {
    let session = app.session(&headers)?.ok_or_else(Problem::not_found)?;
    let now = SystemTime::now();
    let mut tokens = crate::session::values(&headers, "link");
    let is_own = |token: &&str| app.store.is_link(Sha256::digest(token).into(), now);
    let token = tokens.find(|token| is_own(token).unwrap_or(false));
    let Some(token) = token else {
        return Ok(redirect("/exports", Some(session)));
    };
    let view = app.view(&headers, Some(&session), "/exports")?;
    let link = format!("{}/devices/take-up/{token}", app.origin);
    let page = link_page(&view, &link);
    Ok(Html(page.into_string()).into_response())
}

async fn unlink(State(app): AppState, headers: HeaderMap) -> Page {
    let session = app.session(&headers)?.ok_or_else(Problem::not_found)?;
    app.store.remove_link(session.id)?;
    told(&app, session, None)
}

async fn end_other_devices(State(app): AppState, headers: HeaderMap) -> Page {
    let session = app.session(&headers)?.ok_or_else(Problem::not_found)?;
    app.store.remove_link(session.id)?;
    app.store.end_elsewhere(session.id, &app.cookies.names(&headers))?;
    told(&app, session, Some(Notice::DevicesEnded))
}

/// Asks first: what opens links in advance uses none up.
async fn ask_to_take_up(State(app): AppState, headers: HeaderMap, path: OnPath<String>) -> Page {
    let Path(token) = path?;
    let hash = Sha256::digest(&token).into();
    let is_good = app.store.is_link(hash, SystemTime::now())?;
    let session = app.session(&headers)?;
    let view = app.view(&headers, session.as_ref(), "/")?;
    let has_own = has_data(&app, session.as_ref())?;
    let page = take_up_page(&view, is_good.then_some(&token), has_own);
    Ok(Html(page.into_string()).into_response())
}

async fn take_up(State(app): AppState, headers: HeaderMap, RawForm(form): RawForm) -> Page {
    if has_data(&app, app.session(&headers)?.as_ref())? {
        return Ok(redirect("/exports", None));
    }
    let hash = Sha256::digest(field(&form, "token")).into();
    let name = app.cookies.random()?;
    let now = SystemTime::now();
    let Some(id) = app.store.take_up(hash, &name, now)? else {
        return Ok(redirect("/devices/take-up/used", None));
    };
    app.tell_user(id, Some(Notice::TakenUp))?;
    let cookie = Some(app.cookies.set(&name)?);
    Ok(redirect("/exports", Some(Session { id, cookie })))
}

fn has_data(app: &App, session: Option<&Session>) -> anyhow::Result<bool> {
    let Some(session) = session else {
        return Ok(false);
    };
    let consents = app.store.consents(session.id)?;
    Ok(!consents.is_empty() || !app.store.archives(session.id)?.is_empty())
}

// Small things.

async fn close_notice(State(app): AppState, headers: HeaderMap) -> Page {
    let Some(session) = app.session(&headers)? else {
        return Ok(redirect("/", None));
    };
    app.store.forget_unanswered(session.id)?;
    app.tell_user(session.id, None)?;
    let has_data = has_data(&app, Some(&session))?;
    Ok(redirect(if has_data { "/exports" } else { "/" }, Some(session)))
}

/// Keeps the user's time zone.
async fn zone(RawForm(form): RawForm) -> Page {
    let zone = Zone::named(&field(&form, "zone")).ok_or_else(Problem::bad_request)?;
    // Only addresses of the app's own pages.
    let back = match &*field(&form, "back") {
        "/exports" => "/exports",
        "/help" => "/help",
        _ => "/",
    };
    Ok(with_cookie(redirect(back, None), Some(zone.cookie()?)))
}

/// Every request and response, for those who want to learn the flow.
async fn happened(State(app): AppState, headers: HeaderMap) -> Page {
    if !app.site.settings.developer_panel {
        return Err(Problem::not_found());
    }
    let session = app.session(&headers)?;
    let exchanges = match &session {
        Some(session) => app.store.exchanges(session.id)?,
        None => std::collections::BTreeMap::new(),
    };
    let view = pages::View { panel: None, ..app.view(&headers, session.as_ref(), "/")? };
    let page = happened_page(&view, exchanges.iter().rev().map(|(id, it)| (*id, it)));
    Ok(Html(page.into_string()).into_response())
}

/// Tells the user something on the page of their data, or clears what they were told.
fn told(app: &App, session: Session, notice: Option<Notice>) -> Page {
    app.tell_user(session.id, notice)?;
    let response: Response = redirect("/exports", Some(session));
    Ok(response)
}

/// Returns a consent of the request's own session. Nobody else changes it until the lease is
/// dropped.
async fn own_consent<'a>(
    app: &'a App,
    headers: &HeaderMap,
    id: i64,
) -> Result<(Session, StoredConsent, Lease<'a, ConsentId>), Problem> {
    let session = app.session(headers)?.ok_or_else(Problem::not_found)?;
    let is_own = |consent: &StoredConsent| consent.session == session.id;
    // Before the lease: nobody waits for what is not theirs.
    let found = app.store.consent(ConsentId(id))?;
    found.filter(is_own).ok_or_else(Problem::not_found)?;
    let lease = app.consents.take(ConsentId(id)).await;
    let found = app.store.consent(ConsentId(id))?;
    let consent = found.filter(is_own).ok_or_else(Problem::not_found)?;
    Ok((session, consent, lease))
}

fn own_archive(
    app: &App,
    headers: &HeaderMap,
    id: i64,
) -> Result<(Session, StoredArchive), Problem> {
    let session = app.session(headers)?.ok_or_else(Problem::not_found)?;
    let mut archives = app.store.archives(session.id)?.into_iter();
    let found = archives.find(|it| it.id == ArchiveId(id));
    Ok((session, found.ok_or_else(Problem::not_found)?))
}
