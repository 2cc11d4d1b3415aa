//! Google's rules for redirect URIs.

use std::collections::BTreeMap;

use dataportability_scopes::consent::RedirectUri;
use proptest::prelude::*;
use serde_json::{from_value, json, to_value};
use url::Url;

use super::{CALLBACK, CODE, STATE};

#[test]
fn a_redirect_uri_that_google_accepts_is_kept_byte_for_byte() {
    for uri in include_str!("redirect_uris.txt").lines() {
        let parsed: RedirectUri = uri.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((parsed.as_str(), parsed.to_string()), (uri, uri.to_owned()));
        assert_eq!(to_value(&parsed).unwrap(), uri);
        assert_eq!(from_value::<RedirectUri>(json!(uri)).unwrap(), parsed);
    }
}

#[test]
fn a_host_has_at_most_253_characters_and_a_label_63() {
    let is_ok = |labels: [usize; 4]| {
        let host = labels.map(|len| "a".repeat(len)).join(".");
        format!("https://{host}/").parse::<RedirectUri>().is_ok()
    };
    assert!(is_ok([63, 63, 63, 61]));
    assert!(!is_ok([63, 63, 63, 62]) && !is_ok([64, 1, 1, 2]));
}

#[test]
fn a_redirect_uri_that_breaks_a_rule_is_refused_with_that_rule() {
    let rules: BTreeMap<String, Vec<String>> =
        serde_json::from_str(include_str!("redirect_uris.json")).unwrap();
    for (rule, uris) in rules {
        for uri in uris {
            let error = uri.parse::<RedirectUri>().expect_err(&uri);
            let text = format!("the redirect URI breaks one of Google's rules: {rule}");
            assert_eq!(error.to_string(), text, "{uri}");
            assert!(!format!("{error:?}").contains("hunter"));
        }
    }
}

#[test]
fn an_error_does_not_show_a_callback_that_is_taken_for_a_redirect_uri() {
    let uri = format!("{CALLBACK}?state={STATE}&code={CODE}#");
    let error = uri.parse::<RedirectUri>().expect_err(&uri);
    assert!(!format!("{error} {error:?}").contains("S3cret"));
}

proptest! {
    #[test]
    fn any_text_is_a_redirect_uri_as_it_stands_or_is_refused(text in ".*", path in "[ -~]{0,40}") {
        for uri in [text, format!("https://app.example.com/{path}"), format!("https://{path}/")] {
            if let Ok(parsed) = uri.parse::<RedirectUri>() {
                prop_assert_eq!(parsed.as_str(), uri.as_str());
                prop_assert!(!uri.contains(['*', '#', ' ', '\\', '"']));
                // As it is written, the host follows the scheme at once: no user name.
                let url = Url::parse(&uri).expect("a URL");
                let host = format!("//{}", url.host_str().unwrap_or_default());
                prop_assert!(uri.to_ascii_lowercase().contains(&host));
            }
        }
    }
}
