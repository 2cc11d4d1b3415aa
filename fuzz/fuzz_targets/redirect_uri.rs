//! A redirect URI means the same to the library, to a browser and to a reader: what is written is
//! where the code goes. A plain one is accepted.
#![no_main]

use dataportability_scopes::consent::RedirectUri;
use dataportability_scopes_fuzz::assert_readable;
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

fuzz_target!(|input: &str| {
    let uri = match input.parse::<RedirectUri>() {
        Ok(uri) => uri,
        Err(error) => {
            assert_readable(&error.to_string());
            assert!(!is_plain(input), "{error}");
            return;
        }
    };
    assert_eq!(uri.as_str(), input);
    let stored = serde_json::to_string(&uri).expect("stored");
    assert_eq!(serde_json::from_str(&stored).ok(), Some(uri));

    let url = Url::parse(input).expect("a URL");
    let host = url.host().expect("a host");
    let is_loopback = match &host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    assert!(url.scheme() == "https" || url.scheme() == "http" && is_loopback);
    assert!(is_loopback || matches!(host, Host::Domain(_)));
    assert!(url.username().is_empty() && url.password().is_none());
    assert!(url.fragment().is_none() && !input.contains(['#', '*', '\\', ' ']));

    // The scheme, host and port as they are written.
    let (_, rest) = input.split_once("://").expect("a scheme");
    let authority = &rest[..rest.find(['/', '?']).unwrap_or(rest.len())];
    let written_host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            assert_eq!(port.parse().ok(), url.port_or_known_default(), "{port:?}");
            host
        }
        _ => authority,
    };
    assert!(written_host.eq_ignore_ascii_case(&host.to_string()), "{written_host:?} is {host}");

    // No step up, however it is encoded, and no parameter of the callback.
    let decoded = percent_decoded(rest);
    assert!(!decoded.contains("/..") && !decoded.contains("\\..") && !decoded.contains('\0'));
    for (name, _) in url.query_pairs() {
        assert!(!matches!(&*name, "code" | "error" | "iss" | "scope" | "state"));
    }
});

/// Whether a URI is so plain that it has to be accepted: a host of two words, and a path.
fn is_plain(uri: &str) -> bool {
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase());
    let Some((host, path)) = uri.strip_prefix("https://").and_then(|it| it.split_once('/')) else {
        return false;
    };
    let is_long_enough = |word: &str| (1..=63).contains(&word.len());
    let is_host = |(name, end): (&str, &str)| {
        [name, end].iter().all(|it| is_word(it) && is_long_enough(it))
            && !matches!(name, "goo" | "googleusercontent")
    };
    host.split_once('.').is_some_and(is_host) && path.split('/').all(is_word)
}

fn percent_decoded(text: &str) -> String {
    let digits = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count();
    assert!(text.split('%').skip(1).all(|rest| digits(rest) == 2), "{text}");
    percent_encoding::percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned()
}
