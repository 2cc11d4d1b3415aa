//! Responses of the six methods: whatever a server writes, no error shows the access token that was
//! sent, no value shows the signature of a URL that was received, and what is read can be used.
#![no_main]

use std::sync::LazyLock;

use dataportability_scopes::api::{ArchiveState, JobId, JobState};
use dataportability_scopes::call::{CallError, Endpoints, HttpCall};
use dataportability_scopes::catalogue::{Resource, Scopes};
use dataportability_scopes::grant::{Access, Grant};
use dataportability_scopes::http::Response;
use dataportability_scopes_fuzz::Secrets;
use libfuzzer_sys::fuzz_target;

const TOKEN: &str = "ya29.a0AfH6SMBz~Q/x+R7kTqWn3vLp5cYd8e_U1oX2iGf4hJ6bM9sZ-rEwD";

/// Of a signed URL.
const SIGNATURE: &str = "7d20Fe91cB48aa63E5f7-0b12d9c8e64A3175f0";

static SECRETS: LazyLock<Secrets> = LazyLock::new(|| Secrets::new(&[TOKEN, SIGNATURE]));

const STATUSES: [u16; 9] = [200, 204, 400, 401, 403, 404, 409, 429, 503];

fuzz_target!(|input: &[u8]| {
    let [method, status, retry_after, body @ ..] = input else {
        return;
    };
    let mut response = Response::builder().status(STATUSES[usize::from(*status) % STATUSES.len()]);
    // Half of the responses say when to come back, with the beginning of the body.
    if *retry_after >= 128 {
        let text = &body[..usize::from(retry_after - 128).min(body.len())];
        response = response.header("retry-after", SECRETS.fill_in(text));
    }
    let Ok(response) = response.body(SECRETS.fill_in(body)) else {
        return;
    };
    let (endpoints, grant) = (Endpoints::default(), grant());
    let access = Access::new(&endpoints, TOKEN, &grant);
    let job: JobId = "3f1c6f2e".parse().expect("a job id");
    match method % 6 {
        0 => {
            let call = access.initiate(Resource::YoutubeClips).expect("covered");
            check(call.read_response(&response), |read| is_usable(&read.job));
        }
        1 => {
            let call = access.state(&job).expect("allowed");
            check(call.read_response(&response), |read| {
                SECRETS.assert_hidden_by_debug(read);
                has_urls(read, response.body());
                let is_https = |url: &str| url.to_ascii_lowercase().starts_with("https://");
                assert!(read.urls.iter().all(|url| is_https(url.as_str())));
            });
        }
        2 => {
            let call = access.retry(&job).expect("allowed");
            check(call.read_response(&response), is_usable);
        }
        3 => check(access.cancel(&job).expect("allowed").read_response(&response), |()| {}),
        4 => check(access.reset().expect("allowed").read_response(&response), |()| {}),
        _ => {
            let call = access.check_access_type().expect("allowed");
            check(call.read_response(&response), |read| {
                let stored = serde_json::to_string(read).expect("stored");
                assert_eq!(serde_json::from_str(&stored).ok().as_ref(), Some(read));
            });
        }
    }
});

fn grant() -> Grant {
    Scopes::from(Resource::YoutubeClips).into()
}

fn check<T>(read: Result<T, CallError>, is_right: impl FnOnce(&T)) {
    match read {
        Ok(read) => is_right(&read),
        Err(error) => {
            SECRETS.assert_hidden_by(&error);
            if let Some(refusal) = error.refusal() {
                SECRETS.assert_hidden_by_debug(&refusal);
                refusal.running_job.iter().for_each(is_usable);
                refusal.previous_jobs.iter().for_each(is_usable);
            }
        }
    }
}

/// Whether the URLs are those of the response, and none unless the job is complete.
fn has_urls(read: &ArchiveState, body: &[u8]) {
    if read.state != JobState::Complete {
        assert!(read.urls.is_empty());
        return;
    }
    // A field that is not read may have a number that is out of range, or half a surrogate pair.
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(body) else {
        return;
    };
    let written = json.get("urls").and_then(serde_json::Value::as_array);
    let written = written.into_iter().flatten();
    assert!(
        written.map(serde_json::Value::as_str).eq(read.urls.iter().map(|url| Some(url.as_str())))
    );
}

/// Whether a job that a server named can stand in the path of the next request.
fn is_usable(job: &JobId) {
    assert_eq!(job.as_str().parse().as_ref(), Ok(job));
    let (endpoints, grant) = (Endpoints::default(), grant());
    let access = Access::new(&endpoints, TOKEN, &grant);
    assert!(access.retry(job).expect("allowed").to_request().is_ok());
}
