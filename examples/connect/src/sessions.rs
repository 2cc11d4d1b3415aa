//! What is kept for each browser, on the server: the browser itself has only a random name for it.
//!
//! A real app keeps its users' tokens in a database, encrypted, and its sessions where all of its
//! servers find them. `PendingConsent` and `Tokens` serialise for that.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, header};
use dataportability_scopes::oauth2::CsrfToken;
use dataportability_scopes::catalogue::ScopeSet;
use dataportability_scopes::consent::{Consented, PendingConsent};

const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// Anybody can begin a session, so there has to be an end to them.
const MOST: usize = 1_000;

#[derive(Default)]
pub(crate) struct Session {
    /// Kept after its return, so that a second return is told from a forged one.
    pub(crate) pending: Option<PendingConsent>,
    /// One for each consent: a later one does not widen the token of an earlier one.
    pub(crate) consented: Vec<Consented>,
}

impl Session {
    /// What the user granted so far, to any of the tokens.
    pub(crate) fn held(&self) -> ScopeSet {
        self.consented
            .iter()
            .fold(ScopeSet::EMPTY, |held, consented| {
                held | consented.tokens.grant.scopes()
            })
    }
}

#[derive(Default)]
pub(crate) struct Sessions {
    by_id: Mutex<HashMap<String, (Instant, Session)>>,
}

impl Sessions {
    /// Does something with this browser's session, if it has one that is not too old.
    pub(crate) fn with<T>(
        &self,
        headers: &HeaderMap,
        act: impl FnOnce(&mut Session) -> T,
    ) -> Option<T> {
        self.lock()
            .get_mut(id(headers)?)
            .filter(|(begun, _)| begun.elapsed() < LIFETIME)
            .map(|(_, session)| act(session))
    }

    /// Does something with this browser's session, begun if need be, and gives it a new name: one
    /// that somebody slipped to the browser before is then of no use. Returns the cookie to set.
    pub(crate) fn renew(&self, headers: &HeaderMap, act: impl FnOnce(&mut Session)) -> String {
        let mut by_id = self.lock();
        by_id.retain(|_, (begun, _)| begun.elapsed() < LIFETIME);
        let old = id(headers).and_then(|id| by_id.remove(id));
        let (begun, mut session) = old.unwrap_or_else(|| (Instant::now(), Session::default()));
        act(&mut session);

        if by_id.len() >= MOST {
            let oldest = by_id.iter().min_by_key(|(_, (begun, _))| *begun);
            if let Some(id) = oldest.map(|(id, _)| id.clone()) {
                by_id.remove(&id);
            }
        }
        let id = CsrfToken::new_random_len(32).into_secret();
        // Lax, not Strict: the cookie has to come along when Google sends the user back. On HTTPS,
        // add `Secure` and begin the name with `__Host-`.
        let cookie = format!(
            "session={id}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax",
            LIFETIME.as_secs()
        );
        by_id.insert(id, (begun, session));
        cookie
    }

    /// A handler that panicked left nothing half done here.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Instant, Session)>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the browser calls its session.
fn id(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split("; "))
        .find_map(|cookie| cookie.strip_prefix("session="))
}
