//! Sessions, tokens and exports in SQLite: whatever is stored when the process is killed is there
//! when it starts again.
//!
//! Each function is one transaction, and is on the disk when it returns. Secrets are sealed.
//! Everything runs on the caller's thread: a write takes about a millisecond. An app with more
//! users than one SQLite file carries uses a server database, as the `worker` example does.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use app_runtime::Sealer;
use dataportability_scopes::ScopeSet;
use dataportability_scopes::api::SignedUrl;
use dataportability_scopes::api::export::{Export, Progress};
use dataportability_scopes::consent::{Exchanged, PendingConsents, Tokens};
use dataportability_scopes::grant::GrantComparison;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::exchanges::Exchange;
use crate::session::{LIFETIME, LIFETIME_WITH_TOKENS, OLD_NAME_LIFETIME, SessionName};

/// Anybody can begin a session: the least recently used ones without tokens go first.
const MAX_SESSIONS_WITHOUT_TOKENS: i64 = 1_000;
/// What the page of requests and responses shows.
const MAX_EXCHANGES: i64 = 50;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS session (
        id INTEGER PRIMARY KEY,
        pending BLOB NOT NULL,
        choice TEXT NOT NULL,
        used_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS session_name (
        hash BLOB PRIMARY KEY,
        session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
        replaced_at INTEGER
    ) STRICT;
    CREATE INDEX IF NOT EXISTS session_name_session ON session_name (session);
    CREATE TABLE IF NOT EXISTS consent (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
        tokens BLOB NOT NULL,
        comparison TEXT NOT NULL,
        ended INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX IF NOT EXISTS consent_session ON consent (session);
    CREATE TABLE IF NOT EXISTS export (
        id INTEGER PRIMARY KEY,
        consent INTEGER NOT NULL REFERENCES consent ON DELETE CASCADE,
        export TEXT NOT NULL,
        archive BLOB,
        due_at INTEGER
    ) STRICT;
    CREATE INDEX IF NOT EXISTS export_consent ON export (consent);
    CREATE INDEX IF NOT EXISTS export_due ON export (due_at) WHERE due_at IS NOT NULL;
    CREATE TABLE IF NOT EXISTS exchange (
        id INTEGER PRIMARY KEY,
        session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
        exchange TEXT NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS exchange_session ON exchange (session);
";

pub(crate) struct Store {
    db: Mutex<Connection>,
    sealer: Sealer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SessionId(i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConsentId(i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ExportId(pub(crate) i64);

/// What a user granted at once, and the tokens for it.
pub(crate) struct StoredConsent {
    pub(crate) id: ConsentId,
    pub(crate) tokens: Tokens,
    pub(crate) comparison: GrantComparison,
    /// Whether Google has told that the tokens are no longer good.
    pub(crate) ended: bool,
}

pub(crate) struct StoredExport {
    pub(crate) id: ExportId,
    pub(crate) session: SessionId,
    pub(crate) consent: ConsentId,
    pub(crate) export: Export,
    pub(crate) archive: Option<Archive>,
    /// When there is something to do, unless the user has to act first.
    pub(crate) due: Option<SystemTime>,
}

/// Where the files of an archive are, and which of them the user has. The URLs are secrets.
#[derive(Serialize, Deserialize)]
pub(crate) struct Archive {
    pub(crate) urls: Vec<String>,
    downloaded: Vec<bool>,
    until: i64,
}

impl Archive {
    pub(crate) fn new(urls: &[SignedUrl], until: SystemTime) -> Archive {
        Archive {
            urls: urls.iter().map(|url| url.as_str().to_owned()).collect(),
            downloaded: vec![false; urls.len()],
            until: stored(until),
        }
    }

    /// Returns the URL of a file, as long as it is good.
    pub(crate) fn url(&self, number: usize, now: SystemTime) -> Option<&str> {
        let url = self.urls.get(number)?;
        (stored(now) < self.until).then_some(url)
    }

    /// Notes that the user has a file, and returns whether the user has them all.
    pub(crate) fn downloaded(&mut self, number: usize) -> bool {
        if let Some(downloaded) = self.downloaded.get_mut(number) {
            *downloaded = true;
        }
        self.downloaded.iter().all(|downloaded| *downloaded)
    }
}

impl Store {
    /// Opens the database, and makes it if there is none.
    pub(crate) fn open(path: &Path, sealer: Sealer) -> anyhow::Result<Store> {
        let name = path.display();
        private_file(path).with_context(|| format!("cannot write {name}"))?;
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
        .and_then(|()| db.execute_batch(SCHEMA))
        .with_context(|| {
            format!(
                "cannot use {name}; give another file with --db if another connect uses this one"
            )
        })?;
        let store = Store {
            db: Mutex::new(db),
            sealer,
        };
        store
            .check_key()
            .with_context(|| format!("the key does not belong to {name}"))?;
        Ok(store)
    }

    /// A value that was sealed when the database was made opens with the same key only.
    fn check_key(&self) -> anyhow::Result<()> {
        match self.setting("key_check")? {
            Some(sealed) => self.sealer.open(&sealed, "key check"),
            None => self.set_setting("key_check", &self.sealer.seal(&(), "key check")?),
        }
    }

    /// Returns a time that was stored under this name, or stores this one.
    pub(crate) fn time_once(&self, name: &str, now: SystemTime) -> anyhow::Result<SystemTime> {
        if let Some(stored) = self.setting(name)? {
            let bytes = stored.try_into().ok().context("a stored time is damaged")?;
            return Ok(UNIX_EPOCH + Duration::from_secs(u64::from_be_bytes(bytes)));
        }
        self.set_setting(name, &seconds(now).to_be_bytes())?;
        Ok(now)
    }

    fn setting(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let query = "SELECT value FROM setting WHERE name = ?1";
        Ok(self
            .lock()
            .query_row(query, [name], |row| row.get(0))
            .optional()?)
    }

    fn set_setting(&self, name: &str, value: &[u8]) -> anyhow::Result<()> {
        let query = "INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)";
        self.lock().execute(query, params![name, value])?;
        Ok(())
    }

    /// A handler that panicked left no transaction open.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn transaction<T>(
        &self,
        work: impl FnOnce(&Transaction) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}

/// Sessions. Their times are the system's: a faster clock does not shorten them.
impl Store {
    /// Returns the session that has one of these names, and the name that was replaced if it is that.
    pub(crate) fn session(
        &self,
        names: &[SessionName],
        now: SystemTime,
    ) -> anyhow::Result<Option<FoundSession>> {
        self.transaction(|db| {
            for name in names {
                let query = "SELECT session.id, used_at, replaced_at,
                        EXISTS (SELECT 1 FROM consent WHERE consent.session = session.id)
                    FROM session_name JOIN session ON session.id = session_name.session
                    WHERE hash = ?1";
                let found: Option<(i64, i64, Option<i64>, bool)> = db
                    .query_row(query, [name.hash()], |row| row.try_into())
                    .optional()?;
                let Some((id, used_at, replaced_at, has_tokens)) = found else {
                    continue;
                };
                let lifetime = if has_tokens {
                    LIFETIME_WITH_TOKENS
                } else {
                    LIFETIME
                };
                let replaced_too_long_ago =
                    replaced_at.is_some_and(|at| has_passed(at, OLD_NAME_LIFETIME, now));
                if replaced_too_long_ago || has_passed(used_at, lifetime, now) {
                    continue;
                }
                let query = "UPDATE session SET used_at = ?2 WHERE id = ?1";
                db.execute(query, params![id, stored(now)])?;
                return Ok(Some(FoundSession {
                    id: SessionId(id),
                    replaced: replaced_at.is_some(),
                }));
            }
            Ok(None)
        })
    }

    /// Begins a session under this name, or returns `None` if the name is taken.
    pub(crate) fn begin_session(
        &self,
        name: &SessionName,
        now: SystemTime,
    ) -> anyhow::Result<Option<SessionId>> {
        self.transaction(|db| {
            evict(db, now)?;
            let query = "SELECT EXISTS (SELECT 1 FROM session_name WHERE hash = ?1)";
            if db.query_row(query, [name.hash()], |row| row.get(0))? {
                return Ok(None);
            }
            let query = "INSERT INTO session (pending, choice, used_at) VALUES (x'', '', ?1)";
            db.execute(query, [stored(now)])?;
            let id = SessionId(db.last_insert_rowid());
            add_name(db, id, name)?;
            Ok(Some(id))
        })
    }

    /// Gives a session one more name. Those that it has are good for a minute more.
    pub(crate) fn rename_session(
        &self,
        id: SessionId,
        name: &SessionName,
        now: SystemTime,
    ) -> anyhow::Result<()> {
        self.transaction(|db| {
            let query = "DELETE FROM session_name WHERE session = ?1 AND replaced_at < ?2";
            db.execute(query, params![id.0, stored(now - OLD_NAME_LIFETIME)])?;
            let query =
                "UPDATE session_name SET replaced_at = ?2 WHERE session = ?1 AND replaced_at IS NULL";
            db.execute(query, params![id.0, stored(now)])?;
            add_name(db, id, name)
        })
    }

    /// Returns what the user ticked last.
    pub(crate) fn choice(&self, id: SessionId) -> anyhow::Result<ScopeSet> {
        let query = "SELECT choice FROM session WHERE id = ?1";
        let choice: Option<String> = self
            .lock()
            .query_row(query, [id.0], |row| row.get(0))
            .optional()?;
        Ok(choice.unwrap_or_default().parse()?)
    }

    pub(crate) fn set_choice(&self, id: SessionId, choice: ScopeSet) -> anyhow::Result<()> {
        let query = "UPDATE session SET choice = ?2 WHERE id = ?1";
        self.lock()
            .execute(query, params![id.0, choice.to_string()])?;
        Ok(())
    }

    /// Changes the pending consents of a session.
    pub(crate) fn with_pending<T>(
        &self,
        id: SessionId,
        change: impl FnOnce(&mut PendingConsents) -> T,
    ) -> anyhow::Result<T> {
        let place = format!("session {}", id.0);
        self.transaction(|db| {
            let query = "SELECT pending FROM session WHERE id = ?1";
            let sealed: Vec<u8> = db.query_row(query, [id.0], |row| row.get(0))?;
            let mut pending = if sealed.is_empty() {
                PendingConsents::default()
            } else {
                self.sealer.open(&sealed, &place)?
            };
            let result = change(&mut pending);
            let query = "UPDATE session SET pending = ?2 WHERE id = ?1";
            db.execute(query, params![id.0, self.sealer.seal(&pending, &place)?])?;
            Ok(result)
        })
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct FoundSession {
    pub(crate) id: SessionId,
    /// Whether the name it was found by has been replaced.
    pub(crate) replaced: bool,
}

fn add_name(db: &Transaction, id: SessionId, name: &SessionName) -> anyhow::Result<()> {
    let query = "INSERT INTO session_name (hash, session) VALUES (?1, ?2)";
    db.execute(query, params![name.hash(), id.0])?;
    Ok(())
}

/// Removes sessions that are over, and some of those without tokens if there are too many.
fn evict(db: &Transaction, now: SystemTime) -> anyhow::Result<()> {
    let without_tokens = "id NOT IN (SELECT session FROM consent)";
    db.execute(
        &format!("DELETE FROM session WHERE used_at < ?1 OR (used_at < ?2 AND {without_tokens})"),
        params![stored(now - LIFETIME_WITH_TOKENS), stored(now - LIFETIME)],
    )?;
    db.execute(
        &format!(
            "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE {without_tokens}
                ORDER BY used_at DESC, id DESC LIMIT -1 OFFSET ?1)"
        ),
        [MAX_SESSIONS_WITHOUT_TOKENS - 1],
    )?;
    Ok(())
}

/// Consents.
impl Store {
    /// Stores tokens together with the exports that they are for: after a crash there are both or
    /// neither. An export that waits for new access goes on instead of its new one.
    pub(crate) fn add_consent(
        &self,
        session: SessionId,
        exchanged: &Exchanged,
        exports: Vec<Export>,
        now: SystemTime,
    ) -> anyhow::Result<()> {
        let ended: Vec<ConsentId> = self
            .consents(session)?
            .into_iter()
            .filter(|consent| consent.ended)
            .map(|consent| consent.id)
            .collect();
        let waiting: Vec<StoredExport> = self
            .exports(session)?
            .into_iter()
            .filter(|it| ended.contains(&it.consent))
            .filter(|it| {
                !matches!(
                    it.export.progress(now),
                    Progress::Downloaded | Progress::GivenUp
                )
            })
            .collect();
        self.transaction(|db| {
            let query = "INSERT INTO consent (session, tokens, comparison) VALUES (?1, x'', ?2)";
            let comparison = serde_json::to_string(&exchanged.comparison)?;
            db.execute(query, params![session.0, comparison])?;
            let id = ConsentId(db.last_insert_rowid());
            self.write_tokens(db, id, &exchanged.tokens)?;
            for export in exports {
                let waiting = waiting
                    .iter()
                    .find(|it| it.export.resource() == export.resource());
                let Some(waiting) = waiting else {
                    insert_export(db, id, &export, now)?;
                    continue;
                };
                let mut export = waiting.export.clone();
                export.token_replaced(now);
                let query =
                    "UPDATE export SET consent = ?2, export = ?3, due_at = ?4 WHERE id = ?1";
                let export = serde_json::to_string(&export)?;
                db.execute(query, params![waiting.id.0, id.0, export, stored(now)])?;
            }
            Ok(())
        })
    }

    /// Notes that the tokens of a consent are no longer good.
    pub(crate) fn end_consent(&self, id: ConsentId) -> anyhow::Result<()> {
        let query = "UPDATE consent SET ended = 1 WHERE id = ?1";
        self.lock().execute(query, [id.0])?;
        Ok(())
    }

    pub(crate) fn consents(&self, session: SessionId) -> anyhow::Result<Vec<StoredConsent>> {
        let rows: Vec<ConsentRow> = {
            let db = self.lock();
            let mut query = db.prepare(
                "SELECT id, tokens, comparison, ended FROM consent WHERE session = ?1 ORDER BY id",
            )?;
            let rows = query.query_map([session.0], |row| row.try_into())?;
            rows.collect::<Result<_, _>>()?
        };
        rows.into_iter().map(|row| self.read_consent(row)).collect()
    }

    pub(crate) fn consent(&self, id: ConsentId) -> anyhow::Result<Option<StoredConsent>> {
        let query = "SELECT id, tokens, comparison, ended FROM consent WHERE id = ?1";
        let row = self
            .lock()
            .query_row(query, [id.0], |row| row.try_into())
            .optional()?;
        row.map(|row| self.read_consent(row)).transpose()
    }

    pub(crate) fn set_tokens(&self, id: ConsentId, tokens: &Tokens) -> anyhow::Result<()> {
        self.transaction(|db| self.write_tokens(db, id, tokens))
    }

    /// Forgets tokens and exports of a session.
    pub(crate) fn remove_consents(&self, session: SessionId) -> anyhow::Result<()> {
        self.transaction(|db| {
            db.execute("DELETE FROM consent WHERE session = ?1", [session.0])?;
            db.execute("UPDATE session SET choice = '' WHERE id = ?1", [session.0])?;
            Ok(())
        })
    }

    fn write_tokens(&self, db: &Transaction, id: ConsentId, tokens: &Tokens) -> anyhow::Result<()> {
        let sealed = self.sealer.seal(tokens, &format!("consent {}", id.0))?;
        let query = "UPDATE consent SET tokens = ?2 WHERE id = ?1";
        db.execute(query, params![id.0, sealed])?;
        Ok(())
    }

    fn read_consent(
        &self,
        (id, sealed, comparison, ended): ConsentRow,
    ) -> anyhow::Result<StoredConsent> {
        Ok(StoredConsent {
            id: ConsentId(id),
            tokens: self.sealer.open(&sealed, &format!("consent {id}"))?,
            comparison: serde_json::from_str(&comparison)?,
            ended,
        })
    }
}

type ConsentRow = (i64, Vec<u8>, String, bool);

/// Exports. Their times are those of the clock that Google's side goes by.
impl Store {
    /// Replaces an export, if it is still there.
    pub(crate) fn save_export(
        &self,
        stored_export: &StoredExport,
        due: Option<SystemTime>,
    ) -> anyhow::Result<()> {
        let id = stored_export.id.0;
        let archive = match &stored_export.archive {
            Some(archive) => Some(self.sealer.seal(archive, &format!("export {id}"))?),
            None => None,
        };
        let query = "UPDATE export SET export = ?2, archive = ?3, due_at = ?4 WHERE id = ?1";
        let export = serde_json::to_string(&stored_export.export)?;
        self.lock()
            .execute(query, params![id, export, archive, due.map(stored)])?;
        Ok(())
    }

    /// Puts an export off, whatever it is about.
    pub(crate) fn postpone_export(&self, id: ExportId, until: SystemTime) -> anyhow::Result<()> {
        let query = "UPDATE export SET due_at = ?2 WHERE id = ?1 AND due_at IS NOT NULL";
        self.lock().execute(query, params![id.0, stored(until)])?;
        Ok(())
    }

    pub(crate) fn exports(&self, session: SessionId) -> anyhow::Result<Vec<StoredExport>> {
        self.read_exports("consent.session = ?1 ORDER BY export.id", session.0)
    }

    pub(crate) fn export(&self, id: ExportId) -> anyhow::Result<Option<StoredExport>> {
        Ok(self.read_exports("export.id = ?1", id.0)?.pop())
    }

    /// Returns the exports that are due, and when the next one is.
    pub(crate) fn due(
        &self,
        now: SystemTime,
    ) -> anyhow::Result<(Vec<ExportId>, Option<SystemTime>)> {
        let db = self.lock();
        let mut query =
            db.prepare("SELECT id FROM export WHERE due_at <= ?1 ORDER BY due_at LIMIT 100")?;
        let due = query
            .query_map([stored(now)], |row| row.get(0).map(ExportId))?
            .collect::<Result<_, _>>()?;
        let query = "SELECT min(due_at) FROM export WHERE due_at > ?1";
        let next: Option<i64> = db.query_row(query, [stored(now)], |row| row.get(0))?;
        Ok((due, next.map(time)))
    }

    fn read_exports(&self, condition: &str, value: i64) -> anyhow::Result<Vec<StoredExport>> {
        type Row = (i64, i64, i64, String, Option<Vec<u8>>, Option<i64>);
        let rows: Vec<Row> = {
            let db = self.lock();
            let mut query = db.prepare(&format!(
                "SELECT export.id, consent.session, consent, export, archive, due_at
                 FROM export JOIN consent ON consent.id = export.consent WHERE {condition}"
            ))?;
            let rows = query.query_map([value], |row| row.try_into())?;
            rows.collect::<Result<_, _>>()?
        };
        let read = |(id, session, consent, export, archive, due): Row| {
            Ok(StoredExport {
                id: ExportId(id),
                session: SessionId(session),
                consent: ConsentId(consent),
                export: serde_json::from_str(&export)
                    .with_context(|| format!("export {id} cannot be read"))?,
                archive: archive
                    .map(|sealed| self.sealer.open(&sealed, &format!("export {id}")))
                    .transpose()?,
                due: due.map(time),
            })
        };
        rows.into_iter().map(read).collect()
    }
}

fn insert_export(
    db: &Transaction,
    consent: ConsentId,
    export: &Export,
    now: SystemTime,
) -> anyhow::Result<()> {
    let query = "INSERT INTO export (consent, export, due_at) VALUES (?1, ?2, ?3)";
    db.execute(
        query,
        params![consent.0, serde_json::to_string(export)?, stored(now)],
    )?;
    Ok(())
}

/// Requests and responses, masked before they come here.
impl Store {
    pub(crate) fn add_exchange(
        &self,
        session: SessionId,
        exchange: &Exchange,
    ) -> anyhow::Result<()> {
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

    /// Returns the last ones, the newest first.
    pub(crate) fn exchanges(&self, session: SessionId) -> anyhow::Result<BTreeMap<i64, Exchange>> {
        let rows: Vec<(i64, String)> = {
            let db = self.lock();
            let mut query = db.prepare("SELECT id, exchange FROM exchange WHERE session = ?1")?;
            let rows = query.query_map([session.0], |row| row.try_into())?;
            rows.collect::<Result<_, _>>()?
        };
        rows.into_iter()
            .map(|(id, exchange)| Ok((id, serde_json::from_str(&exchange)?)))
            .collect()
    }
}

/// Makes the file readable for its owner only, before SQLite makes it readable for all.
fn private_file(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        bail!("it is a directory");
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    Ok(())
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

fn stored(time: SystemTime) -> i64 {
    i64::try_from(seconds(time)).unwrap_or(i64::MAX)
}

fn time(stored: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(stored).unwrap_or_default())
}

fn has_passed(since: i64, stretch: Duration, now: SystemTime) -> bool {
    now.duration_since(time(since))
        .is_ok_and(|passed| passed >= stretch)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use app_runtime::Sealer;
    use rusqlite::params;
    use tempfile::TempDir;

    use super::{SessionId, Store, stored, time};
    use crate::session::{LIFETIME, LIFETIME_WITH_TOKENS, OLD_NAME_LIFETIME, SessionName};

    const SECOND: Duration = Duration::from_secs(1);

    /// A store with a session that was begun at a time. The file ends with the folder.
    fn begun() -> (TempDir, Store, SessionId, SessionName, SystemTime) {
        let folder = TempDir::new().unwrap();
        let sealer = Sealer::from_hex("KEY", &"0".repeat(64)).unwrap();
        let store = Store::open(&folder.path().join("connect.db"), sealer).unwrap();
        let (name, at) = (SessionName::random().unwrap(), time(2_000_000_000));
        let id = store.begin_session(&name, at).unwrap().unwrap();
        (folder, store, id, name, at)
    }

    fn is_found(store: &Store, name: &SessionName, now: SystemTime) -> bool {
        let found = store.session(std::slice::from_ref(name), now).unwrap();
        found.is_some()
    }

    fn give_tokens(store: &Store, id: SessionId) {
        let query = "INSERT INTO consent (session, tokens, comparison) VALUES (?1, x'', '')";
        store.lock().execute(query, [id.0]).unwrap();
    }

    fn set_used_at(store: &Store, id: SessionId, at: SystemTime) {
        let query = "UPDATE session SET used_at = ?2 WHERE id = ?1";
        let db = store.lock();
        db.execute(query, params![id.0, stored(at)]).unwrap();
    }

    #[test]
    fn a_session_is_over_an_hour_after_its_last_request_and_with_tokens_180_days_after() {
        for (has_tokens, lifetime) in [(false, LIFETIME), (true, LIFETIME_WITH_TOKENS)] {
            let (_folder, store, id, name, at) = begun();
            if has_tokens {
                give_tokens(&store, id);
            }
            assert!(!is_found(&store, &name, at + lifetime));
            // Asking for a session that is over does not bring it back.
            assert!(!is_found(&store, &name, at + lifetime + SECOND));
            assert!(is_found(&store, &name, at + lifetime - SECOND));
            // Each request begins the time anew.
            assert!(is_found(&store, &name, at + lifetime * 2 - SECOND * 2));
        }
    }

    #[test]
    fn tokens_that_are_removed_do_not_leave_a_session_that_lasts_180_days() {
        let (_folder, store, id, name, at) = begun();
        give_tokens(&store, id);
        store.remove_consents(id).unwrap();
        assert!(!is_found(&store, &name, at + LIFETIME));
    }

    #[test]
    fn a_session_that_is_over_is_removed_with_its_tokens_when_the_next_one_begins() {
        for (has_tokens, lifetime) in [(false, LIFETIME), (true, LIFETIME_WITH_TOKENS)] {
            let (_folder, store, id, _, at) = begun();
            if has_tokens {
                give_tokens(&store, id);
            }
            let count = || {
                let query = "SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM consent)";
                let row = store.lock().query_row(query, [], |row| row.try_into());
                let counts: (i64, i64) = row.unwrap();
                counts
            };
            let begin = |at| {
                let name = SessionName::random().unwrap();
                let begun = store.begin_session(&name, at).unwrap().unwrap();
                // The next one is not to be in the way.
                set_used_at(&store, begun, at + LIFETIME_WITH_TOKENS);
            };
            let consents = i64::from(has_tokens);
            begin(at + lifetime - SECOND);
            assert_eq!(count(), (2, consents));
            begin(at + lifetime + SECOND);
            assert_eq!(count(), (2, 0));
        }
    }

    #[test]
    fn a_name_that_was_replaced_is_good_for_a_minute_more() {
        let (_folder, store, id, old, at) = begun();
        let new = SessionName::random().unwrap();
        store.rename_session(id, &new, at).unwrap();
        assert!(is_found(&store, &old, at + OLD_NAME_LIFETIME - SECOND));
        assert!(!is_found(&store, &old, at + OLD_NAME_LIFETIME));
        assert!(is_found(&store, &new, at + OLD_NAME_LIFETIME));
        let names = [old, new];
        let found = store.session(&names, at + SECOND).unwrap().unwrap();
        assert!(found.replaced);
        let found = store.session(&names, at + OLD_NAME_LIFETIME).unwrap();
        assert!(!found.unwrap().replaced);
    }
}
