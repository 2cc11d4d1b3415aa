//! The token, revocation and token information endpoints.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::audit::Rule;
use crate::authorization::Consent;
use crate::authorization_request::{Challenge, is_verifier};
use crate::google::Google;
use crate::parameters::Parameters;
use crate::reply;

/// How long an access token lasts.
const LIFETIME: Duration = Duration::from_secs(3599);

/// An access token that was given out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) consent: u64,
    pub(crate) expires: SystemTime,
}

/// Whom a token lets in.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    pub(crate) consent: u64,
    pub(crate) account: String,
    pub(crate) project: String,
    pub(crate) client_id: String,
}

impl Bearer {
    /// A person, as a client knows them.
    pub(crate) fn person(&self) -> String {
        format!("{} {}", self.account, self.client_id)
    }
}

impl Google {
    pub(crate) fn token(
        &mut self,
        request: &Request<Vec<u8>>,
        now: SystemTime,
    ) -> Response<Vec<u8>> {
        let form = match Parameters::read(request.body()) {
            Ok(form) => form,
            Err(name) => {
                let text = format!("Parameter given more than once: {name:?}");
                return self.refuse_token(now, "invalid_request", &text);
            }
        };
        let client_id = match self.authenticate(request, &form) {
            Ok(client_id) => client_id,
            Err((status, error, text)) => {
                self.find(now, None, Rule::InvalidGrant, text);
                return reply::oauth_error(status, error, text);
            }
        };
        match form.get("grant_type") {
            Some("authorization_code") => self.exchange(&client_id, &form, now),
            Some("refresh_token") => self.refresh(&client_id, &form, now),
            None => self.refuse_token(
                now,
                "invalid_request",
                "Required parameter is missing: grant_type",
            ),
            Some(_) => self.refuse_token(now, "unsupported_grant_type", "Invalid grant_type."),
        }
    }

    /// Returns the id of the client that a token request comes from.
    fn authenticate(
        &self,
        request: &Request<Vec<u8>>,
        form: &Parameters,
    ) -> Result<String, (StatusCode, &'static str, &'static str)> {
        let malformed = |text| (StatusCode::BAD_REQUEST, "invalid_request", text);
        let invalid = |text| (StatusCode::UNAUTHORIZED, "invalid_client", text);

        let (id, secret) = if let Some(header) = request.headers().get(header::AUTHORIZATION) {
            if form.get("client_secret").is_some() {
                return Err(malformed("The client is authenticated in two ways."));
            }
            basic(header).ok_or(malformed("The Authorization header is not valid."))?
        } else {
            let id = form.get("client_id").map(str::to_owned);
            let id = id.ok_or(malformed("Could not determine client ID from request."))?;
            (id, form.get("client_secret").unwrap_or_default().to_owned())
        };
        let client = self.client(&id).ok_or(invalid("The OAuth client was not found."))?;
        match &client.secret {
            Some(_) if secret.is_empty() => Err(malformed("client_secret is missing.")),
            Some(known) if *known != secret => Err(invalid("Unauthorized")),
            _ => Ok(id),
        }
    }

    fn refuse_token(&mut self, now: SystemTime, error: &str, text: &str) -> Response<Vec<u8>> {
        self.find(now, None, Rule::InvalidGrant, text);
        reply::oauth_error(StatusCode::BAD_REQUEST, error, text)
    }

    fn refuse_code(&mut self, now: SystemTime, text: &str) -> Response<Vec<u8>> {
        self.find(now, None, Rule::UnusableCode, text);
        reply::oauth_error(StatusCode::BAD_REQUEST, "invalid_grant", text)
    }

    fn exchange(
        &mut self,
        client_id: &str,
        form: &Parameters,
        now: SystemTime,
    ) -> Response<Vec<u8>> {
        // A code is gone with the first try, whether it succeeds or not.
        let Some(code) = form.get("code").and_then(|code| self.codes.remove(code)) else {
            return self.refuse_code(now, "The code is used or does not exist.");
        };
        let Some(consent) = self.consents.get(&code.consent).cloned() else {
            return self.refuse_code(now, "The authorization has ended.");
        };
        if code.expires <= now {
            return self.refuse_code(now, "The code has expired.");
        }
        if consent.client_id != client_id {
            return self.refuse_token(now, "invalid_grant", "The code belongs to another client.");
        }
        if form.get("redirect_uri") != Some(&*code.redirect_uri) {
            return self.refuse_token(now, "redirect_uri_mismatch", "Bad Request");
        }
        match (&code.challenge, form.get("code_verifier")) {
            (None, _) => {}
            (Some(_), None) => {
                return self.refuse_token(now, "invalid_grant", "Missing code verifier.");
            }
            (Some(challenge), Some(verifier)) if is_met(challenge, verifier) => {}
            (Some(_), Some(_)) => {
                return self.refuse_token(now, "invalid_grant", "Invalid code verifier.");
            }
        }
        self.audit.count(Some(&consent.account), |counts| {
            counts.code_exchanges += 1;
        });
        let refresh_token = consent.offline.then(|| {
            let token = format!("1//0{}", self.draw_text(80));
            self.refresh_tokens.insert(token.clone(), code.consent);
            token
        });
        let lifetime = consent.lifetime;
        self.issue(code.consent, refresh_token, lifetime, now)
    }

