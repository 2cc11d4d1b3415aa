//! When the next call is due: Google's 5 to 60 minutes, and back-off.

use core::time::Duration;
use std::time::SystemTime;

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The shortest time between two requests for the state of a job.
const SHORTEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// With the spread of up to a half, the longest wait is 60 minutes.
const LONGEST_BASE: Duration = Duration::from_secs(40 * 60);

/// Returns how long to wait before the state of a job is requested, after it has been requested
/// `questions` times. The waits grow by half each time, from 5 minutes to 60. Each is made longer
/// by up to half of it, so that many exports do not call at the same time.
pub(super) fn between_questions(questions: u32, spread: u32) -> Duration {
    let mut base = SHORTEST_WAIT;
    for _ in 0..questions.min(8) {
        base = (base * 3 / 2).min(LONGEST_BASE);
    }
    base + portion(base / 2, spread)
}

/// Returns how long to wait after `failures` calls in a row had no useful response: 30 seconds,
/// doubled each time up to half an hour, and made longer by up to as much again.
pub(super) fn after_failures(failures: u32, spread: u32) -> Duration {
    let base = Duration::from_secs(30 << failures.saturating_sub(1).min(6)).min(HOUR / 2);
    base + portion(base, spread)
}

/// Returns a portion of a duration: none of it for 0, nearly all for `u32::MAX`.
fn portion(of: Duration, spread: u32) -> Duration {
    let millis = u64::try_from(of.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis((millis >> 8).saturating_mul(u64::from(spread)) >> 24)
}

/// Returns the `index`th number of a sequence that spreads evenly, whatever the seed: multiples of the
/// golden ratio.
pub(super) fn spread(seed: u32, index: u32) -> u32 {
    seed.wrapping_add(index).wrapping_mul(0x9E37_79B9)
}

/// Same as `time + duration`, or `time` if that is beyond what the platform can represent.
pub(super) fn later(time: SystemTime, duration: Duration) -> SystemTime {
    time.checked_add(duration).unwrap_or(time)
}

/// Returns whether `duration` has passed since `time`. Returns `false` if the clock was set back.
pub(super) fn has_passed(time: SystemTime, duration: Duration, now: SystemTime) -> bool {
    now.duration_since(time)
        .is_ok_and(|passed| passed >= duration)
}
