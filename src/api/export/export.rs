use alloc::vec::Vec;
use core::time::Duration;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::call::{ExportCall, ExportCallError, ExportResponse, Request};
use super::cannot::{
    CannotCancelError, CannotExportAgainError, CannotRetryError, CannotRetryReason,
    NothingToCallError,
};
use super::pace::{self, DAY, HOUR, MINUTE, has_passed, later};
use super::step::{ConsentReason, GiveUpReason, Progress, Step};
use crate::api::{
    AccessType, ApiError, ApiMethod, ArchiveState, ArchiveStateRequest, CancelRequest,
    InitiateRequest, JobId, Reason, RetryRequest, SignedUrl, State, Status, TimeRangeError,
};
use crate::catalogue::{Resource, Revision, ScopeSet};
use crate::grant::{Grant, MissingScopesError};
use crate::http_call::SendError;

/// The export of one resource group, from start to download, as a value to store.
///
/// The [module](crate::api::export) explains how to use it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Export {
    #[serde(deserialize_with = "super::stored::format")]
    format: u32,
    resource: Resource,
    #[serde(default, with = "crate::rfc3339::option")]
    start_time: Option<SystemTime>,
    #[serde(default, with = "crate::rfc3339::option")]
    end_time: Option<SystemTime>,
    /// Determines how much the waits of this export differ from those of others.
    seed: u32,
    #[serde(with = "crate::rfc3339")]
    created_at: SystemTime,
    #[serde(deserialize_with = "super::stored::phase")]
    phase: Phase,
    /// The number of calls that have been begun, which numbers them.
    calls: u32,
    /// A call that was begun and has no result yet.
    #[serde(default)]
    in_flight: Option<InFlight>,
    due: Due,
    /// The number of calls in a row that had no useful response.
    #[serde(default)]
    failures: u32,
    #[serde(default)]
    token: Token,
    #[serde(default, with = "crate::rfc3339::option")]
    token_replaced_at: Option<SystemTime>,
    #[serde(default)]
    retries: u32,
    #[serde(default)]
    access_type: Option<AccessType>,
    #[serde(default, with = "crate::rfc3339::option")]
    first_call_at: Option<SystemTime>,
    #[serde(default, with = "crate::rfc3339::option")]
    last_job_at: Option<SystemTime>,
    #[serde(default, with = "crate::rfc3339::option")]
    covers_until: Option<SystemTime>,
    /// Jobs that are over: the failed ones of this export, and those of earlier exports.
    #[serde(default)]
    past_jobs: Vec<JobId>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "name")]
pub(super) enum Phase {
    /// There is no job yet.
    #[serde(rename = "start")]
    Start {
        /// Whether a call to start a job was begun and its outcome is unknown.
        unresolved: bool,
    },
    #[serde(rename = "running")]
    Running { job: JobId, questions: u32 },
    #[serde(rename = "failed")]
    Failed { job: JobId },
    /// A retry of the job was begun and its outcome is unknown.
    #[serde(rename = "retry-unresolved")]
    RetryUnresolved { job: JobId },
    #[serde(rename = "complete")]
    Complete {
        job: JobId,
        #[serde(with = "crate::rfc3339")]
        since: SystemTime,
        /// The number of responses in a row without a URL.
        without_urls: u32,
        /// Secrets, which are not stored.
        #[serde(skip)]
        files: Option<Files>,
    },
    #[serde(rename = "done")]
    Done {
        job: JobId,
        #[serde(with = "crate::rfc3339")]
        complete_since: SystemTime,
    },
    #[serde(rename = "given-up")]
    GivenUp {
        reason: GiveUpReason,
        job: Option<JobId>,
    },
    #[serde(rename = "one-time-access-used-up")]
    OneTimeAccessUsedUp,
}

#[derive(Debug, Clone)]
pub(super) struct Files {
    urls: Vec<SignedUrl>,
    until: SystemTime,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct InFlight {
    method: ApiMethod,
    #[serde(with = "crate::rfc3339")]
    since: SystemTime,
}

/// When the next call may be made.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Due {
    #[serde(with = "crate::rfc3339")]
    at: SystemTime,
    /// When that was decided, to notice a clock that has been set back.
    #[serde(with = "crate::rfc3339")]
    since: SystemTime,
}

/// How Google responded to the access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
enum Token {
    #[default]
    #[serde(rename = "accepted")]
    Accepted,
    #[serde(rename = "refused")]
    Refused,
    /// It was refused again, shortly after it was replaced.
    #[serde(rename = "ended")]
    Ended,
    /// It does not cover the resource or the job.
    #[serde(rename = "denied")]
    Denied,
}