    fn refresh(
        &mut self,
        client_id: &str,
        form: &Parameters,
        now: SystemTime,
    ) -> Response<Vec<u8>> {
        let number =
            form.get("refresh_token").and_then(|token| self.refresh_tokens.get(token)).copied();
        let consent = number.and_then(|number| self.consents.get(&number));
        let (Some(number), Some(consent)) = (number, consent) else {
            // The user or the time may have ended it: that breaks no rule.
            return reply::oauth_error(
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "Token has been expired or revoked.",
            );
        };
        if consent.client_id != client_id {
            return self.refuse_token(
                now,
                "invalid_grant",
                "The refresh token belongs to another client.",
            );
        }
        let account = consent.account.clone();
        let rest = consent.lifetime.map(|lifetime| {
            let end = consent.given_at + lifetime;
            end.duration_since(now).unwrap_or_default()
        });
        self.audit.count(Some(&account), |counts| counts.refreshes += 1);
        self.issue(number, None, rest, now)
    }

    /// Gives out an access token.
    fn issue(
        &mut self,
        consent: u64,
        refresh_token: Option<String>,
        refresh_lifetime: Option<Duration>,
        now: SystemTime,
    ) -> Response<Vec<u8>> {
        // A day after its end, a token is as good as unknown.
        self.access_tokens.retain(|_, token| token.expires + LIFETIME * 24 > now);
        let token = format!("ya29.{}", self.draw_text(80));
        let expires = now + LIFETIME;
        self.access_tokens.insert(token.clone(), AccessToken { consent, expires });
        let scope = self.consents.get(&consent).map(Consent::scope).unwrap_or_default();
        let mut body = json!({
            "access_token": token,
            "expires_in": LIFETIME.as_secs(),
            "scope": scope,
            "token_type": "Bearer",
        });
        if let Some(lifetime) = refresh_lifetime {
            body["refresh_token_expires_in"] = json!(lifetime.as_secs());
        }
        if let Some(token) = refresh_token {
            body["refresh_token"] = json!(token);
        }
        reply::json(StatusCode::OK, &body)
    }

    pub(crate) fn revoke(
        &mut self,
        request: &Request<Vec<u8>>,
        now: SystemTime,
    ) -> Response<Vec<u8>> {
        let parameters = form_or_query(request);
        let consent =
            parameters.as_ref().and_then(|parameters| parameters.get("token")).and_then(|token| {
                let access = self
                    .access_tokens
                    .get(token)
                    .filter(|token| token.expires > now)
                    .map(|token| token.consent);
                access.or_else(|| self.refresh_tokens.get(token).copied())
            });
        match consent {
            Some(consent) => {
                self.end_consent(consent);
                reply::json(StatusCode::OK, &json!({}))
            }
            None => reply::oauth_error(
                StatusCode::BAD_REQUEST,
                "invalid_token",
                "Token expired or revoked",
            ),
        }
    }

    pub(crate) fn token_info(
        &self,
        request: &Request<Vec<u8>>,
        now: SystemTime,
    ) -> Response<Vec<u8>> {
        let parameters = form_or_query(request);
        let found = parameters
            .as_ref()
            .and_then(|parameters| parameters.get("access_token"))
            .or_else(|| bearer_token(request))
            .and_then(|token| self.access_tokens.get(token))
            .filter(|token| token.expires > now)
            .and_then(|token| Some((token, self.consents.get(&token.consent)?)));
        let Some((token, consent)) = found else {
            // It has no `error`, unlike those of the other endpoints.
            let body = json!({ "error_description": "Invalid Value" });
            return reply::json(StatusCode::BAD_REQUEST, &body);
        };
        let rest = token.expires.duration_since(now).unwrap_or_default();
        let expires = token.expires.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        reply::json(
            StatusCode::OK,
            &json!({
                "azp": consent.client_id,
                "aud": consent.client_id,
                "scope": consent.scope(),
                "exp": expires.as_secs().to_string(),
                "expires_in": rest.as_secs().to_string(),
                "access_type": if consent.offline { "offline" } else { "online" },
            }),
        )
    }

    /// Returns whom the token of a call to the API lets in. Fails with the message that answers the
    /// call.
    pub(crate) fn bearer(
        &mut self,
        request: &Request<Vec<u8>>,
        now: SystemTime,
    ) -> Result<Bearer, &'static str> {
        let Some(token) = bearer_token(request) else {
            return Err("Request is missing required authentication credential.");
        };
        let found = self
            .access_tokens
            .get(token)
            .and_then(|token| Some((token, self.consents.get(&token.consent)?)));
        match found {
            Some((token, consent)) if token.expires > now => Ok(Bearer {
                consent: token.consent,
                account: consent.account.clone(),
                project: consent.project.clone(),
                client_id: consent.client_id.clone(),
            }),
            Some((_, consent)) => {
                let account = consent.account.clone();
                let text = "an access token had ended";
                self.find(now, Some(&account), Rule::EndedToken, text);
                Err(INVALID_CREDENTIALS)
            }
            None => Err(INVALID_CREDENTIALS),
        }
    }
}

const INVALID_CREDENTIALS: &str = "Request had invalid authentication credentials.";

/// The token of a Bearer `Authorization` header (RFC 6750, section 2.1).
fn bearer_token(request: &Request<Vec<u8>>) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?;
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// The client's id and secret, of a Basic `Authorization` header (RFC 6749, section 2.3.1).
fn basic(header: &HeaderValue) -> Option<(String, String)> {
    let (scheme, credentials) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = String::from_utf8(BASE64_STANDARD.decode(credentials).ok()?).ok()?;
    let (id, secret) = credentials.split_once(':')?;
    // Both are form-encoded: as the value of a parameter without a name, either decodes.
    let decode = |encoded: &str| {
        form_urlencoded::parse(format!("v={}", encoded.replace('&', "%26")).as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

fn form_or_query(request: &Request<Vec<u8>>) -> Option<Parameters> {
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
