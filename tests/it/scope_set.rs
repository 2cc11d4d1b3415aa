//! A scope set behaves as a sorted set of scopes does.

use std::collections::BTreeSet;

use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet, Service};
use proptest::prelude::*;

type Model = BTreeSet<Scope>;

fn any_scopes() -> impl Strategy<Value = Vec<Scope>> {
    let all: Vec<Scope> = Scope::all().collect();
    prop::collection::vec(prop::sample::select(all), 0..100)
}

fn model(set: ScopeSet) -> Model {
    set.iter().collect()
}

proptest! {
    #[test]
    fn operations_are_those_of_a_sorted_set(a in any_scopes(), b in any_scopes()) {
        let (set_a, set_b): (ScopeSet, ScopeSet) = (a.iter().copied().collect(), b.iter().copied().collect());
        let (a, b): (Model, Model) = (a.into_iter().collect(), b.into_iter().collect());
        prop_assert!(set_a.iter().eq(a.iter().copied()));
        prop_assert!(set_a.iter().rev().eq(a.iter().rev().copied()));
        prop_assert_eq!(set_a.len(), a.len());
        prop_assert_eq!(set_a.iter().len(), a.len());
        prop_assert_eq!(set_a.is_empty(), a.is_empty());
        prop_assert_eq!(model(set_a | set_b), &a | &b);
        prop_assert_eq!(model(set_a & set_b), &a & &b);
        prop_assert_eq!(model(set_a - set_b), &a - &b);
        prop_assert_eq!(set_a.is_subset(set_b), a.is_subset(&b));
        prop_assert_eq!(set_a.is_disjoint(set_b), a.is_disjoint(&b));
        prop_assert_eq!(set_a == set_b, a == b);
        for scope in Scope::all() {
            prop_assert_eq!(set_a.contains(scope), a.contains(&scope));
            prop_assert!(set_a.with(scope).contains(scope));
            prop_assert!(!set_a.without(scope).contains(scope));
            prop_assert_eq!(set_a.with(scope).without(scope), set_a.without(scope));
        }
        let mut extended = set_a;
        extended.extend(set_b);
        prop_assert_eq!(extended, set_a.union(set_b));
        let mut common = set_a;
        common &= set_b;
        prop_assert_eq!(common, set_a.intersection(set_b));
        let mut reduced = set_a;
        reduced -= set_b;
        prop_assert_eq!(reduced, set_a.difference(set_b));
    }

    #[test]
    fn a_set_prints_as_a_scope_value_that_parses_to_it(scopes in any_scopes()) {
        let set: ScopeSet = scopes.iter().copied().collect();
        prop_assert_eq!(set.to_string().parse(), Ok(set));
        let value: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        prop_assert_eq!(value.join(" ").parse(), Ok(set));
        let sorted: Vec<&str> = model(set).iter().map(|scope| scope.as_str()).collect();
        prop_assert_eq!(set.to_string(), sorted.join(" "));
    }
}

#[test]
fn sets_are_const_and_copied_in_registers() {
    const CLIPS: ScopeSet =
        ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::YoutubePosts])
            .without(Resource::YoutubePosts.scope())
            .intersection(Revision::R2025_01_20.scopes())
            .union(ScopeSet::EMPTY)
            .difference(Service::Maps.scopes());
    const { assert!(CLIPS.len() == 1 && CLIPS.contains(Resource::YoutubeClips.scope())) };
    assert_eq!(size_of::<ScopeSet>(), 16);
    assert_eq!(size_of::<Option<Scope>>(), 1);
}

#[test]
fn all_has_every_scope() {
    assert!(ScopeSet::ALL.iter().eq(Scope::all()));
    let services = Service::all().fold(ScopeSet::EMPTY, |all, service| all | service.scopes());
    assert_eq!(services, ScopeSet::ALL);
}

#[test]
fn services_share_no_scope() {
    for one in Service::all() {
        for other in Service::all().filter(|other| *other != one) {
            assert!(one.scopes().is_disjoint(other.scopes()), "{one} {other}");
        }
    }
}

#[test]
fn names_and_tokens_are_parsed_with_any_white_space_between_them_and_nothing_else() {
    let clips = Resource::YoutubeClips.scope();
    let parse = |text: &str| text.parse::<ScopeSet>();
    assert_eq!(parse(""), Ok(ScopeSet::EMPTY));
    assert_eq!(
        parse(&format!(" {clips}\n\tyoutube.clips ")),
        Ok(clips.into())
    );
    let text = |text: &str| parse(text).expect_err(text).to_string();
    assert_eq!(
        text("youtube.clips chrome.histroy"),
        r#"unknown resource "chrome.histroy"; did you mean "chrome.history"?"#
    );
    assert_eq!(
        text("https://www.googleapis.com/auth/drive"),
        r#""https://www.googleapis.com/auth/drive" is not a Data Portability scope: those begin with https://www.googleapis.com/auth/dataportability."#
    );
    assert!(
        parse(&format!("{clips}0")).is_err(),
        "newer than the catalogue"
    );
}

#[test]
fn debug_names_the_resources() {
    let set = ScopeSet::from_resources(&[Resource::YoutubeClips, Resource::ChromeHistory]);
    assert_eq!(format!("{set:?}"), "{ChromeHistory, YoutubeClips}");
    assert_eq!(
        format!("{:?}", Resource::YoutubeClips.scope()),
        "Scope(YoutubeClips)"
    );
}
