//! A person with exports, and the answers of Google.

use std::time::{Duration, SystemTime};

use dataportability_scopes::api::export::{Archive, Export, ExportCall, Exports, Progress, Step};
use dataportability_scopes::api::{ApiMethod, JobId};
use dataportability_scopes::call::{CallError, Endpoints, HttpCall, send};
use dataportability_scopes::catalogue::{Resource, Scopes};
use dataportability_scopes::grant::{Access, Grant};
use dataportability_scopes::http::Response;
use serde_json::{Value, json};

use crate::google::{error, response};

pub(crate) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

pub(crate) fn stamp(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

pub(crate) fn id(number: u32) -> JobId {
    format!("{number:08x}-0000-4000-8000-000000000000").parse().unwrap()
}

pub(crate) struct Person {
    pub(crate) exports: Exports,
    pub(crate) grant: Grant,
    endpoints: Endpoints,
    pub(crate) now: SystemTime,
    pub(crate) expires_at: Option<SystemTime>,
}

impl Person {
    pub(crate) fn new(resources: impl Into<Scopes>) -> Person {
        let grant = Grant::from(resources.into());
        let exports = Exports::new(&grant, start());
        let endpoints = Endpoints::default();
        Person { exports, grant, endpoints, now: start(), expires_at: None }
    }

    /// A person whose first job has been started.
    pub(crate) fn begun(resources: impl Into<Scopes>) -> Person {
        let mut person = Person::new(resources);
        person.expect(ApiMethod::Initiate, started(1));
        person
    }

    pub(crate) fn poll(&mut self) -> Step {
        let access = Access::new(&self.endpoints, "ya29.a", &self.grant);
        self.exports.poll(&access.expires_at(self.expires_at), self.now)
    }

    pub(crate) fn next_at(&self) -> Option<SystemTime> {
        let access = Access::new(&self.endpoints, "ya29.a", &self.grant);
        self.exports.next_at(&access.expires_at(self.expires_at), self.now)
    }

    /// Polls, waiting as long as asked, until there is something else to do.
    pub(crate) fn next(&mut self) -> Step {
        loop {
            match self.poll() {
                Step::WaitUntil(until, _) => self.now = until,
                step => return step,
            }
        }
    }

    pub(crate) fn call(&mut self) -> ExportCall {
        match self.next() {
            Step::Send(call) => call,
            step => panic!("{step:?} instead of a call"),
        }
    }

    pub(crate) fn answer(&mut self, call: &ExportCall, answer: Response<Vec<u8>>) {
        let result = send(call, |_| Ok::<_, CallError>(answer));
        self.exports.record(call, &result, self.now);
    }

    pub(crate) fn lose(&mut self, call: &ExportCall) {
        let result = send(call, |_| Err("the answer is lost"));
        self.exports.record(call, &result, self.now);
    }

    /// Answers the next call, which has to be of this method.
    pub(crate) fn expect(&mut self, method: ApiMethod, answer: Response<Vec<u8>>) -> ExportCall {
        let call = self.call();
        assert_eq!(call.name(), method.id());
        assert_eq!(call.method(), method);
        self.answer(&call, answer);
        call
    }

    pub(crate) fn progress(&self) -> Vec<Progress> {
        self.exports.iter().map(|export| export.progress()).collect()
    }

    pub(crate) fn export(&self) -> Export<'_> {
        self.exports.iter().next().unwrap()
    }

    pub(crate) fn job(&self) -> Option<JobId> {
        self.export().job().cloned()
    }

    /// The archive of the first job, which Google now says is complete.
    pub(crate) fn archive(&mut self) -> Archive {
        self.expect(ApiMethod::GetState, state("COMPLETE", start()));
        match self.next() {
            Step::Download(archive) => archive,
            step => panic!("{step:?} instead of an archive"),
        }
    }

    /// Any call, to make an error of.
    pub(crate) fn call_for_error(&self) -> impl HttpCall<Response = ()> {
        Access::new(&self.endpoints, "ya29.a", &self.grant).reset().unwrap()
    }
}

pub(crate) fn started(number: u32) -> Response<Vec<u8>> {
    let body =
        json!({ "archiveJobId": id(number).as_str(), "accessType": "ACCESS_TYPE_TIME_BASED" });
    response(200, body.to_string().into_bytes())
}

pub(crate) fn state(name: &str, exported: SystemTime) -> Response<Vec<u8>> {
    let mut body = json!({ "state": name, "exportTime": stamp(exported) });
    if name == "COMPLETE" {
        body["urls"] = json!(["https://storage.example/a.zip?sig=s3cret"]);
    }
    response(200, body.to_string().into_bytes())
}

/// A refusal with the time to come back, or with earlier jobs.
#[allow(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
pub(crate) fn limited(metadata: Value) -> Response<Vec<u8>> {
    let details = json!([{ "reason": "RESOURCE_EXHAUSTED_TIME_BASED", "metadata": metadata }]);
    error(429, "RESOURCE_EXHAUSTED", "…", details)
}

/// A refusal of the token, or of the project if there is a reason.
pub(crate) fn denied(reason: Option<&str>) -> Response<Vec<u8>> {
    let details = reason.map(|reason| json!({ "reason": reason, "domain": "googleapis.com" }));
    error(403, "PERMISSION_DENIED", "…", details.into_iter().collect())
}

/// The first resources that the newest list has, whatever it is: one, another and a third.
pub(crate) fn listed(index: usize) -> Resource {
    let mut listed = Resource::all().filter(|resource| resource.scope().is_listed());
    listed.nth(index).expect("every list has three resources")
}
