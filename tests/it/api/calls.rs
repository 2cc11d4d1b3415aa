//! What is sent: paths, methods, headers and bodies.

use std::time::{Duration, SystemTime};

use dataportability_scopes::api::{ApiCall, ApiMethod, Initiated, JobId};
use dataportability_scopes::call::{Endpoints, HttpCall};
use dataportability_scopes::catalogue::{Resource, Revision, Scope, Scopes};
use dataportability_scopes::grant::{Access, Grant};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixtures::{ACCESS_TOKEN, Call, JOB, access, at, call, calls, job};
use crate::known::{NEWER, everything, of};

/// A call for resources that the grant vouches for if it must.
fn initiate(resources: impl Into<Scopes>) -> ApiCall<Initiated> {
    let resources = resources.into();
    let grant = Grant::from(resources.clone()).vouching_for(&resources);
    let endpoints = Endpoints::default();
    let call = Access::new(&endpoints, ACCESS_TOKEN, &grant).initiate(resources);
    call.expect("covered")
}

fn body(call: &ApiCall<Initiated>) -> Value {
    let request = call.to_request().expect("a request");
    serde_json::from_slice(request.body()).expect("JSON")
}

/// A resource of the newest list that takes a time range.
fn with_time_range() -> Resource {
    let mut listed = Revision::NEWEST.scopes().into_iter().map(Scope::resource);
    listed.find(|it| it.supports_time_filter()).expect("a resource")
}

#[test]
fn methods_paths_and_request_fields_are_those_of_the_discovery_document() {
    let facts = include_str!("../../golden/methods.json");
    let facts: Vec<Value> = serde_json::from_str(facts).expect("JSON");
    assert_eq!(facts.len(), ApiMethod::all().len());
    for facts in facts {
        let method: ApiMethod = facts["id"].as_str().expect("an id").parse().expect("known");
        let request = call(method).request;
        assert_eq!(facts["http_method"], request.method().as_str());

        let mut path = facts["path"].as_str().expect("a path").to_owned();
        if let [collection, _, end] = facts["name"].as_array().map_or(&[][..], Vec::as_slice) {
            let (collection, end) = (collection.as_str(), end.as_str());
            let (collection, end) = (collection.expect("a text"), end.expect("a text"));
            path = path.replace("{+name}", &format!("{collection}{JOB}{end}"));
        }
        let api = Endpoints::default().api;
        assert_eq!(request.uri().to_string(), format!("{api}/{path}"));

        let fields = facts["request"].as_object().expect("fields");
        if fields.is_empty() {
            assert!(request.body().is_empty());
            continue;
        }
        let range = initiate(with_time_range()).time_range(Some(at(0)), Some(at(1)));
        let body = body(&range.expect("it takes a range"));
        let sent = body.as_object().expect("an object");
        assert!(sent.keys().eq(fields.keys()));
    }
}

#[test]
fn a_call_can_be_made_only_with_a_grant_that_allows_it() {
    let endpoints = Endpoints::default();
    for scope in Resource::all().map(Resource::scope) {
        let grant = Grant::from(Scopes::from(scope));
        let access = Access::new(&endpoints, ACCESS_TOKEN, &grant);
        let made = [
            access.check_access_type().is_ok(),
            access.cancel(&job()).is_ok(),
            access.state(&job()).is_ok(),
            access.retry(&job()).is_ok(),
            access.reset().is_ok(),
            access.initiate(scope).is_ok(),
        ];
        assert_eq!(made, [scope.is_listed_in(Revision::NEWEST); 6], "{scope}");
    }
    assert!(access().initiate(Scopes::default()).is_err());
}

#[test]
fn every_request_carries_the_token_in_a_sensitive_header_and_nothing_else() {
    for call in calls().chain([Call::new(access().token_info())]) {
        let headers = call.request.headers();
        let authorization = &headers["authorization"];
        assert_eq!(authorization, &format!("Bearer {ACCESS_TOKEN}"));
        assert!(authorization.is_sensitive());
        assert_eq!(headers.get_all("authorization").iter().count(), 1);
        let others: Vec<(&str, &str)> = headers
            .iter()
            .filter(|(name, _)| *name != "authorization")
            .map(|(name, value)| (name.as_str(), value.to_str().expect("text")))
            .collect();
        let expected: &[(&str, &str)] = match call.name {
            "archiveJobs.getPortabilityArchiveState" => &[],
            "portabilityArchive.initiate" => &[("content-type", "application/json")],
            _ => &[("content-length", "0")],
        };
        assert_eq!(others, expected, "{}", call.name);
    }
}

#[test]
fn a_token_that_cannot_stand_in_a_header_is_refused_and_not_quoted() {
    let (endpoints, grant) = (Endpoints::default(), of(everything()));
    for token in ["", " ", "ya29 x", "ya29\r\nHost: x", "ya29\0", "ya29é", "ya29\u{7f}"] {
        let access = Access::new(&endpoints, token, &grant);
        let retry = access.retry(&job()).expect("allowed");
        for error in [retry.to_request(), access.token_info().to_request()] {
            let error = error.expect_err(token);
            assert!(error.to_string().contains(
                "the access token is empty, or has characters that an HTTP header cannot have"
            ));
            assert!(!format!("{error:?}").contains("ya29"));
        }
    }
}

