//! What was said about a job on the command line (`jobs/NAME.switch.json`): since when it is
//! meant to run, and when not.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

/// What holds for a job besides its schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSwitch {
    /// Since when it is enabled: nothing was missed before.
    pub since: Option<DateTime<FixedOffset>>,
    /// From when on it is held back.
    pub off_from: Option<DateTime<FixedOffset>>,
    /// Until when; for good, where nothing is said.
    pub off_until: Option<DateTime<FixedOffset>>,
}

impl JobSwitch {
    /// Whether it is held back at a moment, and until when.
    pub fn holds_back(&self, at: DateTime<FixedOffset>) -> Option<Option<DateTime<FixedOffset>>> {
        let from = self.off_from?;
        let is_over = self.off_until.is_some_and(|until| until <= at);
        (from <= at && !is_over).then_some(self.off_until)
    }

    /// The end of the last time in which it was held back, where that is over.
    pub fn held_until(&self, at: DateTime<FixedOffset>) -> Option<DateTime<FixedOffset>> {
        self.off_until.filter(|until| *until <= at)
    }
}
