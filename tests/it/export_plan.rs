//! Which resource group is exported with which token.

use dataportability_scopes::api::ExportPlan;
use dataportability_scopes::catalogue::{Resource, Revision, ScopeSet};
use dataportability_scopes::grant::Grant;

#[test]
fn every_resource_goes_to_the_first_token_that_covers_it_or_is_missing() {
    let grants: Vec<Grant> = (2..5)
        .map(|step| {
            let granted = Resource::all().step_by(step).map(Resource::scope);
            Grant::from(granted.collect::<ScopeSet>())
        })
        .collect();
    for revision in Revision::all() {
        let plan = ExportPlan::new_in(revision, ScopeSet::ALL, grants.iter().enumerate());
        for resource in Resource::all() {
            let scope = resource.scope();
            let is_listed = scope.is_listed_in(revision);
            let covers = |grant: &Grant| is_listed && grant.scopes().contains(scope);
            let expected = grants.iter().position(covers);
            assert_eq!(
                plan.key(resource).copied(),
                expected,
                "{resource} in {revision}"
            );
            assert_eq!(plan.missing().contains(scope), expected.is_none());
        }
        assert!(plan.exports().is_sorted_by_key(|(resource, _)| resource));
        assert_eq!(
            plan.exports().len() + plan.missing().len(),
            ScopeSet::ALL.len()
        );
    }
}

#[test]
fn without_tokens_everything_is_missing_and_nothing_wanted_plans_nothing() {
    let none: [(&str, &Grant); 0] = [];
    let wanted = ScopeSet::from_resources(&[Resource::YoutubeClips]);
    assert_eq!(ExportPlan::new(wanted, none).missing(), wanted);

    let grant = Grant::from(ScopeSet::ALL);
    let plan = ExportPlan::new(ScopeSet::EMPTY, [("first", &grant)]);
    assert_eq!(plan.exports().len(), 0);
    assert!(plan.missing().is_empty());
}
