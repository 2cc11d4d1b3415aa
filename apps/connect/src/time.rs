//! Times as the user reads them: in their own zone, relative to their own day.
//!
//! The zone is a cookie: chosen from a list, or told by a script. Until then it is guessed from the
//! language that the browser asks for, since a request says nothing of its place.

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, HeaderValue, header};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use maud::{Markup, html};

use crate::session;

const COOKIE: &str = "zone";

/// Returns regions and languages, as browsers name them, and the zone of most people there. The API
/// is for these countries; the language stands for the country where most speakers live.
fn guesses() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("zones.txt").lines().filter_map(|line| line.split_once(' '))
}

/// Zones on the list that are nobody's first guess.
const MORE: [&str; 4] = ["Atlantic/Azores", "Atlantic/Canary", "Atlantic/Madeira", "UTC"];

/// The zone in which a user reads times.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    zone: TimeZone,
    /// Whether the user or a script has named it.
    pub(crate) is_known: bool,
}

impl Zone {
    /// Returns the zone of the request's cookie, or a guess.
    pub(crate) fn of(headers: &HeaderMap) -> Zone {
        if let Some(zone) = session::values(headers, COOKIE).find_map(Zone::named) {
            return zone;
        }
        let language = headers.get(header::ACCEPT_LANGUAGE);
        let language = language.and_then(|it| it.to_str().ok()).unwrap_or_default();
        Zone { zone: guess(language).unwrap_or(TimeZone::UTC), is_known: false }
    }

    /// Returns the zone with a name of the IANA database.
    pub(crate) fn named(name: &str) -> Option<Zone> {
        // Only those would be quoted in a header.
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
        if name.len() > 64 || !name.bytes().all(is_name) {
            return None;
        }
        let zone = TimeZone::get(name).ok()?;
        Some(Zone { zone, is_known: true })
    }

    /// Returns the header that keeps it.
    pub(crate) fn cookie(&self) -> anyhow::Result<HeaderValue> {
        let name = self.name();
        Ok(HeaderValue::try_from(format!(
            "{COOKIE}={name}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
        ))?)
    }

    pub(crate) fn name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    fn zoned(&self, time: SystemTime) -> Option<ZonedDateTime> {
        let timestamp = Timestamp::try_from(time).ok()?;
        Some(timestamp.to_zoned_datetime(self.zone.clone()))
    }

    /// Returns `today`, `tomorrow`, `on Friday` or `on 25 November 2026`, by the user's calendar.
    pub(crate) fn day(&self, time: SystemTime, now: SystemTime) -> Markup {
        let days = self.zoned(time).zip(self.zoned(now));
        let days = days.and_then(|(time, now)| {
            let span = now.date().until(time.date());
            span.ok().map(|span| span.get_days())
        });
        match days {
            Some(0) => self.written(time, "today"),
            Some(1) => self.written(time, "tomorrow"),
            Some(-1) => self.written(time, "yesterday"),
            Some(2..7) => self.written(time, "on %A"),
            _ => self.written(time, "on %-d %B %Y"),
        }
    }

    /// Returns `tomorrow at 14:05`.
    pub(crate) fn moment(&self, time: SystemTime, now: SystemTime) -> Markup {
        html! { (self.day(time, now)) " at " (self.written(time, "%H:%M")) }
    }

    /// Returns `Friday, 27 November 2026, 14:05 (Europe/Berlin)`.
    pub(crate) fn full(&self, time: SystemTime) -> Markup {
        html! { (self.written(time, "%A, %-d %B %Y, %H:%M")) " (" (self.name()) ")" }
    }

    fn written(&self, time: SystemTime, format: &str) -> Markup {
        html! {
            @if let Some(zoned) = self.zoned(time) {
                time datetime=(zoned.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ")) {
                    (zoned.strftime(format))
                }
            } @else {
                // Beyond the year 9999.
                "a day far off"
            }
        }
    }

