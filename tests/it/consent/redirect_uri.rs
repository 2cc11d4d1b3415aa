//! Google's rules for redirect URIs.

use std::hash::{BuildHasher, RandomState};

use dataportability_scopes::consent::{RedirectUri, RedirectUriRule};
use proptest::prelude::*;

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
        assert_eq!(parsed.as_str(), uri);
        assert_eq!(parsed.to_string(), uri);
        assert_eq!(parsed.as_ref(), uri);
        assert_eq!(parsed.as_oauth2().as_str(), uri);
        let stored = serde_json::to_value(&parsed).unwrap();
        assert_eq!(stored, uri);
        assert_eq!(
            serde_json::from_value::<RedirectUri>(stored).unwrap(),
            parsed
        );
    }
}

#[test]
fn redirect_uris_are_compared_and_hashed_as_text() {
    let [one, same, other] = ["x", "x", "X"]
        .map(|path| format!("https://app.example.com/{path}"))
        .map(|uri| uri.parse::<RedirectUri>().unwrap());
    let state = RandomState::new();
    assert_eq!(one, same);
    assert_eq!(state.hash_one(&one), state.hash_one(&same));
    assert_ne!(one, other);
    assert_ne!(state.hash_one(&one), state.hash_one(&other));
}

#[test]
fn a_host_has_at_most_253_characters_and_a_label_63() {
    let uri = |labels: [usize; 4]| {
        let host = labels.map(|len| "a".repeat(len)).join(".");
        format!("https://{host}/").parse::<RedirectUri>()
    };
    assert!(uri([63, 63, 63, 61]).is_ok());
    for labels in [[63, 63, 63, 62], [64, 1, 1, 2]] {
        let error = uri(labels).unwrap_err();
        assert_eq!(error.rule(), RedirectUriRule::Host, "{labels:?}");
    }
}

#[test]
fn a_redirect_uri_that_breaks_a_rule_is_refused_with_that_rule() {
    for (uri, rule) in refused() {
        let error = uri.parse::<RedirectUri>().expect_err(uri);
        assert_eq!(error.rule(), rule, "{uri}");
        let quoted = match uri.find(['?', '#', ';']) {
            Some(parameters) => format!("{}…", &uri[..parameters]),
            None => uri.replace(char::is_control, "\u{FFFD}"),
        };
        assert_eq!(
            error.to_string(),
            format!("redirect URI {quoted:?} breaks one of Google's rules: {rule}")
        );
    }
    let long = format!("https://app.example.com/{}#", "a".repeat(10_000_000));
    assert!(
        long.parse::<RedirectUri>()
            .expect_err("a fragment")
            .to_string()
            .len()
            < 1_000
    );
}

#[test]
fn an_error_does_not_show_the_parameters_of_a_callback_that_is_taken_for_a_redirect_uri() {
    for begin in ["?", "#", "?x&", "%3Fcode=", "%3fcode%3D"] {
        let uri = format!("{CALLBACK}{begin}state={STATE}&code={CODE}#");
        let error = uri.parse::<RedirectUri>().expect_err(&uri);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("Secret"), "{shown}");
        assert!(shown.contains(&format!("{CALLBACK}…")), "{shown}");
    }
}

fn refused() -> Vec<(&'static str, RedirectUriRule)> {
    use RedirectUriRule as Rule;
    let address = |text: &str| Rule::Address(text.parse().unwrap());
    vec![
        ("", Rule::Absolute),
        ("/callback", Rule::Absolute),
        ("app.example.com/callback", Rule::Absolute),
        ("https:app.example.com/callback", Rule::Absolute),
        ("https://", Rule::Absolute),
        ("mailto:someone", Rule::Absolute),
        ("urn:ietf:wg:oauth:2.0:oob", Rule::Absolute),
        ("http://app.example.com/callback", Rule::Scheme),
        ("HTTP://app.example.com/callback", Rule::Scheme),
        ("ftp://localhost/", Rule::Scheme),
        ("com.example.app://callback.example.com/", Rule::Scheme),
        ("http://localhost.example.com/", Rule::Scheme),
        ("https://192.0.2.1/callback", address("192.0.2.1")),
        ("https:///app.example.com/callback", Rule::Host),
        ("https:////app.example.com/callback", Rule::Host),
        ("https://a..example.com/callback", Rule::Host),
        ("https://.com/callback", Rule::Host),
        ("https://app.example.com./callback", Rule::Host),
        ("https://app.example.com:/callback", Rule::Port),
        ("https://ex%61mple.com/callback", Rule::Host),
        ("http://127.1/callback", Rule::Host),
        ("http://2130706433/callback", Rule::Host),
        ("http://0x7f.1/callback", Rule::Host),
        ("https://goo.gl/callback", Rule::Shortener),
        ("https://app.example.com/callback?state=x", Rule::Parameter),
        (
            "https://app.example.com/callback?a=b&sc%6Fpe=x",
            Rule::Parameter,
        ),
        ("https://3221225985/callback", address("192.0.2.1")),
        ("https://0xC0.0.2.1/callback", address("192.0.2.1")),
        ("https://[2001:db8::1]/callback", address("2001:db8::1")),
        ("https://intranet/callback", Rule::SingleLabel),
        ("https://com/callback", Rule::SingleLabel),
        ("https://a'b.com/", Rule::Host),
        ("https://a,b;c=d.com/", Rule::Host),
        ("https://(x).com/", Rule::Host),
        ("https://a_b.example.com/", Rule::Host),
        ("https://-a.com/", Rule::Host),
        ("https://a-.com/", Rule::Host),
        ("https://a.com-/", Rule::Host),
        ("https://app.example.com:0/", Rule::Port),
        ("https://app.example.com:65536/", Rule::Port),
        ("https://app.example.com:8x/", Rule::Port),
        ("http://localhost:+80/", Rule::Port),
        ("https://app.example.com/[x]", Rule::Character('[')),
        ("https://app.example.com/?x=]", Rule::Character(']')),
        ("https://app.example.com/%e0%80%80", Rule::Utf8),
        ("https://app.example.com/?%FF", Rule::Utf8),
        ("https://app.example.com/callback?iss=x", Rule::Parameter),
        (
            "https://googleusercontent.com/callback",
            Rule::GoogleUserContent,
        ),
        (
            "https://x.googleusercontent.com/callback",
            Rule::GoogleUserContent,
        ),
        (
            "https://X.GoogleUserContent.com./callback",
            Rule::GoogleUserContent,
        ),
        ("https://app.example.com/callback#", Rule::Fragment),
        ("https://app.example.com/callback#x", Rule::Fragment),
        ("https://*.example.com/callback", Rule::Wildcard),
        ("https://app.example.com/callback/*", Rule::Wildcard),
        ("https://app.example.com/a/../b", Rule::Traversal),
        ("https://app.example.com/..", Rule::Traversal),
        ("https://app.example.com/a/%2e%2E/b", Rule::Traversal),
        ("https://app.example.com/a%2F..%2fb", Rule::Traversal),
        ("https://app.example.com/a%5C..%5cb", Rule::Traversal),
        ("https://app.example.com/a?next=/../b", Rule::Traversal),
        ("https://app.example.com/100%", Rule::PercentEncoding),
        ("https://app.example.com/%zz", Rule::PercentEncoding),
        ("https://app.example.com/%2", Rule::PercentEncoding),
        ("https://app.example.com/%00", Rule::Nul),
        ("https://app.example.com/%C0%80", Rule::Utf8),
        ("https://app.example.com/\0", Rule::Character('\0')),
        ("https://app.example.com/a b", Rule::Character(' ')),
        (" https://app.example.com/", Rule::Character(' ')),
        ("https://app.example.com/\n", Rule::Character('\n')),
        ("https:\\\\app.example.com\\a", Rule::Character('\\')),
        ("https://app.example.com/é", Rule::Character('é')),
        ("https://app.example.com/\"", Rule::Character('"')),
    ]
}

