//! The flow, in order: choose, consent, callback, exports, download, again, end of access.
//!
//! This file is what to copy. Each step is a handler, and what it needs of the library is in it.
//! Copy the order of things in particular: what is stored before a request is sent, and what is
//! checked before anything is stored. `store.rs`, `session.rs` and `guard.rs` are what a web
//! framework or your app has already; `exchanges.rs` and `pages/` are this sample's own.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use app_runtime::{HttpError, random};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use dataportability_scopes::api::export::{CannotExportAgainError, Export, Progress, Step};
use dataportability_scopes::api::{ApiMethod, ResetError, ResetRequest};
use dataportability_scopes::consent::{
    AccessType, AuthorizationErrorCode, CallbackError, ConsentRequest,
};
use dataportability_scopes::http_call::SendError;
use dataportability_scopes::url::form_urlencoded;
use dataportability_scopes::{Resource, Revision, ScopeSet, Service};
use futures_util::stream;

use crate::app::{Access, App, Session, redirect, with_cookie};
use crate::exchanges::{Exchange, Message};
use crate::leases::Lease;
use crate::pages::{
    self, ChoosePage, EndAccessPage, ExportRow, ExportsPage, Notice, Problem, happened_page,
};
use crate::store::{Archive, ExportId, SessionId, StoredConsent, StoredExport};
use crate::terminal::tell;

type AppState = State<Arc<App>>;
type Page = Result<Response, Problem>;

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(choose))
        .route("/consent", post(consent))
        .route("/callback", get(callback))
        .route("/exports", get(exports))
        .route("/exports/{id}/try-again", post(try_again))
        .route("/exports/{id}/files/{number}", get(download))
        .route("/exports/{id}/again", post(again))
        .route("/exports/{id}/cancel", post(cancel))
        .route("/access/end", get(ask_to_end_access).post(end_access))
        .route("/happened", get(happened))
        .route("/style.css", get(pages::style))
        .route("/icon.svg", get(pages::icon))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::wrong_method())
}

// 1. The user chooses.

async fn choose(State(app): AppState, headers: HeaderMap, RawQuery(query): RawQuery) -> Page {
    let form = Form::read(query.unwrap_or_default().as_bytes());
    let session = app.session(&headers)?;
    let (mut granted, mut ticked) = (ScopeSet::EMPTY, form.resources);
    if let Some(session) = &session {
        granted = App::granted(&app.store.consents(session.id)?);
        // After a detour over Google the form is as it was left.
        if form
            .notice
            .is_some_and(|notice| notice != Notice::NothingTicked)
        {
            ticked |= app.store.choice(session.id)?;
        }
    }
    let page = ChoosePage {
        // A scope that Google has withdrawn would sink the whole request.
        offered: Revision::NEWEST.scopes() - granted,
        granted,
        ticked,
        whole_services: form.services,
        search: &form.search,
        notice: form.notice,
        panel: app.panel(session.as_ref())?,
        footer: &app.footer,
    };
    let cookie = match session {
        Some(session) => session.cookie,
        None => app.visited(&headers)?,
    };
    Ok(with_cookie(Html(page.markup().into_string()), cookie))
}

// 2. The user is sent to Google, which asks for consent.

async fn consent(State(app): AppState, headers: HeaderMap, RawForm(form): RawForm) -> Page {
    let form = Form::read(&form);
    let session = app.session_or_begin(&headers)?;
    // Google refuses a request for what was granted before, so it is left out.
    let granted = App::granted(&app.store.consents(session.id)?);
    let wanted = form.chosen() & Revision::NEWEST.scopes();
    if wanted.is_empty() {
        return Ok(redirect(&form.again(Notice::NothingTicked), Some(session)));
    }
    app.store.set_choice(session.id, wanted)?;

    // `Offline` asks for a refresh token: exports take longer than an access token lasts.
    let request = ConsentRequest::new(
        app.google.client_id.clone(),
        app.redirect_uri.clone(),
        wanted,
    )
    .endpoint(app.google.authorization_endpoint.clone())
    .already_granted(granted)
    .access_type(AccessType::Offline);
    let request = match &app.google.issuer {
        Some(issuer) => request.issuer(issuer),
        None => request,
    };
    // A consent lives in the user's time, even if the stand-in's clock is fast.
    let now = SystemTime::now();
    let request = request.authorize_url(now).map_err(anyhow::Error::from)?;
    let Some(consent) = request else {
        return Ok(redirect("/exports", Some(session)));
    };
    // Before the browser leaves. There may be several: the user may have two tabs.
    app.store
        .with_pending(session.id, |pending| pending.insert(consent.pending, now))?;
    let sent = Message::redirect(consent.url.as_str());
    let shown = Message::status(&"Google shows the user its page");
    app.note(
        session.id,
        &Exchange::new("Ask Google for access", sent, Some(shown)),
    );
    Ok(redirect(consent.url.as_str(), Some(session)))
}

