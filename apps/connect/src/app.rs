//! What the steps of the flow share: the app's state, sending a call, tokens that are not expired.

use std::error::Error;
use std::iter;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use app_runtime::{Clock, HttpClient};
use axum::http::HeaderMap;
use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::response::{IntoResponse, Redirect, Response};
use dataportability_scopes::call::HttpCall;
use dataportability_scopes::consent::Tokens;
use dataportability_scopes::{CallError, Scopes, send_async};
use tokio::sync::Notify;

use crate::exchanges::{Exchange, Message};
use crate::google::Google;
use crate::leases::Leases;
use crate::pages::{Notice, Site, View, happened_panel};
use crate::server::ClientAddress;
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
    pub(crate) site: std::sync::Arc<Site>,
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

/// The session of a request, and the cookie to set if its name is a new one.
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) cookie: Option<HeaderValue>,
}

impl Session {
    pub(crate) fn known(id: SessionId) -> Session {
        Session { id, cookie: None }
    }
}

impl App {
    /// Returns the session of a request, if it has one.
    pub(crate) fn session(&self, headers: &HeaderMap) -> anyhow::Result<Option<Session>> {
        let names = self.cookies.names(headers);
        let found = self.store.session(&names, SystemTime::now())?;
        Ok(found.map(Session::known))
    }

    /// Returns the session of a request, begun if need be.
    pub(crate) fn session_or_begin(
        &self,
        headers: &HeaderMap,
        address: &ClientAddress,
    ) -> anyhow::Result<Session> {
        let names = self.cookies.names(headers);
        let now = SystemTime::now();
        let begun = self.store.session_or_begin(&names, &self.cookies, &address.0, now)?;
        let (id, name) = begun;
        let cookie = name.map(|name| self.cookies.set(&name)).transpose()?;
        Ok(Session { id, cookie })
    }

    /// Returns the cookie for a browser that has none. Nothing is stored before it does something;
    /// two clicks on its first button then are of one session.
    pub(crate) fn visited(&self, headers: &HeaderMap) -> anyhow::Result<Option<HeaderValue>> {
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
    ) -> anyhow::Result<HeaderValue> {
        let name = self.cookies.random()?;
        self.store.rename(id, old, &name, callback, SystemTime::now())?;
        self.cookies.set(&name)
    }

    /// Returns what the pages of a request have in common.
    pub(crate) fn view(
        &self,
        headers: &HeaderMap,
        session: Option<&Session>,
        path: &'static str,
    ) -> anyhow::Result<View<'_>> {
        let notice = match session {
            Some(session) => Notice::from_name(&self.store.notice(session.id)?),
            None => None,
        };
        let panel = if self.site.settings.developer_panel {
            let exchanges = match session {
                Some(session) => self.store.exchanges(session.id)?,
                None => std::collections::BTreeMap::new(),
            };
            let newest_first = exchanges.iter().rev().map(|(id, it)| (*id, it));
            Some(happened_panel(newest_first))
        } else {
            None
        };
        Ok(View {
            site: &self.site,
            zone: Zone::of(headers),
            now: self.clock.now(),
            notice: notice.filter(|notice| !notice.has_page()),
            panel,
            path,
        })
    }

    /// Tells the user something on the next page, until they do the next thing.
    pub(crate) fn tell_user(
        &self,
        session: SessionId,
        notice: Option<Notice>,
    ) -> anyhow::Result<()> {
        self.store.set_notice(session, notice.map_or("", Notice::name))
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
            let sent = Message::request(&request);
            let response = self.http.send(request).await;
            let received = response.as_ref().ok().map(Message::response);
            self.note(session, &Exchange::new(title, sent, received));
            response
        })
        .await;
        if let Err(error) = &result {
            tell(format_args!("error: {title}: {}", with_causes(error)));
        }
        result
    }

    pub(crate) fn note(&self, session: SessionId, exchange: &Exchange) {
        exchange.print();
        if let Err(error) = self.store.add_exchange(session, exchange) {
            tell(format_args!("error: the panel is incomplete: {error:#}"));
        }
    }

    /// Refreshes the tokens of a consent. The caller has its lease.
    ///
    /// Returns whether they are good, or `None` if nobody knows: try again later.
    pub(crate) async fn refresh(
        &self,
        consent: &mut StoredConsent,
    ) -> anyhow::Result<Option<bool>> {
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
                self.store.save_tokens(consent.id, &tokens, &consent.exports, now)?;
                consent.tokens = Some(tokens);
                Ok(Some(true))
            }
            Err(error) if error.needs_consent() => {
                self.store.save_exports(consent.id, &consent.exports, None)?;
                self.store.end_consent(consent.id)?;
                consent.ended = true;
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
    pub(crate) async fn tokens(
        &self,
        consent: &mut StoredConsent,
    ) -> anyhow::Result<Option<Tokens>> {
        let expired = |tokens: &Tokens| tokens.is_expired(self.clock.now(), REFRESH_MARGIN);
        if !consent.ended && consent.tokens.as_ref().is_some_and(expired) {
            let refreshed = self.refresh(consent).await?;
            refreshed.context("the access token is not refreshed")?;
        }
        let open = !consent.ended;
        Ok(consent.tokens.clone().filter(|_| open))
    }
}

/// Returns the text of an error, and of each error that caused it.
fn with_causes(error: &dyn Error) -> String {
    let causes = iter::successors(Some(error), |&error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

/// Sends the browser on. The address it was at is not kept in its history.
pub(crate) fn redirect(location: &str, session: Option<Session>) -> Response {
    with_cookie(Redirect::to(location), session.and_then(|session| session.cookie))
}

pub(crate) fn with_cookie(response: impl IntoResponse, cookie: Option<HeaderValue>) -> Response {
    let mut response = response.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