#[test]
fn every_rule_has_its_error_text() {
    use RedirectUriRule as Rule;
    let words: Vec<String> = [
        Rule::Absolute,
        Rule::Scheme,
        Rule::Address([192, 0, 2, 1].into()),
        Rule::SingleLabel,
        Rule::Host,
        Rule::Port,
        Rule::Shortener,
        Rule::Parameter,
        Rule::GoogleUserContent,
        Rule::UserInfo,
        Rule::Fragment,
        Rule::Wildcard,
        Rule::Traversal,
        Rule::PercentEncoding,
        Rule::Nul,
        Rule::Utf8,
        Rule::Character('\n'),
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    assert_eq!(
        words,
        [
            "it must be a whole URI, such as https://app.example.com/callback",
            "it must begin with https://, unless its host is localhost or a loopback address",
            "its host must be a name, not the address 192.0.2.1",
            "its host must have a top-level domain, such as .com",
            "its host must be labels of letters, digits and inner hyphens, joined by dots",
            "its port must be a number from 1 to 65535",
            "its host must not be a URL shortener, such as goo.gl",
            "its query must not have code, error, iss, scope or state, which the callback adds",
            "its host must not be googleusercontent.com",
            "it must not have a user name or password before the host",
            "it must not have a fragment, which begins at #",
            "it must not have a wildcard (*)",
            r"it must not step up in its path with /.. or \.., encoded or not",
            "two hexadecimal digits must follow each %",
            "it must not have a NUL character",
            "its percent-encoded bytes must be UTF-8",
            r"the character '\n' must be percent-encoded",
        ]
    );
}

#[test]
fn the_errors_never_quote_a_password() {
    for uri in [
        "https://user@app.example.com/callback",
        "https://user:hunter2@app.example.com/callback",
        "https://:hunter2@app.example.com/callback",
        "https://@app.example.com/callback",
    ] {
        let error = uri.parse::<RedirectUri>().unwrap_err();
        assert_eq!(error.rule(), RedirectUriRule::UserInfo);
        assert_eq!(
            error.to_string(),
            "redirect URI breaks one of Google's rules: it must not have a user name or password before the host"
        );
    }
    for uri in [
        "https://user:hunter2@app.example.com/#",
        "https://user:hunter 2@app.example.com/",
        "https://user:hunter2@app.example.com:99999/",
        "http://user:hunter2@app.example.com/",
        "https://user:hunter2\u{FF20}app.example.com/",
        "user:hunter2@app.example.com/",
    ] {
        let error = uri.parse::<RedirectUri>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter"), "{error}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_redirect_uri_as_it_stands_or_is_refused(text in ".*", path in "[ -~]{0,40}") {
        for uri in [text, format!("https://app.example.com/{path}"), format!("https://{path}/")] {
            if let Ok(parsed) = uri.parse::<RedirectUri>() {
                prop_assert_eq!(parsed.as_str(), uri.as_str());
                prop_assert!(!uri.contains(['*', '#', ' ', '\\', '"']));
                // As it is written, the host follows the scheme at once: no user name.
                let host = format!("//{}", parsed.url().host_str().unwrap_or_default());
                prop_assert!(uri.to_ascii_lowercase().contains(&host));
            }
        }
    }
}
