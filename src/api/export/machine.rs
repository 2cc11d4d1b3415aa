//! The whole state machine of one export: `Phase::after` is the only thing that changes a phase.

use std::time::SystemTime;
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::step::GiveUpReason;
use super::unit::is_default;
use crate::api::{JobId, JobState};

/// How far one export has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case")]
pub(super) enum Phase {
    /// There is no job.
    Start,
    /// Calls to start a job were sent, and whether they arrived is unknown.
    StartLost { sent: Sent },
    /// Google names a job that may be this export's own. Its state will tell.
    Found {
        job: JobId,
        /// Whether it is this export's own provided that the token can read its state. Otherwise it
        /// is only if it was started when a lost call was sent.
        proven: bool,
        #[serde(default)]
        sent: Sent,
        /// The failed job, if the found one may be its retry.
        failed: Option<JobId>,
    },
    /// The job is in progress, as far as is known.
    Running {
        job: JobId,
        /// How often the state was requested.
        #[serde(default, skip_serializing_if = "is_default")]
        asked: u32,
    },
    /// The job failed and can be retried.
    Failed { job: JobId },
    /// Calls that may have started another job for the failed one were sent, and whether they
    /// arrived is unknown.
    RetryLost { job: JobId, sent: Sent },
    /// The archive can be downloaded.
    Complete {
        job: JobId,
        #[serde(with = "crate::call::rfc3339")]
        since: SystemTime,
        /// How often in a row there were no files.
        #[serde(default, skip_serializing_if = "is_default")]
        empty: u32,
    },
    /// The archive was downloaded.
    Done {
        job: JobId,
        #[serde(with = "crate::call::rfc3339")]
        since: SystemTime,
    },
    /// The export has ended without an archive.
    GivenUp { reason: GiveUpReason, job: Option<JobId> },
    /// The one job of a one-time access is used up, and cannot be found.
    UsedUp { job: Option<JobId> },
}

/// When calls were sent that may have started a job: the last eight.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Sent(Vec<Instant>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Instant(#[serde(with = "crate::call::rfc3339")] SystemTime);

/// The most sent calls that are remembered.
const MOST_SENT: usize = 8;

/// What happens to an export.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A job was started, by a call or a retry of this export, or by the caller's word.
    Started(JobId),
    /// A call that may have started a job was sent, and its answer was lost.
    Lost(SystemTime),
    /// Google starts no job, and names one that may be this export's own. Without `proven`, it is
    /// only if it was started when a lost call was sent.
    Named { job: JobId, proven: bool },
    /// Google starts no job, and names none that can be this export's own. `failed_is_last` says
    /// that it names the failed job, so that no retry of it has arrived.
    NamedNone { failed_is_last: bool, one_time: bool },
    /// The state of the job, and when it was started, if the response says so.
    State { state: JobState, has_files: bool, started_at: Option<SystemTime> },
    /// There is no such job for this token.
    NoJob { one_time: bool },
    /// The job cannot be retried.
    NotRetriable,
    /// All files were downloaded.
    Downloaded,
    /// The caller wants to download the archive again.
    DownloadAgain,
    /// The job was cancelled by the caller.
    Cancelled,
    /// It took too long, or Google refuses for good.
    Over(GiveUpReason),
}

/// The slack between Google's clock and this one.
const SLACK: core::time::Duration = core::time::Duration::from_secs(60);

impl Sent {
    /// Returns whether a job that was started at this time can be that of one of the calls.
    pub(super) fn contains(&self, started_at: Option<SystemTime>) -> bool {
        let is_then = |Instant(sent): &Instant| {
            let end = sent.checked_add(super::Exports::CALL_TIMEOUT + SLACK);
            let start = sent.checked_sub(SLACK);
            started_at.is_some_and(|at| start <= Some(at) && Some(at) <= end)
        };
        self.0.iter().any(is_then)
    }

    fn and(mut self, sent: SystemTime) -> Sent {
        self.0.push(Instant(sent));
        let surplus = self.0.len().saturating_sub(MOST_SENT);
        self.0.drain(..surplus);
        self
    }
}

impl Phase {
    pub(super) fn job(&self) -> Option<&JobId> {
        match self {
            Phase::Found { job, .. }
            | Phase::Running { job, .. }
            | Phase::Failed { job }
            | Phase::RetryLost { job, .. }
            | Phase::Complete { job, .. }
            | Phase::Done { job, .. } => Some(job),
            Phase::GivenUp { job, .. } | Phase::UsedUp { job } => job.as_ref(),
            Phase::Start | Phase::StartLost { .. } => None,
        }
    }

    /// Returns whether nothing happens any more by itself.
    pub(super) fn is_ended(&self) -> bool {
        matches!(self, Phase::Done { .. } | Phase::GivenUp { .. } | Phase::UsedUp { .. })
    }

    /// Returns whether it is unknown whether a job was started.
    pub(super) fn is_unresolved(&self) -> bool {
        matches!(self, Phase::StartLost { .. } | Phase::RetryLost { .. } | Phase::Found { .. })
    }

