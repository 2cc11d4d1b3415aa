//! Which grants allow which calls, under every revision.

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::catalogue::{Date, Resource, Revision, Scope, ScopeSet, Scopes};
use dataportability_scopes::grant::Grant;

const NEWER: &str = "https://www.googleapis.com/auth/dataportability.zoo.animal_noises";

fn of(scopes: impl Into<Scopes>) -> Grant {
    scopes.into().into()
}

#[test]
fn any_one_listed_scope_suffices_and_a_scope_of_another_revision_does_not() {
    for method in ApiMethod::all() {
        for revision in Revision::all() {
            let sufficient = method.scopes_in(revision);
            assert!(sufficient.is_empty() || sufficient == revision.scopes());
            for scope in Scope::all() {
                let allowed = of(scope).check_allows_in(revision, method);
                assert_eq!(allowed.is_ok(), sufficient.contains(scope), "{method} {revision}");
                if let Err(error) = allowed {
                    assert_eq!(error.sufficient(), sufficient);
                }
            }
        }
        for scope in Scope::all() {
            let listed = scope.is_listed_in(Revision::NEWEST);
            assert_eq!(of(scope).allows(method), listed, "{method} {scope}");
            assert_eq!(of(scope).check_allows(method).is_ok(), listed);
        }
    }
}

#[test]
fn youtube_clips_alone_allow_a_retry_under_2025_01_20_and_not_under_2024_04_10() {
    let retry = |revision| of(Resource::YoutubeClips).check_allows_in(revision, ApiMethod::Retry);
    assert!(retry(Revision::R2025_01_20).is_ok());
    assert!(retry(Revision::R2024_04_10).is_err());
}

#[test]
fn an_empty_grant_and_unrecognized_scopes_allow_no_method_under_any_revision() {
    for revision in Revision::all() {
        for held in [
            Grant::default(),
            "openid".parse().unwrap(),
            NEWER.parse().unwrap(),
            "https://www.googleapis.com/auth/dataportability.".parse().unwrap(),
            of(ScopeSet::ALL - revision.scopes()),
        ] {
            for method in ApiMethod::all() {
                assert!(held.check_allows_in(revision, method).is_err(), "{method} {held}");
            }
        }
    }
}

#[test]
fn a_newer_scope_allows_the_methods_of_the_time_if_the_caller_vouches_for_it() {
    let newer: Grant = NEWER.parse().unwrap();
    let vouched = newer.clone().vouching_for(newer.scopes());
    for revision in Revision::all() {
        for method in ApiMethod::all() {
            let exists = !method.scopes_in(revision).is_empty();
            assert_eq!(vouched.check_allows_in(revision, method).is_ok(), exists);
        }
    }
}

#[test]
fn a_method_is_not_allowed_under_a_revision_that_was_replaced_before_it_existed() {
    for method in ApiMethod::all() {
        for revision in Revision::all() {
            let next = revision.newer();
            let there = next.is_none_or(|next| next.date() > method.since());
            let allowed = of(ScopeSet::ALL).check_allows_in(revision, method);
            assert_eq!(allowed.is_ok(), there, "{method} under {revision}");
            assert_eq!(method.scopes_in(revision).is_empty(), !there);
        }
    }
}

#[test]
fn the_six_methods_are_as_documented() {
    let methods = ApiMethod::all().map(|method| {
        let since = method.since();
        assert_eq!(method.to_string(), method.id());
        assert_eq!(method.id().parse(), Ok(method));
        (method.id(), method.http_method(), method.path(), since)
    });
    let day = |year, month, day| Date::new(year, month, day).expect("a day");
    let first = day(2024, 1, 30);
    let expected = [
        ("accessType.check", "POST", "/v1/accessType:check", day(2025, 3, 5)),
        ("archiveJobs.cancel", "POST", "/v1/{name=archiveJobs/*}:cancel", day(2025, 2, 12)),
        (
            "archiveJobs.getPortabilityArchiveState",
            "GET",
            "/v1/{name=archiveJobs/*/portabilityArchiveState}",
            first,
        ),
        ("archiveJobs.retry", "POST", "/v1/{name=archiveJobs/*}:retry", first),
        ("authorization.reset", "POST", "/v1/authorization:reset", first),
        ("portabilityArchive.initiate", "POST", "/v1/portabilityArchive:initiate", first),
    ];
    assert_eq!(methods.collect::<Vec<_>>(), expected);
}
