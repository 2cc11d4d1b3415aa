//! The HTTP client.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dataportability_scopes::call::MAX_RESPONSE_LEN;
use dataportability_scopes::http::{Request, Response};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

pub(super) struct Http {
    calls: Agent,
    downloads: Agent,
}

/// Why there is no file.
pub(super) enum DownloadError {
    /// The link is refused: a fresh one may not be.
    Refused,
    /// The network or the server failed.
    Failed(String),
    /// The file cannot be written.
    File(io::Error),
}

impl Http {
    /// Makes a client. `is_local` is for a simulator on this machine, which no proxy could reach.
    pub(super) fn new(is_local: bool) -> Http {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let agent = |whole: Option<Duration>| {
            let mut config = Agent::config_builder()
                // Redirects would carry codes and tokens to wherever they point.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .http_status_as_error(false)
                .timeout_connect(Some(Duration::from_secs(10)))
                .timeout_recv_response(Some(Duration::from_secs(60)))
                .timeout_global(whole)
                .tls_config(tls.clone());
            if is_local {
                config = config.proxy(None);
            }
            config.build().new_agent()
        };
        Http { calls: agent(Some(Duration::from_secs(60))), downloads: agent(None) }
    }

    /// Sends a call. A response of any status is returned.
    pub(super) fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
        let (parts, mut body) = self.calls.run(request)?.into_parts();
        let limit = MAX_RESPONSE_LEN as u64 + 1;
        let body = body.with_config().limit(limit).read_to_vec()?;
        Ok(Response::from_parts(parts, body))
    }

    /// Downloads a file, whole or not at all. `progress` gets the number of bytes so far
    /// and of all.
    pub(super) fn download(
        &self,
        url: &str,
        to: &Path,
        mut progress: impl FnMut(u64, Option<u64>),
    ) -> Result<u64, DownloadError> {
        let response = self.downloads.get(url).call().map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        if (400..500).contains(&status) && !matches!(status, 408 | 425 | 429) {
            return Err(DownloadError::Refused);
        }
        if status != 200 {
            return Err(DownloadError::Failed(format!("the server answered with HTTP {status}")));
        }
        let mut body = response.into_body();
        let expected = body.content_length();
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        let part = to.with_file_name(format!(".{name}.part"));
        let result = (|| {
            let mut file = File::create(&part).map_err(DownloadError::File)?;
            let mut reader = body.with_config().limit(u64::MAX).reader();
            let mut buffer = vec![0; 64 << 10];
            let mut size = 0;
            loop {
                let count = reader.read(&mut buffer).map_err(|error| failed(&error))?;
                let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else {
                    break;
                };
                file.write_all(bytes).map_err(DownloadError::File)?;
                size += count as u64;
                progress(size, expected);
            }
            if expected.is_some_and(|expected| expected != size) {
                return Err(DownloadError::Failed("the file was cut off".to_owned()));
            }
            // An error of the disk may show only here.
            file.sync_all().map_err(DownloadError::File)?;
            fs::rename(&part, to).map_err(DownloadError::File)?;
            Ok(size)
        })();
        if result.is_err() {
            let _ = fs::remove_file(&part);
        }
        result
    }
}

/// Leaves out the address: anyone who has an archive's link can download it.
fn failed(error: &dyn Error) -> DownloadError {
    let text = error.to_string();
    DownloadError::Failed(if text.contains("://") {
        "the server could not be reached".to_owned()
    } else {
        text
    })
}
