//! Sessions, their names, and the link by which another device takes up a session.
//!
//! Their times are the system's: a faster clock does not shorten them.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use dataportability_scopes::ScopeSet;
use rusqlite::{Transaction, params};

use super::{Store, rows, stored, time};
use crate::pages::Notice;
use crate::session::{Cookies, LIFETIME, LIFETIME_WITH_TOKENS, OLD_NAME_LIFETIME, SessionName};

/// Anybody can begin a session, and each is kept for an hour. One address can only crowd out its
/// own: people behind one proxy, and not those at Google from elsewhere.
const MAX_PER_ADDRESS: i64 = 100;
const MAX_WITHOUT_TOKENS: i64 = 20_000;
/// Of a session: a browser that loses its cookies gets one more.
const MAX_NAMES: i64 = 16;
/// How long a link to another device is good.
pub(crate) const LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

const HAS_SOMETHING: &str = "(EXISTS (SELECT 1 FROM consent WHERE consent.session = session.id)
    OR EXISTS (SELECT 1 FROM archive WHERE archive.session = session.id))";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SessionId(pub(super) i64);

impl Store {
    /// Returns the session that has one of these names.
    pub(crate) fn session(
        &self,
        names: &[SessionName],
        now: SystemTime,
    ) -> Result<Option<SessionId>> {
        self.transaction(|db| find(db, names, now))
    }

    /// Returns the session that has one of these names, or begins one. If its name is none of
    /// them, it is returned too.
    ///
    /// One transaction: of two clicks at once, whatever their order, the second finds the session
    /// of the first.
    pub(crate) fn session_or_begin(
        &self,
        names: &[SessionName],
        cookies: &Cookies,
        address: &str,
        now: SystemTime,
    ) -> Result<(SessionId, Option<SessionName>)> {
        self.transaction(|db| {
            if let Some(id) = find(db, names, now)? {
                return Ok((id, None));
            }
            evict(db, address, now)?;
            let query = "INSERT INTO session (address, used_at) VALUES (?1, ?2)";
            db.execute(query, params![address, stored(now)])?;
            let id = SessionId(db.last_insert_rowid());
            for name in names {
                // A name that was given to the browser with its first page, and not used yet.
                if add_name(db, id, name)? {
                    return Ok((id, None));
                }
            }
            let name = cookies.random()?;
            add_name(db, id, &name)?;
            Ok((id, Some(name)))
        })
    }

    /// Replaces the names that a request had. Who sends this callback once more, under an old
    /// name, is led to the new one for a minute.
    pub(crate) fn rename(
        &self,
        id: SessionId,
        old: &[SessionName],
        new: &SessionName,
        callback: [u8; 32],
        now: SystemTime,
    ) -> Result<()> {
        self.transaction(|db| {
            for name in old {
                let query = "UPDATE session_name SET replaced_at = ?3, replaced_by = ?4
                    WHERE hash = ?1 AND session = ?2 AND replaced_at IS NULL";
                db.execute(query, params![name.hash(), id.0, stored(now), callback])?;
            }
            add_name(db, id, new)?;
            Ok(())
        })
    }

