//! The calls of all six methods behind one type, for tests that go over all of them.

use std::error::Error;
use std::fmt::Debug;

use dataportability_scopes::api::{
    ApiMethod, ArchiveStateRequest, CancelRequest, CheckAccessTypeRequest, InitiateRequest, JobId,
    ResetRequest, RetryRequest,
};
use dataportability_scopes::catalogue::{Revision, ScopeSet};
use dataportability_scopes::grant::Grant;
use dataportability_scopes::http::{Request, Response};
use dataportability_scopes::http_call::HttpCall;

/// A token of the length and the characters of Google's.
pub(crate) const TOKEN: &str =
    "ya29.a0AfB-byC7zQ_93kPwT9vLr2NcYdEuGhJ5b4Xs8MQmWfHgR1tUoVeKxZnIpLqSjDcBaYtXwFvGrEhNk6Oi0P";

/// The job of the calls that have one.
pub(crate) const JOB: &str = "3f1c6f2e";

type Read = dyn Fn(&Response<Vec<u8>>) -> Result<String, Box<dyn Error>>;

pub(crate) struct Call {
    pub(crate) method: ApiMethod,
    pub(crate) request: Request<Vec<u8>>,
    /// The call as `Debug` shows it.
    pub(crate) debug: String,
    read: Box<Read>,
}

impl Call {
    fn new<C>(method: ApiMethod, call: C) -> Call
    where
        C: HttpCall<Response: Debug, Error: Error + 'static> + Debug + 'static,
    {
        Call {
            method,
            request: call.to_request().expect("a request"),
            debug: format!("{call:?}"),
            read: Box::new(move |response| match call.read_response(response) {
                Ok(response) => Ok(format!("{response:?}\n{response:#?}")),
                Err(error) => Err(error.into()),
            }),
        }
    }

    /// Reads a response. Returns the result as `Debug` shows it.
    pub(crate) fn read(&self, response: &Response<Vec<u8>>) -> Result<String, Box<dyn Error>> {
        (self.read)(response)
    }

    /// Reads a response that is expected to be an error.
    pub(crate) fn error(&self, code: u16, body: &str) -> Box<dyn Error> {
        self.read(&response(code, body)).expect_err(body)
    }
}

pub(crate) fn response(code: u16, body: impl AsRef<[u8]>) -> Response<Vec<u8>> {
    Response::builder()
        .status(code)
        .body(body.as_ref().to_vec())
        .expect("a response")
}

/// One call of each method.
pub(crate) fn calls() -> Vec<Call> {
    let grant = Grant::from(ScopeSet::ALL);
    let job: JobId = JOB.parse().expect("a job");
    let scopes = Revision::NEWEST.scopes();
    let some_resources: ScopeSet = scopes.iter().take(2).collect();
    ApiMethod::all()
        .map(|method| match method {
            ApiMethod::CheckAccessType => {
                let request = CheckAccessTypeRequest::new(&grant).expect("allowed");
                Call::new(method, request.with_token(TOKEN))
            }
            ApiMethod::Cancel => {
                let request = CancelRequest::new(&job, &grant).expect("allowed");
                Call::new(method, request.with_token(TOKEN))
            }
            ApiMethod::GetState => {
                let request = ArchiveStateRequest::new(&job, some_resources, &grant);
                Call::new(method, request.expect("allowed").with_token(TOKEN))
            }
            ApiMethod::Retry => {
                let request = RetryRequest::new(&job, &grant).expect("allowed");
                Call::new(method, request.with_token(TOKEN))
            }
            ApiMethod::Reset => {
                let request = ResetRequest::new(&grant).expect("allowed");
                Call::new(method, request.with_token(TOKEN))
            }
            ApiMethod::Initiate => {
                let request = InitiateRequest::new(some_resources, &grant).expect("allowed");
                Call::new(method, request.with_token(TOKEN))
            }
            other => panic!("no call of {other}"),
        })
        .collect()
}

pub(crate) fn call(method: ApiMethod) -> Call {
    let call = calls().into_iter().find(|call| call.method == method);
    call.expect("a call of each method")
}
