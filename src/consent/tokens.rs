use std::fmt;
use std::str::FromStr;
use std::string::String;
use std::time::{Duration, SystemTime};

use oauth2::{AccessToken, RefreshToken};
use serde::{Deserialize, Deserializer, Serialize};

use crate::excerpt::excerpt;
use crate::grant::Grant;
use crate::rfc3339;
use crate::stored_secret;

/// Tokens, the scopes that they carry, and when they expire.
///
/// Serialised, it contains the tokens as plain text: store it encrypted. Times are RFC 3339 strings.
/// `Debug` shows no token, and of the grant only the scopes of the catalogue.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct Tokens {
    /// The token that authorises calls of the API.
    pub access_token: AccessToken,
    /// When the access token expires, if the token response says so.
    #[serde(with = "crate::rfc3339::option")]
    pub expires_at: Option<SystemTime>,
    /// The token to get new access tokens with. Only with
    /// [`AccessType::Offline`](super::AccessType::Offline).
    pub refresh_token: Option<RefreshToken>,
    /// When the refresh token expires, if the token response says so. For a client in Testing this
    /// is seven days after the consent, whatever the user chose.
    #[serde(with = "crate::rfc3339::option")]
    pub refresh_token_expires_at: Option<SystemTime>,
    /// For how long the user gave access, if the token response says so. It does not say without a
    /// refresh token, or for a client in Testing. `accessType.check` then tells one-time from time-based
    /// access for each resource, but not when it ends.
    pub access_period: Option<AccessPeriod>,
    /// The scopes that the tokens carry.
    pub grant: Grant,
}

impl Tokens {
    /// Returns whether the access token is expired, or will be within `margin`, and should be
    /// refreshed. A minute is a good margin.
    ///
    /// Returns `false` if the token response did not say when it expires.
    #[must_use]
    pub fn is_expired(&self, now: SystemTime, margin: Duration) -> bool {
        let soon = now.checked_add(margin);
        self.expires_at
            .is_some_and(|end| soon.is_none_or(|soon| soon >= end))
    }

    /// Returns whether the refresh token is expired, so that the user has to consent again.
    ///
    /// Returns `false` if the token response did not say when it expires.
    #[must_use]
    pub fn refresh_token_is_expired(&self, now: SystemTime) -> bool {
        self.refresh_token_expires_at.is_some_and(|end| now >= end)
    }

    /// Carries over from the previous tokens what a refresh leaves out.
    pub(super) fn refreshed_from(self, before: &Tokens) -> Tokens {
        Tokens {
            refresh_token: self.refresh_token.or_else(|| before.refresh_token.clone()),
            refresh_token_expires_at: self
                .refresh_token_expires_at
                .or(before.refresh_token_expires_at),
            access_period: before.access_period,
            ..self
        }
    }
}

/// Omits the tokens. Scopes that the catalogue does not have are only counted, since the server may
/// have put anything there.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("expires_at", &self.expires_at)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("refresh_token_expires_at", &self.refresh_token_expires_at)
            .field("access_period", &self.access_period)
            .field("scopes", &self.grant.scopes())
            .field("unrecognized_scopes", &self.grant.unrecognized().count())
            .finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Tokens, D::Error> {
        #[derive(Deserialize)]
        struct Stored {
            access_token: AccessToken,
            #[serde(with = "crate::rfc3339::option", default)]
            expires_at: Option<SystemTime>,
            refresh_token: Option<RefreshToken>,
            #[serde(with = "crate::rfc3339::option", default)]
            refresh_token_expires_at: Option<SystemTime>,
            access_period: Option<AccessPeriod>,
            grant: Grant,
        }

        let stored: Stored = stored_secret::deserialize(from, "tokens")?;
        Ok(Tokens {
            access_token: stored.access_token,
            expires_at: stored.expires_at,
            refresh_token: stored.refresh_token,
            refresh_token_expires_at: stored.refresh_token_expires_at,
            access_period: stored.access_period,
            grant: stored.grant,
        })
    }
}

/// For how long the user gave access. Only the user chooses.
///
/// Printed, parsed and serialised as `one-time`, or as `until` and a time in RFC 3339.
///
/// Source: "Time-based access" of the Data Portability user guide.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use dataportability_scopes::consent::AccessPeriod;
///
/// let until = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
/// let period = AccessPeriod::TimeBased { until };
/// assert_eq!(period.to_string(), "until 2027-01-15T08:00:00Z");
/// assert_eq!("until 2027-01-15T08:00:00Z".parse(), Ok(period));
/// ```
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

/// A time before 1970 or after 9999 prints as `until an unsupported time`, which does not parse.
impl fmt::Display for AccessPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccessPeriod::OneTime => f.write_str("one-time"),
            AccessPeriod::TimeBased { until } => match rfc3339::format(*until) {
                Some(until) => write!(f, "until {until}"),
                None => f.write_str("until an unsupported time"),
            },
        }
    }
}

impl FromStr for AccessPeriod {
    type Err = ParseAccessPeriodError;

    fn from_str(text: &str) -> Result<AccessPeriod, ParseAccessPeriodError> {
        let until = || rfc3339::parse(text.strip_prefix("until ")?);
        match (text, until()) {
            ("one-time", _) => Ok(AccessPeriod::OneTime),
            (_, Some(until)) => Ok(AccessPeriod::TimeBased { until }),
            (_, None) => Err(ParseAccessPeriodError {
                input: excerpt(text),
            }),
        }
    }
}

/// An error from parsing an [`AccessPeriod`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{input:?} is not an access period: give one-time, or until and a time, such as until 2026-01-31T12:00:00Z"
)]
pub struct ParseAccessPeriodError {
    input: String,
}

crate::serde_string::serde_as_string!(AccessPeriod, "an access period");
