//! Which grants allow which calls, under every revision.

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::catalogue::{Date, Resource, Revision};
use dataportability_scopes::grant::Grant;

use crate::known::{NEWER, everything, of};

#[test]
fn any_one_listed_scope_suffices_and_a_scope_of_another_revision_does_not() {
    for method in ApiMethod::all() {
        for revision in Revision::all() {
            let sufficient = method.scopes_in(revision);
            assert!(sufficient.is_empty() || sufficient == revision.scopes());
            for scope in Resource::all().map(Resource::scope) {
                let allowed = of(scope).check_allows_in(revision, method);
                assert_eq!(allowed.is_ok(), sufficient.contains(scope), "{method} {revision}");
                let why = if scope.listings().is_empty() { "in no" } else { "only in other" };
                if let (Err(error), false) = (allowed, sufficient.is_empty()) {
                    let error = error.to_string();
                    assert!(error.contains(&format!("{scope} ({why} revision")), "{error}");
                }
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
fn an_empty_grant_and_unrecognized_scopes_allow_no_method_under_any_revision() {
    for revision in Revision::all() {
        for held in [
            Grant::default(),
            "openid".parse().unwrap(),
            NEWER.parse().unwrap(),
            "https://www.googleapis.com/auth/dataportability.".parse().unwrap(),
            of(everything() - revision.scopes()),
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
            let allowed = of(everything()).check_allows_in(revision, method);
            assert_eq!(allowed.is_ok(), there, "{method} under {revision}");
            assert_eq!(method.scopes_in(revision).is_empty(), !there);
        }
    }
}

/// The first day on which the API is known to have had a method, as the discovery documents have
/// it.
fn since(method: ApiMethod) -> Date {
    let day = match method {
        ApiMethod::Cancel => "2025-02-12",
        ApiMethod::CheckAccessType => "2025-03-05",
        _ => "2024-01-30",
    };
    day.parse().unwrap()
}
