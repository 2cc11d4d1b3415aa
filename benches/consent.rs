//! Making a consent URL of one, eight and all scopes, compared with `oauth2`'s own builder given
//! the same strings, and with the least that any builder does: randomness, SHA-256 and one copy of
//! the bytes.

mod measure;

use std::time::SystemTime;

use dataportability_scopes::call::Endpoints;
use dataportability_scopes::catalogue::{Revision, Scope as Known, ScopeSet};
use dataportability_scopes::consent::{AuthorizationUrl, ConsentRequest, OAuthClient};
use dataportability_scopes::oauth2::basic::BasicClient;
use dataportability_scopes::oauth2::{
    AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use url::Url;

use measure::{Question, each, order};

const CLIENT_ID: &str = "1234.apps.googleusercontent.com";
const REDIRECT_URI: &str = "https://app.example.com/callback";
const DRAWS: usize = 64;

fn main() {
    let all: Vec<_> = Revision::NEWEST.scopes().iter().collect();
    let mut random = fastrand::Rng::with_seed(5);
    let mut sets_of = |len| -> Vec<ScopeSet> {
        let mut set = || random.choose_multiple(&all, len).into_iter().copied().collect();
        (0..DRAWS).map(|_| set()).collect()
    };
    let (one, eight, all) = (sets_of(1), sets_of(8), sets_of(all.len()));
    let order = order(DRAWS, DRAWS);

    let client = BasicClient::new(ClientId::new(CLIENT_ID.into()))
        .set_auth_uri(AuthUrl::new(Endpoints::default().authorization.to_string()).unwrap())
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.into()).unwrap());
    let by_oauth2 = |scopes: &Vec<&str>| {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = client
            .authorize_url(|| CsrfToken::new_random_len(32))
            .add_scopes(scopes.iter().map(|&scope| Scope::new(scope.into())))
            .set_pkce_challenge(challenge)
            .add_extra_param("access_type", "offline")
            .url();
        (url, state, verifier)
    };
    let google = OAuthClient::new(CLIENT_ID, REDIRECT_URI.parse().unwrap());
    let requests = |sets: &[ScopeSet]| -> Vec<ConsentRequest<'_>> {
        sets.iter().map(|set| google.consent(*set)).collect()
    };
    let url = ours(&requests(&all)[0]);
    assert_eq!(
        sorted_names(&url.as_str().parse().unwrap()),
        sorted_names(&by_oauth2(&strings(&all)[0]).0)
    );

    let verifier = PkceCodeVerifier::new("v".repeat(43));
    let randomness = || (CsrfToken::new_random_len(32), CsrfToken::new_random_len(32));
    let sha256 = || PkceCodeChallenge::from_code_verifier_sha256(&verifier);

    let mut question = Question::new("consent", DRAWS, "URL");
    for (sets, name, other_name) in
        [(&one, "one", "oauth2-one"), (&eight, "eight", "oauth2-eight"), (&all, "all", "oauth2")]
    {
        let (requests, strings, order) = (requests(sets), strings(sets), &order);
        question = question
            .way(name, move || each(&requests, order, ours))
            .way(other_name, move || each(&strings, order, by_oauth2));
    }
    let question =
        question.way("floor", || each(&all, &order, |_| (randomness(), sha256(), url.clone())));
    question.answer(&[
        ("one", "oauth2-one"),
        ("eight", "oauth2-eight"),
        ("all", "oauth2"),
        ("all", "floor"),
    ]);
}

fn ours(request: &ConsentRequest<'_>) -> AuthorizationUrl {
    let consent = request.authorize_url(SystemTime::now());
    consent.unwrap().expect("nothing is granted").url
}

fn strings(sets: &[ScopeSet]) -> Vec<Vec<&'static str>> {
    let strings = |set: &ScopeSet| set.iter().map(Known::as_str).collect();
    sets.iter().map(strings).collect()
}

fn sorted_names(url: &Url) -> Vec<String> {
    let mut names: Vec<String> = url.query_pairs().map(|(name, _)| name.into()).collect();
    names.sort();
    names
}
