//! Errors of the API.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::audit::Rule;
use crate::authorization::Access;
use crate::jobs::{COOL_DOWN, Job};
use crate::premises::{Metadata, Premises, ProjectRefusal, RetryTime};
use crate::reply::{self, Response};
use crate::rfc3339::rfc3339;

/// Why a call fails.
pub(crate) struct Failure {
    status: u16,
    code: &'static str,
    message: String,
    details: Vec<Value>,
    /// Until when Google says to wait.
    pub(crate) wait: Option<SystemTime>,
    /// Whether it is about all calls of the method, whatever they name.
    pub(crate) is_wide: bool,
    /// The rule that the call breaks, and how.
    pub(crate) broken: Option<(Rule, String)>,
}

impl Failure {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Failure {
        Failure {
            status,
            code,
            message: message.into(),
            details: Vec::new(),
            wait: None,
            is_wide: false,
            broken: None,
        }
    }

    pub(crate) fn breaks(self, rule: Rule, text: impl Into<String>) -> Failure {
        Failure { broken: Some((rule, text.into())), ..self }
    }

    pub(crate) fn invalid_argument(message: impl Into<String>) -> Failure {
        Failure::new(400, "INVALID_ARGUMENT", message)
    }

    pub(crate) fn failed_precondition(message: impl Into<String>) -> Failure {
        Failure::new(400, "FAILED_PRECONDITION", message)
    }

    pub(crate) fn permission_denied() -> Failure {
        let message = "The requested resources are not authorized by the OAuth token.";
        let details = vec![json!({
            "@type": "type.googleapis.com/google.rpc.DebugInfo",
            "detail": "The token does not have all the scopes of the resources.",
        })];
        Failure { details, ..Failure::new(403, "PERMISSION_DENIED", message) }
    }

    /// A refusal that is about the project, not about the token.
    pub(crate) fn project(refusal: ProjectRefusal, project: &str) -> Failure {
        let message = format!(
            "Data Portability API cannot be used in project {project}. If you have enabled it \
             recently, wait a few minutes and retry."
        );
        let metadata = json!({
            "service": "dataportability.googleapis.com",
            "consumer": format!("projects/{project}"),
        });
        let failure = Failure::new(403, "PERMISSION_DENIED", message);
        let failure = failure.with_info(refusal.reason(), "googleapis.com", &metadata);
        Failure { is_wide: true, ..failure }
    }

    /// The job that is there already.
    pub(crate) fn already_exists(premises: &Premises, job: &Job) -> Failure {
        let metadata = match premises.metadata {
            Metadata::Documented => json!({ "job_id": job.id }),
            Metadata::OtherKeys => json!({ "archive_job_id": job.id }),
            Metadata::Absent => Value::Null,
        };
        let reason = with_access("ALREADY_EXISTS", job.export.access);
        let failure = Failure::new(409, "ALREADY_EXISTS", exported_in(Some(&job.id)));
        failure.with_info(&reason, DOMAIN, &metadata)
    }

    /// An export that is not possible again yet. `earlier` are the jobs that stand in its way, the
    /// most recent last.
    pub(crate) fn exhausted(
        premises: &Premises,
        access: Access,
        earlier: &[Job],
        now: SystemTime,
    ) -> Failure {
        let ids: Vec<&str> = earlier.iter().map(|job| &*job.id).collect();
        let is_absent = premises.metadata == Metadata::Absent;
        let mut message = exported_in(ids.last().copied().filter(|_| is_absent));
        let [jobs, time] = match premises.metadata {
            Metadata::OtherKeys => ["previous_archive_job_ids", "next_export_time"],
            _ => ["previous_job_ids", "timestamp_after_24hrs"],
        };
        let mut metadata = if is_absent { Value::Null } else { json!({ jobs: ids.join(",") }) };
        let started = earlier.last().map(|job| job.started);
        let named = match premises.retry_time {
            _ if access.is_one_time() => None,
            RetryTime::Right | RetryTime::InMessage => started.map(|time| time + COOL_DOWN),
            RetryTime::Past => started,
            RetryTime::Absent => None,
        };
        if access.is_one_time() {
            message += " Reset the authorization to export them again.";
        }
        match named.map(rfc3339) {
            Some(named) if is_absent || premises.retry_time == RetryTime::InMessage => {
                message = format!("{message} You can initiate another export after {named}.");
            }
            Some(named) => metadata[time] = json!(named),
            None => {}
        }
        let reason = with_access("RESOURCE_EXHAUSTED", access);
        let failure = Failure::new(429, "RESOURCE_EXHAUSTED", message);
        let failure = failure.with_info(&reason, DOMAIN, &metadata);
        Failure { wait: named.filter(|time| *time > now), ..failure }
    }

    fn with_info(mut self, reason: &str, domain: &str, metadata: &Value) -> Failure {
        let mut info = json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": domain,
        });
        if !metadata.is_null() {
            info["metadata"] = metadata.clone();
        }
        self.details.push(info);
        self
    }

    /// Returns whether it says no, and neither when to come again nor which job to go on with.
    pub(crate) fn is_no(&self) -> bool {
        self.wait.is_none() && self.status != 409
    }

    pub(crate) fn into_response(self) -> Response {
        let Failure { status, code, message, details, .. } = self;
        let mut error = json!({ "code": status, "message": message, "status": code });
        if !details.is_empty() {
            error["details"] = json!(details);
        }
        reply::json(status, &json!({ "error": error }))
    }
}

/// The domain of the API's own reasons.
const DOMAIN: &str = "dataportability.googleapis.com";

fn exported_in(job: Option<&str>) -> String {
    let exported = "The requested resources have already been exported";
    match job {
        Some(job) => format!("{exported} in job {job} matching this request."),
        None => format!("{exported}."),
    }
}

pub(crate) fn with_access(reason: &str, access: Access) -> String {
    let access = if access.is_one_time() { "ONE_TIME" } else { "TIME_BASED" };
    format!("{reason}_{access}")
}
