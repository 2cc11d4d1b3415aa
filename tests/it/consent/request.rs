//! The consent URL asks for what is needed and not granted, by Google's rules.

use std::collections::BTreeMap;

use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet, Service};
use dataportability_scopes::consent::{
    AUTHORIZATION_ENDPOINT, AccessType, ConsentError, ConsentRequest, ConsentUrl, Prompt,
    renewal_link,
};
use dataportability_scopes::grant::{Grant, RequestedScopes};
use dataportability_scopes::oauth2::{ClientId, CsrfToken, PkceCodeVerifier};
use dataportability_scopes::url::Url;
use proptest::prelude::*;

use super::{
    CALLBACK, CHALLENGE, CLIENT_ID, CLIPS, REVISION, STATE, UNLISTED, VERIFIER, consent, now,
    request, with_unlisted,
};

/// The parameters, none of them given twice.
fn parameters(consent: &ConsentUrl) -> BTreeMap<String, String> {
    let url = Url::parse(consent.url.as_str()).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let parameters: BTreeMap<String, String> = pairs.iter().cloned().collect();
    assert_eq!(parameters.len(), pairs.len(), "{url}");
    parameters
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn the_url_has_just_the_parameters_of_a_code_request_with_state_and_pkce() {
    let consent = consent(&request(CLIPS));
    assert_eq!(
        consent.url.as_str().split('?').next(),
        Some(AUTHORIZATION_ENDPOINT)
    );
    let expected = owned(&[
        ("client_id", CLIENT_ID),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        (
            "scope",
            "https://www.googleapis.com/auth/dataportability.youtube.clips",
        ),
        ("state", STATE),
    ]);
    assert_eq!(parameters(&consent), expected);
    assert_eq!(consent.pending.state().secret(), STATE);
    assert_eq!(consent.pending.redirect_uri().as_str(), CALLBACK);
}

#[test]
fn urls_are_equal_if_all_their_parameters_are() {
    assert_eq!(consent(&request(CLIPS)).url, consent(&request(CLIPS)).url);
    let fresh = || request(CLIPS).authorize_url(now()).unwrap().unwrap().url;
    assert_ne!(fresh(), fresh());
}

#[test]
fn each_builder_method_replaces_what_was_set_before() {
    let other = ScopeSet::from_resources(&[Resource::MapsReviews]);
    let endpoint = |text: &str| text.parse().unwrap();
    let consent = consent(
        &request(other)
            .scopes(CLIPS | other)
            .already_granted(CLIPS)
            .already_granted(other)
            .endpoint(endpoint("https://a.example.com/authorize"))
            .endpoint(endpoint("https://login.example.com/authorize"))
            .access_type(AccessType::Online)
            .access_type(AccessType::Offline)
            .prompt(Prompt::Consent)
            .prompt(Prompt::ConsentAndSelectAccount)
            .login_hint("first@example.com")
            .login_hint("a&b=c@example.com"),
    );
    let parameters = parameters(&consent);
    assert_eq!(parameters.len(), 10);
    assert_eq!(parameters["scope"], CLIPS.to_string());
    assert_eq!(parameters["access_type"], "offline");
    assert_eq!(parameters["prompt"], "consent select_account");
    assert_eq!(parameters["login_hint"], "a&b=c@example.com");
    let url = consent.url.as_str();
    assert!(url.starts_with("https://login.example.com/authorize?"));
    assert_eq!(consent.url.as_ref(), url);
    assert_eq!(String::from(consent.url.clone()), url);
}

#[test]
fn online_access_is_googles_default_and_sends_no_parameter() {
    let online = consent(&request(CLIPS).access_type(AccessType::Online));
    assert_eq!(online.url, consent(&request(CLIPS)).url);
}

#[test]
fn each_prompt_is_sent_as_it_is_printed_and_parses_back() {
    for (prompt, value) in [
        (Prompt::None, "none"),
        (Prompt::Consent, "consent"),
        (Prompt::SelectAccount, "select_account"),
        (Prompt::ConsentAndSelectAccount, "consent select_account"),
    ] {
        let consent = consent(&request(CLIPS).prompt(prompt));
        assert_eq!(parameters(&consent)["prompt"], value);
        assert_eq!(prompt.to_string(), value);
        assert_eq!(value.parse(), Ok(prompt));
    }
    assert_eq!(
        "select".parse::<Prompt>().unwrap_err().to_string(),
        r#"unknown prompt "select"; use one of: none, consent, select_account, consent select_account"#
    );
}

#[test]
fn every_scope_of_every_revision_can_be_asked_for() {
    for revision in Revision::all() {
        for scope in revision.scopes() {
            let consent = consent(&request(ScopeSet::from(scope)).revision(revision));
            assert_eq!(parameters(&consent)["scope"], scope.as_str());
            assert_eq!(consent.pending.requested().scopes, scope.into());
        }
        let consent = consent(&request(revision.scopes()).revision(revision));
        assert_eq!(parameters(&consent)["scope"], revision.scopes().to_string());
    }
}

#[test]
fn a_scope_that_is_newer_than_the_catalogue_can_be_asked_for_until_it_is_granted() {
    let wanted = with_unlisted(CLIPS);
    let asked = consent(&request(wanted.clone()));
    let scope = format!("{CLIPS} {UNLISTED}");
    assert_eq!(parameters(&asked)["scope"], scope);
    assert_eq!(asked.pending.requested(), &wanted);

    let granted: Grant = UNLISTED.parse().unwrap();
    let asked = consent(&request(wanted.clone()).already_granted(granted));
    assert_eq!(parameters(&asked)["scope"], CLIPS.to_string());

    let granted = Grant::from(wanted.clone());
    let nothing = request(wanted)
        .already_granted(granted)
        .authorize_url(now());
    assert!(nothing.unwrap().is_none());
}

fn any_scopes() -> impl Strategy<Value = ScopeSet> {
    let listed: Vec<Scope> = REVISION.scopes().iter().collect();
    prop::collection::vec(prop::sample::select(listed), 0..60)
        .prop_map(|scopes| scopes.into_iter().collect())
}

fn any_requested() -> impl Strategy<Value = RequestedScopes> {
    let unlisted = prop::collection::btree_set("[a-z_]{1,30}(\\.[a-z0-9_]{1,20}){1,3}", 0..4);
    (any_scopes(), unlisted).prop_map(|(scopes, groups)| {
        let token = |group| format!("https://www.googleapis.com/auth/dataportability.{group}");
        let unlisted = groups.into_iter().filter_map(|it| token(it).parse().ok());
        RequestedScopes {
            scopes,
            unlisted: unlisted.collect(),
        }
    })
}

proptest! {
    #[test]
    fn what_is_asked_for_is_what_is_needed_and_not_granted(
        needed in any_scopes(),
        granted in any_scopes(),
    ) {
        match request(needed).already_granted(granted).authorize_url(now()) {
            Err(error) => {
                prop_assert!(needed.is_empty());
                prop_assert_eq!(error, ConsentError::NoScopes);
            }
            Ok(None) => prop_assert!(needed.is_subset(granted)),
            Ok(Some(consent)) => {
                let asked: ScopeSet = parameters(&consent)["scope"].parse().unwrap();
                prop_assert_eq!(asked, needed - granted);
                prop_assert_eq!(consent.pending.requested().scopes, needed - granted);
            }
        }
    }

    /// The fast way of writing the URL against the plain one.
    #[test]
    fn the_url_is_what_form_encoding_makes_of_the_parameters(
        scopes in any_requested(),
        client_id in ".{1,20}",
        state in "[ -~]{1,60}",
        hint in prop::option::of(".{0,20}"),
        offline in any::<bool>(),
    ) {
        prop_assume!(!scopes.is_empty());
        let mut request = ConsentRequest::new(
            ClientId::new(client_id.clone()),
            "https://app.example.com/c?a=%20&b='".parse().unwrap(),
            scopes.clone(),
        )
        .revision(REVISION);
        let mut naive = Url::parse(AUTHORIZATION_ENDPOINT).unwrap();
        naive
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &client_id)
            .append_pair("redirect_uri", "https://app.example.com/c?a=%20&b='")
            .append_pair("scope", &scopes.to_string())
            .append_pair("state", &state)
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256");
        if offline {
            request = request.access_type(AccessType::Offline);
            naive.query_pairs_mut().append_pair("access_type", "offline");
        }
        if let Some(hint) = hint {
            request = request.login_hint(hint.clone());
            naive.query_pairs_mut().append_pair("login_hint", &hint);
        }
        let url = super::consent_with(&request, &state).url;
        prop_assert_eq!(url.as_str(), naive.as_str());
        prop_assert_eq!(Url::parse(url.as_str()), Ok(naive));
    }

    #[test]
    fn batches_make_up_what_is_asked_for_and_no_url_is_too_long(
        needed in any_requested(),
        max_len in 300..3_000_usize,
    ) {
        match request(needed.clone()).batches(max_len) {
            Ok(batches) => {
                let mut all = RequestedScopes::default();
                for batch in &batches {
                    prop_assert!(!batch.is_empty());
                    prop_assert!(batch.scopes.is_disjoint(all.scopes));
                    prop_assert!(batch.unlisted.is_disjoint(&all.unlisted));
                    all.scopes |= batch.scopes;
                    all.unlisted.extend(batch.unlisted.clone());
                    let len = random_url(batch.clone()).len();
                    prop_assert!(len <= max_len, "{len} > {max_len}");
                }
                prop_assert_eq!(&all, &needed);
                // First fit leaves at most one batch half empty.
                let room = max_len + 1 - url_len_without_scopes();
                let fill = random_url(needed).len() + 1 - url_len_without_scopes();
                prop_assert!(batches.len() <= 2 * fill.div_ceil(room));
            }
            Err(ConsentError::NoScopes) => prop_assert!(needed.is_empty()),
            Err(ConsentError::TooLong { scope, .. }) => {
                let scope: RequestedScopes = match scope.parse::<Scope>() {
                    Ok(scope) => ScopeSet::from(scope).into(),
                    Err(_) => RequestedScopes {
                        unlisted: [scope.parse().unwrap()].into(),
                        ..RequestedScopes::default()
                    },
                };
                prop_assert!(random_url(scope).len() > max_len);
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}

/// The URL with a `state` and a verifier from the system's randomness.
fn random_url(scopes: impl Into<RequestedScopes>) -> String {
    let consent = request(scopes).authorize_url(now()).unwrap();
    consent.unwrap().url.into()
}

fn url_len_without_scopes() -> usize {
    let encoded = "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdataportability.youtube.clips";
    random_url(CLIPS).len() - encoded.len()
}

#[test]
fn batches_keep_the_scopes_of_a_service_together_where_they_fit() {
    let all = REVISION.scopes();
    let batches = request(all).batches(3_000).unwrap();
    assert_eq!(batches.len(), 2);
    for service in Service::all() {
        let has_some = |batch: &&RequestedScopes| !batch.scopes.is_disjoint(service.scopes());
        let count = batches.iter().filter(has_some).count();
        assert_eq!(
            count,
            usize::from(!all.is_disjoint(service.scopes())),
            "{service}"
        );
    }
    assert_eq!(request(all).batches(usize::MAX), Ok(vec![all.into()]));
    assert_eq!(request(all).already_granted(all).batches(0), Ok(vec![]));
}

#[test]
fn a_scope_whose_url_alone_is_too_long_is_an_error() {
    assert_eq!(
        request(CLIPS).batches(100).unwrap_err().to_string(),
        "a URL that asks only for https://www.googleapis.com/auth/dataportability.youtube.clips \
         is longer than 100 bytes: allow longer URLs"
    );
    let fits = random_url(CLIPS).len();
    assert!(request(CLIPS).batches(fits).is_ok());
    assert!(request(CLIPS).batches(fits - 1).is_err());
    assert!(request(CLIPS).batches(0).is_err());
}

#[test]
fn a_scope_that_the_revision_does_not_list_is_an_error_that_names_the_remedy() {
    for revision in Revision::all() {
        for scope in Scope::all() {
            let request = request(ScopeSet::from(scope)).revision(revision);
            let error = request.authorize_url(now()).err().map(|it| it.to_string());
            let expected = (!scope.is_listed_in(revision)).then(|| not_listed(scope, revision));
            assert_eq!(error, expected, "{scope} {revision}");
            // What is granted is not asked for, listed or not.
            let granted = request.already_granted(ScopeSet::from(scope));
            assert!(granted.authorize_url(now()).unwrap().is_none());
        }
    }
}

/// The text for a scope that the revision does not list, from the revisions that do.
fn not_listed(scope: Scope, revision: Revision) -> String {
    let listed: Vec<Revision> = Revision::all()
        .filter(|it| scope.is_listed_in(*it))
        .collect();
    if let Some(since) = listed.iter().find(|it| **it > revision) {
        return format!(
            "{scope} is not in the revision {revision}: it is listed from {since}; leave it out, \
             or use a newer revision"
        );
    }
    let Some(last) = listed.last() else {
        return format!("{scope} is in no published list: leave it out");
    };
    let until = Revision::all().find(|it| it > last).unwrap();
    format!(
        "{scope} is not in the revision {revision}: Google withdrew it on {until}; leave it out, or \
         use an older revision if Google still grants it"
    )
}

#[test]
fn a_request_without_scopes_or_client_id_is_an_error() {
    let text = |request: ConsentRequest| request.authorize_url(now()).unwrap_err().to_string();
    assert_eq!(
        text(request(ScopeSet::EMPTY)),
        "the request has no scope: name at least one"
    );
    let nobody = ClientId::new(String::new());
    assert_eq!(
        text(ConsentRequest::new(
            nobody,
            CALLBACK.parse().unwrap(),
            CLIPS
        )),
        "the client id is empty: give the one that the Google Cloud console shows for the OAuth client"
    );
}

#[test]
fn a_state_and_a_code_verifier_of_the_callers_are_checked() {
    let with = |state: &str, verifier: &str| {
        let verifier = PkceCodeVerifier::new(verifier.into());
        request(CLIPS).authorize_url_with(CsrfToken::new(state.into()), verifier, now())
    };
    for state in ["", "a\n", "é"] {
        assert_eq!(
            with(state, VERIFIER).unwrap_err().to_string(),
            "state must be one or more printable ASCII characters (RFC 6749, appendix A.5)"
        );
    }
    let (short, long) = ("a".repeat(42), "a".repeat(129));
    let (plus, accent) = (VERIFIER.replace('-', "+"), VERIFIER.replace('-', "é"));
    for verifier in ["", &short, &long, &plus, &accent] {
        assert_eq!(
            with("state", verifier).unwrap_err().to_string(),
            "the code verifier must be 43 to 128 unreserved characters (RFC 7636, section 4.1)"
        );
    }
    assert!(with("s", &"~".repeat(43)).is_ok() && with("~", &".".repeat(128)).is_ok());
}

#[test]
fn each_url_has_a_state_and_a_code_verifier_of_its_own() {
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let consent = request(CLIPS).authorize_url(now()).unwrap().unwrap();
        let parameters = parameters(&consent);
        assert_eq!(&parameters["state"], consent.pending.state().secret());
        assert_eq!(parameters["state"].len(), 43);
        assert!(seen.insert(parameters["state"].clone()));
        assert!(seen.insert(parameters["code_challenge"].clone()));
    }
}

#[test]
fn the_renewal_link_names_the_project() {
    assert_eq!(
        renewal_link(u64::MAX),
        "https://myaccount.google.com/connections/link?project_number=18446744073709551615"
    );
}
