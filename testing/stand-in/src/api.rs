//! The six methods of the Data Portability API.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::audit::Rule;
use crate::authorization::Access;
use crate::config::SCOPE_PREFIX;
use crate::google::{Delivery, Google};
use crate::jobs::{COOL_DOWN, Export, Job, Knowledge, State};
use crate::reply;
use crate::rfc3339::rfc3339;
use crate::tokens::Bearer;

/// How long to wait between two requests for the state of a job.
const BETWEEN_POLLS: Duration = Duration::from_secs(5 * 60);

/// How often a job can be retried.
const MAX_RETRIES: u32 = 3;

/// The body of `portabilityArchive.initiate`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Initiate {
    #[serde(default)]
    resources: Vec<String>,
    start_time: Option<String>,
    end_time: Option<String>,
}

/// Why a call fails.
struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: Vec<Value>,
}

impl Failure {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Failure {
        Failure {
            status,
            code,
            message: message.into(),
            details: Vec::new(),
        }
    }

    fn invalid_argument(message: impl Into<String>) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message)
    }

    fn failed_precondition(message: impl Into<String>) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "FAILED_PRECONDITION", message)
    }

    fn not_found() -> Failure {
        Failure::new(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "Requested entity was not found.",
        )
    }

    fn permission_denied() -> Failure {
        let message = "The requested resources are not authorized by the OAuth token.";
        let mut failure = Failure::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message);
        failure.details.push(json!({
            "@type": "type.googleapis.com/google.rpc.DebugInfo",
            "detail": "The token does not have all the scopes of the resources.",
        }));
        failure
    }

    /// The job that is there already.
    fn already_exists(job: &Job) -> Failure {
        Failure::new(
            StatusCode::CONFLICT,
            "ALREADY_EXISTS",
            format!("There is a job already: {}", job.id),
        )
        .with_reason(
            "ALREADY_EXISTS",
            job.export.access,
            &json!({ "job_id": job.id }),
        )
    }

    fn with_reason(mut self, reason: &str, access: Access, metadata: &Value) -> Failure {
        let access = if access.is_one_time() {
            "ONE_TIME"
        } else {
            "TIME_BASED"
        };
        self.details.push(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": format!("{reason}_{access}"),
            "domain": "dataportability.googleapis.com",
            "metadata": metadata,
        }));
        self
    }

    fn into_response(self) -> Response<Vec<u8>> {
        reply::api_error(self.status, self.code, &self.message, &self.details)
    }
}

/// A call that has a valid token.
pub(crate) struct Call<'r> {
    pub(crate) bearer: Bearer,
    pub(crate) now: SystemTime,
    pub(crate) delivery: Delivery,
    body: &'r [u8],
}

impl Google {
    /// Answers a call to the API.
    pub(crate) fn call(
        &mut self,
        method: &Method,
        path: &str,
        request: &Request<Vec<u8>>,
        now: SystemTime,
        delivery: Delivery,
    ) -> Response<Vec<u8>> {
        let Some(endpoint) = Endpoint::find(method, path) else {
            self.find(now, None, Rule::MalformedRequest, "no such method or path");
            return Failure::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Method not found.")
                .into_response();
        };
        let bearer = match self.bearer(request, now) {
            Ok(bearer) => bearer,
            Err(message) => return unauthenticated(message),
        };
        let call = Call {
            bearer,
            body: request.body(),
            now,
            delivery,
        };
        let answer = match endpoint {
            Endpoint::Initiate => self.initiate(&call),
            Endpoint::State(id) => self.state(&call, id),
            Endpoint::Retry(id) => self.retry(&call, id),
            Endpoint::Cancel(id) => self.cancel(&call, id),
            Endpoint::Reset => self.reset(&call),
            Endpoint::CheckAccessType => self.check_access_type(&call),
        };
        match answer {
            Ok(body) => reply::json(StatusCode::OK, &body),
            Err(failure) => failure.into_response(),
        }
    }

    /// Records a broken rule of a call. A request that was repeated on the way breaks none.
    fn broken(&mut self, call: &Call<'_>, rule: Rule, text: &str) {
        if call.delivery != Delivery::Repeated {
            self.find(call.now, Some(&call.bearer.account), rule, text);
        }
    }

