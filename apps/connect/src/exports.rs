//! The exports, which run by themselves whether the user watches or not, until their archives have
//! arrived. It goes on from `flow.rs`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::api::export::{Archive, ConsentReason, Step};

use crate::app::App;
use crate::pages::{DAY, labels};
use crate::store::{ArchiveId, ConsentId, SessionId, Store, StoredArchive, StoredConsent};
use crate::terminal::tell;

/// How long an archive that is being fetched is not offered again.
const HOLD: Duration = Duration::from_secs(15 * 60);

// 5. The exports run by themselves, whether the user watches or not.

/// Runs whatever is due, for all users, until the process ends.
pub(crate) async fn run(app: Arc<App>) {
    /// Even if nothing is due: a code may wait for Google to be in reach again.
    const LONGEST_SLEEP: Duration = Duration::from_secs(1);
    loop {
        let next = run_due(&app).unwrap_or_else(|error| {
            tell(format_args!("error: the exports wait: {error:#}"));
            None
        });
        let sleep = next.unwrap_or(LONGEST_SLEEP);
        let sleep = sleep.clamp(Duration::from_millis(100), LONGEST_SLEEP);
        let _ = tokio::time::timeout(sleep, app.changed.notified()).await;
    }
}

/// Starts what is due, and returns how long there is nothing else to do.
fn run_due(app: &Arc<App>) -> anyhow::Result<Option<Duration>> {
    for folder in app.store.expire_archives(SystemTime::now())? {
        app.remove_folder(&folder);
    }
    let now = app.clock.now();
    let (due, next) = app.store.due(now)?;
    for id in due {
        let app = Arc::clone(app);
        // One that is being worked on is left alone.
        tokio::spawn(async move {
            if let Err(error) = app.advance(id).await {
                tell(format_args!("error: exports are put off: {error:#}"));
                let later = app.clock.now() + Duration::from_secs(5 * 60);
                if let Err(error) = app.store.postpone(id, later) {
                    tell(format_args!("error: it could not be put off: {error:#}"));
                }
            }
        });
    }
    for id in app.store.unsettled()? {
        if app.requests.try_take(id).is_none() {
            continue;
        }
        let app = Arc::clone(app);
        tokio::spawn(async move {
            if let Err(error) = app.settle(id).await {
                tell(format_args!("error: a code is not exchanged: {error:#}"));
            }
        });
    }
    let wait = next.and_then(|next| next.duration_since(now).ok());
    Ok(wait.map(|wait| app.clock.real(wait)))
}

impl App {
    /// Does what the exports of a consent say is next.
    async fn advance(self: &Arc<Self>, id: ConsentId) -> anyhow::Result<()> {
        let Some(_lease) = self.consents.try_take(id) else {
            return Ok(());
        };
        let Some(mut consent) = self.store.consent(id)? else {
            return Ok(());
        };
        loop {
            let open = consent.tokens.as_ref().filter(|_| !consent.ended);
            let Some(tokens) = open.cloned() else {
                return self.store.save(&consent, None);
            };
            let now = self.clock.now();
            let access = self.google.client.access(&tokens);
            match consent.exports.poll(&access, now) {
                Step::Send(call) => {
                    // Stored before it is sent: after a crash the exports know that a call may
                    // have arrived, and find out instead of starting twice.
                    self.store.save(&consent, Some(now))?;
                    let title = match call.method() {
                        ApiMethod::Initiate => "Start the export",
                        ApiMethod::Retry => "Try the export again",
                        _ => "Ask for the state of the export",
                    };
                    let title = format!("{title}: {}", labels(call.resources().known()));
                    let result = self.call(consent.session, &title, &call).await;
                    let now = self.clock.now();
                    consent.exports.record(&call, &result, now);
                    self.store.save(&consent, Some(now))?;
                }
                Step::Refresh => {
                    self.refresh(&mut consent).await?;
                    if !consent.ended {
                        self.store.save(&consent, Some(self.clock.now()))?;
                    }
                }
                Step::Download(archive) => {
                    // Beside further calls, so that a long download holds up nothing. If it goes on
                    // for longer, it is offered and held again; after a crash, it is fetched.
                    consent.exports.begin_download(&archive.job, now + HOLD);
                    self.store.save(&consent, Some(now))?;
                    let (app, session) = (Arc::clone(self), consent.session);
                    tokio::spawn(async move {
                        if let Err(error) = app.fetch(id, session, &archive).await {
                            tell(format_args!("error: an archive is not fetched: {error:#}"));
                        }
                    });
                }
                Step::WaitUntil(time, _) => {
                    return self.store.save(&consent, Some(time));
                }
                Step::RequestConsent(why) => {
                    consent.ended |= why == ConsentReason::AccessEnded;
                    return self.store.save(&consent, None);
                }
                Step::Done => {
                    let due = repeat(&mut consent, now);
                    return self.store.save(&consent, due);
                }
            }
        }
    }
}

/// Begins exports again if the user wants that and it is time, and returns when to look again.
fn repeat(consent: &mut StoredConsent, now: SystemTime) -> Option<SystemTime> {
    if consent.repeat_days == 0 {
        return None;
    }
    let started = consent.exports.iter().filter_map(|it| it.started_at()).max();
    let due = started.map_or(now, |started| started + DAY * consent.repeat_days);
    if due > now {
        return Some(due);
    }
    consent.exports = consent.exports.again(now)?;
    Some(now)
}

// 6. What Google has ready is fetched, whole or not at all. Then the user looks through it.

impl App {
    /// Fetches an archive, and notes that it is there.
    async fn fetch(
        &self,
        id: ConsentId,
        session: SessionId,
        archive: &Archive,
    ) -> anyhow::Result<()> {
        let Some(_fetching) = self.fetches.try_take(archive.job.as_str().to_owned()) else {
            return Ok(());
        };
        let title = format!("Fetch the archive: {}", labels(archive.resources.known()));
        let folder = Store::folder(session, archive.job.as_str());
        let fetched = self.fetch_files(session, &title, &folder, &archive.files).await;

        let _lease = self.consents.take(id).await;
        let Some(mut consent) = self.store.consent(id)? else {
            // The access was ended meanwhile.
            self.remove_folder(&folder);
            return Ok(());
        };
        let now = self.clock.now();
        let bytes = match fetched {
            Ok(bytes) => bytes,
            Err(error) => {
                // Google gives fresh links with the state of the job.
                consent.exports.download_again(&archive.job, now);
                self.store.save(&consent, Some(now))?;
                return Err(error);
            }
        };
        consent.exports.downloaded(&archive.job, now);
        let arrived = StoredArchive {
            id: ArchiveId(0),
            resources: archive.resources.known(),
            account: consent.account.clone(),
            files: archive.files.len(),
            bytes,
            arrived: now,
            delete_at: SystemTime::now() + self.site.settings.keep(),
            folder,
        };
        self.store.save_arrival(&consent, archive.job.as_str(), &arrived, now)?;
        self.changed.notify_one();
        Ok(())
    }
}
