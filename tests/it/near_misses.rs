//! What is not exactly a scope is refused, and the refusal says of what kind it is.

use dataportability_scopes::catalogue::{
    ParseScopeError, Resource, SCOPE_PREFIX, SCOPE_TOKENS, Scope,
};
use proptest::prelude::*;

/// Neither way of finding it has it, and neither parses it.
fn refused(token: &str) -> ParseScopeError {
    assert_eq!(Scope::find(token), None, "{token:?}");
    assert!(!SCOPE_TOKENS.contains(token), "{token:?}");
    token.parse::<Scope>().expect_err(token)
}

#[test]
fn every_scope_with_one_character_removed_replaced_or_doubled_is_refused() {
    let tokens: Vec<&str> = Scope::all().map(Scope::as_str).collect();
    for token in &tokens {
        for at in 0..token.len() {
            let (before, after) = (&token[..at], &token[at + 1..]);
            refused(&[before, after].concat());
            refused(&[before, &token[at..=at], &token[at..]].concat());
            for replacement in (0_u8..128).map(|byte| char::from(byte).to_string()) {
                let changed = [before, &replacement, after].concat();
                if changed != *token {
                    refused(&changed);
                }
            }
        }
    }
}

#[test]
fn every_scope_in_another_form_is_refused_with_its_kind() {
    for scope in Scope::all() {
        let token = scope.as_str();
        let group = scope.resource().name();
        for unknown in [
            format!("{token}."),
            format!("{token}/"),
            format!("{token}.more"),
            format!("{token}{token}"),
            format!("{SCOPE_PREFIX}{}", group.to_uppercase()),
            format!("{SCOPE_PREFIX}.{group}"),
            format!("{SCOPE_PREFIX}{SCOPE_PREFIX}{group}"),
        ] {
            let error = refused(&unknown);
            assert!(
                matches!(error, ParseScopeError::Unknown { .. }),
                "{unknown}: {error:?}"
            );
        }
        assert_eq!(
            refused(group),
            ParseScopeError::ResourceName {
                resource: scope.resource()
            }
        );
        for foreign in [
            format!("dataportability.{group}"),
            token.to_uppercase(),
            token.replace("https:", "http:"),
            token.replace("www.googleapis.com", "www.example.com"),
            token.replace("www.googleapis.com", "www.googleapis.com:443"),
            format!(
                "https://proxy.example.com:443/https/www.googleapis.com/auth/dataportability.{group}"
            ),
            token.replace('.', "%2E"),
        ] {
            let error = refused(&foreign);
            assert!(
                matches!(error, ParseScopeError::Foreign { .. }),
                "{foreign}: {error:?}"
            );
        }
        for malformed in [
            format!(" {token}"),
            format!("{token} "),
            format!("{token}\n"),
            format!("{token}\0"),
            format!("{token} {token}"),
            format!("\u{feff}{token}"),
            format!("{token}é"),
            format!("\"{token}\""),
            token.replace('/', "\\"),
        ] {
            let error = refused(&malformed);
            assert!(
                matches!(error, ParseScopeError::Malformed { .. }),
                "{malformed}: {error:?}"
            );
        }
    }
}

#[test]
fn the_prefix_alone_is_an_unknown_scope() {
    assert!(matches!(
        refused(SCOPE_PREFIX),
        ParseScopeError::Unknown { .. }
    ));
    assert!(matches!(
        refused(&SCOPE_PREFIX[..SCOPE_PREFIX.len() - 1]),
        ParseScopeError::Foreign { .. }
    ));
}

#[test]
fn the_bounds_of_the_grammar_are_inclusive() {
    for byte in 0_u8..128 {
        let token = format!("a{}b", char::from(byte));
        let legal = byte == 0x21 || (0x23..=0x5B).contains(&byte) || (0x5D..=0x7E).contains(&byte);
        let malformed = matches!(
            refused(&token),
            ParseScopeError::Malformed {
                position: Some(1),
                ..
            }
        );
        assert_eq!(malformed, !legal, "{byte:#04x}");
    }
}

#[test]
fn errors_say_what_is_wrong_with_which_input_and_what_to_do() {
    let text = |token: &str| refused(token).to_string();
    assert_eq!(text(""), r#""" is not a scope token: it is empty"#);
    assert_eq!(
        text("open id"),
        r#""open id" is not a scope token: the byte at offset 4 may not stand in one (RFC 6749, section 3.3)"#
    );
    assert_eq!(
        text("openid"),
        r#""openid" is not a Data Portability scope: those begin with https://www.googleapis.com/auth/dataportability."#
    );
    assert_eq!(
        text("youtube.clips"),
        r#""youtube.clips" is the name of a resource, not a scope; did you mean https://www.googleapis.com/auth/dataportability.youtube.clips?"#
    );
    assert_eq!(
        text("youtube.clip"),
        r#""youtube.clip" is not a Data Portability scope: those begin with https://www.googleapis.com/auth/dataportability.; did you mean https://www.googleapis.com/auth/dataportability.youtube.clips?"#
    );
    assert_eq!(
        text("https://www.googleapis.com/auth/dataportability.youtube.dreams"),
        r#""https://www.googleapis.com/auth/dataportability.youtube.dreams" is in no documented list of Data Portability scopes"#
    );
    assert_eq!(
        text("https://www.googleapis.com/auth/dataportability.yuotube.clips/"),
        r#""https://www.googleapis.com/auth/dataportability.yuotube.clips/" is in no documented list of Data Portability scopes; did you mean https://www.googleapis.com/auth/dataportability.youtube.clips?"#
    );
}

#[test]
fn an_error_quotes_no_more_than_the_beginning_of_a_long_input() {
    let error = refused(&"x".repeat(50_000_000)).to_string();
    assert!(error.len() < 1_000 && error.contains("xxx…"), "{error}");
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
                assert_eq!(error.suggestions(), [resource.scope()], "{swapped}");
            }
        }
    }
}

proptest! {
    #[test]
    fn both_ways_of_finding_agree_on_any_text(token in ".*") {
        prop_assert_eq!(Scope::find(&token).is_some(), SCOPE_TOKENS.contains(token.as_str()));
    }

    #[test]
    fn both_ways_of_finding_agree_on_any_group(group in "[a-z_]{1,12}(\\.[a-z_]{1,30}){1,3}") {
        let token = format!("{SCOPE_PREFIX}{group}");
        prop_assert_eq!(Scope::find(&token).is_some(), SCOPE_TOKENS.contains(token.as_str()));
        prop_assert_eq!(Scope::find(&token).is_some(), group.parse::<Resource>().is_ok());
    }
}
