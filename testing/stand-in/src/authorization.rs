//! The authorization endpoint: what may be asked, and what the user decided.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use http::{Request, Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::audit::Rule;
use crate::config::{Config, SCOPE_PREFIX};
use crate::google::{Google, is_own_form};
use crate::parameters::{self, Parameters};
use crate::{pages, reply};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long after its first job one-time access is reset.
pub(crate) const RESET_AFTER: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How long a code can be exchanged.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// For how long the user gives access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// For one export.
    OneTime,
    /// For 30 days.
    Days30,
    /// For 180 days.
    Days180,
}

impl Access {
    pub(crate) const ALL: [Access; 3] = [Access::OneTime, Access::Days30, Access::Days180];

    /// How long time-based access lasts.
    fn duration(self) -> Option<Duration> {
        match self {
            Access::OneTime => None,
            Access::Days30 => Some(DAY * 30),
            Access::Days180 => Some(DAY * 180),
        }
    }

    pub(crate) fn is_one_time(self) -> bool {
        self == Access::OneTime
    }

    /// The value of the form field.
    pub(crate) fn value(self) -> &'static str {
        match self {
            Access::OneTime => "one-time",
            Access::Days30 => "30-days",
            Access::Days180 => "180-days",
        }
    }
}

/// What the user decides on the consent page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The e-mail address of the account.
    pub account: String,
    /// What the user ticks.
    pub granted: Granted,
    /// For how long.
    pub access: Access,
}

/// What the user ticks on the consent page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// Everything that was requested.
    All,
    /// These scopes. What was not requested is not granted.
    Scopes(BTreeSet<String>),
    /// Nothing: the user declines.
    None,
}

/// Why an authorization request is not put to the user. Google shows an error page instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Error 400: {error}. {reason}")]
#[non_exhaustive]
pub struct AuthorizationError {
    /// The error code, such as `invalid_scope`.
    pub error: String,
    /// What is wrong, as the page says it.
    pub reason: String,
    rule: Rule,
}

/// What a user agreed to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Consent {
    pub(crate) client_id: String,
    pub(crate) project: String,
    pub(crate) account: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) access: Access,
    pub(crate) offline: bool,
    pub(crate) given_at: SystemTime,
    /// How long the refresh token lasts, if that is limited.
    pub(crate) lifetime: Option<Duration>,
    pub(crate) first_initiate: Option<SystemTime>,
}

impl Consent {
    /// When the consent ends by itself.
    pub(crate) fn ends(&self) -> Option<SystemTime> {
        let expires = self.lifetime.map(|lifetime| self.given_at + lifetime);
        let reset = self
            .first_initiate
            .filter(|_| self.access.is_one_time())
            .map(|first| first + RESET_AFTER);
        [expires, reset].into_iter().flatten().min()
    }

    pub(crate) fn covers(&self, group: &str) -> bool {
        self.scopes.contains(&format!("{SCOPE_PREFIX}{group}"))
    }

    /// The scopes as one value.
    pub(crate) fn scope(&self) -> String {
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        scopes.join(" ")
    }
}

/// A code that was given out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) consent: u64,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) expires: SystemTime,
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
    redirect_uri: String,
    state: Option<String>,
    challenge: Option<Challenge>,
    offline: bool,
    no_prompt: bool,
}