impl Export {
    /// How long a call can be in flight: 2 minutes. After that, a call without a result counts as
    /// lost, so the time-out of the HTTP client must be shorter.
    pub const CALL_TIMEOUT: Duration = Duration::from_secs(2 * 60);
    /// How often Google lets a job be retried without a new consent: three times.
    pub const MAX_RETRIES: u32 = 3;
    /// How long signed URLs are valid: 6 hours.
    pub const URL_LIFETIME: Duration = Duration::from_secs(6 * 60 * 60);
    /// How long an archive is kept, and how long one-time access lasts after the first call: 14 days.
    pub const ARCHIVE_LIFETIME: Duration = Duration::from_secs(14 * 24 * 60 * 60);
    /// How long to wait for a job to end, or to keep trying to start one: 7 days.
    pub const PATIENCE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// Returns an export of a resource group that starts as soon as it can.
    ///
    /// `seed` should be random, so that many exports do not call at the same time. It need not be
    /// secret.
    ///
    /// ```
    /// # // Google still lists what the example asks for.
    /// # if !dataportability_scopes::ScopeSet::from_resources(&[dataportability_scopes::Resource::YoutubeClips]).is_subset(dataportability_scopes::Revision::NEWEST.scopes()) { return; }
    /// use std::time::SystemTime;
    ///
    /// use dataportability_scopes::api::ApiMethod;
    /// use dataportability_scopes::api::export::{Export, Step};
    /// use dataportability_scopes::catalogue::{Resource, ScopeSet};
    /// use dataportability_scopes::grant::Grant;
    ///
    /// let now = SystemTime::now();
    /// let export = Export::new(Resource::YoutubeClips, 4, now);
    /// let grant = Grant::from(ScopeSet::from_resources(&[Resource::YoutubeClips]));
    /// assert!(matches!(export.next(&grant, now), Step::Call(ApiMethod::Initiate)));
    /// ```
    #[must_use]
    pub fn new(resource: Resource, seed: u32, now: SystemTime) -> Export {
        Export {
            format: super::stored::FORMAT,
            resource,
            start_time: None,
            end_time: None,
            seed,
            created_at: now,
            phase: Phase::Start { unresolved: false },
            calls: 0,
            in_flight: None,
            due: Due {
                at: now,
                since: now,
            },
            failures: 0,
            token: Token::Accepted,
            token_replaced_at: None,
            retries: 0,
            access_type: None,
            first_call_at: None,
            last_job_at: None,
            covers_until: None,
            past_jobs: Vec::new(),
        }
    }

    /// Limits the export to data from `start`, until `end`, or both.
    ///
    /// # Errors
    ///
    /// Fails if the resource group takes no time range, if `start` is not before `end`, or if one of
    /// them cannot be written as RFC 3339.
    pub fn with_time_range(
        mut self,
        start: Option<SystemTime>,
        end: Option<SystemTime>,
    ) -> Result<Export, TimeRangeError> {
        self.check_time_range(start, end)?;
        self.start_time = start;
        self.end_time = end;
        Ok(self)
    }

    /// Returns the next export of the same resource group, with time-based access. It exports what is
    /// new since this one if the resource group takes a time range, and everything otherwise.
    ///
    /// It starts 24 hours and 5 minutes after the last job of this one was started, since Google allows
    /// one export in 24 hours.
    ///
    /// # Errors
    ///
    /// Fails if this export has not ended, or if its access is one-time.
    pub fn again(&self, seed: u32, now: SystemTime) -> Result<Export, CannotExportAgainError> {
        let export = self.settled(now);
        let complete = match &export.phase {
            Phase::Done { .. } => true,
            Phase::GivenUp { .. } => false,
            Phase::OneTimeAccessUsedUp => return Err(CannotExportAgainError::OneTimeAccess),
            _ => return Err(CannotExportAgainError::NotEnded),
        };
        if export.access_type == Some(AccessType::OneTime) {
            return Err(CannotExportAgainError::OneTimeAccess);
        }
        let mut next = Export::new(self.resource, seed, now);
        next.access_type.clone_from(&export.access_type);
        next.due.at = match export.last_job_at {
            Some(started) => now.max(later(started, DAY + 5 * MINUTE)),
            None => now,
        };
        next.start_time = match export.covers_until {
            Some(end) if complete && self.check_time_range(Some(end), None).is_ok() => Some(end),
            _ => export.start_time,
        };
        next.past_jobs.clone_from(&export.past_jobs);
        next.past_jobs.extend(export.job().cloned());
        Ok(next)
    }

