//! The authorization endpoint: what the user decides, and what comes of it.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use http::Method;
use serde::{Deserialize, Serialize};

use crate::audit::Rule;
use crate::authorization_request::{
    Asked, AuthorizationError, AuthorizationRequest, Challenge, INCREMENTAL, refuse,
};
use crate::config::SCOPE_PREFIX;
use crate::google::Google;
use crate::pages;
use crate::reply::{self, Request, Response};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long after its first job one-time access is reset.
const RESET_AFTER: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// The longest authorization URL that is accepted, in bytes from the path on.
const MAX_URL_LENGTH: usize = 8192;

/// How long a code can be exchanged.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// For how long the user gives access. The names are those of the consent page's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// For one export.
    OneTime,
    /// For 30 days.
    #[serde(rename = "30-days")]
    Days30,
    /// For 180 days.
    #[serde(rename = "180-days")]
    Days180,
}

impl Access {
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

/// What a user agreed to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Consent {
    pub(crate) number: u64,
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
    /// A person, as a client knows them.
    pub(crate) fn person(&self) -> String {
        format!("{} {}", self.account, self.client_id)
    }

    /// When the refresh token expires.
    pub(crate) fn expires(&self) -> Option<SystemTime> {
        self.lifetime.map(|lifetime| self.given_at + lifetime)
    }

    /// When one-time access is reset.
    pub(crate) fn reset_at(&self) -> Option<SystemTime> {
        let first = self.first_initiate.filter(|_| self.access.is_one_time());
        first.map(|first| first + RESET_AFTER)
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

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) consent: u64,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) expires: SystemTime,
}

impl Google {
    /// Puts an authorization request to the user and returns the callback: the redirect URI with a
    /// code, or with an error if the user declines. This is what a browser does with the consent
    /// page.
    ///
    /// The origin of `authorization_url` does not matter.
    ///
    /// # Errors
    ///
    /// Fails if Google would show an error page instead of asking the user or of sending the user
    /// back.
    pub fn decide(
        &mut self,
        authorization_url: &str,
        decision: &Decision,
        now: SystemTime,
    ) -> Result<String, AuthorizationError> {
        self.expire(now);
        let (_, query) = authorization_url.split_once('?').unwrap_or_default();
        let request = self.read_request(query, now)?;
        self.settle(&request, decision, now)
    }

    /// The authorization endpoint: the consent page, and the form on it.
    pub(crate) fn authorize(&mut self, request: &Request, now: SystemTime) -> Response {
        let response = match *request.method() {
            Method::GET => self.ask(request.uri().query().unwrap_or_default(), now),
            _ => self.answer(request.body(), now),
        };
        response.unwrap_or_else(|error| reply::page(400, pages::refused(&error)))
    }

    fn ask(&mut self, query: &str, now: SystemTime) -> Asked<Response> {
        let asked = self.read_request(query, now)?;
        if asked.no_prompt {
            let parameters = [("error", "interaction_required")];
            return Ok(reply::redirect(&asked.callback(&self.config, &parameters)));
        }
        // With one account, or one that the app names, the user need not choose first.
        let account = match &*self.config.accounts {
            [only] => Some(only.clone()),
            accounts => asked.login_hint.clone().filter(|hint| accounts.contains(hint)),
        };
        if let Some(account) = account {
            self.check_new(&asked, &account, now)?;
        }
        Ok(reply::page(200, pages::consent(&self.config, &asked, query)))
    }

