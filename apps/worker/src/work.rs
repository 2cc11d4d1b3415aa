//! One step of one export. This is the file to copy.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::api::export::{ExportCall, Step};
use dataportability_scopes::consent::{TokenClient, TokenError, TokenErrorCode};
use dataportability_scopes::http_call::{MAX_RESPONSE_LEN, SendError};
use dataportability_scopes::{Endpoint, http, send_async};
use tokio::io::AsyncWriteExt;

use crate::clock::Clock;
use crate::store::{Held, Store};

/// How long before its end an access token is refreshed. It lives for an hour.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// What every step needs.
#[derive(Debug, Clone)]
pub struct Worker {
    /// The time.
    pub clock: Clock,
    /// How long an export belongs to the worker that took it, in real time. A call gives up sooner.
    pub lease: Duration,
    /// The HTTP client. It follows no redirects.
    pub client: reqwest::Client,
    /// Refreshes tokens.
    pub token_client: TokenClient,
    /// The base URL of the API.
    pub api: Endpoint,
    /// The folder for archives.
    pub archives: PathBuf,
}

/// What a step has to do once the export is stored as begun.
enum Begun {
    Call(ExportCall),
    RefreshToken,
    Settle,
}

impl Worker {
    /// Takes an export that is due and does its next step. Returns `false` if none is due.
    ///
    /// # Errors
    ///
    /// Fails if the database does, or if an archive cannot be written.
    pub async fn step(&self, store: &mut Store) -> anyhow::Result<bool> {
        let now = self.clock.now();
        let lease = self.clock.passes_in(self.lease);
        let start = |held: &mut Held| {
            let tokens = &held.tokens;
            match held.export.next(&tokens.grant, now) {
                Step::RefreshToken => Begun::RefreshToken,
                Step::Call(_) if tokens.is_expired(now, MARGIN) && can_refresh(held) => {
                    Begun::RefreshToken
                }
                // From here on the export knows that the call may have been sent.
                Step::Call(_) => match held.export.begin(&tokens.grant, now) {
                    Ok(call) => Begun::Call(call),
                    Err(_) => Begun::Settle,
                },
                _ => Begun::Settle,
            }
        };
        let Some((mut held, begun)) = store.take(now, lease, start).await? else {
            return Ok(false);
        };
        let is_refreshed = match begun {
            Begun::Call(call) => {
                self.call(&mut held, &call).await;
                true
            }
            Begun::RefreshToken => self.refresh(store, &mut held).await?,
            Begun::Settle => true,
        };
        if is_refreshed {
            self.settle(store, &mut held).await?;
        } else {
            let later = self.clock.now() + self.clock.passes_in(self.lease / 4);
            store.put(&held, Some(later), None).await?;
        }
        Ok(true)
    }

    /// Sends the call that was stored as begun, and records what came of it.
    async fn call(&self, held: &mut Held, call: &ExportCall) {
        let token = held.tokens.access_token.secret();
        let request = call.clone().with_base_url(&self.api);
        let result = send_async(&request.with_token(token), |it| self.send(it)).await;
        if let Err(error) = &result {
            println!("export {}: {}: {error}", held.id, call.method());
        } else if call.method() != ApiMethod::GetState {
            println!("export {}: {}", held.id, call.method());
        }
        held.export.record(call, &result, self.clock.now());
    }

