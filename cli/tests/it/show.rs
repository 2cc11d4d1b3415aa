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
        assert!(text.contains(&format!("\n  listed       {}\n", history(resource))), "{text}");
        let warning = format!(
            "\nThe newest list, of {}, does not have it: do not ask a user for it.\n",
            Revision::NEWEST
        );
        assert_eq!(text.ends_with(&warning), !resource.scope().is_listed_in(Revision::NEWEST));
    }
}
