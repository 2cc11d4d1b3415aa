//! A scope value is read by the letter of RFC 6749, section 3.3, except for white space at its ends
//! and for scopes that nothing separates. Its known scopes are those of the lists.
#![no_main]

use std::collections::BTreeSet;

use dataportability_scopes::catalogue::{NewerScope, SCOPE_TOKENS, Scope, ScopeValueError};
use dataportability_scopes::grant::Grant;
use dataportability_scopes_fuzz::listed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &str| {
    let value = value.trim();
    match (value.parse::<Grant>(), tokens(value)) {
        (Ok(grant), Ok(tokens)) => {
            let (known, others): (BTreeSet<&str>, BTreeSet<&str>) =
                tokens.into_iter().partition(|token| listed().contains(*token));
            let scopes = grant.scopes();
            let newer = scopes.newer().map(NewerScope::as_str);
            let unlisted: BTreeSet<&str> = newer.chain(grant.others()).collect();
            assert!(scopes.known().iter().map(Scope::as_str).eq(known));
            assert_eq!(unlisted, others);
            assert_eq!(grant.to_string().parse::<Grant>(), Ok(grant));
        }
        (Err(error), Err(expected)) => match error {
            ScopeValueError::Empty => assert!(value.is_empty()),
            ScopeValueError::EmptyToken { position }
            | ScopeValueError::InvalidByte { position } => assert_eq!(position, expected),
            ScopeValueError::Separator { separator, position } => {
                assert!(value[position..].starts_with(&separator));
            }
            error => panic!("{error}"),
        },
        (read, expected) => panic!("{read:?}, not {expected:?}"),
    }
    let found = Scope::find(value);
    assert_eq!(found.map(Scope::as_str), listed().get(value).map(String::as_str));
    assert_eq!(found.is_some(), SCOPE_TOKENS.contains(value));
});

/// The tokens of a scope value, or the offset of what is wrong with it.
fn tokens(value: &str) -> Result<BTreeSet<&str>, usize> {
    let mut expect_token = true;
    for (position, byte) in value.bytes().enumerate() {
        match byte {
            b' ' if expect_token => return Err(position),
            b' ' => expect_token = true,
            // A second scope in the same token.
            b'h' if !expect_token && value[position..].starts_with("https://") => {
                return Err(position);
            }
            0x21 | 0x23..=0x5B | 0x5D..=0x7E => expect_token = false,
            _ => return Err(position),
        }
    }
    if expect_token {
        return Err(value.len());
    }
    Ok(value.split(' ').collect())
}
