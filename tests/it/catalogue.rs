//! The catalogue holds what the data files say, row by row.

use crate::lists;

use std::fs;

use dataportability_scopes::catalogue::{
    Category, CategorySource, Date, Resource, Revision, SCOPE_PREFIX, SCOPE_TOKENS, Scope, Service,
};

fn scope(token: &str) -> Scope {
    token
        .parse()
        .unwrap_or_else(|error| panic!("{token}: {error}"))
}

#[test]
fn every_scope_of_every_list_is_known_and_no_other() {
    let known: Vec<&str> = Scope::all().map(Scope::as_str).collect();
    assert_eq!(known, lists::all());
}

#[test]
fn every_scope_round_trips_through_token_resource_and_service() {
    for token in lists::all() {
        let scope = scope(&token);
        let group = token.strip_prefix(SCOPE_PREFIX).expect("the prefix");
        assert_eq!(scope.as_str(), token);
        assert_eq!(scope.to_string(), token);
        assert_eq!(scope.as_ref(), token);
        assert_eq!(Scope::find(&token), Some(scope));

        let resource = scope.resource();
        assert_eq!(resource.name(), group);
        assert_eq!(resource.to_string(), group);
        assert_eq!(group.parse(), Ok(resource));
        assert_eq!(resource.scope(), scope);
        assert_eq!(Scope::from(resource), scope);
        assert_eq!(Resource::from(scope), resource);

        let (service, _) = group.split_once('.').expect("two segments");
        assert_eq!(scope.service().name(), service);
        assert_eq!(service.parse(), Ok(scope.service()));
        assert!(scope.service().scopes().contains(scope));
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
    for (revision, (day, tokens)) in Revision::all().zip(files) {
        assert_eq!(revision.name(), day);
        assert_eq!(revision.to_string(), day);
        assert_eq!(revision.date().to_string(), day);
        assert_eq!(day.parse(), Ok(revision));
        let listed: Vec<&str> = revision.scopes().iter().map(Scope::as_str).collect();
        assert_eq!(listed, tokens);
        for scope in Scope::all() {
            let stands = tokens.iter().any(|token| token == scope.as_str());
            assert_eq!(scope.is_listed_in(revision), stands, "{scope} in {day}");
            assert_eq!(scope.revisions().any(|it| it == revision), stands);
        }
    }
}

#[test]
fn listings_are_the_stretches_of_revisions_that_list_a_scope() {
    for scope in Scope::all() {
        let mut covered = Vec::new();
        for listing in scope.listings() {
            let stretch = Revision::all().filter(|revision| {
                *revision >= listing.since && listing.until.is_none_or(|end| *revision < end)
            });
            covered.extend(stretch);
        }
        assert!(scope.revisions().eq(covered), "{scope}");
        for pair in scope.listings().windows(2) {
            assert!(pair[0].until < Some(pair[1].since), "{scope}");
        }
    }
}

#[test]
fn alerts_came_went_and_came_back() {
    let listings = Resource::AlertsSubscriptions.scope().listings();
    let days: Vec<_> = listings
        .iter()
        .map(|listing| (listing.since.name(), listing.until.map(Revision::name)))
        .collect();
    assert_eq!(
        days,
        [("2024-03-19", Some("2024-04-10")), ("2024-08-27", None)]
    );
}

#[test]
fn business_messages_were_listed_from_the_first_day_until_they_were_withdrawn() {
    let [listing] = Resource::BusinessmessagingConversations.scope().listings() else {
        panic!("one stretch");
    };
    assert_eq!(listing.since, Revision::R2024_01_30);
    assert_eq!(listing.until, Some(Revision::R2025_07_15));
}

#[test]
fn a_scope_of_a_documentation_page_alone_is_known_and_in_no_revision() {
    for token in lists::unpublished() {
        let scope = scope(&token);
        assert!(scope.listings().is_empty());
        assert_eq!(scope.revisions().count(), 0);
    }
}

#[test]
fn every_resource_is_described_as_the_data_file_says() {
    let table = fs::read_to_string(lists::data().join("resources.tsv")).expect("the table");
    let mut rows = table.lines().skip(1);
    for resource in Resource::all() {
        let row: Vec<&str> = rows.next().expect("a row for each").split('\t').collect();
        let time_filter = match resource.time_filter() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        };
        assert_eq!(
            row,
            [
                resource.name(),
                resource.category().as_ref(),
                resource.category_source().as_ref(),
                time_filter,
                resource.label(),
                resource.description(),
            ]
        );
    }
    assert_eq!(rows.next(), None);
}

