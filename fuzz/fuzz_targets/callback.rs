//! A callback is accepted once, only with the pending `state`, and at the redirect URI; each error
//! is true of the query; and none shows the state, the code or the code verifier.
#![no_main]

use std::sync::LazyLock;

use dataportability_scopes::call::OAuthErrorCode;
use dataportability_scopes::catalogue::Resource;
use dataportability_scopes::consent::{CallbackError, OAuthClient};
use dataportability_scopes_fuzz::{CODE, STATE, Secrets, VERIFIER, now, pending};
use libfuzzer_sys::fuzz_target;
use url::{Url, form_urlencoded};

const ISSUER: &str = "https://accounts.google.com";
const REDIRECT_URI: &str = "https://app.example.com/oauth/callback?tenant=a%20b";

static SECRETS: LazyLock<Secrets> = LazyLock::new(|| Secrets::new(&[STATE, CODE, VERIFIER]));

fuzz_target!(|input: &[u8]| {
    let [form, input @ ..] = input else { return };
    let text = SECRETS.fill_in_text(input);
    let now = now();
    let redirect_uri = REDIRECT_URI.parse().expect("a redirect URI");
    let google = OAuthClient::new("1234.apps.googleusercontent.com", redirect_uri);
    let mut pending = pending(&google, Resource::YoutubeClips);
    let (query, result) = match form % 3 {
        0 => {
            let query = text.strip_prefix('?').unwrap_or(&text);
            (query.to_owned(), pending.complete(&text, now))
        }
        1 => {
            let query = format!("tenant=a%20b&{text}");
            let url = format!("https://app.example.com/oauth/callback?{query}");
            let query = query.split('#').next().unwrap_or_default();
            (query.to_owned(), pending.complete_url(&url, now))
        }
        _ => {
            let url = text.split('#').next().unwrap_or_default();
            let (_, rest) = url.split_once("://").unwrap_or_default();
            let query = rest.split_once('?').map_or("", |(_, query)| query);
            let query = query.strip_prefix('?').unwrap_or(query);
            (query.to_owned(), pending.complete_url(&text, now))
        }
    };
    let values = |parameter: &str| -> Vec<String> {
        form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name == parameter)
            .map(|(_, value)| value.into_owned())
            .collect()
    };
    match result {
        Ok(response) => {
            assert_eq!(values("state"), [STATE]);
            assert_eq!(values("code"), [response.code().secret().as_str()]);
            assert!(values("error").is_empty());
            let issuers = values("iss");
            assert!(issuers.is_empty() || issuers == [ISSUER], "{issuers:?}");
            SECRETS.assert_hidden_by_debug(&response);
            if form % 3 == 2 {
                let (url, expected) = (Url::parse(&text), Url::parse(REDIRECT_URI));
                let (url, expected) = (url.expect("a URL"), expected.expect("a URL"));
                assert_eq!(url.origin(), expected.origin());
                assert_eq!(url.path(), expected.path());
                assert!(url.username().is_empty() && url.password().is_none());
                assert!(query.starts_with("tenant=a%20b&"));
            }
            assert!(pending.is_empty());
            let replayed = pending.complete(&query, now);
            assert_eq!(replayed.unwrap_err(), CallbackError::UnknownState);
        }
        Err(error) => {
            SECRETS.assert_hidden_by(&error);
            match error {
                CallbackError::Denied { error } => {
                    assert_eq!(values("state"), [STATE]);
                    let codes = values("error");
                    assert_eq!(codes.len(), 1);
                    match error {
                        OAuthErrorCode::Other => assert_ne!(codes, ["access_denied"]),
                        error => assert_eq!(codes, [error.to_string()]),
                    }
                }
                CallbackError::UnknownState => {
                    let states = values("state");
                    assert!(states.len() == 1 && states != [STATE], "{states:?}");
                }
                CallbackError::Missing { parameter } => assert!(values(parameter).is_empty()),
                CallbackError::Malformed { parameter, fault: "empty" } => {
                    assert!(values(parameter).contains(&String::new()));
                }
                CallbackError::Malformed { parameter, fault: "given more than once" } => {
                    assert!(values(parameter).len() > 1);
                }
                CallbackError::WrongIssuer => {
                    let issuers = values("iss");
                    assert!(issuers.len() == 1 && issuers != [ISSUER], "{issuers:?}");
                }
                CallbackError::Malformed { parameter: "query", .. } => {
                    assert!(query.len() > 64 << 10);
                }
                CallbackError::Malformed { parameter: "URL", .. } => {
                    assert!(form % 3 != 0 && text.len() > 67 << 10);
                }
                CallbackError::Malformed { parameter, .. } => {
                    assert!(values(parameter).iter().any(|value| value.len() > 16 << 10));
                }
                CallbackError::NotAUrl => {
                    assert!(form % 3 == 2 && !text.starts_with("https://app."));
                }
                CallbackError::OtherUrl { part } => {
                    assert_eq!(values("state"), [STATE]);
                    let is_there = match part {
                        "scheme, host or port" => "https://app.example.com/",
                        "path" => "https://app.example.com/oauth/callback?",
                        "query" => "https://app.example.com/oauth/callback?tenant=a%20b&",
                        part => panic!("{part}"),
                    };
                    assert!(form % 3 == 2 && !text.starts_with(is_there), "{part}");
                }
                error => panic!("{error}"),
            }
            // Only whoever knows the state can end a consent.
            assert!(pending.len() == 1 || values("state") == [STATE]);
        }
    }
    SECRETS.assert_hidden_by_debug(&pending);
});