    /// Fails unless the body is empty, or an empty JSON object.
    fn check_empty(&mut self, call: &Call<'_>) -> Result<(), Failure> {
        let body = call.body.trim_ascii();
        let is_empty = body.is_empty()
            || serde_json::from_slice(body).is_ok_and(|body: Value| body == json!({}));
        if is_empty {
            return Ok(());
        }
        self.broken(call, Rule::MalformedRequest, "the body is not empty");
        Err(Failure::invalid_argument(
            "Invalid JSON payload received. The body must be empty.",
        ))
    }

    fn initiate(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let account = call.bearer.account.clone();
        if call.delivery != Delivery::Repeated {
            self.audit
                .count(Some(&account), |counts| counts.initiates += 1);
        }
        let asked: Initiate = serde_json::from_slice(call.body).map_err(|_| {
            let text = "the body of initiate is not what the method takes";
            self.broken(call, Rule::MalformedRequest, text);
            Failure::invalid_argument("Invalid JSON payload received.")
        })?;
        let resources: BTreeSet<String> = asked.resources.iter().cloned().collect();
        let resources: Vec<String> = resources.into_iter().collect();
        self.check_resources(call, &resources)?;
        let access = self
            .consents
            .get(&call.bearer.consent)
            .map_or(Access::OneTime, |consent| consent.access);
        let (start, end) = self.check_range(call, &resources, &asked)?;
        self.check_not_exported(call, &resources)?;

        let export = Export {
            resources,
            access,
            start,
            end,
        };
        let job = self.start_job(call, export, None);
        Ok(json!({
            "archiveJobId": job,
            "accessType": if access.is_one_time() {
                "ACCESS_TYPE_ONE_TIME"
            } else {
                "ACCESS_TYPE_TIME_BASED"
            },
        }))
    }

    /// Fails unless the resources exist and the token covers them all.
    fn check_resources(&mut self, call: &Call<'_>, resources: &[String]) -> Result<(), Failure> {
        if resources.is_empty() {
            self.broken(call, Rule::MalformedRequest, "no resources");
            return Err(Failure::invalid_argument("resources must not be empty."));
        }
        if let Some(unknown) = resources
            .iter()
            .find(|group| self.resource(group).is_none())
        {
            let (rule, text) = if unknown.starts_with(SCOPE_PREFIX) {
                (
                    Rule::ScopeAsResource,
                    "a whole scope was given as a resource",
                )
            } else {
                (
                    Rule::UnknownResource,
                    "a resource that does not exist was given",
                )
            };
            self.broken(call, rule, text);
            return Err(Failure::invalid_argument(format!(
                "Invalid resource: {unknown:?}"
            )));
        }
        let consent = self.consents.get(&call.bearer.consent);
        let covers = |group: &String| consent.is_some_and(|consent| consent.covers(group));
        if let Some(group) = resources.iter().find(|group| !covers(group)) {
            let text = format!("an export of {group} with a token that does not cover it");
            self.broken(call, Rule::UncoveredResource, &text);
            return Err(Failure::permission_denied());
        }
        Ok(())
    }

    /// Returns the start and the end of the time range. Fails if there is one and a resource takes none.
    fn check_range(
        &mut self,
        call: &Call<'_>,
        resources: &[String],
        asked: &Initiate,
    ) -> Result<(Option<SystemTime>, SystemTime), Failure> {
        let parse = |time: &Option<String>| {
            time.as_deref()
                .map(humantime::parse_rfc3339)
                .transpose()
                .map_err(|_| ())
        };
        let (Ok(start), Ok(end)) = (parse(&asked.start_time), parse(&asked.end_time)) else {
            self.broken(call, Rule::MalformedRequest, "a time is not RFC 3339");
            return Err(Failure::invalid_argument(
                "Invalid value for startTime or endTime: a time in RFC 3339 is expected.",
            ));
        };
        let limited = start.is_some() || end.is_some();
        let unfiltered = resources
            .iter()
            .find(|group| self.resource(group).is_some_and(|it| !it.time_filter));
        if let Some(group) = unfiltered.filter(|_| limited) {
            let text = format!("a time range was given with {group}, which takes none");
            self.broken(call, Rule::TimeRangeMisuse, &text);
            return Err(Failure::invalid_argument(format!(
                "A time range is not supported for {group}."
            )));
        }
        let end = end.unwrap_or(call.now);
        if start.is_some_and(|start| start >= end) {
            let text = "a time range ends before it starts";
            self.broken(call, Rule::TimeRangeMisuse, text);
            return Err(Failure::invalid_argument(
                "startTime must be before endTime.",
            ));
        }
        Ok((start, end))
    }

