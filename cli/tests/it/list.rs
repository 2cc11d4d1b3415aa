use dataportability_scopes::catalogue::{Listing, Resource, Revision, Service};
use serde_json::{Value, json};

use crate::{print, run_json, tokens};

/// Returns what the program prints of a resource in JSON.
pub(crate) fn entry(resource: Resource) -> Value {
    let listings = resource.scope().listings().iter();
    let listed: Vec<Value> =
        listings.map(|listing| json!({ "since": listing.since, "until": listing.until })).collect();
    json!({
        "scope": resource.scope(),
        "service": resource.service(),
        "product": resource.service().product_name(),
        "resource": resource,
        "label": resource.label(),
        "description": resource.description(),
        "category": category(resource),
        "category_source": match resource.category() {
            Some(_) if resource.category_is_derived() => "derived",
            Some(_) => "published",
            None => "none",
        },
        "time_filter": resource.supports_time_filter(),
        "listed": listed,
    })
}

fn category(resource: Resource) -> String {
    resource.category().map_or("unknown".to_owned(), |category| category.to_string())
}

/// Says when a resource was listed.
pub(crate) fn history(resource: Resource) -> String {
    let stretch = |listing: &Listing| match listing.until {
        Some(until) => format!("{} until {until}", listing.since),
        None => format!("since {}", listing.since),
    };
    match resource.scope().listings() {
        [] => "in no list, only on a documentation page".to_owned(),
        listings => listings.iter().map(stretch).collect::<Vec<_>>().join(", "),
    }
}

fn printed_tokens(printed: &Value) -> Vec<&str> {
    let scopes = printed["scopes"].as_array().expect("scopes").iter();
    scopes.filter_map(|scope| scope["scope"].as_str()).collect()
}

#[test]
fn every_scope_of_every_revision_is_listed_with_all_that_is_known() {
    for revision in Revision::all() {
        let (status, printed) = run_json(&["list", "--revision", revision.name()]);
        let entries: Vec<Value> =
            revision.scopes().iter().map(|scope| entry(scope.resource())).collect();
        assert_eq!((status, printed), (0, json!({ "revision": revision, "scopes": entries })));

        let (status, text) = print(&["list", "--revision", revision.name()]);
        assert_eq!(status, 0);
        let count = revision.scopes().len();
        let start = format!("The list of {revision} has {count} scopes.\n\n  RESOURCE ");
        assert!(text.starts_with(&start), "{text}");
        for resource in Resource::all() {
            let is_named = text.contains(&format!("\n  {resource} "));
            assert_eq!(is_named, resource.scope().is_listed_in(revision), "{resource}");
        }
    }
}

#[test]
fn the_newest_revision_is_listed_unless_another_is_named() {
    let newest = run_json(&["list", "--revision", Revision::NEWEST.name()]);
    assert_eq!(run_json(&["list"]), newest);
    assert_eq!(run_json(&["list", "--revision", "newest"]), newest);
}

#[test]
fn all_lists_the_scopes_that_no_revision_has_too() {
    let (status, printed) = run_json(&["list", "--all"]);
    let entries: Vec<Value> = Resource::all().map(entry).collect();
    assert_eq!((status, printed), (0, json!({ "revision": null, "scopes": entries })));
    let (_, text) = print(&["list", "--all"]);
    let count = Resource::all().len();
    assert!(text.starts_with(&format!("All documented lists together have {count} scopes.\n")));
}

#[test]
fn a_service_is_named_as_google_names_it_or_the_product_in_any_case() {
    for service in Service::all() {
        let expected = service.scopes() & Revision::R2025_01_20.scopes();
        let product = service.product_name();
        let mut names = vec![
            service.name().to_owned(),
            product.to_owned(),
            product.to_uppercase(),
            service.name().to_uppercase(),
        ];
        names.extend(product.strip_prefix("Google ").map(str::to_lowercase));
        for name in names {
            let args = ["list", "--revision", "2025-01-20", "--service", &name];
            let (status, printed) = run_json(&args);
            assert_eq!(printed_tokens(&printed), tokens(expected), "{name}");
            assert_eq!(status, i32::from(expected.is_empty()));
            assert_eq!(run_json(&["list", "--revision", "2025-01-20", &name]).1, printed);
            let (_, text) = print(&args);
            let scopes = if expected.len() == 1 { "scope" } else { "scopes" };
            let title =
                format!("The list of 2025-01-20 has {} {scopes} of {product}.\n", expected.len());
            assert!(text.starts_with(&title), "{text}");
        }
    }
}

#[test]
fn listed_shows_when_each_scope_was_listed() {
    let (_, text) = print(&["list", "--all", "--listed"]);
    let heading = text.lines().nth(2).expect("a heading");
    assert!(heading.ends_with(" LISTED"), "{heading}");
    for resource in Resource::all() {
        let line = text.lines().find(|line| line.trim_start().starts_with(&format!("{resource} ")));
        let line = line.expect("a line");
        assert!(line.ends_with(&history(resource)), "{line}");
    }
}

#[test]
fn a_service_that_the_revision_lists_nothing_of_is_told_with_the_days_on_which_it_was_listed() {
    for revision in Revision::all() {
        for service in Service::all() {
            let args = ["list", service.name(), "--revision", revision.name()];
            let (status, text) = print(&args);
            let is_listed = !(service.scopes() & revision.scopes()).is_empty();
            assert_eq!(status, i32::from(!is_listed));
            for scope in service.scopes() {
                let line = format!("\n  {}  {}\n", scope.resource(), history(scope.resource()));
                assert_eq!(text.contains(&line), !is_listed, "{text}");
            }
        }
    }
}
