//! What an earlier version of the crate stored reads back the same, whatever lists came since.

use std::collections::BTreeSet;

use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet, Service};
use dataportability_scopes::grant::Grant;

const STORED: &str = include_str!("../stored/0.1.txt");

/// The lines that begin with this word, as the two words after it.
fn stored(kind: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    STORED.lines().filter_map(move |line| {
        let rest = line.strip_prefix(kind)?.strip_prefix(' ')?;
        Some(rest.split_once(' ').expect(line))
    })
}

#[test]
fn stored_scope_values_read_back_and_print_the_same() {
    for (day, value) in stored("revision") {
        let set: ScopeSet = value.parse().expect(day);
        assert_eq!(set.to_string(), value);
        assert_eq!(set.len(), value.split(' ').count());
        let grant: Grant = value.parse().expect(day);
        assert_eq!(grant.to_string(), value);
        assert_eq!(grant.scopes(), set);
        for token in value.split(' ') {
            let scope: Scope = token.parse().expect(token);
            assert_eq!(scope.to_string(), token);
            assert!(set.contains(scope));
        }
    }
}

#[cfg(feature = "serde")]
#[test]
fn what_names_a_scope_that_was_newer_than_the_catalogue_reads_back_once_the_catalogue_has_it() {
    use dataportability_scopes::grant::{GrantComparison, RequestedScopes};
    use serde_json::json;

    let newer = "https://www.googleapis.com/auth/dataportability.zoo.animal_noises";
    let unlisted = BTreeSet::from([newer.parse().expect(newer)]);
    for scope in Scope::all() {
        let requested = json!({"scopes": [], "unlisted": [scope, newer]});
        let requested: RequestedScopes = serde_json::from_value(requested).expect("read");
        assert_eq!(requested.scopes, ScopeSet::from(scope));
        assert_eq!(requested.unlisted, unlisted);

        let comparison = json!({
            "granted": [],
            "declined": [],
            "unrequested": [],
            "granted_unlisted": [newer, scope],
            "declined_unlisted": [scope],
        });
        let comparison: GrantComparison = serde_json::from_value(comparison).expect("read");
        assert_eq!(comparison.granted, ScopeSet::from(scope));
        assert_eq!(comparison.granted_unlisted, unlisted);
        assert_eq!(comparison.declined, ScopeSet::from(scope));
        assert!(comparison.declined_unlisted.is_empty());
    }
    let malformed = json!({"scopes": [], "unlisted": ["openid"]});
    let error = serde_json::from_value::<RequestedScopes>(malformed).expect_err("openid");
    assert_eq!(
        error.to_string(),
        "\"openid\" is not a Data Portability scope: it must begin with \
         https://www.googleapis.com/auth/dataportability."
    );
}

#[test]
fn stored_revisions_read_back_and_list_the_same() {
    for (day, value) in stored("revision") {
        let revision: Revision = day.parse().expect(day);
        assert_eq!(revision.to_string(), day);
        assert_eq!(
            format!("{revision:?}"),
            format!("R{}", day.replace('-', "_"))
        );
        assert_eq!(revision.scopes().to_string(), value);
    }
}

#[test]
fn stored_names_of_resources_and_services_read_back_the_same() {
    for (variant, name) in stored("resource") {
        let resource: Resource = name.parse().expect(name);
        assert_eq!(resource.to_string(), name);
        assert_eq!(format!("{resource:?}"), variant);
    }
    for (variant, name) in stored("service") {
        let service: Service = name.parse().expect(name);
        assert_eq!(service.to_string(), name);
        assert_eq!(format!("{service:?}"), variant);
    }
}

#[test]
fn a_stored_grant_keeps_its_tokens_whether_or_not_a_later_list_has_them() {
    for (_, value) in stored("revision") {
        let others = "openid https://www.googleapis.com/auth/dataportability.zoo.animal_noises";
        let stored = format!("{value} {others}");
        let grant: Grant = stored.parse().expect("a grant");
        let printed = grant.to_string();
        let tokens =
            |value: &str| -> BTreeSet<String> { value.split(' ').map(str::to_owned).collect() };
        assert_eq!(tokens(&printed), tokens(&stored));
        assert_eq!(printed.parse::<Grant>(), Ok(grant));
    }
}

#[cfg(feature = "serde")]
#[test]
fn stored_json_reads_back_and_is_written_the_same() {
    use serde_json::{from_str, to_string};

    for (day, value) in stored("revision") {
        let (day, value) = (format!("{day:?}"), format!("{value:?}"));
        let revision: Revision = from_str(&day).expect("a revision");
        assert_eq!(to_string(&revision).expect("JSON"), day);
        let set: ScopeSet = from_str(&value).expect("a set");
        assert_eq!(to_string(&set).expect("JSON"), value);
        let grant: Grant = from_str(&value).expect("a grant");
        assert_eq!(to_string(&grant).expect("JSON"), value);
    }
    for (_, name) in stored("resource") {
        let name = format!("{name:?}");
        let resource: Resource = from_str(&name).expect("a resource");
        assert_eq!(to_string(&resource).expect("JSON"), name);
    }
    for (_, name) in stored("service") {
        let name = format!("{name:?}");
        let service: Service = from_str(&name).expect("a service");
        assert_eq!(to_string(&service).expect("JSON"), name);
    }
}
