//! The time, which runs faster against a simulated Google.

use std::time::{Duration, SystemTime};

/// A clock that showed real time at its epoch, and has run `speed` times as fast since.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// In seconds since 1970.
    pub epoch: u64,
    /// How many times as fast as real time.
    pub speed: u32,
}

impl Clock {
    /// Returns what the clock shows.
    #[must_use]
    pub fn now(self) -> SystemTime {
        let epoch = Duration::from_secs(self.epoch);
        let elapsed = since_1970(SystemTime::now()).saturating_sub(epoch);
        SystemTime::UNIX_EPOCH + epoch + elapsed * self.speed
    }

    /// Returns what passes on this clock in a stretch of real time.
    #[must_use]
    pub fn passes_in(self, real: Duration) -> Duration {
        real * self.speed
    }
}

/// Returns the Unix time.
#[must_use]
pub fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
