//! Authorization requests: what may be asked.

use std::collections::BTreeSet;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::audit::Rule;
use crate::config::{Client, Config, SCOPE_PREFIX};
use crate::parameters::{self, Parameters};

/// Why an authorization request is not put to the user. Google shows an error page instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Error 400: {error}. {reason}")]
#[non_exhaustive]
pub struct AuthorizationError {
    /// The error code, such as `invalid_scope`.
    pub error: String,
    /// What is wrong, as the page says it.
    pub reason: String,
    pub(crate) rule: Rule,
}

/// What an authorization request leads to.
pub(crate) type Asked<T> = Result<T, AuthorizationError>;

/// A code challenge (RFC 7636).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) value: String,
    pub(crate) s256: bool,
}

/// An authorization request that can be put to the user.
#[derive(Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client: Client,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) offline: bool,
    pub(crate) no_prompt: bool,
}

impl AuthorizationRequest {
    pub(crate) fn read(config: &Config, query: &str, now: SystemTime) -> Asked<Self> {
        let parameters = Parameters::read(query.as_bytes()).map_err(|name| {
            invalid(format!("OAuth 2 parameters can only have a single value: {name:?}"))
        })?;
        let required = |name: &str| {
            let missing = || invalid(format!("Required parameter is missing: {name}"));
            parameters.get(name).ok_or_else(missing)
        };

        let client_id = required("client_id")?;
        let client = config.clients.iter().find(|client| client.id == client_id);
        let client = client.ok_or_else(|| {
            refuse("invalid_client", Rule::InvalidGrant, "The OAuth client was not found.")
        })?;
        let redirect_uri = required("redirect_uri")?;
        if !client.redirect_uris.iter().any(|uri| uri == redirect_uri) {
            let reason =
                format!("{redirect_uri:?} is not a redirect URI that the client has registered.");
            return Err(refuse("redirect_uri_mismatch", Rule::RedirectUriMismatch, reason));
        }
        if required("response_type")? != "code" {
            let reason = "Only response_type=code is supported.";
            return Err(refuse("unsupported_response_type", Rule::InvalidGrant, reason));
        }
        let offline = match parameters.get("access_type") {
            None | Some("online") => false,
            Some("offline") => true,
            Some(other) => return Err(invalid(format!("Invalid access_type: {other:?}"))),
        };
        let scopes = read_scopes(config, required("scope")?, now)?;
        if parameters.get("include_granted_scopes") == Some("true") {
            return Err(refuse("invalid_request", Rule::IncrementalAuthorization, INCREMENTAL));
        }
        let no_prompt = match parameters.get("prompt") {
            Some("none") => true,
            Some(prompts) if prompts.split(' ').all(|it| PROMPTS.contains(&it)) => false,
            None => false,
            Some(_) => {
                return Err(invalid("Invalid prompt: it is none, or consent and select_account."));
            }
        };
        Ok(AuthorizationRequest {
            client: client.clone(),
            scopes,
            login_hint: parameters.get("login_hint").map(str::to_owned),
            redirect_uri: redirect_uri.to_owned(),
            state: parameters.get("state").map(str::to_owned),
            challenge: read_challenge(&parameters)?,
            offline,
            no_prompt,
        })
    }

    /// The callback with the given parameters and those that every callback has.
    pub(crate) fn callback(&self, config: &Config, parameters: &[(&str, &str)]) -> String {
        let state = self.state.as_deref().map(|state| ("state", state));
        let issuer = config.issuer.as_deref().map(|issuer| ("iss", issuer));
        let query =
            parameters::query(state.into_iter().chain(issuer).chain(parameters.iter().copied()));
        let separator = if self.redirect_uri.contains('?') { '&' } else { '?' };
        format!("{}{separator}{query}", self.redirect_uri)
    }
}

const PROMPTS: [&str; 2] = ["consent", "select_account"];

pub(crate) const INCREMENTAL: &str = "Incremental auth is not allowed for the requested scopes";

pub(crate) fn refuse(error: &str, rule: Rule, reason: impl Into<String>) -> AuthorizationError {
    AuthorizationError { error: error.to_owned(), reason: reason.into(), rule }
}

fn invalid(reason: impl Into<String>) -> AuthorizationError {
    refuse("invalid_request", Rule::InvalidGrant, reason)
}

fn read_scopes(config: &Config, value: &str, now: SystemTime) -> Asked<BTreeSet<String>> {
    let scopes: BTreeSet<String> =
        value.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    let is_listed = |scope: &String| config.resources.iter().any(|it| it.scope() == *scope);
    let is_foreign = |scope: &String| {
        let is_googles = scope.starts_with("https://www.googleapis.com/auth/");
        matches!(&**scope, "openid" | "email" | "profile")
            || is_googles && !scope.starts_with(SCOPE_PREFIX)
    };
    if scopes.iter().any(is_foreign) && scopes.iter().any(is_listed) {
        let reason = "Data Portability scopes cannot be requested together with other scopes.";
        return Err(refuse("invalid_request", Rule::MixedScopes, reason));
    }
    let is_withdrawn = |scope: &&String| {
        let group = scope.strip_prefix(SCOPE_PREFIX);
        group.is_some_and(|group| config.events.is_withdrawn(group, now))
    };
    let mut rule = Rule::UnknownScope;
    let mut wrong: Vec<&String> = scopes.iter().filter(|scope| !is_listed(scope)).collect();
    if wrong.is_empty() && !scopes.is_empty() {
        rule = Rule::WithdrawnResource;
        wrong = scopes.iter().filter(is_withdrawn).collect();
        if wrong.is_empty() {
            return Ok(scopes);
        }
    }
    Err(refuse("invalid_scope", rule, format!("Some requested scopes were invalid: {wrong:?}")))
}

fn read_challenge(parameters: &Parameters) -> Asked<Option<Challenge>> {
    let Some(value) = parameters.get("code_challenge") else {
        return Ok(None);
    };
    let s256 = match parameters.get("code_challenge_method") {
        Some("S256") => true,
        None | Some("plain") => false,
        Some(_) => return Err(invalid("Invalid code_challenge_method.")),
    };
    if !is_verifier(value) {
        return Err(invalid("Invalid code_challenge."));
    }
    Ok(Some(Challenge { value: value.to_owned(), s256 }))
}

/// Returns whether a text has the form of a verifier, or of a challenge (RFC 7636, sections 4.1 and
/// 4.2).
pub(crate) fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
