//! Dates and durations, in words.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use maud::{Markup, html};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Returns `25 November 2026`.
pub(super) fn date(time: SystemTime) -> Markup {
    written(time, "%-d %B %Y")
}

/// Returns `25 November 2026, 14:05 UTC`.
pub(super) fn date_time(time: SystemTime) -> Markup {
    written(time, "%-d %B %Y, %H:%M UTC")
}

fn written(time: SystemTime, format: &str) -> Markup {
    html! {
        @if let Ok(timestamp) = Timestamp::try_from(time) {
            time datetime=(timestamp.strftime("%Y-%m-%dT%H:%M:%SZ")) { (timestamp.strftime(format)) }
        } @else {
            // Beyond the year 9999.
            "a day far off"
        }
    }
}

/// Returns the stretch in its largest unit, rounded up: `30 days`, `3 hours`, `1 minute`.
pub(super) fn duration(stretch: Duration) -> String {
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

/// Returns `in 3 hours`, or `any moment now` for a time that is over.
pub(super) fn until(time: SystemTime, now: SystemTime) -> String {
    match time.duration_since(now) {
        Ok(left) if !left.is_zero() => format!("in {}", duration(left)),
        _ => "any moment now".to_owned(),
    }
}
