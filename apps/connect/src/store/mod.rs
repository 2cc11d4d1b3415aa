//! Sessions, tokens, exports and what has arrived, in SQLite: whatever is stored when the process
//! is killed is there when it starts again.
//!
//! Each function is one transaction, and is on the disk when it returns. Secrets are sealed.
//! Everything runs on the caller's thread: a write takes about a millisecond. An app with more
//! users than one SQLite file carries uses a server database, as `apps/worker` does.

mod archives;
mod consents;
mod requests;
mod sessions;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rusqlite::{Connection, Params, Row, Transaction, params};

pub(crate) use self::archives::{ArchiveId, StoredArchive};
pub(crate) use self::consents::{ConsentId, Plan, StoredConsent, is_over};
pub(crate) use self::requests::{CODE_LIFETIME, Received, RequestId, StoredRequest};
pub(crate) use self::sessions::SessionId;
use crate::exchanges::Exchange;
use app_runtime::{Sealer, private_file, random};

/// What the page of requests and responses shows.
const MAX_EXCHANGES: i64 = 50;

pub(crate) struct Store {
    db: Mutex<Connection>,
    sealer: Sealer,
}

impl Store {
    /// Opens the database, and makes it if there is none.
    pub(crate) fn open(path: &Path, sealer: Sealer) -> Result<Store> {
        let name = path.display();
        // Before SQLite makes one that all can read.
        let file = private_file().create(true).open(path);
        file.with_context(|| format!("cannot write {name}"))?;
        let db = Connection::open(path).with_context(|| format!("cannot open {name}"))?;
        db.busy_timeout(Duration::from_millis(500))?;
        // Two processes on one file would each start the exports.
        db.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA secure_delete = ON;
             PRAGMA foreign_keys = ON;",
        )
        .and_then(|()| db.execute_batch(include_str!("schema.sql")))
        .with_context(|| {
            let other = "if another connect uses it, or an older one made it";
            format!("cannot use {name}; give another folder with --data {other}")
        })?;
        let store = Store { db: Mutex::new(db), sealer };
        store.name_key().with_context(|| format!("the key does not belong to {name}"))?;
        Ok(store)
    }

    /// Returns the key that signs the names of sessions. It is made with the database, and opens
    /// with the database's own key only.
    pub(crate) fn name_key(&self) -> Result<[u8; 32]> {
        if let Some(sealed) = self.setting("name_key")? {
            return self.sealer.open(&sealed, "name key");
        }
        let key: [u8; 32] = random()?;
        self.set_setting("name_key", &self.sealer.seal(&key, "name key")?)?;
        Ok(key)
    }

    /// Returns a time that was stored under this name, or stores this one.
    pub(crate) fn time_once(&self, name: &str, now: SystemTime) -> Result<SystemTime> {
        if let Some(stored) = self.setting(name)? {
            let bytes = stored.try_into().ok().context("a stored time is damaged")?;
            return Ok(time(i64::from_be_bytes(bytes)));
        }
        self.set_setting(name, &stored(now).to_be_bytes())?;
        Ok(now)
    }

    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.row("SELECT value FROM setting WHERE name = ?1", [name], |row| Ok(row.get(0)?))
    }

    fn set_setting(&self, name: &str, value: &[u8]) -> Result<()> {
        let query = "INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)";
        self.execute(query, params![name, value])
    }

    /// A handler that panicked left no transaction open.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn transaction<T>(&self, work: impl FnOnce(&Transaction) -> Result<T>) -> Result<T> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    fn execute(&self, query: &str, values: impl Params) -> Result<()> {
        self.lock().execute(query, values)?;
        Ok(())
    }

    fn rows<T>(
        &self,
        query: &str,
        values: impl Params,
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        rows(&self.lock(), query, values, read)
    }

    /// Returns the first row, if there is one.
    fn row<T>(
        &self,
        query: &str,
        values: impl Params,
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.rows(query, values, read)?.into_iter().next())
    }
}

fn rows<T>(
    db: &Connection,
    query: &str,
    values: impl Params,
    read: impl Fn(&Row) -> Result<T>,
) -> Result<Vec<T>> {
    let mut query = db.prepare(query)?;
    let mut rows = query.query(values)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// Requests and responses, masked before they come here.
impl Store {
    pub(crate) fn add_exchange(&self, session: SessionId, exchange: &Exchange) -> Result<()> {
        self.transaction(|db| {
            // The session may be over.
            let query = "INSERT INTO exchange (session, exchange)
                SELECT id, ?2 FROM session WHERE id = ?1";
            db.execute(query, params![session.0, serde_json::to_string(exchange)?])?;
            let query = "DELETE FROM exchange WHERE session = ?1 AND id NOT IN
                (SELECT id FROM exchange WHERE session = ?1 ORDER BY id DESC LIMIT ?2)";
            db.execute(query, params![session.0, MAX_EXCHANGES])?;
            Ok(())
        })
    }

    /// Returns the last ones by their number.
    pub(crate) fn exchanges(&self, session: SessionId) -> Result<BTreeMap<i64, Exchange>> {
        let query = "SELECT id, exchange FROM exchange WHERE session = ?1";
        let rows = self.rows(query, [session.0], |row| {
            let exchange: String = row.get("exchange")?;
            Ok((row.get("id")?, serde_json::from_str(&exchange)?))
        })?;
        Ok(rows.into_iter().collect())
    }
}

fn stored(time: SystemTime) -> i64 {
    let seconds = time.duration_since(UNIX_EPOCH);
    let seconds = seconds.map_or(0, |since| since.as_secs());
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

fn time(stored: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(stored).unwrap_or_default())
}
