//! An error of an unknown name is short and readable, and suggests names that parse.
#![no_main]

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use dataportability_scopes::catalogue::{
    ParseNameError, Resource, Revision, SCOPE_PREFIX, Scope, Service,
};
use dataportability_scopes_fuzz::assert_readable;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    // The first character says what is looked up, so that an input takes one search.
    let mut rest = input.chars();
    match rest.next().map(|first| u32::from(first) % 5) {
        Some(0) => scope(rest.as_str()),
        Some(1) => scope(&format!("{SCOPE_PREFIX}{}", rest.as_str())),
        Some(2) => name::<Service>(rest.as_str()),
        Some(3) => name::<Revision>(rest.as_str()),
        Some(_) => resource(rest.as_str()),
        None => {}
    }
});

fn resource(input: &str) {
    let Err(error) = input.parse::<Resource>() else {
        return;
    };
    let suggestions = error.suggestions();
    check(&error, &suggestions, |resource| {
        format!("{:?}", resource.name())
    });
}

fn scope(input: &str) {
    let Err(error) = input.parse::<Scope>() else {
        return;
    };
    let suggestions = error.suggestions();
    check(&error, &suggestions, |resource| {
        resource.scope().to_string()
    });
}

/// Those that the newest revision lists come first, none twice, and the error names them.
fn check(error: &impl Display, suggestions: &[Resource], written: impl Fn(&Resource) -> String) {
    let text = error.to_string();
    assert_readable(&text);
    let scopes: Vec<Scope> = suggestions.iter().map(|it| it.scope()).collect();
    assert!(scopes.len() <= 4);
    assert!(scopes.is_sorted_by_key(|scope| !scope.is_listed_in(Revision::NEWEST)));
    assert_eq!(BTreeSet::from_iter(&scopes).len(), scopes.len());
    if text.contains("; did you mean ") {
        let named = |it| text.contains(&written(it));
        assert!(
            !suggestions.is_empty() && suggestions.iter().all(named),
            "{text}"
        );
    }
}

fn name<T: FromStr<Err = ParseNameError> + Display>(input: &str) {
    match input.parse::<T>() {
        Ok(value) => assert_eq!(value.to_string(), input),
        Err(error) => {
            let text = error.to_string();
            assert_readable(&text);
            for name in error.suggestions() {
                assert!(name.parse::<T>().is_ok() && text.contains(name), "{text}");
            }
        }
    }
}
