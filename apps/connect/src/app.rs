//! What the steps of the flow share: the app's state, sending a call, tokens that are not expired.

use std::error::Error;
use std::iter;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use app_runtime::{Clock, HttpClient};
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use dataportability_scopes::call::HttpCall;
use dataportability_scopes::consent::Tokens;
use dataportability_scopes::{CallError, Scopes, send_async};
use tokio::sync::Notify;

use crate::exchanges::{Exchange, request_text, response_text};
use crate::google::Google;
use crate::leases::Leases;
use crate::pages::{Notice, Problem, Site, View, happened_panel};
use crate::session::{Cookies, SessionName};
use crate::store::{ConsentId, RequestId, SessionId, Store, StoredConsent};
use crate::terminal::tell;
use crate::time::Zone;

/// An access token that ends so soon is refreshed first.
const REFRESH_MARGIN: Duration = Duration::from_secs(60);

pub(crate) struct App {
    pub(crate) google: Google,
    pub(crate) store: Store,
    /// Where archives are kept.
    pub(crate) folder: PathBuf,
    pub(crate) http: HttpClient,
    pub(crate) clock: Clock,
    pub(crate) cookies: Cookies,
    pub(crate) site: Arc<Site>,
    /// The address that users see.
    pub(crate) origin: String,
    pub(crate) callbacks: Leases<SessionId>,
    pub(crate) requests: Leases<RequestId>,
    /// Who changes a consent and its exports.
    pub(crate) consents: Leases<ConsentId>,
    /// What is being fetched.
    pub(crate) fetches: Leases<String>,
    /// Wakes the task that runs the exports.
    pub(crate) changed: Notify,
}

impl App {
    /// Returns the session of a request, if it has one.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Result<Option<SessionId>> {
        let names = self.cookies.names(headers);
        self.store.session(&names, SystemTime::now())
    }

    /// Returns the session of a request, begun if need be, and the cookie if its name is a new one.
    pub(crate) fn session_or_begin(
        &self,
        headers: &HeaderMap,
    ) -> Result<(SessionId, Option<HeaderValue>)> {
        let (names, address) = (self.cookies.names(headers), self.cookies.address(headers));
        let now = SystemTime::now();
        let (id, name) = self.store.session_or_begin(&names, &self.cookies, &address, now)?;
        let cookie = name.map(|name| self.cookies.set(&name)).transpose()?;
        Ok((id, cookie))
    }

    /// Returns the cookie for a browser that has none. Nothing is stored before it does something;
    /// two clicks on its first button then are of one session.
    pub(crate) fn visited(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>> {
        if !self.cookies.names(headers).is_empty() {
            return Ok(None);
        }
        Ok(Some(self.cookies.set(&self.cookies.random()?)?))
    }

    /// Gives a session a new name instead of those of a request, after this callback.
    pub(crate) fn new_name(
        &self,
        id: SessionId,
        old: &[SessionName],
        callback: [u8; 32],
    ) -> Result<HeaderValue> {
        let name = self.cookies.random()?;
        self.store.rename(id, old, &name, callback, SystemTime::now())?;
        self.cookies.set(&name)
    }

    /// Returns all that the user has granted, to any token that is still good.
    pub(crate) fn granted(consents: &[StoredConsent]) -> Scopes {
        let open = consents.iter().filter(|consent| !consent.ended);
        let tokens = open.filter_map(|consent| consent.tokens.as_ref());
        tokens.map(|tokens| &tokens.grant).collect()
    }

    /// Sends a call, and notes request and response for the panel and the terminal.
    pub(crate) async fn call<C: HttpCall>(
        &self,
        session: SessionId,
        title: &str,
        call: &C,
    ) -> Result<C::Response, CallError> {
        let result = send_async(call, async |request| {
            let sent = request_text(&request);
            let response = self.http.send(request).await;
            self.note(session, title, sent, response.as_ref().ok().map(response_text));
            response
        })
        .await;
        if let Err(error) = &result {
            let causes = iter::successors(Some(error as &dyn Error), |&error| error.source());
            let texts: Vec<String> = causes.map(ToString::to_string).collect();
            tell(format_args!("error: {title}: {}", texts.join(": ")));
        }
        result
    }

    /// Notes a request and its response. Their secrets are masked.
    pub(crate) fn note(
        &self,
        session: SessionId,
        title: &str,
        request: String,
        response: Option<String>,
    ) {
        let exchange = Exchange { title: title.to_owned(), request, response };
        exchange.print();
        if let Err(error) = self.store.add_exchange(session, &exchange) {
            tell(format_args!("error: the panel is incomplete: {error:#}"));
        }
    }

    /// Refreshes the tokens of a consent. The caller has its lease.
    ///
    /// Returns whether they are good, or `None` if Google did not say: try again later.
    pub(crate) async fn refresh(&self, consent: &mut StoredConsent) -> Result<Option<bool>> {
        let Some(tokens) = &consent.tokens else {
            return Ok(Some(false));
        };
        let refresh = self.google.client.refresh(tokens, self.clock.now());
        let title = "Refresh the access token";
        let result = self.call(consent.session, title, &refresh).await;
        let now = self.clock.now();
        consent.exports.record_refresh(&result, now);
        match result {
            Ok(tokens) => {
                consent.tokens = Some(tokens);
                self.store.save(consent, Some(now))?;
                Ok(Some(true))
            }
            Err(error) if error.needs_consent() => {
                consent.ended = true;
                self.store.save(consent, None)?;
                Ok(Some(false))
            }
            Err(_) => Ok(None),
        }
    }

    /// Returns the tokens of a consent, refreshed if they are about to expire, or `None` if only a
    /// new consent helps. The caller has the consent's lease.
    ///
    /// # Errors
    ///
    /// Fails if Google cannot be reached or does not respond as expected: try again later.
    pub(crate) async fn tokens(&self, consent: &mut StoredConsent) -> Result<Option<Tokens>> {
        let expired = |tokens: &Tokens| tokens.is_expired(self.clock.now(), REFRESH_MARGIN);
        if !consent.ended && consent.tokens.as_ref().is_some_and(expired) {
            let refreshed = self.refresh(consent).await?;
            refreshed.context("the access token is not refreshed")?;
        }
        let open = !consent.ended;
        Ok(consent.tokens.clone().filter(|_| open))
    }
}

