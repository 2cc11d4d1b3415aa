//! The catalogue has what the data files say, row by row.

use crate::lists;

use std::fs;

use dataportability_scopes::catalogue::{
    Category, Date, Resource, Revision, SCOPE_PREFIX, SCOPE_TOKENS, Scope, ScopeSet, Service,
};

fn scope(token: &str) -> Scope {
    token.parse().unwrap_or_else(|error| panic!("{token}: {error}"))
}

#[test]
fn every_scope_of_every_list_is_known_and_no_other() {
    let known: Vec<&str> = Resource::all().map(Resource::scope).map(Scope::as_str).collect();
    assert_eq!(known, lists::all());
}

#[test]
fn every_scope_round_trips_through_token_resource_and_service() {
    assert_eq!(SCOPE_TOKENS.len(), lists::all().len());
    for (index, token) in lists::all().into_iter().enumerate() {
        let scope = scope(&token);
        assert_eq!(SCOPE_TOKENS.get_index(&*token), Some(index));
        let group = token.strip_prefix(SCOPE_PREFIX).expect("the prefix");
        assert_eq!(scope.as_str(), token);
        assert_eq!(scope.to_string(), token);
        assert_eq!(scope.as_ref(), token);
        assert_eq!(Scope::find(&token), Some(scope));

        let resource = scope.resource();
        assert_eq!(resource.name(), group);
        assert_eq!(ScopeSet::from(resource), ScopeSet::from(scope));
        assert_eq!(resource.to_string(), group);
        assert_eq!(group.parse(), Ok(resource));
        assert_eq!(resource.scope(), scope);
        assert_eq!(Scope::from(resource), scope);
        assert_eq!(Resource::from(scope), resource);

        let (service, _) = group.split_once('.').expect("two segments");
        assert_eq!(resource.service().name(), service);
        assert_eq!(service.parse(), Ok(resource.service()));
        assert!(resource.service().scopes().contains(scope));
    }
}

#[test]
fn every_variant_is_its_group_in_pascal_case() {
    for resource in Resource::all() {
        let variant: String = resource
            .name()
            .split(['.', '_'])
            .map(|word| word[..1].to_uppercase() + &word[1..])
            .collect();
        assert_eq!(format!("{resource:?}"), variant);
    }
}

#[test]
fn every_revision_lists_what_its_file_lists() {
    let files = lists::revisions();
    assert_eq!(Revision::all().len(), files.len());
    assert!(Revision::all().is_sorted() && Revision::all().last() == Some(Revision::NEWEST));
    for (revision, (day, tokens)) in Revision::all().zip(files) {
        assert_eq!(revision.name(), day);
        assert_eq!(format!("{revision:?}"), format!("R{}", day.replace('-', "_")));
        assert_eq!(revision.to_string(), day);
        assert_eq!(revision.date().to_string(), day);
        assert_eq!(day.parse(), Ok(revision));
        let listed: Vec<&str> = revision.scopes().iter().map(Scope::as_str).collect();
        assert_eq!(listed, tokens);
        for scope in Resource::all().map(Resource::scope) {
            let stands = tokens.iter().any(|token| token == scope.as_str());
            assert_eq!(scope.is_listed_in(revision), stands, "{scope} in {day}");
            assert!(revision != Revision::NEWEST || scope.is_listed() == stands);
        }
    }
}

fn revisions_of(scope: Scope) -> impl Iterator<Item = Revision> {
    Revision::all().filter(move |revision| scope.is_listed_in(*revision))
}

#[test]
fn listings_are_the_stretches_of_revisions_that_list_a_scope() {
    for scope in Resource::all().map(Resource::scope) {
        let mut covered = Vec::new();
        for listing in scope.listings() {
            let stretch = Revision::all().filter(|revision| {
                *revision >= listing.since && listing.until.is_none_or(|end| *revision < end)
            });
            covered.extend(stretch);
        }
        assert!(revisions_of(scope).eq(covered), "{scope}");
        for pair in scope.listings().windows(2) {
            assert!(pair[0].until < Some(pair[1].since), "{scope}");
        }
    }
}

