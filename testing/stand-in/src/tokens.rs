//! The token, revocation and token information endpoints.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::header;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::audit::Rule;
use crate::authorization::Consent;
use crate::authorization_request::{Challenge, is_verifier};
use crate::google::{Google, unix_seconds};
use crate::parameters::Parameters;
use crate::reply::{self, Request, Response};

/// How long an access token lasts.
const LIFETIME: Duration = Duration::from_secs(3599);

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) consent: u64,
    pub(crate) expires: SystemTime,
}

/// Why a token request is refused.
struct Refusal {
    status: u16,
    error: &'static str,
    text: String,
    /// The rule that the request breaks.
    rule: Option<Rule>,
}

/// The body of a token response.
type Tokens = Result<Value, Refusal>;

fn refusal(error: &'static str, text: impl Into<String>) -> Refusal {
    let rule = Some(Rule::InvalidGrant);
    Refusal { status: 400, error, text: text.into(), rule }
}

impl Google {
    pub(crate) fn token(&mut self, request: &Request, now: SystemTime) -> Response {
        match self.grant(request.body(), now) {
            Ok(body) => reply::json(200, &body),
            Err(Refusal { status, error, text, rule }) => {
                if let Some(rule) = rule {
                    self.audit.find(now, None, rule, &text);
                }
                reply::oauth_error(status, error, &text)
            }
        }
    }

    fn grant(&mut self, body: &[u8], now: SystemTime) -> Tokens {
        let form = Parameters::read(body).map_err(|name| {
            refusal("invalid_request", format!("Parameter given more than once: {name:?}"))
        })?;
        let client = self.authenticate(&form)?;
        match form.get("grant_type") {
            Some("authorization_code") => self.exchange(client, &form, now),
            Some("refresh_token") => self.refresh(client, &form, now),
            None => Err(refusal("invalid_request", "Required parameter is missing: grant_type")),
            Some(_) => Err(refusal("unsupported_grant_type", "Invalid grant_type.")),
        }
    }

