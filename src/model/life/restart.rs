//! When a daemon that has ended is started again: pure decisions of a supervisor.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::life::record::Exit;

/// However often it crashes, it is started again after at most this time.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// Which ends are followed by another start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// None.
    Never,
    /// Those by a signal or with an exit code other than 0.
    OnFailure,
    /// All that nobody asked for.
    Always,
}

impl Restart {
    /// The word for it in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Restart::Never => "never",
            Restart::OnFailure => "on-failure",
            Restart::Always => "always",
        }
    }
}

/// How a supervisor goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartPolicy {
    /// After which ends.
    pub restart: Restart,
    /// The wait before the second start; each further one is twice as long, up to 60 s.
    pub delay: Duration,
    /// As many starts within the window, and it is given up; at least 1.
    pub limit: u32,
    /// The window. A daemon that lived as long as this counts as stable: what was
    /// before is forgotten.
    pub window: Duration,
}

/// The starts that still count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// By the boot clock, oldest first.
    starts: VecDeque<Duration>,
    /// How many ends there were since the daemon was last stable.
    ends: u32,
}

/// What follows an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Start again after this time.
    Restart(Duration),
    /// Too many starts within the window.
    GiveUp {
        /// How many.
        starts: u32,
    },
    /// Such an end is not followed by another start.
    Leave,
}

impl History {
    /// Notes a start.
    pub fn started(&mut self, now: Duration) {
        self.starts.push_back(now);
    }

    /// How many starts in a row there were, the last one included.
    pub fn attempt(&self) -> u32 {
        self.ends + 1
    }

    /// Decides what follows an end. `exit` is nothing if it is not known how the
    /// daemon ended; `chance`, from 0 to 1, spreads the delay by a quarter to both sides,
    /// so that daemons that fell together do not rise together.
    pub fn ended(
        &mut self,
        policy: &RestartPolicy,
        exit: Option<Exit>,
        now: Duration,
        chance: f64,
    ) -> Decision {
        let again = match policy.restart {
            Restart::Never => false,
            Restart::OnFailure => exit != Some(Exit::Code(0)),
            Restart::Always => true,
        };
        if !again {
            return Decision::Leave;
        }
        let lived = self.starts.back().map(|start| now.saturating_sub(*start));
        if lived.is_some_and(|lived| lived >= policy.window) {
            *self = Self::default();
        }
        while let Some(oldest) = self.starts.front()
            && now.saturating_sub(*oldest) >= policy.window
        {
            self.starts.pop_front();
        }
        let starts = u32::try_from(self.starts.len()).unwrap_or(u32::MAX);
        if starts >= policy.limit {
            return Decision::GiveUp { starts };
        }
        let doubled = policy.delay.saturating_mul(1 << self.ends.min(16));
        self.ends += 1;
        let spread = 0.75 + chance.clamp(0.0, 1.0) / 2.0;
        Decision::Restart(doubled.min(LONGEST_DELAY).mul_f64(spread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RestartPolicy = RestartPolicy {
        restart: Restart::OnFailure,
        delay: Duration::from_secs(1),
        limit: 5,
        window: Duration::from_secs(60),
    };
    /// No spread.
    const EVEN: f64 = 0.5;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Crashes `lived` seconds after each start, until it is no longer started again.
    /// Returns the delays and the last decision.
    fn crash_on(policy: &RestartPolicy, lived: u64, most: usize) -> (Vec<u64>, Decision) {
        let mut history = History::default();
        let mut now = at(1_000);
        let mut delays = Vec::new();
        loop {
            history.started(now);
            now += at(lived);
            let decision = history.ended(policy, Some(Exit::Code(1)), now, EVEN);
            let (Decision::Restart(delay), true) = (decision, delays.len() < most) else {
                return (delays, decision);
            };
            delays.push(delay.as_secs());
            now += delay;
        }
    }

    #[test]
    fn the_fifth_crash_within_a_minute_is_the_last() {
        let (delays, last) = crash_on(&POLICY, 0, 100);

        assert_eq!(delays, [1, 2, 4, 8]);
        assert_eq!(last, Decision::GiveUp { starts: 5 });
    }

    #[test]
    fn slow_crashes_are_followed_by_ever_longer_waits_but_no_longer_than_a_minute() {
        let (delays, last) = crash_on(&POLICY, 20, 9);

        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(last, Decision::Restart(at(60)));
    }

    #[test]
    fn a_minute_of_life_forgets_what_was_before() {
        let (delays, _) = crash_on(&POLICY, 60, 5);

        assert_eq!(delays, [1; 5]);
    }

    #[test]
    fn the_wait_is_spread_by_a_quarter() {
        let wait = |chance| {
            let mut history = History::default();
            history.started(at(0));
            history.ended(&POLICY, None, at(1), chance)
        };

        assert_eq!(wait(0.0), Decision::Restart(Duration::from_millis(750)));
        assert_eq!(wait(1.0), Decision::Restart(Duration::from_millis(1250)));
    }

    #[test]
    fn which_ends_are_followed_by_a_start() {
        let starts_again = |restart, exit| {
            let policy = RestartPolicy { restart, ..POLICY };
            let mut history = History::default();
            history.started(at(0));
            history.ended(&policy, exit, at(1), EVEN) != Decision::Leave
        };
        let well = Some(Exit::Code(0));
        let badly = [Some(Exit::Code(3)), Some(Exit::Signal(9)), None];

        assert!(!starts_again(Restart::Never, well));
        assert!(!starts_again(Restart::OnFailure, well));
        assert!(starts_again(Restart::Always, well));
        for exit in badly {
            assert!(!starts_again(Restart::Never, exit));
            assert!(starts_again(Restart::OnFailure, exit));
            assert!(starts_again(Restart::Always, exit));
        }
    }

    #[test]
    fn the_first_crash_is_the_last_where_the_limit_is_one() {
        let policy = RestartPolicy { limit: 1, ..POLICY };

        let (delays, last) = crash_on(&policy, 1, 10);

        assert_eq!(delays, [0; 0]);
        assert_eq!(last, Decision::GiveUp { starts: 1 });
    }
}