    /// Returns the resource group.
    #[must_use]
    pub fn resource(&self) -> Resource {
        self.resource
    }

    /// Returns the start of the time range, if there is one.
    #[must_use]
    pub fn start_time(&self) -> Option<SystemTime> {
        self.start_time
    }

    /// Returns the end of the time range, if there is one.
    #[must_use]
    pub fn end_time(&self) -> Option<SystemTime> {
        self.end_time
    }

    /// Returns the archive job that this export waits for or has waited for, if one was started.
    #[must_use]
    pub fn job(&self) -> Option<&JobId> {
        match &self.phase {
            Phase::Running { job, .. }
            | Phase::Failed { job }
            | Phase::RetryUnresolved { job }
            | Phase::Complete { job, .. }
            | Phase::Done { job, .. } => Some(job),
            Phase::GivenUp { job, .. } => job.as_ref(),
            Phase::Start { .. } | Phase::OneTimeAccessUsedUp => None,
        }
    }

    /// Returns when the latest job was started, if this export knows.
    #[must_use]
    pub fn started_at(&self) -> Option<SystemTime> {
        self.last_job_at
    }

    /// Returns the end of the time that the archive covers, if the state of a job said so. The next
    /// export can begin there.
    #[must_use]
    pub fn export_time(&self) -> Option<SystemTime> {
        self.covers_until
    }

    /// Returns the access type, or `None` until Google has reported it.
    #[must_use]
    pub fn access_type(&self) -> Option<&AccessType> {
        self.access_type.as_ref()
    }

    /// Returns how many retries have been sent, or may have been sent.
    #[must_use]
    pub fn retries(&self) -> u32 {
        self.retries
    }

    /// Returns how far the export has come.
    #[must_use]
    pub fn progress(&self, now: SystemTime) -> Progress {
        match self.settled(now).phase {
            Phase::Start { .. } => Progress::NotStarted,
            Phase::Running { .. } => Progress::InProgress,
            Phase::Failed { .. } | Phase::RetryUnresolved { .. } => Progress::Failed,
            Phase::Complete { .. } => Progress::Complete,
            Phase::Done { .. } => Progress::Downloaded,
            Phase::GivenUp { .. } | Phase::OneTimeAccessUsedUp => Progress::GivenUp,
        }
    }

    /// Returns what to do next. It changes nothing, so it can be called any number of times.
    ///
    /// `grant` is that of the token that exports this resource group. If the user has several tokens,
    /// an [`ExportPlan`](crate::api::ExportPlan) chooses one.
    #[must_use]
    pub fn next(&self, grant: &Grant, now: SystemTime) -> Step {
        self.settled(now).step(grant, now)
    }

    /// Returns when to call [`next`](Self::next) again, or `None` if nothing happens until the user
    /// acts. Same as [`Step::due`] of the next step.
    #[must_use]
    pub fn next_at(&self, grant: &Grant, now: SystemTime) -> Option<SystemTime> {
        self.next(grant, now).due(now)
    }

    /// Returns the call that [`next`](Self::next) asks for, and marks it as begun.
    ///
    /// Store the export **before** you send the call. After a crash the stored export shows that the
    /// outcome is unknown, and the next step finds it out instead of starting a second job.
    ///
    /// # Errors
    ///
    /// Fails if the next step is not a call.
    pub fn begin(
        &mut self,
        grant: &Grant,
        now: SystemTime,
    ) -> Result<ExportCall, NothingToCallError> {
        let mut export = self.settled(now);
        let Step::Call(method) = export.step(grant, now) else {
            return Err(NothingToCallError::new());
        };
        let request = export.request(method, grant)?;
        export.calls = export.calls.wrapping_add(1);
        export.in_flight = Some(InFlight { method, since: now });
        match method {
            ApiMethod::Initiate => export.first_call_at = export.first_call_at.or(Some(now)),
            ApiMethod::Retry => export.retries = export.retries.saturating_add(1),
            _ => {}
        }
        *self = export;
        Ok(ExportCall {
            resource: self.resource,
            seed: self.seed,
            number: self.calls,
            request,
        })
    }

