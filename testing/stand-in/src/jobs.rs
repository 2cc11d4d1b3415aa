//! Archive jobs: how they run, end and are found again.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::api::Call;
use crate::authorization::{Access, Consent};
use crate::faults::Faults;
use crate::google::{Delivery, Google};
use crate::premises::{DailyLimit, RetryTime};

/// How long an archive is kept after its job is complete.
const KEPT: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How long a resource with time-based access cannot be exported again.
pub(crate) const COOL_DOWN: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) client_id: String,
    pub(crate) account: String,
    pub(crate) export: Export,
    pub(crate) started: SystemTime,
    pub(crate) ends: SystemTime,
    /// How it ends.
    pub(crate) ending: State,
    /// How many files of the archive have data. One more is the index.
    pub(crate) parts: u32,
    /// Whether Google could not export all of it.
    pub(crate) incomplete: bool,
    pub(crate) downloaded: BTreeSet<u32>,
    /// How many retries led to this job.
    pub(crate) retries: u32,
    retried_as: Option<String>,
    /// When the job is forgotten, for one-time access.
    pub(crate) reset_at: Option<SystemTime>,
    pub(crate) last_poll: Option<SystemTime>,
    pub(crate) client: Knowledge,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Export {
    pub(crate) resources: Vec<String>,
    pub(crate) access: Access,
    pub(crate) start: Option<SystemTime>,
    /// The end of the time range that was asked for, or the time at which the export was.
    pub(crate) end: SystemTime,
}

/// What the client can know of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Knowledge {
    /// The response that named the job was lost.
    ResponseLost,
    /// The response that named the job was sent.
    Told,
    /// The client has used the job's id.
    Used,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum State {
    InProgress,
    Complete,
    Failed,
    Cancelled,
}

impl Job {
    pub(crate) fn state(&self, now: SystemTime) -> State {
        let is_over = self.ending == State::Cancelled || now >= self.ends;
        if is_over { self.ending } else { State::InProgress }
    }

    /// Returns how many files the archive has.
    pub(crate) fn files(&self) -> u32 {
        self.parts + 1
    }

    /// Returns whether the job's archive can be downloaded.
    pub(crate) fn has_archive(&self, now: SystemTime) -> bool {
        self.state(now) == State::Complete && now < self.ends + KEPT
    }

    pub(crate) fn is_of(&self, consent: &Consent) -> bool {
        self.account == consent.account && self.project == consent.project
    }

    /// Returns whether the job exports one of the resources.
    pub(crate) fn shares(&self, resources: &[String]) -> bool {
        self.export.resources.iter().any(|it| resources.contains(it))
    }
}

impl Google {
    /// Starts a job, as a retry of another or for the first time, and returns its id, a UUID.
    pub(crate) fn start_job(
        &mut self,
        call: &Call<'_>,
        export: Export,
        retry_of: Option<&Job>,
    ) -> String {
        let now = call.now;
        let reset_at = self.consents.get_mut(&call.consent.number).and_then(|consent| {
            consent.first_initiate.get_or_insert(now);
            consent.reset_at()
        });
        let millis = |duration: &Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let range = &self.config.job_duration;
        let (shortest, longest) = (millis(range.start()), millis(range.end()));
        let Faults { job_failure, incomplete_archives, .. } = self.config.faults;
        let most_parts = self.config.archive_parts.max(1);
        let (duration, fails, parts, incomplete, number) = self.draw(|random| {
            let duration = random.u64(shortest..=longest.max(shortest));
            let fails = random.f64() < job_failure;
            let parts = random.u32(1..=most_parts);
            (duration, fails, parts, random.f64() < incomplete_archives, random.u128(..))
        });
        let fails = fails || self.jobs_to_fail > 0;
        self.jobs_to_fail = self.jobs_to_fail.saturating_sub(1);
        let mut id = format!("{number:032x}");
        for position in [20, 16, 12, 8] {
            id.insert(position, '-');
        }
        let job = Job {
            id: id.clone(),
            project: call.consent.project.clone(),
            client_id: call.consent.client_id.clone(),
            account: call.consent.account.clone(),
            started: now,
            ends: now + Duration::from_millis(duration),
            ending: if fails { State::Failed } else { State::Complete },
            parts,
            incomplete,
            downloaded: BTreeSet::new(),
            retries: retry_of.map_or(0, |job| job.retries + 1),
            retried_as: None,
            reset_at,
            last_poll: None,
            client: Knowledge::of_delivery(call.delivery),
            export,
        };
        self.jobs.insert(id.clone(), job);
        if let Some(earlier) = retry_of.and_then(|job| self.jobs.get_mut(&job.id)) {
            earlier.retried_as = Some(id.clone());
        }
        self.audit.count(Some(&call.consent.account), |counts| {
            counts.jobs += 1;
            counts.retries += u64::from(retry_of.is_some());
        });
        id
    }

    /// Returns the job that a job was retried as in the end.
    pub(crate) fn last_retry(&self, job: &Job) -> Option<&Job> {
        let mut last = None;
        let mut next = job.retried_as.as_ref();
        while let Some(job) = next.and_then(|id| self.jobs.get(id)) {
            last = Some(job);
            next = job.retried_as.as_ref();
        }
        last
    }

    /// Returns the jobs that stand in the way of exporting resources, the most recent last.
    pub(crate) fn earlier_jobs(&self, call: &Call<'_>, resources: &[String]) -> Vec<Job> {
        let (premises, consent, now) = (&self.config.premises, &call.consent, call.now);
        let stands_in_the_way = |job: &&Job| {
            let shares = job.shares(resources);
            let is_new = job.started + COOL_DOWN > now;
            // An archive that nobody has downloaded.
            let is_stuck = premises.retry_time == RetryTime::Past
                && job.has_archive(now)
                && job.downloaded.len() < job.files() as usize;
            let is_limited = match premises.daily_limit {
                DailyLimit::PerGroup => shares,
                // A retry is no `initiate`.
                DailyLimit::PerClient => job.client_id == consent.client_id && job.retries == 0,
                DailyLimit::NotEnforced => false,
            };
            let is_used_up = job.export.access.is_one_time() || job.state(now) == State::InProgress;
            job.is_of(consent) && (shares && is_used_up || is_limited && (is_new || is_stuck))
        };
        let mut earlier: Vec<Job> = self.jobs.values().filter(stands_in_the_way).cloned().collect();
        earlier.sort_by_key(|job| (job.started, job.retries));
        earlier
    }
}

impl Knowledge {
    pub(crate) fn of_delivery(delivery: Delivery) -> Knowledge {
        if delivery == Delivery::ResponseLost { Knowledge::ResponseLost } else { Knowledge::Told }
    }
}
