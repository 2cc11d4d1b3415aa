//! serde for times, as RFC 3339 strings.

use std::format;
use std::string::String;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Formats a time with up to nanoseconds. Returns `None` before 1970 and after 9999.
pub(crate) fn format(time: SystemTime) -> Option<String> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let seconds = i64::try_from(since.as_secs()).ok()?;
    let time = DateTime::from_timestamp(seconds, since.subsec_nanos())?;
    (time.year() <= MAX_YEAR).then(|| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Returns a time of `chrono` if it is from 1970 to 9999.
pub(crate) fn system_time(time: DateTime<FixedOffset>) -> Option<SystemTime> {
    let time = time.to_utc();
    let seconds = u64::try_from(time.timestamp()).ok()?;
    let since = Duration::new(seconds, time.timestamp_subsec_nanos());
    (time.year() <= MAX_YEAR).then(|| SystemTime::UNIX_EPOCH + since)
}

/// The last year that RFC 3339 can write.
const MAX_YEAR: i32 = 9999;

pub(crate) fn serialize<S: Serializer>(time: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
    let text = format(*time).ok_or_else(|| S::Error::custom("a time must be from 1970 to 9999"))?;
    to.serialize_str(&text)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| {
        let input = crate::excerpt::excerpt(&text);
        D::Error::custom(format!("{input:?} is not a time: give one such as 2026-01-31T12:00:00Z"))
    })
}

pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    system_time(DateTime::parse_from_rfc3339(text).ok()?)
}

pub(crate) mod option {
    use super::{Deserialize, Deserializer, Serialize, Serializer, SystemTime};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Time(#[serde(with = "super")] SystemTime);

    #[expect(clippy::ref_option, reason = "serde's signature")]
    pub(crate) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(Time).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        Ok(Option::deserialize(from)?.map(|Time(time)| time))
    }
}
