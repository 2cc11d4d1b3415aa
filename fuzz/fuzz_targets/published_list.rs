//! A published list has the scopes that its document has, and its comparison with a revision adds up.
#![no_main]

use std::collections::BTreeSet;

use dataportability_scopes::catalogue::{Revision, SCOPE_PREFIX, Scope};
use dataportability_scopes::drift::PublishedList;
use dataportability_scopes_fuzz::listed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [form, text @ ..] = input else { return };
    // A page has to have as many scopes as a list, which no fuzzer writes: half of the inputs come
    // after those of a revision.
    let revision = Revision::all().nth(usize::from(*form & 127));
    let document = match revision.filter(|_| *form >= 128) {
        Some(revision) => [page(revision).as_bytes(), text].concat(),
        None => text.to_vec(),
    };
    let list = match PublishedList::from_reader(document.as_slice()) {
        Ok(list) => list,
        Err(error) => {
            let text = error.to_string();
            assert!(
                text.len() < 1_000 && !text.contains(char::is_control),
                "{text:?}"
            );
            return;
        }
    };
    let tokens: BTreeSet<&str> = list.tokens().collect();
    assert!(!tokens.is_empty());
    let document = String::from_utf8_lossy(&document);
    let text = document.trim_start_matches('\u{FEFF}');
    let json = serde_json::from_str::<serde_json::Value>(text).ok();
    match json.filter(serde_json::Value::is_object) {
        Some(json) => {
            let scopes = json["auth"]["oauth2"]["scopes"]
                .as_object()
                .expect("scopes");
            assert_eq!(scopes.len(), tokens.len().max(scopes.len()));
            for token in listed() {
                assert_eq!(scopes.contains_key(token), tokens.contains(token.as_str()));
            }
        }
        None => {
            for token in listed_on(&document) {
                assert!(tokens.contains(token), "{token}");
            }
        }
    }
    for revision in Revision::all() {
        let drift = list.compare_to(revision);
        assert_eq!(drift.baseline, revision);
        let listed: BTreeSet<&str> = revision.scopes().iter().map(Scope::as_str).collect();
        let removed: BTreeSet<&str> = drift.removed.iter().map(Scope::as_str).collect();
        assert!(
            drift
                .added
                .iter()
                .map(String::as_str)
                .eq(tokens.difference(&listed).copied())
        );
        assert!(removed.iter().eq(listed.difference(&tokens)));
        if drift.identical_to == Some(revision) {
            assert_eq!(tokens, listed);
        }
        assert!(tokens != listed || drift.identical_to.is_some());
    }
    let nearest = list.compare();
    let distance =
        |drift: &dataportability_scopes::drift::Drift| drift.added.len() + drift.removed.len();
    assert!(Revision::all().all(|it| distance(&list.compare_to(it)) >= distance(&nearest)));
});

fn page(revision: Revision) -> String {
    let scopes = revision.scopes();
    scopes
        .iter()
        .map(|scope| format!("<li>{scope}</li>\n"))
        .collect()
}

/// Returns the listed scopes on a page that nothing continues.
fn listed_on(page: &str) -> impl Iterator<Item = &str> {
    page.match_indices(SCOPE_PREFIX).filter_map(|(start, _)| {
        let rest = &page[start..];
        let goes_on =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':');
        let end = rest.find(|c| !goes_on(c)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        (listed().contains(token) && !after.starts_with('<')).then_some(token)
    })
}
