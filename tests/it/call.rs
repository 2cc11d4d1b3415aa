//! Sending a call through an HTTP client, and the one error of all calls.

use std::error::Error;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use dataportability_scopes::call::{CallError, CallErrorKind, send, send_async};
use dataportability_scopes::http::{Request, Response};

use crate::fixtures::{access, response};

type Sent<E> = Result<Response<Vec<u8>>, E>;

/// Runs a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the future waits"),
    }
}

/// Sends a call that the client answers, in both ways.
fn both<E>(client: impl Fn(Request<Vec<u8>>) -> Sent<E>) -> [Result<(), CallError>; 2]
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let call = access().reset().expect("allowed");
    let blocking = send(&call, &client);
    [blocking, ready(send_async(&call, async |request| client(request)))]
}

#[test]
fn a_response_is_read_whatever_its_status() {
    for result in both(|_request| Ok::<_, io::Error>(response(200, "{}"))) {
        assert!(result.is_ok());
    }
    for result in both(|_request| Ok::<_, io::Error>(response(401, "{}"))) {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.status()), (CallErrorKind::Refused, Some(401)));
        assert!(error.source().is_none());
    }
}

#[test]
fn a_client_that_fails_is_the_source_of_the_error_which_may_pass() {
    let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
    for result in both(|_request| Err(refused())) {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), CallErrorKind::NoResponse);
        assert_eq!(error.status(), None);
        assert!(error.is_transient() && !error.needs_consent());
        let source = error.source().expect("the client's error");
        let source: &io::Error = source.downcast_ref().expect("as it was");
        assert_eq!(source.kind(), io::ErrorKind::ConnectionRefused);
        // A cause is in the text or in the source, not in both.
        assert!(!error.to_string().contains(&source.to_string()));
    }
}

#[test]
fn errors_of_any_kind_go_through_and_come_out_with_a_question_mark() {
    fn anyhow() -> anyhow::Result<()> {
        let call = access().reset()?;
        send(&call, |_request| -> anyhow::Result<_> { Ok(response(200, "{}")) })?;
        ready(send_async(&call, async |_request| -> anyhow::Result<_> {
            anyhow::bail!("the network is down")
        }))?;
        Ok(())
    }
    fn boxed() -> Result<(), Box<dyn Error + Send + Sync>> {
        let call = access().reset()?;
        send(&call, |_request| -> Sent<Box<dyn Error + Send + Sync>> { Ok(response(200, "{}")) })?;
        ready(send_async(&call, async |_request| -> Sent<Box<dyn Error + Send + Sync>> {
            Err("the network is down".into())
        }))?;
        Ok(())
    }
    let text = "authorization.reset: no response was received";
    let error = anyhow().unwrap_err();
    assert_eq!(error.to_string(), text);
    assert_eq!(error.root_cause().to_string(), "the network is down");
    let error = boxed().unwrap_err();
    assert_eq!(error.to_string(), text);
    assert_eq!(error.source().expect("a source").to_string(), "the network is down");
}

#[test]
fn calls_errors_and_the_future_of_a_call_go_to_other_threads() {
    fn anywhere<T: Send + Sync + 'static>(_: &T) {}
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let call = access().reset().expect("allowed");
    anywhere(&call);
    let sent = is_send(send_async(&call, async |_request| Err("down")));
    anywhere(&ready(sent).unwrap_err());
}
