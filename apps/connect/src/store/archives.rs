//! What has arrived. A row is written when all files of an archive are whole and on the disk, and
//! removed before the files are: what has a row can be shown.
//!
//! Their times of deletion are the system's, as the operator's promise is.

use std::time::SystemTime;

use anyhow::Result;
use dataportability_scopes::ScopeSet;
use rusqlite::{Params, Transaction, params};

use super::{SessionId, Store, stored, time};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ArchiveId(pub(crate) i64);

/// An archive whose files are on the disk.
#[derive(Debug, Clone)]
pub(crate) struct StoredArchive {
    pub(crate) id: ArchiveId,
    pub(crate) resources: ScopeSet,
    pub(crate) account: String,
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    /// By the clock that Google's side goes by.
    pub(crate) arrived: SystemTime,
    pub(crate) delete_at: SystemTime,
    /// The name of its folder.
    pub(crate) folder: String,
}

impl Store {
    /// Returns the name of the folder of a job's archive.
    pub(crate) fn folder(session: SessionId, job: &str) -> String {
        // Whatever Google names a job, it stays one folder.
        let is_plain = job.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        match job {
            plain if is_plain => format!("{}-{plain}", session.0),
            odd => format!("{}-{}", session.0, hex::encode(odd)),
        }
    }

    /// Notes that an archive is there. One that was there already stays as it was.
    pub(super) fn add_archive(
        db: &Transaction,
        session: SessionId,
        job: &str,
        archive: &StoredArchive,
    ) -> Result<()> {
        let query = "INSERT OR IGNORE INTO archive
            (session, job, resources, account, files, bytes, arrived_at, delete_at)
            SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM session WHERE id = ?1";
        db.execute(
            query,
            params![
                session.0,
                job,
                archive.resources.to_string(),
                archive.account,
                i64::try_from(archive.files)?,
                i64::try_from(archive.bytes)?,
                stored(archive.arrived),
                stored(archive.delete_at),
            ],
        )?;
        Ok(())
    }

    /// Returns what a session has, the newest first.
    pub(crate) fn archives(&self, session: SessionId) -> Result<Vec<StoredArchive>> {
        let query = "SELECT * FROM archive WHERE session = ?1 ORDER BY id DESC";
        self.rows(query, [session.0], |row| {
            let job: String = row.get("job")?;
            let resources: String = row.get("resources")?;
            let (files, bytes): (i64, i64) = (row.get("files")?, row.get("bytes")?);
            Ok(StoredArchive {
                id: ArchiveId(row.get("id")?),
                resources: resources.parse()?,
                account: row.get("account")?,
                files: files.try_into()?,
                bytes: bytes.try_into()?,
                arrived: time(row.get("arrived_at")?),
                delete_at: time(row.get("delete_at")?),
                folder: Store::folder(session, &job),
            })
        })
    }

    /// Forgets an archive. Its files are removed after it, or at the next start.
    pub(crate) fn remove_archive(&self, session: SessionId, id: ArchiveId) -> Result<()> {
        let query = "DELETE FROM archive WHERE session = ?1 AND id = ?2";
        self.execute(query, params![session.0, id.0])
    }

    /// Forgets what is to be deleted by now, and returns the folders.
    pub(crate) fn expire_archives(&self, now: SystemTime) -> Result<Vec<String>> {
        let query = "DELETE FROM archive WHERE delete_at <= ?1 RETURNING session, job";
        self.read_folders(query, params![stored(now)])
    }

    /// Returns the folders of what has arrived.
    pub(crate) fn folders(&self) -> Result<Vec<String>> {
        self.read_folders("SELECT session, job FROM archive", params![])
    }

    fn read_folders(&self, query: &str, values: impl Params) -> Result<Vec<String>> {
        self.rows(query, values, |row| {
            let job: String = row.get("job")?;
            Ok(Store::folder(SessionId(row.get("session")?), &job))
        })
    }
}
