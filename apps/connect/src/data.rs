//! What users do with what they have brought over: watch it arrive, look through it, keep a copy,
//! export it again, cancel, end the access, take it up on another device.

use std::sync::Arc;
use std::time::SystemTime;

use app_runtime::random;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawForm};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get, post};
use dataportability_scopes::Resource;
use dataportability_scopes::api::export::Step;
use sha2::{Digest, Sha256};

use crate::app::{App, Visit, redirect};
use crate::flow::{self, Page};
use crate::form::field;
use crate::leases::Lease;
use crate::pages::{
    self, ExportsPage, Notice, Problem, REPEATS, again_page, archive_page, cancel_page,
    delete_page, describe, end_access_page, happened_page, link_page, take_up_page,
};
use crate::store::{ArchiveId, ConsentId, Store, StoredArchive, StoredConsent};
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
        .route("/access/{consent}/again", get(ask_again).post(again))
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
        .route("/style.css", file("text/css", include_str!("pages/style.css")))
        .route("/script.js", file("text/javascript", include_str!("pages/script.js")))
        .route("/icon.svg", file("image/svg+xml", include_str!("pages/icon.svg")))
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::WrongMethod)
}

fn file(kind: &'static str, text: &'static str) -> MethodRouter<Arc<App>> {
    get(async move || ([(header::CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text))
}

type OnPath<T> = Result<Path<T>, PathRejection>;

// The user watches: the page is the same after a reload.

async fn exports(visit: Visit) -> Page {
    let (app, view) = (&visit.app, visit.view("/exports")?);
    let (consents, archives) = (visit.read(Store::consents)?, visit.read(Store::archives)?);
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
    // It is not worth looking again before the next call is due.
    let due = consents.iter().filter_map(|consent| consent.due).min();
    let wait = due.map(|due| due.duration_since(view.now).unwrap_or_default());
    let page = ExportsPage {
        view: &view,
        kinds,
        consents: &consents,
        archives: &archives,
        refresh: wait.map(|wait| app.clock.real(wait).as_secs().clamp(2, 60)),
        devices: visit.read(Store::devices)?,
        link_left: visit.read(|store, id| store.link_left(id, SystemTime::now()))?,
    };
    Ok(page.markup().into_response())
}

async fn archive(visit: Visit, path: OnPath<i64>) -> Page {
    let archive = own_archive(&visit, path?.0)?;
    let contents = visit.app.look_into(&archive).await;
    let view = visit.view("/exports")?;
    Ok(archive_page(&view, &archive, contents.as_ref()).into_response())
}

async fn download(visit: Visit, path: OnPath<(i64, usize)>) -> Page {
    let Path((id, number)) = path?;
    let archive = own_archive(&visit, id)?;
    let file = visit.app.send_file(&archive, number).await?;
    file.ok_or(Problem::NotFound)
}

async fn download_all(visit: Visit) -> Page {
    visit.own()?;
    Ok(visit.app.send_all(&visit.read(Store::archives)?)?)
}

async fn ask_to_delete(visit: Visit, path: OnPath<i64>) -> Page {
    let archive = own_archive(&visit, path?.0)?;
    Ok(delete_page(&visit.view("/exports")?, &archive).into_response())
}

async fn delete(visit: Visit, path: OnPath<i64>) -> Page {
    let archive = own_archive(&visit, path?.0)?;
    visit.app.store.remove_archive(visit.own()?, archive.id)?;
    visit.app.remove_folder(&archive.folder);
    visit.told(Some(Notice::Deleted))
}

// Once more, or not after all.

async fn ask_again(visit: Visit, path: OnPath<i64>) -> Page {
    own_consent(&visit, path?.0).await?;
    Ok(again_page(&visit.view("/exports")?).into_response())
}

/// Exports again. With time-based access that may happen once a day.
async fn again(visit: Visit, path: OnPath<i64>) -> Page {
    let app = &visit.app;
    let (mut consent, _lease) = own_consent(&visit, path?.0).await?;
    let now = app.clock.now();
    let Some(exports) = consent.exports.again(now).filter(|_| !consent.ended) else {
        return visit.told(Some(Notice::NotNow));
    };
    consent.exports = exports;
    app.store.save(&consent, Some(now))?;
    app.changed.notify_one();
    visit.told(None)
}

async fn repeat(visit: Visit, path: OnPath<i64>, RawForm(form): RawForm) -> Page {
    let (mut consent, _lease) = own_consent(&visit, path?.0).await?;
    let days = field(&form, "days").parse().ok();
    let offered = days.filter(|days| REPEATS.iter().any(|(it, _)| it == days));
    consent.repeat_days = offered.ok_or(Problem::BadRequest)?;
    let app = &visit.app;
    app.store.save(&consent, Some(app.clock.now()))?;
    app.changed.notify_one();
    visit.told(None)
}

async fn ask_to_cancel(visit: Visit, path: OnPath<(i64, Resource)>) -> Page {
    let Path((id, resource)) = path?;
    own_consent(&visit, id).await?;
    Ok(cancel_page(&visit.view("/exports")?, resource).into_response())
}

async fn cancel(visit: Visit, path: OnPath<(i64, Resource)>) -> Page {
    let Path((id, resource)) = path?;
    let app = &visit.app;
    let (mut consent, _lease) = own_consent(&visit, id).await?;
    let tokens = app.tokens(&mut consent).await?;
    let of_kind = consent.exports.iter().find(|it| it.resources().contains(resource));
    let job = of_kind.and_then(|export| export.job().cloned());
    let (Some(tokens), Some(job)) = (tokens, job) else {
        return visit.told(Some(Notice::NotNow));
    };
    let access = app.google.client.access(&tokens);
    let call = access.cancel(&job).map_err(anyhow::Error::from)?;
    let title = format!("Cancel the export: {}", resource.label());
    let notice = match app.call(consent.session, &title, &call).await {
        Ok(()) => {
            let now = app.clock.now();
            consent.exports.cancelled(&job, now);
            app.store.save(&consent, Some(now))?;
            None
        }
        // If the job was cancelled all the same, its state will say so.
        Err(error) if error.is_transient() => Some(Notice::Failing),
        Err(_) => Some(Notice::NotNow),
    };
    app.changed.notify_one();
    visit.told(notice)
}

// The user ends the access.

async fn ask_to_end_access(visit: Visit, path: OnPath<i64>) -> Page {
    let (consent, _lease) = own_consent(&visit, path?.0).await?;
    Ok(end_access_page(&visit.view("/exports")?, &consent).into_response())
}

/// Resets the authorization: tokens end, and the same can be asked for again.
async fn end_access(visit: Visit, path: OnPath<i64>) -> Page {
    let app = &visit.app;
    let (mut consent, _lease) = own_consent(&visit, path?.0).await?;
    if let Err(error) = reset(app, &mut consent).await {
        tell(format_args!("error: access has not ended: {error:#}"));
        return visit.told(Some(Notice::AccessNotEnded));
    }
    app.store.remove_consent(consent.id)?;
    visit.told(Some(Notice::AccessEnded))
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

async fn make_link(visit: Visit) -> Page {
    let token = hex::encode(random::<32>()?);
    let hash = Sha256::digest(&token).into();
    let store = &visit.app.store;
    store.set_link(visit.own()?, hash, SystemTime::now())?;
    // The app keeps the hash alone. The page survives a reload, since the browser keeps the rest.
    let secure = if visit.app.cookies.https { "; Secure" } else { "" };
    let attributes = "Path=/devices/link; Max-Age=300; HttpOnly; SameSite=Strict";
    let cookie = format!("link={token}; {attributes}{secure}");
    let cookie = HeaderValue::try_from(cookie).map_err(anyhow::Error::from)?;
    Ok(redirect("/devices/link", Some(cookie)))
}

async fn link(visit: Visit) -> Page {
    let now = SystemTime::now();
    let mut tokens = crate::session::values(&visit.headers, "link");
    let of_link = |token: &str| visit.app.store.of_link(Sha256::digest(token).into(), now);
    let Some(token) = tokens.find(|token| of_link(token).is_ok_and(|it| it.is_some())) else {
        return Ok(redirect("/exports", None));
    };
    let link = format!("{}/devices/take-up/{token}", visit.app.origin);
    Ok(link_page(&visit.view("/exports")?, &link).into_response())
}

async fn unlink(visit: Visit) -> Page {
    visit.app.store.remove_link(visit.own()?)?;
    visit.told(None)
}

async fn end_other_devices(visit: Visit) -> Page {
    let (store, session) = (&visit.app.store, visit.own()?);
    store.remove_link(session)?;
    store.end_elsewhere(session, &visit.app.cookies.names(&visit.headers))?;
    visit.told(Some(Notice::DevicesEnded))
}

/// Asks first: what opens links in advance uses none up.
async fn ask_to_take_up(visit: Visit, path: OnPath<String>) -> Page {
    let Path(token) = path?;
    let hash = Sha256::digest(&token).into();
    let session = visit.app.store.of_link(hash, SystemTime::now())?;
    if session.is_some() && session == visit.session {
        return Ok(redirect("/exports", None));
    }
    let token = session.map(|_| &*token);
    Ok(take_up_page(&visit.view("/")?, token, has_data(&visit)?).into_response())
}

async fn take_up(visit: Visit, RawForm(form): RawForm) -> Page {
    if has_data(&visit)? {
        return Ok(redirect("/exports", None));
    }
    let app = &visit.app;
    let hash = Sha256::digest(field(&form, "token")).into();
    let name = app.cookies.random()?;
    let Some(id) = app.store.take_up(hash, &name, SystemTime::now())? else {
        return Ok(redirect("/devices/take-up/used", None));
    };
    app.store.set_notice(id, Some(Notice::TakenUp))?;
    Ok(redirect("/exports", Some(app.cookies.set(&name)?)))
}

fn has_data(visit: &Visit) -> anyhow::Result<bool> {
    Ok(!visit.read(Store::consents)?.is_empty() || !visit.read(Store::archives)?.is_empty())
}

// Small things.

async fn close_notice(visit: Visit) -> Page {
    if let Some(session) = visit.session {
        visit.app.store.forget_unanswered(session)?;
        visit.app.store.set_notice(session, None)?;
    }
    let to = if has_data(&visit)? { "/exports" } else { "/" };
    Ok(redirect(to, None))
}

/// Keeps the user's time zone.
async fn zone(RawForm(form): RawForm) -> Page {
    let zone = Zone::named(&field(&form, "zone")).ok_or(Problem::BadRequest)?;
    // Only addresses of the app's own pages.
    let back = field(&form, "back");
    let own = ["/exports", "/help"].into_iter().find(|it| *it == back);
    Ok(redirect(own.unwrap_or("/"), Some(zone.cookie()?)))
}

/// Every request and response, for those who want to learn the flow.
async fn happened(visit: Visit) -> Page {
    if !visit.app.site.settings.developer_panel {
        return Err(Problem::NotFound);
    }
    let exchanges = visit.read(Store::exchanges)?;
    let view = pages::View { panel: None, ..visit.view("/")? };
    let page = happened_page(&view, exchanges.iter().rev().map(|(id, it)| (*id, it)));
    Ok(page.into_response())
}

/// Returns a consent of the request's own session. Nobody else changes it until the lease is
/// dropped.
async fn own_consent(
    visit: &Visit,
    id: i64,
) -> Result<(StoredConsent, Lease<'_, ConsentId>), Problem> {
    let session = visit.own()?;
    let find = || -> Result<StoredConsent, Problem> {
        let found = visit.app.store.consent(ConsentId(id))?;
        let own = found.filter(|consent| consent.session == session);
        own.ok_or(Problem::NotFound)
    };
    // Before the lease too: nobody waits for what is not theirs.
    find()?;
    let lease = visit.app.consents.take(ConsentId(id)).await;
    Ok((find()?, lease))
}

fn own_archive(visit: &Visit, id: i64) -> Result<StoredArchive, Problem> {
    let mut archives = visit.read(Store::archives)?.into_iter();
    let found = archives.find(|it| it.id == ArchiveId(id));
    found.ok_or(Problem::NotFound)
}
