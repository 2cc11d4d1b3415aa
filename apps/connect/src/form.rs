//! What the forms send, by GET or POST.

use std::time::SystemTime;

use dataportability_scopes::{Resource, ScopeSet, Service};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

/// The form of choices.
#[derive(Default)]
pub(crate) struct Form {
    pub(crate) resources: ScopeSet,
    pub(crate) search: String,
    /// Whether it is for one more Google account.
    pub(crate) other: bool,
    pub(crate) account: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// A stretch of time, open at either end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Range {
    pub(crate) start: Option<SystemTime>,
    pub(crate) end: Option<SystemTime>,
}

impl Form {
    /// Names that are not known are left out: the form has none.
    pub(crate) fn read(text: &[u8]) -> Form {
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(text) {
            let scopes = || value.parse::<Service>().map(Service::scopes);
            match &*name {
                "r" => form.resources.extend(value.parse::<Resource>().ok()),
                "all" => form.resources |= scopes().unwrap_or_default(),
                "none" => form.resources -= scopes().unwrap_or_default(),
                "q" => form.search = plain(&value),
                "other" => form.other = true,
                "account" => form.account = plain(&value),
                "from" => form.from = plain(&value),
                "to" => form.to = plain(&value),
                _ => {}
            }
        }
        form
    }

    /// Returns the time range between the dates, or `None` if they are wrong.
    pub(crate) fn range(&self, now: SystemTime) -> Option<Range> {
        let time = |day: Date| -> Option<SystemTime> {
            let zoned = day.to_zoned_datetime(TimeZone::UTC).ok()?;
            SystemTime::try_from(zoned.timestamp()).ok()
        };
        let start = match &*self.from {
            "" => None,
            day => Some(time(day.parse().ok()?)?),
        };
        let end = match &*self.to {
            "" => None,
            // The last day is part of the range.
            day => Some(time(day.parse::<Date>().ok()?.tomorrow().ok()?)?),
        };
        let starts = start.is_none_or(|start| start < end.unwrap_or(now).min(now));
        // Today is not over, and what Google has of it may be asked for.
        let end = end.map(|end| end.min(now));
        starts.then_some(Range { start, end })
    }
}

/// Returns a field of a form.
pub(crate) fn field(text: &[u8], name: &str) -> String {
    let mut fields = form_urlencoded::parse(text);
    let found = fields.find(|(key, _)| key == name);
    found.map(|(_, value)| plain(&value)).unwrap_or_default()
}

/// Returns a text as it is shown again: of a moderate length, and without control characters.
fn plain(text: &str) -> String {
    let shown = text.trim().chars().filter(|c| !c.is_control());
    shown.take(100).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use dataportability_scopes::{Resource, ScopeSet, Service};

    use super::Form;

    #[test]
    fn all_of_a_service_is_ticks_that_can_be_taken_away_again() {
        let all = Form::read(b"r=chrome.history&all=youtube").resources;
        assert_eq!(all, Service::Youtube.scopes() | Resource::ChromeHistory.into());
        let none = Form::read(b"r=chrome.history&r=youtube.clips&none=youtube").resources;
        assert_eq!(none, ScopeSet::from(Resource::ChromeHistory));
    }

    #[test]
    fn control_characters_and_long_texts_do_not_come_back() {
        let long = format!("q=a%00b%1b%0ac{}", "x".repeat(1_000));
        let search = Form::read(long.as_bytes()).search;
        assert!(search.starts_with("abcx"), "{search:?}");
        assert_eq!(search.chars().count(), 100);
    }

    #[test]
    fn a_time_range_has_its_last_day_in_it_and_ends_by_now() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_822_200);
        let range = |text: &str| Form::read(text.as_bytes()).range(now);
        let day = Duration::from_secs(24 * 60 * 60);
        let one = range("from=2026-11-01&to=2026-11-01").unwrap();
        assert_eq!(one.end.unwrap(), one.start.unwrap() + day);
        assert_eq!(range("from=2026-11-01&to=2026-11-27").unwrap().end, Some(now));
        assert_eq!(range("").unwrap(), super::Range::default());
        for wrong in
            ["from=2026-11-02&to=2026-11-01", "from=2026-12-01", "from=yesterday", "to=2026-02-30"]
        {
            assert!(range(wrong).is_none(), "{wrong}");
        }
    }
}
