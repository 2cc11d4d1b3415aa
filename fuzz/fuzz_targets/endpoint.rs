//! An endpoint means the same to every reader of URLs: its host is the one that is written. A plain
//! one is accepted, and an error quotes no parameter and no password.
#![no_main]

use dataportability_scopes::Endpoint;
use dataportability_scopes::url::{Host, Url};
use dataportability_scopes_fuzz::{assert_no_parameter, assert_readable, is_plain_address};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let strict = input.parse::<Endpoint>();
    if let Err(error) = &strict {
        let text = error.to_string();
        assert_readable(&text);
        // The fault, which follows the address, has no quote.
        let quoted = text.rsplit_once('"').map(|(quoted, _)| quoted);
        let quoted = quoted.map(|it| it.strip_prefix("endpoint \"").expect("a quote"));
        assert_no_parameter(quoted, input);
        let text = format!("{error:?}");
        let quoted = text.rsplit_once("\"), fault: ").map(|(quoted, _)| quoted);
        let quoted = quoted.and_then(|it| it.split_once("Some(\""));
        assert_no_parameter(quoted.map(|(_, quoted)| quoted), input);
        assert!(!is_plain_address(input), "{error}");
    }
    let Ok(endpoint) = Endpoint::insecure(input) else {
        assert!(strict.is_err());
        return;
    };
    assert_eq!(endpoint.as_str(), input);

    let Ok(url) = Url::parse(input) else {
        // A label in Punycode that decodes to no name: whoever decodes it refuses the whole.
        assert!(input.to_ascii_lowercase().contains("xn--"), "{input:?}");
        return;
    };
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
