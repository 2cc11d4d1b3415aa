//! The time that Google's side of the flow goes by. It is the system's, or runs faster for a
//! simulator.

use std::time::{Duration, SystemTime};

/// A clock that shows `origin` at `origin` and runs `speed` times as fast as the system's.
///
/// The origin is stored, so that a restarted app goes on at the time where it would have been.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    origin: SystemTime,
    speed: u32,
}

impl Clock {
    pub(crate) fn new(origin: SystemTime, speed: u32) -> Clock {
        Clock { origin, speed }
    }

    pub(crate) fn now(&self) -> SystemTime {
        if self.speed == 1 {
            return SystemTime::now();
        }
        // A system clock that was set back does not take this one behind its origin.
        let elapsed = self.origin.elapsed().unwrap_or_default();
        self.origin + elapsed * self.speed
    }

    /// Returns how long a stretch of this clock's time takes.
    pub(crate) fn real(&self, stretch: Duration) -> Duration {
        stretch / self.speed
    }

    pub(crate) fn speed(&self) -> u32 {
        self.speed
    }
}
