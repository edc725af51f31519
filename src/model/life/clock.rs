//! The clocks of a computer.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};

/// The two clocks at the moment of a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Wall clock, in the user's time zone.
    pub wall: DateTime<FixedOffset>,
    /// Time since boot, sleep included: it never goes backwards and does not
    /// follow a step of the wall clock.
    pub clock: Duration,
}
