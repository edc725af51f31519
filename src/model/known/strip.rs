//! The last seven days of a daemon or a job: when it ran, and what went wrong.

use chrono::{DateTime, FixedOffset, TimeDelta};

use crate::model::history::{Event, EventKind};

/// How far back it goes.
pub const SPAN: TimeDelta = TimeDelta::days(7);

/// What is drawn, in thousandths of the time from the left.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Strip {
    /// From when until when it ran.
    pub ran: Vec<(u32, u32)>,
    /// When what happened.
    pub marks: Vec<(u32, EventKind)>,
    /// How often it went wrong.
    pub bad: usize,
    /// How often a run of a job went well.
    pub good: usize,
}

impl Strip {
    /// Of these events of one, in their order; `alive_since` is when the daemon was started that
    /// runs now.
    pub fn of<'a>(
        events: impl Iterator<Item = &'a Event>,
        alive_since: Option<DateTime<FixedOffset>>,
        now: DateTime<FixedOffset>,
    ) -> Self {
        let begin = now - SPAN;
        let place = |at: DateTime<FixedOffset>| {
            let since = (at.clamp(begin, now) - begin).num_seconds();
            u32::try_from(since * 1000 / SPAN.num_seconds()).unwrap_or_default()
        };
        let mut strip = Self::default();
        let mut up_since = None;
        for event in events {
            match event.kind {
                EventKind::Started => up_since = Some(event.at),
                EventKind::Stopped | EventKind::Crashed => {
                    if let Some(since) = up_since.take().filter(|_| event.at > begin) {
                        strip.ran.push((place(since), place(event.at)));
                    }
                }
                EventKind::Unhealthy
                | EventKind::Recovered
                | EventKind::GivenUp
                | EventKind::Ran
                | EventKind::Failed
                | EventKind::Missed => {}
            }
            let is_bad = event.kind.is_bad();
            if event.at > begin && (is_bad || event.kind == EventKind::Ran) {
                strip.marks.push((place(event.at), event.kind));
                strip.bad += usize::from(is_bad);
                strip.good += usize::from(!is_bad);
            }
        }
        if let Some(since) = alive_since {
            strip.ran.push((place(since), 1000));
        }
        strip
    }

    /// How much of the time it ran, in percent.
    pub fn percent(&self) -> u32 {
        let mut covered = 0;
        let mut reached = 0;
        let mut ran = self.ran.clone();
        ran.sort_unstable();
        for (from, until) in ran {
            covered += until.saturating_sub(from.max(reached));
            reached = reached.max(until);
        }
        covered / 10
    }
}
