//! `search`: resource groups by words.

use dataportability_scopes::catalogue::{Resource, Revision};
use serde_json::Value;

use crate::{print, refusal, run_json};

fn names(printed: &Value) -> Vec<&str> {
    let resources = printed["resources"].as_array().expect("resources").iter();
    resources.filter_map(|it| it["resource"].as_str()).collect()
}

#[test]
fn every_resource_is_the_first_that_its_name_finds_and_among_those_that_its_label_finds() {
    for resource in Resource::all() {
        let (status, printed) = run_json(&["search", resource.name()]);
        assert_eq!((status, names(&printed)[0]), (0, resource.name()));
        let (status, printed) = run_json(&["search", resource.label()]);
        assert_eq!(status, 0, "{}", resource.label());
        assert!(names(&printed).contains(&resource.name()), "{}", resource.label());
    }
}

#[test]
fn everyday_names_find_what_people_mean() {
    for (words, expected) in [
        (&["watch", "history"][..], Resource::MyactivityYoutube),
        (&["watch history"], Resource::MyactivityYoutube),
        (&["search history"], Resource::MyactivitySearch),
        (&["my bookmarks"], Resource::ChromeBookmarks),
        (&["orders"], Resource::OrderReservePurchasesReservations),
        (&["followed channels"], Resource::YoutubeSubscriptions),
    ] {
        let (status, printed) = run_json(&[&["search"], words].concat());
        assert_eq!((status, names(&printed)[0]), (0, expected.name()), "{words:?}");
    }
}

#[test]
fn what_is_not_part_of_the_api_is_said_to_be_none() {
    for (words, product) in [
        ("gmail", "Gmail"),
        ("location", "Google Maps Timeline"),
        ("fotos", "Google Photos"),
        ("drive", "Google Drive"),
    ] {
        let (status, printed) = run_json(&["search", words]);
        let expected = format!("{product} is not part of the Data Portability API");
        assert_eq!((status, printed["not_included"].as_str()), (1, Some(&*expected)), "{words}");
        assert_eq!(names(&printed), [] as [&str; 0]);
        assert_eq!(print(&["search", words]), (1, format!("{expected}.\n")));
    }
    // What is not part of it does not hide what is.
    let (status, printed) = run_json(&["search", "photos"]);
    assert_eq!((status, names(&printed)[0]), (0, "maps.photos_videos"));
}

#[test]
fn words_that_nobody_uses_find_nothing() {
    for words in ["platypus", "the of", "!"] {
        let (status, printed) = run_json(&["search", words]);
        assert_eq!((status, names(&printed).len()), (1, 0), "{words}");
    }
    assert!(
        print(&["search", "platypus"]).1.starts_with("No resource group is called \"platypus\"")
    );
    assert!(refusal(&["search"]).contains("<WORDS>"));
}

#[test]
fn what_is_found_is_shown_with_its_description_and_what_is_withdrawn_says_so() {
    for resource in Resource::all() {
        let (_, text) = print(&["search", resource.name()]);
        let start = format!("{resource}  {}\n    {}\n", resource.label(), resource.description());
        assert!(text.starts_with(&start), "{text}");
        let rest = text.strip_prefix(&start).expect("a start");
        let warns = rest.starts_with("    Not to be asked for: ");
        assert_eq!(warns, !resource.scope().is_listed_in(Revision::NEWEST), "{text}");
    }
}