impl AuthorizationRequest {
    fn read(
        config: &Config,
        query: &str,
        now: SystemTime,
    ) -> Result<AuthorizationRequest, AuthorizationError> {
        let invalid = |reason: &str| refuse("invalid_request", Rule::InvalidGrant, reason);
        let parameters = Parameters::read(query.as_bytes()).map_err(|name| {
            invalid(&format!(
                "OAuth 2 parameters can only have a single value: {name:?}"
            ))
        })?;
        let required = |name: &str| {
            parameters
                .get(name)
                .ok_or_else(|| invalid(&format!("Required parameter is missing: {name}")))
        };

        let client_id = required("client_id")?;
        let client = config
            .clients
            .iter()
            .find(|client| client.id == client_id)
            .ok_or_else(|| {
                refuse(
                    "invalid_client",
                    Rule::InvalidGrant,
                    "The OAuth client was not found.",
                )
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
            return Err(refuse(
                "invalid_request",
                Rule::IncrementalAuthorization,
                INCREMENTAL,
            ));
        }
        let prompts: Vec<&str> = parameters
            .get("prompt")
            .map(|prompt| prompt.split(' ').collect())
            .unwrap_or_default();
        let known = |prompt: &&str| ["none", "consent", "select_account"].contains(prompt);
        if !prompts.iter().all(known) || (prompts.contains(&"none") && prompts.len() > 1) {
            return Err(invalid(
                "Invalid prompt: it is none, or consent and select_account.",
            ));
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
    fn callback(&self, config: &Config, parameters: &[(&str, &str)]) -> String {
        let state = self.state.as_deref().map(|state| ("state", state));
        let issuer = config.issuer.as_deref().map(|issuer| ("iss", issuer));
        let query = parameters::query(
            state
                .into_iter()
                .chain(issuer)
                .chain(parameters.iter().copied()),
        );
        let separator = if self.redirect_uri.contains('?') {
            '&'
        } else {
            '?'
        };
        format!("{}{separator}{query}", self.redirect_uri)
    }
}

const INCREMENTAL: &str = "Incremental auth is not allowed for the requested scopes";

fn refuse(error: &str, rule: Rule, reason: &str) -> AuthorizationError {
    AuthorizationError {
        error: error.to_owned(),
        reason: reason.to_owned(),
        rule,
    }
}

fn read_scopes(
    config: &Config,
    value: &str,
    now: SystemTime,
) -> Result<BTreeSet<String>, AuthorizationError> {
    let scopes: BTreeSet<String> = value
        .split(' ')
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect();
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
    Ok(Some(Challenge {
        value: value.to_owned(),
        s256,
    }))
}

/// Returns whether a text has the form of a verifier, or of a challenge (RFC 7636, sections 4.1 and 4.2).
pub(crate) fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

impl Google {
    /// Puts an authorization request to the user and returns the callback: the redirect URI with a code, or with an error
    /// if the user declines. This is what a browser does with the consent page.
    ///
    /// The origin of `authorization_url` does not matter.
    ///
    /// # Errors
    ///
    /// Fails if Google would show an error page instead of asking the user or of sending the user back.
    pub fn decide(
        &mut self,
        authorization_url: &str,
        decision: &Decision,
        now: SystemTime,
    ) -> Result<String, AuthorizationError> {
        self.expire(now);
        let (_, query) = authorization_url
            .split_once('?')
            .unwrap_or((authorization_url, ""));
        let length = authorization_url
            .split_once("://")
            .and_then(|(_, rest)| rest.find('/').map(|start| rest.len() - start))
            .unwrap_or(authorization_url.len());
        self.read_request(query, length, now)
            .and_then(|request| self.settle(&request, decision, now))
    }

    /// The consent page.
    pub(crate) fn ask(&mut self, request: &Request<Vec<u8>>, now: SystemTime) -> Response<Vec<u8>> {
        let query = request.uri().query().unwrap_or_default();
        let length = request
            .uri()
            .path_and_query()
            .map_or(0, |it| it.as_str().len());
        let asked = match self.read_request(query, length, now) {
            Ok(asked) => asked,
            Err(error) => return error_page(&error),
        };
        if asked.no_prompt {
            let parameters = [("error", "interaction_required")];
            return reply::redirect(&asked.callback(&self.config, &parameters));
        }
        // With one account, or one that the app names, the user need not choose first.
        let account = match &*self.config.accounts {
            [only] => Some(only.clone()),
            accounts => asked
                .login_hint
                .clone()
                .filter(|hint| accounts.contains(hint)),
        };
        if let Some(account) = account {
            if let Err(error) = self.check_new(&asked, &account, now) {
                return error_page(&error);
            }
        }
        reply::page(StatusCode::OK, pages::consent(&self.config, &asked, query))
    }

    /// The user's decision, from the consent page.
    pub(crate) fn answer(
        &mut self,
        request: &Request<Vec<u8>>,
        now: SystemTime,
    ) -> Response<Vec<u8>> {
        if !is_own_form(request) {
            return reply::page(StatusCode::FORBIDDEN, pages::foreign_form());
        }
        let mut query = String::new();
        let mut ticked = BTreeSet::new();
        let (mut all, mut allowed) = (false, false);
        let mut account = String::new();
        let mut access = Access::OneTime;
        for (name, value) in form_urlencoded::parse(request.body()) {
            match &*name {
                "request" => query = value.into_owned(),
                "scope" => {
                    ticked.insert(value.into_owned());
                }
                "all" => all = true,
                "account" => account = value.into_owned(),
                "access" => {
                    access = Access::ALL
                        .into_iter()
                        .find(|access| access.value() == value)
                        .unwrap_or(Access::OneTime);
                }
                "decision" => allowed = value == "allow",
                _ => {}
            }
        }
        let granted = match (allowed, all) {
            (false, _) => Granted::None,
            (true, true) => Granted::All,
            (true, false) => Granted::Scopes(ticked),
        };
        let decision = Decision {
            account,
            granted,
            access,
        };
        let settled = AuthorizationRequest::read(&self.config, &query, now)
            .and_then(|asked| self.settle(&asked, &decision, now));
        match settled {
            Ok(callback) => reply::redirect(&callback),
            Err(error) => error_page(&error),
        }
    }

    /// Reads an authorization request and records what is wrong with it.
    fn read_request(
        &mut self,
        query: &str,
        length: usize,
        now: SystemTime,
    ) -> Result<AuthorizationRequest, AuthorizationError> {
        let limit = self.config.max_url_length;
        let read = if length > limit {
            Err(refuse(
                "invalid_request",
                Rule::UrlTooLong,
                &format!("The URL is too long: {length} bytes, where {limit} are possible."),
            ))
        } else {
            AuthorizationRequest::read(&self.config, query, now)
        };
        match &read {
            Ok(request) => {
                if request.state.is_none() {
                    self.find(now, None, Rule::MissingState, "no state");
                }
                if !request.challenge.as_ref().is_some_and(|it| it.s256) {
                    self.find(now, None, Rule::MissingPkce, "no code_challenge with S256");
                }
            }
            Err(error) => self.find(now, None, error.rule, &error.reason),
        }
        read
    }

    /// Fails if the project has some of the scopes already from the account.
    fn check_new(
        &mut self,
        asked: &AuthorizationRequest,
        account: &str,
        now: SystemTime,
    ) -> Result<(), AuthorizationError> {
        let granted = self
            .consents
            .values()
            .filter(|consent| consent.account == account && consent.project == asked.project)
            .flat_map(|consent| &consent.scopes)
            .find(|scope| asked.scopes.contains(*scope))
            .cloned();
        match granted {
            None => Ok(()),
            Some(scope) => {
                let text = format!("{scope} was requested, which the project already has");
                self.find(now, Some(account), Rule::AlreadyGranted, &text);
                Err(refuse("invalid_request", Rule::AlreadyGranted, INCREMENTAL))
            }
        }
    }

    /// Carries out what the user decided and returns the callback.
    fn settle(
        &mut self,
        asked: &AuthorizationRequest,
        decision: &Decision,
        now: SystemTime,
    ) -> Result<String, AuthorizationError> {
        let account = &decision.account;
        if !self.config.accounts.contains(account) {
            return Err(refuse(
                "invalid_request",
                Rule::InvalidGrant,
                &format!("There is no account {account:?}. Choose one that exists."),
            ));
        }
        let scopes: BTreeSet<String> = match &decision.granted {
            Granted::All => asked.scopes.clone(),
            Granted::Scopes(ticked) => asked.scopes.intersection(ticked).cloned().collect(),
            Granted::None => BTreeSet::new(),
        };
        if scopes.is_empty() {
            return Ok(asked.callback(&self.config, &[("error", "access_denied")]));
        }
        self.check_new(asked, account, now)?;

        let testing = self.config.testing.then_some(DAY * 7);
        let lifetime = [decision.access.duration(), testing]
            .into_iter()
            .flatten()
            .min();
        let consent = Consent {
            client_id: asked.client_id.clone(),
            project: asked.project.clone(),
            account: account.clone(),
            scopes,
            access: decision.access,
            offline: asked.offline,
            given_at: now,
            lifetime,
            first_initiate: None,
        };
        let scope = consent.scope();
        let number = self.add_consent(consent);
        self.audit
            .count(Some(account), |counts| counts.consents += 1);
        let code = format!("4/0A{}", self.draw_text(60));
        self.codes.insert(
            code.clone(),
            Code {
                consent: number,
                redirect_uri: asked.redirect_uri.clone(),
                challenge: asked.challenge.clone(),
                expires: now + CODE_LIFETIME,
            },
        );
        let parameters = [
            ("code", &*code),
            ("scope", &*scope),
            ("authuser", "0"),
            ("prompt", "consent"),
        ];
        Ok(asked.callback(&self.config, &parameters))
    }
}

fn error_page(error: &AuthorizationError) -> Response<Vec<u8>> {
    reply::page(StatusCode::BAD_REQUEST, pages::refused(error))
}
