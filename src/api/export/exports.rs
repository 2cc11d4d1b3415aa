use core::time::Duration;
use std::time::SystemTime;
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::machine::{Event, Phase};
use super::pace::{DAY, MINUTE, Spread, later, whole_seconds};
use super::step::{Archive, GiveUpReason, Wait};
use super::unit::{Export, Files, Unit, is_default};
use crate::api::call::check_time_range;
use crate::api::{ApiMethod, JobId, TimeRangeError};
use crate::catalogue::{Revision, Scopes};
use crate::grant::Grant;

/// All exports of one grant, from start to download, as a value to store.
///
/// The [module](crate::api::export) explains how to use it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exports {
    #[serde(deserialize_with = "super::stored_format")]
    format: u32,
    /// Determines how much the waits differ from those of others.
    pub(super) seed: u32,
    /// The number of calls that have been begun, which numbers them.
    pub(super) calls: u32,
    /// The call that was begun and has no result yet.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) in_flight: Option<InFlight>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) token: Token,
    /// Until when Google asks to send nothing.
    #[serde(with = "crate::call::rfc3339::option", default, skip_serializing_if = "is_default")]
    pub(super) paused_until: Option<SystemTime>,
    /// Since when Google refuses the app's project.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) project: Option<ProjectRefused>,
    /// When the next job may be started, of whatever resources.
    #[serde(with = "crate::call::rfc3339")]
    pub(super) starts_at: SystemTime,
    /// Whether resources go into one job.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) together: bool,
    /// Jobs of earlier exports, and jobs that turned out to be somebody else's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) past_jobs: Vec<JobId>,
    #[expect(clippy::struct_field_names, reason = "its name in what is stored")]
    pub(super) exports: Vec<Unit>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InFlight {
    pub(super) of: Scopes,
    pub(super) method: ApiMethod,
    #[serde(with = "crate::call::rfc3339")]
    pub(super) since: SystemTime,
    /// The token that it was sent with.
    pub(super) token: u32,
    /// Whether the token carries only one scope, so that each job that it can read is of that one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) only: bool,
}

/// What Google thinks of the tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Token {
    /// The number of times that it was replaced, which numbers the tokens.
    pub(super) number: u32,
    /// How often in a row Google has refused one, although it was refreshed each time.
    #[serde(default)]
    pub(super) refusals: u32,
    /// When to refresh it, if Google has refused it.
    #[serde(with = "crate::call::rfc3339::option", default)]
    pub(super) refresh_at: Option<SystemTime>,
    /// The number of refreshes in a row that failed for now.
    #[serde(default)]
    pub(super) failures: u32,
    /// Whether it was refreshed and not used yet: it is sent even if it seems to be expired.
    #[serde(default)]
    pub(super) is_fresh: bool,
    /// Whether only a new consent helps.
    #[serde(default)]
    pub(super) has_ended: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProjectRefused {
    #[serde(with = "crate::call::rfc3339")]
    pub(super) since: SystemTime,
    pub(super) refusals: u32,
    #[serde(with = "crate::call::rfc3339")]
    pub(super) due: SystemTime,
    /// Whether the last answer came too late. It takes a second one, as for an export.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) overdue: bool,
}

