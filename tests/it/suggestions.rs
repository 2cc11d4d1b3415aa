//! What is suggested for names and scopes that do not exist.

use std::fs;

use dataportability_scopes::catalogue::{
    ParseScopeError, Resource, Revision, SCOPE_PREFIX, Scope, Service,
};
use proptest::prelude::*;

use crate::lists;

/// Every expected suggestion is in this revision. A later one may add more.
const FROZEN: Revision = Revision::R2026_07_19;

fn refused(name: &str) -> ParseScopeError {
    name.parse::<Resource>().expect_err(name)
}

fn is_listed(resource: Resource) -> bool {
    resource.scope().is_listed_in(Revision::NEWEST)
}

/// Whether it came after the frozen revisions.
fn is_newer(resource: Resource) -> bool {
    let first = resource.scope().listings().first();
    first.is_some_and(|listing| listing.since > FROZEN)
}

/// Checks the suggestions: those that the newest revision lists come first, and a later revision
/// may add to them.
fn suggests(input: &str, expected: &[Resource]) {
    let suggestions = refused(input).suggestions();
    let mut expected = expected.to_vec();
    expected.sort_by_key(|resource| !is_listed(*resource));
    if suggestions.iter().any(|resource| is_newer(*resource)) {
        let mut known = suggestions.iter().filter(|resource| !is_newer(**resource));
        assert!(known.all(|resource| expected.contains(resource)), "{input}");
    } else {
        assert_eq!(suggestions, expected, "{input}");
    }
}

/// The rows of a table in the data folder.
fn rows(file: &str) -> Vec<(String, String)> {
    let table = fs::read_to_string(lists::data().join(file)).expect("a table");
    let row = |row: &str| row.split_once('\t').map(|(a, b)| (a.to_owned(), b.to_owned()));
    table.lines().skip(1).map(|line| row(line).expect("two fields")).collect()
}

fn resources(names: &str) -> Vec<Resource> {
    names.split_whitespace().map(|name| name.parse().expect(name)).collect()
}

#[test]
fn what_is_meant_is_suggested_and_nothing_for_what_means_no_resource() {
    let rows = include_str!("suggestions.tsv").lines().filter(|line| !line.starts_with('#'));
    for row in rows.chain([""]) {
        let (input, meant) = row.split_once('\t').unwrap_or((row, ""));
        suggests(input, &resources(meant));
        if meant.is_empty() {
            let error = input.parse::<Scope>().expect_err(input);
            assert!(!error.to_string().contains("did you mean"), "{error}");
        }
    }
}

#[test]
fn every_everyday_name_suggests_what_is_meant() {
    for (name, meant) in rows("names.tsv") {
        let meant = resources(&meant);
        for input in [name.clone(), name.replace(' ', "_"), name.to_uppercase()] {
            suggests(&input, &meant);
        }
    }
}

#[test]
fn every_everyday_name_means_the_same_in_singular_and_plural() {
    for (name, _) in rows("names.tsv") {
        let other = match name.strip_suffix("ies") {
            Some(start) => format!("{start}y"),
            None if name.ends_with("ss") || name.ends_with("news") => continue,
            None if name.ends_with("ches") => name[..name.len() - 2].to_owned(),
            None => match (name.strip_suffix('s'), name.strip_suffix('y')) {
                (Some(start), _) => start.to_owned(),
                (None, Some(start)) => format!("{start}ies"),
                (None, None) => format!("{name}s"),
            },
        };
        assert_eq!(refused(&other).suggestions(), refused(&name).suggestions(), "{other}");
    }
}

#[test]
fn each_word_of_a_name_may_have_one_typo() {
    for resource in Resource::all().filter(|resource| !is_newer(*resource)) {
        let wrong = |word: &str| {
            let (start, end) = word.split_at(word.len() / 2);
            let is_short = word.len() < 5;
            format!("{start}{}{end}", if is_short { "" } else { "x" })
        };
        let words: Vec<String> = resource.name().split(['.', '_']).map(wrong).collect();
        let misspelled = words.join("_");
        let Err(error) = misspelled.parse::<Resource>() else {
            continue;
        };
        assert_eq!(error.suggestions(), [resource], "{misspelled}");
    }
}

