//! Which grants allow which calls, under every revision.

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::catalogue::{Date, Resource, Revision, ScopeSet, Scopes};
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
            for scope in Resource::all().map(Resource::scope) {
                let allowed = of(scope).check_allows_in(revision, method);
                assert_eq!(allowed.is_ok(), sufficient.contains(scope), "{method} {revision}");
            }
        }
        for scope in Resource::all().map(Resource::scope) {
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
            of(Resource::all().collect::<ScopeSet>() - revision.scopes()),
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
            let next = Revision::all().find(|next| *next > revision);
            let there = next.is_none_or(|next| next.date() > since(method));
            let allowed =
                of(Resource::all().collect::<ScopeSet>()).check_allows_in(revision, method);
            assert_eq!(allowed.is_ok(), there, "{method} under {revision}");
            assert_eq!(method.scopes_in(revision).is_empty(), !there);
        }
    }
}

/// The first day on which the API is known to have had a method, as the discovery documents have it.
fn since(method: ApiMethod) -> Date {
    let day = match method {
        ApiMethod::Cancel => "2025-02-12",
        ApiMethod::CheckAccessType => "2025-03-05",
        _ => "2024-01-30",
    };
    day.parse().unwrap()
}

#[test]
fn the_six_methods_are_as_documented() {
    let methods = ApiMethod::all().map(|method| {
        assert_eq!(method.to_string(), method.id());
        assert_eq!(method.id().parse(), Ok(method));
        method.id()
    });
    let expected = [
        "accessType.check",
        "archiveJobs.cancel",
        "archiveJobs.getPortabilityArchiveState",
        "archiveJobs.retry",
        "authorization.reset",
        "portabilityArchive.initiate",
    ];
    assert_eq!(methods.collect::<Vec<_>>(), expected);
}
