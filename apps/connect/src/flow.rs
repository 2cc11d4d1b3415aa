//! The flow from the choice to the tokens, in order: choose, review, consent, callback.
//!
//! This file and `exports.rs` are what to copy. Each step is a handler, and what it needs of the
//! library is in it. Copy the order of things in particular: what is stored before a request is
//! sent, and what is checked before anything is stored. `store/`, `session.rs` and `guard.rs` are
//! what a web framework or your app has already; `exchanges.rs` and `pages/` are this sample's own.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{RawForm, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use dataportability_scopes::api::export::Exports;
use dataportability_scopes::call::{CallErrorKind, OAuthErrorCode};
use dataportability_scopes::consent::{CallbackError, Exchanged, PendingConsents};
use dataportability_scopes::{Grant, Scope, ScopeSet, Scopes};
use sha2::{Digest, Sha256};

use crate::app::{App, Visit, redirect, with_cookie};
use crate::exchanges::{callback_text, redirect_text};
use crate::form::{Form, Range};
use crate::pages::{ChoosePage, Notice, Problem, ReviewPage, help_page, notice_page, waiting_page};
use crate::store::is_over;
use crate::store::{CODE_LIFETIME, Plan, Received, RequestId, Store, StoredConsent, StoredRequest};
use crate::terminal::tell;

pub(crate) type Page = Result<Response, Problem>;

// 1. The user chooses.

pub(crate) async fn choose(visit: Visit, RawQuery(query): RawQuery) -> Page {
    choose_page(&visit, &query.unwrap_or_default(), false)
}

fn choose_page(visit: &Visit, query: &str, nothing_ticked: bool) -> Page {
    let form = Form::read(query.as_bytes());
    let app = &visit.app;
    // After a detour over Google the form is as it was left.
    let ticked = if query.is_empty() { visit.read(Store::choice)? } else { form.resources };
    let granted = App::granted(&visit.read(Store::consents)?).known();
    let on_offer = app.site.settings.on_offer();
    let page = ChoosePage {
        view: &visit.view("/")?,
        offered: if form.other { on_offer } else { on_offer - granted },
        granted,
        ticked,
        search: &form.search,
        other_account: form.other,
        account: &form.account,
        nothing_ticked,
        left: visit.read(|store, id| store.unanswered(id, SystemTime::now()))?,
    };
    Ok(with_cookie(page.markup(), app.visited(&visit.headers)?))
}

// 2. The user sees what happens next, before anything does.

pub(crate) async fn review(visit: Visit, RawQuery(query): RawQuery) -> Page {
    review_page(&visit, &query.unwrap_or_default(), false)
}

fn review_page(visit: &Visit, query: &str, wrong_range: bool) -> Page {
    let form = Form::read(query.as_bytes());
    let app = &visit.app;
    let mut wanted = form.resources & app.site.settings.on_offer();
    if let Some(session) = visit.session.filter(|_| query.is_empty()) {
        wanted = app.store.choice(session)?;
    }
    if !form.other {
        wanted -= App::granted(&visit.read(Store::consents)?).known();
    }
    if wanted.is_empty() {
        return choose_page(visit, query, !query.is_empty());
    }
    let page = ReviewPage { view: &visit.view("/")?, wanted, form: &form, wrong_range };
    Ok(with_cookie(page.markup(), app.visited(&visit.headers)?))
}

// 3. The user is sent to Google, which asks for consent.