    /// Records the result of a call, as [`send`](crate::send) or [`send_async`](crate::send_async)
    /// returns it. Store the export afterwards.
    ///
    /// It is safe to record a result twice, or after the call counted as lost. The result of a call of
    /// another export is ignored if the seeds or the resource groups differ.
    pub fn record<E>(
        &mut self,
        call: &ExportCall,
        result: &Result<ExportResponse, SendError<ExportCallError, E>>,
        now: SystemTime,
    ) {
        if (call.resource, call.seed) != (self.resource, self.seed) {
            return;
        }
        let in_time = self.in_flight.is_some() && self.calls == call.number;
        if !in_time {
            self.record_late(result, now);
            return;
        }
        let since = self.in_flight.take().map_or(now, |call| call.since);
        match result {
            Ok(response) => {
                self.token = Token::Accepted;
                match response {
                    ExportResponse::Initiated(response) => {
                        self.access_type = response.access_type.clone().or(self.access_type.take());
                        self.adopt(response.job.clone(), now);
                    }
                    ExportResponse::Retried(response) => self.adopt(response.job.clone(), now),
                    ExportResponse::State(state) => self.state_received(state, since, now),
                }
            }
            Err(SendError::Request(_)) => {
                self.not_executed(call.method());
                self.token_refused(since);
            }
            Err(SendError::Http(_)) => self.lost(call.method(), now),
            Err(SendError::Response(error)) => match error.api_error() {
                Some(error) => self.refused(call.method(), error, since, now),
                None => self.lost(call.method(), now),
            },
        }
    }

    /// Records that all files of [`Step::Download`] have been downloaded. Does nothing at any other
    /// step.
    pub fn downloaded(&mut self) {
        if let Phase::Complete { job, since, .. } = &self.phase {
            self.phase = Phase::Done {
                job: job.clone(),
                complete_since: *since,
            };
        }
    }

    /// Requests fresh URLs, because those of [`Step::Download`] were refused, or to download the
    /// archive once more. Does nothing before the job is complete, or after the export was given up.
    ///
    /// The URLs come with the next state of the job, at least 5 minutes after the last.
    pub fn download_again(&mut self) {
        let (job, since) = match &self.phase {
            Phase::Complete { job, since, .. } => (job, since),
            Phase::Done {
                job,
                complete_since,
            } => (job, complete_since),
            _ => return,
        };
        self.phase = Phase::Complete {
            job: job.clone(),
            since: *since,
            without_urls: 0,
            files: None,
        };
    }

    /// Records that the access token was replaced, by a refresh or a new consent.
    ///
    /// If Google refuses the new token within half an hour, another refresh would not help, and the
    /// next step is to request consent.
    pub fn token_replaced(&mut self, now: SystemTime) {
        self.token = Token::Accepted;
        self.token_replaced_at = Some(now);
    }

    /// Checks that the job may be retried: it failed, fewer than three retries have been sent, none
    /// of them has an unknown outcome, the archive's time is not over, and the grant allows the call.
    ///
    /// [`next`](Self::next) asks for a retry by itself. Use this to show a user why there is none.
    ///
    /// # Errors
    ///
    /// Fails with all reasons that apply.
    pub fn check_retry(&self, grant: &Grant, now: SystemTime) -> Result<(), CannotRetryError> {
        let export = self.settled(now);
        let mut reasons = Vec::new();
        let mut is_used_up = export.retries >= Self::MAX_RETRIES;
        match &export.phase {
            Phase::Failed { .. } if export.in_flight.is_none() => {}
            Phase::Failed { .. } | Phase::RetryUnresolved { .. } => {
                reasons.push(CannotRetryReason::Unresolved);
            }
            Phase::GivenUp {
                reason: GiveUpReason::RetriesUsedUp,
                ..
            } => is_used_up = true,
            Phase::GivenUp {
                reason: GiveUpReason::ArchiveExpired,
                ..
            } => reasons.push(CannotRetryReason::ArchiveExpired),
            _ => reasons.push(CannotRetryReason::NotFailed),
        }
        if is_used_up {
            reasons.push(CannotRetryReason::RetriesUsedUp);
        }
        if let Err(error) = ApiMethod::Retry.authorize_in(export.revision(), grant) {
            reasons.push(CannotRetryReason::NotAuthorized(error));
        }
        if let Err(error) = export.check_covers(grant) {
            reasons.push(CannotRetryReason::MissingScope(error));
        }
        if reasons.is_empty() {
            Ok(())
        } else {
            Err(CannotRetryError { reasons })
        }
    }

