//! The HTTP client that the library asks through: any function of this shape will do.

use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use dataportability_scopes::http::Response;
use dataportability_scopes::oauth2::{HttpRequest, HttpResponse};
use ureq::Agent;

/// Redirects are not followed: they would carry codes and tokens to wherever they point. An error
/// status is an answer like any other, for the library to read.
static AGENT: LazyLock<Agent> = LazyLock::new(|| {
    Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
});

/// More than any answer has.
const LONGEST_ANSWER: u64 = 1024 * 1024;

/// Sends a request. The client blocks, so it does its work beside the server's.
pub(crate) async fn http(request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
    let work = move || {
        // A proxy could not reach the stand-in on this machine.
        let local = request.uri().host() == Some("127.0.0.1");
        let mut request = AGENT.configure_request(request);
        if local {
            request = request.proxy(None);
        }
        let (parts, mut body) = AGENT.run(request.build())?.into_parts();
        let body = body.with_config().limit(LONGEST_ANSWER).read_to_vec()?;
        Ok(Response::from_parts(parts, body))
    };
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|stopped| Err(io::Error::other(stopped).into()))
}