    /// Refreshes the token, unless another worker has done it meanwhile. Returns `false` if the
    /// token endpoint cannot be reached.
    async fn refresh(&self, store: &mut Store, held: &mut Held) -> anyhow::Result<bool> {
        let locked = store.lock_tokens(held.token_id).await?;
        let now = self.clock.now();
        let is_new = locked.tokens.access_token.secret() != held.tokens.access_token.secret();
        if is_new && !locked.tokens.is_expired(now, Duration::ZERO) {
            held.tokens = locked.tokens;
            held.export.token_replaced(self.clock.now());
            return Ok(true);
        }
        let Ok(request) = self.token_client.refresh(&locked.tokens, now) else {
            // The export then says that the user has to consent again.
            held.export.token_replaced(self.clock.now());
            return Ok(true);
        };
        match send_async(&request, |it| self.send(it)).await {
            Ok(tokens) => {
                locked.put(&tokens).await?;
                held.tokens = tokens;
                held.export.token_replaced(self.clock.now());
            }
            Err(SendError::Response(TokenError::Refused {
                error: TokenErrorCode::InvalidGrant,
            })) => held.export.token_replaced(self.clock.now()),
            Err(error) => {
                println!("export {}: refresh: {error}", held.id);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Downloads what is there, and stores the export and when it is due.
    async fn settle(&self, store: &Store, held: &mut Held) -> anyhow::Result<()> {
        let mut step = held.export.next(&held.tokens.grant, self.clock.now());
        if let Step::Download { urls, .. } = &step {
            let urls: Vec<String> = urls.iter().map(|url| url.as_str().to_owned()).collect();
            match self.download(store, held, &urls).await {
                Ok(()) => held.export.downloaded(),
                Err(error) => {
                    println!("export {}: download: {error}", held.id);
                    held.export.download_again();
                }
            }
            step = held.export.next(&held.tokens.grant, self.clock.now());
        }
        let ended = match &step {
            Step::Done => Some("done".to_owned()),
            Step::GivenUp(reason) => Some(format!("given up: {reason}")),
            Step::RequestConsent(reason) => Some(format!("waits for the user: {reason}")),
            _ => None,
        };
        if let Some(ended) = &ended {
            println!("export {}: {ended}", held.id);
        }
        store
            .put(held, step.due(self.clock.now()), ended)
            .await
            .map(drop)
    }

    /// Downloads the files of an archive, each to a name of its own that appears when it is whole.
    async fn download(&self, store: &Store, held: &Held, urls: &[String]) -> anyhow::Result<()> {
        for (number, url) in (1..).zip(urls) {
            let file = self.archives.join(format!(
                "{}-{}-{number}.zip",
                held.id,
                held.export.resource()
            ));
            let part = file.with_extension("part");
            let mut renewed = Instant::now();
            // The URL is a secret, so it must not be in an error.
            let mut response = self
                .client
                .get(url)
                .send()
                .await
                .and_then(reqwest::Response::error_for_status)
                .map_err(reqwest::Error::without_url)?;
            let mut written = tokio::fs::File::create(&part).await?;
            while let Some(chunk) = response
                .chunk()
                .await
                .map_err(reqwest::Error::without_url)?
            {
                written.write_all(&chunk).await?;
                if renewed.elapsed() > self.lease / 3 {
                    let until = self.clock.now() + self.clock.passes_in(self.lease);
                    anyhow::ensure!(
                        store.put(held, Some(until), None).await?,
                        "another worker has taken the export"
                    );
                    renewed = Instant::now();
                }
            }
            written.sync_all().await?;
            tokio::fs::rename(&part, &file)
                .await
                .with_context(|| format!("{} cannot be written", file.display()))?;
        }
        Ok(())
    }

    /// How this worker's HTTP client takes a request of the library.
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, reqwest::Error> {
        let mut request = reqwest::Request::try_from(request)?;
        // A response that trickles in must not outlast the lease.
        *request.timeout_mut() = Some(self.lease / 2);
        let mut response = self.client.execute(request).await?;
        let mut read = http::Response::new(Vec::new());
        *read.status_mut() = response.status();
        *read.headers_mut() = response.headers().clone();
        while let Some(chunk) = response.chunk().await? {
            read.body_mut().extend_from_slice(&chunk);
            if read.body().len() > MAX_RESPONSE_LEN {
                break;
            }
        }
        Ok(read)
    }
}

fn can_refresh(held: &Held) -> bool {
    held.tokens.refresh_token.is_some()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use dataportability_scopes::oauth2::ClientId;

    use super::{Clock, Duration, MAX_RESPONSE_LEN, TokenClient, Worker, http};

    fn worker(lease: Duration) -> Worker {
        // Fails if another test has installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Worker {
            clock: Clock { epoch: 0, speed: 1 },
            lease,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            token_client: TokenClient::new(ClientId::new("client".into()), None),
            api: "https://api.example.com/".parse().unwrap(),
            archives: "archives".into(),
        }
    }

    /// Returns a request with this response, after which the connection stays open.
    fn respond(response: Vec<u8>) -> http::Request<Vec<u8>> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(&response);
            // Until the client hangs up.
            while stream.read(&mut [0; 1024]).is_ok_and(|len| len > 0) {}
        });
        http::Request::get(url).body(Vec::new()).unwrap()
    }

    #[tokio::test]
    async fn of_a_long_response_no_more_is_read_than_the_library_takes() {
        const LEN: usize = 2 * MAX_RESPONSE_LEN;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {LEN}\r\n\r\n");
        let response = [head.as_bytes(), &vec![b' '; LEN]].concat();
        let worker = worker(Duration::from_secs(60));
        let len = worker.send(respond(response)).await.unwrap().body().len();
        assert!((MAX_RESPONSE_LEN + 1..LEN).contains(&len), "{len} bytes");
    }

    #[tokio::test]
    async fn a_response_that_does_not_end_is_given_up_before_the_lease_ends() {
        let response = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_vec();
        let worker = worker(Duration::from_millis(100));
        let sent = worker.send(respond(response));
        let sent = tokio::time::timeout(Duration::from_secs(20), sent).await;
        let error = sent.expect("it is given up").unwrap_err();
        assert!(error.is_timeout());
    }
}
