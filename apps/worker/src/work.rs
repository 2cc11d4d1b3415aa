//! One step of one person's exports. This is the file to copy.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, bail, ensure};
use app_runtime::{Clock, HttpClient};
use dataportability_scopes::api::JobId;
use dataportability_scopes::api::export::{Archive, ExportCall, Step, Wait};
use dataportability_scopes::call::send_async;
use dataportability_scopes::consent::{OAuthClient, Tokens};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::store::{Busy, Outlook, Person, State, Store, Taken};

/// The longest file of an archive. Google cuts archives at 50 GB.
const MAX_FILE_LEN: u64 = 64 << 30;

/// What every step needs.
#[derive(Debug)]
pub struct Worker {
    /// The database.
    pub store: Store,
    /// The OAuth client that got the tokens.
    pub google: OAuthClient,
    /// The HTTP client.
    pub http: HttpClient,
    /// The time at Google.
    pub clock: Clock,
    /// How long a call may take until others take over, in real time: longer than the time-outs of
    /// the HTTP client, and no shorter than `Exports::CALL_TIMEOUT`.
    pub lease: Duration,
    /// The folder for archives.
    pub archives: PathBuf,
    /// How many downloads there may be at a time. The other tasks go on making calls.
    pub downloads: Arc<Semaphore>,
}

/// What a step has to do once it is stored that it has begun.
enum Begun {
    Call(ExportCall),
    Refresh(Tokens),
    Download(Archive, OwnedSemaphorePermit),
    Nothing,
}

impl Worker {
    /// Works with this many tasks until `stop`. Calls that are being sent then get their results
    /// recorded; downloads are left to others.
    ///
    /// # Errors
    ///
    /// Fails if a task ends by itself, by a panic: what calls this has to start anew.
    pub async fn run(self, tasks: usize, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let worker = Arc::new(self);
        let (sender, stopping) = watch::channel(false);
        let mut running = JoinSet::new();
        for _ in 0..tasks {
            running.spawn(Arc::clone(&worker).work(stopping.clone()));
        }
        tokio::select! {
            ended = running.join_next() => {
                ended.context("there is no task")?.context("a task has ended")?;
                bail!("a task has ended");
            }
            () = stop => {}
        }
        sender.send_replace(true);
        let rest = async { while running.join_next().await.is_some() {} };
        // A call takes a third of the lease at most. Then its result is stored.
        let _ = timeout(worker.lease / 2, rest).await;
        Ok(())
    }

