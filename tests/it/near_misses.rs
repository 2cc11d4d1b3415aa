//! Anything that is not exactly a scope is refused, with an error of the right kind.

use crate::lists;

use std::collections::HashSet;

use dataportability_scopes::catalogue::{
    ParseScopeError, ParseScopeErrorKind, Resource, SCOPE_PREFIX, SCOPE_TOKENS, Scope,
};
use dataportability_scopes::grant::Grant;
use proptest::prelude::*;

/// Checks that nothing finds or parses it, and returns the error.
fn refused(token: &str) -> ParseScopeError {
    assert_eq!(Scope::find(token), None, "{token:?}");
    assert!(!SCOPE_TOKENS.contains(token), "{token:?}");
    token.parse::<Scope>().expect_err(token)
}

/// Characters that look like a letter, dot, slash or colon, or are invisible: Greek, Cyrillic,
/// Armenian, Cherokee, full-width, mathematical, accented, combining and zero-width ones, and
/// spaces.
const LOOK_ALIKES: &str = "\u{251}\u{3b1}\u{3bd}\u{3bf}\u{3c1}\u{430}\u{435}\u{43e}\u{440}\u{441}\u{443}\u{445}\
    \u{455}\u{456}\u{458}\u{4bb}\u{501}\u{51b}\u{51d}\u{566}\u{578}\u{57d}\u{581}\u{585}\u{131}\u{142}\u{17f}\u{261}\
    \u{269}\u{1d0f}\u{1d20}\u{1d21}\u{212f}\u{2113}\u{13a5}\u{ff41}\u{ff45}\u{ff4f}\u{ff54}\u{ff0e}\u{ff0f}\u{ff1a}\
    \u{ff3f}\u{1d41a}\u{1d428}\u{e4}\u{e9}\u{f6}\u{301}\u{332}\u{b7}\u{2024}\u{2044}\u{2215}\u{2236}\u{a0}\u{ad}\
    \u{200b}\u{200d}\u{200e}\u{202e}\u{2060}\u{3000}\u{feff}\u{fffd}";

fn characters() -> impl Iterator<Item = char> {
    (0_u8..128).map(char::from).chain(LOOK_ALIKES.chars())
}

/// Calls `check` with every text that is one character away from an ASCII text: removed,
/// swapped with the next, replaced or inserted. Returns how many those are.
fn each_near_miss(text: &str, mut check: impl FnMut(&str)) -> usize {
    let mut count = 0;
    let mut changed = String::with_capacity(text.len() + 4);
    let mut near = |before: &str, inserted: &[char], after: &str| {
        changed.clear();
        changed.push_str(before);
        changed.extend(inserted);
        changed.push_str(after);
        if changed != text {
            check(&changed);
            count += 1;
        }
    };
    for at in 0..=text.len() {
        let (before, after) = text.split_at(at);
        for character in characters() {
            near(before, &[character], after);
        }
        let mut rest = after.chars();
        let Some(first) = rest.next() else { continue };
        near(before, &[], rest.as_str());
        for character in characters() {
            near(before, &[character], rest.as_str());
        }
        if let Some(second) = rest.next() {
            near(before, &[second, first], rest.as_str());
        }
    }
    count
}

#[test]
fn every_scope_of_every_revision_with_one_character_changed_is_found_only_if_a_list_has_it() {
    let listed = lists::all();
    let oracle: HashSet<&str> = listed.iter().map(String::as_str).collect();
    let mut count = 0;
    for token in &listed {
        assert_eq!(Scope::find(token).map(Scope::as_str), Some(token.as_str()));
        count += each_near_miss(token, |near| {
            let found = Scope::find(near).map(Scope::as_str);
            assert_eq!(found, oracle.get(near).copied(), "{near:?}");
            assert_eq!(SCOPE_TOKENS.contains(near), found.is_some(), "{near:?}");
        });
    }
    // One of some 190 characters, inserted or in place of another, at some 60 places or more.
    assert!(count > listed.len() * 20_000, "{count}");
}

#[test]
fn every_resource_name_with_one_character_changed_is_parsed_only_if_a_list_has_it() {
    let listed = lists::all();
    let names = || listed.iter().filter_map(|it| it.strip_prefix(SCOPE_PREFIX));
    let oracle: HashSet<&str> = names().collect();
    for name in names() {
        each_near_miss(name, |near| {
            let parsed = near.parse::<Resource>().ok().map(Resource::name);
            assert_eq!(parsed, oracle.get(near).copied(), "{near:?}");
        });
    }
}