    /// Returns the request that cancels the job. After a successful response, call
    /// [`cancelled`](Self::cancelled). If no response arrives, the next state of the job shows
    /// whether it was cancelled.
    ///
    /// If Google has not reported the access type, the job may have one-time access. Google then
    /// refuses the request.
    ///
    /// # Errors
    ///
    /// Fails if no job is in progress, if its access is one-time, or if the grant does not allow
    /// the call.
    pub fn cancel(
        &self,
        grant: &Grant,
        now: SystemTime,
    ) -> Result<CancelRequest, CannotCancelError> {
        let export = self.settled(now);
        let Phase::Running { job, .. } = &export.phase else {
            return Err(CannotCancelError::NotInProgress);
        };
        if export.access_type == Some(AccessType::OneTime) {
            return Err(CannotCancelError::OneTimeAccess);
        }
        Ok(CancelRequest::new_in(export.revision(), job, grant)?)
    }

    /// Records that the job has been cancelled.
    pub fn cancelled(&mut self) {
        if let Phase::Running { .. } = self.phase {
            self.in_flight = None;
            self.give_up(GiveUpReason::Cancelled);
        }
    }

    fn scopes(&self) -> ScopeSet {
        ScopeSet::from_resources(&[self.resource])
    }

    fn check_time_range(
        &self,
        start: Option<SystemTime>,
        end: Option<SystemTime>,
    ) -> Result<(), TimeRangeError> {
        let grant = Grant::from(self.scopes());
        match InitiateRequest::new_in(self.revision(), self.scopes(), &grant) {
            Ok(request) => request.time_range(start, end).map(drop),
            // A resource group that was never listed cannot be exported at all.
            Err(_) => Ok(()),
        }
    }

    /// The newest revision that lists the resource: a job continues after a withdrawal.
    fn revision(&self) -> Revision {
        let mut revisions = self.resource.scope().revisions();
        revisions.next_back().unwrap_or(Revision::NEWEST)
    }

    fn check_covers(&self, grant: &Grant) -> Result<(), MissingScopesError> {
        grant.check_covers_in(self.revision(), self.scopes())
    }

    fn step(&self, grant: &Grant, now: SystemTime) -> Step {
        match &self.phase {
            Phase::Done { .. } => return Step::Done,
            Phase::GivenUp { reason, .. } => return Step::GivenUp(*reason),
            Phase::OneTimeAccessUsedUp => {
                return Step::RequestConsent(ConsentReason::OneTimeAccessUsedUp);
            }
            Phase::Start { .. } if !self.resource.scope().is_listed_in(Revision::NEWEST) => {
                return Step::GivenUp(GiveUpReason::NotListed);
            }
            Phase::Complete {
                files: Some(files), ..
            } if files.until > now => {
                return Step::Download {
                    urls: files.urls.clone(),
                    until: files.until,
                };
            }
            _ => {}
        }
        if let Some(call) = self.in_flight {
            return Step::WaitUntil(later(call.since, Self::CALL_TIMEOUT));
        }
        match self.token {
            Token::Accepted => {}
            Token::Refused => return Step::RefreshToken,
            Token::Ended => return Step::RequestConsent(ConsentReason::AccessEnded),
            Token::Denied => return Step::RequestConsent(ConsentReason::PermissionDenied),
        }
        if let Err(error) = self.check_covers(grant) {
            return Step::RequestConsent(ConsentReason::MissingScope(error));
        }
        if self.due.at > now {
            return Step::WaitUntil(self.due.at);
        }
        Step::Call(match self.phase {
            Phase::Running { .. } | Phase::Complete { .. } => ApiMethod::GetState,
            Phase::Failed { .. } => ApiMethod::Retry,
            _ => ApiMethod::Initiate,
        })
    }

    fn request(&self, method: ApiMethod, grant: &Grant) -> Result<Request, NothingToCallError> {
        let revision = self.revision();
        let request = match (method, self.job()) {
            (ApiMethod::Initiate, _) => {
                let request = InitiateRequest::new_in(revision, self.scopes(), grant)
                    .map_err(|_| NothingToCallError::new())?;
                let ranged = match (self.start_time, self.end_time) {
                    (None, None) => request,
                    (start, end) => request
                        .time_range(start, end)
                        .map_err(|_| NothingToCallError::new())?,
                };
                Request::Initiate(ranged)
            }
            (ApiMethod::GetState, Some(job)) => {
                ArchiveStateRequest::new_in(revision, job, self.scopes(), grant)
                    .map(Request::State)
                    .map_err(|_| NothingToCallError::new())?
            }
            (_, Some(job)) => RetryRequest::new_in(revision, job, grant)
                .map(Request::Retry)
                .map_err(|_| NothingToCallError::new())?,
            (_, None) => return Err(NothingToCallError::new()),
        };
        Ok(request)
    }

