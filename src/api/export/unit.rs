//! One export of a person's: some resources, and the jobs for them.

use std::time::{Duration, SystemTime};
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::machine::{Event, Phase};
use super::pace::{DAY, Spread, has_passed, later};
use super::step::{Archive, GiveUpReason, Progress, Wait};
use crate::api::{AccessType, ApiMethod, JobId, SignedUrl};
use crate::catalogue::Scopes;

/// What is stored of one export.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub(super) struct Unit {
    pub(super) of: Scopes,
    #[serde(with = "crate::call::rfc3339::option", default, skip_serializing_if = "is_default")]
    pub(super) start_time: Option<SystemTime>,
    #[serde(with = "crate::call::rfc3339::option", default, skip_serializing_if = "is_default")]
    pub(super) end_time: Option<SystemTime>,
    #[serde(flatten)]
    pub(super) phase: Phase,
    /// When the next call may be made.
    #[serde(with = "crate::call::rfc3339")]
    pub(super) due: SystemTime,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) wait: Wait,
    /// Before when Google starts no job for it, by its own word.
    #[serde(with = "crate::call::rfc3339::option", default, skip_serializing_if = "is_default")]
    pub(super) not_before: Option<SystemTime>,
    /// The number of calls in a row whose outcome is unknown.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) failures: u32,
    /// Retries that were sent, or may have been sent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) retries: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) access_type: Option<AccessType>,
    /// When the present job was started.
    #[serde(with = "crate::call::rfc3339::option", default, skip_serializing_if = "is_default")]
    pub(super) started_at: Option<SystemTime>,
    /// The end of the time that the archive covers.
    #[serde(with = "crate::call::rfc3339::option", default, skip_serializing_if = "is_default")]
    pub(super) export_time: Option<SystemTime>,
    /// From when on time counts that Google has not asked for, if not from the start of the job.
    #[serde(with = "crate::call::rfc3339::option", default, skip_serializing_if = "is_default")]
    pub(super) patience_from: Option<SystemTime>,
    /// Whether the last answer came too late. A second one ends the export, so that a clock that is
    /// wrong once does not.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) overdue: bool,
    /// Whether Google denies the token access to the resources.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) denied: bool,
    /// Whether a call may have started a job that is no longer looked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) unaccounted: bool,
    /// Whether it must not be joined with others, because Google refused them together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) alone: bool,
    /// The jobs that the present one retries.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) earlier: Vec<JobId>,
    /// The jobs that Google named when it started none, and that are nobody's here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) named: Vec<JobId>,
    /// Until when somebody downloads the archive.
    #[serde(with = "crate::call::rfc3339::option", default, skip_serializing_if = "is_default")]
    pub(super) downloading_until: Option<SystemTime>,
    /// Secrets, which are not stored here.
    #[serde(skip)]
    pub(super) files: Option<Files>,
}