    /// Returns the phase after an event. `retries_left` says whether a failed job can be retried.
    #[expect(clippy::match_same_arms, reason = "the rules stand in the order of the phases")]
    pub(super) fn after(self, event: Event, retries_left: bool, now: SystemTime) -> Phase {
        let job = self.job().cloned();
        let running = |job: JobId| Phase::Running { job, asked: 0 };
        let give_up = |reason, job| Phase::GivenUp { reason, job };
        let failed = |job: JobId| {
            if retries_left {
                Phase::Failed { job }
            } else {
                give_up(GiveUpReason::RetriesUsedUp, Some(job))
            }
        };
        match (self, event) {
            // What has ended stays ended. Only the caller can begin anew.
            (Phase::Done { job, since }, Event::DownloadAgain) => {
                Phase::Complete { job, since, empty: 0 }
            }
            (ended, _) if ended.is_ended() => ended,
            (_, Event::Over(reason)) => give_up(reason, job),

            // A job was started.
            (_, Event::Started(job)) => running(job),

            // A call to start a job may have arrived.
            (Phase::Start, Event::Lost(sent)) => {
                Phase::StartLost { sent: Sent::default().and(sent) }
            }
            (Phase::StartLost { sent }, Event::Lost(again)) => {
                Phase::StartLost { sent: sent.and(again) }
            }
            (Phase::Failed { job }, Event::Lost(sent)) => {
                Phase::RetryLost { job, sent: Sent::default().and(sent) }
            }
            (Phase::RetryLost { job, sent }, Event::Lost(again)) => {
                Phase::RetryLost { job, sent: sent.and(again) }
            }

            // Google names a job: only its state can show whose it is.
            (Phase::Start, Event::Named { job, proven: true }) => {
                found(job, true, Sent::default(), None)
            }
            (Phase::StartLost { sent }, Event::Named { job, proven }) => {
                found(job, proven, sent, None)
            }
            (Phase::Failed { job: failed }, Event::Named { job, proven: true }) => {
                found(job, true, Sent::default(), Some(failed))
            }
            (Phase::RetryLost { job: failed, sent }, Event::Named { job, proven }) => {
                found(job, proven, sent, Some(failed))
            }

            // Google starts no job, and the lost call has started none.
            (Phase::RetryLost { job, .. }, Event::NamedNone { failed_is_last: true, .. }) => {
                failed(job)
            }
            (
                Phase::Start | Phase::StartLost { .. } | Phase::RetryLost { .. },
                Event::NamedNone { one_time: true, .. },
            ) => Phase::UsedUp { job },
            (Phase::StartLost { .. }, Event::NamedNone { .. }) => Phase::Start,

            // The state of a found job shows whether it is this export's own.
            (Phase::Found { sent, failed, .. }, Event::NoJob { .. }) => not_own(sent, failed),
            (Phase::Found { proven: false, sent, failed, .. }, Event::State { started_at, .. })
                if !sent.contains(started_at) =>
            {
                not_own(sent, failed)
            }
            (Phase::Found { job, .. }, event @ Event::State { .. }) => {
                running(job).after(event, retries_left, now)
            }

            // The state of the job.
            (
                Phase::Running { job, .. },
                Event::State { state: JobState::Complete, has_files, .. },
            ) => Phase::Complete { job, since: now, empty: u32::from(!has_files) },
            (Phase::Running { job, .. }, Event::State { state: JobState::Failed, .. }) => {
                failed(job)
            }
            (Phase::Running { job, .. }, Event::State { state: JobState::Cancelled, .. }) => {
                give_up(GiveUpReason::Cancelled, Some(job))
            }
            // What is not known may be a state on the way to the others.
            (Phase::Running { job, asked }, Event::State { .. }) => {
                Phase::Running { job, asked: asked.saturating_add(1) }
            }
            (Phase::Complete { job, since, empty }, Event::State { has_files, .. }) => {
                Phase::Complete {
                    job,
                    since,
                    empty: if has_files { 0 } else { empty.saturating_add(1) },
                }
            }

            // The job is gone. With one-time access there is no other.
            (
                Phase::Running { .. } | Phase::Complete { .. } | Phase::Failed { .. },
                Event::NoJob { one_time },
            ) => {
                if one_time {
                    Phase::UsedUp { job }
                } else {
                    give_up(GiveUpReason::JobNotFound, job)
                }
            }

            // Either no retry is left, or a retry that counted as lost has started another job,
            // which can be found.
            (Phase::Failed { job }, Event::NotRetriable) => {
                Phase::RetryLost { job, sent: Sent::default().and(now) }
            }

            (Phase::Complete { job, since, .. }, Event::Downloaded) => Phase::Done { job, since },
            (Phase::Running { .. }, Event::Cancelled) => give_up(GiveUpReason::Cancelled, job),
            (phase, _) => phase,
        }
    }
}

fn found(job: JobId, proven: bool, sent: Sent, failed: Option<JobId>) -> Phase {
    Phase::Found { job, proven, sent, failed }
}

/// The found job is somebody else's: what happened to the lost calls is as unknown as before.
fn not_own(sent: Sent, failed: Option<JobId>) -> Phase {
    match (sent, failed) {
        (sent, Some(job)) if sent == Sent::default() => Phase::Failed { job },
        (sent, None) if sent == Sent::default() => Phase::Start,
        (sent, Some(job)) => Phase::RetryLost { job, sent },
        (sent, None) => Phase::StartLost { sent },
    }
}