#[test]
fn every_resource_is_described_as_the_data_file_says_unless_only_the_newest_revision_has_it() {
    let table = fs::read_to_string(lists::data().join("resources.tsv")).expect("the table");
    let mut undescribed: Vec<Resource> = Resource::all().collect();
    for row in table.lines().skip(1) {
        let row: Vec<&str> = row.split('\t').collect();
        let resource: Resource = row[0].parse().expect("a resource");
        undescribed.retain(|other| *other != resource);
        let category = match (resource.category(), resource.category_is_derived()) {
            (None, false) => "unknown".to_owned(),
            (Some(category), false) => category.to_string(),
            (category, true) => format!("{} (derived)", category.expect("a category")),
        };
        let time_filter = if resource.supports_time_filter() { "yes" } else { "no" };
        assert_eq!(
            row,
            [resource.name(), &category, time_filter, resource.label(), resource.description(),]
        );
    }
    for resource in undescribed {
        assert!(revisions_of(resource.scope()).eq([Revision::NEWEST]));
        assert_eq!(resource.category(), None);
        assert!(!resource.category_is_derived());
        assert!(!resource.supports_time_filter());
    }
}

/// Google's list of restricted scopes and its user guide as they were when this was written: later
/// ones may add to it.
#[test]
fn the_restricted_scopes_are_those_that_google_names() {
    let restricted = Resource::all()
        .filter(|resource| resource.category() == Some(Category::Restricted))
        .filter(|resource| resource.scope().is_listed_in(Revision::R2025_06_05));
    let named = "businessmessaging.conversations chrome.autofill chrome.bookmarks chrome.history \
         maps.aliased_places maps.commute_routes maps.starred_places myactivity.maps \
         myactivity.play myactivity.search myactivity.shopping myactivity.youtube mymaps.maps \
         play.purchases youtube.channel youtube.private_videos";
    assert!(restricted.map(Resource::name).eq(named.split(' ')));
}

#[test]
fn every_description_is_a_sentence_and_every_label_short_and_the_only_one_of_its_service() {
    for resource in Resource::all() {
        assert!(resource.label().chars().count() <= 40, "{resource}");
        let description = resource.description();
        assert!(description.ends_with('.') && description.len() > 20, "{description}");
        assert!(description.starts_with(|c: char| c.is_ascii_uppercase()), "{description}");
        let alike = Resource::all().filter(|other| {
            other.service() == resource.service() && other.label() == resource.label()
        });
        assert_eq!(alike.count(), 1, "{}", resource.label());
    }
}

#[test]
fn every_service_has_its_product_name_and_at_least_one_scope() {
    let table = fs::read_to_string(lists::data().join("services.tsv")).expect("the table");
    for row in table.lines().skip(1) {
        let (name, product) = row.split_once('\t').expect("two fields");
        let service: Service = name.parse().expect("a service");
        assert_eq!(service.product_name(), product);
    }
    assert!(Service::all().all(|service| !service.scopes().is_empty()));
}

#[test]
fn every_revision_names_the_sources_and_pages_of_its_file() {
    for revision in Revision::all() {
        let file = lists::data().join(format!("revisions/{revision}.txt"));
        let text = fs::read_to_string(file).expect("a list");
        let values = |key: &str| -> Vec<String> {
            text.lines()
                .filter_map(|line| line.strip_prefix(key))
                .map(|value| value.trim().to_owned())
                .collect()
        };
        assert_eq!(revision.sources(), values("# source:"), "{revision}");
        assert_eq!(revision.pages(), values("# page:"), "{revision}");
        assert!(!revision.sources().is_empty());
    }
    for documented in [Revision::R2024_04_10, Revision::R2025_01_20] {
        assert!(!documented.pages().is_empty());
    }
}

#[test]
fn a_date_is_a_day_of_the_calendar_written_in_full() {
    for text in ["2024-02-29", "2000-02-29", "0000-01-01", "9999-12-31"] {
        assert_eq!(text.parse::<Date>().expect(text).to_string(), text);
    }
    let others = "|2024|2023-02-29|1900-02-29|2024-00-01|2024-13-01|2024-01-00|2024-04-31|2024-1-1|\
        24-01-01|02024-01-01|2024/01/01|2024-01-01 |２024-01-01|2024-01-1٣|+024-01-01";
    for text in others.split('|') {
        let error = text.parse::<Date>().expect_err(text);
        assert_eq!(
            error.to_string(),
            format!(
                "unknown date {text:?}; write a day of the calendar as YYYY-MM-DD, such as 2025-01-20"
            )
        );
    }
}
