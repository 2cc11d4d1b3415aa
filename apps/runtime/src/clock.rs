//! The time that Google's side of the flow goes by. It is the system's, or runs faster for a
//! simulator.

use std::time::{Duration, SystemTime};

/// A clock that shows its epoch at its epoch and runs `speed` times as fast as the system's.
///
/// Store the epoch: a restarted app goes on at the time where it would have been, and several
/// processes agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    epoch: SystemTime,
    speed: u32,
}

impl Clock {
    /// Returns a clock that was right at `epoch`. A speed of 0 is taken as 1.
    #[must_use]
    pub fn new(epoch: SystemTime, speed: u32) -> Clock {
        Clock { epoch, speed: speed.max(1) }
    }

    /// Returns what the clock shows.
    #[must_use]
    pub fn now(self) -> SystemTime {
        self.at(SystemTime::now())
    }

    /// Returns what the clock shows when the system's shows `system`.
    fn at(self, system: SystemTime) -> SystemTime {
        if self.speed == 1 {
            return system;
        }
        // A system clock that was set back does not take this one behind its epoch.
        let elapsed = system.duration_since(self.epoch).unwrap_or_default();
        self.epoch + elapsed * self.speed
    }

    /// Returns how long a stretch of this clock's time really takes.
    #[must_use]
    pub fn real(self, stretch: Duration) -> Duration {
        stretch / self.speed
    }

    /// Returns what passes on this clock in a stretch of real time.
    #[must_use]
    pub fn passes_in(self, real: Duration) -> Duration {
        real * self.speed
    }

    /// Returns how many times as fast as real time it runs.
    #[must_use]
    pub fn speed(self) -> u32 {
        self.speed
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::{Clock, Duration};

    const EPOCH: Duration = Duration::from_secs(1_750_000_000);

    #[test]
    fn a_clock_is_right_at_its_epoch_and_runs_at_its_speed() {
        let epoch = UNIX_EPOCH + EPOCH;
        for speed in [2, 600, 100_000] {
            let clock = Clock::new(epoch, speed);
            assert_eq!(clock.at(epoch), epoch);
            for real in [1, 60, 86_400].map(Duration::from_secs) {
                assert_eq!(clock.at(epoch + real), epoch + clock.passes_in(real));
                assert_eq!(clock.real(clock.passes_in(real)), real);
            }
        }
    }

    #[test]
    fn a_system_clock_that_is_set_back_takes_no_fast_clock_behind_its_epoch() {
        let epoch = UNIX_EPOCH + EPOCH;
        let earlier = UNIX_EPOCH + EPOCH / 2;
        assert_eq!(Clock::new(epoch, 600).at(earlier), epoch);
        assert_eq!(Clock::new(epoch, 1).at(earlier), earlier);
    }
}
