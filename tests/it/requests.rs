//! What is sent: paths, methods, headers and bodies.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dataportability_scopes::Endpoint;
use dataportability_scopes::api::{
    ApiMethod, ArchiveStateRequest, BASE_URL, CancelRequest, CheckAccessTypeRequest,
    InitiateRequest, NotCoveredError, ResetRequest, RetryRequest, TimeRangeError,
};
use dataportability_scopes::catalogue::{
    Resource, Revision, SCOPE_PREFIX, Scope, ScopeSet, UnlistedScope,
};
use dataportability_scopes::grant::{Grant, RequestedScopes};
use dataportability_scopes::http_call::{HttpCall, SendError, send};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::calls::{JOB, TOKEN, call, calls, response};

/// What the newest discovery document says about each method.
fn golden() -> Vec<Value> {
    let facts = include_str!("../golden/methods.json");
    serde_json::from_str(facts).expect("JSON")
}

fn initiate(resources: impl Into<RequestedScopes>) -> InitiateRequest {
    let resources = resources.into();
    let grant = Grant::from(resources.clone()).vouching_for(resources.unlisted.clone());
    InitiateRequest::new_in(Revision::R2026_07_19, resources, &grant).expect("covered")
}

fn dreams() -> UnlistedScope {
    "https://www.googleapis.com/auth/dataportability.youtube.dreams"
        .parse()
        .expect("a scope")
}

