//! The reviewable face of what is generated: one line for each scope.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use dataportability_scopes::catalogue::{Listing, Resource};

#[test]
fn the_golden_list_is_what_the_catalogue_holds() {
    let mut list = String::from(
        "# variant scope intervals; written by: UPDATE_GOLDEN=1 cargo test --test golden\n",
    );
    for resource in Resource::all() {
        let interval = |listing: &Listing| match listing.until {
            Some(until) => format!("{}..{until}", listing.since),
            None => format!("{}..", listing.since),
        };
        let intervals: Vec<String> = resource.scope().listings().iter().map(interval).collect();
        let intervals = if intervals.is_empty() {
            "none".into()
        } else {
            intervals.join(",")
        };
        writeln!(list, "{resource:?} {} {intervals}", resource.scope()).expect("a line");
    }

    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/catalogue.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &list).expect("the golden list is written");
    }
    let expected = fs::read_to_string(&golden).expect("the golden list");
    let changed = expected
        .lines()
        .zip(list.lines())
        .find(|(expected, actual)| expected != actual);
    assert_eq!(
        changed, None,
        "(golden, actual): see the first line of tests/golden/catalogue.txt"
    );
    assert_eq!(expected, list);
}
