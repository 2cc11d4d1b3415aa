use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::catalogue::Revision;

use crate::{CLIPS, HISTORY, print};

#[test]
fn every_method_is_named_by_its_id_or_the_last_part_of_it() {
    for method in ApiMethod::all() {
        let last = method.id().rsplit('.').next().expect("a part");
        for name in [method.id(), last] {
            let (status, text) =
                print(&["allows", name, "--scope", CLIPS, "--revision", "2025-07-15"]);
            assert_eq!(status, 0);
            assert!(text.contains(&format!("{method} is allowed by\n  youtube.clips\n")), "{text}");
        }
        let allowed = method.scopes_in(Revision::R2024_04_10);
        let history = ["allows", method.id(), "--scope", HISTORY, "--revision", "2024-04-10"];
        assert_eq!(print(&history).0, i32::from(allowed.is_empty()));
    }
}
