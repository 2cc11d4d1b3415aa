use std::borrow::ToOwned;
use std::fmt;
use std::string::String;
use std::time::{Duration, SystemTime};
use std::vec::Vec;

use oauth2::{AccessToken, RefreshToken};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::call::{rfc3339, secret};
use crate::catalogue::{ScopeValueError, Scopes};
use crate::grant::{Grant, Seconds};

/// Tokens, the scopes that they carry, and when they expire.
///
/// Serialized, it contains the tokens as plain text: store it encrypted. Times are RFC 3339
/// strings. `Debug` shows no token, and of the grant only the scopes of the catalogue.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct Tokens {
    /// The token that authorizes calls of the API.
    pub access_token: AccessToken,
    /// When the access token expires, if the token response says so.
    #[serde(with = "crate::call::rfc3339::option")]
    pub expires_at: Option<SystemTime>,
    /// The token to get new access tokens with. Google sends none to an
    /// [`online`](super::ConsentRequest::online) request.
    pub refresh_token: Option<RefreshToken>,
    /// When the refresh token expires, if the token response says so. For a client in Testing this
    /// is seven days after the consent, whatever the user chose.
    #[serde(with = "crate::call::rfc3339::option")]
    pub refresh_token_expires_at: Option<SystemTime>,
    /// For how long the user gave access, if the token response says so. It does not say without a
    /// refresh token, or for a client in Testing. `accessType.check` then tells one-time from
    /// time-based access for each resource, but not when it ends.
    pub access_period: Option<AccessPeriod>,
    /// The scopes that the tokens carry.
    pub grant: Grant,
}

impl Tokens {
    /// Returns tokens for a refresh token that the app already has, and what it carries. There is
    /// no access token yet: refresh them first.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use dataportability_scopes::{Grant, Tokens};
    ///
    /// let grant: Grant = "https://www.googleapis.com/auth/dataportability.youtube.clips".parse()?;
    /// let tokens = Tokens::from_refresh_token("1//04…", grant);
    /// assert!(tokens.is_expired(SystemTime::now(), Duration::from_secs(60)));
    /// # Ok::<(), dataportability_scopes::catalogue::ScopeValueError>(())
    /// ```
    #[must_use]
    pub fn from_refresh_token(refresh_token: impl Into<String>, grant: Grant) -> Tokens {
        Tokens {
            access_token: AccessToken::new(String::new()),
            expires_at: Some(SystemTime::UNIX_EPOCH),
            refresh_token: Some(RefreshToken::new(refresh_token.into())),
            refresh_token_expires_at: None,
            access_period: None,
            grant,
        }
    }

    /// Returns whether the access token is expired, or will be within `margin`, and should be
    /// refreshed. A minute is a good margin.
    ///
    /// Returns `false` if the token response did not say when it expires.
    #[must_use]
    pub fn is_expired(&self, now: SystemTime, margin: Duration) -> bool {
        let soon = now.checked_add(margin);
        self.expires_at.is_some_and(|end| soon.is_none_or(|soon| soon >= end))
    }

    /// Carries over from the previous tokens what a refresh leaves out.
    pub(super) fn refreshed_from(self, before: &Tokens) -> Tokens {
        let renewed = self.access_period.filter(|period| match period {
            AccessPeriod::TimeBased { .. } => true,
            AccessPeriod::OneTime => false,
        });
        Tokens {
            refresh_token: self.refresh_token.or_else(|| before.refresh_token.clone()),
            refresh_token_expires_at: self
                .refresh_token_expires_at
                .or(before.refresh_token_expires_at),
            access_period: renewed.or(before.access_period),
            ..self
        }
    }
}

/// Omits the tokens. Scopes that the catalogue does not have are only counted, since the server may
/// have put anything there.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scopes = self.grant.scopes();
        let unknown = scopes.newer().len() + self.grant.others().count();
        f.debug_struct("Tokens")
            .field("expires_at", &self.expires_at)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("refresh_token_expires_at", &self.refresh_token_expires_at)
            .field("access_period", &self.access_period)
            .field("scopes", &scopes.known())
            .field("unknown_scopes", &unknown)
            .finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Tokens, D::Error> {
        #[derive(Deserialize)]
        #[serde(remote = "Tokens")]
        struct Stored {
            access_token: AccessToken,
            #[serde(with = "crate::call::rfc3339::option", default)]
            expires_at: Option<SystemTime>,
            #[serde(default)]
            refresh_token: Option<RefreshToken>,
            #[serde(with = "crate::call::rfc3339::option", default)]
            refresh_token_expires_at: Option<SystemTime>,
            #[serde(default)]
            access_period: Option<AccessPeriod>,
            grant: Grant,
        }

        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Secret(#[serde(with = "Stored")] Tokens);

        secret(from).map(|Secret(tokens)| tokens)
    }
}

/// For how long the user gave access. Only the user chooses.
///
/// Serialized as `one-time`, or as `until` and a time in RFC 3339.
///
/// Source: "Time-based access" of the Data Portability user guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccessPeriod {
    /// For one export of each resource.
    OneTime,
    /// For repeated exports.
    TimeBased {
        /// When the access ends: 30 or 180 days after the consent.
        until: SystemTime,
    },
}