#[test]
fn everything_that_the_api_leaves_out_is_named_as_such() {
    for (name, product) in rows("not_included.tsv") {
        let (first, _) = name.split_once(' ').unwrap_or((&name, ""));
        if name == first && first.parse::<Service>().is_ok() {
            continue; // A later list brought it.
        }
        let group = format!("{}.things", name.replace(' ', "_"));
        let token = format!("{SCOPE_PREFIX}{group}");
        for input in [name.clone(), format!("Google {name}"), group, token.clone()] {
            let error = refused(&input);
            assert_eq!(
                error.to_string(),
                format!(
                    "unknown resource {input:?}; {product} is not part of the Data Portability API"
                )
            );
            assert_eq!(error.suggestions(), []);
        }
        let error = token.parse::<Scope>().expect_err(&token);
        assert_eq!(
            error.to_string(),
            format!(
                "{token:?} is in no documented list of Data Portability scopes; {product} is not part of the Data Portability API"
            )
        );
    }
}

#[test]
fn every_resource_is_suggested_for_its_label_and_its_name_in_other_spellings() {
    for resource in Resource::all() {
        let name = resource.name();
        for spelling in [
            name.to_uppercase(),
            name.replace(['.', '_'], " "),
            name.replace(['.', '_'], "-"),
            format!("{resource:?}"),
            format!("{name}/"),
            format!("dataportability.{name}"),
            format!("/auth/dataportability.{name}"),
            format!("https://www.googleapis.com/auth/dataportabilty.{name}"),
        ] {
            assert_eq!(refused(&spelling).suggestions(), [resource], "{spelling}");
            let scope = spelling.parse::<Scope>().expect_err(&spelling);
            assert_eq!(scope.suggestions(), [resource], "{spelling}");
        }
        let label = resource.label();
        let is_service = Service::all().any(|service| service.product_name() == label);
        if !is_service && !is_newer(resource) {
            let suggestions = refused(label).suggestions();
            assert!(suggestions.contains(&resource), "{label}: {suggestions:?}");
        }
    }
}

#[test]
fn the_name_of_a_service_or_product_gets_its_resources() {
    for service in Service::all() {
        let of_service = service.scopes();
        let listed = of_service & Revision::NEWEST.scopes();
        let ordered = listed.iter().chain(of_service - listed).map(Scope::resource);
        let expected: Vec<Resource> = ordered.take(4).collect();
        for input in [
            service.name().to_owned(),
            service.product_name().to_owned(),
            format!("{SCOPE_PREFIX}{service}"),
        ] {
            let error = refused(&input);
            assert_eq!(error.suggestions(), expected, "{input}");
            assert_eq!(
                error.to_string(),
                format!(
                    "unknown resource {input:?}; {service} is a service: name one of its resources, such as {:?}",
                    expected[0].name()
                )
            );
        }
    }
}

#[test]
fn a_scope_without_a_resource_says_so() {
    for input in [SCOPE_PREFIX, SCOPE_PREFIX.trim_end_matches('.')] {
        let error = input.parse::<Scope>().expect_err(input);
        assert!(error.suggestions().is_empty());
        let text = error.to_string();
        let (_, example) = text.split_once("; it names no resource: add one, as in ").expect(&text);
        assert!(Scope::find(example).is_some_and(Scope::is_listed), "{text}");
    }
}

#[test]
fn scopes_with_a_comma_between_them_are_explained() {
    let scope = format!("{SCOPE_PREFIX}xyzzy.plugh");
    let error = format!("{scope},{scope}").parse::<Scope>().expect_err("two");
    assert!(error.to_string().ends_with("; one space separates two scopes"), "{error}");
}