#[test]
fn every_scope_with_one_character_changed_is_granted_only_if_a_list_has_it() {
    let listed = lists::all();
    let oracle: HashSet<&str> = listed.iter().map(String::as_str).collect();
    for token in &listed {
        each_near_miss(token, |value| {
            let Ok(grant) = value.parse::<Grant>() else {
                return;
            };
            let granted = grant.scopes().known().iter().map(Scope::as_str);
            let value = value.trim_ascii();
            let listed = value.split(' ').filter(|token| oracle.contains(token));
            assert!(granted.eq(listed), "{value:?}");
        });
    }
}

#[test]
fn every_scope_in_another_form_is_refused_with_its_kind() {
    // PREFIX stands for what all scopes begin with, GROUP for the rest, and BOTH for the scope.
    let unknown = "BOTH.|BOTH/|BOTH.more|BOTHBOTH|PREFIX.GROUP|PREFIXPREFIXGROUP";
    let foreign = "dataportability.GROUP|http://www.googleapis.com/auth/dataportability.GROUP|\
        https://www.example.com/auth/dataportability.GROUP|\
        https://www.googleapis.com:443/auth/dataportability.GROUP|\
        https://proxy.example.com:443/https/www.googleapis.com/auth/dataportability.GROUP";
    let malformed = " BOTH|BOTH |BOTH\n|BOTH\0|BOTH BOTH|\u{feff}BOTH|BOTHé|\"BOTH\"";
    for scope in Resource::all().map(Resource::scope) {
        let (token, group) = (scope.as_str(), scope.resource().name());
        assert_eq!(refused(group).kind(), ParseScopeErrorKind::ResourceName(scope.resource()));
        let each = |forms: &str, others: String| -> Vec<String> {
            let forms = forms.replace("BOTH", token).replace("PREFIX", SCOPE_PREFIX);
            let forms = format!("{}|{others}", forms.replace("GROUP", group));
            forms.split('|').map(str::to_owned).collect()
        };
        for unknown in each(unknown, format!("{SCOPE_PREFIX}{}", group.to_uppercase())) {
            assert_eq!(refused(&unknown).kind(), ParseScopeErrorKind::Unknown, "{unknown}");
        }
        for foreign in each(foreign, token.to_uppercase() + "|" + &token.replace('.', "%2E")) {
            assert_eq!(refused(&foreign).kind(), ParseScopeErrorKind::Foreign, "{foreign}");
        }
        for malformed in each(malformed, token.replace('/', "\\")) {
            let kind = refused(&malformed).kind();
            assert!(matches!(kind, ParseScopeErrorKind::Malformed { .. }), "{malformed}: {kind:?}");
        }
    }
}

#[test]
fn the_prefix_alone_is_an_unknown_scope() {
    let kind = |token: &str| refused(token).kind();
    assert_eq!(kind(SCOPE_PREFIX), ParseScopeErrorKind::Unknown);
    let api = SCOPE_PREFIX.trim_end_matches('.');
    assert_eq!(kind(api), ParseScopeErrorKind::Foreign);
}

#[test]
fn the_bounds_of_the_grammar_are_inclusive() {
    for byte in 0_u8..128 {
        let token = format!("a{}b", char::from(byte));
        let legal = byte == 0x21 || (0x23..=0x5B).contains(&byte) || (0x5D..=0x7E).contains(&byte);
        let malformed =
            matches!(refused(&token).kind(), ParseScopeErrorKind::Malformed { position: Some(1) });
        assert_eq!(malformed, !legal, "{byte:#04x}");
    }
}

#[test]
fn every_scope_is_suggested_for_itself_with_two_letters_swapped() {
    for resource in Resource::all() {
        let name = resource.name();
        for at in 0..name.len() - 1 {
            let (a, b) = (&name[at..=at], &name[at + 1..at + 2]);
            if a != b {
                let swapped = [&name[..at], b, a, &name[at + 2..]].concat();
                let error = refused(&format!("{SCOPE_PREFIX}{swapped}"));
                assert_eq!(error.suggestions(), [resource], "{swapped}");
            }
        }
    }
}

proptest! {
    #[test]
    fn both_ways_of_finding_agree_on_any_group(group in "[a-z_]{1,12}(\\.[a-z_]{1,30}){1,3}") {
        let token = format!("{SCOPE_PREFIX}{group}");
        prop_assert_eq!(Scope::find(&token).is_some(), SCOPE_TOKENS.contains(token.as_str()));
        prop_assert_eq!(Scope::find(&token).is_some(), group.parse::<Resource>().is_ok());
    }
}
