//! The consent URL asks for what is needed and not granted, by Google's rules.

use std::collections::{BTreeMap, BTreeSet};

use dataportability_scopes::call::Endpoints;
use dataportability_scopes::catalogue::{Resource, Revision, Scope, ScopeSet, Scopes};
use dataportability_scopes::consent::{
    ConsentError, ConsentRequest, ConsentUrl, OAuthClient, Prompt,
};
use dataportability_scopes::grant::Grant;
use dataportability_scopes::oauth2::{CsrfToken, PkceCodeVerifier};
use proptest::prelude::*;
use url::Url;

use super::{
    CALLBACK, CLIENT_ID, CLIPS, REVISION, STATE, VERIFIER, client, consent, consent_with, now,
    with_newer,
};
use crate::known::NEWER;

/// RFC 7636, appendix B.
const RFC_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const RFC_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The parameters, none of them given twice.
fn parameters(consent: &ConsentUrl) -> BTreeMap<String, String> {
    let url = Url::parse(consent.url.as_str()).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let parameters: BTreeMap<String, String> = pairs.iter().cloned().collect();
    assert_eq!(parameters.len(), pairs.len(), "{url}");
    parameters
}

fn requested(consent: &ConsentUrl) -> Scopes {
    let requested = parameters(consent)["scope"].parse().unwrap();
    assert_eq!(consent.pending.requested(), &requested);
    requested
}

/// The URL with a `state` and a verifier from the system's randomness.
fn random(request: &ConsentRequest<'_>) -> Option<ConsentUrl> {
    request.clone().revision(REVISION).authorize_url(now()).unwrap()
}