pub(crate) async fn consent(visit: Visit, RawForm(form): RawForm) -> Page {
    let app = &visit.app;
    let text = String::from_utf8_lossy(&form);
    let form = Form::read(text.as_bytes());
    let wanted = form.resources & app.site.settings.on_offer();
    if wanted.is_empty() {
        return Ok(redirect("/review", None));
    }
    let Some(range) = form.range(app.clock.now()) else {
        return review_page(&visit, &text, true);
    };
    let (session, cookie) = app.session_or_begin(&visit.headers)?;
    app.store.set_notice(session, None)?;
    app.store.set_choice(session, wanted)?;

    // Google refuses a request for what this account granted before, so it is left out.
    let mut request = app.google.client.consent(wanted);
    let mut consents = app.store.consents(session)?;
    if form.other {
        consents.retain(|it| !it.account.is_empty() && it.account == form.account);
    }
    request = request.already_granted(App::granted(&consents));
    if !form.account.is_empty() {
        request = request.login_hint(&form.account);
    }
    // A consent lives in the user's time, even if the stand-in's clock is fast.
    let now = SystemTime::now();
    let request = request.authorize_url(now).map_err(anyhow::Error::from)?;
    let Some(consent) = request else {
        return Ok(redirect("/exports", cookie));
    };
    // Before the browser leaves. There may be several: the user may have two tabs.
    let mut pending = PendingConsents::default();
    pending.insert(consent.pending, now);
    app.store.begin_request(session, &form.account, range, &pending, now)?;
    let shown = "Google shows the user its page".to_owned();
    app.note(session, "Ask Google for access", redirect_text(consent.url.as_str()), Some(shown));
    Ok(redirect(consent.url.as_str(), cookie))
}

// 4. Google sends the user back, with a code that is exchanged for tokens.

