//! The HTTP client that the library's calls are sent through.

use std::time::Duration;

use anyhow::Context;
use dataportability_scopes::call::MAX_RESPONSE_LEN;
use http::{Request, Response};
use reqwest::redirect::Policy;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// To connect.
    pub connect: Duration,
    /// To send a call and read the whole response.
    pub call: Duration,
    /// For a download to stand still.
    pub stall: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(10),
            call: Duration::from_secs(30),
            stall: Duration::from_secs(60),
        }
    }
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The call took too long.
    #[error("no response within {} seconds", .0.as_secs_f64())]
    Timeout(Duration),
    /// The client says why.
    #[error("the server could not be reached")]
    Client(#[source] reqwest::Error),
}

/// Without the address: an archive's URL is a secret, for whoever has it can download the archive.
impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> HttpError {
        HttpError::Client(error.without_url())
    }
}

/// An HTTP client that follows no redirects.
#[derive(Debug, Clone)]
pub struct HttpClient {
    pub(crate) client: reqwest::Client,
    call_timeout: Duration,
}

impl HttpClient {
    /// Makes a client. `local` is for a simulator on this machine, which no proxy could reach.
    ///
    /// # Errors
    ///
    /// Fails if the system has no certificates.
    pub fn new(timeouts: Timeouts, local: bool) -> anyhow::Result<HttpClient> {
        // Fails if there is one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Redirects would carry codes and tokens to wherever they point.
        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.stall);
        if local {
            builder = builder.no_proxy();
        }
        let client = builder.build().context("cannot set up the HTTP client")?;
        Ok(HttpClient { client, call_timeout: timeouts.call })
    }

    /// Sends a call. A response of any status is returned for the library to read.
    ///
    /// No more is read of a long response than the library needs to refuse it.
    ///
    /// # Errors
    ///
    /// Fails if no response arrives in time.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        let work = async {
            let request = reqwest::Request::try_from(request)?;
            let mut response = self.client.execute(request).await?;
            let mut whole = Response::new(Vec::new());
            *whole.status_mut() = response.status();
            *whole.headers_mut() = std::mem::take(response.headers_mut());
            let body = whole.body_mut();
            while let Some(chunk) = response.chunk().await? {
                body.extend_from_slice(&chunk);
                if body.len() > MAX_RESPONSE_LEN {
                    body.truncate(MAX_RESPONSE_LEN + 1);
                    break;
                }
            }
            Ok(whole)
        };
        let result = tokio::time::timeout(self.call_timeout, work).await;
        result.unwrap_or(Err(HttpError::Timeout(self.call_timeout)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::{Duration, HttpClient, HttpError, MAX_RESPONSE_LEN, Request, Response, Timeouts};

    fn client(call: Duration) -> HttpClient {
        HttpClient::new(Timeouts { call, ..Timeouts::default() }, true).unwrap()
    }

    /// Sends a call to a server with this response, after which the connection stays open.
    async fn send(
        call_timeout: Duration,
        response: Vec<u8>,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/secret", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(&response);
            // Until the client hangs up.
            while stream.read(&mut [0; 1024]).is_ok_and(|len| len > 0) {}
        });
        client(call_timeout).send(Request::get(url).body(Vec::new()).unwrap()).await
    }

    #[tokio::test]
    async fn of_a_long_response_one_byte_more_is_kept_than_the_library_takes() {
        const LEN: usize = 2 * MAX_RESPONSE_LEN;
        let head = format!("HTTP/1.1 503 Busy\r\ncontent-length: {LEN}\r\n\r\n");
        let response = [head.as_bytes(), &vec![b' '; LEN]].concat();
        let response = send(Duration::from_secs(60), response).await.unwrap();
        assert_eq!(response.status(), 503);
        assert_eq!(response.body().len(), MAX_RESPONSE_LEN + 1);
    }

    #[tokio::test]
    async fn a_response_that_does_not_end_is_given_up_after_the_call_timeout() {
        let response = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_vec();
        let error = send(Duration::from_millis(100), response).await;
        assert!(matches!(error, Err(HttpError::Timeout(_))));
    }

    #[tokio::test]
    async fn a_redirect_is_a_response_like_any_other() {
        let location = "https://elsewhere.example/";
        let head =
            format!("HTTP/1.1 307 Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
        let response = send(Duration::from_secs(60), head.into_bytes()).await.unwrap();
        assert_eq!(response.status(), 307);
        assert_eq!(response.headers()["location"], location);
    }

    #[tokio::test]
    async fn an_error_does_not_quote_the_address() {
        let url = "http://127.0.0.1:1/secret?Signature=secret";
        let download = client(Duration::from_secs(60)).download_to(url, "unused".as_ref(), 1).await;
        let error = download.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}
