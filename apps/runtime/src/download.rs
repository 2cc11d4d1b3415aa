//! Downloads to the disk: a file is there whole, or not at all.

use std::io;
use std::path::{Path, PathBuf};

use http::StatusCode;
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;

use crate::http_client::{HttpClient, HttpError};
use crate::private::private_file;
use crate::seal::random;

/// Why a file is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The URL is too old, or the archive is gone: ask for the state of its job again.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// The file is longer than the limit.
    #[error("the file is longer than {0} bytes, which is the limit")]
    TooLong(u64),
    /// The server said how long the file is, and sent less or more.
    #[error("{received} of {expected} bytes arrived")]
    CutOff {
        /// What the server said.
        expected: u64,
        /// What it sent.
        received: u64,
    },
    /// The server could not be reached, or was gone on the way.
    #[error("the download broke off")]
    Client(#[from] HttpError),
    /// The disk is full, for instance.
    #[error("the file cannot be written")]
    Disk(#[from] io::Error),
}

impl HttpClient {
    /// Downloads a file of an archive, and returns how many bytes it has.
    ///
    /// The bytes go to a part beside `path`, which no other download has. It gets its name when all
    /// of it is on the disk, and is removed if anything fails: it would keep a full disk full.
    ///
    /// # Errors
    ///
    /// Fails if the server refuses, if the file is longer than `limit` or not whole, or if the disk
    /// fails.
    pub async fn download_to(
        &self,
        signed_url: &str,
        path: &Path,
        limit: u64,
    ) -> Result<u64, DownloadError> {
        let random = hex::encode(random::<8>().map_err(io::Error::other)?);
        let part = Part(path.with_extension(format!("{random}.part")));
        let response = self.client.get(signed_url).send().await;
        let mut response = response.map_err(HttpError::from)?;
        if response.status() != StatusCode::OK {
            return Err(DownloadError::Status(response.status()));
        }
        let expected = response.content_length();
        if expected.is_some_and(|expected| expected > limit) {
            return Err(DownloadError::TooLong(limit));
        }
        let mut options = OpenOptions::from(private_file());
        let mut file = options.create_new(true).open(&part.0).await?;
        let mut received = 0;
        while let Some(chunk) = response.chunk().await.map_err(HttpError::from)? {
            received += chunk.len() as u64;
            if received > limit {
                return Err(DownloadError::TooLong(limit));
            }
            file.write_all(&chunk).await?;
        }
        if let Some(expected) = expected.filter(|expected| *expected != received) {
            return Err(DownloadError::CutOff { expected, received });
        }
        finish(file, &part.0, path).await?;
        Ok(received)
    }
}

/// An asynchronous file keeps the error of its last write for the next call: without a flush, a
/// full disk would go unnoticed.
async fn finish(mut file: File, part: &Path, path: &Path) -> io::Result<()> {
    file.flush().await?;
    file.sync_all().await?;
    fs::rename(part, path).await?;
    if let Some(folder) = path.parent() {
        File::open(folder).await?.sync_all().await?;
    }
    Ok(())
}

/// A file that is not whole, removed when it is dropped. After its renaming there is none.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::{DownloadError, HttpClient};
    use crate::Timeouts;

    /// Downloads this response twice at once, at most 10 bytes. Returns one result and all files.
    async fn download(response: &'static str) -> (Result<u64, DownloadError>, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let accept = || async {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 1024]).await;
                stream
            };
            for mut stream in [accept().await, accept().await] {
                let _ = stream.write_all(response.as_bytes()).await;
            }
        });
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("1.zip");
        let client = HttpClient::new(Timeouts::default(), true).unwrap();
        let download = || client.download_to(&url, &path, 10);
        let (result, other) = tokio::join!(download(), download());
        assert_eq!(result.is_ok(), other.is_ok(), "{other:?}");
        let files = fs::read_dir(folder.path()).unwrap();
        let name = |file: std::io::Result<fs::DirEntry>| file.unwrap().file_name();
        let names = files.map(|file| name(file).into_string().unwrap());
        (result, names.collect())
    }

    #[tokio::test]
    async fn a_file_is_there_whole_or_not_at_all_and_no_part_stays() {
        let (result, files) = download("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n12345").await;
        assert_eq!(result.unwrap(), 5);
        assert_eq!(files, ["1.zip"]);
        for response in [
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n123",
            "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n12345678901",
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n12345678901",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n123\r\n",
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 5\r\n\r\n12345",
            "",
        ] {
            let (result, files) = download(response).await;
            assert!(result.is_err(), "{response}");
            assert!(files.is_empty(), "{response}: {files:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_disk_that_is_full_is_noticed() {
        let mut written = super::OpenOptions::new().write(true).open("/dev/full").await.unwrap();
        // The error comes with the flush.
        let _ = written.write_all(b"12345").await;
        let folder = TempDir::new().unwrap();
        let part = folder.path().join("part");
        fs::write(&part, "12345").unwrap();
        let path = folder.path().join("1.zip");
        assert!(super::finish(written, &part, &path).await.is_err());
        assert!(!path.exists());
    }
}