impl Exports {
    /// How long a call can be in flight: 2 minutes. After that, a call without a result counts as
    /// lost, so the time-out of the HTTP client must be shorter.
    pub const CALL_TIMEOUT: Duration = Duration::from_secs(2 * 60);
    /// How often Google lets a job be retried without a new consent: three times.
    pub(super) const MAX_RETRIES: u32 = 3;
    /// How long signed URLs are valid: 6 hours.
    pub(super) const URL_LIFETIME: Duration = Duration::from_secs(6 * 60 * 60);
    /// How long an archive is kept: 14 days.
    pub(super) const ARCHIVE_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);

    /// Returns an export for each resource that a grant carries, and a job for each export.
    ///
    /// Scopes that are newer than the catalogue are exported if the grant
    /// [vouches](Grant::vouching_for) for them. To export only a part, give a grant of that part,
    /// such as `Grant::from(scopes)`. Have only one `Exports` of an account at a time: a job that
    /// another one has started may be taken for a lost one of these.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use dataportability_scopes::api::export::{Exports, Step};
    /// use dataportability_scopes::grant::Access;
    /// use dataportability_scopes::{ApiMethod, Endpoints, Grant, Resource, Scopes};
    ///
    /// let now = SystemTime::now();
    /// let grant = Grant::from(Scopes::from(Resource::YoutubeClips));
    /// let endpoints = Endpoints::default();
    /// let access = Access::new(&endpoints, "ya29.a", &grant);
    ///
    /// let mut exports = Exports::new(&grant, now);
    /// let Step::Send(call) = exports.poll(&access, now) else { panic!() };
    /// assert_eq!(call.method(), ApiMethod::Initiate);
    /// ```
    #[must_use]
    pub fn new(grant: &Grant, now: SystemTime) -> Exports {
        let mut scopes = Scopes::from(grant.scopes().known());
        scopes.extend([grant.vouched()]);
        let start = whole_seconds(now);
        let units = scopes.singles().map(|of| Unit::new(of, start));
        Exports::of(units.collect(), seed(now), start)
    }

    fn of(mut exports: Vec<Unit>, seed: u32, now: SystemTime) -> Exports {
        let listed = Revision::NEWEST.scopes();
        for unit in &mut exports {
            let is_withdrawn = !unit.of.known().is_subset(listed);
            if is_withdrawn && matches!(unit.phase, Phase::Start) {
                unit.happen(Event::Over(GiveUpReason::NotListed), now);
            }
        }
        Exports {
            format: super::FORMAT,
            seed,
            calls: 0,
            in_flight: None,
            token: Token::default(),
            paused_until: None,
            project: None,
            starts_at: now,
            together: false,
            past_jobs: Vec::new(),
            exports,
        }
    }

    /// Puts all resources with the same time range into one job. Google advises one job for each,
    /// but if the app is limited to one job a day, one for all is ready days earlier.
    #[must_use]
    pub fn in_one_job(mut self) -> Exports {
        self.together = true;
        self
    }

    /// Limits the exports of these resources to data from `start`, until `end`, or both. Resources
    /// that are not exported are ignored.
    ///
    /// # Errors
    ///
    /// Fails if a resource takes no time range, if `start` is not before `end`, or if one of them
    /// cannot be written as RFC 3339.
    pub fn time_range(
        mut self,
        resources: impl Into<Scopes>,
        start: Option<SystemTime>,
        end: Option<SystemTime>,
    ) -> Result<Exports, TimeRangeError> {
        let resources = resources.into();
        let (start, end) = (start.map(whole_seconds), end.map(whole_seconds));
        check_time_range(&resources, start, end)?;
        for unit in &mut self.exports {
            if unit.of.is_subset(&resources) {
                (unit.start_time, unit.end_time) = (start, end);
            }
        }
        Ok(self)
    }

    /// Returns the next exports of the same resources, with time-based access. They export what is
    /// new since these if a resource takes a time range, and everything otherwise.
    ///
    /// They start 24 hours and 5 minutes after the last job of these was started, since Google
    /// allows one export in 24 hours. Resources with one-time access are left out, and so are those
    /// whose time range had an end and is exported. Returns `None` if an export has not ended, or
    /// if none is left.
    #[must_use]
    pub fn again(&self, now: SystemTime) -> Option<Exports> {
        let (seed, now) = (seed(now), whole_seconds(now));
        if !self.exports.iter().all(|unit| unit.phase.is_ended()) {
            return None;
        }
        let is_done = |unit: &Unit| matches!(unit.phase, Phase::Done { .. });
        let can_repeat = |unit: &&Unit| {
            let is_over = unit.end_time.is_some() && is_done(unit);
            !unit.is_one_time() && !is_over && !matches!(unit.phase, Phase::UsedUp { .. })
        };
        let repeat = |unit: &Unit, of: Scopes| {
            let mut next = Unit::new(of, now);
            next.access_type = unit.access_type;
            next.alone = unit.alone;
            if let Some(started_at) = unit.started_at {
                next.wait(now.max(later(started_at, DAY + 5 * MINUTE)), Wait::TooEarly);
            }
            next.end_time = unit.end_time;
            let since = unit.export_time.filter(|end| {
                is_done(unit) && check_time_range(&next.of, Some(*end), None).is_ok()
            });
            next.start_time = since.or(unit.start_time);
            next
        };
        let repeated = self.exports.iter().filter(can_repeat);
        let units = repeated.flat_map(|unit| unit.of.singles().map(move |of| repeat(unit, of)));
        let units: Vec<Unit> = units.collect();
        if units.is_empty() {
            return None;
        }
        let mut next = Exports::of(units, seed, now);
        next.together = self.together;
        // Google names only the most recent ones.
        let jobs = self.exports.iter().flat_map(|unit| {
            let earlier = unit.earlier.iter().rev().take(Self::MAX_RETRIES as usize);
            earlier.chain(unit.phase.job())
        });
        next.past_jobs = jobs.cloned().collect();
        Some(next)
    }

    /// Returns the exports, with how far each has come and what it waits for.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Export<'_>> {
        self.exports.iter().map(|unit| {
            let is_start = unit.method(unit.due) == Some(ApiMethod::Initiate);
            let first =
                if self.exports.len() == 1 { Wait::BackingOff } else { Wait::AnotherExport };
            let gate = is_start.then_some((self.starts_at, first));
            let project = self.project.as_ref().map(|it| (it.due, Wait::ProjectNotReady));
            // Of equal times, the last one counts: the export's own reason.
            let own = (unit.due, unit.wait);
            let pause = self.paused_until.map(|until| (until, Wait::BackingOff));
            let waits = [project, pause, gate, Some(own)].into_iter().flatten();
            let (waits_until, wait) = waits.max_by_key(|(until, _)| *until).unwrap_or(own);
            Export { unit, waits_until, wait }
        })
    }

    /// Returns the archives with links that are still valid. To have them after a restart, store
    /// them sealed, and give them back with [`restore`](Self::restore).
    pub fn archives(&self, now: SystemTime) -> impl Iterator<Item = Archive> {
        self.exports.iter().filter_map(move |unit| unit.archive(now))
    }

    /// Gives back archives that were stored apart. Those of other jobs are ignored.
    pub fn restore(&mut self, archives: impl IntoIterator<Item = Archive>) {
        for archive in archives {
            if let Some(unit) = self.of_job(&archive.job) {
                unit.files = Some(Files { urls: archive.files, until: archive.until });
            }
        }
    }

    /// Records that somebody downloads the archive of a job until this time at the latest, so that
    /// [`poll`](Self::poll) offers it to nobody else.
    pub fn begin_download(&mut self, job: &JobId, until: SystemTime) {
        if let Some(unit) = self.of_job(job) {
            unit.downloading_until = Some(whole_seconds(until));
        }
    }

    /// Records that all files of an archive have been downloaded. Does nothing for an archive that
    /// was not offered.
    pub fn downloaded(&mut self, job: &JobId, now: SystemTime) {
        if let Some(unit) = self.of_job(job) {
            if unit.files.is_some() || unit.downloading_until.is_some() {
                unit.happen(Event::Downloaded, whole_seconds(now));
            }
        }
    }

    /// Requests fresh links, because those of an archive were refused, or to download it once more.
    ///
    /// They come with the next state of the job, at least 5 minutes after the last.
    pub fn download_again(&mut self, job: &JobId, now: SystemTime) {
        if let Some(unit) = self.of_job(job) {
            unit.happen(Event::DownloadAgain, whole_seconds(now));
            unit.files = None;
            unit.downloading_until = None;
        }
    }

    /// Records that a job has been cancelled with [`Access::cancel`](crate::grant::Access::cancel).
    pub fn cancelled(&mut self, job: &JobId, now: SystemTime) {
        if let Some(unit) = self.of_job(job) {
            unit.happen(Event::Cancelled, whole_seconds(now));
        }
    }

    /// Goes on with a job that is known from elsewhere, such as one of
    /// [`Export::named_jobs`]. The caller vouches that it exports these resources.
    ///
    /// Returns whether it was taken over. It is not if one of the resources has a job here, or a
    /// call to start one is under way, or if the job is that of other resources.
    pub fn take_over(&mut self, resources: impl Into<Scopes>, job: JobId, now: SystemTime) -> bool {
        let (of, now) = (resources.into(), whole_seconds(now));
        let conflicts = |unit: &Unit| {
            let is_free = matches!(unit.phase, Phase::Start | Phase::StartLost { .. });
            let is_other = unit.of.is_disjoint(&of);
            (is_other && unit.knows(&job)) || !(is_other || is_free || unit.phase.is_ended())
        };
        let is_called = self.in_flight.as_ref().is_some_and(|call| !call.of.is_disjoint(&of));
        if of.is_empty() || is_called || self.exports.iter().any(conflicts) {
            return false;
        }
        let mut retries = 0;
        for unit in &mut self.exports {
            retries = retries.max(if unit.knows(&job) { unit.retries } else { 0 });
            unit.of = unit.of.difference(&of);
        }
        self.exports.retain(|unit| !unit.of.is_empty());
        self.past_jobs.retain(|past| *past != job);
        let mut unit = Unit::new(of, now);
        unit.happen(Event::Started(job), now);
        unit.started_at = Some(now);
        unit.retries = retries;
        // Its state may have been requested just now.
        unit.wait(later(now, self.spread().question(0)), Wait::JobRunning);
        self.exports.push(unit);
        true
    }

    pub(super) fn of_job(&mut self, job: &JobId) -> Option<&mut Unit> {
        let mut units = self.exports.iter_mut();
        units.find(|unit| unit.phase.job() == Some(job))
    }

    pub(super) fn spread(&self) -> Spread {
        Spread::new(self.seed, self.calls)
    }
}

/// Returns a number that differs between exports, to spread their calls. It need not be secret.
fn seed(now: SystemTime) -> u32 {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_nanos() % u128::from(u32::MAX)).unwrap_or_default()
}
