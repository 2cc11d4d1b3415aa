//! The whole round trip: there, back, tokens, retry. Servers are scripts: no socket is opened.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::future::ready;
use std::io;
use std::time::{Duration, SystemTime};

use dataportability_scopes::oauth2::basic::BasicErrorResponseType;
use dataportability_scopes::oauth2::{
    AccessToken, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, PkceCodeChallenge,
    PkceCodeVerifier, RefreshToken,
};
use dataportability_scopes::url::form_urlencoded;
use dataportability_scopes::{CallError, http};
use dataportability_scopes::api::{Reason, ResetRequest, RetryRequest, Status};
use dataportability_scopes::catalogue::{Resource, ScopeSet, ScopeValueError};
use dataportability_scopes::consent::{Access, AuthorizationError, CallbackError, Consent, ConsentRequest, ConsentUrl, Consented, PendingConsent, Returned, TOKEN_ENDPOINT, TokenEndpoint, TokenError};
use dataportability_scopes::grant::Grant;

const RETURN: &str = "https://app.example.com/return";
const CLIENT_ID: &str = "1234.apps.googleusercontent.com";
const STATE: &str = "state-that-is-secret";
const VERIFIER: &str = "verifier-that-is-secret-and-43-bytes-or-more";
const CODE: &str = "4/code-that-is-secret";
const ACCESS_TOKEN: &str = "ya29/access-token+that=is.secret";
const REFRESH_TOKEN: &str = "1//refresh-token-that-is-secret";
const CLIENT_SECRET: &str = "client-secret";

const ASKED: ScopeSet = ScopeSet::from_resources(&[Resource::ChromeHistory, Resource::YoutubeClips]);
const CLIPS: ScopeSet = ScopeSet::from_resources(&[Resource::YoutubeClips]);
const NOW: SystemTime = SystemTime::UNIX_EPOCH;

fn request() -> ConsentRequest {
    ConsentRequest::new(
        ClientId::new(CLIENT_ID.into()),
        RETURN.parse().unwrap(),
        ASKED,
    )
    .offline()
}

fn begin() -> ConsentUrl {
    let consent = request().begin_with(
        CsrfToken::new(STATE.into()),
        PkceCodeVerifier::new(VERIFIER.into()),
        NOW,
    );
    match consent.unwrap() {
        Consent::Ask(consent) => consent,
        Consent::NothingToAsk => panic!("something is needed"),
    }
}

