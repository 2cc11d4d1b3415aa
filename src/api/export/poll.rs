//! What to do next: `Exports::poll`.

use std::time::SystemTime;
use std::vec::Vec;

use super::call::{ExportCall, Request};
use super::exports::{Exports, InFlight};
use super::machine::{Event, Phase};
use super::pace::{clamped, later, whole_seconds};
use super::step::{ConsentReason, GiveUpReason, Step, Wait};
use super::unit::Unit;
use crate::api::ApiMethod;
use crate::catalogue::Scopes;
use crate::grant::{Access, Grant};

/// The next step, before a call is begun.
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once")]
enum Next {
    Call(usize, ApiMethod),
    Step(Step),
}

impl Exports {
    /// Returns what to do next. If that is a call, it is recorded as begun: store the exports
    /// **before** you send it.
    pub fn poll(&mut self, access: &Access<'_>, now: SystemTime) -> Step {
        let now = whole_seconds(now);
        self.settle(now);
        self.arrange(access.grant());
        match self.next(access, now) {
            Next::Call(index, method) => match self.begin(index, method, access, now) {
                Some(call) => Step::Send(call),
                None => self.poll(access, now),
            },
            Next::Step(step) => step,
        }
    }

    /// Returns when to call [`poll`](Self::poll) again: now if there is something to do, later if
    /// there is something to wait for, and `None` if nothing happens until the user acts.
    ///
    /// Store it in a column by which a scheduler finds the rows that are due.
    #[must_use]
    pub fn next_at(&self, access: &Access<'_>, now: SystemTime) -> Option<SystemTime> {
        let mut exports = self.clone();
        match exports.poll(access, now) {
            Step::Send(_) | Step::Refresh | Step::Download(_) => Some(now),
            Step::WaitUntil(time, _) => Some(time),
            Step::RequestConsent(_) | Step::Done => None,
        }
    }

    /// What the passing of time alone does: no wait is longer than a day and a bit, and a call
    /// without a result is lost.
    fn settle(&mut self, now: SystemTime) {
        self.starts_at = clamped(self.starts_at, now);
        for unit in &mut self.exports {
            unit.due = clamped(unit.due, now);
            unit.not_before = unit.not_before.map(|until| clamped(until, now));
            unit.downloading_until = unit.downloading_until.map(|until| clamped(until, now));
        }
        if let Some(project) = &mut self.project {
            project.due = clamped(project.due, now);
        }
        self.paused_until = self.paused_until.map(|until| clamped(until, now));
        self.token.refresh_at = self.token.refresh_at.map(|at| clamped(at, now));
        let is_lost = |call: &InFlight| {
            let end = later(call.since, Self::CALL_TIMEOUT);
            end <= now || call.since > later(now, Self::CALL_TIMEOUT)
        };
        if self.in_flight.as_ref().is_some_and(is_lost) {
            self.lose_call(now);
        }
    }

    /// Joins the resources that have no job yet, if they go into one job. Those that the grant does
    /// not carry stay apart, so that they hold up nobody.
    fn arrange(&mut self, grant: &Grant) {
        if !self.together || self.in_flight.is_some() {
            return;
        }
        let mut joined: Vec<Unit> = Vec::new();
        for mut unit in core::mem::take(&mut self.exports) {
            let can_join =
                |unit: &Unit| matches!(unit.phase, Phase::Start) && !unit.alone && !unit.denied;
            let missing = unit.of.difference(grant.scopes());
            if can_join(&unit) && !missing.is_empty() && missing != unit.of {
                let mut apart = unit.clone();
                apart.of = missing.clone();
                unit.of = unit.of.difference(&missing);
                joined.push(apart);
            }
            let is_missing = !unit.of.is_subset(grant.scopes());
            let mate = joined.iter_mut().find(|mate| {
                let ranges_agree =
                    (mate.start_time, mate.end_time) == (unit.start_time, unit.end_time);
                let mate_is_missing = !mate.of.is_subset(grant.scopes());
                ranges_agree && can_join(mate) && !is_missing && !mate_is_missing
            });
            match mate {
                Some(mate) if can_join(&unit) => {
                    mate.of.extend([&unit.of]);
                    mate.due = mate.due.max(unit.due);
                    mate.named.extend(unit.named);
                }
                _ => joined.push(unit),
            }
        }
        self.exports = joined;
    }