// 3. Google sends the user back, with a code that is exchanged for tokens.

async fn callback(State(app): AppState, headers: HeaderMap, RawQuery(query): RawQuery) -> Page {
    let query = query.unwrap_or_default();
    let Some(session) = app.session(&headers)? else {
        return Ok(redirect(&Notice::NotOpen.on("/"), None));
    };
    // A second click on Google's button brings a second callback. It waits for the first.
    let _lease = app.callbacks.take(session.id).await;

    // What cannot be checked is left out: a simulator whose issuer is not known.
    let query = match app.google.issuer {
        Some(_) => query,
        None => without(&query, "iss"),
    };
    // Checks `state`, and that nobody used it before. Stored at once: a code is exchanged once.
    let now = SystemTime::now();
    let completed = app
        .store
        .with_pending(session.id, |pending| pending.complete(&query, now))?;
    let received = Message::callback(&query, app.google.issuer.as_deref());
    let sent_on = Message::status(&"The user is sent on, to an address without the code");
    app.note(
        session.id,
        &Exchange::new("Google sends the user back", received, Some(sent_on)),
    );
    let response = match completed {
        Ok(response) => response,
        Err(error) => {
            tell(format_args!("error: the callback is not accepted: {error}"));
            let has_access = !app.store.consents(session.id)?.is_empty();
            let location = match refused(&error) {
                // The first of two clicks has set everything up.
                Notice::NotOpen if has_access => "/exports".to_owned(),
                notice => notice.on("/"),
            };
            return Ok(redirect(&location, Some(session)));
        }
    };

    let exchange = app.google.token_client.exchange(&response, app.clock.now());
    let exchanged = match app
        .call(session.id, "Exchange the code for tokens", &exchange)
        .await
    {
        Ok(exchanged) => exchanged,
        Err(SendError::Response(_)) => {
            return Ok(redirect(&Notice::Refused.on("/"), Some(session)));
        }
        Err(_) => return Ok(redirect(&Notice::Unreachable.on("/"), Some(session))),
    };

    // The user may have granted a part. Each resource group becomes an export of its own, as
    // Google advises. Tokens and exports are stored together, so that a crash leaves no tokens
    // behind that nothing uses.
    let now = app.clock.now();
    let mut exports = Vec::new();
    for scope in exchanged.comparison.granted {
        exports.push(Export::new(scope.resource(), seed()?, now));
    }
    app.store
        .add_consent(session.id, &exchanged, exports, now)?;
    app.exports_changed.notify_one();

    // A new name for the session, now that it is worth something; and an address without the code.
    let session = Session {
        cookie: Some(app.new_name(session.id)?),
        ..session
    };
    Ok(redirect("/exports", Some(session)))
}

/// What to tell the user about a callback that is not accepted.
fn refused(error: &CallbackError) -> Notice {
    match error {
        CallbackError::Denied {
            error: AuthorizationErrorCode::AccessDenied,
        } => Notice::Declined,
        CallbackError::Denied { .. } => Notice::Refused,
        CallbackError::Expired => Notice::Expired,
        CallbackError::UnknownState => Notice::NotOpen,
        _ => Notice::Damaged,
    }
}

// 4. The exports run by themselves, whether the user watches or not.