#[derive(Debug, Clone)]
pub(super) struct Files {
    pub(super) urls: Vec<SignedUrl>,
    pub(super) until: SystemTime,
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How long to wait for a job to end, or to keep trying to start one, while Google names no time.
const PATIENCE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Unit {
    pub(super) fn new(of: Scopes, now: SystemTime) -> Unit {
        Unit {
            of,
            start_time: None,
            end_time: None,
            phase: Phase::Start,
            due: now,
            wait: Wait::Due,
            not_before: None,
            failures: 0,
            retries: 0,
            access_type: None,
            started_at: None,
            export_time: None,
            patience_from: None,
            overdue: false,
            denied: false,
            unaccounted: false,
            alone: false,
            earlier: Vec::new(),
            named: Vec::new(),
            downloading_until: None,
            files: None,
        }
    }

    /// Returns the call that goes on with the export. `None` if there is none to make.
    pub(super) fn method(&self, now: SystemTime) -> Option<ApiMethod> {
        match &self.phase {
            Phase::Complete { .. } if self.archive(now).is_some() => None,
            Phase::Running { .. } | Phase::Found { .. } | Phase::Complete { .. } => {
                Some(ApiMethod::GetState)
            }
            Phase::Failed { .. } => Some(ApiMethod::Retry),
            Phase::Start | Phase::StartLost { .. } | Phase::RetryLost { .. } => {
                Some(ApiMethod::Initiate)
            }
            Phase::Done { .. } | Phase::GivenUp { .. } | Phase::UsedUp { .. } => None,
        }
    }

    pub(super) fn is_one_time(&self) -> bool {
        self.access_type == Some(AccessType::OneTime)
    }

    pub(super) fn knows(&self, job: &JobId) -> bool {
        self.phase.job() == Some(job) || self.earlier.contains(job)
    }

    /// Returns the archive, if there are links that are still valid.
    pub(super) fn archive(&self, now: SystemTime) -> Option<Archive> {
        let Phase::Complete { job, .. } = &self.phase else {
            return None;
        };
        let files = self.files.as_ref().filter(|files| files.until > now)?;
        Some(Archive {
            job: job.clone(),
            resources: self.of.clone(),
            files: files.urls.clone(),
            until: files.until,
        })
    }

    pub(super) fn is_downloading(&self, now: SystemTime) -> bool {
        self.downloading_until.is_some_and(|until| until > now)
    }

    /// Changes the phase. A job that another replaces stays known.
    pub(super) fn happen(&mut self, event: Event, now: SystemTime) {
        let retries_left = self.retries < super::Exports::MAX_RETRIES;
        let before = self.phase.clone();
        self.phase = before.clone().after(event, retries_left, now);
        let (old, new) = (before.job(), self.phase.job());
        if let (Some(old), Some(new)) = (old, new) {
            let is_own = !matches!(before, Phase::Found { .. });
            if old != new && is_own && !self.earlier.contains(old) {
                self.earlier.push(old.clone());
            }
        }
        self.unaccounted |= before.is_unresolved() && self.phase.is_ended();
        if !matches!(self.phase, Phase::Complete { .. }) {
            self.files = None;
            self.downloading_until = None;
        }
    }

    pub(super) fn wait(&mut self, until: SystemTime, wait: Wait) {
        self.due = until;
        self.wait = wait;
    }

    /// A call whose outcome is unknown, or that failed.
    pub(super) fn failed(&mut self, spread: Spread, at_least: Duration, now: SystemTime) {
        self.failures = self.failures.saturating_add(1);
        let wait = spread.failure(self.failures).max(at_least);
        self.wait(later(now, wait), Wait::BackingOff);
    }

    /// Gives up what took too long, at the second answer that says so. Waiting for a time that
    /// Google names uses up no patience.
    pub(super) fn check_time(&mut self, named: Option<SystemTime>, now: SystemTime) {
        let wait = named.and_then(|until| until.duration_since(now).ok()).unwrap_or_default();
        if !wait.is_zero() {
            self.overdue = false;
            self.patience_from = self.patience_from.map(|from| later(from, wait));
            return;
        }
        let reason = self.too_late(now);
        match reason {
            Some(reason) if self.overdue => self.happen(Event::Over(reason), now),
            reason => self.overdue = reason.is_some(),
        }
    }

    /// Time counts from now on.
    pub(super) fn excuse(&mut self, now: SystemTime) {
        self.overdue = false;
        if self.patience_from.or(self.started_at).is_some() {
            self.patience_from = Some(now);
        }
    }

    fn too_late(&self, now: SystemTime) -> Option<GiveUpReason> {
        let from = self.patience_from.or(self.started_at)?;
        let patience_is_over = has_passed(from, PATIENCE, now);
        match &self.phase {
            Phase::Start | Phase::StartLost { .. } | Phase::Found { failed: None, .. } => {
                patience_is_over.then_some(GiveUpReason::NotStarted)
            }
            Phase::Complete { since, empty, .. } => {
                if has_passed(*since, super::Exports::ARCHIVE_LIFETIME, now) {
                    return Some(GiveUpReason::ArchiveExpired);
                }
                (*empty > 0 && has_passed(from, DAY, now)).then_some(GiveUpReason::NoFiles)
            }
            _ => patience_is_over.then_some(GiveUpReason::JobTookTooLong),
        }
    }
}

/// One export of a person: its resources, how far it has come, and what it waits for.
#[derive(Debug, Clone, Copy)]
pub struct Export<'a> {
    pub(super) unit: &'a Unit,
    pub(super) waits_until: SystemTime,
    pub(super) wait: Wait,
}

impl<'a> Export<'a> {
    /// Returns the resources that go into one job.
    #[must_use]
    pub fn resources(&self) -> &'a Scopes {
        &self.unit.of
    }

    /// Returns how far the export has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        match self.unit.phase {
            Phase::Start | Phase::StartLost { .. } | Phase::Found { failed: None, .. } => {
                Progress::NotStarted
            }
            Phase::Running { .. } => Progress::InProgress,
            Phase::Failed { .. } | Phase::RetryLost { .. } | Phase::Found { .. } => {
                Progress::Failed
            }
            Phase::Complete { .. } => Progress::Complete,
            Phase::Done { .. } => Progress::Downloaded,
            Phase::GivenUp { .. } | Phase::UsedUp { .. } => Progress::GivenUp,
        }
    }

    /// Returns until when the export waits, and for what. Returns `None` once it has ended.
    #[must_use]
    pub fn waits_until(&self) -> Option<(SystemTime, Wait)> {
        (!self.unit.phase.is_ended()).then_some((self.waits_until, self.wait))
    }

    /// Returns why the export was given up. With a one-time access that is used up, the user can
    /// still be asked for a new consent.
    #[must_use]
    pub fn given_up(&self) -> Option<GiveUpReason> {
        match self.unit.phase {
            Phase::GivenUp { reason, .. } => Some(reason),
            _ => None,
        }
    }

    /// Returns the archive job, if there is one.
    #[must_use]
    pub fn job(&self) -> Option<&'a JobId> {
        self.unit.phase.job()
    }

    /// Returns the jobs that Google named when it refused to start one, and that no export of this
    /// person has started, the most recent last. A caller who knows whose they are can
    /// [take one over](super::Exports::take_over).
    #[must_use]
    pub fn named_jobs(&self) -> &'a [JobId] {
        &self.unit.named
    }

    /// Returns when the job was started, if this is known.
    #[must_use]
    pub fn started_at(&self) -> Option<SystemTime> {
        self.unit.started_at
    }

    /// Returns the access type, or `None` until Google has reported it.
    #[must_use]
    pub fn access_type(&self) -> Option<AccessType> {
        self.unit.access_type
    }

    /// Returns the archive, while its links are valid.
    #[must_use]
    pub fn archive(&self, now: SystemTime) -> Option<Archive> {
        self.unit.archive(now)
    }
}
