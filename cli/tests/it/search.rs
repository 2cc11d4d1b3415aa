//! `search`: resource groups by words.

use dataportability_scopes::catalogue::{Resource, Revision};
use serde_json::Value;

use crate::{print, run_json};

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
        (&["liked videos"], Resource::YoutubePrivatePlaylists),
    ] {
        let (status, printed) = run_json(&[&["search"], words].concat());
        assert_eq!((status, names(&printed)[0]), (0, expected.name()), "{words:?}");
    }
    assert!(names(&run_json(&["search", "likes"]).1).contains(&"youtube.private_playlists"));
}

#[test]
fn what_is_found_is_shown_with_its_description_and_what_is_withdrawn_says_so() {
    for resource in Resource::all() {
        let (_, text) = print(&["search", resource.name()]);
        let start = format!("{resource}  {}\n    {}\n", resource.label(), resource.description());
        assert!(text.starts_with(&start), "{text}");
        let rest = text.strip_prefix(&start).expect("a start");
        let warns = rest.starts_with("    Do not ask for it: ");
        assert_eq!(warns, !resource.scope().is_listed_in(Revision::NEWEST), "{text}");
    }
}