/// Runs whatever is due, for all users, until the process ends.
pub(crate) async fn run_exports(app: Arc<App>) {
    /// Even if nothing is due: an export that was put off may be due again.
    const LONGEST_SLEEP: Duration = Duration::from_secs(5);
    loop {
        let now = app.clock.now();
        let sleep = match app.store.due(now) {
            Ok((due, next)) => {
                for id in due {
                    let app = Arc::clone(&app);
                    // One that is being worked on is left alone.
                    tokio::spawn(async move {
                        if let Err(error) = app.advance_if_free(id).await {
                            tell(format_args!("error: an export is put off: {error:#}"));
                            let later = app.clock.now() + Duration::from_secs(5 * 60);
                            if let Err(error) = app.store.postpone_export(id, later) {
                                tell(format_args!("error: it could not be put off: {error:#}"));
                            }
                        }
                    });
                }
                let next = next.and_then(|next| next.duration_since(now).ok());
                next.map_or(LONGEST_SLEEP, |wait| app.clock.real(wait))
            }
            Err(error) => {
                tell(format_args!("error: the exports wait: {error:#}"));
                LONGEST_SLEEP
            }
        };
        let sleep = sleep.clamp(Duration::from_millis(100), LONGEST_SLEEP);
        let _ = tokio::time::timeout(sleep, app.exports_changed.notified()).await;
    }
}

impl App {
    async fn advance_if_free(&self, id: ExportId) -> anyhow::Result<()> {
        let Some(_lease) = self.exports.try_take(id) else {
            return Ok(());
        };
        let Some(mut export) = self.store.export(id)? else {
            return Ok(());
        };
        self.advance(&mut export, false).await
    }

    /// Does what the export says is next. The caller has the export's lease.
    ///
    /// A failed job is retried only if the user says so: there are three retries.
    async fn advance(&self, export: &mut StoredExport, retry: bool) -> anyhow::Result<()> {
        let (session, consent) = (export.session, export.consent);
        let mut access = self.access(session, consent, false).await?;
        loop {
            let Access::Open(tokens) = &access else {
                return self.store.save_export(export, None);
            };
            match export.export.next(&tokens.grant, self.clock.now()) {
                Step::Call(ApiMethod::Retry) if !retry => {
                    return self.store.save_export(export, None);
                }
                Step::Call(_) => {
                    let call = export.export.begin(&tokens.grant, self.clock.now())?;
                    // Stored before it is sent: after a crash the export knows that a call may
                    // have arrived, and finds out instead of starting twice.
                    let due = export.export.next_at(&tokens.grant, self.clock.now());
                    self.store.save_export(export, due)?;

                    let title = match call.method() {
                        ApiMethod::Initiate => "Start the export",
                        ApiMethod::Retry => "Try the export again",
                        _ => "Ask for the state of the export",
                    };
                    let title = format!("{title}: {}", export.export.resource().label());
                    let sent = call.clone().with_base_url(&self.google.api_base_url);
                    let sent = sent.with_token(tokens.access_token.secret());
                    let result = self.call(session, &title, &sent).await;
                    export.export.record(&call, &result, self.clock.now());
                    let due = export.export.next_at(&tokens.grant, self.clock.now());
                    self.store.save_export(export, due)?;
                    if let Err(SendError::Http(error)) = result {
                        return Err(
                            anyhow::Error::from(error).context("the outcome of a call is unknown")
                        );
                    }
                }
                Step::RefreshToken => {
                    access = self.access(session, consent, true).await?;
                    export.export.token_replaced(self.clock.now());
                }
                Step::Download { urls, until } => {
                    // The files are fetched when the user asks for them. The URLs are secrets,
                    // and are sealed.
                    export.archive = Some(Archive::new(&urls, until));
                    return self.store.save_export(export, None);
                }
                step => return self.store.save_export(export, step.due(self.clock.now())),
            }
        }
    }
}