    fn answer(&mut self, form: &[u8], now: SystemTime) -> Asked<Response> {
        let fields: Vec<_> = form_urlencoded::parse(form).into_owned().collect();
        let values = |name: &'static str| {
            fields.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.clone())
        };
        let value = |name| values(name).next().unwrap_or_default();
        let granted = if value("decision") != "allow" {
            Granted::None
        } else if values("all").next().is_some() {
            Granted::All
        } else {
            Granted::Scopes(values("scope").collect())
        };
        let access = serde_json::from_value(value("access").into()).unwrap_or(Access::OneTime);
        let decision = Decision { account: value("account"), granted, access };
        // A double click sends the form twice, and the browser shows the second response.
        if let Some((_, callback)) = self.last_decision.as_ref().filter(|it| it.0 == form) {
            return Ok(reply::redirect(callback));
        }
        let asked = AuthorizationRequest::read(&self.config, &value("request"), now)?;
        let callback = self.settle(&asked, &decision, now)?;
        self.last_decision = Some((form.to_owned(), callback.clone()));
        Ok(reply::redirect(&callback))
    }

    /// Reads an authorization request and records what is wrong with it.
    fn read_request(&mut self, query: &str, now: SystemTime) -> Asked<AuthorizationRequest> {
        let length = "/o/oauth2/v2/auth?".len() + query.len();
        let read = if length > MAX_URL_LENGTH {
            let bytes = format!("{length} bytes, where {MAX_URL_LENGTH} are possible");
            let reason = format!("The URL is too long: {bytes}.");
            Err(refuse("invalid_request", Rule::UrlTooLong, reason))
        } else {
            AuthorizationRequest::read(&self.config, query, now)
        };
        match &read {
            Ok(request) => {
                if request.state.is_none() {
                    self.audit.find(now, None, Rule::MissingState, "no state");
                }
                if !request.challenge.as_ref().is_some_and(|it| it.s256) {
                    self.audit.find(now, None, Rule::MissingPkce, "no code_challenge with S256");
                }
            }
            Err(error) => self.audit.find(now, None, error.rule, &error.reason),
        }
        read
    }

    /// Fails if the project has some of the scopes already from the account.
    fn check_new(
        &mut self,
        asked: &AuthorizationRequest,
        account: &str,
        now: SystemTime,
    ) -> Asked<()> {
        let project = &asked.client.project;
        let given =
            self.consents.values().filter(|it| it.account == account && it.project == *project);
        let mut granted = given.flat_map(|consent| asked.scopes.intersection(&consent.scopes));
        let Some(scope) = granted.next() else {
            return Ok(());
        };
        let text = format!("{scope} was requested, which the project already has");
        self.audit.find(now, Some(account), Rule::AlreadyGranted, &text);
        Err(refuse("invalid_request", Rule::AlreadyGranted, INCREMENTAL))
    }

    /// Carries out what the user decided and returns the callback.
    fn settle(
        &mut self,
        asked: &AuthorizationRequest,
        decision: &Decision,
        now: SystemTime,
    ) -> Asked<String> {
        let account = &decision.account;
        if !self.config.accounts.contains(account) {
            let reason = format!("There is no account {account:?}. Choose one that exists.");
            return Err(refuse("invalid_request", Rule::InvalidGrant, reason));
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
        let lifetime = [decision.access.duration(), testing].into_iter().flatten().min();
        let number = self.next_consent;
        self.next_consent += 1;
        let consent = Consent {
            number,
            client_id: asked.client.id.clone(),
            project: asked.client.project.clone(),
            account: account.clone(),
            scopes,
            access: decision.access,
            offline: asked.offline,
            given_at: now,
            lifetime,
            first_initiate: None,
        };
        let scope = consent.scope();
        self.consents.insert(number, consent);
        self.audit.count(Some(account), |counts| counts.consents += 1);
        let code = format!("4/0A{}", self.draw_text(60));
        let (redirect_uri, challenge) = (asked.redirect_uri.clone(), asked.challenge.clone());
        let expires = now + CODE_LIFETIME;
        let issued = Code { consent: number, redirect_uri, challenge, expires };
        self.codes.insert(code.clone(), issued);
        let parameters =
            [("code", &*code), ("scope", &*scope), ("authuser", "0"), ("prompt", "consent")];
        Ok(asked.callback(&self.config, &parameters))
    }
}
