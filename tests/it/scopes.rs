//! Sets of scopes behave as sorted sets do. A scope that is newer than the catalogue has the form
//! of those that are in it, and is none of them.

use std::collections::BTreeSet;

use dataportability_scopes::catalogue::{
    NewerScope, Resource, Revision, SCOPE_PREFIX, Scope, ScopeSet, Scopes, Service,
};
use proptest::prelude::*;

use crate::known::everything;

/// A group that no list has: a bare `0` begins no segment that Google has published.
const NEWER: &str = "https://www.googleapis.com/auth/dataportability.youtube.0_dreams";

fn any_known() -> impl Strategy<Value = Vec<Scope>> {
    let all: Vec<Scope> = Resource::all().map(Resource::scope).collect();
    prop::collection::vec(prop::sample::select(all), 0..100)
}

/// Tokens of scopes, some of them newer than the catalogue.
fn any_tokens() -> impl Strategy<Value = BTreeSet<String>> {
    let all: Vec<String> =
        Resource::all().map(Resource::scope).map(|scope| scope.to_string()).collect();
    let newer = (0..6).prop_map(|index| format!("{NEWER}{index}"));
    prop::collection::btree_set(prop_oneof![4 => prop::sample::select(all), 1 => newer], 0..60)
}

fn set(tokens: &BTreeSet<String>) -> Scopes {
    let tokens = tokens.iter().map(|token| token.parse::<Scopes>());
    tokens.collect::<Result<Scopes, _>>().expect("scopes")
}

fn tokens(scopes: &Scopes) -> BTreeSet<String> {
    scopes.to_string().split_whitespace().map(Into::into).collect()
}

proptest! {
    #[test]
    fn scopes_are_a_sorted_set_of_tokens(a in any_tokens(), b in any_tokens()) {
        let (one, other) = (set(&a), set(&b));
        prop_assert_eq!(&tokens(&one), &a);
        prop_assert_eq!(one.len(), a.len());
        prop_assert_eq!(one.is_empty(), a.is_empty());
        prop_assert_eq!(one == other, a == b);
        prop_assert_eq!(one.is_subset(&other), a.is_subset(&b));
        prop_assert_eq!(one.is_disjoint(&other), a.is_disjoint(&b));
        for (result, expected) in [
            (one.clone() | other.clone(), &a | &b),
            (one.clone() & other.clone(), &a & &b),
            (one.clone() - other.clone(), &a - &b),
        ] {
            prop_assert_eq!(&tokens(&result), &expected);
            prop_assert_eq!(result, set(&expected));
        }
        let mut both = one.clone();
        both.extend([&other]);
        prop_assert_eq!(both, one.clone() | other);
        let parts = Scopes::from(one.known()) | one.newer().cloned().collect();
        prop_assert_eq!(&parts, &one);
        for scope in Resource::all().map(Resource::scope) {
            prop_assert_eq!(one.contains(scope), a.contains(scope.as_str()));
        }
    }

    #[test]
    fn scopes_are_read_from_what_they_print_and_from_names(tokens in any_tokens()) {
        let scopes = set(&tokens);
        prop_assert_eq!(scopes.to_string().parse(), Ok(scopes.clone()));
        let names: Vec<&str> = scopes.names().collect();
        prop_assert_eq!(names.len(), scopes.len());
        prop_assert!(tokens.iter().all(|token| names.contains(&&token[SCOPE_PREFIX.len()..])));
        let known = scopes.known();
        let words = format!("\n{}\t", &names[..known.len()].join("  "));
        prop_assert_eq!(words.parse(), Ok(Scopes::from(known)));
        prop_assert_eq!(words.parse(), Ok(known));
        prop_assert_eq!(known.to_string(), Scopes::from(known).to_string());
    }

    #[test]
    fn known_scopes_are_a_sorted_set(a in any_known(), b in any_known()) {
        let (one, other): (ScopeSet, ScopeSet) =
            (a.iter().copied().collect(), b.iter().copied().collect());
        let (a, b): (BTreeSet<_>, BTreeSet<_>) = (a.into_iter().collect(), b.into_iter().collect());
        let sorted = |set: ScopeSet| set.iter().collect::<BTreeSet<_>>();
        prop_assert!(one.iter().eq(a.iter().copied()));
        prop_assert!(one.iter().rev().eq(a.iter().rev().copied()));
        prop_assert_eq!((one.len(), one.iter().len()), (a.len(), a.len()));
        prop_assert_eq!(one.is_empty(), a.is_empty());
        prop_assert_eq!(sorted(one | other), &a | &b);
        prop_assert_eq!(sorted(one & other), &a & &b);
        prop_assert_eq!(sorted(one - other), &a - &b);
        prop_assert_eq!(one.is_subset(other), a.is_subset(&b));
        prop_assert_eq!(one.is_disjoint(other), a.is_disjoint(&b));
        for scope in Resource::all().map(Resource::scope) {
            prop_assert_eq!(one.contains(scope), a.contains(&scope));
        }
        let (mut more, mut common, mut fewer) = (one, one, one);
        more.extend(other);
        common &= other;
        fewer -= other;
        prop_assert_eq!((more, common, fewer), (one | other, one & other, one - other));
    }

    #[test]
    fn a_token_of_the_right_form_is_known_or_newer(group in "[a-z0-9_.]{0,40}") {
        let token = format!("{SCOPE_PREFIX}{group}");
        let is_group = group.contains('.') && group.split('.').all(|segment| !segment.is_empty());
        let is_known = Scope::find(&token).is_some();
        match token.parse::<NewerScope>() {
            Ok(scope) => {
                prop_assert!(is_group && !is_known);
                let scopes = Scopes::from(scope);
                prop_assert!(scopes.names().eq([&group]));
                prop_assert_eq!(token.parse(), Ok(scopes));
            }
            Err(_) => prop_assert!(!is_group || is_known),
        }
    }
}

