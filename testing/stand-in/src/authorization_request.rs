//! Authorization requests: what may be asked.

use std::collections::BTreeSet;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::audit::Rule;
use crate::config::{Config, SCOPE_PREFIX};
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

/// A code challenge (RFC 7636).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) value: String,
    pub(crate) s256: bool,
}

/// An authorization request that can be put to the user.
#[derive(Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: String,
    pub(crate) project: String,
    pub(crate) app: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) login_hint: Option<String>,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) offline: bool,
    pub(crate) no_prompt: bool,
}

impl AuthorizationRequest {
    pub(crate) fn read(
        config: &Config,
        query: &str,
        now: SystemTime,
    ) -> Result<AuthorizationRequest, AuthorizationError> {
        let invalid = |reason: &str| refuse("invalid_request", Rule::InvalidGrant, reason);
        let parameters = Parameters::read(query.as_bytes()).map_err(|name| {
            invalid(&format!("OAuth 2 parameters can only have a single value: {name:?}"))
        })?;
        let required = |name: &str| {
            parameters
                .get(name)
                .ok_or_else(|| invalid(&format!("Required parameter is missing: {name}")))
        };

        let client_id = required("client_id")?;
        let client =
            config.clients.iter().find(|client| client.id == client_id).ok_or_else(|| {
                refuse("invalid_client", Rule::InvalidGrant, "The OAuth client was not found.")
            })?;
        let redirect_uri = required("redirect_uri")?;
        if !client.redirect_uris.iter().any(|uri| uri == redirect_uri) {
            return Err(refuse(
                "redirect_uri_mismatch",
                Rule::RedirectUriMismatch,
                &format!("{redirect_uri:?} is not a redirect URI that the client has registered."),
            ));
        }
        if required("response_type")? != "code" {
            return Err(refuse(
                "unsupported_response_type",
                Rule::InvalidGrant,
                "Only response_type=code is supported.",
            ));
        }
        let offline = match parameters.get("access_type") {
            None | Some("online") => false,
            Some("offline") => true,
            Some(other) => return Err(invalid(&format!("Invalid access_type: {other:?}"))),
        };
        let scopes = read_scopes(config, required("scope")?, now)?;
        if parameters.get("include_granted_scopes") == Some("true") {
            return Err(refuse("invalid_request", Rule::IncrementalAuthorization, INCREMENTAL));
        }
        let prompts: Vec<&str> =
            parameters.get("prompt").map(|prompt| prompt.split(' ').collect()).unwrap_or_default();
        let known = |prompt: &&str| ["none", "consent", "select_account"].contains(prompt);
        if !prompts.iter().all(known) || (prompts.contains(&"none") && prompts.len() > 1) {
            return Err(invalid("Invalid prompt: it is none, or consent and select_account."));
        }
        Ok(AuthorizationRequest {
            client_id: client.id.clone(),
            project: client.project.clone(),
            app: client.name.clone(),
            scopes,
            login_hint: parameters.get("login_hint").map(str::to_owned),
            redirect_uri: redirect_uri.to_owned(),
            state: parameters.get("state").map(str::to_owned),
            challenge: read_challenge(&parameters)?,
            offline,
            no_prompt: prompts.contains(&"none"),
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

pub(crate) const INCREMENTAL: &str = "Incremental auth is not allowed for the requested scopes";

pub(crate) fn refuse(error: &str, rule: Rule, reason: &str) -> AuthorizationError {
    AuthorizationError { error: error.to_owned(), reason: reason.to_owned(), rule }
}

fn read_scopes(
    config: &Config,
    value: &str,
    now: SystemTime,
) -> Result<BTreeSet<String>, AuthorizationError> {
    let scopes: BTreeSet<String> =
        value.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
    let is_listed = |scope: &str| {
        scope
            .strip_prefix(SCOPE_PREFIX)
            .is_some_and(|group| config.resources.iter().any(|it| it.group == group))
    };
    let is_foreign = |scope: &str| {
        matches!(scope, "openid" | "email" | "profile")
            || (scope.starts_with("https://www.googleapis.com/auth/")
                && !scope.starts_with(SCOPE_PREFIX))
    };
    if scopes.iter().any(|scope| is_foreign(scope)) && scopes.iter().any(|scope| is_listed(scope)) {
        return Err(refuse(
            "invalid_request",
            Rule::MixedScopes,
            "Data Portability scopes cannot be requested together with other scopes.",
        ));
    }
    let unknown: Vec<&String> = scopes.iter().filter(|scope| !is_listed(scope)).collect();
    let is_withdrawn = |scope: &&String| {
        let group = scope.strip_prefix(SCOPE_PREFIX).unwrap_or_default();
        config.events.is_withdrawn(group, now)
    };
    if unknown.is_empty() {
        if let Some(withdrawn) = scopes.iter().find(is_withdrawn) {
            let reason = format!("Some requested scopes were invalid: {withdrawn:?}");
            return Err(refuse("invalid_scope", Rule::WithdrawnResource, &reason));
        }
    }
    if !unknown.is_empty() || scopes.is_empty() {
        return Err(refuse(
            "invalid_scope",
            Rule::UnknownScope,
            &format!("Some requested scopes were invalid: {unknown:?}"),
        ));
    }
    Ok(scopes)
}

fn read_challenge(parameters: &Parameters) -> Result<Option<Challenge>, AuthorizationError> {
    let invalid = |reason: &str| refuse("invalid_request", Rule::InvalidGrant, reason);
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
