//! What users granted, the tokens for it, and the exports that they are for: one row for each
//! consent.
//!
//! The times of exports are those of the clock that Google's side goes by.

use std::time::SystemTime;

use anyhow::{Context, Result};
use dataportability_scopes::api::AccessType;
use dataportability_scopes::api::export::{Export, Exports, Progress};
use dataportability_scopes::consent::{Exchanged, Tokens};
use dataportability_scopes::grant::GrantComparison;
use dataportability_scopes::{Grant, Scopes};
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
    /// After how many days it is exported again, or 0.
    pub(crate) repeat_days: u32,
    pub(crate) given: SystemTime,
    /// Whether the tokens are no longer good.
    pub(crate) ended: bool,
    /// When there is something to do, unless the user has to act first.
    pub(crate) due: Option<SystemTime>,
}

impl StoredConsent {
    /// Returns what its exports still need access for: what has not ended, and what is repeated.
    pub(crate) fn needed(&self) -> Scopes {
        let repeats = |it: &Export| it.access_type() == Some(AccessType::TimeBased);
        let exports = self.exports.iter().filter(|it| !is_over(it) || repeats(it));
        exports.map(|it| it.resources()).collect()
    }
}

pub(crate) fn is_over(export: &Export) -> bool {
    matches!(export.progress(), Progress::Downloaded | Progress::GivenUp)
}

/// What new tokens are for.
#[derive(Default)]
pub(crate) struct Plan {
    /// Consents that have ended, and whose exports go on with the new tokens.
    pub(crate) go_on: Vec<StoredConsent>,
    /// Consents that have ended, and whose exports are over.
    pub(crate) over: Vec<ConsentId>,
    /// What is exported under a consent of its own.
    pub(crate) new: Option<Exports>,
    /// How often that is repeated: as what is over was.
    pub(crate) repeat_days: u32,
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
    ) -> Result<()> {
        self.transaction(|db| {
            for id in &plan.over {
                db.execute("DELETE FROM consent WHERE id = ?1", [id.0])?;
            }
            for consent in &plan.go_on {
                self.write(db, consent, Some(now))?;
            }
            if let Some(exports) = &plan.new {
                let query = "INSERT INTO consent
                    (session, account, tokens, comparison, exports, given_at, due_at, repeat_days)
                    VALUES (?1, ?2, x'', ?3, ?4, ?5, ?5, ?6)";
                let comparison = serde_json::to_string(&exchanged.comparison)?;
                let exports = serde_json::to_string(exports)?;
                let (session, days) = (of.session.0, plan.repeat_days);
                let values = params![session, of.account, comparison, exports, stored(now), days];
                db.execute(query, values)?;
                self.write_tokens(db, ConsentId(db.last_insert_rowid()), &exchanged.tokens)?;
            }
            Store::settle(db, request)
        })
    }

    pub(crate) fn consents(&self, session: SessionId) -> Result<Vec<StoredConsent>> {
        self.read_consents("session = ?1 ORDER BY id", session.0)
    }

    pub(crate) fn consent(&self, id: ConsentId) -> Result<Option<StoredConsent>> {
        Ok(self.read_consents("id = ?1", id.0)?.pop())
    }

    /// Stores what has changed of a consent, and when there is something to do. The caller has its
    /// lease.
    pub(crate) fn save(&self, consent: &StoredConsent, due: Option<SystemTime>) -> Result<()> {
        self.transaction(|db| self.write(db, consent, due))
    }

    /// Stores what has changed of a consent, and that an archive of its exports is there.
    pub(crate) fn save_arrival(
        &self,
        consent: &StoredConsent,
        job: &str,
        archive: &StoredArchive,
        now: SystemTime,
    ) -> Result<()> {
        self.transaction(|db| {
            Store::add_archive(db, consent.session, job, archive)?;
            self.write(db, consent, Some(now))
        })
    }

    /// Puts a consent off, whatever it is about.
    pub(crate) fn postpone(&self, id: ConsentId, until: SystemTime) -> Result<()> {
        let query = "UPDATE consent SET due_at = ?2 WHERE id = ?1 AND due_at IS NOT NULL";
        self.execute(query, params![id.0, stored(until)])
    }

    /// Forgets tokens and exports. What has arrived stays.
    pub(crate) fn remove_consent(&self, id: ConsentId) -> Result<()> {
        self.execute("DELETE FROM consent WHERE id = ?1", [id.0])
    }

    /// Returns the consents with something to do, and when the next one has.
    pub(crate) fn due(&self, now: SystemTime) -> Result<(Vec<ConsentId>, Option<SystemTime>)> {
        let query = "SELECT id FROM consent WHERE due_at <= ?1 ORDER BY due_at LIMIT 100";
        let due = self.rows(query, [stored(now)], |row| Ok(ConsentId(row.get(0)?)))?;
        let query = "SELECT due_at FROM consent WHERE due_at > ?1 ORDER BY due_at LIMIT 1";
        let next = self.row(query, [stored(now)], |row| Ok(time(row.get(0)?)))?;
        Ok((due, next))
    }

    fn write(&self, db: &Transaction, of: &StoredConsent, due: Option<SystemTime>) -> Result<()> {
        let query =
            "UPDATE consent SET comparison = ?2, exports = ?3, repeat_days = ?4, ended = ?5,
            due_at = ?6 WHERE id = ?1";
        let comparison = serde_json::to_string(&of.comparison)?;
        let exports = serde_json::to_string(&of.exports)?;
        let due = due.map(stored);
        db.execute(query, params![of.id.0, comparison, exports, of.repeat_days, of.ended, due])?;
        match &of.tokens {
            Some(tokens) => self.write_tokens(db, of.id, tokens),
            None => Ok(()),
        }
    }

    fn write_tokens(&self, db: &Transaction, id: ConsentId, tokens: &Tokens) -> Result<()> {
        let sealed = self.sealer.seal(tokens, &format!("consent {}", id.0))?;
        let query = "UPDATE consent SET tokens = ?2 WHERE id = ?1";
        db.execute(query, params![id.0, sealed])?;
        Ok(())
    }

    fn read_consents(&self, condition: &str, value: i64) -> Result<Vec<StoredConsent>> {
        self.rows(&format!("SELECT * FROM consent WHERE {condition}"), [value], |row| {
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
            let given = time(row.get("given_at")?);
            let ended: bool = row.get("ended")?;
            let due: Option<i64> = row.get("due_at")?;
            Ok(StoredConsent {
                id: ConsentId(id),
                session: SessionId(row.get("session")?),
                account: row.get("account")?,
                ended: ended || tokens.is_err() || exports.is_err(),
                tokens: tokens.ok(),
                exports: exports.unwrap_or_else(|_| {
                    Exports::new(&Grant::from(comparison.granted.clone()), given)
                }),
                comparison,
                repeat_days: row.get("repeat_days")?,
                given,
                due: due.map(time),
            })
        })
    }
}