#[test]
fn sets_are_const_and_copied_in_registers() {
    const CLIPS: ScopeSet =
        ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::YoutubePosts])
            .difference(ScopeSet::from_resources(&[Resource::YoutubePosts]))
            .intersection(Revision::R2025_01_20.scopes())
            .union(ScopeSet::EMPTY)
            .difference(Service::Maps.scopes());
    const { assert!(CLIPS.len() == 1 && CLIPS.contains(Resource::YoutubeClips.scope())) };
    assert_eq!(size_of::<ScopeSet>(), 16);
    assert_eq!(size_of::<Option<Scope>>(), 1);
}

#[test]
fn services_share_no_scope_and_have_all() {
    let mut all = ScopeSet::EMPTY;
    for service in Service::all() {
        assert!(all.is_disjoint(service.scopes()), "{service}");
        all |= service.scopes();
    }
    assert_eq!(all, everything());
    assert!(everything().iter().eq(Resource::all().map(Resource::scope)));
}

#[test]
fn whatever_has_scopes_in_it_becomes_scopes() {
    let clips = Scopes::from(Resource::YoutubeClips);
    assert_eq!(Scopes::from(Resource::YoutubeClips.scope()), clips);
    assert_eq!(Scopes::from(ScopeSet::from(Resource::YoutubeClips)), clips);
    assert_eq!(Scopes::from([Resource::YoutubeClips; 3]), clips);
    assert_eq!(Scopes::from([&clips, &clips]), clips);
    assert_eq!(Scopes::from([Resource::YoutubeClips; 0]), Scopes::default());
    let resources = vec![Resource::YoutubeClips, Resource::MapsReviews];
    assert!(
        resources.into_iter().collect::<Scopes>().names().eq(["maps.reviews", "youtube.clips"])
    );
    assert_eq!(format!("{clips:?}"), r#"{"youtube.clips"}"#);
    assert_eq!(format!("{:?}", clips.known()), "{YoutubeClips}");
}

#[test]
fn every_known_scope_is_refused_as_newer() {
    for scope in Resource::all().map(Resource::scope) {
        let error = scope.as_str().parse::<NewerScope>().unwrap_err();
        let quoted = scope.as_str();
        assert_eq!(error.to_string(), format!("{quoted:?} is in the catalogue: use `Scope`"));
    }
}

#[test]
fn a_group_has_two_or_more_segments_of_the_letters_of_the_published_ones() {
    let newer = |group: &str| format!("{SCOPE_PREFIX}{group}").parse::<NewerScope>();
    for group in ["0.0", "_._", "a.b.c", "a1_.b", "z.9"] {
        assert!(newer(group).is_ok(), "{group}");
    }
    for group in ["", ".", "youtube", "youtube.", ".dreams", "youtube..x"] {
        assert!(newer(group).is_err(), "{group}");
    }
    for letter in (0..128).filter_map(char::from_u32) {
        let allowed = matches!(letter, 'a'..='z' | '0'..='9' | '_' | '.');
        assert_eq!(newer(&format!("0a{letter}b.c")).is_ok(), allowed, "{letter:?}");
    }
    let longest = format!("a.{}", "b".repeat(126));
    assert!(newer(&longest).is_ok() && newer(&(longest + "b")).is_err());
}

/// Reads every set from a value.
#[cfg(feature = "serde")]
fn stored<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[cfg(feature = "serde")]
#[test]
fn there_is_one_stored_form_of_sets_that_is_read_from_names_tokens_one_string_and_lists() {
    use serde_json::json;

    for revision in Revision::all() {
        let known = revision.scopes();
        let mut scopes = Scopes::from(known);
        scopes.extend([NEWER.parse::<NewerScope>().unwrap()]);
        let tokens: Vec<&str> = known.iter().map(Scope::as_str).collect();
        let names: Vec<&str> = known.iter().map(|scope| scope.resource().name()).collect();
        assert_eq!(json!(known), json!(names.join(" ")));
        assert_eq!(json!(scopes), json!(format!("{} {NEWER}", names.join(" "))));
        for list in [&names, &tokens, &vec![&*names.join(" ")], &vec![&*tokens.join("\n")]] {
            assert_eq!(stored(json!(list)), Ok(known));
            assert_eq!(stored(json!(list.join(" "))), Ok(known));
            let with_newer = [&[NEWER], &**list].concat();
            assert_eq!(stored(json!(with_newer)), Ok(scopes.clone()));
            assert_eq!(stored(json!(with_newer.join(" "))), Ok(scopes.clone()));
        }
    }
    for nothing in [json!(""), json!([])] {
        assert_eq!(stored(nothing.clone()), Ok(ScopeSet::EMPTY));
        assert_eq!(stored(nothing), Ok(Scopes::default()));
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_typo_in_a_stored_set_is_an_error_about_a_name() {
    use serde_json::json;

    fn errors<T: serde::de::DeserializeOwned + std::fmt::Debug>(word: &str) -> [String; 2] {
        [json!(word), json!([word])].map(|value| stored::<T>(value).unwrap_err())
    }
    for error in [errors::<Scopes>("chrome.histroy"), errors::<ScopeSet>("chrome.histroy")].concat()
    {
        assert!(error.contains("chrome.histroy"), "{error}");
        assert!(error.ends_with(r#"did you mean "chrome.history"?"#), "{error}");
    }
    // A set of known scopes has no place for a newer one.
    assert!(stored::<ScopeSet>(json!(NEWER)).is_err());
    assert_eq!(
        stored::<Scopes>(json!(7)).unwrap_err(),
        "invalid type: integer `7`, expected scopes or names of resource groups, in a string or a \
         list of strings"
    );
}
