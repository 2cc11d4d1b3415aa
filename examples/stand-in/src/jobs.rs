//! Archive jobs: how they run, end and are found again.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::authorization::{Access, RESET_AFTER};
use crate::google::{Delivery, Google};
use crate::tokens::Bearer;

/// How long an archive is kept after its job is complete.
const KEPT: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How long a resource with time-based access cannot be exported again.
pub(crate) const COOL_DOWN: Duration = Duration::from_secs(24 * 60 * 60);

/// An archive job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) project: String,
    pub(crate) account: String,
    pub(crate) resources: Vec<String>,
    pub(crate) access: Access,
    pub(crate) range: Range,
    pub(crate) started: SystemTime,
    pub(crate) ends: SystemTime,
    pub(crate) fails: bool,
    pub(crate) cancelled: bool,
    pub(crate) parts: u32,
    /// How many retries led to this job.
    pub(crate) retries: u32,
    pub(crate) retried_as: Option<String>,
    /// When the job is forgotten, for one-time access.
    pub(crate) reset_at: Option<SystemTime>,
    pub(crate) last_poll: Option<SystemTime>,
    /// Whether the response that named the job was lost.
    pub(crate) response_lost: bool,
    /// Whether the client has used the job's id.
    pub(crate) used: bool,
}

/// The time range of an export.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Range {
    pub(crate) start: Option<SystemTime>,
    /// The end that was asked for, or the time at which the export was.
    pub(crate) end: SystemTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    InProgress,
    Complete,
    Failed,
    Cancelled,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            State::InProgress => "IN_PROGRESS",
            State::Complete => "COMPLETE",
            State::Failed => "FAILED",
            State::Cancelled => "CANCELLED",
        }
    }
}

impl Job {
    pub(crate) fn state(&self, now: SystemTime) -> State {
        if self.cancelled {
            State::Cancelled
        } else if now < self.ends {
            State::InProgress
        } else if self.fails {
            State::Failed
        } else {
            State::Complete
        }
    }

    /// Returns whether the job's archive can be downloaded.
    pub(crate) fn has_archive(&self, now: SystemTime) -> bool {
        self.state(now) == State::Complete && now < self.ends + KEPT
    }

    pub(crate) fn is_of(&self, bearer: &Bearer) -> bool {
        self.account == bearer.account && self.project == bearer.project
    }
}

impl Google {
    /// Starts a job, as a retry of another or for the first time.
    pub(crate) fn start_job(
        &mut self,
        bearer: &Bearer,
        resources: Vec<String>,
        access: Access,
        range: Range,
        retry_of: Option<&Job>,
        now: SystemTime,
        delivery: Delivery,
    ) -> String {
        let first_initiate = self
            .consents
            .get_mut(&bearer.consent)
            .map(|consent| *consent.first_initiate.get_or_insert(now));
        let duration = self.draw_duration();
        let failure = self.config.faults.job_failure;
        let most_parts = self.config.archive_parts.max(1);
        let (failed, parts) =
            self.draw(|random| (random.f64() < failure, random.u32(1..=most_parts)));
        let to_fail = self.jobs_to_fail > 0;
        self.jobs_to_fail = self.jobs_to_fail.saturating_sub(1);
        let id = self.draw_job_id();
        self.jobs.insert(
            id.clone(),
            Job {
                id: id.clone(),
                project: bearer.project.clone(),
                account: bearer.account.clone(),
                resources,
                access,
                range,
                started: now,
                ends: now + duration,
                fails: failed || to_fail,
                cancelled: false,
                parts,
                retries: retry_of.map_or(0, |job| job.retries + 1),
                retried_as: None,
                reset_at: first_initiate
                    .filter(|_| access.is_one_time())
                    .map(|first| first + RESET_AFTER),
                last_poll: None,
                response_lost: delivery == Delivery::ResponseLost,
                used: false,
            },
        );
        if let Some(earlier) = retry_of.and_then(|job| self.jobs.get_mut(&job.id)) {
            earlier.retried_as = Some(id.clone());
        }
        self.audit.count(Some(&bearer.account), |counts| {
            counts.jobs += 1;
            counts.retries += u64::from(retry_of.is_some());
        });
        id
    }

    /// Draws an id in the form of a UUID.
    fn draw_job_id(&mut self) -> String {
        let number = self.draw(|random| random.u128(..));
        let digits = format!("{number:032x}");
        let (a, rest) = digits.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (c, rest) = rest.split_at(4);
        let (d, e) = rest.split_at(4);
        format!("{a}-{b}-{c}-{d}-{e}")
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

    /// Returns the jobs that stand in the way of exporting resources, the last started first.
    pub(crate) fn earlier_jobs(
        &self,
        bearer: &Bearer,
        resources: &[String],
        now: SystemTime,
    ) -> Vec<&Job> {
        let mut earlier: Vec<&Job> = self
            .jobs
            .values()
            .filter(|job| job.is_of(bearer))
            .filter(|job| job.resources.iter().any(|it| resources.contains(it)))
            .filter(|job| {
                job.access.is_one_time()
                    || job.state(now) == State::InProgress
                    || job.started + COOL_DOWN > now
            })
            .collect();
        earlier.sort_by(|one, other| (other.started, &other.id).cmp(&(one.started, &one.id)));
        earlier
    }
}
