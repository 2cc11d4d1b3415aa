//! The call of `archiveJobs.retry`, as its reference page has it.

use dataportability_scopes::api::{JobId, ResetRequest, RetryRequest};
use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet};
use dataportability_scopes::grant::Grant;

fn clips() -> Grant {
    ScopeSet::from_resources(&[Resource::YoutubeClips]).into()
}

#[test]
fn a_job_is_named_by_its_name_or_its_id() {
    let longest = "a".repeat(1024);
    for id in [
        "1",
        "3f1c6f2e-0b5e-4c1d-9f37-6d3f0a7c2b11",
        "a.b_c~d-e",
        "...",
        longest.as_str(),
    ] {
        let job: JobId = id.parse().expect(id);
        assert_eq!(job.id(), id);
        assert_eq!(job.to_string(), format!("archiveJobs/{id}"));
        assert_eq!(job.to_string().parse(), Ok(job));
    }
}

#[test]
fn a_job_name_that_would_break_out_of_the_path_is_refused() {
    let reason = |input: &str| {
        let text = input.parse::<JobId>().expect_err(input).to_string();
        let start = format!("{input:?} is not the name of an archive job: ");
        let end = "; give archiveJobs/ID or ID, as the API returned it";
        text.strip_prefix(&start)
            .and_then(|text| text.strip_suffix(end))
            .expect(&text)
            .to_owned()
    };
    for input in ["", "archiveJobs/"] {
        assert_eq!(reason(input), "it has no id");
    }
    for input in [".", "..", "archiveJobs/.", "archiveJobs/.."] {
        assert_eq!(reason(input), "an id is not a step in a path");
    }
    for (input, character) in [
        ("a/b", "'/'"),
        ("/a", "'/'"),
        ("archiveJobs/a/", "'/'"),
        ("archiveJobs/archiveJobs/a", "'/'"),
        ("a:cancel", "':'"),
        ("a?b", "'?'"),
        ("a#b", "'#'"),
        ("a%2Fb", "'%'"),
        ("a\\b", r"'\\'"),
        ("a b", "' '"),
        ("a\r\nHost: example.com", r"'\r'"),
        ("a\0", r"'\0'"),
        ("a\u{202e}b", r"'\u{202e}'"),
        ("é", "'é'"),
        ("{name}", "'{'"),
        ("*", "'*'"),
    ] {
        assert_eq!(reason(input), format!("{character} may not stand in an id"));
    }
    let long = "a"
        .repeat(1025)
        .parse::<JobId>()
        .expect_err("too long")
        .to_string();
    assert!(long.ends_with(
        "an id has at most 1024 characters; give archiveJobs/ID or ID, as the API returned it"
    ));
    assert!(
        "x/".repeat(10_000_000)
            .parse::<JobId>()
            .expect_err("too long")
            .to_string()
            .len()
            < 1_000
    );
}

#[test]
fn the_request_is_had_only_with_a_grant_that_allows_it() {
    let job: JobId = "1".parse().expect("a job");
    for revision in Revision::all() {
        for scope in Scope::all() {
            let grant = Grant::from(ScopeSet::from(scope));
            let request = RetryRequest::under(revision, &job, &grant);
            assert_eq!(request.is_ok(), scope.is_listed_in(revision));
            assert_eq!(
                ResetRequest::under(revision, &grant).is_ok(),
                scope.is_listed_in(revision)
            );
        }
    }
    assert!(RetryRequest::new(&job, &Grant::default()).is_err());
    assert!(ResetRequest::new(&Grant::default()).is_err());
}

#[test]
fn the_request_is_a_post_to_the_jobs_url_with_an_empty_body() {
    let request =
        RetryRequest::new(&"archiveJobs/3f1c".parse().expect("a job"), &clips()).expect("allowed");
    assert_eq!(request.method(), "POST");
    assert_eq!(
        request.url(),
        "https://dataportability.googleapis.com/v1/archiveJobs/3f1c:retry"
    );
    assert_eq!(request.body(), "");
    assert_eq!(request.authorized().granted_by(), clips().scopes());
}

#[cfg(feature = "std")]
#[test]
fn the_request_is_an_http_request_for_any_client() {
    use dataportability_scopes::http::Request;

    let retry = RetryRequest::new(&"3f1c".parse().expect("a job"), &clips()).expect("allowed");
    let request: Request<Vec<u8>> = (&retry).try_into().expect("a request");
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), retry.url());
    assert!(request.body().is_empty());
    assert_eq!(
        request.headers().get("content-length").expect("a length"),
        "0"
    );
    assert_eq!(request.headers().len(), 1);

    let reset = ResetRequest::new(&clips()).expect("allowed");
    let request: Request<Vec<u8>> = (&reset).try_into().expect("a request");
    assert_eq!(request.method(), reset.method());
    assert_eq!(
        request.uri(),
        "https://dataportability.googleapis.com/v1/authorization:reset"
    );
}

#[cfg(feature = "serde")]
#[test]
fn the_response_names_a_new_job_and_anything_else_is_refused() {
    use dataportability_scopes::api::RetryResponse;

    for body in [
        r#"{"archiveJobId": "7d20"}"#,
        r#"{"new": 1, "archiveJobId": "archiveJobs/7d20"}"#,
    ] {
        let response = RetryResponse::from_json(body.as_bytes()).expect(body);
        assert_eq!(response.job.to_string(), "archiveJobs/7d20");
    }
    let refused = |body: &str| {
        let text = RetryResponse::from_json(body.as_bytes())
            .expect_err(body)
            .to_string();
        text.strip_prefix("the answer of archiveJobs.retry is not as documented: ")
            .expect(&text)
            .to_owned()
    };
    assert_eq!(refused(""), "EOF while parsing a value at line 1 column 0");
    assert_eq!(
        refused("{}"),
        "missing field `archiveJobId` at line 1 column 2"
    );
    assert!(
        refused(r#"{"archiveJobId": ""}"#)
            .starts_with(r#""" is not the name of an archive job: it has no id"#)
    );
    assert!(
        refused(r#"{"archiveJobId": "../x"}"#)
            .starts_with(r#""../x" is not the name of an archive job"#)
    );
    assert!(refused(r#"{"archiveJobId": 7}"#).starts_with("invalid type: integer `7`"));
    assert!(refused("<html>").starts_with("expected value"));
    assert!(RetryResponse::from_json(b"\xFF").is_err());
}