#[test]
fn every_description_is_a_sentence_and_no_two_resources_of_a_service_are_labelled_alike() {
    for resource in Resource::all() {
        let description = resource.description();
        assert!(
            description.ends_with('.') && description.len() > 20,
            "{description}"
        );
        assert!(
            description.starts_with(|c: char| c.is_ascii_uppercase()),
            "{description}"
        );
        let alike = Resource::all().filter(|other| {
            other.service() == resource.service() && other.label() == resource.label()
        });
        assert_eq!(alike.count(), 1, "{}", resource.label());
    }
}

#[test]
fn every_service_has_its_product_name_and_at_least_one_scope() {
    let table = fs::read_to_string(lists::data().join("services.tsv")).expect("the table");
    let rows: Vec<(&str, &str)> = table
        .lines()
        .skip(1)
        .map(|row| row.split_once('\t').expect("two fields"))
        .collect();
    let services: Vec<_> = Service::all()
        .map(|service| (service.name(), service.product_name()))
        .collect();
    assert_eq!(services, rows);
    assert!(Service::all().all(|service| !service.scopes().is_empty()));
}

#[test]
fn only_an_unknown_category_has_no_source() {
    for resource in Resource::all() {
        assert_eq!(
            resource.category() == Category::Unknown,
            resource.category_source() == CategorySource::None
        );
    }
}

#[test]
fn phfs_set_and_the_finder_agree_on_every_scope() {
    assert_eq!(SCOPE_TOKENS.len(), Scope::all().len());
    for (index, scope) in Scope::all().enumerate() {
        assert_eq!(SCOPE_TOKENS.index(index), Some(&scope.as_str()));
        assert!(SCOPE_TOKENS.contains(scope.as_str()));
        assert_eq!(Scope::find(scope.as_str()), Some(scope));
    }
}

#[test]
fn the_revision_in_force_is_the_last_one_published_by_then() {
    let day = |text: &str| text.parse::<Date>().expect("a day");
    assert_eq!(Revision::in_force_on(day("2024-01-29")), None);
    for revision in Revision::all() {
        assert_eq!(Revision::in_force_on(revision.date()), Some(revision));
    }
    assert_eq!(
        Revision::in_force_on(day("2024-02-03")),
        Some(Revision::R2024_01_30)
    );
    assert_eq!(
        Revision::in_force_on(day("2025-07-25")),
        Some(Revision::R2025_07_15)
    );
    assert_eq!(
        Revision::in_force_on(day("9999-12-31")),
        Some(Revision::NEWEST)
    );
}

#[test]
fn revisions_are_chained_from_the_oldest_to_the_newest() {
    let all: Vec<Revision> = Revision::all().collect();
    for pair in all.windows(2) {
        assert_eq!(pair[0].newer(), Some(pair[1]));
        assert_eq!(pair[1].older(), Some(pair[0]));
        assert!(pair[0] < pair[1] && pair[0].date() < pair[1].date());
        let changes = pair[1].changes();
        assert_eq!(changes.added, pair[1].scopes() - pair[0].scopes());
        assert_eq!(changes.removed, pair[0].scopes() - pair[1].scopes());
    }
    assert_eq!(all[0].older(), None);
    assert_eq!(all[0].changes().added, all[0].scopes());
    assert_eq!(Revision::NEWEST.newer(), None);
    assert_eq!(all.last(), Some(&Revision::NEWEST));
}

#[test]
fn every_revision_names_its_sources_and_two_stand_on_reference_pages() {
    assert!(Revision::all().all(|revision| !revision.sources().is_empty()));
    let documented: Vec<_> = Revision::all()
        .filter(|revision| !revision.pages().is_empty())
        .map(Revision::name)
        .collect();
    assert_eq!(documented, ["2024-04-10", "2025-01-20"]);
}

#[test]
fn a_date_is_a_day_of_the_calendar_written_in_full() {
    for text in ["2024-02-29", "2000-02-29", "0000-01-01", "9999-12-31"] {
        assert_eq!(text.parse::<Date>().expect(text).to_string(), text);
    }
    for text in [
        "",
        "2024",
        "2023-02-29",
        "1900-02-29",
        "2024-00-01",
        "2024-13-01",
        "2024-01-00",
        "2024-04-31",
        "2024-1-1",
        "24-01-01",
        "02024-01-01",
        "2024/01/01",
        "2024-01-01 ",
        "２024-01-01",
        "2024-01-1٣",
        "+024-01-01",
    ] {
        let error = text.parse::<Date>().expect_err(text);
        assert_eq!(
            error.to_string(),
            "not a day written as YYYY-MM-DD, such as 2025-01-20"
        );
    }
}
