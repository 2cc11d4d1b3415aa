//! The consent URL asks for what is needed and not held, by Google's rules.
#![cfg(feature = "consent")]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use dataportability_scopes::oauth2::{ClientId, CsrfToken, PkceCodeVerifier};
use dataportability_scopes::Endpoint;
use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet, Service};
use dataportability_scopes::consent::{AUTHORIZATION_ENDPOINT, Consent, ConsentError, ConsentRequest, ConsentUrl, Prompt, RedirectUri, RedirectUriRule};
use proptest::prelude::*;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn request(needed: ScopeSet) -> ConsentRequest {
    let redirect_uri = "https://app.example.com/return"
        .parse()
        .expect("a redirect URI");
    ConsentRequest::new(ClientId::new("client & id".into()), redirect_uri, needed)
}

fn begin(request: &ConsentRequest) -> Result<Consent, ConsentError> {
    let state = CsrfToken::new("the state".into());
    request.begin_with(
        state,
        PkceCodeVerifier::new(VERIFIER.into()),
        SystemTime::UNIX_EPOCH,
    )
}

fn ask(request: &ConsentRequest) -> ConsentUrl {
    match begin(request).expect("a consent") {
        Consent::Ask(consent) => consent,
        Consent::NothingToAsk => panic!("nothing to ask"),
    }
}

/// The parameters, none of them given twice.
fn parameters(consent: &ConsentUrl) -> BTreeMap<String, String> {
    let pairs: Vec<(String, String)> = consent.url.query_pairs().into_owned().collect();
    let parameters: BTreeMap<String, String> = pairs.iter().cloned().collect();
    assert_eq!(
        parameters.len(),
        pairs.len(),
        "a parameter is given twice: {}",
        consent.url
    );
    parameters
}

fn clips() -> ScopeSet {
    ScopeSet::from_resources(&[Resource::YoutubeClips])
}