    /// Returns the session whose name was replaced by this very callback a moment ago.
    ///
    /// A browser that was clicked twice may have dropped the response with its new name. The
    /// callback has a secret in it that nobody else knows: the old name alone leads nowhere.
    pub(crate) fn session_of_callback(
        &self,
        names: &[SessionName],
        callback: [u8; 32],
        now: SystemTime,
    ) -> Result<Option<SessionId>> {
        let query = "SELECT session FROM session_name
            WHERE hash = ?1 AND replaced_by = ?2 AND replaced_at > ?3";
        let since = stored(now - OLD_NAME_LIFETIME);
        for name in names {
            let values = params![name.hash(), callback, since];
            let found = self.row(query, values, |row| Ok(SessionId(row.get(0)?)))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Returns what the user ticked last.
    pub(crate) fn choice(&self, id: SessionId) -> Result<ScopeSet> {
        let choice = self.column(id, "choice")?;
        Ok(choice.parse()?)
    }

    pub(crate) fn set_choice(&self, id: SessionId, choice: ScopeSet) -> Result<()> {
        self.set_column(id, "choice", &choice.to_string())
    }

    /// Returns what the user is told.
    pub(crate) fn notice(&self, id: SessionId) -> Result<Option<Notice>> {
        Ok(serde_json::from_str(&self.column(id, "notice")?).unwrap_or_default())
    }

    /// Tells the user something on the next page, until they do the next thing.
    pub(crate) fn set_notice(&self, id: SessionId, notice: Option<Notice>) -> Result<()> {
        self.set_column(id, "notice", &serde_json::to_string(&notice)?)
    }

    fn column(&self, id: SessionId, column: &str) -> Result<String> {
        let query = format!("SELECT {column} FROM session WHERE id = ?1");
        Ok(self.row(&query, [id.0], |row| Ok(row.get(0)?))?.unwrap_or_default())
    }

    fn set_column(&self, id: SessionId, column: &str, value: &str) -> Result<()> {
        let query = format!("UPDATE session SET {column} = ?2 WHERE id = ?1");
        self.execute(&query, params![id.0, value])
    }
}

/// Devices. A session has a name on each, and a link for one more.
impl Store {
    /// Keeps the hash of a link. The one before is no longer good.
    pub(crate) fn set_link(&self, id: SessionId, hash: [u8; 32], now: SystemTime) -> Result<()> {
        let query = "INSERT OR REPLACE INTO link (hash, session, expires_at) VALUES (?1, ?2, ?3)";
        self.execute(query, params![hash, id.0, stored(now + LINK_LIFETIME)])
    }

    /// Returns for how long the session has a link that is good.
    pub(crate) fn link_left(&self, id: SessionId, now: SystemTime) -> Result<Option<Duration>> {
        let query = "SELECT expires_at FROM link WHERE session = ?1 AND expires_at > ?2";
        let until = self.row(query, params![id.0, stored(now)], |row| Ok(time(row.get(0)?)))?;
        Ok(until.and_then(|until| until.duration_since(now).ok()))
    }

    pub(crate) fn remove_link(&self, id: SessionId) -> Result<()> {
        self.execute("DELETE FROM link WHERE session = ?1", [id.0])
    }

    /// Returns the session that a link leads to, if it is good.
    pub(crate) fn of_link(&self, hash: [u8; 32], now: SystemTime) -> Result<Option<SessionId>> {
        let query = "SELECT session FROM link WHERE hash = ?1 AND expires_at > ?2";
        self.row(query, params![hash, stored(now)], |row| Ok(SessionId(row.get(0)?)))
    }

    /// Uses a link up: its session has one more name.
    pub(crate) fn take_up(
        &self,
        hash: [u8; 32],
        name: &SessionName,
        now: SystemTime,
    ) -> Result<Option<SessionId>> {
        self.transaction(|db| {
            let query = "DELETE FROM link WHERE hash = ?1 AND expires_at > ?2 RETURNING session";
            let values = params![hash, stored(now)];
            let found = rows(db, query, values, |row| Ok(SessionId(row.get(0)?)))?.pop();
            if let Some(id) = found {
                add_name(db, id, name)?;
            }
            Ok(found)
        })
    }

    /// Returns on how many devices the session is open.
    pub(crate) fn devices(&self, id: SessionId) -> Result<u32> {
        let query = "SELECT count(*) FROM session_name WHERE session = ?1 AND replaced_at IS NULL";
        Ok(self.lock().query_row(query, [id.0], |row| row.get(0))?)
    }

    /// Ends the session on all devices but the one that has these names.
    pub(crate) fn end_elsewhere(&self, id: SessionId, names: &[SessionName]) -> Result<()> {
        let hashes: Vec<_> = names.iter().map(SessionName::hash).collect();
        self.transaction(|db| {
            let query = "SELECT hash FROM session_name WHERE session = ?1";
            for hash in rows(db, query, [id.0], |row| Ok(row.get(0)?))? {
                if !hashes.contains(&hash) {
                    db.execute("DELETE FROM session_name WHERE hash = ?1", [hash])?;
                }
            }
            Ok(())
        })
    }
}

fn find(db: &Transaction, names: &[SessionName], now: SystemTime) -> Result<Option<SessionId>> {
    for name in names {
        let query = format!(
            "SELECT session.id, used_at, {HAS_SOMETHING}
             FROM session_name JOIN session ON session.id = session_name.session
             WHERE hash = ?1 AND replaced_at IS NULL"
        );
        let found = rows(db, &query, [name.hash()], |row| Ok(row.try_into()?))?;
        for (id, used_at, has_something) in found {
            let lifetime = if has_something { LIFETIME_WITH_TOKENS } else { LIFETIME };
            if now < time(used_at) + lifetime {
                let query = "UPDATE session SET used_at = ?2 WHERE id = ?1";
                db.execute(query, params![id, stored(now)])?;
                return Ok(Some(SessionId(id)));
            }
        }
    }
    Ok(None)
}

/// Adds a name unless it is taken, and drops the oldest of too many.
fn add_name(db: &Transaction, id: SessionId, name: &SessionName) -> Result<bool> {
    let query = "INSERT OR IGNORE INTO session_name (hash, session) VALUES (?1, ?2)";
    let added = db.execute(query, params![name.hash(), id.0])? == 1;
    let query = "DELETE FROM session_name WHERE session = ?1 AND rowid NOT IN
        (SELECT rowid FROM session_name WHERE session = ?1 ORDER BY rowid DESC LIMIT ?2)";
    db.execute(query, params![id.0, MAX_NAMES])
        .context("the names of a session are not kept within bounds")?;
    Ok(added)
}

/// Removes sessions that are over, and the least recently used without tokens if there are too
/// many: of this address first.
fn evict(db: &Transaction, address: &str, now: SystemTime) -> Result<()> {
    let query =
        format!("DELETE FROM session WHERE used_at < ?1 OR (used_at < ?2 AND NOT {HAS_SOMETHING})");
    let over = stored(now - LIFETIME_WITH_TOKENS);
    db.execute(&query, params![over, stored(now - LIFETIME)])?;
    for (condition, most) in [("address = ?1", MAX_PER_ADDRESS), ("?1 = ?1", MAX_WITHOUT_TOKENS)] {
        let query = format!(
            "DELETE FROM session WHERE id IN (SELECT id FROM session
                WHERE {condition} AND NOT {HAS_SOMETHING}
                ORDER BY used_at DESC, id DESC LIMIT -1 OFFSET ?2)"
        );
        db.execute(&query, params![address, most - 1])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use app_runtime::Sealer;
    use tempfile::TempDir;

    use super::{LINK_LIFETIME, MAX_PER_ADDRESS, SessionId, Store};
    use crate::session::{Cookies, LIFETIME, LIFETIME_WITH_TOKENS, OLD_NAME_LIFETIME, SessionName};
    use crate::store::time;

    const SECOND: Duration = Duration::from_secs(1);
    const CALLBACK: [u8; 32] = [7; 32];
    const COOKIES: Cookies = Cookies { https: false, key: [1; 32] };

    /// A store with a session that was begun at a time. The file ends with the folder.
    fn begun() -> (TempDir, Store, SessionId, SessionName, SystemTime) {
        let folder = TempDir::new().unwrap();
        let sealer = Sealer::from_hex("KEY", &"0".repeat(64)).unwrap();
        let store = Store::open(&folder.path().join("connect.db"), sealer).unwrap();
        let at = time(2_000_000_000);
        let (id, name) = begin(&store, "192.0.2.1", at);
        (folder, store, id, name, at)
    }

    fn begin(store: &Store, address: &str, at: SystemTime) -> (SessionId, SessionName) {
        let (id, name) = store.session_or_begin(&[], &COOKIES, address, at).unwrap();
        (id, name.unwrap())
    }

    fn is_found(store: &Store, name: &SessionName, now: SystemTime) -> bool {
        let found = store.session(std::slice::from_ref(name), now).unwrap();
        found.is_some()
    }

    fn give_tokens(store: &Store, id: SessionId) {
        let query = "INSERT INTO consent (session, account, tokens, comparison, exports, given_at)
            VALUES (?1, '', x'', '', '', 0)";
        store.lock().execute(query, [id.0]).unwrap();
    }

    #[test]
    fn a_session_is_over_an_hour_after_its_last_request_and_with_tokens_180_days_after() {
        for (has_tokens, lifetime) in [(false, LIFETIME), (true, LIFETIME_WITH_TOKENS)] {
            let (_folder, store, id, name, at) = begun();
            if has_tokens {
                give_tokens(&store, id);
            }
            // Asking for a session that is over does not bring it back.
            assert!(!is_found(&store, &name, at + lifetime));
            assert!(!is_found(&store, &name, at + lifetime + SECOND));
            // Each request begins the time anew.
            assert!(is_found(&store, &name, at + lifetime - SECOND));
            assert!(is_found(&store, &name, at + lifetime * 2 - SECOND * 2));
            // It is removed with its tokens when the next one begins.
            let query = "SELECT id FROM session WHERE id = ?1";
            let is_there = || store.row(query, [id.0], |_| Ok(())).unwrap().is_some();
            begin(&store, "192.0.2.2", at + lifetime * 3 - SECOND * 3);
            assert!(is_there());
            begin(&store, "192.0.2.2", at + lifetime * 3);
            assert!(!is_there());
        }
    }

    #[test]
    fn an_old_name_leads_nowhere_but_with_the_callback_that_replaced_it_for_a_minute() {
        let (_folder, store, id, old, at) = begun();
        let new = COOKIES.random().unwrap();
        let old = [old];
        store.rename(id, &old, &new, CALLBACK, at).unwrap();
        assert!(!is_found(&store, &old[0], at));
        assert!(is_found(&store, &new, at));
        let found = |callback, at| store.session_of_callback(&old, callback, at).unwrap();
        assert_eq!(found(CALLBACK, at + OLD_NAME_LIFETIME - SECOND), Some(id));
        assert_eq!(found(CALLBACK, at + OLD_NAME_LIFETIME), None);
        assert_eq!(found([8; 32], at), None);
    }

    #[test]
    fn many_sessions_of_one_address_crowd_out_none_of_another() {
        let (_folder, store, _, name, at) = begun();
        let (_, first) = begin(&store, "192.0.2.2", at);
        for _ in 0..MAX_PER_ADDRESS {
            begin(&store, "192.0.2.2", at);
        }
        assert!(is_found(&store, &name, at));
        assert!(!is_found(&store, &first, at));
    }

    #[test]
    fn a_link_takes_a_session_up_once_within_its_hour_and_a_newer_one_replaces_it() {
        let (_folder, store, id, _, at) = begun();
        let other = COOKIES.random().unwrap();
        store.set_link(id, [1; 32], at).unwrap();
        store.set_link(id, [2; 32], at).unwrap();
        for (hash, at) in [([1; 32], at), ([2; 32], at + LINK_LIFETIME)] {
            assert_eq!(store.take_up(hash, &other, at).unwrap(), None);
        }
        assert_eq!(store.take_up([2; 32], &other, at).unwrap(), Some(id));
        assert_eq!(store.take_up([2; 32], &other, at).unwrap(), None);
    }
}
