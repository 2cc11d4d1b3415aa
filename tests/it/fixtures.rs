//! What several tests call with, and a server in place of a real one: a response.
#![cfg_attr(not(feature = "consent"), allow(dead_code, reason = "secrets.rs needs more"))]

use std::error::Error;
use std::fmt::{Debug, Write};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use dataportability_scopes::api::{ApiMethod, JobId};
use dataportability_scopes::call::{CallError, Endpoints, HttpCall};
use dataportability_scopes::catalogue::{Revision, ScopeSet, Scopes};
use dataportability_scopes::grant::{Access, Grant};
use dataportability_scopes::http::{Request, Response};

use crate::known::{everything, of};

/// A token with all characters that Google's have.
pub(crate) const ACCESS_TOKEN: &str = "ya29.a0/Access+Token=That~Is-S3cret";

/// The job of the calls that have one.
pub(crate) const JOB: &str = "3f1c6f2e";

/// A grant of all scopes of the catalogue.
pub(crate) static EVERYTHING: LazyLock<Grant> = LazyLock::new(|| of(everything()));

/// The access of a token that carries all scopes of the catalogue.
pub(crate) fn access() -> Access<'static> {
    static ENDPOINTS: LazyLock<Endpoints> = LazyLock::new(Endpoints::default);
    Access::new(&ENDPOINTS, ACCESS_TOKEN, &EVERYTHING)
}

pub(crate) fn job() -> JobId {
    JOB.parse().expect("a job")
}

/// Two resources that the newest revision lists.
pub(crate) fn two_resources() -> Scopes {
    let listed = Revision::NEWEST.scopes();
    Scopes::from(listed.iter().take(2).collect::<ScopeSet>())
}

pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

pub(crate) fn response(status: u16, body: impl AsRef<[u8]>) -> Response<Vec<u8>> {
    let response = Response::builder().status(status);
    response.body(body.as_ref().to_vec()).expect("a response")
}

/// Everything that a log could show of an error and its causes.
pub(crate) fn all_of(error: &dyn Error) -> String {
    let mut shown = String::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        writeln!(shown, "{error}\n{error:?}\n{error:#?}").expect("a string");
        cause = error.source();
    }
    shown
}

type Read = dyn Fn(&Response<Vec<u8>>) -> Result<String, CallError>;

/// A call of any response.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) request: Request<Vec<u8>>,
    /// The call as `Debug` shows it.
    pub(crate) debug: String,
    read: Box<Read>,
}

impl Call {
    pub(crate) fn new<C>(call: C) -> Call
    where
        C: HttpCall<Response: Debug> + Debug + 'static,
    {
        Call {
            name: call.name(),
            request: call.to_request().expect("a request"),
            debug: format!("{call:?} {call:#?}"),
            read: Box::new(move |response| {
                let response = call.read_response(response)?;
                Ok(format!("{response:?}\n{response:#?}"))
            }),
        }
    }

    /// Reads a response. Returns the result as `Debug` shows it.
    pub(crate) fn read(&self, status: u16, body: impl AsRef<[u8]>) -> Result<String, CallError> {
        (self.read)(&response(status, body))
    }

    /// Reads a response that is expected to be an error.
    pub(crate) fn error(&self, status: u16, body: &str) -> CallError {
        self.read(status, body).expect_err(body)
    }

    /// Returns all that a log could show of a response.
    pub(crate) fn shown(&self, response: &Response<Vec<u8>>) -> String {
        (self.read)(response).unwrap_or_else(|error| all_of(&error))
    }
}

/// The call of a method of the API.
pub(crate) fn call(method: ApiMethod) -> Call {
    let (access, job) = (access(), job());
    match method {
        ApiMethod::CheckAccessType => Call::new(access.check_access_type().expect("allowed")),
        ApiMethod::Cancel => Call::new(access.cancel(&job).expect("allowed")),
        ApiMethod::GetState => Call::new(access.state(&job).expect("allowed")),
        ApiMethod::Retry => Call::new(access.retry(&job).expect("allowed")),
        ApiMethod::Reset => Call::new(access.reset().expect("allowed")),
        ApiMethod::Initiate => Call::new(access.initiate(two_resources()).expect("covered")),
        other => panic!("no call of {other}"),
    }
}

/// A call of each method.
pub(crate) fn calls() -> impl Iterator<Item = Call> {
    ApiMethod::all().map(call)
}
