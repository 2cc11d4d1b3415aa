//! `portabilityArchive.initiate`.

use std::collections::BTreeSet;

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
        let export = self.read_export(call)?;
        self.check_not_exported(call, &export.resources)?;
        self.record_second_job(call, &export.resources);

        let access = with_access("ACCESS_TYPE", export.access);
        let job = self.start_job(call, export, None);
        Ok(json!({ "archiveJobId": job, "accessType": access }))
    }

    /// Reads what is to be exported. Fails unless the resources exist, the token covers them all,
    /// and they take a time range if there is one.
    fn read_export(&self, call: &Call<'_>) -> Result<Export, Failure> {
        let wrong = |rule, message: &str, text: &str| {
            Err(Failure::invalid_argument(message).breaks(rule, text))
        };
        let Ok(asked) = serde_json::from_slice::<Initiate>(call.body) else {
            let text = "the body of initiate is not what the method takes";
            return wrong(Rule::MalformedRequest, "Invalid JSON payload received.", text);
        };
        let resources = resources(call.body);
        if resources.is_empty() {
            return wrong(Rule::MalformedRequest, "resources must not be empty.", "no resources");
        }
        for group in &resources {
            let (rule, text) = if group.starts_with(SCOPE_PREFIX) {
                (Rule::ScopeAsResource, "a whole scope was given as a resource")
            } else if self.resource(group).is_none() {
                (Rule::UnknownResource, "a resource that does not exist was given")
            } else if self.config.events.is_withdrawn(group, call.now) {
                (Rule::WithdrawnResource, "a resource was given that Google has withdrawn")
            } else {
                continue;
            };
            return wrong(rule, &format!("Invalid resource: {group:?}"), text);
        }
        call.check_covered(&resources, "an export")?;

        let parse = |time: Option<String>| time.map(|it| humantime::parse_rfc3339(&it)).transpose();
        let (Ok(start), Ok(end)) = (parse(asked.start_time), parse(asked.end_time)) else {
            let message = "Invalid value for startTime or endTime: a time in RFC 3339 is expected.";
            return wrong(Rule::MalformedRequest, message, "a time is not RFC 3339");
        };
        let takes_none = |group: &&String| self.resource(group).is_some_and(|it| !it.time_filter);
        let is_limited = start.is_some() || end.is_some();
        if let Some(group) = resources.iter().find(takes_none).filter(|_| is_limited) {
            let message = format!("A time range is not supported for {group}.");
            let text = format!("a time range was given with {group}, which takes none");
            return wrong(Rule::TimeRangeMisuse, &message, &text);
        }
        let end = end.unwrap_or(call.now);
        if start.is_some_and(|start| start >= end) {
            let text = "a time range ends before it starts";
            return wrong(Rule::TimeRangeMisuse, "startTime must be before endTime.", text);
        }
        Ok(Export { resources, access: call.consent.access, start, end })
    }

    /// Fails if one of the resources is exported already, or was and may not be again yet.
    fn check_not_exported(&mut self, call: &Call<'_>, resources: &[String]) -> Result<(), Failure> {
        let now = call.now;
        let earlier = self.earlier_jobs(call, resources);
        if earlier.is_empty() {
            return Ok(());
        }
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
            return Err(Failure::already_exists(&self.config.premises, job));
        }
        let is_used_up = shared.any(|job| job.export.access.is_one_time());
        // The 24 hours of the client are not used up for good.
        let access = if is_used_up { Access::OneTime } else { Access::Days30 };
        let premises = &self.config.premises;
        let mut failure = Failure::exhausted(premises, access, &earlier, now);
        failure.is_wide = !is_used_up && premises.daily_limit == DailyLimit::PerClient;
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
