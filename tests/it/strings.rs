//! Types that print and parse as a string serialize as that string.
#![cfg(feature = "serde")]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use dataportability_scopes::api::ApiMethod;
use dataportability_scopes::catalogue::{
    Category, Date, Resource, Revision, Scope, ScopeSet, Service,
};
use dataportability_scopes::grant::Grant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{from_value, json, to_value};

fn round_trips<T>(value: &T)
where
    T: Serialize + DeserializeOwned + Display + FromStr + Debug + PartialEq,
{
    let printed = value.to_string();
    assert_eq!(to_value(value).expect("serialized"), json!(printed));
    assert_eq!(&from_value::<T>(json!(printed)).expect("deserialized"), value);
    assert_eq!(printed.parse::<T>().ok().as_ref(), Some(value));
}

#[test]
fn every_name_is_its_string() {
    Resource::all().map(Resource::scope).for_each(|scope| round_trips(&scope));
    Resource::all().for_each(|resource| round_trips(&resource));
    Service::all().for_each(|service| round_trips(&service));
    ApiMethod::all().for_each(|method| round_trips(&method));
    for revision in Revision::all() {
        round_trips(&revision);
        round_trips(&revision.date());
    }
    for category in [Category::Sensitive, Category::Restricted] {
        round_trips(&category);
    }
    round_trips(&"openid email".parse::<Grant>().expect("a grant"));
}

#[test]
fn what_does_not_parse_is_refused_with_the_parsers_words() {
    fn refused<T: DeserializeOwned + Debug + FromStr<Err: Display>>(text: &str) {
        let stored = from_value::<T>(json!(text)).expect_err("refused");
        assert_eq!(stored.to_string(), text.parse::<T>().expect_err("refused").to_string());
    }
    refused::<Service>("yuotube");
    refused::<Scope>("openid");
    refused::<Grant>("a  b");
    refused::<Date>("today");
    assert_eq!(
        from_value::<Resource>(json!(7)).expect_err("refused").to_string(),
        "invalid type: integer `7`, expected the name of a resource group, or its scope"
    );
}

#[test]
fn one_wrong_digit_of_a_day_is_a_typo_and_two_are_another_day() {
    for slip in ["2025-01-21", "2025-01-2", "2025-01-200", "2025-10-20"] {
        let error = slip.parse::<Revision>().expect_err("unknown");
        assert_eq!(error.suggestions(), ["2025-01-20"], "{slip}");
    }
    for day in ["2025-03-01", "2024-33-33"] {
        let error = day.parse::<Revision>().expect_err("unknown");
        assert!(!error.suggestions().contains(&"2024-03-03"), "{error}");
    }
}

#[test]
fn all_known_names_are_listed_if_none_is_close() {
    let days: Vec<&str> = Revision::all().map(Revision::name).collect();
    assert_eq!(
        "2024-33-33".parse::<Revision>().expect_err("unknown").to_string(),
        format!(r#"unknown revision "2024-33-33"; use one of: {}"#, days.join(", "))
    );
    let methods: Vec<&str> = ApiMethod::all().map(ApiMethod::id).collect();
    assert_eq!(
        "".parse::<ApiMethod>().expect_err("unknown").to_string(),
        format!(r#"unknown method ""; use one of: {}"#, methods.join(", "))
    );
}

#[test]
fn the_types_can_be_sent_and_shared_and_kept_in_maps() {
    fn anywhere<
        T: Send + Sync + Unpin + std::panic::UnwindSafe + std::panic::RefUnwindSafe + 'static,
    >() {
    }
    fn key<T: std::hash::Hash + Ord + Copy>() {}
    anywhere::<Grant>();
    anywhere::<ScopeSet>();
    anywhere::<dataportability_scopes::api::NotAuthorizedError>();
    key::<Scope>();
    key::<Resource>();
    key::<Service>();
    key::<Revision>();
    key::<Date>();
}
