//! `portabilityArchive.initiate`.

use std::collections::BTreeSet;
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::Call;
use crate::audit::Rule;
use crate::authorization::Access;
use crate::config::SCOPE_PREFIX;
use crate::failure::{Failure, with_access};
use crate::google::{Delivery, Google};
use crate::jobs::{COOL_DOWN, Export, Job, State};
use crate::premises::DailyLimit;

/// The body of `portabilityArchive.initiate`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Initiate {
    #[serde(default)]
    resources: Vec<String>,
    start_time: Option<String>,
    end_time: Option<String>,
}

/// Returns the groups that a body names, sorted and each once.
pub(crate) fn resources(body: &[u8]) -> Vec<String> {
    let asked = serde_json::from_slice::<Initiate>(body).ok();
    let resources: BTreeSet<String> = asked.into_iter().flat_map(|it| it.resources).collect();
    resources.into_iter().collect()
}

impl Google {
    pub(crate) fn initiate(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        if call.delivery != Delivery::Repeated {
            self.audit.count(Some(&call.consent.account), |counts| counts.initiates += 1);
        }
        let asked: Initiate = serde_json::from_slice(call.body).map_err(|_| {
            let text = "the body of initiate is not what the method takes";
            self.broken(call, Rule::MalformedRequest, text);
            Failure::invalid_argument("Invalid JSON payload received.")
        })?;
        let resources = resources(call.body);
        self.check_resources(call, &resources)?;
        let access = call.consent.access;
        let (start, end) = self.check_range(call, &resources, &asked)?;
        self.check_not_exported(call, &resources)?;
        self.record_second_job(call, &resources);

        let export = Export { resources, access, start, end };
        let job = self.start_job(call, export, None);
        Ok(json!({ "archiveJobId": job, "accessType": with_access("ACCESS_TYPE", access) }))
    }

    /// Fails unless the resources exist and the token covers them all.
    fn check_resources(&mut self, call: &Call<'_>, resources: &[String]) -> Result<(), Failure> {
        if resources.is_empty() {
            self.broken(call, Rule::MalformedRequest, "no resources");
            return Err(Failure::invalid_argument("resources must not be empty."));
        }
        if let Some(unknown) = resources.iter().find(|group| self.resource(group).is_none()) {
            let (rule, text) = if unknown.starts_with(SCOPE_PREFIX) {
                (Rule::ScopeAsResource, "a whole scope was given as a resource")
            } else {
                (Rule::UnknownResource, "a resource that does not exist was given")
            };
            self.broken(call, rule, text);
            return Err(Failure::invalid_argument(format!("Invalid resource: {unknown:?}")));
        }
        let is_withdrawn = |group: &&String| self.config.events.is_withdrawn(group, call.now);
        if let Some(group) = resources.iter().find(is_withdrawn) {
            let text = format!("an export of {group}, which Google has withdrawn");
            self.broken(call, Rule::WithdrawnResource, &text);
            return Err(Failure::invalid_argument(format!("Invalid resource: {group:?}")));
        }
        self.check_covered(call, resources, "an export")
    }

    /// Returns the start and the end of the time range. Fails if there is one and a resource takes
    /// none.
    fn check_range(
        &mut self,
        call: &Call<'_>,
        resources: &[String],
        asked: &Initiate,
    ) -> Result<(Option<SystemTime>, SystemTime), Failure> {
        let parse =
            |time: &Option<String>| time.as_deref().map(humantime::parse_rfc3339).transpose();
        let (Ok(start), Ok(end)) = (parse(&asked.start_time), parse(&asked.end_time)) else {
            self.broken(call, Rule::MalformedRequest, "a time is not RFC 3339");
            return Err(Failure::invalid_argument(
                "Invalid value for startTime or endTime: a time in RFC 3339 is expected.",
            ));
        };
        let takes_none = |group: &&String| self.resource(group).is_some_and(|it| !it.time_filter);
        let is_limited = start.is_some() || end.is_some();
        if let Some(group) = resources.iter().find(takes_none).filter(|_| is_limited) {
            let text = format!("a time range was given with {group}, which takes none");
            self.broken(call, Rule::TimeRangeMisuse, &text);
            let message = format!("A time range is not supported for {group}.");
            return Err(Failure::invalid_argument(message));
        }
        let end = end.unwrap_or(call.now);
        if start.is_some_and(|start| start >= end) {
            let text = "a time range ends before it starts";
            self.broken(call, Rule::TimeRangeMisuse, text);
            return Err(Failure::invalid_argument("startTime must be before endTime."));
        }
        Ok((start, end))
    }

    /// Fails if one of the resources is exported already, or was and may not be again yet.
    fn check_not_exported(&mut self, call: &Call<'_>, resources: &[String]) -> Result<(), Failure> {
        let now = call.now;
        let earlier = self.earlier_jobs(call, resources);
        let Some(last) = earlier.last().cloned() else {
            return Ok(());
        };
        let mut shared = earlier.iter().rev().filter(|job| job.shares(resources));
        let running = shared.clone().find(|job| job.state(now) == State::InProgress);
        let known = running.or(shared.clone().next());
        // A job of other groups, or one whose day is over, could not be known to stand in the way.
        let known = known.filter(|job| {
            job.export.access.is_one_time() || running.is_some() || job.started + COOL_DOWN > now
        });
        if let Some(job) = known {
            self.record_again(call, job, Rule::Duplicate, "an export", "was started again");
        }
        if let Some(job) = running {
            return Err(Failure::already_exists(&self.config, job));
        }
        let is_used_up = shared.any(|job| job.export.access.is_one_time());
        // The 24 hours of the client are not used up for good.
        let access = if is_used_up { Access::OneTime } else { Access::Days30 };
        let after = last.started + COOL_DOWN;
        let mut failure = Failure::exhausted(&self.config, access, &earlier, after, now);
        failure.is_wide = !is_used_up && self.config.premises.daily_limit == DailyLimit::PerClient;
        Err(failure)
    }

    /// Records that a resource is exported twice in 24 hours, although Google lets it be.
    fn record_second_job(&mut self, call: &Call<'_>, resources: &[String]) {
        let second = self
            .jobs
            .values()
            .filter(|job| job.is_of(&call.consent) && job.shares(resources))
            .filter(|job| job.started + COOL_DOWN > call.now)
            .max_by_key(|job| (job.started, job.retries))
            .cloned();
        if let Some(job) = second {
            let rule = Rule::SecondJobInADay;
            self.record_again(call, &job, rule, "a second export", "within 24 hours");
        }
    }

    /// Records that the export of a job was asked for again. After a failure that breaks no rule.
    fn record_again(&mut self, call: &Call<'_>, job: &Job, rule: Rule, what: &str, when: &str) {
        let failed = job.state(call.now) == State::Failed;
        let rule = if failed { Rule::ReaskedAfterFailure } else { rule };
        let text = format!("{what} of {} {when}", job.export.resources.join(", "));
        self.record_reask(call, job, rule, &text);
    }
}