/// The user watches: the page is the same after a reload, and reloads itself while something runs.
async fn exports(State(app): AppState, headers: HeaderMap, RawQuery(query): RawQuery) -> Page {
    let query = query.unwrap_or_default();
    let session = app.session(&headers)?;
    let now = app.clock.now();
    let (consents, exports) = match &session {
        Some(session) => (
            app.store.consents(session.id)?,
            app.store.exports(session.id)?,
        ),
        None => (Vec::new(), Vec::new()),
    };
    let mut rows = Vec::new();
    for export in &exports {
        let consent = consents.iter().find(|consent| consent.id == export.consent);
        rows.extend(consent.map(|consent| ExportRow::new(export, consent, now)));
    }
    let page = ExportsPage {
        rows,
        consents: &consents,
        now,
        notice: Form::read(query.as_bytes()).notice,
        refresh: refresh_seconds(&app, &exports),
        refresh_is_off: field(query.as_bytes(), "refresh").is_some_and(|value| value == "off"),
        panel: app.panel(session.as_ref())?,
        footer: &app.footer,
    };
    let refresh = page.refresh_header();
    let cookie = session.and_then(|session| session.cookie);
    let mut response = with_cookie(Html(page.markup().into_string()), cookie);
    if let Some(refresh) = refresh {
        let value = HeaderValue::try_from(refresh).map_err(anyhow::Error::from)?;
        response.headers_mut().insert(header::REFRESH, value);
    }
    Ok(response)
}

/// Returns when it is worth looking again: not before the next call is due.
fn refresh_seconds(app: &App, exports: &[StoredExport]) -> Option<u64> {
    let due = exports.iter().filter_map(|export| export.due).min()?;
    let wait = due.duration_since(app.clock.now()).unwrap_or_default();
    Some(app.clock.real(wait).as_secs().clamp(3, 60))
}

/// The user has an export that failed tried again.
async fn try_again(State(app): AppState, headers: HeaderMap, Path(id): Path<i64>) -> Page {
    let (session, mut export, _lease) = own_export(&app, &headers, id).await?;
    let failed = export.export.progress(app.clock.now()) == Progress::Failed;
    let notice = if failed {
        app.advance(&mut export, true).await.err().map(|error| {
            tell(format_args!("error: {error:#}"));
            Notice::Failing
        })
    } else {
        Some(Notice::NotNow)
    };
    app.exports_changed.notify_one();
    Ok(redirect(&to_exports(notice), Some(session)))
}

// 5. The user downloads the archive.