    /// Fails if one of the resources is exported already, or was and may not be again yet.
    fn check_not_exported(&mut self, call: &Call<'_>, resources: &[String]) -> Result<(), Failure> {
        let earlier: Vec<Job> = self
            .earlier_jobs(&call.bearer, resources, call.now)
            .into_iter()
            .cloned()
            .collect();
        let Some(last) = earlier.first() else {
            return Ok(());
        };
        let running = earlier
            .iter()
            .find(|job| job.state(call.now) == State::InProgress);
        let before = running.unwrap_or(last);
        let rule = if before.state(call.now) == State::Failed {
            Rule::ReaskedAfterFailure
        } else {
            Rule::Duplicate
        };
        self.record_reask(
            call,
            before,
            rule,
            &format!(
                "an export of {} was started again",
                before.export.resources.join(", ")
            ),
        );
        if let Some(job) = running {
            return Err(Failure::already_exists(job));
        }

        let one_time = earlier.iter().find(|job| job.export.access.is_one_time());
        let access = one_time.unwrap_or(last).export.access;
        let ids: Vec<&str> = earlier.iter().map(|job| &*job.id).collect();
        let mut metadata = json!({ "previous_job_ids": ids.join(",") });
        let message = if access.is_one_time() {
            "The resources were exported already. Reset the authorization to export them again."
                .to_owned()
        } else {
            let after = rfc3339(last.started + COOL_DOWN);
            metadata["timestamp_after_24hrs"] = json!(after);
            format!("The resources were exported in the last 24 hours. Try again after {after}.")
        };
        Err(
            Failure::new(StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", message).with_reason(
                "RESOURCE_EXHAUSTED",
                access,
                &metadata,
            ),
        )
    }

