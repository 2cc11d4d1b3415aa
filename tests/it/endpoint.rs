//! Which addresses secrets may be sent to.

use std::collections::BTreeMap;

use dataportability_scopes::call::{Endpoint, Endpoints};
use proptest::prelude::*;
use serde_json::{Value, from_value, json, to_value};

#[test]
fn an_address_is_kept_and_stored_as_it_was_given() {
    for address in include_str!("endpoints.txt").lines() {
        let endpoint: Endpoint = address.parse().unwrap();
        assert_eq!(endpoint.as_str(), address);
        assert_eq!(endpoint.to_string(), address);
        assert_eq!(to_value(&endpoint).unwrap(), address);
        assert_eq!(from_value::<Endpoint>(json!(address)).unwrap(), endpoint);
        assert_eq!(format!("{endpoint:?}"), format!("Endpoint({address:?})"));
        assert_eq!(Endpoint::insecure(address), Ok(endpoint));
    }
}

#[test]
fn an_unsafe_or_misread_address_is_refused_and_not_quoted() {
    let longest = format!("https://login.example.com/{}", "x".repeat(2048 - 26));
    assert!(longest.parse::<Endpoint>().is_ok());
    let rules: BTreeMap<String, Vec<String>> =
        serde_json::from_str(include_str!("endpoints.json")).unwrap();
    let too_long = ("must have at most 2048 bytes".to_owned(), vec![longest + "x"]);
    for (fault, addresses) in rules.into_iter().chain([too_long]) {
        for address in addresses {
            let error = address.parse::<Endpoint>().unwrap_err();
            assert_eq!(error.to_string(), format!("the endpoint {fault}"), "{address}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
}

#[test]
fn only_the_explicit_constructor_takes_http_and_nothing_else_unsafe() {
    let address = "http://google-stand-in:8080/token";
    assert!(address.parse::<Endpoint>().is_err());
    assert_eq!(Endpoint::insecure(address).unwrap().as_str(), address);
    for address in ["ftp://stand-in/", "http://stand-in/?x", "http://stand-in/#x", "stand-in"] {
        assert!(Endpoint::insecure(address).is_err(), "{address}");
    }
}

fn addresses() -> Value {
    json!({
        "authorization": "https://a.example.com/authorize",
        "token": "https://b.example.com/token",
        "revocation": "https://c.example.com/revoke",
        "token_info": "https://d.example.com/info",
        "api": "https://e.example.com",
        "issuer": "https://f.example.com",
    })
}

#[test]
fn a_configuration_names_all_addresses_or_is_refused() {
    let endpoints: Endpoints = from_value(addresses()).unwrap();
    assert_eq!(endpoints.token.as_str(), "https://b.example.com/token");
    assert_eq!(endpoints.issuer, "https://f.example.com");
    for name in addresses().as_object().unwrap().keys() {
        let mut without = addresses();
        without.as_object_mut().unwrap().remove(name);
        let error = from_value::<Endpoints>(without).unwrap_err().to_string();
        assert_eq!(error, format!("missing field `{name}`"));
    }
    for (name, address) in [("token", "http://b.example.com"), ("tokens", "https://b.example.com")]
    {
        let mut with = addresses();
        with[name] = json!(address);
        assert!(from_value::<Endpoints>(with).is_err(), "{name}");
    }
}

#[test]
fn a_simulated_google_has_googles_paths_and_its_issuer() {
    for base in ["http://127.0.0.1:8090", "http://127.0.0.1:8090/"] {
        let endpoints = Endpoints::at(&base.parse().unwrap());
        let paths = [
            (&endpoints.authorization, "/o/oauth2/v2/auth"),
            (&endpoints.token, "/token"),
            (&endpoints.revocation, "/revoke"),
            (&endpoints.token_info, "/tokeninfo"),
            (&endpoints.api, ""),
        ];
        for (endpoint, path) in paths {
            assert_eq!(endpoint.as_str(), format!("http://127.0.0.1:8090{path}"));
        }
        assert_eq!(endpoints.issuer, Endpoints::default().issuer);
    }
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
