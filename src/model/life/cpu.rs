//! Processor use as shown: over the last interval, but without flickering.

use std::time::Duration;

use crate::model::life::clock::Now;
use crate::model::life::record::Identity;
use crate::model::life::status::Status;

/// The kernel counts in ticks: two looks closer together than this say nothing.
const CLOSE: Duration = Duration::from_millis(200);

/// A small change is shown no sooner than this after the last one.
const STEADY: Duration = Duration::from_secs(30);

/// Processor time of one process, look by look.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CpuMeter {
    sample: Option<Sample>,
    shown: Option<Shown>,
}

/// What a look saw.
#[derive(Debug, Clone, PartialEq)]
struct Sample {
    /// Of which process.
    of: Identity,
    /// Processor time that it has used since its start.
    used: Duration,
    /// When, by the boot clock.
    at: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Shown {
    percent: u64,
    at: Duration,
}

impl CpuMeter {
    /// In percent of one processor, once two looks have seen the same process.
    pub fn percent(&self) -> Option<u64> {
        self.shown.map(|shown| shown.percent)
    }

    /// Takes a look.
    pub fn measure(&mut self, status: &Status, now: Now) {
        self.take(status.alive().and_then(|alive| {
            Some(Sample {
                of: alive.identity.clone(),
                used: alive.usage.cpu_time?,
                at: now.clock,
            })
        }));
    }

    fn take(&mut self, sample: Option<Sample>) {
        let (Some(before), Some(now)) = (&self.sample, &sample) else {
            (self.sample, self.shown) = (sample, None);
            return;
        };
        if before.of != now.of {
            (self.sample, self.shown) = (sample, None);
            return;
        }
        let passed = now.at.saturating_sub(before.at);
        if passed < CLOSE {
            return;
        }
        let used = now.used.saturating_sub(before.used).as_millis();
        if let Ok(percent) = u64::try_from(used * 100 / passed.as_millis()) {
            self.show(percent, now.at);
        }
        self.sample = sample;
    }

    /// A row of the menu is not rewritten for a point more or less.
    fn show(&mut self, percent: u64, at: Duration) {
        if let Some(shown) = self.shown {
            let small = shown.percent.abs_diff(percent) <= (shown.percent / 5).max(2);
            if small && at.saturating_sub(shown.at) < STEADY {
                return;
            }
        }
        self.shown = Some(Shown { percent, at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At this second the process has used so many milliseconds.
    fn sample(pid: i32, second: u64, used: u64) -> Sample {
        Sample {
            of: Identity {
                pid,
                start_token: 1,
                boot_id: "boot".into(),
            },
            used: Duration::from_millis(used),
            at: Duration::from_secs(second),
        }
    }

    fn shown(looks: &[(u64, u64)]) -> Option<u64> {
        let mut meter = CpuMeter::default();
        for (second, used) in looks {
            meter.take(Some(sample(7, *second, *used)));
        }
        meter.percent()
    }

    #[test]
    fn it_is_that_of_the_last_interval() {
        assert_eq!(shown(&[(0, 6000)]), None);
        assert_eq!(shown(&[(0, 6000), (2, 7000)]), Some(50));
        assert_eq!(shown(&[(0, 6000), (2, 7000), (4, 7000)]), Some(0));
    }

    #[test]
    fn another_process_begins_anew() {
        let mut meter = CpuMeter::default();
        meter.take(Some(sample(7, 0, 6000)));
        meter.take(Some(sample(7, 2, 7000)));

        meter.take(Some(sample(8, 4, 10)));
        assert_eq!(meter.percent(), None);
        meter.take(Some(sample(8, 6, 210)));
        assert_eq!(meter.percent(), Some(10));
        meter.take(None);
        assert_eq!(meter.percent(), None);
    }

    #[test]
    fn looks_close_together_change_nothing() {
        let mut meter = CpuMeter::default();
        meter.take(Some(sample(7, 0, 0)));
        meter.take(Some(sample(7, 2, 1000)));

        meter.take(Some(Sample {
            at: Duration::from_millis(2100),
            ..sample(7, 2, 1100)
        }));

        assert_eq!(meter.percent(), Some(50));
    }

    #[test]
    fn a_point_more_or_less_is_shown_twice_a_minute() {
        // 1 %, then 3 % in each interval of 2 s.
        let looks: Vec<(u64, u64)> = (0..=20)
            .map(|look| (look * 2, if look == 0 { 0 } else { 20 + (look - 1) * 60 }))
            .collect();

        assert_eq!(shown(&looks[..2]), Some(1));
        assert_eq!(shown(&looks[..16]), Some(1));
        assert_eq!(shown(&looks[..17]), Some(3));
    }
}