    /// Returns the export after the passing of time alone: a call without a result is lost, and what
    /// took too long is given up. Times that only a wrong clock can have written are replaced.
    fn settled(&self, now: SystemTime) -> Export {
        let mut export = self.clone();
        export.correct_times(now);
        let over = |call: &InFlight| has_passed(call.since, Self::CALL_TIMEOUT, now);
        if let Some(call) = export.in_flight.filter(over) {
            export.in_flight = None;
            export.lost(call.method, later(call.since, Self::CALL_TIMEOUT));
        }
        if export.in_flight.is_none() {
            if let Some(reason) = export.time_is_over(now) {
                export.give_up(reason);
            }
        }
        export
    }

    /// A clock that was a day or more ahead must not stop the export until that day.
    fn correct_times(&mut self, now: SystemTime) {
        let limit = later(now, DAY);
        if self.due.since > limit {
            self.due = Due {
                at: now,
                since: now,
            };
        }
        if let Some(call) = self.in_flight.filter(|call| call.since > limit) {
            self.in_flight = None;
            self.lost(call.method, now);
            self.due.at = now;
        }
        let phase_since = match &mut self.phase {
            Phase::Complete { since, .. } => Some(since),
            _ => None,
        };
        let times = [
            phase_since,
            self.first_call_at.as_mut(),
            self.last_job_at.as_mut(),
        ];
        for time in times.into_iter().flatten() {
            if *time > limit {
                *time = now;
            }
        }
    }

    fn time_is_over(&self, now: SystemTime) -> Option<GiveUpReason> {
        let passed = |time: Option<SystemTime>, duration| {
            time.is_some_and(|time| has_passed(time, duration, now))
        };
        if self.is_ended() {
            return None;
        }
        if self.access_type == Some(AccessType::OneTime)
            && passed(self.first_call_at, Self::ARCHIVE_LIFETIME)
        {
            return Some(GiveUpReason::ArchiveExpired);
        }
        match &self.phase {
            Phase::Start { .. } => {
                passed(self.first_call_at, Self::PATIENCE).then_some(GiveUpReason::NotStarted)
            }
            Phase::Failed { .. } | Phase::RetryUnresolved { .. } => {
                passed(self.last_job_at, 2 * Self::PATIENCE).then_some(GiveUpReason::JobTookTooLong)
            }
            Phase::Running { .. } => {
                passed(self.last_job_at, Self::PATIENCE).then_some(GiveUpReason::JobTookTooLong)
            }
            Phase::Complete { since, .. } => {
                passed(Some(*since), Self::ARCHIVE_LIFETIME).then_some(GiveUpReason::ArchiveExpired)
            }
            _ => None,
        }
    }

    fn is_ended(&self) -> bool {
        matches!(
            self.phase,
            Phase::Done { .. } | Phase::GivenUp { .. } | Phase::OneTimeAccessUsedUp
        )
    }

    fn state_received(&mut self, state: &ArchiveState, since: SystemTime, now: SystemTime) {
        self.failures = 0;
        self.covers_until = state.export_time.or(self.covers_until);
        let Some(job) = self.job().cloned() else {
            return;
        };
        match &state.state {
            State::Complete => {
                let (complete_since, without_urls) = match &self.phase {
                    Phase::Complete {
                        since,
                        without_urls,
                        ..
                    } => (*since, *without_urls),
                    _ => (now, 0),
                };
                let is_empty = state.urls.is_empty();
                let without_urls = if is_empty {
                    without_urls.saturating_add(1)
                } else {
                    0
                };
                if without_urls >= 3 {
                    return self.give_up(GiveUpReason::NoUrls);
                }
                self.phase = Phase::Complete {
                    job,
                    since: complete_since,
                    without_urls,
                    files: (!is_empty).then(|| Files {
                        urls: state.urls.clone(),
                        // They may have been signed as soon as the request was sent.
                        until: later(since, Self::URL_LIFETIME),
                    }),
                };
                self.wait(pace::between_questions(without_urls, self.spread()), now);
            }
            State::Failed if self.retries < Self::MAX_RETRIES => {
                self.phase = Phase::Failed { job };
                self.wait(Duration::ZERO, now);
            }
            State::Failed => self.give_up(GiveUpReason::RetriesUsedUp),
            State::Cancelled => self.give_up(GiveUpReason::Cancelled),
            // What is not known may be a state on the way to the others.
            _ => {
                let questions = match self.phase {
                    Phase::Running { questions, .. } => questions.saturating_add(1),
                    _ => 0,
                };
                self.phase = Phase::Running { job, questions };
                self.wait(pace::between_questions(questions, self.spread()), now);
            }
        }
    }

