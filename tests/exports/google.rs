//! A Google that may answer anything, and counts what it must not be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use dataportability_scopes::catalogue::Scopes;
use dataportability_scopes::http::{Request, Response};
use fastrand::Rng;
use serde_json::{Value, json};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// What is decided once for a history.
#[derive(Debug, Clone)]
pub(crate) struct Premise {
    /// One start in 24 hours for the whole client, as one program reports.
    pub(crate) per_client: bool,
    pub(crate) one_time: bool,
    /// How many of 100 answers are odd, and how many requests or answers are lost.
    pub(crate) odd: u32,
    pub(crate) lost: u32,
    /// Until when the project is refused.
    pub(crate) project_ready: SystemTime,
    pub(crate) metadata: Metadata,
    pub(crate) retry_time: RetryTime,
    /// How many of 100 jobs fail.
    pub(crate) failing: u32,
    pub(crate) withdrawn: Option<(String, SystemTime)>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Metadata {
    Documented,
    OtherKeys,
    /// Earlier jobs have the key of a running one.
    JobId,
    MessageOnly,
    None,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum RetryTime {
    Right,
    Past,
    Absent,
}

#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) groups: BTreeSet<String>,
    started: SystemTime,
    ends: SystemTime,
    fails: bool,
    /// How many retries led to it.
    retries: u32,
    retried: bool,
}

pub(crate) struct Google {
    pub(crate) premise: Premise,
    pub(crate) rng: Rng,
    pub(crate) jobs: BTreeMap<String, Job>,
    order: Vec<String>,
    pub(crate) calls: BTreeMap<u64, u32>,
    /// When the state of a job was last answered.
    answered: BTreeMap<String, SystemTime>,
    /// Until when Google has asked not to start these groups again.
    named: Times,
    last_no: Times,
    /// Until when Google has asked to send nothing.
    paused: Option<SystemTime>,
    untold: Option<(Times, Times, Option<SystemTime>)>,
    pub(crate) broken: Vec<String>,
    /// Whether the rules about time are checked: not while the client's clock is wrong.
    pub(crate) checks_time: bool,
    /// Whether a fourth retry counts. An old copy does not know of retries that another process has
    /// sent, and Google refuses one too many.
    pub(crate) checks_retries: bool,
}

type Times = BTreeMap<String, SystemTime>;

impl Google {
    pub(crate) fn new(premise: Premise, seed: u64) -> Google {
        Google {
            premise,
            rng: Rng::with_seed(seed),
            jobs: BTreeMap::new(),
            order: Vec::new(),
            calls: BTreeMap::new(),
            answered: BTreeMap::new(),
            named: BTreeMap::new(),
            last_no: BTreeMap::new(),
            paused: None,
            untold: None,
            broken: Vec::new(),
            checks_time: true,
            checks_retries: true,
        }
    }

    /// Answers a request, or loses it or its answer.
    pub(crate) fn call(
        &mut self,
        request: &Request<Vec<u8>>,
        now: SystemTime,
    ) -> Result<Response<Vec<u8>>, &'static str> {
        let day = now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 86_400;
        *self.calls.entry(day).or_default() += 1;
        if self.rng.u32(..100) < self.premise.lost {
            return Err("the request is lost");
        }
        let known = (self.named.clone(), self.last_no.clone(), self.paused);
        let answer = self.answer(request, now);
        // A client is not blamed for what it was not told.
        self.untold = Some(known);
        if self.rng.u32(..100) < self.premise.lost {
            self.not_told();
            return Err("the answer is lost");
        }
        Ok(answer)
    }

    /// The client has not got the last answer.
    pub(crate) fn not_told(&mut self) {
        if let Some(known) = self.untold.take() {
            (self.named, self.last_no, self.paused) = known;
        }
    }

    fn answer(&mut self, request: &Request<Vec<u8>>, now: SystemTime) -> Response<Vec<u8>> {
        let path = request.uri().path().to_owned();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let groups: BTreeSet<String> = body["resources"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|group| group.as_str().unwrap().to_owned())
            .collect();
        self.check_times(&path, &groups, now);
        let mut response = self.respond(&path, &groups, now);
        if response.status() != 200 && self.rng.u32(..300) < self.premise.odd {
            response.headers_mut().insert("retry-after", 5400.into());
            self.paused = Some(now + 90 * MINUTE);
        }
        let is_no = (400..500).contains(&response.status().as_u16()) && response.status() != 401;
        if is_no {
            self.last_no.insert(path, now);
        } else {
            self.last_no.remove(&path);
        }
        response
    }