    /// Records that a job was asked for again: as a broken rule if the client knew the job.
    fn record_reask(&mut self, call: &Call<'_>, job: &Job, rule: Rule, text: &str) {
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
    fn job(&mut self, call: &Call<'_>, id: &str) -> Result<Job, Failure> {
        match self.jobs.get_mut(id) {
            Some(job) if job.is_of(&call.bearer) => {
                job.client = Knowledge::Used;
                Ok(job.clone())
            }
            _ => {
                let text = "a job was named that does not exist, or no longer";
                self.broken(call, Rule::UnknownJob, text);
                Err(Failure::not_found())
            }
        }
    }

    fn state(&mut self, call: &Call<'_>, id: &str) -> Result<Value, Failure> {
        let job = self.job(call, id)?;
        let consent = self.consents.get(&call.bearer.consent);
        let covers = |group: &String| consent.is_some_and(|consent| consent.covers(group));
        if let Some(group) = job.export.resources.iter().find(|group| !covers(group)) {
            let text = format!("a job of {group} was read with a token that does not cover it");
            self.broken(call, Rule::UncoveredResource, &text);
            return Err(Failure::permission_denied());
        }
        self.record_poll(call, &job);

        let state = job.state(call.now);
        let mut body = json!({
            "name": format!("archiveJobs/{id}/portabilityArchiveState"),
            "state": state.as_str(),
            "exportTime": rfc3339(job.export.end),
        });
        if let Some(start) = job.export.start {
            body["startTime"] = json!(rfc3339(start));
        }
        if job.has_archive(call.now) {
            body["urls"] = json!(self.signed_urls(&job, call.now));
        }
        Ok(body)
    }

    fn record_poll(&mut self, call: &Call<'_>, job: &Job) {
        if call.delivery == Delivery::Repeated {
            return;
        }
        let account = call.bearer.account.clone();
        self.audit.count(Some(&account), |counts| counts.polls += 1);
        if let Some(last) = job.last_poll {
            let since = call.now.duration_since(last).unwrap_or_default();
            if since < BETWEEN_POLLS {
                let text = format!(
                    "the state of {} was asked for after {} seconds",
                    job.id,
                    since.as_secs()
                );
                self.broken(call, Rule::PollTooSoon, &text);
            }
        }
        // Only answers that arrive, and that say to wait, make the client wait.
        let waits =
            job.state(call.now) == State::InProgress && call.delivery != Delivery::ResponseLost;
        if let Some(job) = self.jobs.get_mut(&job.id) {
            job.last_poll = waits.then_some(call.now);
        }
    }

    fn retry(&mut self, call: &Call<'_>, id: &str) -> Result<Value, Failure> {
        self.check_empty(call)?;
        let job = self.job(call, id)?;
        if let Some(last) = self.last_retry(&job).cloned() {
            self.record_reask(
                call,
                &last,
                Rule::Duplicate,
                &format!("the retry of {id} was started again"),
            );
            return Err(Failure::already_exists(&last));
        }
        if job.state(call.now) != State::Failed {
            let text = format!("a retry of {id}, which has not failed");
            self.broken(call, Rule::RetryOfUnfailed, &text);
            return Err(Failure::failed_precondition("The job has not failed."));
        }
        if job.retries >= MAX_RETRIES {
            let text = format!("a fourth retry, of {id}");
            self.broken(call, Rule::FourthRetry, &text);
            return Err(Failure::new(
                StatusCode::TOO_MANY_REQUESTS,
                "RESOURCE_EXHAUSTED",
                "The job was retried three times.",
            ));
        }
        let new = self.start_job(call, job.export.clone(), Some(&job));
        Ok(json!({ "archiveJobId": new }))
    }

    fn cancel(&mut self, call: &Call<'_>, id: &str) -> Result<Value, Failure> {
        self.check_empty(call)?;
        let job = self.job(call, id)?;
        let refusal = if job.export.access.is_one_time() {
            Some("The job has one-time access.")
        } else if job.state(call.now) != State::InProgress {
            Some("The job is not in progress.")
        } else {
            None
        };
        if let Some(refusal) = refusal {
            // A job can end while a request to cancel it is on its way.
            if job.export.access.is_one_time() {
                let text = format!("a cancellation of {id}, which has one-time access");
                self.broken(call, Rule::ImpossibleCancel, &text);
            }
            return Err(Failure::failed_precondition(refusal));
        }
        if let Some(job) = self.jobs.get_mut(id) {
            job.cancel();
        }
        self.audit.count(Some(&call.bearer.account), |counts| {
            counts.cancellations += 1;
        });
        Ok(json!({}))
    }

    fn reset(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        self.check_empty(call)?;
        let Bearer {
            account, project, ..
        } = &call.bearer;
        self.remove_access(account, project);
        self.jobs.retain(|_, job| !job.is_of(&call.bearer));
        self.audit.count(Some(account), |counts| counts.resets += 1);
        Ok(json!({}))
    }

    fn check_access_type(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        self.check_empty(call)?;
        let consent = self.consents.get(&call.bearer.consent);
        let groups: Vec<&str> = consent
            .iter()
            .flat_map(|consent| &consent.scopes)
            .filter_map(|scope| scope.strip_prefix(SCOPE_PREFIX))
            .collect();
        // As in all JSON of Google's APIs, an empty list is left out.
        Ok(
            if consent.is_some_and(|consent| consent.access.is_one_time()) {
                json!({ "oneTimeResources": groups })
            } else {
                json!({ "timeBasedResources": groups })
            },
        )
    }
}

fn unauthenticated(message: &str) -> Response<Vec<u8>> {
    reply::with_header(
        reply::api_error(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message, &[]),
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"https://accounts.google.com/\""),
    )
}

/// A method of the API, with the id of the job.
enum Endpoint<'p> {
    Initiate,
    State(&'p str),
    Retry(&'p str),
    Cancel(&'p str),
    Reset,
    CheckAccessType,
}

impl<'p> Endpoint<'p> {
    fn find(method: &Method, path: &'p str) -> Option<Endpoint<'p>> {
        let is_get = method == Method::GET;
        if !is_get && method != Method::POST {
            return None;
        }
        match path.strip_prefix("/v1/")? {
            "portabilityArchive:initiate" if !is_get => return Some(Endpoint::Initiate),
            "authorization:reset" if !is_get => return Some(Endpoint::Reset),
            "accessType:check" if !is_get => return Some(Endpoint::CheckAccessType),
            _ => {}
        }
        let job = path.strip_prefix("/v1/archiveJobs/")?;
        let (id, endpoint): (_, fn(&'p str) -> Endpoint<'p>) = if is_get {
            let id = job.strip_suffix("/portabilityArchiveState")?;
            (id, Endpoint::State)
        } else if let Some(id) = job.strip_suffix(":retry") {
            (id, Endpoint::Retry)
        } else {
            (job.strip_suffix(":cancel")?, Endpoint::Cancel)
        };
        (!id.is_empty() && !id.contains('/')).then(|| endpoint(id))
    }
}
