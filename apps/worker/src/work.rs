//! One step of one export. This is the file to copy.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use app_runtime::{Clock, HttpClient, HttpError};
use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::api::export::{ExportCall, Step};
use dataportability_scopes::consent::{TokenClient, TokenError, TokenErrorCode};
use dataportability_scopes::http_call::SendError;
use dataportability_scopes::{Endpoint, send_async};
use tokio::io::AsyncWriteExt;

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
    /// The HTTP client. Its time-outs are shorter than the lease.
    pub http: HttpClient,
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
        let result = send_async(&request.with_token(token), |it| self.http.send(it)).await;
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
        match send_async(&request, |it| self.http.send(it)).await {
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
            let response = self.http.download(url).await?;
            let mut response = response.error_for_status().map_err(HttpError::from)?;
            let mut written = tokio::fs::File::create(&part).await?;
            while let Some(chunk) = response.chunk().await.map_err(HttpError::from)? {
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
}

fn can_refresh(held: &Held) -> bool {
    held.tokens.refresh_token.is_some()
}
