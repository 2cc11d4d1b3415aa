//! What runs on every request of an app allocates nothing.

use allocation_counter::measure;
use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet, Scopes};
use dataportability_scopes::grant::Grant;

/// Sets of many sizes, spread over all scopes.
fn sets() -> impl Iterator<Item = ScopeSet> {
    (1..=Resource::all().collect::<ScopeSet>().len())
        .map(|step| Resource::all().collect::<ScopeSet>().iter().step_by(step).collect())
}

fn allocations(act: impl FnOnce()) -> u64 {
    measure(act).count_total
}

#[test]
fn reading_known_scopes_allocates_nothing() {
    for set in sets() {
        let value = set.to_string();
        let backwards = set.iter().rev().map(Scope::as_str).collect::<Vec<_>>();
        for value in [value.clone(), backwards.join(" "), format!("{value} {value}")] {
            let mut grant = None;
            assert_eq!(allocations(|| grant = value.parse::<Grant>().ok()), 0);
            assert_eq!(grant, Some(Grant::from(Scopes::from(set))));
        }
    }
}

#[test]
fn deciding_whether_a_token_allows_a_call_allocates_nothing() {
    for set in sets() {
        let value = set.to_string();
        for method in ApiMethod::all() {
            let sufficient = method.scopes_in(Revision::NEWEST);
            let mut allows = None;
            let count = allocations(|| {
                let grant = value.parse::<Grant>();
                allows = grant.ok().map(|grant| grant.allows(method));
            });
            assert_eq!(count, 0, "{method} by {set:?}");
            assert_eq!(allows, Some(!sufficient.is_disjoint(set)));
        }
        for revision in Revision::all() {
            let grant = Grant::from(Scopes::from(set));
            let mut is_allowed = false;
            let count = allocations(|| {
                is_allowed = grant.check_allows_in(revision, ApiMethod::Retry).is_ok();
            });
            // The error has a copy of the grant.
            assert!(count == 0 || !is_allowed, "{revision} by {set:?}");
        }
    }
}

#[test]
fn finding_allocates_nothing() {
    for resource in Resource::all() {
        let token = resource.scope().to_string();
        let longer = format!("{token}s");
        assert_eq!(allocations(|| assert!(Scope::find(&token).is_some())), 0);
        assert_eq!(allocations(|| assert!(Scope::find(&longer).is_none())), 0);
    }
    assert_eq!(allocations(|| assert!(Scope::find("openid").is_none())), 0);
}

#[test]
fn what_the_catalogue_does_not_have_is_kept_in_memory() {
    let known = Resource::all().collect::<ScopeSet>().to_string();
    let one_more = format!("{known} openid");
    let mut grants = Vec::with_capacity(1);
    assert!(allocations(|| grants.push(one_more.parse::<Grant>())) > 0);
}
