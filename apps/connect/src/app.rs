//! What the steps of the flow share: the app's state, sending a call, tokens that are not expired.

use std::collections::BTreeMap;
use std::error::Error;
use std::iter;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use app_runtime::{Clock, HttpClient, HttpError};
use axum::http::HeaderMap;
use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::response::{IntoResponse, Redirect, Response};
use dataportability_scopes::ScopeSet;
use dataportability_scopes::consent::{RedirectUri, TokenError, TokenErrorCode, Tokens};
use dataportability_scopes::http_call::{HttpCall, SendError};
use dataportability_scopes::send_async;
use maud::Markup;
use tokio::sync::Notify;

use crate::exchanges::{Exchange, Message};
use crate::google::Google;
use crate::leases::Leases;
use crate::pages::{Footer, happened_panel};
use crate::session::{Cookies, SessionName};
use crate::store::{ConsentId, ExportId, SessionId, Store, StoredConsent};
use crate::terminal::tell;

/// An access token that ends so soon is refreshed first.
const REFRESH_MARGIN: Duration = Duration::from_secs(60);

pub(crate) struct App {
    pub(crate) google: Google,
    pub(crate) redirect_uri: RedirectUri,
    pub(crate) store: Store,
    pub(crate) http: HttpClient,
    pub(crate) clock: Clock,
    pub(crate) cookies: Cookies,
    pub(crate) footer: Footer,
    pub(crate) callbacks: Leases<SessionId>,
    pub(crate) exports: Leases<ExportId>,
    pub(crate) refreshes: Leases<ConsentId>,
    /// Wakes the task that runs the exports.
    pub(crate) exports_changed: Notify,
}

/// The session of a request, and the cookie to set if its name is a new one.
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) cookie: Option<HeaderValue>,
}

/// Tokens that Google accepts, as far as the app knows.
pub(crate) enum Access {
    Open(Tokens),
    /// The user or Google has ended it: only a new consent helps.
    Ended,
}

impl App {
    /// Returns the session of a request, if it has one.
    pub(crate) fn session(&self, headers: &HeaderMap) -> anyhow::Result<Option<Session>> {
        let names = self.cookies.names(headers);
        let Some(found) = self.store.session(&names, SystemTime::now())? else {
            return Ok(None);
        };
        // The browser has not seen the name that replaced the one it sent.
        let cookie = if found.replaced {
            Some(self.new_name(found.id)?)
        } else {
            None
        };
        let id = found.id;
        Ok(Some(Session { id, cookie }))
    }

    /// Returns the session of a request, begun if need be.
    ///
    /// It has the name that [`visited`](Self::visited) gave the browser, so that two clicks on one
    /// button are of one session.
    pub(crate) fn session_or_begin(&self, headers: &HeaderMap) -> anyhow::Result<Session> {
        if let Some(session) = self.session(headers)? {
            return Ok(session);
        }
        let name = match self.cookies.names(headers).into_iter().next() {
            Some(name) => name,
            None => SessionName::random()?,
        };
        let begun = self.store.begin_session(&name, SystemTime::now())?;
        let (id, name) = if let Some(id) = begun {
            (id, name)
        } else {
            // The name was that of a session that is over.
            let name = SessionName::random()?;
            let id = self.store.begin_session(&name, SystemTime::now())?;
            (id.context("a random name is taken")?, name)
        };
        let cookie = Some(self.cookies.set(&name)?);
        Ok(Session { id, cookie })
    }

    /// Returns the cookie for a browser that has none. Nothing is stored before it does something.
    pub(crate) fn visited(&self, headers: &HeaderMap) -> anyhow::Result<Option<HeaderValue>> {
        if !self.cookies.names(headers).is_empty() {
            return Ok(None);
        }
        Ok(Some(self.cookies.set(&SessionName::random()?)?))
    }

    /// Gives a session a new name, and returns the cookie to set.
    pub(crate) fn new_name(&self, id: SessionId) -> anyhow::Result<HeaderValue> {
        let name = SessionName::random()?;
        self.store.rename_session(id, &name, SystemTime::now())?;
        self.cookies.set(&name)
    }

    /// Returns all that the user has granted, to any token that is still good.
    pub(crate) fn granted(consents: &[StoredConsent]) -> ScopeSet {
        let open = consents.iter().filter(|consent| !consent.ended);
        open.fold(ScopeSet::EMPTY, |scopes, consent| {
            scopes | consent.tokens.grant.scopes()
        })
    }

    /// Sends a call, and notes request and response for the panel and the terminal.
    pub(crate) async fn call<C: HttpCall>(
        &self,
        session: SessionId,
        title: &str,
        call: &C,
    ) -> Result<C::Response, SendError<C::Error, HttpError>>
    where
        C::Error: Error + Send + Sync + 'static,
    {
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

    /// Returns the tokens of a consent, refreshed if they are about to expire or were refused.
    ///
    /// # Errors
    ///
    /// Fails if Google cannot be reached or does not respond as expected: try again later.
    pub(crate) async fn access(
        &self,
        session: SessionId,
        consent: ConsentId,
        refused: bool,
    ) -> anyhow::Result<Access> {
        // Two exports must not refresh the same tokens at the same time.
        let _lease = self.refreshes.take(consent).await;
        let Some(consent) = self.store.consent(consent)?.filter(|it| !it.ended) else {
            return Ok(Access::Ended);
        };
        let now = self.clock.now();
        if !refused && !consent.tokens.is_expired(now, REFRESH_MARGIN) {
            return Ok(Access::Open(consent.tokens));
        }
        let Ok(refresh) = self.google.token_client.refresh(&consent.tokens, now) else {
            self.store.end_consent(consent.id)?;
            return Ok(Access::Ended);
        };
        match self
            .call(session, "Refresh the access token", &refresh)
            .await
        {
            Ok(tokens) => {
                self.store.set_tokens(consent.id, &tokens)?;
                Ok(Access::Open(tokens))
            }
            Err(SendError::Response(TokenError::Refused {
                error: TokenErrorCode::InvalidGrant,
            })) => {
                self.store.end_consent(consent.id)?;
                Ok(Access::Ended)
            }
            Err(error) => {
                Err(anyhow::Error::from(error).context("the access token is not refreshed"))
            }
        }
    }

    /// Returns the requests and responses of a session, the newest first.
    pub(crate) fn exchanges(
        &self,
        session: Option<&Session>,
    ) -> anyhow::Result<BTreeMap<i64, Exchange>> {
        match session {
            Some(session) => self.store.exchanges(session.id),
            None => Ok(BTreeMap::new()),
        }
    }

    /// Returns the panel "What just happened".
    pub(crate) fn panel(&self, session: Option<&Session>) -> anyhow::Result<Markup> {
        let exchanges = self.exchanges(session)?;
        Ok(happened_panel(
            exchanges.iter().rev().map(|(id, it)| (*id, it)),
        ))
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
    with_cookie(
        Redirect::to(location),
        session.and_then(|session| session.cookie),
    )
}

pub(crate) fn with_cookie(response: impl IntoResponse, cookie: Option<HeaderValue>) -> Response {
    let mut response = response.into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