#[test]
fn a_scope_given_as_a_name_and_a_name_given_as_a_scope_say_so() {
    for scope in Resource::all().map(Resource::scope) {
        let resource = scope.resource();
        let error = refused(scope.as_str());
        assert_eq!(
            error.to_string(),
            format!("{scope} is a scope, not the name of a resource; did you mean \"{resource}\"?")
        );
        assert_eq!(error.suggestions(), [resource]);

        let error = resource.name().parse::<Scope>().expect_err("a name");
        assert_eq!(
            error.to_string(),
            format!("\"{resource}\" is the name of a resource, not a scope; did you mean {scope}?")
        );
        assert_eq!(error.suggestions(), [resource]);
    }
}

#[test]
fn an_error_names_all_suggestions() {
    assert_eq!(
        format!("{SCOPE_PREFIX}search_history.of_youtube")
            .parse::<Scope>()
            .expect_err("unknown")
            .to_string(),
        format!(
            "\"{SCOPE_PREFIX}search_history.of_youtube\" is in no documented list of Data Portability scopes; did you mean {SCOPE_PREFIX}myactivity.youtube?"
        )
    );
    let error = refused("youtube.playlists");
    let names: Vec<String> =
        error.suggestions().iter().map(|resource| format!("\"{resource}\"")).collect();
    let (last, others) = names.split_last().expect("suggestions");
    assert_eq!(
        error.to_string(),
        format!(
            "unknown resource \"youtube.playlists\"; did you mean {} or {last}?",
            others.join(", ")
        )
    );
}

#[test]
fn every_product_is_suggested_as_its_service() {
    for service in Service::all() {
        for product in [
            service.product_name().to_owned(),
            service.product_name().to_uppercase(),
            service.product_name().to_lowercase(),
        ] {
            match product.parse::<Service>() {
                Ok(parsed) => assert_eq!(parsed, service),
                Err(error) => assert_eq!(error.suggestions(), [service.name()], "{product}"),
            }
        }
    }
    for many in ["Google", "Google "] {
        let google = many.parse::<Service>().expect_err("many products");
        assert!(google.suggestions().is_empty(), "{google}");
    }
    let alerts = "google ale".parse::<Service>().expect_err("a product");
    assert_eq!(alerts.suggestions(), ["alerts"]);
    let error = "Google Search".parse::<Service>().expect_err("a product");
    assert!(error.suggestions().contains(&"search_ugc"), "{error}");
    assert!(error.suggestions().contains(&"searchnotifications"), "{error}");
}

/// Words of the catalogue and others, joined in the ways that people join words.
fn any_name() -> impl Strategy<Value = String> {
    let mut words: Vec<String> = Resource::all()
        .flat_map(|resource| {
            let text =
                format!("{} {} {}", resource.name(), resource.label(), resource.description());
            text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    words.extend(["openid", "photos", "history", "watch", "google", "my"].map(str::to_owned));
    words.sort();
    words.dedup();
    let word = prop_oneof![8 => prop::sample::select(words), 1 => "\\PC{0,8}"];
    let joint = prop::sample::select(vec![".", "_", " ", "-", "", "/", "://"]);
    prop::collection::vec((word, joint), 0..20).prop_map(|parts| {
        parts.into_iter().flat_map(|(word, joint)| [word, joint.to_owned()]).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn at_most_four_are_suggested_and_those_that_can_be_asked_for_come_first(name in any_name()) {
        for input in [name.clone(), format!("{SCOPE_PREFIX}{name}")] {
            let Err(error) = input.parse::<Resource>() else { continue };
            let suggestions = error.suggestions();
            prop_assert!(suggestions.len() <= 4);
            prop_assert!(suggestions.is_sorted_by_key(|resource| !is_listed(*resource)));
            for (index, resource) in suggestions.iter().enumerate() {
                prop_assert!(!suggestions[..index].contains(resource), "{input}: {suggestions:?}");
            }
            prop_assert!(error.to_string().len() < 2_000);
            if let Err(error) = input.parse::<Scope>() {
                prop_assert!(error.suggestions().len() <= 4);
                prop_assert!(error.to_string().len() < 2_000);
            }
        }
    }
}
