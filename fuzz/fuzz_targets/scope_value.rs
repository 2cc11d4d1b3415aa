//! A scope value is read by the letter of RFC 6749, section 3.3, and its known scopes are those of
//! the lists.
#![no_main]

use std::collections::BTreeSet;

use dataportability_scopes::catalogue::{SCOPE_TOKENS, Scope, ScopeSet, ScopeValueError};
use dataportability_scopes::grant::Grant;
use dataportability_scopes_fuzz::listed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &str| {
    match (value.parse::<Grant>(), tokens(value)) {
        (Ok(grant), Ok(tokens)) => {
            let (known, others): (BTreeSet<&str>, BTreeSet<&str>) = tokens
                .into_iter()
                .partition(|token| listed().contains(*token));
            assert!(
                grant
                    .scopes()
                    .iter()
                    .map(Scope::as_str)
                    .eq(known.iter().copied())
            );
            assert!(grant.unrecognized().eq(others.iter().copied()));
            assert_eq!(grant.to_string().parse::<Grant>(), Ok(grant.clone()));
            assert_eq!(
                value.parse::<ScopeSet>().ok(),
                others.is_empty().then_some(grant.scopes())
            );
        }
        (Err(error), Err(expected)) => {
            let position = match error {
                ScopeValueError::EmptyToken { position }
                | ScopeValueError::InvalidByte { position } => position,
                _ => 0,
            };
            assert_eq!(position, expected);
        }
        (read, expected) => panic!("{read:?}, not {expected:?}"),
    }
    let found = Scope::find(value);
    assert_eq!(
        found.map(Scope::as_str),
        listed().get(value).map(String::as_str)
    );
    assert_eq!(found.is_some(), SCOPE_TOKENS.contains(value));
});

/// The tokens of a scope value, or the offset of what is wrong with it.
fn tokens(value: &str) -> Result<BTreeSet<&str>, usize> {
    let mut expect_token = true;
    for (position, byte) in value.bytes().enumerate() {
        match byte {
            b' ' if expect_token => return Err(position),
            b' ' => expect_token = true,
            0x21 | 0x23..=0x5B | 0x5D..=0x7E => expect_token = false,
            _ => return Err(position),
        }
    }
    if expect_token {
        return Err(value.len());
    }
    Ok(value.split(' ').collect())
}