fn takes_time_range(resource: Resource) -> bool {
    resource.supports_time_filter()
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn methods_paths_and_request_fields_are_those_of_the_discovery_document() {
    let golden = golden();
    assert_eq!(golden.len(), ApiMethod::all().len());
    for facts in golden {
        let method: ApiMethod = facts["id"].as_str().expect("an id").parse().expect("known");
        let call = call(method);
        let request = &call.request;
        assert_eq!(facts["http_method"], request.method().as_str());
        assert_eq!(facts["http_method"], method.http_method());

        let mut path = facts["path"].as_str().expect("a path").to_owned();
        let mut template = path.clone();
        if let [collection, _, end] = facts["name"].as_array().map_or(&[][..], Vec::as_slice) {
            let (collection, end) = (collection.as_str(), end.as_str());
            let (collection, end) = (collection.expect("a text"), end.expect("a text"));
            path = path.replace("{+name}", &format!("{collection}{JOB}{end}"));
            template = template.replace("{+name}", &format!("{{name={collection}*{end}}}"));
        }
        assert_eq!(request.uri().to_string(), format!("{BASE_URL}/{path}"));
        assert_eq!(method.path(), format!("/{template}"));

        let fields = facts["request"].as_object().expect("fields");
        if fields.is_empty() {
            assert!(request.body().is_empty());
            continue;
        }
        let range = initiate(Resource::ChromeHistory.scope())
            .time_range(Some(at(0)), Some(at(1)))
            .expect("it takes a range");
        let body: Value = serde_json::from_str(range.body()).expect("JSON");
        let sent = body.as_object().expect("an object");
        assert!(sent.keys().all(|field| fields.contains_key(field)));
        assert_eq!(sent.len(), fields.len());
    }
}

#[test]
fn a_request_can_be_made_only_with_a_grant_that_allows_the_call() {
    let job = JOB.parse().expect("a job");
    for revision in Revision::all() {
        for scope in Scope::all() {
            let grant = Grant::from(ScopeSet::from(scope));
            for (method, made) in [
                (
                    ApiMethod::CheckAccessType,
                    CheckAccessTypeRequest::new_in(revision, &grant).is_ok(),
                ),
                (
                    ApiMethod::Cancel,
                    CancelRequest::new_in(revision, &job, &grant).is_ok(),
                ),
                (
                    ApiMethod::GetState,
                    ArchiveStateRequest::new_in(revision, &job, scope, &grant).is_ok(),
                ),
                (
                    ApiMethod::Retry,
                    RetryRequest::new_in(revision, &job, &grant).is_ok(),
                ),
                (
                    ApiMethod::Reset,
                    ResetRequest::new_in(revision, &grant).is_ok(),
                ),
                (
                    ApiMethod::Initiate,
                    InitiateRequest::new_in(revision, scope, &grant).is_ok(),
                ),
            ] {
                let allowed = method.scopes(revision).contains(scope);
                assert_eq!(made, allowed, "{method} {revision} {scope}");
            }
        }
    }
}

#[test]
fn every_request_carries_the_token_in_a_sensitive_header_and_nothing_else() {
    for call in calls() {
        let headers = call.request.headers();
        let authorization = &headers["authorization"];
        assert_eq!(authorization, &format!("Bearer {TOKEN}"));
        assert!(authorization.is_sensitive());
        assert_eq!(headers.get_all("authorization").iter().count(), 1);
        let others: Vec<(&str, &str)> = headers
            .iter()
            .filter(|(name, _)| *name != "authorization")
            .map(|(name, value)| (name.as_str(), value.to_str().expect("text")))
            .collect();
        let expected: &[(&str, &str)] = match call.method {
            ApiMethod::GetState => &[],
            ApiMethod::Initiate => &[("content-type", "application/json")],
            _ => &[("content-length", "0")],
        };
        assert_eq!(others, expected, "{}", call.method);
        assert!(!call.debug.contains("ya29"), "{}", call.debug);
        assert!(!format!("{:?}", call.request).contains("ya29"));
    }
}

#[test]
fn a_token_that_cannot_stand_in_a_header_is_refused_and_not_quoted() {
    let grant = Grant::from(ScopeSet::ALL);
    let retry = RetryRequest::new(&"1".parse().expect("a job"), &grant).expect("allowed");
    for token in [
        "",
        " ",
        "ya29 x",
        "ya29\n",
        "ya29\r\nHost: x",
        "ya29\0",
        "ya29é",
        "ya29\u{7f}",
    ] {
        let error = retry
            .clone()
            .with_token(token)
            .to_request()
            .expect_err(token);
        assert_eq!(
            error.to_string(),
            "the access token is empty, or has characters that an HTTP header cannot have: \
             pass it exactly as the token response has it"
        );
        assert!(!format!("{error:?}").contains("ya29"));
    }
    let sent = send(&retry.with_token(""), |_| Ok::<_, ()>(response(200, "{}")));
    assert!(matches!(sent, Err(SendError::Request(_))));
}

#[test]
fn another_base_url_replaces_googles_and_keeps_the_path() {
    let grant = Grant::from(ScopeSet::ALL);
    let cancel = CancelRequest::new(&"1".parse().expect("a job"), &grant).expect("allowed");
    for (base, url) in [
        (
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/v1/archiveJobs/1:cancel",
        ),
        (
            "https://example.com/fake/",
            "https://example.com/fake/v1/archiveJobs/1:cancel",
        ),
    ] {
        let base: Endpoint = base.parse().expect("an endpoint");
        let request = cancel.clone().with_base_url(&base);
        assert_eq!(request.url(), url);
        let sent = request.with_token(TOKEN).to_request().expect("a request");
        assert_eq!(sent.uri(), url);
    }
    let long = format!("https://example.com/{}", "x".repeat(65_500));
    let base: Endpoint = long.parse().expect("an endpoint");
    let error = cancel.with_base_url(&base).with_token(TOKEN).to_request();
    assert_eq!(
        error.expect_err("too long").to_string(),
        "the URL of the request is too long: use a shorter base URL"
    );
}

#[test]
fn an_export_names_its_resource_groups_each_once_in_a_fixed_order() {
    for revision in Revision::all() {
        let scopes = revision.scopes();
        let grant = Grant::from(scopes);
        let request = InitiateRequest::new_in(revision, scopes, &grant).expect("covered");
        let names: Vec<&str> = scopes.iter().map(|scope| scope.resource().name()).collect();
        let body: Value = serde_json::from_str(request.body()).expect("JSON");
        assert_eq!(body, json!({ "resources": names }));
        for scope in scopes {
            let request = InitiateRequest::new_in(revision, scope, &grant).expect("covered");
            assert_eq!(
                request.resources(),
                &RequestedScopes::from(ScopeSet::from(scope))
            );
            assert_eq!(
                request.body(),
                format!(r#"{{"resources":["{}"]}}"#, scope.resource())
            );
        }
    }
}

#[test]
fn an_export_and_the_state_of_a_job_need_all_scopes_of_its_resources() {
    let job = "1".parse().expect("a job");
    for revision in Revision::all() {
        let scopes = revision.scopes();
        for scope in scopes {
            let grant = Grant::from(scopes.without(scope));
            let results = [
                InitiateRequest::new_in(revision, scopes, &grant).map(drop),
                ArchiveStateRequest::new_in(revision, &job, scopes, &grant).map(drop),
            ];
            for result in results {
                let Err(NotCoveredError::MissingScopes(error)) = result else {
                    panic!("{result:?}");
                };
                assert_eq!(error.missing(), scope.into());
            }
        }
    }
}

#[test]
fn an_export_of_no_resources_or_without_scopes_is_refused() {
    let job = "1".parse().expect("a job");
    let text = |resources: ScopeSet, grant: &Grant| {
        let revision = Revision::R2026_07_19;
        let initiate = InitiateRequest::new_in(revision, resources, grant).expect_err("refused");
        let state = ArchiveStateRequest::new_in(revision, &job, resources, grant);
        (
            initiate.to_string(),
            state.expect_err("refused").to_string(),
        )
    };
    let everything = Grant::from(ScopeSet::ALL);
    let nothing_named = "no resource is named: name at least one";
    let (initiate, state) = text(ScopeSet::EMPTY, &everything);
    assert_eq!(
        (initiate.as_str(), state.as_str()),
        (nothing_named, nothing_named)
    );

    let (initiate, state) = text(Resource::YoutubeClips.into(), &Grant::default());
    assert_eq!(
        initiate,
        "portabilityArchive.initiate needs one of the 73 scopes that the revision 2026-07-19 \
         lists; the grant has none at all"
    );
    assert_eq!(
        state,
        "archiveJobs.getPortabilityArchiveState needs one of the 73 scopes that the revision \
         2026-07-19 lists; the grant has none at all"
    );
}

#[test]
fn a_resource_that_is_newer_than_the_catalogue_is_exported_if_the_caller_vouches_for_it() {
    let resources = RequestedScopes {
        scopes: ScopeSet::EMPTY,
        unlisted: [dreams()].into(),
    };
    let request = initiate(resources.clone());
    assert_eq!(request.body(), r#"{"resources":["youtube.dreams"]}"#);
    let error = request.time_range(Some(at(0)), None).expect_err("unknown");
    assert_eq!(
        error.to_string(),
        "no time range is supported for youtube.dreams: export without one, in a separate request"
    );

    let grant: Grant = format!("{} {}", dreams(), ScopeSet::ALL)
        .parse()
        .expect("a grant");
    let error = InitiateRequest::new(resources, &grant).expect_err("not vouched for");
    assert_eq!(
        error.to_string(),
        "not in the catalogue: youtube.dreams; if the token carries them, use \
         `Grant::vouching_for`"
    );
}

#[test]
fn a_time_range_is_taken_by_the_resources_that_have_a_time_filter_and_by_no_other() {
    let listed = Revision::R2026_07_19.scopes();
    let (with, without): (Vec<Scope>, Vec<Scope>) = listed
        .iter()
        .partition(|scope| takes_time_range(scope.resource()));
    assert!(!with.is_empty() && !without.is_empty());
    for scope in with {
        for (start, end) in [(Some(at(1)), None), (None, Some(at(1)))] {
            assert!(initiate(scope).time_range(start, end).is_ok(), "{scope}");
        }
        for other in &without {
            let both = ScopeSet::from(scope).with(*other);
            let error = initiate(both)
                .time_range(Some(at(1)), None)
                .expect_err("refused");
            let named = TimeRangeError::NotTaken {
                resources: (*other).into(),
                unlisted: [].into(),
            };
            assert_eq!(error, named);
            assert_eq!(
                error.to_string(),
                format!(
                    "no time range is supported for {}: export without one, in a separate request",
                    other.resource()
                )
            );
            assert!(initiate(both).time_range(None, None).is_ok());
        }
    }
}

#[test]
fn a_time_range_that_is_empty_or_cannot_be_written_is_refused() {
    let error = |start, end| {
        let request = initiate(Resource::ChromeHistory.scope());
        request
            .time_range(start, end)
            .expect_err("refused")
            .to_string()
    };
    for (start, end) in [(at(5), at(5)), (at(6), at(5))] {
        assert_eq!(
            error(Some(start), Some(end)),
            "the start of the time range is not before its end: swap them, or give only one"
        );
    }
    for time in [at(0) - Duration::from_nanos(1), at(253_402_300_800)] {
        for (start, end) in [(Some(time), None), (None, Some(time))] {
            assert_eq!(
                error(start, end),
                "a time of the range is not within the years 1970 to 9999: leave it out"
            );
        }
    }
}

proptest! {
    #[test]
    fn a_time_range_is_sent_to_the_nanosecond(
        start in 0_u64..253_402_300_799,
        seconds in 1_u64..1_000_000,
        nanos in 0_u32..1_000_000_000,
    ) {
        let start = at(start) + Duration::from_nanos(nanos.into());
        let end = (start + Duration::from_secs(seconds)).min(at(253_402_300_799) + Duration::from_nanos(999_999_999));
        prop_assume!(start < end);
        let request = initiate(Resource::MyactivitySearch.scope())
            .time_range(Some(start), Some(end))
            .expect("a range");
        let body: Value = serde_json::from_str(request.body()).expect("JSON");
        let time = |field: &str| {
            humantime::parse_rfc3339(body[field].as_str().expect("a text")).expect("a time")
        };
        prop_assert_eq!(time("startTime"), start);
        prop_assert_eq!(time("endTime"), end);

        let without = request.time_range(None, None).expect("none");
        prop_assert_eq!(without.body(), r#"{"resources":["myactivity.search"]}"#);
    }
}

#[test]
fn a_call_shows_its_request_in_debug_but_not_the_token() {
    let request = ResetRequest::new(&Grant::from(ScopeSet::ALL)).expect("allowed");
    let shown = format!("WithToken {{ request: {request:?}, .. }}");
    assert_eq!(format!("{:?}", request.with_token(TOKEN)), shown);
}

#[test]
fn an_error_names_five_resources_and_counts_the_others() {
    let unlisted = |index: usize| format!("{SCOPE_PREFIX}zoo.animal{index:03}");
    let resources = RequestedScopes {
        scopes: ScopeSet::EMPTY,
        unlisted: (0..500)
            .map(|index| unlisted(index).parse().expect("a scope"))
            .collect(),
    };
    let named = "zoo.animal000, zoo.animal001, zoo.animal002, zoo.animal003, zoo.animal004";
    let error = initiate(resources.clone()).time_range(Some(at(0)), None);
    assert_eq!(
        error.expect_err("unknown").to_string(),
        format!(
            "no time range is supported for {named} and 495 more: export without one, in a \
             separate request"
        )
    );
    let error = InitiateRequest::new(resources, &Grant::from(ScopeSet::ALL));
    assert_eq!(
        error.expect_err("not vouched for").to_string(),
        format!(
            "not in the catalogue: {named} and 495 more; if the token carries them, use \
             `Grant::vouching_for`"
        )
    );
}
