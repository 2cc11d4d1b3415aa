//! What users granted, the tokens for it, and the exports that they are for: one row for each
//! consent.
//!
//! The times of exports are those of the clock that Google's side goes by.

use std::time::SystemTime;

use anyhow::Context;
use dataportability_scopes::Grant;
use dataportability_scopes::api::export::Exports;
use dataportability_scopes::consent::{Exchanged, Tokens};
use dataportability_scopes::grant::GrantComparison;
use rusqlite::{Transaction, params};

use super::{RequestId, SessionId, Store, StoredArchive, StoredRequest, stored, time};
use crate::terminal::tell;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConsentId(pub(crate) i64);

/// What a user granted at once, the tokens for it, and its exports.
pub(crate) struct StoredConsent {
    pub(crate) id: ConsentId,
    pub(crate) session: SessionId,
    /// Whose data it is, as the user says: Google does not.
    pub(crate) account: String,
    /// None if they cannot be read, as with another key: only a new consent helps.
    pub(crate) tokens: Option<Tokens>,
    pub(crate) comparison: GrantComparison,
    pub(crate) exports: Exports,
    pub(crate) repeat: Repeat,
    pub(crate) given: SystemTime,
    /// Whether the tokens are no longer good.
    pub(crate) ended: bool,
    /// When there is something to do, unless the user has to act first.
    pub(crate) due: Option<SystemTime>,
}

/// What new tokens are for.
#[derive(Default)]
pub(crate) struct Plan {
    /// Exports that have waited for new access, and go on with it.
    pub(crate) go_on: Vec<(ConsentId, Exports)>,
    /// Consents that have ended, and whose exports are over.
    pub(crate) over: Vec<ConsentId>,
    pub(crate) new: Option<Exports>,
}

/// How often what was granted is exported again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    Never,
    Days(u32),
}

impl Repeat {
    pub(crate) const ALL: [(Repeat, &str, &str); 4] = [
        (Repeat::Never, "", "Not by itself"),
        (Repeat::Days(1), "day", "Every day"),
        (Repeat::Days(7), "week", "Every week"),
        (Repeat::Days(30), "month", "Every 30 days"),
    ];

    pub(crate) fn from_name(name: &str) -> Option<Repeat> {
        let mut all = Repeat::ALL.into_iter();
        all.find(|(_, it, _)| *it == name).map(|(it, ..)| it)
    }

    fn name(self) -> &'static str {
        let mut all = Repeat::ALL.into_iter();
        all.find(|(it, ..)| *it == self).map_or("", |(_, it, _)| it)
    }
}

impl Store {
    /// Stores tokens together with the exports that they are for: after a crash there are both or
    /// neither.
    pub(crate) fn add_consent(
        &self,
        request: RequestId,
        of: &StoredRequest,
        exchanged: &Exchanged,
        plan: &Plan,
        now: SystemTime,
    ) -> anyhow::Result<()> {
        let comparison = serde_json::to_string(&exchanged.comparison)?;
        self.transaction(|db| {
            for id in &plan.over {
                db.execute("DELETE FROM consent WHERE id = ?1", [id.0])?;
            }
            for (id, exports) in &plan.go_on {
                let query = "UPDATE consent SET ended = 0, comparison = ?2 WHERE id = ?1";
                db.execute(query, params![id.0, comparison])?;
                self.write_tokens(db, *id, &exchanged.tokens)?;
                save_exports(db, *id, exports, Some(now))?;
            }
            if let Some(exports) = &plan.new {
                let query = "INSERT INTO consent
                    (session, account, tokens, comparison, exports, given_at, due_at)
                    VALUES (?1, ?2, x'', ?3, ?4, ?5, ?5)";
                let exports = serde_json::to_string(exports)?;
                db.execute(
                    query,
                    params![of.session.0, of.account, comparison, exports, stored(now)],
                )?;
                let id = ConsentId(db.last_insert_rowid());
                self.write_tokens(db, id, &exchanged.tokens)?;
            }
            Store::settle(db, request)
        })
    }

    /// Notes that the tokens of a consent are no longer good.
    pub(crate) fn end_consent(&self, id: ConsentId) -> anyhow::Result<()> {
        let query = "UPDATE consent SET ended = 1, due_at = NULL WHERE id = ?1";
        self.lock().execute(query, [id.0])?;
        Ok(())
    }

    pub(crate) fn consents(&self, session: SessionId) -> anyhow::Result<Vec<StoredConsent>> {
        self.read_consents("session = ?1 ORDER BY id", session.0)
    }

    pub(crate) fn consent(&self, id: ConsentId) -> anyhow::Result<Option<StoredConsent>> {
        Ok(self.read_consents("id = ?1", id.0)?.pop())
    }

    /// Replaces exports, and when they are due.
    pub(crate) fn save_exports(
        &self,
        id: ConsentId,
        exports: &Exports,
        due: Option<SystemTime>,
    ) -> anyhow::Result<()> {
        self.transaction(|db| save_exports(db, id, exports, due))
    }