    fn check_times(&mut self, path: &str, groups: &BTreeSet<String>, now: SystemTime) {
        if !self.checks_time {
            return;
        }
        if self.paused.is_some_and(|until| now < until) {
            self.broken.push(format!("a call while Google asks to send nothing: {path}"));
        }
        if let Some(before) = self.last_no.get(path) {
            if now < *before + HOUR {
                self.broken.push(format!("asked again within an hour of a no: {path}"));
            }
        }
        for group in groups {
            if self.named.get(group).is_some_and(|until| now < *until) {
                self.broken.push(format!("a start of {group} before the named time"));
            }
        }
        if let Some(job) = job_of(path, "/portabilityArchiveState") {
            if self.answered.get(job).is_some_and(|last| now < *last + 5 * MINUTE) {
                self.broken.push(format!("the state of {job} within five minutes"));
            }
        }
    }

    fn respond(
        &mut self,
        path: &str,
        groups: &BTreeSet<String>,
        now: SystemTime,
    ) -> Response<Vec<u8>> {
        if now < self.premise.project_ready {
            let reasons = ["SERVICE_DISABLED", "BILLING_DISABLED", "CONSUMER_INVALID"];
            let reason = reasons[self.rng.usize(..3)];
            return error(403, "PERMISSION_DENIED", "…", json!([{ "reason": reason }]));
        }
        if self.rng.u32(..100) < self.premise.odd {
            return self.odd();
        }
        if path.ends_with(":initiate") {
            self.initiate(groups, now)
        } else if let Some(job) = job_of(path, ":retry") {
            self.retry(job, now)
        } else {
            let job = job_of(path, "/portabilityArchiveState").unwrap();
            self.state(job, now)
        }
    }

    /// What proxies, load balancers and busy servers answer.
    fn odd(&mut self) -> Response<Vec<u8>> {
        let html = |status| response(status, b"<html>no</html>".to_vec());
        match self.rng.u32(..7) {
            0 => html([400, 404, 405, 409, 413, 421, 425, 499][self.rng.usize(..8)]),
            1 => html([500, 502, 503, 504, 408][self.rng.usize(..5)]),
            2 => error(503, "UNAVAILABLE", "…", json!([])),
            3 => error(409, "ABORTED", "…", json!([])),
            4 => error(401, "UNAUTHENTICATED", "…", json!([])),
            5 => error(429, "RESOURCE_EXHAUSTED", "…", json!([{"reason": "RATE_LIMIT_EXCEEDED"}])),
            _ => response(200, b"{\"surprise\": true}".to_vec()),
        }
    }

    fn initiate(&mut self, groups: &BTreeSet<String>, now: SystemTime) -> Response<Vec<u8>> {
        if let Some((group, at)) = &self.premise.withdrawn {
            if groups.contains(group) && now >= *at {
                return error(400, "INVALID_ARGUMENT", "…", json!([]));
            }
        }
        let premise = self.premise.clone();
        let counts = |job: &Job| premise.per_client || !job.groups.is_disjoint(groups);
        let recent = |job: &Job| premise.one_time || now < job.started + DAY;
        let blocking: Vec<String> = self
            .order
            .iter()
            .filter(|id| counts(&self.jobs[*id]) && recent(&self.jobs[*id]))
            .cloned()
            .collect();
        // What the reports say of running jobs holds for the same resources only.
        let running = blocking.iter().find(|id| {
            let job = &self.jobs[*id];
            now < job.ends && !job.groups.is_disjoint(groups)
        });
        let kind = if premise.one_time { "ONE_TIME" } else { "TIME_BASED" };
        if let Some(id) = running.filter(|_| !premise.per_client) {
            let message = format!("Resources are exported in job {id} matching this request.");
            let reason = format!("ALREADY_EXISTS_{kind}");
            return self.limit(409, "ALREADY_EXISTS", &reason, &message, &json!({ "job_id": id }));
        }
        if premise.one_time && premise.per_client {
            // Nobody reports a limit per client with one-time access.
            let own = blocking.iter().any(|id| !self.jobs[id].groups.is_disjoint(groups));
            if !own {
                return self.start(groups, 0, now);
            }
        }
        if let Some(last) = blocking.last() {
            let until = self.jobs[last].started + DAY;
            let stamp = |time: SystemTime| humantime::format_rfc3339_seconds(time).to_string();
            let mut metadata = json!({ "previous_job_ids": blocking.join(",") });
            let mut message = "Too many exports.".to_owned();
            match premise.retry_time {
                RetryTime::Right if !premise.one_time => {
                    metadata["timestamp_after_24hrs"] = stamp(until).into();
                    message = format!("You can initiate another export after {}.", stamp(until));
                    if !matches!(premise.metadata, Metadata::None) {
                        for group in groups {
                            self.named.insert(group.clone(), until);
                        }
                    }
                }
                RetryTime::Past => {
                    metadata["timestamp_after_24hrs"] = stamp(now - DAY).into();
                }
                _ => {}
            }
            let reason = format!("RESOURCE_EXHAUSTED_{kind}");
            return self.limit(429, "RESOURCE_EXHAUSTED", &reason, &message, &metadata);
        }
        self.start(groups, 0, now)
    }