    /// Returns the form in which the user chooses the zone. It leads back to `path`.
    pub(crate) fn form(&self, path: &str) -> Markup {
        let guessed = guesses().map(|(_, zone)| zone);
        let mut zones: Vec<&str> = guessed.chain(MORE).chain([self.name()]).collect();
        zones.sort_unstable();
        zones.dedup();
        html! {
            form.zone method="post" action="/zone" data-known[self.is_known] {
                input type="hidden" name="back" value=(path);
                label for="zone" { "Times are those of" }
                select id="zone" name="zone" {
                    @for zone in zones {
                        option value=(zone) selected[zone == self.name()] {
                            (zone.replace('_', " "))
                        }
                    }
                }
                button.quiet { "Use this zone" }
            }
        }
    }
}

/// Guesses from `Accept-Language`, such as `de-CH, de;q=0.9`.
fn guess(languages: &str) -> Option<TimeZone> {
    languages.split(',').find_map(|language| {
        let tag = language.split(';').next().unwrap_or_default().trim();
        let parts: Vec<&str> = tag.split('-').collect();
        let language = parts.first().copied().unwrap_or_default();
        let region = parts.iter().skip(1).find(|part| part.len() == 2);
        let find = |key: &str| guesses().find(|(it, _)| *it == key);
        let found = match region {
            Some(region) => find(&region.to_uppercase()),
            // `de` alone is most likely spoken in `DE`, and so on.
            None => find(language).or_else(|| find(&language.to_uppercase())),
        };
        TimeZone::get(found?.1).ok()
    })
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Returns the stretch in its largest unit, rounded up: `30 days`, `3 hours`, `1 minute`.
pub(crate) fn duration(stretch: Duration) -> String {
    let seconds = stretch.as_secs();
    let (count, unit) = match seconds {
        0..MINUTE => return "less than a minute".to_owned(),
        MINUTE..HOUR => (seconds.div_ceil(MINUTE), "minute"),
        HOUR..DAY => (seconds.div_ceil(HOUR), "hour"),
        _ => (seconds.div_ceil(DAY), "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use super::{MORE, Zone, guess, guesses};

    /// Returns 2026-11-27, 23:30 in UTC: already the 28th in Berlin.
    fn late() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_795_822_200)
    }

    fn text(markup: &maud::Markup) -> String {
        let parts = markup.0.split(['<', '>']);
        parts.step_by(2).collect()
    }

    #[test]
    fn every_zone_on_the_list_exists() {
        for name in guesses().map(|(_, zone)| zone).chain(MORE) {
            assert_eq!(Zone::named(name).unwrap().name(), name);
        }
    }

    #[test]
    fn a_zone_is_guessed_from_the_region_and_without_one_from_the_language() {
        for (languages, zone) in [
            ("de-CH, de;q=0.9", "Europe/Zurich"),
            ("en-US, en;q=0.9, fr;q=0.5", "Europe/Paris"),
            ("sv", "Europe/Stockholm"),
            ("zh-Hant-IT", "Europe/Rome"),
            ("da-dk", "Europe/Copenhagen"),
        ] {
            let guessed = guess(languages).unwrap();
            assert_eq!(guessed.iana_name(), Some(zone), "{languages}");
        }
        for languages in ["", "en", "en-US", "*", "-", "x;y,z", "é-É"] {
            assert!(guess(languages).is_none(), "{languages}");
        }
    }

    #[test]
    fn tomorrow_is_the_next_day_of_the_users_own_calendar() {
        let hour = Duration::from_secs(60 * 60);
        let (berlin, utc) = (Zone::named("Europe/Berlin"), Zone::named("UTC"));
        let (berlin, utc) = (berlin.unwrap(), utc.unwrap());
        assert_eq!(text(&utc.moment(late() + hour, late())), "tomorrow at 00:30");
        assert_eq!(text(&berlin.moment(late() + hour, late())), "today at 01:30");
        assert_eq!(text(&utc.day(late() - hour * 24, late())), "yesterday");
        assert_eq!(text(&utc.day(late() + hour * 48, late())), "on Sunday");
        assert_eq!(text(&utc.day(late() + hour * 24 * 9, late())), "on 6 December 2026");
    }

    #[test]
    fn a_name_that_is_no_zone_is_refused() {
        for name in ["", "Nowhere", "Europe/Berlin\r\nx: y", "../../etc/passwd", "a b"] {
            assert!(Zone::named(name).is_none(), "{name:?}");
        }
    }
}