#[test]
fn all_calls_go_below_one_base_url() {
    for (base, url) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/archiveJobs/1:cancel"),
        ("https://example.com/fake/", "https://example.com/fake/v1/archiveJobs/1:cancel"),
    ] {
        let endpoints = Endpoints::at(&base.parse().expect("an endpoint"));
        let grant = of(everything());
        let access = Access::new(&endpoints, ACCESS_TOKEN, &grant);
        let cancel = access.cancel(&"1".parse().expect("a job")).expect("allowed");
        assert_eq!(cancel.to_request().expect("a request").uri(), url);
    }
    // The longest address with the longest path behind it.
    let api = format!("https://example.com/{}", "x".repeat(2028)).parse().expect("2048");
    let endpoints = Endpoints { api, ..Endpoints::default() };
    let grant = of(everything());
    let access = Access::new(&endpoints, ACCESS_TOKEN, &grant);
    let state = access.state(&"a".repeat(1024).parse().expect("a job")).expect("allowed");
    let path = state.to_request().expect("a request").uri().path().len();
    assert_eq!(path, "/".len() + 2028 + "/v1/archiveJobs//portabilityArchiveState".len() + 1024);
}

#[test]
fn an_export_names_its_resource_groups_each_once_in_a_fixed_order() {
    let mut scopes = Scopes::from(Revision::NEWEST.scopes());
    scopes.extend([NEWER.parse::<Scopes>().expect("a scope")]);
    let names: Vec<&str> = scopes.names().collect();
    assert_eq!(body(&initiate(&scopes)), json!({ "resources": names }));
    for scope in Revision::NEWEST.scopes() {
        let one = json!({ "resources": [scope.resource().name()] });
        assert_eq!(body(&initiate(scope)), one);
    }
}

#[test]
fn a_time_range_is_taken_by_the_resources_that_have_a_time_filter_and_by_no_other() {
    let listed = Revision::NEWEST.scopes();
    let newer: Scopes = NEWER.parse().expect("a scope");
    let takes_one = |scope: &Scope| scope.resource().supports_time_filter();
    let (with, without): (Vec<Scope>, Vec<Scope>) = listed.iter().partition(takes_one);
    assert!(!with.is_empty() && !without.is_empty());
    let without = without.into_iter().map(Scopes::from).chain([newer]);
    for other in without {
        for scope in &with {
            for (start, end) in [(Some(at(1)), None), (None, Some(at(1)))] {
                assert!(initiate(*scope).time_range(start, end).is_ok(), "{scope}");
                let both = initiate(other.clone() | (*scope).into());
                let error = both.clone().time_range(start, end).expect_err("not taken");
                let fault = format!("no time range is supported for {other:?}: ");
                let fault = fault.replace(['{', '}', '"'], "");
                assert!(error.to_string().starts_with(&fault), "{error}");
                assert!(both.time_range(None, None).is_ok());
            }
        }
    }
}

#[test]
fn a_time_range_that_is_empty_or_cannot_be_written_is_refused() {
    let error = |start, end| {
        let range = initiate(with_time_range()).time_range(start, end);
        range.expect_err("refused").to_string()
    };
    for (start, end) in [(at(5), at(5)), (at(6), at(5))] {
        assert!(error(Some(start), Some(end)).contains("is not before its end"));
    }
    for time in [at(0) - Duration::from_nanos(1), at(253_402_300_800)] {
        for (start, end) in [(Some(time), None), (None, Some(time))] {
            assert!(error(start, end).contains("the years 1970 to 9999"));
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
        let latest = at(253_402_300_799) + Duration::from_nanos(999_999_999);
        let start = at(start) + Duration::from_nanos(nanos.into());
        let end = (start + Duration::from_secs(seconds)).min(latest);
        let call = initiate(with_time_range()).time_range(Some(start), Some(end));
        let call = call.expect("a range");
        let body = body(&call);
        let time = |field: &str| -> SystemTime {
            humantime::parse_rfc3339(body[field].as_str().expect("a text")).expect("a time")
        };
        prop_assert_eq!((time("startTime"), time("endTime")), (start, end));

        let without = call.time_range(None, None).expect("none");
        let fields = self::body(&without);
        prop_assert_eq!(fields.as_object().expect("an object").len(), 1);
    }
}

#[test]
fn a_job_is_named_by_its_name_or_its_id() {
    let longest = "a".repeat(1024);
    for id in ["1", "3f1c6f2e-0b5e-4c1d-9f37-6d3f0a7c2b11", "a.b_c~d-e", "...", &longest] {
        let job: JobId = id.parse().expect(id);
        assert_eq!((job.as_str(), job.to_string()), (id, id.to_owned()));
        assert_eq!(format!("archiveJobs/{id}").parse(), Ok(job));
    }
}

#[test]
fn an_id_that_would_break_out_of_the_path_is_refused() {
    let (long, named) = ("a".repeat(1025), "archiveJobs/a");
    for id in [
        "", ".", "..", "a/b", "/a", "a/", "a:cancel", "a?b", "a#b", "a%2Fb", "a\\b", "a b", "é",
        "{name}", "*", "a\r\nb", "a\0", "\u{202e}", &long, named,
    ] {
        assert!(id == named || id.parse::<JobId>().is_err(), "{id}");
        let error = format!("archiveJobs/{id}").parse::<JobId>().expect_err(id).to_string();
        assert!(error.len() < 1_000 && !error.contains(char::is_control), "{error}");
    }
}
