//! Google's rules for redirect URIs.

use dataportability_scopes::consent::RedirectUri;
use proptest::prelude::*;
use serde_json::{from_value, json, to_value};
use url::Url;

use super::{CALLBACK, CODE, STATE};

#[test]
fn a_redirect_uri_that_google_accepts_is_kept_byte_for_byte() {
    for uri in [
        "https://app.example.com/callback",
        "https://app.example.com",
        "https://app.example.com/",
        "https://APP.example.com/Callback/",
        "https://app.example.com:8443/callback?tenant=1&next=%2Fhome",
        "https://a.b.c.example.co.uk/x",
        "https://app.example.com/a..b/c",
        "https://xn--bcher-kva.example.com/",
        "http://localhost/",
        "http://localhost:8080/callback",
        "https://localhost/callback",
        "http://127.0.0.1:8080/callback",
        "http://127.9.9.9/",
        "http://[::1]:8080/callback",
    ] {
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

/// Each rule, and URIs that break it.
const RULES: &[(&str, &[&str])] = &[
    (
        "it must be a whole URI, such as https://app.example.com/callback",
        &[
            "",
            "/callback",
            "app.example.com/callback",
            "https:app.example.com/callback",
            "https://",
            "mailto:someone",
            "urn:ietf:wg:oauth:2.0:oob",
        ],
    ),
    (
        "it must begin with https://, unless its host is localhost or a loopback address",
        &[
            "http://app.example.com/callback",
            "HTTP://app.example.com/callback",
            "ftp://localhost/",
            "com.example.app://callback.example.com/",
            "http://localhost.example.com/",
        ],
    ),
    (
        "its host must be a name, not the address 192.0.2.1",
        &["https://192.0.2.1/", "https://3221225985/", "https://0xC0.0.2.1/"],
    ),
    ("its host must be a name, not the address 2001:db8::1", &["https://[2001:db8::1]/callback"]),
    (
        "its host must have a top-level domain, such as .com",
        &["https://intranet/callback", "https://com/callback"],
    ),
    (
        "its host must be labels of letters, digits and inner hyphens, joined by dots",
        &[
            "https:///app.example.com/callback",
            "https:////app.example.com/callback",
            "https://a..example.com/callback",
            "https://.com/callback",
            "https://app.example.com./callback",
            "https://ex%61mple.com/callback",
            "http://127.1/callback",
            "http://2130706433/callback",
            "http://0x7f.1/callback",
            "https://a'b.com/",
            "https://a,b;c=d.com/",
            "https://(x).com/",
            "https://a_b.example.com/",
            "https://-a.com/",
            "https://a-.com/",
            "https://a.com-/",
        ],
    ),
    (
        "its port must be a number from 1 to 65535",
        &[
            "https://app.example.com:/callback",
            "https://app.example.com:0/",
            "https://app.example.com:65536/",
            "https://app.example.com:8x/",
            "http://localhost:+80/",
        ],
    ),
    ("its host must not be a URL shortener, such as goo.gl", &["https://goo.gl/callback"]),
    (
        "its query must not have code, error, iss, scope or state, which the callback adds",
        &[
            "https://app.example.com/callback?state=x",
            "https://app.example.com/?iss=x",
            "https://app.example.com/callback?a=b&sc%6Fpe=x",
        ],
    ),
    (
        "its host must not be googleusercontent.com",
        &[
            "https://googleusercontent.com/callback",
            "https://x.googleusercontent.com/callback",
            "https://X.GoogleUserContent.com./callback",
        ],
    ),
    (
        "it must not have a user name or password before the host",
        &[
            "https://user@app.example.com/callback",
            "https://@app.example.com/callback",
            "https://user:hunter2@app.example.com/callback",
            "https://:hunter2@app.example.com/callback",
        ],
    ),
    (
        "it must not have a fragment, which begins at #",
        &["https://app.example.com/callback#", "https://u:hunter2@app.example.com/#x"],
    ),
    (
        "it must not have a wildcard (*)",
        &["https://*.example.com/callback", "https://app.example.com/callback/*"],
    ),
    (
        "it must not step up in its path with /.. or \\.., encoded or not",
        &[
            "https://app.example.com/a/../b",
            "https://app.example.com/..",
            "https://app.example.com/a/%2e%2E/b",
            "https://app.example.com/a%2F..%2fb",
            "https://app.example.com/a%5C..%5cb",
            "https://app.example.com/a?next=/../b",
        ],
    ),
    (
        "two hexadecimal digits must follow each %",
        &[
            "https://app.example.com/100%",
            "https://app.example.com/%zz",
            "https://app.example.com/%2",
        ],
    ),
    ("it must not have a NUL character", &["https://app.example.com/%00"]),
    (
        "its percent-encoded bytes must be UTF-8",
        &[
            "https://app.example.com/%C0%80",
            "https://app.example.com/%e0%80%80",
            "https://app.example.com/?%FF",
        ],
    ),
    ("the character '[' must be percent-encoded", &["https://app.example.com/[x]"]),
    ("the character ']' must be percent-encoded", &["https://app.example.com/?x=]"]),
    ("the character '\\0' must be percent-encoded", &["https://app.example.com/\0"]),
    (
        "the character ' ' must be percent-encoded",
        &[
            "https://app.example.com/a b",
            " https://app.example.com/",
            "https://user:hunter 2@app.example.com/",
        ],
    ),
    ("the character '\\n' must be percent-encoded", &["https://app.example.com/\n"]),
    ("the character '\\\\' must be percent-encoded", &["https:\\\\app.example.com\\a"]),
    ("the character 'é' must be percent-encoded", &["https://app.example.com/é"]),
    ("the character '\"' must be percent-encoded", &["https://app.example.com/\""]),
];

#[test]
fn a_redirect_uri_that_breaks_a_rule_is_refused_with_that_rule() {
    for (rule, uris) in RULES {
        for uri in *uris {
            let error = uri.parse::<RedirectUri>().expect_err(uri);
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
