//! Which addresses secrets may be sent to.

use std::collections::HashSet;

use dataportability_scopes::Endpoint;
use proptest::prelude::*;

const WHOLE: &str = "must be a whole URL, such as https://oauth2.googleapis.com/token";
const SCHEME: &str = "must begin with https://, unless its host is localhost or a loopback address";

#[test]
fn an_address_is_kept_and_stored_as_it_was_given() {
    for address in [
        "https://oauth2.googleapis.com/token",
        "https://Login.Example.com:8443/a/b",
        "https://login.example.com",
        "https://192.0.2.1/token",
        "https://[2001:db8::1]/token",
        "http://localhost:8080/token",
        "http://LOCALHOST/token",
        "http://127.0.0.1:8080/token",
        "http://[::1]:8080/token",
    ] {
        let endpoint: Endpoint = address.parse().unwrap();
        assert_eq!(endpoint.as_str(), address);
        assert_eq!(endpoint.as_ref(), address);
        assert_eq!(endpoint.to_string(), address);
        assert_eq!(format!("{endpoint:?}"), format!("Endpoint({address:?})"));
        assert!(HashSet::from([endpoint.clone()]).contains(&endpoint));
        let stored = serde_json::to_value(&endpoint).unwrap();
        assert_eq!(stored, address);
        assert_eq!(
            serde_json::from_value::<Endpoint>(stored).unwrap(),
            endpoint
        );
        assert_eq!(Endpoint::insecure(address), Ok(endpoint));
    }
}

#[test]
fn an_unsafe_or_misread_address_is_refused_word_for_word() {
    for (address, fault) in [
        ("", WHOLE),
        ("/token", WHOLE),
        ("login.example.com", WHOLE),
        ("https:login.example.com", WHOLE),
        ("https://login.exa\tmple.com/", WHOLE),
        ("https://login.example.com\\token", WHOLE),
        ("https://a'b.com/", WHOLE),
        ("https://(x).com/", WHOLE),
        ("https://a..b.com/", WHOLE),
        ("https://login.example.com:0/", WHOLE),
        ("https://login.example.com:65536/", WHOLE),
        ("https://login.example.com:/", WHOLE),
        ("https://login.example.com:+80/", WHOLE),
        ("https://login.example.com:8081[::1]/", WHOLE),
        ("http://localhost:80[::1]/", WHOLE),
        ("http://[::1]80/", WHOLE),
        ("http://0x7f.1/", WHOLE),
        ("http://127.1/", WHOLE),
        ("http://2130706433/", WHOLE),
        ("http://login.example.com/token", SCHEME),
        ("http://localhost.example.com/", SCHEME),
        ("http://192.0.2.1/", SCHEME),
        ("ftp://localhost/token", SCHEME),
        (
            "https://login.example.com/?scope=openid",
            "must not have a query",
        ),
        ("https://login.example.com/?", "must not have a query"),
        ("https://login.example.com/#x", "must not have a fragment"),
    ] {
        let error = address.parse::<Endpoint>().unwrap_err();
        let quoted = match address.find(['?', '#']) {
            Some(parameters) => format!("{}…", &address[..parameters]),
            None => address.replace(char::is_control, "\u{FFFD}"),
        };
        assert_eq!(error.to_string(), format!("endpoint {quoted:?} {fault}"));
    }
}

#[test]
fn the_errors_quote_no_parameter() {
    let token = "ya29.a0AfH6SMB";
    for begin in ["?", "#", "&", ";", "%3F", "%3f", "%23", "%26", "%3b", "？"] {
        for address in [
            format!("https://login.example.com/token{begin}access_token={token}"),
            format!("https://login.example.com/x y{begin}{token}"),
            format!("http://login.example.com/a%2Fb{begin}{token}#"),
            format!(
                "{}{begin}{token}#",
                "https://login.example.com/long".repeat(20)
            ),
        ] {
            if let Err(error) = address.parse::<Endpoint>() {
                let shown = format!("{error} {error:?}");
                assert!(!shown.contains(token), "{shown}");
                assert!(shown.contains("://login.example.com/"), "{shown}");
            }
        }
    }
}

#[test]
fn only_the_explicit_constructor_takes_http_and_nothing_else_unsafe() {
    let address = "http://google-stand-in:8080/token";
    assert!(address.parse::<Endpoint>().is_err());
    let endpoint = Endpoint::insecure(address).unwrap();
    assert_eq!(endpoint.as_str(), address);
    assert_eq!(format!("{endpoint:?}"), format!("Endpoint({address:?})"));
    for address in [
        "ftp://stand-in/",
        "http://stand-in/?x",
        "http://stand-in/#x",
        "stand-in",
    ] {
        assert!(Endpoint::insecure(address).is_err(), "{address}");
    }
}

#[test]
fn the_errors_never_quote_a_password() {
    for address in [
        "https://user:hunter2@login.example.com/",
        "http://user:hunter2@login.example.com/",
        "https://user:hunter2@login.example.com/#x",
        "https://user:hunter2@login.example.com/?x",
        "https://user:hunter 2@login.example.com/",
        "https://user:hunter2@/",
    ] {
        let error = address.parse::<Endpoint>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter"), "{error}");
    }
    assert_eq!(
        "https://user@login.example.com/"
            .parse::<Endpoint>()
            .unwrap_err()
            .to_string(),
        "endpoint must not have a user name or password"
    );
}

proptest! {
    #[test]
    fn any_text_is_an_endpoint_as_it_stands_or_is_refused(text in ".*", host in "[ -~]{0,20}") {
        for address in [text, format!("https://{host}/token"), format!("http://{host}")] {
            if let Ok(endpoint) = address.parse::<Endpoint>() {
                prop_assert_eq!(endpoint.as_str(), address.as_str());
                let host = address.split("://").nth(1).unwrap_or_default();
                let host = host.split(['/', '?', '#']).next().unwrap_or_default();
                prop_assert!(!host.contains(['@', '\\', ' ', '%', '\'']));
            }
        }
    }
}