    /// Records a result that comes twice, or after the call counted as lost. It matters only if it
    /// names a job that this export does not know.
    fn record_late<E>(
        &mut self,
        result: &Result<ExportResponse, SendError<ExportCallError, E>>,
        now: SystemTime,
    ) {
        let job = match result {
            Ok(ExportResponse::Initiated(response)) => &response.job,
            Ok(ExportResponse::Retried(response)) => &response.job,
            _ => return,
        };
        let is_missing = matches!(
            self.phase,
            Phase::Start { .. } | Phase::RetryUnresolved { .. } | Phase::Failed { .. }
        );
        if is_missing && !self.knows(job) {
            self.adopt(job.clone(), now);
        }
    }

    /// The API has refused a call.
    fn refused(&mut self, method: ApiMethod, error: &ApiError, since: SystemTime, now: SystemTime) {
        match error.code {
            401 => {
                self.not_executed(method);
                self.token_refused(since);
            }
            403 => {
                self.not_executed(method);
                self.token = Token::Denied;
            }
            // Whether a server that failed has acted on the request is unknown.
            code if code == 408 || !(400..500).contains(&code) => {
                self.lost(method, now);
                self.respect_retry_after(error, now);
            }
            _ => {
                self.token = Token::Accepted;
                match method {
                    ApiMethod::Initiate => self.initiate_refused(error, now),
                    ApiMethod::Retry => self.retry_refused(error, now),
                    _ => self.state_refused(error, now),
                }
            }
        }
    }

    fn initiate_refused(&mut self, error: &ApiError, now: SystemTime) {
        match &error.reason {
            Some(Reason::AlreadyExistsOneTime | Reason::ResourceExhaustedOneTime) => {
                self.access_type = Some(AccessType::OneTime);
            }
            Some(Reason::AlreadyExistsTimeBased | Reason::ResourceExhaustedTimeBased) => {
                self.access_type = Some(AccessType::TimeBased);
            }
            _ => {}
        }
        let exhausted = matches!(
            error.reason,
            Some(Reason::ResourceExhaustedOneTime | Reason::ResourceExhaustedTimeBased)
        ) || error.status == Status::FailedPrecondition;
        if let Some(job) = error.running_job() {
            self.found(job.clone(), now);
        } else if exhausted {
            self.exhausted(error, now);
        } else if matches!(error.code, 409 | 429) {
            self.failed(now);
            self.respect_retry_after(error, now);
        } else {
            self.give_up(GiveUpReason::Refused);
        }
    }

    /// Google names the job that is in progress, or the only one that was allowed.
    fn found(&mut self, job: JobId, now: SystemTime) {
        match &self.phase {
            Phase::RetryUnresolved { job: failed } if *failed == job || self.knows(&job) => {
                self.retry_did_not_happen(now);
            }
            Phase::Start { .. } | Phase::RetryUnresolved { .. } => self.adopt(job, now),
            _ => {}
        }
    }

    /// Google allows no job now, and names those that used up what it allows.
    fn exhausted(&mut self, error: &ApiError, now: SystemTime) {
        let previous = error.previous_jobs();
        let unknown = previous.iter().find(|job| !self.knows(job)).cloned();
        let one_time = self.access_type == Some(AccessType::OneTime);
        match (&self.phase, unknown) {
            // A start or a retry whose outcome was unknown has happened.
            (Phase::RetryUnresolved { .. } | Phase::Start { unresolved: true }, Some(job)) => {
                self.adopt(job, now);
            }
            (Phase::RetryUnresolved { .. }, None) if !previous.is_empty() => {
                self.retry_did_not_happen(now);
            }
            (Phase::Start { .. }, Some(job)) if one_time => self.adopt(job, now),
            (Phase::Start { .. } | Phase::RetryUnresolved { .. }, _) if one_time => {
                self.phase = Phase::OneTimeAccessUsedUp;
            }
            (Phase::Start { .. }, _) => {
                self.phase = Phase::Start { unresolved: false };
                self.wait_for_a_day(error, now);
            }
            (Phase::RetryUnresolved { .. }, _) => self.wait_for_a_day(error, now),
            _ => {}
        }
    }

    /// The newest job is the failed one: the request to retry it has not arrived.
    fn retry_did_not_happen(&mut self, now: SystemTime) {
        let Phase::RetryUnresolved { job } = &self.phase else {
            return;
        };
        if self.retries >= Self::MAX_RETRIES {
            return self.give_up(GiveUpReason::RetriesUsedUp);
        }
        self.phase = Phase::Failed { job: job.clone() };
        self.failures = 0;
        self.wait(Duration::ZERO, now);
    }

