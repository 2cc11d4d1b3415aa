//! How long to wait: Google's 5 to 60 minutes, one call an hour while it says no, and back-off.

use core::time::Duration;
use std::time::SystemTime;

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest wait: Google names times up to 24 hours ahead. A longer one was stored by a wrong
/// clock, or named by mistake.
const LONGEST_WAIT: Duration = Duration::from_secs(25 * 60 * 60);

/// The shortest time between two requests for the state of a job. Times are stored in whole
/// seconds.
const SHORTEST_QUESTION: Duration = Duration::from_secs(5 * 60 + 2);
/// With the spread of up to a half, the longest wait is 60 minutes.
const LONGEST_QUESTION: Duration = Duration::from_secs(40 * 60);

/// Spreads waits, so that many exports do not call at the same time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    portion: u32,
}

impl Spread {
    /// Returns the `index`th of a sequence that spreads evenly, whatever the seed: multiples of the
    /// golden ratio.
    pub(super) fn new(seed: u32, index: u32) -> Spread {
        Spread { portion: seed.wrapping_add(index).wrapping_mul(0x9E37_79B9) }
    }

    /// Returns a portion of a duration, in whole seconds: none of it at least, nearly all at most.
    fn of(self, duration: Duration) -> Duration {
        Duration::from_secs(duration.as_secs().saturating_mul(self.portion.into()) >> 32)
    }

    /// Returns how long to wait before the state of a job is requested, after it has been requested
    /// `asked` times. The waits grow by half each time, from 5 minutes to 60.
    pub(super) fn question(self, asked: u32) -> Duration {
        let mut base = SHORTEST_QUESTION;
        for _ in 0..asked.min(8) {
            base = (base * 3 / 2).min(LONGEST_QUESTION);
        }
        Duration::from_secs(base.as_secs()) + self.of(base / 2)
    }

    /// Returns how long to wait after `failures` calls in a row that may not have arrived: 30
    /// seconds, doubled each time up to half an hour, and made longer by up to as much again.
    pub(super) fn failure(self, failures: u32) -> Duration {
        let base = Duration::from_secs(30 << failures.saturating_sub(1).min(6)).min(HOUR / 2);
        base + self.of(base)
    }

    /// Returns how long to wait after Google has said no without naming a time: an hour and a bit.
    pub(super) fn refusal(self) -> Duration {
        HOUR + MINUTE + self.of(10 * MINUTE)
    }

    /// Returns how long to wait after `refusals` refusals in a row that are about the project: from
    /// an hour to four.
    pub(super) fn project(self, refusals: u32) -> Duration {
        let base = (HOUR * 3 / 2).saturating_mul(refusals.saturating_sub(1));
        self.refusal() + base.min(3 * HOUR)
    }
}

/// Same as `time + duration`, or `time` if that is beyond what the platform can represent.
pub(super) fn later(time: SystemTime, duration: Duration) -> SystemTime {
    time.checked_add(duration).unwrap_or(time)
}

/// Returns the time, but at most the longest wait from now. The one clamp: whatever a clock or a
/// server said, an export goes on after it.
pub(super) fn clamped(time: SystemTime, now: SystemTime) -> SystemTime {
    time.min(later(now, LONGEST_WAIT))
}

/// Returns whether `duration` has passed since `time`. Returns `false` if the clock was set back.
pub(super) fn has_passed(time: SystemTime, duration: Duration, now: SystemTime) -> bool {
    now.duration_since(time).is_ok_and(|passed| passed >= duration)
}

/// Returns the time without the part of a second, as it is stored.
pub(super) fn whole_seconds(time: SystemTime) -> SystemTime {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs()),
        Err(_) => time,
    }
}
