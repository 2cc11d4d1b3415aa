//! What the result of a call changes.

use std::time::{Duration, SystemTime};
use std::vec::Vec;

use super::call::{Answer, ExportCall, ExportResponse, Limit};
use super::exports::{Exports, InFlight, ProjectRefused};
use super::machine::{Event, Phase};
use super::pace::{DAY, HOUR, MINUTE, clamped, has_passed, later, whole_seconds};
use super::step::{GiveUpReason, Wait};
use super::unit::{Files, Unit};
use crate::api::{AccessType, ApiMethod, ArchiveState, JobId};
use crate::call::CallError;

/// How many tokens in a row Google may refuse before the user is asked.
const MOST_REFUSALS: u32 = 3;

/// How long the project may be refused: 30 days.
const PROJECT_PATIENCE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Exports {
    /// Records the result of a call, as [`send`](crate::call::send) returns it. Store the exports
    /// afterwards.
    ///
    /// It is safe to record a result twice, or after the call counted as lost. The result of a call
    /// of other exports is ignored.
    pub fn record(
        &mut self,
        call: &ExportCall,
        result: &Result<ExportResponse, CallError>,
        now: SystemTime,
    ) {
        let now = whole_seconds(now);
        if call.seed != self.seed {
            return;
        }
        let answer = Answer::of(call.method(), result);
        let pause = result.as_ref().err().and_then(|error| error.pause(now));
        let pause = pause.map(|pause| later(now, pause + Duration::from_secs(1)));
        self.paused_until = self.paused_until.max(pause);
        match self.in_flight.take() {
            Some(in_flight) if self.calls == call.number => self.apply(&in_flight, answer, now),
            in_flight => {
                self.in_flight = in_flight;
                self.record_late(call, answer, now);
            }
        }
    }

    /// Records the result of a refresh, as [`send`](crate::call::send) returns it. Store the new
    /// tokens, if there are any, and the exports afterwards.
    ///
    /// If the refresh token is expired or revoked, the next step is to ask for consent. If the
    /// refresh failed for now, it is the next step again a little later.
    pub fn record_refresh<T>(&mut self, result: &Result<T, CallError>, now: SystemTime) {
        let now = whole_seconds(now);
        match result {
            Ok(_) => self.token_replaced(),
            Err(error) if error.needs_consent() => self.token.has_ended = true,
            Err(_) => {
                self.token.failures = self.token.failures.saturating_add(1);
                let wait = self.spread().failure(self.token.failures);
                self.token.refresh_at = Some(later(now, wait));
            }
        }
    }

    /// Records that the user has consented again: from now on the calls are made with the tokens of
    /// that consent.
    pub fn consented(&mut self, now: SystemTime) {
        let now = whole_seconds(now);
        self.token_replaced();
        self.token.refusals = 0;
        for unit in &mut self.exports {
            unit.denied = false;
            unit.excuse(now);
        }
    }

    fn token_replaced(&mut self) {
        self.token.number = self.token.number.wrapping_add(1);
        self.token.is_fresh = true;
        self.token.refresh_at = None;
        self.token.failures = 0;
        self.token.has_ended = false;
    }

    /// A call has no result in time.
    pub(super) fn lose_call(&mut self, now: SystemTime) {
        if let Some(call) = self.in_flight.take() {
            self.apply(&call, Answer::Unclear { says_no: false }, now);
        }
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each answer")]
    fn apply(&mut self, call: &InFlight, mut answer: Answer, now: SystemTime) {
        let Some(index) = self.exports.iter().position(|unit| unit.of == call.of) else {
            return;
        };
        if let Answer::Started(job, _) = &answer {
            // The job of another export is not this one's, whatever Google says.
            let is_own = self.exports.get(index).is_some_and(|unit| unit.knows(job));
            if self.knows(job) && !is_own {
                answer = Answer::Unclear { says_no: true };
            }
        }
        let spread = self.spread();
        let is_current = call.token == self.token.number;
        match &answer {
            Answer::TokenRefused if is_current => self.token_refused(now),
            Answer::ProjectNotReady => self.project_refused(now),
            Answer::NotNow => self.token.refusals = 0,
            Answer::Started(..)
            | Answer::State(_)
            | Answer::Limit(_)
            | Answer::Invalid
            | Answer::NoSuchJob
            | Answer::NotRetriable => {
                self.project = None;
                self.token.refusals = 0;
            }
            _ => {}
        }
        if let (Answer::Limit(limit), Some(_)) = (&answer, self.exports.get(index)) {
            self.limited(index, limit, call, now);
        }
        let Some(unit) = self.exports.get_mut(index) else {
            return;
        };
        // At least five minutes between two requests for the state of a job.
        let question = match call.method {
            ApiMethod::GetState => spread.question(0),
            _ => Duration::ZERO,
        };
        match answer {
            Answer::Limit(_) => {}
            Answer::Started(job, access_type) => {
                unit.started(job, access_type, now);
                unit.wait(later(now, spread.question(0)), Wait::JobRunning);
            }
            Answer::State(state) => {
                let rejected = unit.state_received(state, call.since, now);
                let wait = match unit.phase {
                    Phase::Running { asked, .. } => spread.question(asked),
                    Phase::Complete { empty, .. } => spread.question(empty),
                    Phase::Failed { .. } => Duration::ZERO,
                    _ => spread.refusal(),
                };
                let why = if rejected.is_none() { Wait::JobRunning } else { Wait::BackingOff };
                unit.wait(later(now, wait), why);
                self.past_jobs.extend(rejected);
            }
            Answer::NoSuchJob => {
                let found = match &unit.phase {
                    Phase::Found { job, .. } => Some(job.clone()),
                    _ => None,
                };
                let one_time = unit.is_one_time();
                unit.happen(Event::NoJob { one_time }, now);
                unit.wait(later(now, spread.refusal()), Wait::BackingOff);
                self.past_jobs.extend(found);
            }
            Answer::NotRetriable => {
                unit.retries = Exports::MAX_RETRIES;
                unit.happen(Event::NotRetriable, now);
                unit.wait(later(now, spread.refusal()), Wait::BackingOff);
            }
            Answer::Invalid => {
                if call.method == ApiMethod::Initiate {
                    self.starts_at = later(now, spread.refusal());
                }
                if unit.of.len() > 1 && unit.phase.job().is_none() {
                    self.split(index, now);
                } else {
                    unit.happen(Event::Over(GiveUpReason::Refused), now);
                }
            }
            Answer::TokenRefused | Answer::ProjectNotReady => {
                unit.not_executed(call.method);
                unit.wait(later(now, question), Wait::BackingOff);
            }
            Answer::Denied => {
                unit.not_executed(call.method);
                unit.wait(later(now, question), Wait::BackingOff);
                if let Phase::Found { job, .. } = &unit.phase {
                    self.past_jobs.push(job.clone());
                    unit.happen(Event::NoJob { one_time: false }, now);
                    unit.wait(later(now, spread.refusal()), Wait::BackingOff);
                } else if is_current && unit.of.len() > 1 && unit.phase == Phase::Start {
                    // It does not say which of them.
                    self.split(index, now);
                } else if is_current {
                    unit.denied = true;
                }
            }
            Answer::NotNow => {
                unit.not_executed(call.method);
                let until = later(now, spread.refusal());
                unit.wait(until, Wait::BackingOff);
                unit.check_time(self.paused_until, now);
                if call.method == ApiMethod::Initiate {
                    self.starts_at = until;
                }
            }
            Answer::Unclear { says_no } => {
                if call.method != ApiMethod::GetState {
                    unit.happen(Event::Lost(call.since), now);
                }
                unit.failed(spread, if says_no { HOUR + MINUTE } else { question }, now);
                unit.check_time(self.paused_until, now);
                if says_no && call.method == ApiMethod::Initiate {
                    self.starts_at = unit.due;
                }
            }
        }
    }

    /// Records a result that comes twice, or after the call counted as lost. It matters only if it
    /// names a job that is not known here.
    fn record_late(&mut self, call: &ExportCall, answer: Answer, now: SystemTime) {
        let Answer::Started(job, access_type) = answer else {
            return;
        };
        if self.knows(&job) {
            return;
        }
        let is_missing = |unit: &Unit| {
            matches!(unit.phase, Phase::Start | Phase::Failed { .. }) || unit.phase.is_unresolved()
        };
        // What has ended with a job of its own stays ended.
        let has_job = |unit: &Unit| unit.phase.job().is_some() && !unit.of.is_disjoint(&call.of);
        let wait = later(now, self.spread().question(0));
        let mut units = self.exports.iter_mut();
        if let Some(unit) = units.find(|unit| unit.of == call.of && is_missing(unit)) {
            unit.started(job, access_type, now);
            unit.wait(wait, Wait::JobRunning);
        } else if call.method() == ApiMethod::Initiate
            && !self.exports.iter().any(has_job)
            // It may have been joined with others meanwhile.
            && self.take_over(&call.of, job.clone(), now)
        {
            if let Some(unit) = self.of_job(&job) {
                unit.access_type = access_type;
            }
        } else {
            self.past_jobs.push(job);
        }
    }

    /// Google starts no job for an export.
    fn limited(&mut self, index: usize, limit: &Limit, call: &InFlight, now: SystemTime) {
        let spread = self.spread();
        let is_named = |job: &&JobId| limit.running.as_ref() == Some(*job);
        let named = || limit.previous.iter().chain(&limit.running);
        let others = || {
            let units = self.exports.iter().enumerate();
            units.filter(|(other, _)| *other != index).map(|(_, unit)| unit)
        };
        // A client that is limited to one job a day, whatever it exports.
        let names_others = named().any(|job| others().any(|unit| unit.knows(job)));
        let unknown: Vec<JobId> = named().filter(|job| !self.knows(job)).cloned().collect();
        let may_be_lost = |unit: &Unit| unit.unaccounted || unit.phase.is_unresolved();
        let others_are_lost = others().any(may_be_lost);
        // This may be an old copy of what was stored: what has ended here may go on elsewhere.
        let is_alone = call.of.len() == 1 && self.exports.len() == 1;

        let Some(unit) = self.exports.get_mut(index) else {
            return;
        };
        unit.access_type = limit.access_type.or(unit.access_type);
        unit.failures = 0;
        let one_time = unit.is_one_time();
        let candidate = unknown.last().filter(|_| !others_are_lost);
        let is_lost = unit.phase.is_unresolved();
        let is_retry = call.method == ApiMethod::Retry;
        let is_in_doubt = is_lost && !unknown.is_empty();
        let event = match candidate {
            // A retry is of the same resources. So is what is running for them, unless there are
            // several: it may be for only some of them.
            Some(job) if is_named(&job) && (is_retry || call.of.len() == 1) => {
                Event::Named { job: job.clone(), proven: true }
            }
            Some(job) if (call.only && one_time) || (is_lost && is_alone) => {
                Event::Named { job: job.clone(), proven: call.only && one_time }
            }
            _ => Event::NamedNone {
                failed_is_last: named().rfind(|job| unit.knows(job)) == unit.phase.job()
                    && unit.phase.job().is_some()
                    && unknown.is_empty(),
                one_time,
            },
        };
        unit.named = unknown;
        if is_retry {
            unit.not_executed(call.method);
        }
        unit.happen(event, now);

        let gate = later(now, spread.refusal());
        // What may be the lost job is over by then, and another can be started.
        let refused = if is_in_doubt { later(now, DAY) } else { gate };
        let until = limit.until.filter(|until| *until > now);
        let wait = until.map(|until| clamped(later(until, Duration::from_secs(1)), now));
        let wait = wait.map(|until| later(until, spread.refusal().saturating_sub(HOUR)));
        let wait = wait.map(|until| until.max(refused));
        unit.not_before = wait;
        if matches!(unit.phase, Phase::Found { .. }) {
            // Its state is the question, and asking for it is no new start.
            unit.wait(now, Wait::BackingOff);
        } else {
            let why = if wait.is_some() { Wait::TooEarly } else { Wait::BackingOff };
            unit.wait(wait.unwrap_or(refused), why);
            unit.check_time(wait.max(self.paused_until), now);
        }
        self.together |= names_others;
        let named = wait.filter(|_| self.together);
        self.starts_at = self.starts_at.max(named.unwrap_or(gate));
    }

    /// Google refuses resources together that it may take one by one. A job that it names from now
    /// on may have been started for all of them, so it is no single one's.
    fn split(&mut self, index: usize, now: SystemTime) {
        let unit = self.exports.remove(index);
        for of in unit.of.singles() {
            let mut single =
                Unit { of, alone: true, phase: Phase::Start, unaccounted: true, ..unit.clone() };
            single.wait(now, Wait::AnotherExport);
            self.exports.push(single);
        }
    }

    /// Google has refused the present token. If it refuses each one that a refresh brings, another
    /// refresh does not help.
    fn token_refused(&mut self, now: SystemTime) {
        self.token.refusals = self.token.refusals.saturating_add(1);
        if self.token.refusals >= MOST_REFUSALS {
            self.token.has_ended = true;
        } else {
            self.token.refresh_at = Some(now);
        }
    }

    fn project_refused(&mut self, now: SystemTime) {
        // It has accepted the token.
        self.token.refusals = 0;
        let spread = self.spread();
        let (since, refusals, was_overdue) = match &self.project {
            Some(project) => (project.since, project.refusals.saturating_add(1), project.overdue),
            None => (now, 1, false),
        };
        let overdue = has_passed(since, PROJECT_PATIENCE, now);
        let due = later(now, spread.project(refusals));
        self.project = Some(ProjectRefused { since, refusals, due, overdue });
        for unit in &mut self.exports {
            // The project's time is not the export's.
            unit.excuse(now);
            if overdue && was_overdue {
                unit.happen(Event::Over(GiveUpReason::ProjectNotReady), now);
            }
        }
    }

    fn knows(&self, job: &JobId) -> bool {
        self.past_jobs.contains(job) || self.exports.iter().any(|unit| unit.knows(job))
    }
}

impl Unit {
    fn started(&mut self, job: JobId, access_type: Option<AccessType>, now: SystemTime) {
        self.happen(Event::Started(job), now);
        self.access_type = access_type.or(self.access_type);
        self.started_at = Some(now);
        self.patience_from = None;
        self.failures = 0;
        self.overdue = false;
        self.named.clear();
    }

    /// Returns the job whose state it is, if it turns out to be somebody else's.
    fn state_received(
        &mut self,
        state: ArchiveState,
        since: SystemTime,
        now: SystemTime,
    ) -> Option<JobId> {
        let (job, retries) = (self.phase.job().cloned(), self.retries);
        let was_found = matches!(self.phase, Phase::Found { .. });
        // Without an end of the time range, it is the time at which the job was started.
        let started_at = state.export_time.filter(|_| self.end_time.is_none());
        self.failures = 0;
        let is_own = match &self.phase {
            Phase::Found { sent, .. } => sent.contains(started_at),
            _ => true,
        };
        let event =
            Event::State { state: state.state, has_files: !state.urls.is_empty(), started_at };
        if !is_own {
            // How often it was retried is not known here.
            self.retries = Exports::MAX_RETRIES;
        }
        self.happen(event, now);
        if self.phase.job() != job.as_ref() {
            self.retries = retries;
            return job;
        }
        if was_found {
            self.started_at = started_at.or(Some(now));
            self.patience_from = Some(now);
            self.named.clear();
        }
        self.export_time = state.export_time.or(self.export_time);
        if let Phase::Complete { empty: 0 | 1, .. } = self.phase {
            self.patience_from = Some(now);
        }
        if matches!(self.phase, Phase::Complete { .. }) && !state.urls.is_empty() {
            self.files = Some(Files {
                urls: state.urls,
                // They may have been signed as soon as the request was sent.
                until: later(since, Exports::URL_LIFETIME),
            });
        }
        self.check_time(None, now);
        None
    }

    /// Google has not acted on a call.
    fn not_executed(&mut self, method: ApiMethod) {
        if method == ApiMethod::Retry {
            self.retries = self.retries.saturating_sub(1);
        }
    }
}