    fn retry_refused(&mut self, error: &ApiError, now: SystemTime) {
        if error.code == 404 {
            return self.give_up(GiveUpReason::JobNotFound);
        }
        if let Some(job) = error.running_job().filter(|job| !self.knows(job)) {
            return self.adopt(job.clone(), now);
        }
        if error.code == 429 {
            // Without a sign that it is about the rate of requests, it may be about the retries.
            let is_rate =
                error.retry_after().is_some() || error.reason == Some(Reason::RateLimitExceeded);
            if is_rate {
                self.not_executed(ApiMethod::Retry);
            } else if self.retries >= Self::MAX_RETRIES {
                return self.give_up(GiveUpReason::RetriesUsedUp);
            }
            self.failed(now);
            self.respect_retry_after(error, now);
            return;
        }
        // Google allows no retry of this job. Either none is left, or a retry that counted as lost has
        // started another job, which can be found.
        self.retries = Self::MAX_RETRIES;
        self.lost(ApiMethod::Retry, now);
    }

    fn state_refused(&mut self, error: &ApiError, now: SystemTime) {
        match error.code {
            404 if self.access_type == Some(AccessType::OneTime) => {
                self.phase = Phase::OneTimeAccessUsedUp;
            }
            404 => self.give_up(GiveUpReason::JobNotFound),
            429 => {
                self.lost(ApiMethod::GetState, now);
                self.respect_retry_after(error, now);
            }
            _ if error.status == Status::FailedPrecondition => {
                self.lost(ApiMethod::GetState, now);
            }
            _ => self.give_up(GiveUpReason::Refused),
        }
    }

    /// Whether the server has acted on a call is unknown.
    fn lost(&mut self, method: ApiMethod, now: SystemTime) {
        match (method, &self.phase) {
            (ApiMethod::Initiate, Phase::Start { .. }) => {
                self.phase = Phase::Start { unresolved: true };
            }
            (ApiMethod::Retry, Phase::Failed { job }) => {
                self.phase = Phase::RetryUnresolved { job: job.clone() };
            }
            _ => {}
        }
        self.failed(now);
    }

    /// The server has not acted on a call.
    fn not_executed(&mut self, method: ApiMethod) {
        if method == ApiMethod::Retry {
            self.retries = self.retries.saturating_sub(1);
        }
    }

    fn failed(&mut self, now: SystemTime) {
        self.failures = self.failures.saturating_add(1);
        let mut wait = pace::after_failures(self.failures, self.spread());
        if let Phase::Running { .. } | Phase::Complete { .. } | Phase::Done { .. } = self.phase {
            wait = wait.max(pace::between_questions(0, self.spread()));
        }
        self.wait(wait, now);
    }

    /// Google has refused the token of a call that was begun at `since`.
    fn token_refused(&mut self, since: SystemTime) {
        let age = self
            .token_replaced_at
            .and_then(|replaced| since.duration_since(replaced).ok());
        self.token = match age {
            Some(age) if age < HOUR / 2 => Token::Ended,
            _ => Token::Refused,
        };
    }

    fn knows(&self, job: &JobId) -> bool {
        self.job() == Some(job) || self.past_jobs.contains(job)
    }

    /// Continues with a job that was started.
    fn adopt(&mut self, job: JobId, now: SystemTime) {
        let before = self.job().filter(|before| **before != job).cloned();
        self.past_jobs.extend(before);
        self.past_jobs.retain(|past| *past != job);
        self.phase = Phase::Running { job, questions: 0 };
        self.failures = 0;
        self.last_job_at = Some(now);
        self.wait(pace::between_questions(0, self.spread()), now);
    }

    fn give_up(&mut self, reason: GiveUpReason) {
        self.phase = Phase::GivenUp {
            reason,
            job: self.job().cloned(),
        };
    }

    fn wait(&mut self, duration: Duration, now: SystemTime) {
        self.due = Due {
            at: later(now, duration),
            since: now,
        };
    }

    /// Waits until the time at which a new job may be started.
    fn wait_for_a_day(&mut self, error: &ApiError, now: SystemTime) {
        self.failed(now);
        let at = error.retry_at().unwrap_or_else(|| later(now, DAY));
        self.due.at = self.due.at.max(at.min(later(now, DAY + HOUR)));
    }

    fn respect_retry_after(&mut self, error: &ApiError, now: SystemTime) {
        if let Some(wait) = error.retry_after() {
            self.due.at = self.due.at.max(later(now, wait.min(Self::PATIENCE)));
        }
    }

    fn spread(&self) -> u32 {
        pace::spread(self.seed, self.calls)
    }
}