    /// Replaces exports, and notes that an archive of theirs is there.
    pub(crate) fn save_arrival(
        &self,
        consent: &StoredConsent,
        job: &str,
        archive: &StoredArchive,
        now: SystemTime,
    ) -> anyhow::Result<()> {
        self.transaction(|db| {
            Store::add_archive(db, consent.session, job, archive)?;
            save_exports(db, consent.id, &consent.exports, Some(now))
        })
    }

    /// Replaces tokens and what the exports know of them.
    pub(crate) fn save_tokens(
        &self,
        id: ConsentId,
        tokens: &Tokens,
        exports: &Exports,
        now: SystemTime,
    ) -> anyhow::Result<()> {
        self.transaction(|db| {
            self.write_tokens(db, id, tokens)?;
            save_exports(db, id, exports, Some(now))
        })
    }

    /// Puts a consent off, whatever it is about.
    pub(crate) fn postpone(&self, id: ConsentId, until: SystemTime) -> anyhow::Result<()> {
        let query = "UPDATE consent SET due_at = ?2 WHERE id = ?1 AND due_at IS NOT NULL";
        self.lock().execute(query, params![id.0, stored(until)])?;
        Ok(())
    }

    pub(crate) fn set_repeat(
        &self,
        id: ConsentId,
        repeat: Repeat,
        now: SystemTime,
    ) -> anyhow::Result<()> {
        let query = "UPDATE consent SET repeat = ?2, due_at = ?3 WHERE id = ?1";
        let db = self.lock();
        db.execute(query, params![id.0, repeat.name(), stored(now)])?;
        Ok(())
    }

    /// Forgets tokens and exports. What has arrived stays.
    pub(crate) fn remove_consent(&self, id: ConsentId) -> anyhow::Result<()> {
        let query = "DELETE FROM consent WHERE id = ?1";
        self.lock().execute(query, [id.0])?;
        Ok(())
    }

    /// Returns the consents with something to do, and when the next one has.
    pub(crate) fn due(
        &self,
        now: SystemTime,
    ) -> anyhow::Result<(Vec<ConsentId>, Option<SystemTime>)> {
        let db = self.lock();
        let mut query =
            db.prepare("SELECT id FROM consent WHERE due_at <= ?1 ORDER BY due_at LIMIT 100")?;
        let due = query
            .query_map([stored(now)], |row| row.get(0).map(ConsentId))?
            .collect::<Result<_, _>>()?;
        let query = "SELECT min(due_at) FROM consent WHERE due_at > ?1";
        let next: Option<i64> = db.query_row(query, [stored(now)], |row| row.get(0))?;
        Ok((due, next.map(time)))
    }

    fn write_tokens(&self, db: &Transaction, id: ConsentId, tokens: &Tokens) -> anyhow::Result<()> {
        let sealed = self.sealer.seal(tokens, &format!("consent {}", id.0))?;
        let query = "UPDATE consent SET tokens = ?2 WHERE id = ?1";
        db.execute(query, params![id.0, sealed])?;
        Ok(())
    }

    fn read_consents(&self, condition: &str, value: i64) -> anyhow::Result<Vec<StoredConsent>> {
        let mut consents = Vec::new();
        let db = self.lock();
        let mut query = db.prepare(&format!(
            "SELECT id, session, account, tokens, comparison, exports, repeat, given_at, ended,
                due_at FROM consent WHERE {condition}"
        ))?;
        let mut rows = query.query([value])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get("id")?;
            let sealed: Vec<u8> = row.get("tokens")?;
            // One row that cannot be read does not take the others along.
            let tokens = self.sealer.open(&sealed, &format!("consent {id}"));
            if let Err(error) = &tokens {
                tell(format_args!("error: {error:#}"));
            }
            let exports: String = row.get("exports")?;
            let exports: Result<Exports, _> = serde_json::from_str(&exports);
            if let Err(error) = &exports {
                tell(format_args!("error: the exports of consent {id} cannot be read: {error}"));
            }
            let comparison: String = row.get("comparison")?;
            let comparison: GrantComparison = serde_json::from_str(&comparison)
                .with_context(|| format!("consent {id} cannot be read"))?;
            let repeat: String = row.get("repeat")?;
            let (given, due): (i64, Option<i64>) = (row.get("given_at")?, row.get("due_at")?);
            let given = time(given);
            let ended: bool = row.get("ended")?;
            consents.push(StoredConsent {
                id: ConsentId(id),
                session: SessionId(row.get("session")?),
                account: row.get("account")?,
                ended: ended || tokens.is_err() || exports.is_err(),
                tokens: tokens.ok(),
                exports: exports.unwrap_or_else(|_| {
                    Exports::new(&Grant::from(comparison.granted.clone()), given)
                }),
                comparison,
                repeat: Repeat::from_name(&repeat).unwrap_or(Repeat::Never),
                given,
                due: due.map(time),
            });
        }
        Ok(consents)
    }
}

fn save_exports(
    db: &Transaction,
    id: ConsentId,
    exports: &Exports,
    due: Option<SystemTime>,
) -> anyhow::Result<()> {
    let query = "UPDATE consent SET exports = ?2, due_at = ?3 WHERE id = ?1";
    let exports = serde_json::to_string(exports)?;
    db.execute(query, params![id.0, exports, due.map(stored)])?;
    Ok(())
}