impl Serialize for AccessPeriod {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            AccessPeriod::OneTime => serializer.serialize_str("one-time"),
            AccessPeriod::TimeBased { until } => match rfc3339::format(*until) {
                Some(until) => serializer.collect_str(&format_args!("until {until}")),
                None => Err(serde::ser::Error::custom("a time must be from 1970 to 9999")),
            },
        }
    }
}

impl<'de> Deserialize<'de> for AccessPeriod {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<AccessPeriod, D::Error> {
        let text = String::deserialize(from)?;
        let until = text.strip_prefix("until ").and_then(rfc3339::parse);
        match (&*text, until) {
            ("one-time", _) => Ok(AccessPeriod::OneTime),
            (_, Some(until)) => Ok(AccessPeriod::TimeBased { until }),
            (_, None) => Err(serde::de::Error::custom(
                "not an access period: give one-time, or until and a time, such as until \
                 2026-01-31T12:00:00Z",
            )),
        }
    }
}

/// A successful response of a token endpoint (RFC 6749, section 5.1).
///
/// `Deserialize` refuses a field that is given twice. Side fields are of any type, so that an odd
/// one does not lose the tokens.
#[derive(Deserialize)]
pub(super) struct TokenResponse {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<Seconds>,
    refresh_token: Option<String>,
    refresh_token_expires_in: Option<Seconds>,
    scope: Option<Value>,
}

/// The longest token that is read, in bytes. Google's are at most 2048 bytes long.
const MAX_TOKEN_LEN: usize = 16 << 10;

/// The longest lifetime of a refresh token while the app's publishing status is Testing.
const TESTING: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl TokenResponse {
    pub(super) fn is_well_formed(&self) -> bool {
        let token_type = self.token_type.as_deref();
        let refresh_token = self.refresh_token.as_deref().filter(|it| !it.is_empty());
        token_type.is_none_or(|it| it.is_empty() || it.eq_ignore_ascii_case("bearer"))
            && is_token(&self.access_token)
            && refresh_token.is_none_or(is_token)
    }

    /// Returns the grant, or `None` if the response has no `scope`. Some servers send a list.
    pub(super) fn grant(&self) -> Option<Result<Grant, ScopeValueError>> {
        let list = |list: &Vec<Value>| {
            let words: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            words.map(|words| words.join(" "))
        };
        let text = match self.scope.as_ref()? {
            Value::String(text) => Some(text.to_owned()),
            Value::Array(words) => list(words),
            _ => None,
        };
        // What is neither a string nor a list of strings has no scope in it.
        Some(text.unwrap_or_default().parse())
    }

    pub(super) fn into_tokens(self, grant: Grant, now: SystemTime) -> Tokens {
        let after = |seconds: &Option<Seconds>| Some(in_range(now, seconds.as_ref()?.seconds()?));
        let lifetime = self.refresh_token_expires_in.as_ref();
        let lifetime = lifetime.and_then(Seconds::seconds);
        let refresh_token_expires_at = after(&self.refresh_token_expires_in);
        let refresh_token = self.refresh_token.filter(|token| !token.is_empty());
        let says_nothing = self.refresh_token_expires_in.is_none();
        let access_period = match (refresh_token_expires_at, &refresh_token) {
            (Some(until), _) if lifetime > Some(TESTING) => Some(AccessPeriod::TimeBased { until }),
            (_, Some(_)) if says_nothing => Some(AccessPeriod::OneTime),
            _ => None,
        };
        Tokens {
            access_token: AccessToken::new(self.access_token),
            expires_at: after(&self.expires_in),
            refresh_token: refresh_token.map(RefreshToken::new),
            refresh_token_expires_at,
            access_period,
            grant,
        }
    }
}

/// Returns `now + lifetime`, but at most the latest time that RFC 3339 can represent.
fn in_range(now: SystemTime, lifetime: Duration) -> SystemTime {
    /// 9999-12-31T23:59:59Z.
    const END: Duration = Duration::from_secs(253_402_300_799);
    let end = SystemTime::UNIX_EPOCH + END;
    now.checked_add(lifetime).map_or(end, |time| time.min(end))
}

/// Returns whether a token consists of characters that a header can have (RFC 9110, section 5.5),
/// without spaces.
fn is_token(token: &str) -> bool {
    (1..=MAX_TOKEN_LEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Grant {
    /// Returns the grant of a token response that was read with `oauth2`'s own client. If the
    /// response has no `scope`, everything that was requested is granted (RFC 6749, section 5.1).
    ///
    /// # Errors
    ///
    /// Fails if the response's scopes do not form a scope value. `oauth2` accepts an empty value,
    /// two spaces in a row, and bytes that the grammar excludes.
    ///
    /// ```
    /// use dataportability_scopes::oauth2::basic::BasicTokenResponse;
    /// use dataportability_scopes::{Grant, Resource, Scopes};
    ///
    /// let response: BasicTokenResponse =
    ///     serde_json::from_str(r#"{"access_token": "…", "token_type": "bearer"}"#)?;
    /// let requested = Scopes::from(Resource::YoutubeClips);
    /// assert_eq!(Grant::from_token_response(&response, &requested)?.scopes(), &requested);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_token_response(
        response: &impl oauth2::TokenResponse,
        requested: impl Into<Scopes>,
    ) -> Result<Grant, ScopeValueError> {
        let Some(scopes) = response.scopes() else {
            return Ok(requested.into().into());
        };
        let tokens: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        tokens.join(" ").parse()
    }
}