/// A request of a browser, and the session that it is of.
pub(crate) struct Visit {
    pub(crate) app: Arc<App>,
    pub(crate) headers: HeaderMap,
    pub(crate) session: Option<SessionId>,
}

impl FromRequestParts<Arc<App>> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Visit, Problem> {
        Ok(Visit {
            app: Arc::clone(app),
            session: app.session(&parts.headers)?,
            headers: parts.headers.clone(),
        })
    }
}

impl Visit {
    /// Returns the session. Without one there is nothing to see or to change.
    pub(crate) fn own(&self) -> Result<SessionId, Problem> {
        self.session.ok_or(Problem::NotFound)
    }

    /// Returns what the pages of the request have in common.
    pub(crate) fn view(&self, path: &'static str) -> Result<View<'_>> {
        let site = &self.app.site;
        let notice = self.read(Store::notice)?;
        let exchanges = self.read(Store::exchanges)?;
        let newest_first = exchanges.iter().rev().map(|(id, it)| (*id, it));
        let panel = site.settings.developer_panel;
        Ok(View {
            site,
            zone: Zone::of(&self.headers),
            now: self.app.clock.now(),
            notice: notice.filter(|notice| notice.path() == path),
            panel: panel.then(|| happened_panel(newest_first)),
            path,
        })
    }

    /// Reads something of the session. Without one there is nothing.
    pub(crate) fn read<T: Default>(
        &self,
        read: impl Fn(&Store, SessionId) -> Result<T>,
    ) -> Result<T> {
        let read = self.session.map(|session| read(&self.app.store, session));
        Ok(read.transpose()?.unwrap_or_default())
    }

    /// Tells the user something on the page of their data, or clears what they were told.
    pub(crate) fn told(&self, notice: Option<Notice>) -> Result<Response, Problem> {
        self.app.store.set_notice(self.own()?, notice)?;
        Ok(redirect("/exports", None))
    }
}

/// Sends the browser on. The address it was at is not kept in its history.
pub(crate) fn redirect(location: &str, cookie: Option<HeaderValue>) -> Response {
    with_cookie(Redirect::to(location), cookie)
}

pub(crate) fn with_cookie(response: impl IntoResponse, cookie: Option<HeaderValue>) -> Response {
    let mut response = response.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
