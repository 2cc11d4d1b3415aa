//! The HTTP client that the library's calls are sent through.

use std::time::Duration;

use anyhow::Context;
use dataportability_scopes::http::{Request, Response};
use dataportability_scopes::http_call::MAX_RESPONSE_LEN;
use reqwest::redirect::Policy;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an archive's download may stand still.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("no response within {} seconds", CALL_TIMEOUT.as_secs())]
    Timeout,
    #[error("the response is longer than {MAX_RESPONSE_LEN} bytes")]
    TooLong,
    #[error("the server could not be reached")]
    Client(#[source] reqwest::Error),
}

/// Without the address: an archive's URL is a secret, for whoever has it can download the archive.
impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> HttpError {
        HttpError::Client(error.without_url())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct HttpClient {
    client: reqwest::Client,
}

impl HttpClient {
    /// `local` is for a simulator on this machine, which no proxy could reach.
    pub(crate) fn new(local: bool) -> anyhow::Result<HttpClient> {
        // Fails if there is one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Redirects would carry codes and tokens to wherever they point.
        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT);
        if local {
            builder = builder.no_proxy();
        }
        let client = builder.build().context("cannot set up the HTTP client")?;
        Ok(HttpClient { client })
    }

    /// Sends a call. A response of any status is returned for the library to read.
    pub(crate) async fn send(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let work = async {
            let request = reqwest::Request::try_from(request)?;
            let mut response = self.client.execute(request).await?;
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                if body.len() + chunk.len() > MAX_RESPONSE_LEN {
                    return Err(HttpError::TooLong);
                }
                body.extend_from_slice(&chunk);
            }
            let mut whole = Response::new(body);
            *whole.status_mut() = response.status();
            *whole.headers_mut() = std::mem::take(response.headers_mut());
            Ok(whole)
        };
        match tokio::time::timeout(CALL_TIMEOUT, work).await {
            Ok(result) => result,
            Err(_) => Err(HttpError::Timeout),
        }
    }

    /// Begins the download of an archive.
    pub(crate) async fn download(&self, signed_url: &str) -> Result<reqwest::Response, HttpError> {
        Ok(self.client.get(signed_url).send().await?)
    }
}
