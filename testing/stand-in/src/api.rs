//! The methods of the Data Portability API. `initiate` is in a file of its own.

use std::time::{Duration, SystemTime};

use http::{HeaderValue, Method, header};
use serde_json::{Value, json};

use crate::audit::Rule;
use crate::authorization::Consent;
use crate::conduct::Subject;
use crate::config::SCOPE_PREFIX;
use crate::failure::Failure;
use crate::faults::OddAnswer;
use crate::google::{Delivery, Google};
use crate::initiate;
use crate::jobs::{Job, Knowledge, State};
use crate::reply::{self, Request, Response};
use crate::rfc3339::rfc3339;

/// How long to wait between two requests for the state of a job.
const BETWEEN_POLLS: Duration = Duration::from_secs(5 * 60);

/// How often a job can be retried.
const MAX_RETRIES: u32 = 3;

type Answer = fn(&mut Google, &Call<'_>) -> Result<Value, Failure>;

/// The methods: their names, their verbs, what is before and behind the id of the job in the path.
const METHODS: [(&str, Method, &str, &str, Answer); 6] = [
    ("initiate", Method::POST, "portabilityArchive:initiate", "", Google::initiate),
    (STATE, Method::GET, "archiveJobs/", "/portabilityArchiveState", Google::state),
    ("retry", Method::POST, "archiveJobs/", ":retry", Google::retry),
    ("cancel", Method::POST, "archiveJobs/", ":cancel", Google::cancel),
    ("reset", Method::POST, "authorization:reset", "", Google::reset),
    ("check", Method::POST, "accessType:check", "", |_, call| check_access_type(call)),
];

const STATE: &str = "getPortabilityArchiveState";

/// A call that has a valid token.
pub(crate) struct Call<'r> {
    /// The id of the job, if the path has one.
    id: &'r str,
    pub(crate) consent: Consent,
    pub(crate) subject: Subject,
    pub(crate) body: &'r [u8],
    pub(crate) now: SystemTime,
    pub(crate) delivery: Delivery,
}

impl Call<'_> {
    /// Fails unless the body is empty, or an empty JSON object.
    fn check_empty(&self) -> Result<(), Failure> {
        let body = self.body.trim_ascii();
        let read = if body.is_empty() { Ok(json!({})) } else { serde_json::from_slice(body) };
        if read.is_ok_and(|body: Value| body == json!({})) {
            return Ok(());
        }
        let message = "Invalid JSON payload received. The body must be empty.";
        let text = "the body is not empty";
        Err(Failure::invalid_argument(message).breaks(Rule::MalformedRequest, text))
    }

    /// Fails unless the token covers the resources.
    pub(crate) fn check_covered(&self, resources: &[String], what: &str) -> Result<(), Failure> {
        let Some(group) = resources.iter().find(|group| !self.consent.covers(group)) else {
            return Ok(());
        };
        let text = format!("{what} of {group} with a token that does not cover it");
        Err(Failure::permission_denied().breaks(Rule::UncoveredResource, text))
    }
}

impl Google {
    /// Answers a call to the API. An odd answer comes instead of the API's, which then does
    /// nothing.
    pub(crate) fn call(
        &mut self,
        request: &Request,
        now: SystemTime,
        delivery: Delivery,
        odd: Option<OddAnswer>,
    ) -> Response {
        let path = request.uri().path().strip_prefix("/v1/").unwrap_or_default();
        let found = METHODS.iter().find_map(|(name, verb, before, behind, answer)| {
            let id = path.strip_prefix(before)?.strip_suffix(behind)?;
            let is_one = id.is_empty() == behind.is_empty() && !id.contains('/');
            (is_one && request.method() == verb).then_some((*name, id, answer))
        });
        let Some((name, id, answer)) = found else {
            self.audit.find(now, None, Rule::MalformedRequest, "no such method or path");
            return Failure::new(404, "NOT_FOUND", "Method not found.").into_response();
        };
        let consent = match self.bearer(request, now) {
            Ok(consent) => consent,
            Err(message) => return unauthenticated(message),
        };
        let body = request.body();
        let names = if id.is_empty() { initiate::resources(body) } else { vec![id.to_owned()] };
        let subject = Subject { method: name.to_owned(), names };
        let call = Call { id, consent, subject, body, now, delivery };
        self.record_call(&call);
        if let Some(odd) = odd {
            self.record_odd(&call, odd);
            return odd.response(false);
        }
        let answered = match self.config.events.project_refusal {
            Some((refusal, until)) if now < until => {
                Err(Failure::project(refusal, &call.consent.project))
            }
            _ => answer(self, &call),
        };
        match answered {
            Ok(body) => reply::json(200, &body),
            Err(failure) => {
                self.record_failure(&call, &failure);
                failure.into_response()
            }
        }
    }

    /// Records a broken rule of a call. A request that was repeated on the way breaks none.
    pub(crate) fn broken(&mut self, call: &Call<'_>, rule: Rule, text: &str) {
        if call.delivery != Delivery::Repeated {
            self.audit.find(call.now, Some(&call.consent.account), rule, text);
        }
    }

    /// Records that a job was asked for again: as a broken rule if the client knew the job.
    pub(crate) fn record_reask(&mut self, call: &Call<'_>, job: &Job, rule: Rule, text: &str) {
        let rule = match job.client {
            Knowledge::Used => rule,
            Knowledge::ResponseLost => Rule::ReaskedAfterLoss,
            Knowledge::Told => Rule::ReaskedBeforeUse,
        };
        self.broken(call, rule, text);
        // This response names the job as well.
        if let Some(job) = self.jobs.get_mut(&job.id) {
            if job.client != Knowledge::Used {
                job.client = Knowledge::of_delivery(call.delivery);
            }
        }
    }

