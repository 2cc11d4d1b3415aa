//! Names are parsed exactly, and every error is short, readable and suggests what parses.
#![no_main]

use std::error::Error;
use std::fmt::Display;
use std::str::FromStr;

use dataportability_scopes::api::{AccessType, ApiMethod, JobId, State};
use dataportability_scopes::catalogue::{
    Category, CategorySource, Date, ParseNameError, Resource, Revision, SCOPE_PREFIX, Scope,
    Service, UnlistedScope,
};
use dataportability_scopes_fuzz::listed;
use libfuzzer_sys::fuzz_target;

/// What an error may take: the quoted input, an address, and the known names.
const MAX_ERROR_LEN: usize = 2_000;

fuzz_target!(|input: &str| {
    let token = format!("{SCOPE_PREFIX}{input}");
    let is_listed = listed().contains(&token);
    assert_eq!(exact::<Resource>(input).is_some(), is_listed);
    for text in [input, &token] {
        if let Err(error) = text.parse::<Resource>() {
            assert!(error.suggestions().len() <= 4);
        }
        if let Err(error) = text.parse::<Scope>() {
            assert!(error.suggestions().len() <= 4);
        }
    }
    assert_eq!(exact::<Scope>(&token).is_some(), is_listed);
    assert_eq!(
        exact::<UnlistedScope>(&token).is_some(),
        !is_listed && is_group(input)
    );
    assert!(exact::<UnlistedScope>(input).is_none() || input.starts_with(SCOPE_PREFIX));
    exact::<Scope>(input);
    named::<Service>(input);
    named::<Revision>(input);
    named::<Category>(input);
    named::<CategorySource>(input);
    named::<ApiMethod>(input);
    exact::<AccessType>(input);
    exact::<State>(input);
    if let Some(date) = exact::<Date>(input) {
        assert_eq!(Date::new(date.year(), date.month(), date.day()), Some(date));
    }
    if let Ok(job) = input.parse::<JobId>() {
        assert_eq!(
            job.as_str(),
            input.strip_prefix("archiveJobs/").unwrap_or(input)
        );
        assert_eq!(job.name().parse(), Ok(job.clone()));
        assert!(!job.as_str().contains(['/', '?', '#', '%', ':', ' ']));
    } else {
        exact::<JobId>(input);
    }
});

/// Parses a text that, if it parses, prints as it was.
fn exact<T>(input: &str) -> Option<T>
where
    T: FromStr<Err: Error> + AsText,
{
    match input.parse::<T>() {
        Ok(value) => {
            assert_eq!(value.text(), input);
            Some(value)
        }
        Err(error) => {
            readable(&error);
            None
        }
    }
}

/// Same as [`exact`], for names of which some are suggested.
fn named<T>(input: &str) -> Option<T>
where
    T: FromStr<Err = ParseNameError> + AsText,
{
    if let Err(error) = input.parse::<T>() {
        let mut suggestions = error.suggestions().iter();
        assert!(suggestions.all(|name| name.parse::<T>().is_ok()));
    }
    exact(input)
}

fn readable(error: &impl Display) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() <= MAX_ERROR_LEN, "{text}");
    assert!(!text.contains(char::is_control), "{text:?}");
}

/// Two or more segments of letters, digits and `_`.
fn is_group(group: &str) -> bool {
    group.len() <= UnlistedScope::MAX_GROUP_LEN
        && group.split('.').count() > 1
        && group.split('.').all(|segment| {
            !segment.is_empty()
                && segment
                    .chars()
                    .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'))
        })
}

/// How a value is printed.
trait AsText {
    fn text(&self) -> String;
}

macro_rules! as_text {
    ($($type:ty: $text:expr),* $(,)?) => {
        $(impl AsText for $type {
            fn text(&self) -> String {
                let text: fn(&$type) -> String = $text;
                text(self)
            }
        })*
    };
}

as_text! {
    Scope: ToString::to_string,
    UnlistedScope: ToString::to_string,
    Resource: ToString::to_string,
    Service: ToString::to_string,
    Revision: ToString::to_string,
    Category: ToString::to_string,
    CategorySource: ToString::to_string,
    ApiMethod: ToString::to_string,
    Date: ToString::to_string,
    JobId: ToString::to_string,
    AccessType: |it| it.as_str().to_owned(),
    State: |it| it.as_str().to_owned(),
}