#[test]
fn the_url_has_just_the_parameters_of_a_code_request_with_state_and_pkce() {
    let consent = ask(&request(clips()));
    assert_eq!(
        consent.url.as_str().split('?').next(),
        Some(AUTHORIZATION_ENDPOINT)
    );
    let expected = [
        ("client_id", "client & id"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("redirect_uri", "https://app.example.com/return"),
        ("response_type", "code"),
        (
            "scope",
            "https://www.googleapis.com/auth/dataportability.youtube.clips",
        ),
        ("state", "the state"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(parameters(&consent), expected.into());
}

#[test]
fn offline_prompt_hint_and_endpoint_are_there_on_request_and_once() {
    let endpoint = "https://login.example.com/authorize"
        .parse()
        .expect("an endpoint");
    let consent = ask(&request(clips())
        .endpoint(endpoint)
        .offline()
        .offline()
        .prompt(Prompt::Consent)
        .prompt(Prompt::ConsentAndSelectAccount)
        .login_hint("first@example.com")
        .login_hint("a&b=c@example.com"));
    let parameters = parameters(&consent);
    assert_eq!(parameters.len(), 10);
    assert_eq!(parameters["access_type"], "offline");
    assert_eq!(parameters["prompt"], "consent select_account");
    assert_eq!(parameters["login_hint"], "a&b=c@example.com");
    assert!(
        consent
            .url
            .as_str()
            .starts_with("https://login.example.com/authorize?")
    );
}

#[test]
fn the_url_of_every_scope_decodes_to_just_that_scope() {
    for revision in Revision::all() {
        for scope in revision.scopes() {
            let consent = ask(&request(scope.into()).revision(revision));
            assert_eq!(parameters(&consent)["scope"], scope.as_str());
            assert_eq!(consent.pending.requested(), scope.into());
        }
    }
}

#[test]
fn the_url_of_every_revision_decodes_to_its_scopes_once_each_in_order() {
    for revision in Revision::all() {
        let consent = ask(&request(revision.scopes()).revision(revision));
        let asked: Vec<String> = parameters(&consent)["scope"]
            .split(' ')
            .map(str::to_owned)
            .collect();
        assert!(revision.scopes().iter().map(Scope::as_str).eq(asked));
    }
}

proptest! {
    #[test]
    fn what_is_asked_is_what_is_needed_and_not_held(needed in any_listed(), held in any_listed()) {
        let request = request(needed).held(held);
        match begin(&request) {
            Err(error) => {
                prop_assert!(needed.is_empty());
                prop_assert_eq!(error, ConsentError::NothingNeeded);
            }
            Ok(Consent::NothingToAsk) => prop_assert!(needed.is_subset(held)),
            Ok(Consent::Ask(consent)) => {
                let asked: ScopeSet = parameters(&consent)["scope"].parse().expect("scopes");
                prop_assert_eq!(asked, needed - held);
                prop_assert_eq!(consent.pending.requested(), needed - held);
                prop_assert_eq!(consent.pending.held(), needed & held);
            }
        }
    }

    #[test]
    fn batches_part_what_is_asked_and_none_has_too_long_a_url(needed in any_listed(), longest in 300..3_000_usize) {
        let request = request(needed);
        match request.batches(longest) {
            Ok(batches) => {
                let mut all = ScopeSet::EMPTY;
                for batch in &batches {
                    prop_assert!(batch.is_disjoint(all));
                    all |= *batch;
                    let url = random(*batch);
                    prop_assert!(url.len() <= longest, "{} > {}", url.len(), longest);
                }
                prop_assert_eq!(all, needed);
                let least = random(needed).len() - random_base();
                prop_assert!(batches.len() >= least.div_ceil(longest - random_base() + 1));
            }
            Err(ConsentError::NothingNeeded) => prop_assert!(needed.is_empty()),
            Err(ConsentError::TooLong { scopes, .. }) => {
                prop_assert_eq!(scopes.len(), 1);
                prop_assert!(scopes.is_subset(needed) && random(scopes).len() > longest);
            }
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}

fn any_listed() -> impl Strategy<Value = ScopeSet> {
    let listed: Vec<Scope> = Revision::NEWEST.scopes().iter().collect();
    prop::collection::vec(prop::sample::select(listed), 0..60)
        .prop_map(|scopes| scopes.into_iter().collect())
}

/// The URL with a state and a verifier from the system's randomness.
fn random(scopes: ScopeSet) -> String {
    random_under(Revision::NEWEST, scopes)
}

fn random_under(revision: Revision, scopes: ScopeSet) -> String {
    match request(scopes).revision(revision).begin(SystemTime::now()) {
        Ok(Consent::Ask(consent)) => consent.url.into(),
        other => panic!("{other:?}"),
    }
}

/// The length of a URL without its scopes.
fn random_base() -> usize {
    let encoded = "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdataportability.youtube.clips";
    random_under(Revision::R2026_07_19, clips()).len() - encoded.len()
}

#[test]
fn batches_are_the_fewest_and_keep_services_together_where_they_fit() {
    // That the bound is met is no law: it is so for this list.
    let revision = Revision::R2026_07_19;
    let all = revision.scopes();
    let request = |needed| request(needed).revision(revision);
    let mut sizes: Vec<usize> = all
        .iter()
        .map(|scope| random_under(revision, scope.into()).len() - random_base() + 1)
        .collect();
    sizes.sort_unstable();
    for longest in [700, 1_000, 1_500, 2_000, 3_000, 4_000, 6_000] {
        let batches = request(all).batches(longest).expect("batches");
        // No fewer can be: by their length together, and by how many of the shortest fit into one.
        let room = longest - random_base() + 1;
        let by_length = sizes.iter().sum::<usize>().div_ceil(room);
        let most = sizes.iter().scan(0, |sum, size| {
            *sum += size;
            Some(*sum)
        });
        let by_number = sizes
            .len()
            .div_ceil(most.filter(|sum| *sum <= room).count());
        assert_eq!(batches.len(), by_length.max(by_number), "{longest}");
    }
    let batches = request(all).batches(3_000).expect("batches");
    for service in Service::all().filter(|service| all.intersects(service.scopes())) {
        let in_batches = batches
            .iter()
            .filter(|batch| batch.intersects(service.scopes()))
            .count();
        assert_eq!(in_batches, 1, "{service}");
    }
    assert_eq!(request(all).batches(usize::MAX), Ok(vec![all]));
}

proptest! {
    #[test]
    fn of_few_scopes_no_fewer_batches_would_do(needed in few_listed(), longest in 360..700_usize) {
        let room = longest + 1 - random_base();
        let sizes: Vec<usize> =
            needed.iter().map(|scope| random(scope.into()).len() - random_base() + 1).collect();
        let batches = request(needed).batches(longest);
        if sizes.iter().all(|size| *size <= room) && !sizes.is_empty() {
            prop_assert_eq!(batches.expect("batches").len(), fewest(&sizes, room));
        } else {
            prop_assert!(batches.is_err());
        }
    }
}

fn few_listed() -> impl Strategy<Value = ScopeSet> {
    let listed: Vec<Scope> = Revision::NEWEST.scopes().iter().collect();
    prop::collection::vec(prop::sample::select(listed), 0..9)
        .prop_map(|scopes| scopes.into_iter().collect())
}

/// The fewest batches, over all ways to put scopes into them: for each subset, what is the fewest,
/// and how little the last batch can then hold.
fn fewest(sizes: &[usize], room: usize) -> usize {
    let mut best = vec![(0, room); 1 << sizes.len()];
    for subset in 1..best.len() {
        best[subset] = (0..sizes.len())
            .filter(|index| subset >> index & 1 == 1)
            .map(|index| {
                let (count, filled) = best[subset ^ (1 << index)];
                if filled + sizes[index] <= room {
                    (count, filled + sizes[index])
                } else {
                    (count + 1, sizes[index])
                }
            })
            .min()
            .expect("a subset with a scope in it");
    }
    best[best.len() - 1].0
}

#[test]
fn one_scope_that_does_not_fit_is_an_error() {
    assert_eq!(
        request(clips())
            .batches(100)
            .expect_err("too long")
            .to_string(),
        "a URL that asks for https://www.googleapis.com/auth/dataportability.youtube.clips alone is longer than 100 bytes: allow longer ones"
    );
    let fits = random(clips()).len();
    assert!(request(clips()).batches(fits).is_ok());
    assert!(request(clips()).batches(fits - 1).is_err());
    assert!(request(clips()).batches(0).is_err());
}

#[test]
fn a_scope_that_the_revision_does_not_list_is_an_error_that_says_since_when_and_what_to_do() {
    for revision in Revision::all() {
        for scope in Scope::all() {
            let answer = begin(&request(scope.into()).revision(revision));
            assert_eq!(
                answer.is_ok(),
                scope.is_listed_in(revision),
                "{scope} {revision}"
            );
            // What is held is not asked for, listed or not.
            let held = begin(&request(scope.into()).revision(revision).held(scope.into()));
            assert!(matches!(held, Ok(Consent::NothingToAsk)));
        }
    }
    let text = |resource: Resource, revision| {
        begin(&request(resource.scope().into()).revision(revision))
            .expect_err("unlisted")
            .to_string()
    };
    assert_eq!(
        text(
            Resource::BusinessmessagingConversations,
            Revision::R2026_07_19
        ),
        "https://www.googleapis.com/auth/dataportability.businessmessaging.conversations is not in the revision 2026-07-19: \
         it is withdrawn since 2025-07-15; leave it out, or pin an older revision if Google still grants it"
    );
    assert_eq!(
        text(Resource::YoutubeClips, Revision::R2024_04_10),
        "https://www.googleapis.com/auth/dataportability.youtube.clips is not in the revision 2024-04-10: \
         it is listed since 2024-08-28; leave it out, or take a newer revision"
    );
    assert_eq!(
        text(Resource::AlertsSubscriptions, Revision::R2024_04_10),
        "https://www.googleapis.com/auth/dataportability.alerts.subscriptions is not in the revision 2024-04-10: \
         it is listed since 2024-08-27; leave it out, or take a newer revision"
    );
    assert_eq!(
        text(Resource::FitbitDeviceEvents, Revision::NEWEST),
        "https://www.googleapis.com/auth/dataportability.fitbit.device_events is in no published list: leave it out"
    );
}

#[test]
fn what_is_unsafe_or_pointless_is_an_error() {
    let text = |request: ConsentRequest| begin(&request).expect_err("an error").to_string();
    assert_eq!(
        text(request(ScopeSet::EMPTY)),
        "no scope is needed: name at least one"
    );
    let redirect_uri: RedirectUri = "https://app.example.com/return"
        .parse()
        .expect("a redirect URI");
    assert_eq!(
        text(ConsentRequest::new(
            ClientId::new(String::new()),
            redirect_uri,
            clips()
        )),
        "the client id is empty: give the one that Google shows for the OAuth client"
    );
}

#[test]
fn an_endpoint_that_is_unsafe_or_brings_parameters_of_its_own_is_refused() {
    let text = |endpoint: &str| {
        let text = endpoint
            .parse::<Endpoint>()
            .expect_err(endpoint)
            .to_string();
        text.strip_prefix(&format!("endpoint {endpoint:?} "))
            .expect(&text)
            .to_owned()
    };
    for endpoint in ["", "/auth", "accounts.google.com"] {
        assert_eq!(text(endpoint), "must be a whole URL");
    }
    for endpoint in [
        "http://accounts.example.com/auth",
        "ftp://localhost/auth",
        "data:text/html,x",
    ] {
        assert_eq!(
            text(endpoint),
            "must begin with https://, unless its host is localhost or a loopback address"
        );
    }
    assert_eq!(
        text("https://user@example.com/"),
        "must not have a user name or password"
    );
    for query in ["?include_granted_scopes=true", "?scope=openid", "?", "#x"] {
        assert_eq!(
            text(&format!("{AUTHORIZATION_ENDPOINT}{query}")),
            "must not have a query or a fragment"
        );
    }
    for endpoint in [
        "http://localhost:1/a",
        "http://127.0.0.1:1/a",
        "http://[::1]:1/a",
    ] {
        let parsed: Endpoint = endpoint.parse().expect(endpoint);
        assert_eq!(parsed.to_string(), endpoint);
        assert!(
            ask(&request(clips()).endpoint(parsed))
                .url
                .as_str()
                .starts_with(endpoint)
        );
    }
}

#[test]
fn a_state_and_a_verifier_of_the_callers_are_checked() {
    let begin = |state: &str, verifier: &str| {
        let verifier = PkceCodeVerifier::new(verifier.into());
        request(clips()).begin_with(CsrfToken::new(state.into()), verifier, SystemTime::now())
    };
    for state in ["", "a\n", "é"] {
        assert_eq!(
            begin(state, VERIFIER).expect_err("state").to_string(),
            "state must be one or more printable ASCII characters (RFC 6749, appendix A.5)"
        );
    }
    let (short, long) = ("a".repeat(42), "a".repeat(129));
    for verifier in [
        "",
        &short,
        &long,
        &VERIFIER.replace('-', "+"),
        &VERIFIER.replace('-', "é"),
    ] {
        assert_eq!(
            begin("state", verifier).expect_err("verifier").to_string(),
            "the code verifier must be 43 to 128 unreserved characters (RFC 7636, section 4.1)"
        );
    }
    assert!(begin("s", &"~".repeat(43)).is_ok() && begin("s", &".".repeat(128)).is_ok());
}

#[test]
fn each_consent_has_a_state_and_a_verifier_of_its_own() {
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let Ok(Consent::Ask(consent)) = request(clips()).begin(SystemTime::now()) else {
            panic!("a URL");
        };
        assert!(consent.pending.state().secret().len() >= 43);
        assert!(seen.insert(consent.pending.state().secret().clone()));
        assert!(seen.insert(consent.pending.code_verifier().secret().clone()));
        assert_eq!(
            &parameters(&consent)["state"],
            consent.pending.state().secret()
        );
    }
}

#[test]
fn debug_shows_neither_state_nor_verifier() {
    let consent = begin(&request(clips()).login_hint("someone@example.com"));
    let shown = format!("{consent:?}");
    assert!(shown.contains("YoutubeClips") && shown.contains("https://app.example.com/return"));
    for secret in ["the state", "the+state", "the%20state", VERIFIER, CHALLENGE] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_pending_consent_expires_after_its_lifetime() {
    let ConsentUrl { pending, .. } = ask(&request(clips()));
    assert!(pending.is_expired(SystemTime::UNIX_EPOCH - Duration::from_secs(601)));
    let after = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    assert!(!pending.is_expired(after(0)) && !pending.is_expired(after(600)));
    assert!(pending.is_expired(after(601)));
}

#[test]
fn a_redirect_uri_that_google_accepts_is_kept_byte_for_byte() {
    for uri in [
        "https://app.example.com/return",
        "https://app.example.com",
        "https://app.example.com/",
        "https://APP.example.com/Return/",
        "https://app.example.com:8443/return?tenant=1&next=%2Fhome",
        "https://a.b.c.example.co.uk/x",
        "https://app.example.com/a..b/c",
        "https://xn--bcher-kva.example.com/",
        "http://localhost/",
        "http://localhost:8080/return",
        "https://localhost/return",
        "http://127.0.0.1:8080/return",
        "http://127.9.9.9/",
        "http://[::1]:8080/return",
    ] {
        let parsed: RedirectUri = uri.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(parsed.as_str(), uri);
        assert_eq!(parsed.to_string(), uri);
        let consent = ask(&ConsentRequest::new(
            ClientId::new("id".into()),
            parsed,
            clips(),
        ));
        assert_eq!(parameters(&consent)["redirect_uri"], uri);
    }
}

#[test]
fn a_redirect_uri_that_breaks_a_rule_is_refused_with_that_rule() {
    use RedirectUriRule as Rule;
    let address = |text: &str| Rule::Address(text.parse().expect("an address"));
    for (uri, rule) in [
        ("", Rule::Absolute),
        ("/return", Rule::Absolute),
        ("app.example.com/return", Rule::Absolute),
        ("https:app.example.com/return", Rule::Absolute),
        ("https://", Rule::Absolute),
        ("mailto:someone@example.com", Rule::Absolute),
        ("urn:ietf:wg:oauth:2.0:oob", Rule::Absolute),
        ("http://app.example.com/return", Rule::Scheme),
        ("HTTP://app.example.com/return", Rule::Scheme),
        ("ftp://localhost/", Rule::Scheme),
        ("com.example.app://return.example.com/", Rule::Scheme),
        ("http://localhost.example.com/", Rule::Scheme),
        ("https://192.0.2.1/return", address("192.0.2.1")),
        ("https:///app.example.com/return", Rule::Host),
        ("https:////app.example.com/return", Rule::Host),
        ("https://a..example.com/return", Rule::Host),
        ("https://.com/return", Rule::Host),
        ("https://app.example.com./return", Rule::Host),
        ("https://app.example.com:/return", Rule::Host),
        ("https://ex%61mple.com/return", Rule::Host),
        ("http://127.1/return", Rule::Host),
        ("http://2130706433/return", Rule::Host),
        ("http://0x7f.1/return", Rule::Host),
        ("https://goo.gl/return", Rule::Shortener),
        ("https://app.example.com/return?state=x", Rule::Parameter),
        (
            "https://app.example.com/return?a=b&sc%6Fpe=x",
            Rule::Parameter,
        ),
        ("https://3221225985/return", address("192.0.2.1")),
        ("https://0xC0.0.2.1/return", address("192.0.2.1")),
        ("https://[2001:db8::1]/return", address("2001:db8::1")),
        ("https://intranet/return", Rule::PublicSuffix),
        ("https://app.internal/return", Rule::PublicSuffix),
        ("https://app.localhost/return", Rule::PublicSuffix),
        ("https://app.notasuffixatall/return", Rule::PublicSuffix),
        ("https://com/return", Rule::PublicSuffix),
        (
            "https://googleusercontent.com/return",
            Rule::GoogleUserContent,
        ),
        (
            "https://x.googleusercontent.com/return",
            Rule::GoogleUserContent,
        ),
        (
            "https://X.GoogleUserContent.com./return",
            Rule::GoogleUserContent,
        ),
        ("https://user@app.example.com/return", Rule::UserInfo),
        (
            "https://user:password@app.example.com/return",
            Rule::UserInfo,
        ),
        ("https://@app.example.com/return", Rule::UserInfo),
        ("https://app.example.com/return#", Rule::Fragment),
        ("https://app.example.com/return#x", Rule::Fragment),
        ("https://*.example.com/return", Rule::Wildcard),
        ("https://app.example.com/return/*", Rule::Wildcard),
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
        ("https://app.example.com/%C0%80", Rule::Nul),
        ("https://app.example.com/\0", Rule::Character('\0')),
        ("https://app.example.com/a b", Rule::Character(' ')),
        (" https://app.example.com/", Rule::Character(' ')),
        ("https://app.example.com/\n", Rule::Character('\n')),
        ("https:\\\\app.example.com\\a", Rule::Character('\\')),
        ("https://app.example.com/é", Rule::Character('é')),
        ("https://app.example.com/\"", Rule::Character('"')),
    ] {
        let error = uri.parse::<RedirectUri>().expect_err(uri);
        assert_eq!(error.rule(), rule, "{uri}");
        assert_eq!(
            error.to_string(),
            format!("redirect URI {uri:?} breaks a rule of Google's: {rule}")
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
fn every_rule_is_put_in_words() {
    use RedirectUriRule as Rule;
    let words: Vec<String> = [
        Rule::Absolute,
        Rule::Scheme,
        Rule::Address([192, 0, 2, 1].into()),
        Rule::PublicSuffix,
        Rule::Host,
        Rule::Shortener,
        Rule::Parameter,
        Rule::GoogleUserContent,
        Rule::UserInfo,
        Rule::Fragment,
        Rule::Wildcard,
        Rule::Traversal,
        Rule::PercentEncoding,
        Rule::Nul,
        Rule::Character('\n'),
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    assert_eq!(
        words,
        [
            "it must be a whole URI, as https://app.example.com/return is",
            "it must begin with https://, unless its host is localhost or a loopback address",
            "its host must be a name and not the address 192.0.2.1",
            "its host must be below a top-level domain of the public suffix list, as .com is",
            "its host must be written plainly: no empty part, no encoding, no short form of an address",
            "its host must not shorten addresses, as goo.gl does",
            "its query must not have code, error, scope or state, which the answer brings",
            "its host must not be googleusercontent.com",
            "it must not have a user name or password before the host",
            "it must not have a fragment, which begins at #",
            "it must not have a wildcard (*)",
            r"it must not step up in its path with /.. or \.., encoded or not",
            "two hexadecimal digits must follow each %",
            "it must not have a NUL character",
            r"the character '\n' must not stand in a URI unencoded",
        ]
    );
}

proptest! {
    #[test]
    fn any_text_is_a_redirect_uri_or_refused_and_never_a_panic(text in ".*", path in "[ -~]{0,40}") {
        let _ = text.parse::<RedirectUri>();
        let uri = format!("https://app.example.com/{path}");
        if let Ok(parsed) = uri.parse::<RedirectUri>() {
            prop_assert_eq!(parsed.as_str(), uri.as_str());
            prop_assert!(!path.contains(['*', '#', ' ', '\\', '"']));
        }
    }
}