    /// Returns a job of the account's, and records that the client knows it.
    fn job(&mut self, call: &Call<'_>) -> Result<Job, Failure> {
        match self.jobs.get_mut(call.id) {
            Some(job) if job.is_of(&call.consent) => {
                job.client = Knowledge::Used;
                Ok(job.clone())
            }
            _ => {
                let text = "a job was named that does not exist, or no longer";
                let failure = Failure::new(404, "NOT_FOUND", "Requested entity was not found.");
                Err(failure.breaks(Rule::UnknownJob, text))
            }
        }
    }

    fn state(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let job = self.job(call)?;
        call.check_covered(&job.export.resources, "reading a job")?;
        self.record_poll(call, &job);

        let mut body = json!({
            "name": format!("archiveJobs/{}/portabilityArchiveState", job.id),
            "state": job.state(call.now),
            "exportTime": rfc3339(job.export.end),
        });
        if let Some(start) = job.export.start {
            body["startTime"] = json!(rfc3339(start));
        }
        if self.has_files(&job, call.now) {
            body["urls"] = json!(self.signed_urls(&job, call.now));
        }
        Ok(body)
    }

    /// Returns whether the state of a job names files.
    fn has_files(&self, job: &Job, now: SystemTime) -> bool {
        job.has_archive(now) && job.ends + self.config.files_after <= now
    }

    fn record_poll(&mut self, call: &Call<'_>, job: &Job) {
        if call.delivery == Delivery::Repeated {
            return;
        }
        self.audit.count(Some(&call.consent.account), |counts| counts.polls += 1);
        if let Some(last) = job.last_poll {
            let since = call.now.duration_since(last).unwrap_or_default();
            if since < BETWEEN_POLLS {
                let since = since.as_secs();
                let text = format!("the state of {} was asked for after {since} seconds", job.id);
                self.broken(call, Rule::PollTooSoon, &text);
            }
        }
        // Only answers that arrive, and that say to wait, make the client wait.
        let is_over = job.state(call.now) != State::InProgress
            && (self.has_files(job, call.now) || !job.has_archive(call.now));
        let waits = !is_over && call.delivery != Delivery::ResponseLost;
        if let Some(job) = self.jobs.get_mut(&job.id) {
            job.last_poll = waits.then_some(call.now);
        }
    }

    fn retry(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        call.check_empty()?;
        let job = self.job(call)?;
        if let Some(last) = self.last_retry(&job).cloned() {
            let text = format!("the retry of {} was started again", job.id);
            self.record_reask(call, &last, Rule::Duplicate, &text);
            return Err(Failure::already_exists(&self.config.premises, &last));
        }
        if job.state(call.now) != State::Failed {
            let text = format!("a retry of {}, which has not failed", job.id);
            let failure = Failure::failed_precondition("The job has not failed.");
            return Err(failure.breaks(Rule::RetryOfUnfailed, text));
        }
        if job.retries >= MAX_RETRIES {
            let message = "The job was retried three times.";
            let failure = Failure::new(429, "RESOURCE_EXHAUSTED", message);
            return Err(failure.breaks(Rule::FourthRetry, format!("a fourth retry, of {}", job.id)));
        }
        let new = self.start_job(call, job.export.clone(), Some(&job));
        Ok(json!({ "archiveJobId": new }))
    }

    fn cancel(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        call.check_empty()?;
        let job = self.job(call)?;
        if job.export.access.is_one_time() {
            let text = format!("a cancellation of {}, which has one-time access", job.id);
            let failure = Failure::failed_precondition("The job has one-time access.");
            return Err(failure.breaks(Rule::ImpossibleCancel, text));
        }
        // A job can end while a request to cancel it is on its way.
        if job.state(call.now) != State::InProgress {
            return Err(Failure::failed_precondition("The job is not in progress."));
        }
        if let Some(job) = self.jobs.get_mut(&job.id) {
            job.ending = State::Cancelled;
        }
        self.audit.count(Some(&call.consent.account), |counts| counts.cancellations += 1);
        Ok(json!({}))
    }

    fn reset(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        call.check_empty()?;
        let Consent { account, project, .. } = &call.consent;
        self.remove_access(account, project);
        self.jobs.retain(|_, job| !job.is_of(&call.consent));
        self.conduct.remove(&call.consent.person());
        self.audit.count(Some(account), |counts| counts.resets += 1);
        Ok(json!({}))
    }
}

fn check_access_type(call: &Call<'_>) -> Result<Value, Failure> {
    call.check_empty()?;
    let Consent { scopes, access, .. } = &call.consent;
    let groups: Vec<&str> =
        scopes.iter().filter_map(|scope| scope.strip_prefix(SCOPE_PREFIX)).collect();
    // As in all JSON of Google's APIs, an empty list is left out.
    let key = if access.is_one_time() { "oneTimeResources" } else { "timeBasedResources" };
    Ok(json!({ key: groups }))
}

fn unauthenticated(message: &str) -> Response {
    let mut response = Failure::new(401, "UNAUTHENTICATED", message).into_response();
    let challenge = HeaderValue::from_static("Bearer realm=\"https://accounts.google.com/\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}
