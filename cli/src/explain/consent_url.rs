//! Consent URLs, callback URLs and addresses of the API.

use std::collections::BTreeMap;

use dataportability_scopes::consent::RedirectUri;
use url::Url;
use url::form_urlencoded;

use super::{Explanation, What, error};
use crate::finding::{Finding, IMPLICIT_FLOW, INCREMENTAL, Kind, Side, is_of_api};
use crate::scope_list::ScopeList;

/// From this length on, the length may be why Google refuses a URL.
const LONG: usize = 4_000;

/// The parameters of a URL, by name.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// Returns a value that is not empty.
    fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Adds a finding for each parameter that is there more than once.
    fn find_repeated(&self, explanation: &mut Explanation) {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, _) in &self.0 {
            *counts.entry(name).or_default() += 1;
        }
        for (name, _) in counts.into_iter().filter(|(_, count)| *count > 1) {
            // The name may be a part of a secret that was pasted badly.
            let shown = if is_parameter(name) { name } else { "a parameter" };
            explanation.find(
                Kind::RepeatedParameter,
                format!("{shown} appears more than once: servers read the first, the last or none"),
            );
        }
    }
}

fn is_parameter(name: &str) -> bool {
    name.len() < 40 && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())
}

/// Explains a URL by its parameters. Returns `None` if it is none of an authorization.
pub(crate) fn explain(url: &Url) -> Option<Explanation> {
    if url.host_str() == Some("dataportability.googleapis.com") {
        let mut explanation = Explanation::new(What::Unknown);
        explanation.note("an address of the Data Portability API");
        let findings = crate::api_path::findings(url.as_str());
        explanation.findings.extend(findings.into_iter().map(|(_, finding)| finding));
        return Some(explanation);
    }
    let query = Parameters(url.query_pairs().into_owned().collect());
    let fragment = url.fragment().unwrap_or_default();
    let fragment = Parameters(form_urlencoded::parse(fragment.as_bytes()).into_owned().collect());
    let has = |names: &[&str]| names.iter().any(|name| query.get(name).is_some());
    if has(&["client_id", "response_type", "redirect_uri"]) {
        Some(consent(url, &query))
    } else if has(&["code", "error"]) || fragment.get("access_token").is_some() {
        Some(callback(url, &query, &fragment))
    } else if has(&["scope"]) {
        Some(consent(url, &query))
    } else {
        None
    }
}

fn consent(url: &Url, query: &Parameters) -> Explanation {
    let mut explanation = Explanation::new(What::ConsentUrl);
    let value = query.get("scope").unwrap_or_default();
    if value.to_ascii_lowercase().contains("%2f") {
        explanation.find(Kind::MalformedScope, "the scope value is percent-encoded twice");
    }
    let list = ScopeList::read(value);
    if list.tokens.is_empty() {
        explanation.find(Kind::MalformedScope, "the URL asks for no scope");
    }
    explanation.findings.extend(list.separator());
    explanation.add_scopes(&list, Side::Asked);
    query.find_repeated(&mut explanation);
    match query.get("include_granted_scopes") {
        None => {}
        Some(value) if value.eq_ignore_ascii_case("false") => {}
        Some(_) => explanation.find(Kind::IncludeGrantedScopes, INCREMENTAL),
    }
    if query.filled("state").is_none() {
        explanation.find(
            Kind::NoState,
            "without a state, a forged callback looks like a real one: send a random state with \
             each request, and compare it",
        );
    }
    let method = query.get("code_challenge_method");
    if query.filled("code_challenge").is_none() {
        explanation.find(
            Kind::NoPkce,
            "without a code_challenge, a stolen code works: use PKCE with S256 (RFC 9700)",
        );
    } else if method != Some("S256") {
        explanation.find(
            Kind::NoPkce,
            "the code challenge is the verifier itself; use code_challenge_method=S256",
        );
    }
    match query.get("response_type") {
        Some("code") => {}
        None => explanation.note("no response_type: Google wants code"),
        Some(_) => explanation.find(Kind::ImplicitFlow, IMPLICIT_FLOW),
    }
    match query.filled("redirect_uri") {
        None => explanation
            .find(Kind::RedirectUri, "without a redirect_uri, Google cannot send the user back"),
        Some(uri) => explanation.findings.extend(of_redirect_uri(uri)),
    }
    if query.filled("client_id").is_none() {
        explanation.note("no client_id: Google does not know whose request it is");
    }
    if query.get("access_type") != Some("offline") {
        explanation.note(
            "no access_type=offline: the token expires in an hour, and exports take hours or days",
        );
    }
    if url.as_str().len() > LONG {
        explanation.note(format!(
            "it has {} characters: Google publishes no limit, and answers a URL that is too long \
             with a bare error 400; ask for fewer scopes at a time if that happens",
            url.as_str().len()
        ));
    }
    explanation
}

/// Returns what is wrong with a redirect URI. Mobile apps may have one with a scheme of their own.
fn of_redirect_uri(uri: &str) -> Option<Finding> {
    let is_own_scheme = uri
        .split_once(':')
        .is_some_and(|(scheme, _)| scheme.contains('.') && !scheme.contains('/'));
    let error = uri.parse::<RedirectUri>().err()?;
    (!is_own_scheme).then(|| Finding::new(Kind::RedirectUri, error.to_string()))
}

fn callback(url: &Url, query: &Parameters, fragment: &Parameters) -> Explanation {
    let mut explanation = Explanation::new(What::CallbackUrl);
    query.find_repeated(&mut explanation);
    let parameters = if fragment.get("access_token").is_some() {
        explanation.find(Kind::ImplicitFlow, IMPLICIT_FLOW);
        fragment
    } else {
        query
    };
    if parameters.filled("state").is_none() {
        explanation.find(Kind::NoState, "without a state, a forged callback looks like a real one");
    }
    let mut address = url.clone();
    address.set_query(None);
    address.set_fragment(None);
    // Without its parameters it is what was asked for, unless only a query was pasted.
    if url.host_str() != Some("localhost") {
        explanation.findings.extend(of_redirect_uri(address.as_str()));
    }
    if let Some(code) = parameters.get("error") {
        if !error::explain(code, &mut explanation) {
            explanation.note("Google sent an error back instead of a code");
        }
    } else if query.get("code").is_some() {
        explanation.note("the code can be exchanged once, within minutes");
    }
    if let Some(issuer) = query.get("iss") {
        if issuer != "https://accounts.google.com" {
            explanation.note("iss is not https://accounts.google.com: not from Google");
        }
    }
    match parameters.get("scope") {
        None => explanation.note("it does not say what was granted; the token response does"),
        Some(value) => {
            let list = ScopeList::read(value);
            explanation.add_scopes(&list, Side::Granted);
            if !list.tokens.iter().any(|token| is_of_api(token)) {
                explanation.note("no scope of this API was granted");
            }
        }
    }
    explanation
}