/// What the user comes back with, in the order given.
fn query(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

fn accept(parameters: &[(&str, &str)]) -> Result<Returned, CallbackError> {
    begin().pending.accept_query(&query(parameters), NOW)
}

fn returned() -> Returned {
    accept(&[("state", STATE), ("code", CODE)]).unwrap()
}

fn endpoint() -> TokenEndpoint {
    TokenEndpoint::google(
        ClientId::new(CLIENT_ID.into()),
        Some(ClientSecret::new(CLIENT_SECRET.into())),
    )
}

/// A server that always answers the same.
fn answer(
    status: u16,
    body: &str,
) -> impl Fn(HttpRequest) -> Result<HttpResponse, Infallible> + use<> {
    let body = body.as_bytes().to_vec();
    move |_| {
        let mut response = http::Response::new(body.clone());
        *response.status_mut() = status.try_into().unwrap();
        Ok(response)
    }
}

/// A network that is down.
fn unreachable(_: HttpRequest) -> Result<HttpResponse, io::Error> {
    Err(io::Error::other("no route to host"))
}

/// A token response with these members more.
fn token_response(more: &str) -> String {
    format!(
        r#"{{"access_token": "{ACCESS_TOKEN}", "token_type": "Bearer", "expires_in": 3599{more}}}"#
    )
}

fn exchange(body: &str) -> Result<Consented, TokenError<Infallible>> {
    endpoint().exchange(&returned(), NOW, &answer(200, body))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn assert_no_secret(shown: &str) {
    for secret in [
        STATE,
        VERIFIER,
        CODE,
        ACCESS_TOKEN,
        REFRESH_TOKEN,
        CLIENT_SECRET,
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// That neither what a log nor what a user is shown of an error has a secret in it.
fn assert_error_without_secret(error: &impl Error) {
    assert_no_secret(&error.to_string());
    assert_no_secret(&format!("{error:?} {error:#?}"));
    let mut source = error.source();
    while let Some(error) = source {
        assert_no_secret(&format!("{error} {error:?}"));
        source = error.source();
    }
}

mod there {
    use super::*;

    #[test]
    fn the_url_asks_for_what_is_needed_and_has_the_state_and_the_challenge() {
        let url = begin().url;
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(VERIFIER.into()));
        let parameters: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        let scope = ASKED.to_string();
        let expected = [
            ("access_type", "offline"),
            ("client_id", CLIENT_ID),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("redirect_uri", RETURN),
            ("response_type", "code"),
            ("scope", &scope),
            ("state", STATE),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parameters, BTreeMap::from(expected));
    }

    #[test]
    fn a_pending_consent_outlives_a_session_store() {
        let stored = serde_json::to_string(&begin().pending).unwrap();
        let mut pending: PendingConsent = serde_json::from_str(&stored).unwrap();
        assert_eq!(pending.requested(), ASKED);
        assert_eq!(pending.redirect_uri().as_str(), RETURN);

        let query = query(&[("state", STATE), ("code", CODE)]);
        assert_eq!(
            pending.accept_query(&query, NOW).unwrap().code().secret(),
            CODE
        );
        let stored = serde_json::to_string(&pending).unwrap();
        let mut pending: PendingConsent = serde_json::from_str(&stored).unwrap();
        assert_eq!(
            pending.accept_query(&query, NOW).unwrap_err(),
            CallbackError::AlreadyUsed
        );
    }

    #[test]
    fn debug_shows_no_secret_on_the_way_there() {
        assert_no_secret(&format!("{:?} {:#?}", request(), request()));
        assert_no_secret(&format!("{:?}", begin()));
        assert_no_secret(&format!("{:?}", begin().pending));
        assert_no_secret(&format!("{:?}", Consent::Ask(begin())));
        assert_no_secret(&format!("{:?}", endpoint()));
    }
}

mod back {
    use super::*;

    #[test]
    fn the_code_and_what_the_redirect_says_was_granted_are_read() {
        let scope = CLIPS.to_string();
        let returned = accept(&[("state", STATE), ("code", CODE), ("scope", &scope)]).unwrap();
        assert_eq!(returned.code().secret(), CODE);
        assert_eq!(returned.grant().map(Grant::scopes), Some(CLIPS));
        assert_no_secret(&format!("{returned:?} {returned:#?}"));
    }

    #[test]
    fn parameters_that_are_not_ours_are_left_alone() {
        let returned = accept(&[
            ("iss", "https://accounts.google.com"),
            ("state", STATE),
            ("prompt", "consent"),
            ("prompt", "consent"),
            ("code", CODE),
        ]);
        assert!(returned.is_ok());
    }

    #[test]
    fn a_refused_consent_is_an_error_of_its_own_and_uses_the_consent_up() {
        let mut pending = begin().pending;
        let refused = query(&[("state", STATE), ("error", "access_denied")]);
        let error = pending.accept_query(&refused, NOW).unwrap_err();
        assert_eq!(
            error,
            CallbackError::Denied {
                error: AuthorizationError::AccessDenied
            }
        );
        assert_eq!(
            error.to_string(),
            "the consent was not given: access_denied"
        );
        let agreed = query(&[("state", STATE), ("code", CODE)]);
        assert_eq!(
            pending.accept_query(&agreed, NOW).unwrap_err(),
            CallbackError::AlreadyUsed
        );
    }

    #[test]
    fn an_error_that_nobody_knows_is_kept_and_cut() {
        let error = accept(&[("state", STATE), ("error", "odd")]).unwrap_err();
        assert_eq!(error.to_string(), "the consent was not given: odd");
        let long = "x".repeat(10_000);
        let error = accept(&[("state", STATE), ("error", &long)]).unwrap_err();
        assert!(error.to_string().len() < 300);
    }

    #[test]
    fn a_refusal_counts_only_with_the_right_state() {
        let error = accept(&[("state", "forged"), ("error", "access_denied")]).unwrap_err();
        assert_eq!(error, CallbackError::WrongState);
    }

    #[test]
    fn a_wrong_state_does_not_use_the_consent_up() {
        let mut pending = begin().pending;
        for forged in ["x", "state-that-is-secres", "state-that-is-secret-and-more"] {
            let query = query(&[("state", forged), ("code", CODE)]);
            assert_eq!(
                pending.accept_query(&query, NOW).unwrap_err(),
                CallbackError::WrongState
            );
        }
        let query = query(&[("state", STATE), ("code", CODE)]);
        assert!(pending.accept_query(&query, NOW).is_ok());
    }

    #[test]
    fn the_user_has_ten_minutes_and_no_longer() {
        let query = query(&[("state", STATE), ("code", CODE)]);
        let at = |age| begin().pending.accept_query(&query, NOW + age);
        assert!(at(seconds(600)).is_ok());
        let late = at(seconds(600) + Duration::from_nanos(1)).unwrap_err();
        assert_eq!(late, CallbackError::Expired);
    }

    #[test]
    fn another_host_scheme_port_or_path_is_refused() {
        let at = |base: &str| {
            let query = query(&[("state", STATE), ("code", CODE)]);
            begin().pending.accept_url(&format!("{base}?{query}"), NOW)
        };
        assert!(at(RETURN).is_ok());
        for host in [
            "https://app.example.org/return",
            "https://app.example.com.evil.example/return",
            "https://app.example.com:8443/return",
            "http://app.example.com/return",
        ] {
            assert_eq!(at(host).unwrap_err(), CallbackError::WrongHost, "{host}");
        }
        for path in [
            "https://app.example.com/",
            "https://app.example.com/Return",
            "https://app.example.com/return/",
            "https://app.example.com/return/../elsewhere",
        ] {
            assert_eq!(at(path).unwrap_err(), CallbackError::WrongPath, "{path}");
        }
        assert_eq!(at("/return").unwrap_err(), CallbackError::NotAUrl);
    }

    #[test]
    fn each_malformed_return_has_its_own_error() {
        let missing = |parameter| CallbackError::Missing { parameter };
        let empty = |parameter| CallbackError::Empty { parameter };
        let repeated = |parameter| CallbackError::Repeated { parameter };
        let too_long = |parameter| CallbackError::TooLong { parameter };
        let long = "x".repeat(16 * 1024 + 1);
        let (state, code) = (("state", STATE), ("code", CODE));
        let cases: Vec<(Vec<(&str, &str)>, CallbackError)> = vec![
            (vec![], missing("state")),
            (vec![code], missing("state")),
            (vec![state], missing("code")),
            (vec![("state", ""), code], empty("state")),
            (vec![state, ("code", "")], empty("code")),
            (vec![state, code, ("scope", "")], empty("scope")),
            (vec![state, ("error", "")], empty("error")),
            (vec![state, state, code], repeated("state")),
            (vec![state, code, code], repeated("code")),
            (
                vec![state, code, ("scope", "a"), ("scope", "a")],
                repeated("scope"),
            ),
            (
                vec![state, ("error", "a"), ("error", "b")],
                repeated("error"),
            ),
            (vec![("state", &long), code], too_long("state")),
            (vec![state, ("code", &long)], too_long("code")),
            (vec![state, code, ("scope", &long)], too_long("scope")),
            (
                vec![state, code, ("scope", "a  b")],
                CallbackError::Scope(ScopeValueError::EmptyToken { position: 2 }),
            ),
        ];
        for (parameters, expected) in cases {
            assert_eq!(accept(&parameters).unwrap_err(), expected);
        }
        let endless = format!("state={STATE}&code={CODE}&more={}", "x".repeat(64 * 1024));
        let error = begin().pending.accept_query(&endless, NOW).unwrap_err();
        assert_eq!(error, too_long("query"));
    }

    #[test]
    fn the_errors_say_what_is_wrong_word_for_word() {
        let parameter = "code";
        for (error, words) in [
            (
                CallbackError::NotAUrl,
                "what the user came back to is not a whole URL",
            ),
            (
                CallbackError::WrongHost,
                "the user came back to another host than that of the redirect URI",
            ),
            (
                CallbackError::WrongPath,
                "the user came back to another path than that of the redirect URI",
            ),
            (
                CallbackError::Missing { parameter },
                "the return lacks the parameter code",
            ),
            (
                CallbackError::Empty { parameter },
                "the return has an empty parameter code",
            ),
            (
                CallbackError::Repeated { parameter },
                "the return has the parameter code more than once",
            ),
            (
                CallbackError::TooLong { parameter },
                "the code of the return is too long",
            ),
            (
                CallbackError::WrongState,
                "the state of the return is not that of this consent: send the user through a new one",
            ),
            (
                CallbackError::Expired,
                "the consent was begun too long ago: send the user through a new one",
            ),
            (
                CallbackError::AlreadyUsed,
                "there was a return to this consent before: send the user through a new one",
            ),
        ] {
            assert_eq!(error.to_string(), words);
        }
    }

    #[test]
    fn no_error_of_the_return_has_a_secret_in_it() {
        for parameters in [
            vec![("code", CODE)],
            vec![("state", STATE)],
            vec![("state", CODE), ("code", CODE)],
            vec![("state", STATE), ("state", STATE), ("code", CODE)],
            vec![("state", STATE), ("code", CODE), ("scope", "\"")],
            vec![("state", STATE), ("code", CODE), ("error", "access_denied")],
        ] {
            assert_error_without_secret(&accept(&parameters).unwrap_err());
        }
    }
}

mod tokens {
    use super::*;

    #[test]
    fn the_exchange_sends_the_code_the_verifier_and_the_same_redirect_uri() {
        let seen = RefCell::new(None);
        let http = |request: HttpRequest| {
            *seen.borrow_mut() = Some(request);
            answer(200, &token_response(""))(HttpRequest::default())
        };
        endpoint().exchange(&returned(), NOW, &http).unwrap();

        let request = seen.into_inner().unwrap();
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), TOKEN_ENDPOINT);
        let body: BTreeMap<_, _> = form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        assert_eq!(body["grant_type"], "authorization_code");
        assert_eq!(body["code"], CODE);
        assert_eq!(body["code_verifier"], VERIFIER);
        assert_eq!(body["redirect_uri"], RETURN);
    }

    #[test]
    fn a_full_consent_leaves_nothing_declined() {
        let body = token_response(&format!(r#", "scope": "{ASKED}""#));
        let consented = exchange(&body).unwrap();
        assert_eq!(consented.decision.granted, ASKED);
        assert_eq!(consented.decision.declined, ScopeSet::EMPTY);
        assert_eq!(consented.decision.unrequested, ScopeSet::EMPTY);
        assert_eq!(consented.tokens.access_token.secret(), ACCESS_TOKEN);
        assert_eq!(consented.tokens.expires_at, Some(NOW + seconds(3599)));
    }

    #[test]
    fn a_partial_consent_tells_granted_declined_and_unasked_apart() {
        let unrequested = Resource::MapsReviews.scope();
        let body = token_response(&format!(r#", "scope": "openid {unrequested} {CLIPS}""#));
        let consented = exchange(&body).unwrap();
        assert_eq!(consented.decision.granted, CLIPS);
        assert_eq!(consented.decision.declined, ASKED - CLIPS);
        assert_eq!(consented.decision.unrequested, unrequested.into());
        assert!(consented.tokens.grant.unrecognized().eq(["openid"]));
    }

    #[test]
    fn the_token_response_has_the_last_word_on_what_was_granted() {
        let scope = ASKED.to_string();
        let returned = accept(&[("state", STATE), ("code", CODE), ("scope", &scope)]).unwrap();
        let body = token_response(&format!(r#", "scope": "{CLIPS}""#));
        let consented = endpoint()
            .exchange(&returned, NOW, &answer(200, &body))
            .unwrap();
        assert_eq!(consented.decision.granted, CLIPS);
    }

    #[test]
    fn a_response_without_a_scope_grants_what_the_redirect_said() {
        let scope = CLIPS.to_string();
        let returned = accept(&[("state", STATE), ("code", CODE), ("scope", &scope)]).unwrap();
        let consented = endpoint()
            .exchange(&returned, NOW, &answer(200, &token_response("")))
            .unwrap();
        assert_eq!(consented.decision.granted, CLIPS);
        assert_eq!(consented.decision.declined, ASKED - CLIPS);
    }

    #[test]
    fn a_response_without_a_scope_grants_what_was_requested() {
        let consented = exchange(&token_response("")).unwrap();
        assert_eq!(consented.decision.granted, ASKED);
    }

    #[test]
    fn for_how_long_access_is_given_is_told_from_the_refresh_token() {
        let access = |more: &str| exchange(&token_response(more)).unwrap().tokens.access;
        assert_eq!(access(""), None);
        assert_eq!(access(r#", "refresh_token": "r""#), Some(Access::OneTime));
        // A client in Testing has seven days, whatever the user chose.
        let testing = r#", "refresh_token": "r", "refresh_token_expires_in": 604799"#;
        assert_eq!(access(testing), None);
        let tokens = exchange(&token_response(testing)).unwrap().tokens;
        assert_eq!(
            tokens.refresh_token_expires_at,
            Some(NOW + seconds(604_799))
        );
        assert_eq!(
            access(r#", "refresh_token": "r", "refresh_token_expires_in": 2592000"#),
            Some(Access::TimeBased {
                until: NOW + seconds(30 * 24 * 60 * 60)
            })
        );
    }

    #[test]
    fn a_refresh_that_names_no_scope_carries_what_was_granted_before() {
        let before = Grant::from(CLIPS);
        let refresh = RefreshToken::new(REFRESH_TOKEN.into());
        let http = answer(200, &token_response(""));
        let tokens = endpoint().refresh(&refresh, &before, NOW, &http).unwrap();
        assert_eq!(tokens.grant, before);

        let http = answer(200, &token_response(r#", "scope": "openid""#));
        let tokens = endpoint().refresh(&refresh, &before, NOW, &http).unwrap();
        assert!(tokens.grant.scopes().is_empty());
    }

    #[test]
    fn a_refresh_token_stays_good_until_a_response_brings_a_new_one() {
        let refresh = RefreshToken::new(REFRESH_TOKEN.into());
        let refreshed = |more: &str| {
            let http = answer(200, &token_response(more));
            let tokens = endpoint()
                .refresh(&refresh, &CLIPS.into(), NOW, &http)
                .unwrap();
            tokens.refresh_token.unwrap().secret().clone()
        };
        assert_eq!(refreshed(""), REFRESH_TOKEN);
        assert_eq!(
            refreshed(r#", "refresh_token": "the new one""#),
            "the new one"
        );
    }

    #[tokio::test]
    async fn the_asynchronous_exchange_and_refresh_answer_as_the_synchronous_ones() {
        let body = token_response(&format!(
            r#", "scope": "{CLIPS}", "refresh_token": "{REFRESH_TOKEN}""#
        ));
        let http = answer(200, &body);
        let http_async = |request| ready(http(request));
        let endpoint = endpoint();

        let consented = endpoint.exchange(&returned(), NOW, &http).unwrap();
        let same = endpoint.exchange_async(&returned(), NOW, &http_async).await;
        let same = same.unwrap();
        assert_eq!(same.decision, consented.decision);
        assert_eq!(
            serde_json::to_value(&same.tokens).unwrap(),
            serde_json::to_value(&consented.tokens).unwrap()
        );

        let refresh_token = consented.tokens.refresh_token.unwrap();
        let grant = Grant::from(CLIPS);
        let tokens = endpoint.refresh(&refresh_token, &grant, NOW, &http);
        let same = endpoint
            .refresh_async(&refresh_token, &grant, NOW, &http_async)
            .await;
        assert_eq!(
            serde_json::to_value(same.unwrap()).unwrap(),
            serde_json::to_value(tokens.unwrap()).unwrap()
        );
    }

    #[test]
    fn tokens_outlive_a_store_and_debug_does_not_show_them() {
        let body = token_response(&format!(
            r#", "scope": "{CLIPS}", "refresh_token": "{REFRESH_TOKEN}", "refresh_token_expires_in": 2592000"#
        ));
        let consented = exchange(&body).unwrap();
        assert_no_secret(&format!("{consented:?} {consented:#?}"));
        assert_no_secret(&format!("{:?}", consented.tokens));

        let stored = serde_json::to_string(&consented.tokens).unwrap();
        let tokens: dataportability_scopes::consent::Tokens = serde_json::from_str(&stored).unwrap();
        assert_eq!(tokens.access_token.secret(), ACCESS_TOKEN);
        assert_eq!(tokens.refresh_token.unwrap().secret(), REFRESH_TOKEN);
        assert_eq!(tokens.access, consented.tokens.access);
        assert_eq!(tokens.grant, consented.tokens.grant);
    }

    #[test]
    fn a_replayed_code_is_refused_by_the_endpoint() {
        let body = r#"{"error": "invalid_grant", "error_description": "Bad Request"}"#;
        let error = endpoint()
            .exchange(&returned(), NOW, &answer(400, body))
            .unwrap_err();
        assert!(matches!(
            &error,
            TokenError::Refused { error: BasicErrorResponseType::InvalidGrant, description: Some(description) }
                if description == "Bad Request"
        ));
        assert_eq!(
            error.to_string(),
            "the token endpoint refused with invalid_grant: Bad Request"
        );
    }

    #[test]
    fn what_is_no_token_response_is_malformed() {
        for (status, body) in [
            (200, ""),
            (200, "{}"),
            (200, "<html>"),
            (
                200,
                r#"{"access_token": "ya29/access-token+that=is.secret"}"#,
            ),
            (502, "<html>ya29/access-token+that=is.secret"),
            (302, ""),
        ] {
            let error = endpoint()
                .exchange(&returned(), NOW, &answer(status, body))
                .unwrap_err();
            assert!(matches!(error, TokenError::Malformed), "{status} {body}");
            assert_eq!(
                error.to_string(),
                "the token endpoint answered something else than a token response"
            );
            assert_error_without_secret(&error);
        }
    }

    #[test]
    fn a_malformed_scope_of_the_response_is_an_error() {
        let error = exchange(&token_response(r#", "scope": "a  b""#)).unwrap_err();
        let TokenError::Scope {
            error: wrong,
            tokens,
        } = &error
        else {
            panic!("{error}");
        };
        assert_eq!(*wrong, ScopeValueError::EmptyToken { position: 2 });
        // The code is spent: the tokens are not lost with it.
        assert_eq!(tokens.access_token.secret(), ACCESS_TOKEN);
        assert!(tokens.grant.is_empty());
        assert!(
            error
                .to_string()
                .starts_with("the scope of the token response is malformed: scope value lacks")
        );
    }

    #[test]
    fn an_endpoint_that_cannot_be_reached_is_the_clients_own_error() {
        let error = endpoint()
            .exchange(&returned(), NOW, &unreachable)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the token endpoint could not be asked: no route to host"
        );
        assert_eq!(error.source().unwrap().to_string(), "no route to host");
    }

    #[test]
    fn an_endpoint_that_repeats_a_secret_does_not_get_it_into_the_error() {
        let body = serde_json::json!({
            "error": format!("no_such_code_{CODE}"),
            "error_description": format!("{CODE} {VERIFIER} {REFRESH_TOKEN} are used"),
        });
        let http = answer(400, &body.to_string());
        let error = endpoint().exchange(&returned(), NOW, &http).unwrap_err();
        for secret in [CODE, VERIFIER] {
            assert!(!format!("{error} {error:?}").contains(secret), "{error}");
        }
        let refresh = RefreshToken::new(REFRESH_TOKEN.into());
        let error = endpoint()
            .refresh(&refresh, &Grant::from(CLIPS), NOW, &http)
            .unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains(REFRESH_TOKEN),
            "{error}"
        );
    }
}

mod retry {
    use super::*;

    fn retry() -> RetryRequest {
        RetryRequest::new(&"3f1c6f2e".parse().unwrap(), &Grant::from(CLIPS)).unwrap()
    }

    fn token() -> AccessToken {
        AccessToken::new(ACCESS_TOKEN.into())
    }

    fn refused(status: u16, body: &str) -> CallError<Infallible> {
        let error = retry().send(&token(), &answer(status, body)).unwrap_err();
        assert_error_without_secret(&error);
        error
    }

    /// An error in the form of the API's.
    fn api_error(code: u16, status: &str, message: &str) -> String {
        serde_json::json!({"error": {"code": code, "status": status, "message": message}})
            .to_string()
    }

    #[test]
    fn the_call_is_a_post_with_an_empty_body_and_the_token() {
        let seen = RefCell::new(None);
        let http = |request: HttpRequest| {
            *seen.borrow_mut() = Some(request);
            answer(200, r#"{"archiveJobId": "7d20c1aa"}"#)(HttpRequest::default())
        };
        let response = retry().send(&token(), &http).unwrap();
        assert_eq!(response.job.to_string(), "archiveJobs/7d20c1aa");

        let request = seen.into_inner().unwrap();
        assert_eq!(request.method(), "POST");
        assert_eq!(
            request.uri(),
            "https://dataportability.googleapis.com/v1/archiveJobs/3f1c6f2e:retry"
        );
        assert_eq!(request.headers()["content-length"], "0");
        assert_eq!(
            request.headers()["authorization"],
            format!("Bearer {ACCESS_TOKEN}")
        );
        assert!(request.body().is_empty());
        assert_no_secret(&format!("{request:?}"));
    }

    #[test]
    fn tests_can_send_it_elsewhere() {
        let server = "http://127.0.0.1:8080/base/".parse().unwrap();
        assert_eq!(
            retry().at(&server).url(),
            "http://127.0.0.1:8080/base/v1/archiveJobs/3f1c6f2e:retry"
        );
        let reset = ResetRequest::new(&Grant::from(CLIPS)).unwrap().at(&server);
        assert_eq!(
            reset.url(),
            "http://127.0.0.1:8080/base/v1/authorization:reset"
        );
    }

    #[tokio::test]
    async fn the_asynchronous_call_answers_as_the_synchronous_one() {
        let job = answer(200, r#"{"archiveJobId": "7d20c1aa"}"#);
        let job_async = |request| ready(job(request));
        assert_eq!(
            retry().send_async(&token(), &job_async).await.unwrap(),
            retry().send(&token(), &job).unwrap()
        );
        let refused = answer(404, &api_error(404, "NOT_FOUND", "No such job."));
        let refused_async = |request| ready(refused(request));
        assert_eq!(
            retry()
                .send_async(&token(), &refused_async)
                .await
                .unwrap_err()
                .to_string(),
            retry().send(&token(), &refused).unwrap_err().to_string()
        );
        let reset = ResetRequest::new(&Grant::from(CLIPS)).unwrap();
        let done = answer(200, "{}");
        let done_async = |request| ready(done(request));
        assert!(reset.send(&token(), &done).is_ok());
        assert!(reset.send_async(&token(), &done_async).await.is_ok());
        assert!(reset.send(&token(), &refused).is_err());
        assert!(reset.send_async(&token(), &refused_async).await.is_err());
    }

    #[test]
    fn a_token_that_is_not_valid_is_told_from_one_that_does_not_allow_it() {
        let error = refused(401, &api_error(401, "UNAUTHENTICATED", "Bad token."));
        assert!(matches!(&error, CallError::Unauthenticated(api) if api.code == 401));
        assert_eq!(
            error.to_string(),
            "the token is expired, revoked or none, refresh it or ask the user anew: the API answered 401 UNAUTHENTICATED: Bad token."
        );
        let error = refused(403, &api_error(403, "PERMISSION_DENIED", "Not allowed."));
        assert!(matches!(&error, CallError::PermissionDenied(_)));
        assert_eq!(
            error.to_string(),
            "the token does not allow this, ask the user for what is missing: the API answered 403 PERMISSION_DENIED: Not allowed."
        );
    }

    #[test]
    fn a_job_that_does_not_exist_is_told_from_one_that_has_not_failed() {
        let error = refused(404, &api_error(404, "NOT_FOUND", "No such job."));
        assert!(matches!(&error, CallError::NotFound(_)));
        assert_eq!(
            error.to_string(),
            "there is nothing of this name for this token, check the name: the API answered 404 NOT_FOUND: No such job."
        );
        let error = refused(400, &api_error(400, "FAILED_PRECONDITION", "It runs."));
        assert!(matches!(&error, CallError::FailedPrecondition(_)));
        assert_eq!(
            error.to_string(),
            "this is not the time for this call, only a failed job is retried: the API answered 400 FAILED_PRECONDITION: It runs."
        );
    }

    #[test]
    fn too_many_retries_are_an_error_of_their_own_with_the_reason() {
        let body = serde_json::json!({"error": {
            "code": 429,
            "status": "RESOURCE_EXHAUSTED",
            "message": "Too often.",
            "details": [{"reason": "RESOURCE_EXHAUSTED_ONE_TIME", "metadata": {}}],
        }});
        let error = refused(429, &body.to_string());
        assert!(matches!(
            &error,
            CallError::RateLimited(api) if api.reason == Some(Reason::ResourceExhaustedOneTime)
        ));
        assert_eq!(
            error.to_string(),
            "the call was made too often, a job is retried at most three times: the API answered 429 RESOURCE_EXHAUSTED \
             (RESOURCE_EXHAUSTED_ONE_TIME): Too often."
        );
    }

    #[test]
    fn any_other_status_is_kept_as_it_came() {
        let error = refused(503, "<html>Busy</html>");
        assert!(matches!(&error, CallError::Api(api) if api.status == Status::Unknown));
        assert_eq!(
            error.to_string(),
            "the API answered 503 UNKNOWN: <html>Busy</html>"
        );
        // A redirect is not followed.
        assert!(matches!(refused(302, ""), CallError::Api(api) if api.code == 302));
    }

    #[test]
    fn an_answer_that_is_not_as_documented_is_malformed() {
        for (body, reason) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("{}", "missing field `archiveJobId` at line 1 column 2"),
            (
                r#"{"archiveJobId": ""}"#,
                r#""" is not the name of an archive job: it has no id; give archiveJobs/ID or ID, as the API returned it at line 1 column 19"#,
            ),
        ] {
            let error = refused(200, body);
            assert!(matches!(error, CallError::Malformed(_)), "{body}");
            assert_eq!(
                error.to_string(),
                format!("the answer of archiveJobs.retry is not as documented: {reason}")
            );
        }
    }

    #[test]
    fn a_server_that_cannot_be_reached_is_the_clients_own_error() {
        let error = retry().send(&token(), &unreachable).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the API could not be asked: no route to host"
        );
        assert_error_without_secret(&error);
    }

    #[test]
    fn a_token_that_cannot_stand_in_a_header_is_not_sent() {
        let sent = RefCell::new(false);
        let http = |request| {
            *sent.borrow_mut() = true;
            unreachable(request)
        };
        let error = retry()
            .send(&AccessToken::new("a\r\nb".into()), &http)
            .unwrap_err();
        assert!(matches!(error, CallError::Token));
        assert_eq!(
            error.to_string(),
            "the token has characters that cannot stand in an HTTP header, give it as the token response has it"
        );
        assert!(!sent.into_inner());
    }

    #[test]
    fn a_server_that_repeats_the_token_does_not_get_it_into_the_error() {
        let escaped = ACCESS_TOKEN.replace('/', r"\/").replace('=', r"\u003d");
        for shown in [ACCESS_TOKEN, &escaped] {
            for status in [200, 400, 401, 403, 404, 429, 500] {
                for body in [
                    shown.to_owned(),
                    format!(r#""{shown}""#),
                    format!(r#"{{"archiveJobId": "Bearer {shown}"}}"#),
                    format!(r#"{{"archiveJobId": ["{shown}"]}}"#),
                    format!(
                        r#"{{"error": {{"status": "{shown}", "message": "x {shown} x", "details": [
                            {{"reason": "{shown}", "metadata": {{"{shown}": "{shown}"}}}}
                        ]}}}}"#
                    ),
                ] {
                    refused(status, &body);
                }
            }
        }
    }

    #[test]
    fn a_long_token_that_is_repeated_does_not_get_into_the_error_in_part() {
        let token = AccessToken::new("t".repeat(400));
        let body = format!(r#"{{"archiveJobId": "Bearer {}"}}"#, token.secret());
        let error = retry().send(&token, &answer(200, &body)).unwrap_err();
        assert!(!error.to_string().contains("tttttttt"), "{error}");
    }
}
