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
    fn refusal<T: DeserializeOwned + Debug>(value: serde_json::Value) -> String {
        from_value::<T>(value).expect_err("refused").to_string()
    }
    assert_eq!(
        refusal::<Service>(json!("yuotube")),
        r#"unknown service "yuotube"; did you mean "youtube"?"#
    );
    assert!(
        refusal::<Scope>(json!("openid"))
            .starts_with(r#""openid" is not a Data Portability scope"#)
    );
    assert!(refusal::<Grant>(json!("a  b")).starts_with("scope value lacks a token at offset 2"));
    assert!(
        refusal::<Date>(json!("today"))
            .starts_with(r#"unknown date "today"; write a day of the calendar as YYYY-MM-DD"#)
    );
    assert_eq!(
        refusal::<Resource>(json!(7)),
        "invalid type: integer `7`, expected the name of a resource group, or its scope"
    );
}

#[test]
fn an_unknown_name_gets_suggestions_or_all_known_names() {
    let text = |error: dataportability_scopes::catalogue::ParseNameError| error.to_string();
    assert_eq!(
        text("2025-01-02".parse::<Revision>().expect_err("unknown")),
        r#"unknown revision "2025-01-02"; did you mean "2025-01-20"?"#
    );
    // One wrong digit is a typo. Two wrong digits are another day.
    for slip in ["2025-01-21", "2025-01-2", "2025-01-200", "2025-10-20"] {
        assert_eq!(
            text(slip.parse::<Revision>().expect_err("unknown")),
            format!(r#"unknown revision {slip:?}; did you mean "2025-01-20"?"#)
        );
    }
    for day in ["2025-03-01", "2024-33-33"] {
        let error = day.parse::<Revision>().expect_err("unknown");
        assert!(!error.suggestions().contains(&"2024-03-03"), "{error}");
    }
    assert_eq!(
        text("".parse::<Category>().expect_err("unknown")),
        r#"unknown category ""; use one of: sensitive, restricted"#
    );
    assert!(text("x".repeat(10_000_000).parse::<Service>().expect_err("unknown")).len() < 1_000);
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

#[test]
fn a_resource_is_the_set_of_its_scope() {
    for resource in Resource::all() {
        assert_eq!(ScopeSet::from(resource), ScopeSet::from(resource.scope()));
    }
}
