use dataportability_scopes::catalogue::{Resource, Revision};

use crate::list::{entry, history};
use crate::{print, run_json};

#[test]
fn every_resource_is_shown_by_its_name_and_by_its_scope() {
    for resource in Resource::all() {
        for name in [resource.name(), resource.scope().as_str()] {
            assert_eq!(run_json(&["show", name]), (0, entry(resource)), "{name}");
        }
        let (status, text) = print(&["show", resource.name()]);
        assert_eq!(status, 0);
        let start = format!("{resource}  {}\n", resource.label());
        assert!(text.starts_with(&start), "{text}");
        let words: Vec<&str> = text.split_whitespace().collect();
        let description: Vec<&str> = resource.description().split_whitespace().collect();
        assert!(words.windows(description.len()).any(|window| window == description));
        assert!(text.contains(resource.scope().as_str()));
        assert!(text.contains(resource.service().product_name()));
        for listing in resource.scope().listings() {
            assert!(text.contains(&listing.since.to_string()), "{text}");
        }
    }
}

#[test]
fn a_resource_that_the_newest_list_does_not_have_comes_with_a_warning() {
    for resource in Resource::all() {
        let (_, text) = print(&["show", resource.name()]);
        let warns = text.ends_with(&format!(
            "\nThe newest list, of {}, does not have it: do not ask a user for it.\n",
            Revision::NEWEST
        ));
        assert_eq!(warns, !resource.scope().is_listed_in(Revision::NEWEST), "{text}");
    }
}

#[test]
fn what_is_shown_of_a_resource_with_gaps() {
    let (_, text) = print(&["show", "maps.post_trip_feedback"]);
    let scope = Resource::MapsPostTripFeedback.scope();
    assert!(text.contains(&format!("\n  scope        {scope}\n")), "{text}");
    assert!(text.contains("\n  service      Google Maps (maps)\n"), "{text}");
    assert!(
        text.contains("\n  category     unknown: Google publishes none for this scope\n"),
        "{text}"
    );
    assert!(text.contains("\n  time filter  no\n"), "{text}");
    assert!(
        text.contains(&format!("\n  listed       {}\n", history(Resource::MapsPostTripFeedback))),
        "{text}"
    );
    let (_, text) = print(&["show", "chrome.history"]);
    assert!(
        text.contains(
            "\n  time filter  yes: an export can be limited with a start time and an end time\n"
        ),
        "{text}"
    );
}