async fn download(
    State(app): AppState,
    headers: HeaderMap,
    Path((id, number)): Path<(i64, usize)>,
) -> Page {
    let (session, export, lease) = own_export(&app, &headers, id).await?;
    let now = app.clock.now();
    let url = export
        .archive
        .as_ref()
        .and_then(|archive| archive.url(number, now));
    let Some(url) = url.map(str::to_owned) else {
        // The URLs are good for six hours. Google gives new ones with the job's state.
        return ask_for_new_urls(&app, session, export);
    };
    let title = format!("Download: {}", export.export.resource().label());
    let sent = Message::download();
    let response = match app.http.download(&url).await {
        Ok(response) => response,
        Err(error) => {
            let error = anyhow::Error::from(error);
            app.note(session.id, &Exchange::new(&title, sent, None));
            tell(format_args!("error: {title}: {error:#}"));
            return Ok(Problem::download().into_response());
        }
    };
    let received = Message::status(&response.status());
    app.note(session.id, &Exchange::new(&title, sent, Some(received)));
    if response.status() != StatusCode::OK {
        return ask_for_new_urls(&app, session, export);
    }
    drop(lease);

    let resource = export.export.resource();
    let files = export
        .archive
        .as_ref()
        .map_or(1, |archive| archive.urls.len());
    let suffix = if files > 1 {
        format!("-{}", number + 1)
    } else {
        String::new()
    };
    let name = format!("{}{suffix}.zip", resource.name().replace('.', "-"));
    let length = response.content_length();
    // The user has the file when its last byte is sent, and not before.
    let whole = stream::try_unfold(
        (app, response, 0),
        move |(app, mut response, sent)| async move {
            let chunk = response.chunk().await.map_err(HttpError::from)?;
            let sent = sent + chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
            // With a length, nobody asks for a chunk beyond it.
            let is_last = length.map_or(chunk.is_none(), |length| sent == length);
            if is_last {
                app.downloaded(ExportId(id), number).await?;
            }
            anyhow::Ok(chunk.map(|chunk| (chunk, (app, response, sent))))
        },
    );
    let mut response = Response::new(Body::from_stream(whole));
    let headers = response.headers_mut();
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    headers.insert(
        header::CONTENT_DISPOSITION,
        disposition.map_err(anyhow::Error::from)?,
    );
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/zip"),
    );
    if let Some(length) = length {
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

fn ask_for_new_urls(app: &App, session: Session, mut export: StoredExport) -> Page {
    let progress = export.export.progress(app.clock.now());
    if !matches!(progress, Progress::Complete | Progress::Downloaded) {
        return Ok(redirect(&to_exports(Some(Notice::NotNow)), Some(session)));
    }
    export.export.download_again();
    export.archive = None;
    app.store.save_export(&export, Some(app.clock.now()))?;
    app.exports_changed.notify_one();
    Ok(redirect(
        &to_exports(Some(Notice::FreshLink)),
        Some(session),
    ))
}

impl App {
    /// Notes that the user has a file.
    async fn downloaded(&self, id: ExportId, number: usize) -> anyhow::Result<()> {
        let _lease = self.exports.take(id).await;
        let Some(mut export) = self.store.export(id)? else {
            return Ok(());
        };
        let Some(archive) = &mut export.archive else {
            return Ok(());
        };
        if archive.downloaded(number) {
            export.export.downloaded();
        }
        self.store.save_export(&export, None)
    }
}

// 6. Once more, or not after all.

/// Exports again. With time-based access that may happen once a day.
async fn again(State(app): AppState, headers: HeaderMap, Path(id): Path<i64>) -> Page {
    let (session, mut export, _lease) = own_export(&app, &headers, id).await?;
    let now = app.clock.now();
    let location = match export.export.again(seed()?, now) {
        Ok(next) => {
            export.export = next;
            export.archive = None;
            app.store.save_export(&export, Some(now))?;
            app.exports_changed.notify_one();
            "/exports".to_owned()
        }
        // One-time access has to be given anew, after the old one has ended.
        Err(CannotExportAgainError::OneTimeAccess) => "/access/end".to_owned(),
        Err(_) => to_exports(Some(Notice::NotNow)),
    };
    Ok(redirect(&location, Some(session)))
}

async fn cancel(State(app): AppState, headers: HeaderMap, Path(id): Path<i64>) -> Page {
    let (session, mut export, _lease) = own_export(&app, &headers, id).await?;
    let Access::Open(tokens) = app.access(session.id, export.consent, false).await? else {
        return Ok(redirect(&to_exports(Some(Notice::NotNow)), Some(session)));
    };
    let Ok(request) = export.export.cancel(&tokens.grant, app.clock.now()) else {
        return Ok(redirect(&to_exports(Some(Notice::NotNow)), Some(session)));
    };
    let title = format!("Cancel the export: {}", export.export.resource().label());
    let request = request.with_base_url(&app.google.api_base_url);
    let call = request.with_token(tokens.access_token.secret());
    let notice = match app.call(session.id, &title, &call).await {
        Ok(()) => {
            export.export.cancelled();
            app.store.save_export(&export, None)?;
            None
        }
        // If the job was cancelled all the same, its state will say so.
        Err(_) => Some(Notice::Failing),
    };
    Ok(redirect(&to_exports(notice), Some(session)))
}

// 7. The user ends the access.

async fn ask_to_end_access(State(app): AppState, headers: HeaderMap) -> Page {
    let session = app.session(&headers)?;
    let consents = match &session {
        Some(session) => app.store.consents(session.id)?,
        None => Vec::new(),
    };
    if consents.is_empty() {
        return Ok(redirect("/exports", session));
    }
    let page = EndAccessPage {
        panel: app.panel(session.as_ref())?,
        footer: &app.footer,
    };
    let cookie = session.and_then(|session| session.cookie);
    Ok(with_cookie(Html(page.markup().into_string()), cookie))
}

/// Resets the authorization: tokens end, and the same can be asked for again.
async fn end_access(State(app): AppState, headers: HeaderMap) -> Page {
    let Some(session) = app.session(&headers)? else {
        return Ok(redirect(&Notice::AccessEnded.on("/"), None));
    };
    for consent in app.store.consents(session.id)? {
        // Each, since they may be of several accounts. Of two of one account, the first reset
        // ends both.
        if let Err(error) = reset(&app, session.id, &consent).await {
            tell(format_args!("error: access has not ended: {error:#}"));
            return Ok(redirect(
                &Notice::AccessNotEnded.on("/exports"),
                Some(session),
            ));
        }
    }
    app.store.remove_consents(session.id)?;
    Ok(redirect(&Notice::AccessEnded.on("/"), Some(session)))
}

async fn reset(app: &App, session: SessionId, consent: &StoredConsent) -> anyhow::Result<()> {
    let mut refused = false;
    loop {
        let Access::Open(tokens) = app.access(session, consent.id, refused).await? else {
            return Ok(());
        };
        let Ok(request) = ResetRequest::new(&tokens.grant) else {
            // Without a scope of the API there is nothing to reset: the tokens alone are ended.
            let call = app.google.token_client.revoke(&tokens);
            app.call(session, "Revoke the tokens", &call).await?;
            return Ok(());
        };
        let request = request.with_base_url(&app.google.api_base_url);
        let call = request.with_token(tokens.access_token.secret());
        match app.call(session, "Reset the authorization", &call).await {
            Ok(()) => return Ok(()),
            // An access token that was refused says nothing yet about the refresh token.
            Err(SendError::Response(ResetError::Refused(error)))
                if error.code == 401 && !refused =>
            {
                refused = true;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Every request and response, for those who want to learn the flow.
async fn happened(State(app): AppState, headers: HeaderMap) -> Page {
    let session = app.session(&headers)?;
    let exchanges = app.exchanges(session.as_ref())?;
    let page = happened_page(
        exchanges.iter().rev().map(|(id, it)| (*id, it)),
        &app.footer,
    );
    let cookie = session.and_then(|session| session.cookie);
    Ok(with_cookie(Html(page.into_string()), cookie))
}

/// Returns an export of the request's own session. Nobody else changes it until the lease is
/// dropped.
async fn own_export<'a>(
    app: &'a App,
    headers: &HeaderMap,
    id: i64,
) -> Result<(Session, StoredExport, Lease<'a, ExportId>), Problem> {
    let session = app.session(headers)?.ok_or_else(Problem::not_found)?;
    let lease = app.exports.take(ExportId(id)).await;
    let export = app.store.export(ExportId(id))?;
    let own = export.filter(|export| export.session == session.id);
    let export = own.ok_or_else(Problem::not_found)?;
    Ok((session, export, lease))
}

fn to_exports(notice: Option<Notice>) -> String {
    match notice {
        None => "/exports".to_owned(),
        Some(notice) => notice.on("/exports"),
    }
}

/// Spreads the waits of many exports.
fn seed() -> anyhow::Result<u32> {
    Ok(u32::from_be_bytes(random()?))
}

/// What the form of choices sends, by GET or POST.
#[derive(Default)]
struct Form {
    resources: ScopeSet,
    services: Vec<Service>,
    search: String,
    notice: Option<Notice>,
}

impl Form {
    /// Names that are not known are left out: the form has none.
    fn read(text: &[u8]) -> Form {
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(text) {
            match &*name {
                "r" => form.resources.extend(value.parse::<Resource>().ok()),
                "s" => form.services.extend(value.parse::<Service>().ok()),
                "q" => form.search = value.trim().chars().take(100).collect(),
                "notice" => form.notice = Notice::from_name(&value),
                _ => {}
            }
        }
        form.services.truncate(100);
        form
    }

    /// Returns what is ticked, "all of this service" included.
    fn chosen(&self) -> ScopeSet {
        let services = self.services.iter();
        services.fold(self.resources, |scopes, service| scopes | service.scopes())
    }

    /// Returns the address of the form as it is, with a notice.
    fn again(&self, notice: Notice) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("notice", notice.name());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        format!("/?{}", query.finish())
    }
}

/// Returns a query without a parameter.
fn without(query: &str, name: &str) -> String {
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key != name);
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .finish()
}

fn field(text: &[u8], name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(text);
    fields
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