#[test]
fn the_url_has_just_the_parameters_of_a_code_request_with_state_and_pkce() {
    let verifier = PkceCodeVerifier::new(RFC_VERIFIER.into());
    let google = client();
    let request = google.consent(CLIPS).revision(REVISION);
    let consent = request.authorize_url_with(CsrfToken::new(STATE.into()), verifier, now());
    let consent = consent.unwrap().unwrap();
    let endpoint = Endpoints::default().authorization;
    assert!(consent.url.as_str().starts_with(&format!("{endpoint}?")));
    let expected = [
        ("access_type", "offline"),
        ("client_id", CLIENT_ID),
        ("code_challenge", RFC_CHALLENGE),
        ("code_challenge_method", "S256"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "https://www.googleapis.com/auth/dataportability.youtube.clips"),
        ("state", STATE),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(parameters(&consent), expected.into());
    assert_eq!(consent.pending.state().secret(), STATE);
    assert_eq!(String::from(consent.url.clone()), consent.url.as_str());
}

/// Exports take days: a token for an hour is of little use.
#[test]
fn access_is_offline_unless_online_is_asked_for() {
    let google = client();
    let offline = consent_with(google.consent(CLIPS), STATE, now());
    assert_eq!(parameters(&offline)["access_type"], "offline");
    let online = consent_with(google.consent(CLIPS).online(), STATE, now());
    assert!(!parameters(&online).contains_key("access_type"));
}

#[test]
fn each_prompt_is_sent_as_it_is_printed_and_the_last_one_counts() {
    for (prompt, value) in [
        (Prompt::None, "none"),
        (Prompt::Consent, "consent"),
        (Prompt::SelectAccount, "select_account"),
        (Prompt::ConsentAndSelectAccount, "consent select_account"),
    ] {
        let google = client();
        let request = google.consent(CLIPS).prompt(Prompt::None).prompt(prompt);
        let request = request.login_hint("first@example.com").login_hint("a&b=c@example.com");
        let parameters = parameters(&consent_with(request, STATE, now()));
        assert_eq!(parameters["prompt"], value);
        assert_eq!(parameters["login_hint"], "a&b=c@example.com");
        assert_eq!(prompt.to_string(), value);
    }
}

#[test]
fn every_scope_of_every_revision_can_be_asked_for() {
    let google = client();
    for revision in Revision::all() {
        let url = |scopes: ScopeSet| {
            let request = google.consent(scopes).revision(revision);
            requested(&request.authorize_url(now()).unwrap().unwrap())
        };
        for scope in revision.scopes() {
            assert_eq!(url(scope.into()), Scopes::from(scope));
        }
        assert_eq!(url(revision.scopes()), revision.scopes().into());
    }
}

#[test]
fn what_several_grants_of_an_account_have_is_left_out_newer_scopes_too() {
    let google = client();
    let newer: Grant = NEWER.parse().unwrap();
    let wanted = with_newer(CLIPS);
    let request = google.consent(&wanted);
    assert_eq!(requested(&random(&request).unwrap()), wanted);
    let request = request.already_granted(&newer);
    assert_eq!(requested(&random(&request).unwrap()), CLIPS.into());
    let request = request.already_granted(CLIPS);
    assert!(random(&request).is_none());
}

fn any_known() -> impl Strategy<Value = ScopeSet> {
    let listed: Vec<Scope> = REVISION.scopes().iter().collect();
    prop::collection::vec(prop::sample::select(listed), 0..60)
        .prop_map(|scopes| scopes.into_iter().collect())
}

fn any_scopes() -> impl Strategy<Value = Scopes> {
    let newer = prop::collection::btree_set("[a-z_]{1,30}(\\.[a-z0-9_]{1,20}){1,3}", 0..4);
    (any_known(), newer).prop_map(|(known, groups)| {
        let token = |group| format!("https://www.googleapis.com/auth/dataportability.{group}");
        let newer = groups.into_iter().filter_map(|it| token(it).parse::<Scopes>().ok());
        // A made-up group may be one that a later list has.
        let newer: Scopes = newer.filter(|it| it.known().is_empty()).collect();
        newer | known.into()
    })
}

/// The service of a scope, as its name has it.
fn service(name: &str) -> &str {
    name.split('.').next().unwrap()
}

proptest! {
    #[test]
    fn what_is_asked_for_is_what_is_needed_and_not_granted(
        needed in any_scopes(),
        first in any_scopes(),
        second in any_scopes(),
    ) {
        let google = client();
        let request = google.consent(&needed).already_granted(&first).already_granted(&second);
        let granted = first | second;
        match request.revision(REVISION).authorize_url(now()) {
            Err(error) => {
                prop_assert!(needed.is_empty());
                prop_assert_eq!(error, ConsentError::NoScopes);
            }
            Ok(None) => prop_assert!(needed.is_subset(&granted)),
            Ok(Some(consent)) => prop_assert_eq!(requested(&consent), needed - granted),
        }
    }

    /// The fast way of writing the URL against the plain one.
    #[test]
    fn the_url_is_what_form_encoding_makes_of_the_parameters(
        scopes in any_scopes(),
        client_id in ".{1,20}",
        state in "[ -~]{1,60}",
        hint in prop::option::of(".{0,20}"),
        online in any::<bool>(),
    ) {
        prop_assume!(!scopes.is_empty());
        let redirect_uri = "https://app.example.com/c?a=%20&b='";
        let google = OAuthClient::new(client_id.clone(), redirect_uri.parse().unwrap());
        let mut request = google.consent(&scopes);
        let mut naive = Url::parse(Endpoints::default().authorization.as_str()).unwrap();
        naive
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", &scopes.to_string())
            .append_pair("state", &state)
            .append_pair("code_challenge", &parameters(&consent(CLIPS))["code_challenge"])
            .append_pair("code_challenge_method", "S256");
        if online {
            request = request.online();
        } else {
            naive.query_pairs_mut().append_pair("access_type", "offline");
        }
        if let Some(hint) = hint {
            request = request.login_hint(hint.clone());
            naive.query_pairs_mut().append_pair("login_hint", &hint);
        }
        let url = consent_with(request, &state, now()).url;
        prop_assert_eq!(url.as_str(), naive.as_str());
    }

    #[test]
    fn batches_cover_all_never_exceed_and_keep_services_together_where_they_fit(
        needed in any_scopes(),
        max_len in 300..3_000_usize,
    ) {
        let google = client();
        let len = |scopes: &Scopes| random(&google.consent(scopes)).unwrap().url.as_str().len();
        match google.consent(&needed).revision(REVISION).batches(max_len) {
            Ok(batches) => {
                let mut all = Scopes::default();
                for batch in &batches {
                    prop_assert!(!batch.is_empty() && batch.is_disjoint(&all));
                    prop_assert!(len(batch) <= max_len);
                    all.extend([batch]);
                }
                prop_assert_eq!(&all, &needed);
                for name in needed.names().map(service).collect::<BTreeSet<_>>() {
                    let is_of = |scope: &&str| service(scope) == name;
                    let of_service: String = needed
                        .to_string()
                        .split(' ')
                        .filter(|token| is_of(&&token["https://www.googleapis.com/auth/dataportability.".len()..]))
                        .collect::<Vec<_>>()
                        .join(" ");
                    let fits = len(&of_service.parse().unwrap()) <= max_len;
                    let parts = batches.iter().filter(|batch| batch.names().any(|it| is_of(&it)));
                    prop_assert!(!fits || parts.count() == 1, "{}", name);
                }
                // No two neighbors fit into one.
                for pair in batches.windows(2) {
                    let names = pair[1].names().map(service).collect::<BTreeSet<_>>();
                    let one_more = names.len() == 1 && len(&(pair[0].clone() | pair[1].clone())) <= max_len;
                    prop_assert!(!one_more);
                }
            }
            Err(ConsentError::NoScopes) => prop_assert!(needed.is_empty()),
            Err(ConsentError::TooLong { scope, .. }) => {
                prop_assert!(len(&scope.parse().unwrap()) > max_len);
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}

#[test]
fn the_shortest_url_that_fits_is_a_batch() {
    let google = client();
    let request = google.consent(CLIPS).revision(REVISION);
    let fits = random(&request).unwrap().url.as_str().len();
    assert_eq!(request.batches(fits), Ok(vec![CLIPS.into()]));
    let scope = CLIPS.to_string();
    let max_len = fits - 1;
    assert_eq!(request.batches(max_len), Err(ConsentError::TooLong { scope, max_len }));
    let all = REVISION.scopes();
    let request = google.consent(all).revision(REVISION);
    assert_eq!(request.batches(usize::MAX), Ok(vec![all.into()]));
    assert_eq!(request.already_granted(all).batches(0), Ok(vec![]));
}

#[test]
fn a_scope_that_the_revision_does_not_list_is_an_error_that_names_the_remedy() {
    let google = client();
    for revision in Revision::all() {
        for scope in Resource::all().map(Resource::scope) {
            let request = google.consent(scope).revision(revision);
            let error = request.authorize_url(now()).err().map(|it| it.to_string());
            let expected = (!scope.is_listed_in(revision)).then(|| not_listed(scope, revision));
            assert_eq!(error, expected, "{scope} {revision}");
            // What is granted is not asked for, listed or not.
            let granted = request.already_granted(scope);
            assert!(granted.authorize_url(now()).unwrap().is_none());
        }
    }
}

/// The text for a scope that the revision does not list, from the revisions that do.
fn not_listed(scope: Scope, revision: Revision) -> String {
    let listed: Vec<Revision> = Revision::all().filter(|it| scope.is_listed_in(*it)).collect();
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
    let google = client();
    let error = google.consent(Scopes::default()).authorize_url(now()).unwrap_err();
    assert_eq!(error, ConsentError::NoScopes);
    let nobody = OAuthClient::new("", CALLBACK.parse().unwrap());
    let error = nobody.consent(CLIPS).authorize_url(now()).unwrap_err();
    assert_eq!(error, ConsentError::EmptyClientId);
}

#[test]
fn a_state_and_a_code_verifier_of_the_callers_are_checked() {
    let with = |state: &str, verifier: &str| {
        let (state, verifier) = (state.to_owned(), verifier.to_owned());
        let google = client();
        let request = google.consent(CLIPS).revision(REVISION);
        let verifier = PkceCodeVerifier::new(verifier);
        request.authorize_url_with(CsrfToken::new(state), verifier, now()).err()
    };
    for state in ["", "a\n", "é"] {
        assert_eq!(with(state, VERIFIER), Some(ConsentError::State));
    }
    let (short, long) = ("a".repeat(42), "a".repeat(129));
    let (plus, accent) = (VERIFIER.replace('-', "+"), VERIFIER.replace('-', "é"));
    for verifier in ["", &short, &long, &plus, &accent] {
        assert_eq!(with("state", verifier), Some(ConsentError::CodeVerifier));
    }
    assert_eq!(with("s", &"~".repeat(43)), None);
    assert_eq!(with("~", &".".repeat(128)), None);
}

#[test]
fn each_url_has_a_state_and_a_code_verifier_of_its_own() {
    let google = client();
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let consent = random(&google.consent(CLIPS)).unwrap();
        let parameters = parameters(&consent);
        assert_eq!(&parameters["state"], consent.pending.state().secret());
        assert_eq!(parameters["state"].len(), 43);
        assert!(seen.insert(parameters["state"].clone()));
        assert!(seen.insert(parameters["code_challenge"].clone()));
    }
}
