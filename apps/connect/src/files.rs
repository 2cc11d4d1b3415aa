//! Archives on the disk: fetched from Google, looked into, handed out, deleted.
//!
//! An archive has a folder with its files. Its row in the store is written when all of them are
//! there, so that a crash on the way leaves a folder that nothing shows, and that the next start
//! removes.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use app_runtime::{DownloadError, private_folder};
use axum::body::Body;
use axum::http::header;
use axum::response::Response;
use dataportability_scopes::Scope;
use dataportability_scopes::api::SignedUrl;
use tokio::io::AsyncRead;
use tokio_util::io::{ReaderStream, SyncIoBridge};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::app::App;
use crate::archive::{Contents, contents};
use crate::exchanges::download_text;
use crate::store::{SessionId, StoredArchive};
use crate::terminal::tell;

/// How much of a file is in memory at a time.
const CHUNK_LEN: usize = 64 * 1024;

impl App {
    /// Fetches the files of an archive, and returns how many bytes they have. A file that is there
    /// already is whole, and is not fetched again.
    pub(crate) async fn fetch_files(
        &self,
        session: SessionId,
        title: &str,
        folder: &str,
        urls: &[SignedUrl],
    ) -> anyhow::Result<u64> {
        let folder = self.folder.join(folder);
        private_folder(&folder)?;
        let limit = self.site.settings.largest_file();
        let mut bytes = 0;
        for (index, url) in urls.iter().enumerate() {
            let path = file(&folder, index + 1);
            if let Ok(metadata) = fs::metadata(&path) {
                bytes += metadata.len();
                continue;
            }
            let fetched = self.http.download_to(url.as_str(), &path, limit).await;
            let received = match &fetched {
                Ok(bytes) => Some(format!("200 OK, {bytes} bytes")),
                Err(DownloadError::Status(status)) => Some(status.to_string()),
                Err(_) => None,
            };
            self.note(session, title, download_text(), received);
            bytes += fetched?;
        }
        Ok(bytes)
    }

    /// Removes the folders that no archive has.
    pub(crate) fn remove_stray_folders(&self) -> anyhow::Result<()> {
        private_folder(&self.folder)?;
        let known: HashSet<String> = self.store.folders()?.into_iter().collect();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| known.contains(name)) {
                fs::remove_dir_all(entry.path())
                    .with_context(|| format!("cannot remove {}", entry.path().display()))?;
            }
        }
        Ok(())
    }

    /// Removes the files of an archive whose row is gone.
    pub(crate) fn remove_folder(&self, folder: &str) {
        if let Err(error) = fs::remove_dir_all(self.folder.join(folder)) {
            tell(format_args!("error: an archive is not deleted: {error}"));
        }
    }

    /// Reads what is in an archive. None if it cannot be read.
    pub(crate) async fn look_into(&self, archive: &StoredArchive) -> Option<Contents> {
        let paths = self.paths(archive);
        let read = move || contents(paths.iter().map(PathBuf::as_path));
        match tokio::task::spawn_blocking(read).await.ok()? {
            Ok(contents) => Some(contents),
            Err(error) => {
                tell(format_args!("error: an archive cannot be read: {error}"));
                None
            }
        }
    }

    fn paths(&self, archive: &StoredArchive) -> Vec<PathBuf> {
        let folder = self.folder.join(&archive.folder);
        (1..=archive.files).map(|number| file(&folder, number)).collect()
    }

    /// Hands out a file of an archive.
    pub(crate) async fn send_file(
        &self,
        archive: &StoredArchive,
        number: usize,
    ) -> anyhow::Result<Option<Response>> {
        let paths = self.paths(archive);
        let Some(path) = number.checked_sub(1).and_then(|index| paths.get(index)) else {
            return Ok(None);
        };
        let file = tokio::fs::File::open(path).await?;
        let length = file.metadata().await?.len();
        let mut response = attachment(&file_name(archive, number), file)?;
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        Ok(Some(response))
    }

    /// Hands out all archives in one.
    pub(crate) fn send_all(
        self: &Arc<Self>,
        archives: &[StoredArchive],
    ) -> anyhow::Result<Response> {
        let mut files = Vec::new();
        for archive in archives {
            for (index, path) in self.paths(archive).into_iter().enumerate() {
                let name = file_name(archive, index + 1);
                files.push((format!("{}-{name}", archive.id.0), path));
            }
        }
        let (written, read) = tokio::io::duplex(CHUNK_LEN);
        let written = SyncIoBridge::new(written);
        tokio::task::spawn_blocking(move || {
            // A client that hangs up ends it.
            if let Err(error) = write_all(&files, written) {
                tell(format_args!("a download of everything ended early: {error}"));
            }
        });
        attachment("all.zip", read)
    }
}

fn file(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("{number}.zip"))
}

/// Names a file for the user: `chrome-history-1.zip`.
fn file_name(archive: &StoredArchive, number: usize) -> String {
    let mut resources = archive.resources.iter().map(Scope::resource);
    let name = match (resources.next(), resources.next()) {
        (Some(resource), None) => resource.name().replace('.', "-"),
        _ => "google-data".to_owned(),
    };
    match archive.files {
        1 => format!("{name}.zip"),
        _ => format!("{name}-{number}.zip"),
    }
}

fn attachment(name: &str, file: impl AsyncRead + Send + 'static) -> anyhow::Result<Response> {
    let chunks = ReaderStream::with_capacity(file, CHUNK_LEN);
    let response = Response::builder()
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .header(header::CONTENT_TYPE, "application/zip");
    Ok(response.body(Body::from_stream(chunks))?)
}

/// Writes an archive of archives, which are compressed already.
fn write_all(files: &[(String, PathBuf)], to: impl Write) -> io::Result<()> {
    let stored = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .large_file(true);
    let mut all = ZipWriter::new_stream(io::BufWriter::with_capacity(CHUNK_LEN, to));
    for (name, path) in files {
        all.start_file(name, stored)?;
        io::copy(&mut fs::File::open(path)?, &mut all)?;
    }
    all.finish()?.flush()
}
