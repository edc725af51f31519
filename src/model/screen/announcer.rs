//! What has been announced, and what to announce next.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::config::Notifications;
use crate::model::life::health::part::Part;
use crate::model::life::record::Identity;
use crate::model::life::report::Report;
use crate::model::life::status::{Alive, State, Status};
use crate::model::screen::notice::{self, Interruption, Transition};
use crate::model::words;

/// A pause between two looks that is longer by this than it should be was a sleep of
/// the computer.
const SLEPT: Duration = Duration::from_secs(10);

/// For how long ill health that comes again is not announced again.
const FLAPPING: Duration = Duration::from_secs(600);

/// The memory behind the notifications.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Announcer {
    /// The last conclusion about which it was decided whether to announce it.
    told: Option<Status>,
    /// Whose ill health was announced last, and when by the boot clock.
    told_sick: Option<(Identity, Duration)>,
    /// The parts that were announced, and of which daemon.
    told_parts: (Option<Identity>, BTreeMap<String, Told>),
    /// When the last look was made, by the boot clock.
    last_look: Option<Duration>,
}

/// A part of a daemon whose failing was announced.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Told {
    /// When, by the boot clock.
    at: Duration,
    /// Whether it has failed ever since.
    still: bool,
}

/// What a look has led to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look<'a> {
    /// What people call the daemon.
    pub name: &'a str,
    /// What was concluded.
    pub report: &'a Report,
    /// Between two looks.
    pub interval: Duration,
    /// Whether the user asked for something that is under way or just done.
    pub asked: bool,
    /// What is announced at all.
    pub switches: Notifications,
}

impl Announcer {
    /// Decides whether to announce what was seen.
    pub fn decide(&mut self, look: Look<'_>) -> Interruption {
        let (report, new) = (look.report, &look.report.status);
        let clock = report.now.clock;
        let since = |before: Duration| clock.saturating_sub(before);
        let last_look = self.last_look.replace(clock);
        let slept = last_look.is_some_and(|last| since(last) > look.interval * 2 + SLEPT);
        // Right after a sleep much is not yet what it was and will be again: a change
        // must be seen in two looks.
        if slept && self.told.as_ref().map(Status::state) != Some(new.state()) {
            return Interruption::Nothing;
        }

        let identity = new.alive().map(|alive| &alive.identity);
        let flapping = self
            .told_sick
            .as_ref()
            .is_some_and(|(of, at)| Some(of) == identity && since(*at) < FLAPPING);
        let verdict = notice::decide(
            look.name,
            Transition {
                old: self.told.as_ref(),
                new,
                said: &words::said(&report.said, report.now.wall),
                flapping,
                asked: look.asked,
            },
            look.switches,
        );
        let is_sick = new.state() == State::Unhealthy;
        if let (true, Interruption::Announce(_), Some(identity)) = (is_sick, &verdict, identity) {
            self.told_sick = Some((identity.clone(), clock));
        }
        if verdict == Interruption::Later {
            return Interruption::Nothing;
        }
        self.told = Some(new.clone());
        let (Interruption::Nothing | Interruption::Withdraw, Status::Running(alive)) =
            (&verdict, new)
        else {
            return verdict;
        };
        let (failing, is_over) = self.parts(alive, clock);
        if !failing.is_empty() && look.switches.degraded {
            return Interruption::Announce(notice::of_parts(look.name, &failing));
        }
        if is_over {
            Interruption::Withdraw
        } else {
            verdict
        }
    }

    /// The parts that have begun to fail and are to be announced; and whether none fails any more
    /// of those that were.
    fn parts<'a>(&mut self, alive: &'a Alive, clock: Duration) -> (Vec<&'a Part>, bool) {
        let (of, told) = &mut self.told_parts;
        if of.as_ref() != Some(&alive.identity) {
            (*of, *told) = (Some(alive.identity.clone()), BTreeMap::new());
        }
        let failed = told.values().any(|told| told.still);
        for (name, told) in told.iter_mut() {
            told.still &= alive.failing.iter().any(|part| part.name == *name);
        }
        let is_new = |part: &&Part| {
            told.get(&part.name)
                .is_none_or(|told| !told.still && clock.saturating_sub(told.at) >= FLAPPING)
        };
        let new: Vec<&Part> = alive.failing.iter().filter(is_new).collect();
        let told_now = Told {
            at: clock,
            still: true,
        };
        told.extend(new.iter().map(|part| (part.name.clone(), told_now)));
        (new, failed && alive.failing.is_empty())
    }
}