pub(crate) async fn callback(
    State(app): State<Arc<App>>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Page {
    // Only the user's own visit uses the code, not what a browser or a scanner does in advance.
    let purpose = headers.get("sec-purpose").or(headers.get("purpose"));
    if method == Method::HEAD || purpose.is_some() {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    let query = query.unwrap_or_default();
    let names = app.cookies.names(&headers);
    let hash: [u8; 32] = Sha256::digest(&query).into();
    // A second click on Google's button brings a second callback. It waits for the first, which
    // gives the session a new name.
    let _lease = match app.session(&headers)? {
        Some(session) => Some(app.callbacks.take(session).await),
        None => None,
    };
    let Some(session) = app.session(&headers)? else {
        // The browser may have dropped the first response, with the new name in it.
        let now = SystemTime::now();
        return match app.store.session_of_callback(&names, hash, now)? {
            Some(id) => Ok(redirect("/outcome", Some(app.new_name(id, &names, hash)?))),
            None => Ok(redirect("/help#back", None)),
        };
    };

    // Checks `state`, and stores the callback before anything is sent.
    let (now, google) = (SystemTime::now(), app.clock.now());
    let received = app.store.receive(session, &query, now, google)?;
    let shown = callback_text(&query, &app.google.endpoints.issuer);
    let sent_on = "The user is sent on, to an address without the code".to_owned();
    app.note(session, "Google sends the user back", shown, Some(sent_on));
    match received {
        Received::New(request) => {
            app.settle(request).await?;
            // A new name for the session, now that it is worth something.
            let cookie = app.new_name(session, &names, hash)?;
            return Ok(redirect("/outcome", Some(cookie)));
        }
        Received::Again => {}
        Received::Refused(error) => {
            tell(format_args!("error: the callback is not accepted: {error}"));
            let declined = OAuthErrorCode::AccessDenied;
            if error == (CallbackError::Denied { error: declined }) {
                app.store.set_notice(session, Some(Notice::Declined))?;
                return Ok(redirect("/", None));
            }
            app.store.set_notice(session, Some(Notice::Refused))?;
        }
        Received::Unknown => app.store.set_notice(session, Some(Notice::Foreign))?,
    }
    Ok(redirect("/outcome", None))
}

impl App {
    /// Exchanges a code that was stored. Without an answer it stays stored, and is tried again.
    pub(crate) async fn settle(&self, id: RequestId) -> anyhow::Result<()> {
        let _lease = self.requests.take(id).await;
        let Some(request) = self.store.request(id)? else {
            return Ok(());
        };
        let session = request.session;
        let now = self.clock.now();
        let exchange = self.google.client.exchange(&request.response, now);
        let title = "Exchange the code for tokens";
        let mut exchanged = match self.call(session, title, &exchange).await {
            Ok(exchanged) => exchanged,
            Err(error) => {
                let age = now.duration_since(request.received).unwrap_or_default();
                let may_help = error.is_transient() || error.kind() == CallErrorKind::NoResponse;
                if !may_help || age >= CODE_LIFETIME {
                    self.store.settle_request(id)?;
                    self.store.set_notice(session, Some(Notice::Lost))?;
                }
                return Ok(());
            }
        };
        // The tokens are here, and the code is used up: what they carry is asked for.
        if exchanged.scope_error.is_some() {
            let call = self.google.client.access(&exchanged.tokens).token_info();
            if let Ok(info) = self.call(session, "Ask what the token carries", &call).await {
                exchanged.comparison = info.grant.compare(request.response.requested());
                exchanged.tokens.grant = info.grant;
            }
        }
        // The user may have granted a part. Tokens and exports are stored together, so that a crash
        // leaves no tokens behind that nothing uses.
        let now = self.clock.now();
        let (mut ended, mut leases) = (Vec::new(), Vec::new());
        for consent in self.store.consents(session)?.iter().filter(|it| it.ended) {
            // Nobody else changes it meanwhile.
            leases.push(self.consents.take(consent.id).await);
            ended.extend(self.store.consent(consent.id)?);
        }
        let plan = plan(ended, &request, &mut exchanged, now)?;
        self.store.add_consent(id, &request, &exchanged, &plan, now)?;
        self.store.set_notice(session, None)?;
        self.changed.notify_one();
        Ok(())
    }
}

/// Decides what new tokens are for. Exports that have waited for them go on: a job of theirs may be
/// running, and is not started twice.
fn plan(
    consents: Vec<StoredConsent>,
    request: &StoredRequest,
    exchanged: &mut Exchanged,
    now: SystemTime,
) -> anyhow::Result<Plan> {
    let mut plan = Plan::default();
    let granted = exchanged.comparison.granted.clone();
    let (mut rest, mut running) = (granted.clone(), Vec::new());
    for mut consent in consents {
        if !consent.ended || consent.account != request.account {
            continue;
        }
        let left: Vec<_> = consent.exports.iter().filter(|it| !is_over(it)).collect();
        let needed = consent.needed();
        if !left.is_empty() && needed.is_subset(&granted) {
            consent.exports.consented(now);
            consent.tokens = Some(exchanged.tokens.clone());
            consent.comparison = exchanged.comparison.clone();
            consent.ended = false;
            plan.go_on.push(consent);
            rest = rest - needed;
        } else if left.is_empty() || left.iter().any(|it| it.resources().is_subset(&granted)) {
            // Tokens that carry a part only: it goes on under a consent of its own, which offers
            // the rest again.
            for export in left.iter().filter(|it| it.resources().is_subset(&granted)) {
                running.extend(export.job().map(|it| (export.resources().clone(), it.clone())));
            }
            let offered = if left.is_empty() { Scopes::default() } else { needed };
            exchanged.comparison.declined.extend([offered - granted.clone()]);
            plan.over.push(consent.id);
            plan.repeat_days = plan.repeat_days.max(consent.repeat_days);
        }
    }
    // Even if there is nothing to export: with the tokens, the user can end the access.
    if !rest.is_empty() || plan.go_on.is_empty() {
        let mut exports = limited(&rest, request.range, now)?;
        for (of, job) in running {
            exports.take_over(of, job, now);
        }
        plan.new = Some(exports);
    }
    Ok(plan)
}

/// Returns exports of these, within a time range where that applies.
fn limited(scopes: &Scopes, range: Range, now: SystemTime) -> anyhow::Result<Exports> {
    let exports = Exports::new(&Grant::from(scopes.clone()), now);
    if range == Range::default() {
        return Ok(exports);
    }
    let resources = scopes.known().iter().map(Scope::resource);
    let limited: ScopeSet = resources.filter(|it| it.supports_time_filter()).collect();
    Ok(exports.time_range(limited, range.start, range.end)?)
}

/// Where a callback leads to: to the data, or to what to do.
pub(crate) async fn outcome(visit: Visit) -> Page {
    if visit.session.is_none() {
        return Ok(redirect("/help#back", None));
    }
    let view = visit.view("/exports")?;
    let page = match visit.read(Store::notice)? {
        Some(notice) if notice.path() == "/outcome" => notice_page(&view, notice),
        _ if visit.read(Store::is_waiting)? => waiting_page(&view),
        _ => return Ok(redirect("/exports", None)),
    };
    Ok(page.into_response())
}

pub(crate) async fn help(visit: Visit) -> Page {
    Ok(help_page(&visit.view("/help")?).into_response())
}
