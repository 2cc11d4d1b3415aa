//! Names are parsed exactly. What errors suggest is for `suggestion`.
#![no_main]

use std::error::Error;
use std::str::FromStr;

use dataportability_scopes::api::{AccessType, ApiMethod, JobId, State};
use dataportability_scopes::catalogue::{
    Category, Date, Resource, SCOPE_PREFIX, Scope, UnlistedScope,
};
use dataportability_scopes_fuzz::{assert_readable, listed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let token = format!("{SCOPE_PREFIX}{input}");
    let is_listed = listed().contains(&token);
    assert_eq!(parsed::<Resource>(input).is_some(), is_listed);
    assert_eq!(parsed::<Scope>(&token).is_some(), is_listed);
    assert!(parsed::<Scope>(input).is_none() || input.starts_with(SCOPE_PREFIX));
    assert_eq!(
        parsed::<UnlistedScope>(&token).is_some(),
        !is_listed && is_group(input)
    );
    assert!(parsed::<UnlistedScope>(input).is_none() || input.starts_with(SCOPE_PREFIX));
    readable::<Category>(input);
    readable::<ApiMethod>(input);
    readable::<AccessType>(input);
    readable::<State>(input);
    if let Some(date) = readable::<Date>(input) {
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
        readable::<JobId>(input);
    }
});

/// Parses a text that, if it parses, prints as it was.
fn parsed<T: FromStr + AsText>(input: &str) -> Option<T> {
    let value = input.parse::<T>().ok()?;
    assert_eq!(value.text(), input);
    Some(value)
}

/// Same as [`parsed`], where the error is readable.
fn readable<T: FromStr<Err: Error> + AsText>(input: &str) -> Option<T> {
    if let Err(error) = input.parse::<T>() {
        assert_readable(&error.to_string());
    }
    parsed(input)
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
    Category: ToString::to_string,
    ApiMethod: ToString::to_string,
    Date: ToString::to_string,
    JobId: ToString::to_string,
    AccessType: |it| it.as_str().to_owned(),
    State: |it| it.as_str().to_owned(),
}
