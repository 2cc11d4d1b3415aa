//! Requests for consent, from the moment the user leaves until the code is exchanged.
//!
//! A callback is stored before its code is sent, so that neither a crash nor a server that is out
//! of reach loses it: the exchange is tried again as long as the code lasts.

use std::time::{Duration, SystemTime};

use dataportability_scopes::consent::{AuthorizationResponse, CallbackError, PendingConsents};
use rusqlite::{OptionalExtension, params};

use super::{SessionId, Store, stored, time};
use crate::form::Range;
use crate::session::LIFETIME;

/// How long Google accepts a code.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Of a session: the user may have several tabs.
const MAX_REQUESTS: i64 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RequestId(i64);

/// A request whose callback has come.
pub(crate) struct StoredRequest {
    pub(crate) session: SessionId,
    pub(crate) account: String,
    pub(crate) range: Range,
    pub(crate) response: AuthorizationResponse,
    /// When the callback came, by the clock that Google's side goes by.
    pub(crate) received: SystemTime,
}

/// What a callback is.
pub(crate) enum Received {
    /// It has come for the first time, and is stored.
    New(RequestId),
    /// It has come before.
    Again,
    /// It belongs to a request, but has no code.
    Refused(CallbackError),
    /// It belongs to no request of the session.
    Unknown,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has not: Google is out of reach.
    Waiting,
    Done,
    Lost,
}

impl Store {
    /// Stores a request before the browser leaves.
    pub(crate) fn begin_request(
        &self,
        session: SessionId,
        account: &str,
        range: Range,
        pending: &PendingConsents,
        now: SystemTime,
    ) -> anyhow::Result<()> {
        let pending = self.sealer.seal(pending, &place(session))?;
        self.transaction(|db| {
            let query = "DELETE FROM request WHERE session = ?1 AND (begun_at < ?2 OR id NOT IN
                (SELECT id FROM request WHERE session = ?1 ORDER BY id DESC LIMIT ?3))";
            let over = stored(now - LIFETIME);
            db.execute(query, params![session.0, over, MAX_REQUESTS - 1])?;
            let query = "INSERT INTO request (session, account, range, pending, begun_at)
                VALUES (?1, ?2, ?3, ?4, ?5)";
            let range = serde_json::to_string(&range)?;
            db.execute(query, params![session.0, account, range, pending, stored(now)])?;
            Ok(())
        })
    }

    /// Takes a callback: finds its request, and stores it there.
    ///
    /// The user may take as long as the session lasts. The code is only a moment old, and to refuse
    /// it would leave Google with an access of which the app has no tokens.
    pub(crate) fn receive(
        &self,
        session: SessionId,
        query: &str,
        now: SystemTime,
        google: SystemTime,
    ) -> anyhow::Result<Received> {
        self.transaction(|db| {
            let rows: Vec<(i64, Vec<u8>, i64, bool)> = {
                let query = "SELECT id, pending, begun_at, query IS NOT NULL FROM request
                    WHERE session = ?1 AND begun_at >= ?2 ORDER BY id DESC";
                let mut query = db.prepare(query)?;
                let since = stored(now - LIFETIME);
                let rows = query.query_map(params![session.0, since], |row| row.try_into())?;
                rows.collect::<Result<_, _>>()?
            };
            for (id, pending, begun_at, again) in rows {
                let mut pending: PendingConsents = self.sealer.open(&pending, &place(session))?;
                match pending.complete(query, time(begun_at)) {
                    Ok(_) if again => return Ok(Received::Again),
                    Ok(_) => {
                        let sealed = self.sealer.seal(&query, &place(session))?;
                        let query = "UPDATE request SET query = ?2, received_at = ?3 WHERE id = ?1";
                        db.execute(query, params![id, sealed, stored(google)])?;
                        return Ok(Received::New(RequestId(id)));
                    }
                    Err(_) if !pending.is_empty() => {}
                    Err(error) => {
                        db.execute("DELETE FROM request WHERE id = ?1", [id])?;
                        return Ok(Received::Refused(error));
                    }
                }
            }
            Ok(Received::Unknown)
        })
    }

    /// Returns a request whose code is still to be exchanged.
    pub(crate) fn request(&self, id: RequestId) -> anyhow::Result<Option<StoredRequest>> {
        type Row = (i64, String, String, Vec<u8>, i64, Vec<u8>, i64);
        let query =
            "SELECT session, account, range, pending, begun_at, query, received_at FROM request
            WHERE id = ?1 AND query IS NOT NULL AND outcome IS NULL";
        let row: Option<Row> = {
            let db = self.lock();
            db.query_row(query, [id.0], |row| row.try_into()).optional()?
        };
        let Some((session, account, range, pending, begun_at, query, received_at)) = row else {
            return Ok(None);
        };
        let session = SessionId(session);
        let mut pending: PendingConsents = self.sealer.open(&pending, &place(session))?;
        let query: String = self.sealer.open(&query, &place(session))?;
        Ok(Some(StoredRequest {
            session,
            account,
            range: serde_json::from_str(&range)?,
            response: pending.complete(&query, time(begun_at))?,
            received: time(received_at),
        }))
    }

    /// Returns the requests whose code is still to be exchanged.
    pub(crate) fn unsettled(&self) -> anyhow::Result<Vec<RequestId>> {
        let db = self.lock();
        let query = "SELECT id FROM request WHERE query IS NOT NULL AND outcome IS NULL";
        let mut query = db.prepare(query)?;
        let ids = query.query_map([], |row| row.get(0).map(RequestId))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Notes that a code is of no use.
    pub(crate) fn lose_request(&self, id: RequestId) -> anyhow::Result<()> {
        let query = "UPDATE request SET outcome = 'lost' WHERE id = ?1";
        self.lock().execute(query, [id.0])?;
        Ok(())
    }

    /// Returns how the last callback of a session ended.
    pub(crate) fn outcome(&self, session: SessionId) -> anyhow::Result<Option<Outcome>> {
        let query = "SELECT coalesce(outcome, '') FROM request
            WHERE session = ?1 AND query IS NOT NULL ORDER BY received_at DESC, id DESC LIMIT 1";
        let db = self.lock();
        let found: Option<String> =
            db.query_row(query, [session.0], |row| row.get(0)).optional()?;
        Ok(found.map(|outcome| match &*outcome {
            "" => Outcome::Waiting,
            "done" => Outcome::Done,
            _ => Outcome::Lost,
        }))
    }

    /// Returns when the user left for Google, if they have not come back.
    pub(crate) fn unanswered(
        &self,
        session: SessionId,
        now: SystemTime,
    ) -> anyhow::Result<Option<SystemTime>> {
        let query = "SELECT begun_at FROM request WHERE session = ?1 AND query IS NULL
            AND begun_at >= ?2 ORDER BY id DESC LIMIT 1";
        let since = stored(now - LIFETIME);
        let db = self.lock();
        let found = db.query_row(query, params![session.0, since], |row| row.get(0)).optional()?;
        Ok(found.map(time))
    }

    /// Forgets what a session asked for and has no answer to.
    pub(crate) fn forget_unanswered(&self, session: SessionId) -> anyhow::Result<()> {
        let query = "DELETE FROM request WHERE session = ?1 AND query IS NULL";
        self.lock().execute(query, [session.0])?;
        Ok(())
    }

    pub(super) fn settle(db: &rusqlite::Transaction, id: RequestId) -> anyhow::Result<()> {
        db.execute("UPDATE request SET outcome = 'done' WHERE id = ?1", [id.0])?;
        Ok(())
    }
}

fn place(session: SessionId) -> String {
    format!("session {}", session.0)
}
