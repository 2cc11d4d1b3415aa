//! Requests for consent, from the moment the user leaves until the code is exchanged.
//!
//! A callback is stored before its code is sent, so that neither a crash nor a server that is out
//! of reach loses it: the exchange is tried again as long as the code lasts.

use std::time::{Duration, SystemTime};

use anyhow::Result;
use dataportability_scopes::consent::{AuthorizationResponse, CallbackError, PendingConsents};
use rusqlite::{Connection, params};

use super::{SessionId, Store, rows, stored, time};
use crate::form::Range;
use crate::session::LIFETIME;

/// How long Google accepts a code.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Of a session: the user may have several tabs.
const MAX_REQUESTS: i64 = 8;
/// Whose code is still to be exchanged.
const UNSETTLED: &str = "query IS NOT NULL AND NOT settled";

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

impl Store {
    /// Stores a request before the browser leaves.
    pub(crate) fn begin_request(
        &self,
        session: SessionId,
        account: &str,
        range: Range,
        pending: &PendingConsents,
        now: SystemTime,
    ) -> Result<()> {
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
    /// it would leave Google with an access that the app has no tokens for.
    pub(crate) fn receive(
        &self,
        session: SessionId,
        query: &str,
        now: SystemTime,
        google: SystemTime,
    ) -> Result<Received> {
        self.transaction(|db| {
            let select = "SELECT id, pending, begun_at, query IS NOT NULL FROM request
                WHERE session = ?1 AND begun_at >= ?2 ORDER BY id DESC";
            let since = stored(now - LIFETIME);
            let values = params![session.0, since];
            let requests: Vec<(i64, Vec<u8>, i64, bool)> =
                rows(db, select, values, |row| Ok(row.try_into()?))?;
            for (id, sealed, begun_at, again) in requests {
                let mut pending: PendingConsents = self.sealer.open(&sealed, &place(session))?;
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
    pub(crate) fn request(&self, id: RequestId) -> Result<Option<StoredRequest>> {
        let query = format!("SELECT * FROM request WHERE id = ?1 AND {UNSETTLED}");
        self.row(&query, [id.0], |row| {
            let session = SessionId(row.get("session")?);
            let open = |column: &str| -> Result<Vec<u8>> { Ok(row.get(column)?) };
            let mut pending: PendingConsents =
                self.sealer.open(&open("pending")?, &place(session))?;
            let query: String = self.sealer.open(&open("query")?, &place(session))?;
            let range: String = row.get("range")?;
            Ok(StoredRequest {
                session,
                account: row.get("account")?,
                range: serde_json::from_str(&range)?,
                response: pending.complete(&query, time(row.get("begun_at")?))?,
                received: time(row.get("received_at")?),
            })
        })
    }

    /// Returns the requests whose code is still to be exchanged.
    pub(crate) fn unsettled(&self) -> Result<Vec<RequestId>> {
        let query = format!("SELECT id FROM request WHERE {UNSETTLED}");
        self.rows(&query, [], |row| Ok(RequestId(row.get(0)?)))
    }

    /// Returns whether the code of a session's last callback is still to be exchanged.
    pub(crate) fn is_waiting(&self, session: SessionId) -> Result<bool> {
        let query = "SELECT NOT settled FROM request
            WHERE session = ?1 AND query IS NOT NULL ORDER BY received_at DESC, id DESC LIMIT 1";
        let waiting = self.row(query, [session.0], |row| Ok(row.get(0)?))?;
        Ok(waiting.unwrap_or_default())
    }

    /// Returns when the user left for Google, if they have not come back.
    pub(crate) fn unanswered(
        &self,
        session: SessionId,
        now: SystemTime,
    ) -> Result<Option<SystemTime>> {
        let query = "SELECT begun_at FROM request WHERE session = ?1 AND query IS NULL
            AND begun_at >= ?2 ORDER BY id DESC LIMIT 1";
        let since = stored(now - LIFETIME);
        self.row(query, params![session.0, since], |row| Ok(time(row.get(0)?)))
    }

    /// Forgets what a session asked for and has no answer to.
    pub(crate) fn forget_unanswered(&self, session: SessionId) -> Result<()> {
        let query = "DELETE FROM request WHERE session = ?1 AND query IS NULL";
        self.execute(query, [session.0])
    }

    /// Notes that a code is used up, or of no use.
    pub(crate) fn settle_request(&self, id: RequestId) -> Result<()> {
        Store::settle(&self.lock(), id)
    }

    pub(super) fn settle(db: &Connection, id: RequestId) -> Result<()> {
        db.execute("UPDATE request SET settled = 1 WHERE id = ?1", [id.0])?;
        Ok(())
    }
}

fn place(session: SessionId) -> String {
    format!("session {}", session.0)
}