    fn limit(
        &self,
        code: u16,
        status: &str,
        reason: &str,
        message: &str,
        metadata: &Value,
    ) -> Response<Vec<u8>> {
        let details = match self.premise.metadata {
            Metadata::Documented => json!([{ "reason": reason, "metadata": metadata }]),
            Metadata::OtherKeys | Metadata::JobId => {
                let other = |(key, value): (&String, &Value)| match self.premise.metadata {
                    Metadata::JobId => (key.replace("previous_job_ids", "job_id"), value.clone()),
                    _ => (format!("{}_v2", key.to_uppercase()), value.clone()),
                };
                let metadata: serde_json::Map<String, Value> =
                    metadata.as_object().unwrap().iter().map(other).collect();
                json!([{ "reason": reason, "metadata": metadata }])
            }
            Metadata::MessageOnly => json!([]),
            Metadata::None => return error(code, status, "no", json!([{ "reason": reason }])),
        };
        error(code, status, message, details)
    }

    fn start(
        &mut self,
        groups: &BTreeSet<String>,
        retries: u32,
        now: SystemTime,
    ) -> Response<Vec<u8>> {
        for group in groups {
            let twice =
                |job: &&Job| job.groups.contains(group) && now < job.started + DAY && !job.fails;
            if retries == 0 && self.jobs.values().any(|job| twice(&job)) {
                self.broken.push(format!("two jobs for {group} within a day"));
            }
        }
        let rng = &mut self.rng;
        let (a, b, c) = (rng.u32(..), rng.u16(..), rng.u64(..1 << 48));
        let id = format!("{a:08x}-{b:04x}-4000-8000-{c:012x}");
        let job = Job {
            groups: groups.clone(),
            started: now,
            ends: now + MINUTE * self.rng.u32(1..900),
            fails: self.rng.u32(..100) < self.premise.failing,
            retries,
            retried: false,
        };
        self.jobs.insert(id.clone(), job);
        self.order.push(id.clone());
        let kind = if self.premise.one_time { "ONE_TIME" } else { "TIME_BASED" };
        let access_type = format!("ACCESS_TYPE_{kind}");
        let body = json!({ "archiveJobId": id, "accessType": access_type });
        response(200, body.to_string().into_bytes())
    }

    fn retry(&mut self, id: &str, now: SystemTime) -> Response<Vec<u8>> {
        let Some(job) = self.jobs.get_mut(id) else {
            return error(404, "NOT_FOUND", "…", json!([]));
        };
        if job.retries >= 3 && self.checks_retries {
            self.broken.push(format!("a fourth retry of {id}"));
        }
        if !job.fails || now < job.ends || job.retried || job.retries >= 3 {
            return error(400, "FAILED_PRECONDITION", "…", json!([]));
        }
        job.retried = true;
        let (groups, retries) = (job.groups.clone(), job.retries + 1);
        self.start(&groups, retries, now)
    }

    fn state(&mut self, id: &str, now: SystemTime) -> Response<Vec<u8>> {
        let Some(job) = self.jobs.get(id) else {
            return error(404, "NOT_FOUND", "…", json!([]));
        };
        self.answered.insert(id.to_owned(), now);
        let state = match (now < job.ends, job.fails) {
            (true, _) => ["IN_PROGRESS", "IN_PROGRESS", "PREPARING"][self.rng.usize(..3)],
            (false, true) => "FAILED",
            (false, false) => "COMPLETE",
        };
        let mut body = json!({
            "name": format!("archiveJobs/{id}/portabilityArchiveState"),
            "state": state,
            "exportTime": humantime::format_rfc3339_seconds(job.started).to_string(),
        });
        if state == "COMPLETE" && self.rng.u32(..4) > 0 {
            body["urls"] = json!([format!("https://storage.example/{id}.zip?sig=secret")]);
        }
        response(200, body.to_string().into_bytes())
    }

    /// Returns whether the archive of a job has just these resources.
    pub(crate) fn is_archive_of(&self, id: &str, resources: &Scopes) -> bool {
        let groups: BTreeSet<&str> = resources.names().collect();
        let job = &self.jobs[id];
        job.groups.iter().map(String::as_str).eq(groups)
    }
}

fn job_of<'path>(path: &'path str, end: &str) -> Option<&'path str> {
    path.strip_prefix("/v1/archiveJobs/")?.strip_suffix(end)
}

pub(crate) fn response(status: u16, body: Vec<u8>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body).unwrap()
}

#[allow(clippy::needless_pass_by_value, reason = "it reads better where it is called")]
pub(crate) fn error(code: u16, status: &str, message: &str, details: Value) -> Response<Vec<u8>> {
    let error = json!({ "code": code, "status": status, "message": message, "details": details });
    response(code, json!({ "error": error }).to_string().into_bytes())
}