    fn next(&self, access: &Access<'_>, now: SystemTime) -> Next {
        let carried = access.grant().scopes();
        let is_able =
            |unit: &Unit| !unit.phase.is_ended() && !unit.denied && unit.of.is_subset(carried);
        let able = || self.exports.iter().enumerate().filter(|(_, unit)| is_able(unit));
        let unresolved = able().find(|(_, unit)| unit.phase.is_unresolved());
        let unresolved = unresolved.map(|(index, _)| index);

        let paused_until = self.project.as_ref().map_or(now, |project| project.due);
        let paused_until = self.paused_until.unwrap_or(now).max(paused_until);
        let ready = able().filter_map(|(index, unit)| {
            let method = unit.method(now).filter(|_| !unit.is_downloading(now))?;
            let mut at = unit.due.max(paused_until);
            let rank = match method {
                ApiMethod::GetState => 0,
                ApiMethod::Retry => 2,
                _ => {
                    at = at.max(self.starts_at).max(unit.not_before.unwrap_or(at));
                    // It is not known yet whether another export has a job.
                    if unresolved.is_some_and(|first| first != index) {
                        return None;
                    }
                    if unresolved.is_some() { 1 } else { 3 }
                }
            };
            Some((at, rank, index, method))
        });
        let waiting: Vec<_> = ready.collect();
        let due = waiting.iter().filter(|(at, ..)| *at <= now);
        let call = due.min_by_key(|(at, rank, ..)| (*rank, *at));
        let may_send = self.in_flight.is_none() && !self.token.has_ended;
        let mut offers = self.exports.iter().filter(|unit| !unit.is_downloading(now));
        let offer = offers.find_map(|unit| unit.archive(now)).map(Step::Download).map(Next::Step);
        if let (Some((_, _, index, method)), true) = (call, may_send) {
            match self.token.refresh_at {
                Some(at) if at > now => return offer.unwrap_or(wait(at, Wait::BackingOff)),
                Some(_) => return Next::Step(Step::Refresh),
                None if access.is_expired(now) && !self.token.is_fresh => {
                    return Next::Step(Step::Refresh);
                }
                None => return Next::Call(*index, *method),
            }
        }
        if let Some(offer) = offer {
            return offer;
        }
        if let Some(call) = &self.in_flight {
            return wait(later(call.since, Self::CALL_TIMEOUT), Wait::Response);
        }
        if self.exports.iter().all(|unit| unit.phase.is_ended()) {
            let used_up = self.exports.iter();
            let used_up = used_up.filter(|unit| matches!(unit.phase, Phase::UsedUp { .. }));
            let used_up: Scopes = used_up.map(|unit| &unit.of).collect();
            return Next::Step(if used_up.is_empty() {
                Step::Done
            } else {
                Step::RequestConsent(ConsentReason::OneTimeAccessUsedUp(used_up))
            });
        }
        if self.token.has_ended {
            return Next::Step(Step::RequestConsent(ConsentReason::AccessEnded));
        }
        let downloads = self.exports.iter().filter_map(|unit| unit.downloading_until);
        let downloads = downloads.filter(|until| *until > now).map(|at| (at, Wait::Response));
        let calls = waiting.iter().map(|(at, _, index, _)| {
            let unit = self.exports.get(*index);
            (*at, self.why(unit, *at))
        });
        if let Some((at, why)) = calls.chain(downloads).min_by_key(|(at, _)| *at) {
            return wait(at.max(now), why);
        }
        let blocked = || self.exports.iter().filter(|unit| !unit.phase.is_ended());
        let denied: Scopes = blocked().filter(|unit| unit.denied).map(|unit| &unit.of).collect();
        let missing: Scopes = blocked().map(|unit| unit.of.difference(carried)).collect();
        Next::Step(Step::RequestConsent(if missing.is_empty() {
            ConsentReason::PermissionDenied(denied)
        } else {
            ConsentReason::MissingScopes(missing)
        }))
    }

    fn why(&self, unit: Option<&Unit>, at: SystemTime) -> Wait {
        match (&self.project, unit) {
            (Some(project), _) if project.due >= at => Wait::ProjectNotReady,
            (_, Some(unit)) if unit.due >= at => unit.wait,
            _ if self.paused_until >= Some(at) || self.exports.len() == 1 => Wait::BackingOff,
            _ => Wait::AnotherExport,
        }
    }

    /// Begins a call. An export whose time range its resources no longer take is given up instead.
    fn begin(
        &mut self,
        index: usize,
        method: ApiMethod,
        access: &Access<'_>,
        now: SystemTime,
    ) -> Option<ExportCall> {
        let unit = self.exports.get_mut(index)?;
        let request = match (method, unit.phase.job()) {
            (ApiMethod::GetState, Some(job)) => Request::State(access.state_unchecked(job)),
            (ApiMethod::Retry, Some(job)) => Request::Retry(access.retry_unchecked(job)),
            _ => {
                let call = access.initiate_unchecked(unit.of.clone());
                let Ok(call) = call.time_range(unit.start_time, unit.end_time) else {
                    unit.happen(Event::Over(GiveUpReason::Refused), now);
                    return None;
                };
                Request::Initiate(call)
            }
        };
        if method == ApiMethod::Retry {
            unit.retries = unit.retries.saturating_add(1);
        }
        if unit.started_at.is_none() {
            unit.patience_from = unit.patience_from.or(Some(now));
        }
        let of = unit.of.clone();
        self.token.is_fresh = false;
        self.calls = self.calls.wrapping_add(1);
        self.in_flight = Some(InFlight {
            of: of.clone(),
            method,
            since: now,
            token: self.token.number,
            only: access.grant().scopes().len() == 1,
        });
        Some(ExportCall { request, of, seed: self.seed, number: self.calls })
    }
}

fn wait(until: SystemTime, why: Wait) -> Next {
    Next::Step(Step::WaitUntil(until, why))
}
