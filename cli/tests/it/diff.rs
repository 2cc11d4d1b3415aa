use dataportability_scopes::catalogue::Revision;
use serde_json::json;

use crate::{run_json, tokens};

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