    /// Returns the id of the client that a token request comes from.
    fn authenticate<'f>(&self, form: &'f Parameters) -> Result<&'f str, Refusal> {
        let invalid = |text| Refusal { status: 401, ..refusal("invalid_client", text) };
        let missing = || refusal("invalid_request", "Could not determine client ID from request.");
        let id = form.get("client_id").ok_or_else(missing)?;
        let secret = form.get("client_secret");
        let client = self.client(id).ok_or_else(|| invalid("The OAuth client was not found."))?;
        match (client.secret.as_deref(), secret) {
            (Some(_), None) => Err(refusal("invalid_request", "client_secret is missing.")),
            (Some(known), Some(secret)) if known != secret => Err(invalid("Unauthorized")),
            _ => Ok(id),
        }
    }

    fn exchange(&mut self, client: &str, form: &Parameters, now: SystemTime) -> Tokens {
        let unusable =
            |text| Refusal { rule: Some(Rule::UnusableCode), ..refusal("invalid_grant", text) };
        // A code is gone with the first try, whether it succeeds or not.
        let code = form.get("code").and_then(|code| self.codes.remove(code));
        let code = code.ok_or_else(|| unusable("The code is used or does not exist."))?;
        let consent = self.consents.get(&code.consent).cloned();
        let consent = consent.ok_or_else(|| unusable("The authorization has ended."))?;
        if code.expires <= now {
            return Err(unusable("The code has expired."));
        }
        if consent.client_id != client {
            return Err(refusal("invalid_grant", "The code belongs to another client."));
        }
        if form.get("redirect_uri") != Some(&*code.redirect_uri) {
            return Err(refusal("redirect_uri_mismatch", "Bad Request"));
        }
        if let Some(challenge) = &code.challenge {
            let verifier = form.get("code_verifier");
            let verifier =
                verifier.ok_or_else(|| refusal("invalid_grant", "Missing code verifier."))?;
            if !is_met(challenge, verifier) {
                return Err(refusal("invalid_grant", "Invalid code verifier."));
            }
        }
        self.audit.count(Some(&consent.account), |counts| counts.code_exchanges += 1);
        let mut body = self.issue(&consent, now);
        if consent.offline {
            let token = format!("1//0{}", self.draw_text(80));
            self.refresh_tokens.insert(token.clone(), code.consent);
            body["refresh_token"] = token.into();
        }
        Ok(body)
    }

    fn refresh(&mut self, client: &str, form: &Parameters, now: SystemTime) -> Tokens {
        let number = form.get("refresh_token").and_then(|token| self.refresh_tokens.get(token));
        let consent = number.and_then(|number| self.consents.get(number)).cloned();
        // The user or the time may have ended it: that breaks no rule.
        let ended = || refusal("invalid_grant", "Token has been expired or revoked.");
        let consent = consent.ok_or_else(|| Refusal { rule: None, ..ended() })?;
        if consent.client_id != client {
            return Err(refusal("invalid_grant", "The refresh token belongs to another client."));
        }
        self.audit.count(Some(&consent.account), |counts| counts.refreshes += 1);
        Ok(self.issue(&consent, now))
    }

    /// Gives out an access token.
    fn issue(&mut self, consent: &Consent, now: SystemTime) -> Value {
        // A day after its end, a token is as good as unknown.
        self.access_tokens.retain(|_, token| token.expires + LIFETIME * 24 > now);
        let token = format!("ya29.{}", self.draw_text(80));
        let issued = AccessToken { consent: consent.number, expires: now + LIFETIME };
        self.access_tokens.insert(token.clone(), issued);
        let mut body = json!({
            "access_token": token,
            "expires_in": LIFETIME.as_secs(),
            "scope": consent.scope(),
            "token_type": "Bearer",
        });
        if let Some(expires) = consent.expires() {
            let rest = expires.duration_since(now).unwrap_or_default();
            body["refresh_token_expires_in"] = rest.as_secs().into();
        }
        body
    }

    pub(crate) fn revoke(&mut self, request: &Request, now: SystemTime) -> Response {
        let parameters = form_or_query(request);
        let token = parameters.as_ref().and_then(|it| it.get("token")).unwrap_or_default();
        let access = self.access_tokens.get(token).filter(|token| token.expires > now);
        let consent = access.map(|token| token.consent);
        let Some(number) = consent.or_else(|| self.refresh_tokens.get(token).copied()) else {
            return reply::oauth_error(400, "invalid_token", "Token expired or revoked");
        };
        self.end_consents(|consent| consent.number == number);
        reply::json(200, &json!({}))
    }

    pub(crate) fn token_info(&self, request: &Request, now: SystemTime) -> Response {
        let parameters = form_or_query(request);
        let token = parameters.as_ref().and_then(|it| it.get("access_token"));
        let found =
            token.or_else(|| bearer_token(request)).and_then(|token| self.find_token(token));
        let Some((token, consent)) = found.filter(|(token, _)| token.expires > now) else {
            // It has no `error`, unlike those of the other endpoints.
            let body = json!({ "error_description": "Invalid Value" });
            return reply::json(400, &body);
        };
        let rest = token.expires.duration_since(now).unwrap_or_default();
        reply::json(
            200,
            &json!({
                "azp": consent.client_id,
                "aud": consent.client_id,
                "scope": consent.scope(),
                "exp": unix_seconds(token.expires).to_string(),
                "expires_in": rest.as_secs().to_string(),
                "access_type": if consent.offline { "offline" } else { "online" },
            }),
        )
    }

    fn find_token(&self, token: &str) -> Option<(&AccessToken, &Consent)> {
        let token = self.access_tokens.get(token)?;
        Some((token, self.consents.get(&token.consent)?))
    }

    /// Returns the consent that the token of a call to the API belongs to. Fails with the message
    /// that answers the call.
    pub(crate) fn bearer(
        &mut self,
        call: &Request,
        now: SystemTime,
    ) -> Result<Consent, &'static str> {
        let invalid = "Request had invalid authentication credentials.";
        let token =
            bearer_token(call).ok_or("Request is missing required authentication credential.")?;
        let (token, consent) = self.find_token(token).ok_or(invalid)?;
        let (expires, consent) = (token.expires, consent.clone());
        if expires <= now {
            let text = "an access token had ended";
            self.audit.find(now, Some(&consent.account), Rule::EndedToken, text);
            return Err(invalid);
        }
        Ok(consent)
    }
}

/// The token of a Bearer `Authorization` header (RFC 6750, section 2.1).
fn bearer_token(request: &Request) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?;
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn form_or_query(request: &Request) -> Option<Parameters> {
    let query = request.uri().query().unwrap_or_default();
    let body = request.body();
    let encoded = if body.is_empty() { query.as_bytes() } else { body };
    Parameters::read(encoded).ok()
}

/// Returns whether a verifier meets the challenge (RFC 7636, section 4.6).
fn is_met(challenge: &Challenge, verifier: &str) -> bool {
    let computed = if challenge.s256 {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
    } else {
        verifier.to_owned()
    };
    is_verifier(verifier) && computed == challenge.value
}
