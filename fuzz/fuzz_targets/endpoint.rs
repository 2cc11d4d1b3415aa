//! An endpoint means the same to every reader of URLs: its host is the one that is written.
#![no_main]

use dataportability_scopes::Endpoint;
use dataportability_scopes::url::{Host, Url};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let strict = input.parse::<Endpoint>();
    if let Err(error) = &strict {
        let text = error.to_string();
        assert!(
            text.len() < 1_000 && !text.contains(char::is_control),
            "{text:?}"
        );
    }
    let Ok(endpoint) = Endpoint::insecure(input) else {
        assert!(strict.is_err());
        return;
    };
    assert_eq!(endpoint.as_str(), input);

    let url = Url::parse(input).expect("a URL");
    assert!(url.username().is_empty() && url.password().is_none());
    assert!(url.query().is_none() && url.fragment().is_none());
    let host = url.host_str().expect("a host");
    let scheme = url.scheme();
    let rest = input
        .get(..scheme.len() + 3)
        .filter(|start| start.eq_ignore_ascii_case(&format!("{scheme}://")))
        .map(|start| &input[start.len()..])
        .expect("the scheme as written");
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    // An IPv6 address has more than one spelling.
    if !rest.starts_with('[') {
        let written = &rest[..rest.find(['/', ':']).unwrap_or(rest.len())];
        assert!(
            written.eq_ignore_ascii_case(host),
            "{written:?} is {host:?}"
        );
    }
    match scheme {
        "https" => assert!(strict.is_ok()),
        "http" => assert_eq!(strict.is_ok(), loopback),
        _ => panic!("{scheme}"),
    }
});
