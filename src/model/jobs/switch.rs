//! What the command line said about a job (`jobs/NAME.switch.json`): since when it should run, and
//! when not.

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use super::record::{Clocks, Last};

/// What holds for a job besides its schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSwitch {
    /// Since when it is enabled: nothing was missed before.
    pub since: Option<DateTime<FixedOffset>>,
    /// From when on it is held back.
    pub off_from: Option<DateTime<FixedOffset>>,
    /// Until when; for good, if nothing is said.
    pub off_until: Option<DateTime<FixedOffset>>,
    /// What went wrong and was seen by somebody who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
}

/// That somebody knows what went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// When: what was missed until then.
    pub at: Clocks,
    /// When the run began that had not ended well.
    pub run: Option<Clocks>,
}

impl JobSwitch {
    /// Whether it is held back at a moment, and until when.
    #[allow(clippy::option_option)] // Until a moment, for good, or not at all.
    pub fn holds_back(&self, at: DateTime<FixedOffset>) -> Option<Option<DateTime<FixedOffset>>> {
        let from = self.off_from?;
        let is_over = self.off_until.is_some_and(|until| until <= at);
        (from <= at && !is_over).then_some(self.off_until)
    }

    /// Whether the last run was acknowledged.
    pub fn has_acknowledged(&self, last: &Last) -> bool {
        let run = self.acknowledged.as_ref().and_then(|it| it.run.as_ref());
        run.is_some() && run == last.record().map(|record| &record.began)
    }

    /// Until when it is known what was missed.
    pub fn acknowledged_until(&self, now: &Clocks) -> Option<DateTime<FixedOffset>> {
        self.acknowledged.as_ref().map(|it| it.at.wall_by(now))
    }

    /// The end of the last time in which it was held back, if that is over.
    pub fn held_until(&self, at: DateTime<FixedOffset>) -> Option<DateTime<FixedOffset>> {
        self.off_until.filter(|until| *until <= at)
    }
}
