use dataportability_scopes::catalogue::Revision;
use serde_json::json;

use crate::{print, refusal, run_json, tokens};

#[test]
fn any_two_revisions_differ_by_the_difference_of_their_sets() {
    for from in Revision::all() {
        for to in Revision::all() {
            let (status, printed) = run_json(&["diff", from.name(), to.name()]);
            let (added, removed) = (to.scopes() - from.scopes(), from.scopes() - to.scopes());
            let (added, removed) = (tokens(added), tokens(removed));
            let expected = json!({ "from": from, "to": to, "added": added, "removed": removed });
            assert_eq!((status, printed), (0, expected));
        }
    }
}

#[test]
fn text_has_short_names_unless_long_ones_are_asked_for() {
    assert_eq!(
        print(&["diff", "2025-01-20", "2025-11-23"]),
        (
            0,
            "From 2025-01-20 to 2025-11-23: 2 added, 1 removed.\n\
             + maps.vehicle_profile\n\
             + youtube.conversations\n\
             - businessmessaging.conversations\n"
                .to_owned()
        )
    );
    let prefix = "https://www.googleapis.com/auth/dataportability.";
    assert_eq!(
        print(&["diff", "2025-06-05", "2025-07-15", "--long"]).1,
        format!(
            "From 2025-06-05 to 2025-07-15: 0 added, 1 removed.\n- \
             {prefix}businessmessaging.conversations\n"
        )
    );
}

#[test]
fn newest_is_a_revision() {
    assert_eq!(
        run_json(&["diff", "2025-01-20", "newest"]),
        run_json(&["diff", "2025-01-20", Revision::NEWEST.name()])
    );
}

#[test]
fn two_revisions_are_required() {
    assert!(refusal(&["diff", "2024-04-10"]).contains("<TO>"));
    assert!(
        refusal(&["diff", "2024-04-10", "2024-04-11"]).contains(r#"did you mean "2024-04-10"?"#)
    );
}
