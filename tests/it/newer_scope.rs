//! A scope that is newer than the catalogue has the form of those that are in it, and is none of
//! them.

use dataportability_scopes::catalogue::{
    NewerScope, ParseNewerScopeError, Resource, SCOPE_PREFIX, Scope, Scopes,
};
use dataportability_scopes::grant::Grant;
use proptest::prelude::*;

/// A group that no list has: a bare `0` begins no segment that Google has published.
const NEW: &str = "youtube.0_dreams";

fn newer(group: &str) -> Result<NewerScope, ParseNewerScopeError> {
    format!("{SCOPE_PREFIX}{group}").parse()
}

fn new() -> NewerScope {
    newer(NEW).expect("a group")
}

#[test]
fn it_prints_as_its_token_and_names_its_group() {
    let token = format!("{SCOPE_PREFIX}{NEW}");
    assert_eq!(new().as_str(), token);
    assert_eq!(new().to_string(), token);
    assert_eq!(new().resource_group(), NEW);
    assert_eq!(token.parse(), Ok(new()));
}

#[test]
fn every_scope_of_the_catalogue_is_refused() {
    for scope in Scope::all() {
        let error = scope.as_str().parse::<NewerScope>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("\"{scope}\" is in the catalogue: use `Scope`")
        );
    }
}

#[test]
fn a_group_has_at_most_128_bytes() {
    let longest = format!("a.{}", "b".repeat(126));
    assert!(newer(&longest).is_ok());
    assert!(newer(&format!("{longest}b")).is_err());
}

#[test]
fn a_group_has_two_or_more_segments_of_the_letters_of_the_published_ones() {
    for group in ["0.0", "_._", "a.b.c", "a1_.b", "z.9"] {
        assert!(newer(group).is_ok(), "{group}");
    }
    for group in ["", ".", "youtube", "youtube.", ".dreams", "youtube..x"] {
        assert!(newer(group).is_err(), "{group}");
    }
    for letter in (0..128).filter_map(char::from_u32) {
        let allowed = matches!(letter, 'a'..='z' | '0'..='9' | '_' | '.');
        let group = format!("0a{letter}b.c");
        assert_eq!(newer(&group).is_ok(), allowed, "{group:?}");
    }
}

#[test]
fn errors_say_what_is_wrong_with_which_input_and_what_to_do() {
    let text = |token: &str| token.parse::<NewerScope>().unwrap_err().to_string();
    assert_eq!(
        text("openid"),
        r#""openid" is not a Data Portability scope: it must begin with https://www.googleapis.com/auth/dataportability."#
    );
    assert_eq!(
        text("https://www.googleapis.com/auth/dataportability.youtube.clips/"),
        r#""https://www.googleapis.com/auth/dataportability.youtube.clips/" does not end in a resource group: give segments of lowercase letters, digits and _, joined by dots, such as youtube.clips"#
    );
}

#[test]
fn a_request_is_complete_when_its_known_and_newer_scopes_are_granted() {
    let clips = Resource::YoutubeClips.scope();
    let mut requested = Scopes::from(clips);
    requested.extend([new()]);
    let is_complete = |value: String| {
        let grant: Grant = value.parse().expect("a scope value");
        grant.compare(&requested).declined.is_empty()
    };
    assert!(is_complete(format!("{clips} {}", new())));
    assert!(is_complete(format!("openid {} {clips}", new())));
    assert!(!is_complete(clips.to_string()));
    assert!(!is_complete(new().to_string()));
    assert!(!is_complete("openid".to_owned()));
}

proptest! {
    #[test]
    fn any_scope_is_known_or_newer_or_refused(group in "[a-z0-9_.]{0,40}") {
        let token = format!("{SCOPE_PREFIX}{group}");
        let is_group = group.contains('.') && group.split('.').all(|segment| !segment.is_empty());
        match token.parse::<NewerScope>() {
            Ok(scope) => {
                prop_assert!(is_group && Scope::find(&token).is_none());
                prop_assert_eq!(scope.resource_group(), group);
            }
            Err(_) => prop_assert!(!is_group || Scope::find(&token).is_some()),
        }
    }
}