    async fn work(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        while !*stopping.borrow() {
            let pause = match self.step(&mut stopping).await {
                Ok(true) => continue,
                // Others may add people, and take those who are due.
                Ok(false) => {
                    let next = self.store.next_due().await.ok().flatten().unwrap_or(Duration::MAX);
                    next.clamp(Duration::from_millis(20), Duration::from_secs(1))
                }
                Err(error) => {
                    tracing::error!("the database: {error:#}");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                _ = stopping.changed() => {}
                () = sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)) => {}
            }
        }
    }

    /// Takes a person who is due and does the next step for them. Returns `false` if nobody is due.
    async fn step(&self, stopping: &mut watch::Receiver<bool>) -> anyhow::Result<bool> {
        match self.store.take(|person| self.begin(person)).await? {
            Taken::Nobody => return Ok(false),
            Taken::Person(id, Begun::Call(call)) => self.call(id, &call).await,
            Taken::Person(id, Begun::Refresh(tokens)) => self.refresh(id, &tokens).await,
            Taken::Person(id, Begun::Download(archive, permit)) => {
                self.download(id, &archive, stopping).await;
                drop(permit);
            }
            Taken::SetAside | Taken::Person(_, Begun::Nothing) => {}
        }
        Ok(true)
    }

    /// Chooses the next step, which is stored as begun before anything is sent.
    fn begin(&self, person: &mut Person) -> (Begun, Outlook) {
        let now = self.clock.now();
        let access = self.google.access(&person.tokens);
        let begun = match person.exports.poll(&access, now) {
            Step::Send(call) => Begun::Call(call),
            Step::Refresh => Begun::Refresh(person.tokens.clone()),
            Step::Download(archive) => match Arc::clone(&self.downloads).try_acquire_owned() {
                Ok(permit) => {
                    person.exports.begin_download(&archive.job, self.lease_end());
                    return (Begun::Download(archive, permit), self.outlook(person, Busy::No));
                }
                Err(_) => Begun::Nothing,
            },
            _ => return (Begun::Nothing, self.outlook(person, Busy::No)),
        };
        let busy = match begun {
            // Another worker may be free for the download sooner than this one.
            Begun::Nothing => self.lease / 4,
            _ => self.lease,
        };
        let outlook = Outlook { due: Some(busy), state: None, busy: Busy::For(busy) };
        (begun, outlook)
    }

    /// Sends the call that was stored as begun, and records what came of it.
    async fn call(&self, id: i64, call: &ExportCall) {
        let result = send_async(call, |request| self.http.send(request)).await;
        let groups: Vec<_> = call.resources().names().collect();
        let (method, groups) = (call.method(), groups.join(" "));
        match &result {
            Ok(_) => tracing::debug!(person = id, %method, groups, "succeeded"),
            Err(error) => {
                tracing::warn!(person = id, groups, source = error.source(), "{error}");
            }
        }
        let record = |person: &mut Person| {
            person.exports.record(call, &result, self.clock.now());
            self.outlook(person, Busy::No)
        };
        self.store.change(id, record).await;
    }

    /// Refreshes the tokens, for all exports of the person.
    async fn refresh(&self, id: i64, before: &Tokens) {
        let call = self.google.refresh(before, self.clock.now());
        let result = send_async(&call, |request| self.http.send(request)).await;
        if let Err(error) = &result {
            tracing::warn!(person = id, source = error.source(), "{error}");
        }
        let record = |person: &mut Person| {
            // The user may have consented again meanwhile, which made better tokens.
            if person.tokens.access_token.secret() == before.access_token.secret() {
                person.exports.record_refresh(&result, self.clock.now());
                if let Ok(tokens) = &result {
                    person.tokens = tokens.clone();
                }
            }
            self.outlook(person, Busy::No)
        };
        self.store.change(id, record).await;
    }

    /// Downloads an archive. Meanwhile the row is free for calls, and the archive is this task's.
    /// If it ends early, no part is left, and others begin anew once the lease is over.
    async fn download(&self, id: i64, archive: &Archive, stopping: &mut watch::Receiver<bool>) {
        let job = &archive.job;
        let mut files = pin!(self.download_files(id, archive));
        let result = loop {
            tokio::select! {
                result = &mut files => break result,
                _ = stopping.changed() => return,
                () = sleep(self.lease / 3) => {}
            }
            let renew = |person: &mut Person| {
                person.exports.begin_download(job, self.lease_end());
                self.outlook(person, Busy::Unchanged)
            };
            // The app may have deleted the row.
            if !self.store.change(id, renew).await {
                return;
            }
        };
        let record = |person: &mut Person| {
            let now = self.clock.now();
            match &result {
                Ok(()) => {
                    person.exports.downloaded(job, now);
                    self.outlook(person, Busy::Unchanged)
                }
                Err(error) => {
                    person.exports.download_again(job, now);
                    let state = Some((State::Download, format!("{error:#}")));
                    Outlook { state, ..self.outlook(person, Busy::Unchanged) }
                }
            }
        };
        self.store.change(id, record).await;
    }

    /// Downloads the files of an archive. Each is in its place once it is whole.
    async fn download_files(&self, id: i64, archive: &Archive) -> anyhow::Result<()> {
        for (number, url) in (1..).zip(&archive.files) {
            let path = file_path(&self.archives, id, &archive.job, number);
            // A worker that was killed may have left some.
            if tokio::fs::try_exists(&path).await? {
                continue;
            }
            ensure!(self.clock.now() < archive.until, "the links have expired");
            let download = self.http.download_to(url.as_str(), &path, MAX_FILE_LEN);
            let len = download.await.with_context(|| path.display().to_string())?;
            tracing::info!(person = id, len, "{} is there", path.display());
        }
        Ok(())
    }

    /// Says when the person is due, and how their exports stand.
    fn outlook(&self, person: &Person, busy: Busy) -> Outlook {
        let now = self.clock.now();
        let access = self.google.access(&person.tokens);
        // On a copy: nothing is begun.
        let step = person.exports.clone().poll(&access, now);
        let (due, state, why) = match step {
            // What it is will be seen when it is done.
            Step::Send(_) | Step::Refresh | Step::Download(_) => {
                return Outlook { due: Some(Duration::ZERO), state: None, busy };
            }
            Step::WaitUntil(time, wait) => {
                let due = time.duration_since(now).unwrap_or_default();
                let state = match wait {
                    Wait::ProjectNotReady => State::Project,
                    _ => State::Waiting,
                };
                (Some(self.clock.real(due)), state, wait.to_string())
            }
            Step::RequestConsent(reason) => (None, State::Consent, reason.to_string()),
            Step::Done => (None, State::Done, endings(person)),
        };
        Outlook { due, state: Some((state, why)), busy }
    }

    fn lease_end(&self) -> SystemTime {
        self.clock.now() + self.clock.passes_in(self.lease)
    }
}

/// Returns where a file of an archive is. The exports in the row say which groups the job is of.
#[must_use]
pub fn file_path(archives: &Path, person: i64, job: &JobId, number: u32) -> PathBuf {
    archives.join(format!("{person}-{job}-{number}.zip"))
}

/// Names the exports that ended without an archive, and why.
fn endings(person: &Person) -> String {
    let given_up = person.exports.iter().filter_map(|export| {
        let names: Vec<_> = export.resources().names().collect();
        Some(format!("{}: {}", names.join(" "), export.given_up()?))
    });
    given_up.collect::<Vec<_>>().join("; ")
}
