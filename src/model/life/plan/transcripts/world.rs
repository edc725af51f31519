//! A daemon with its files, on which the plans are carried out as `app` does it.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, TimeDelta};

use super::super::*;
use crate::model::life::clock::Now;
use crate::model::life::judge::judge;
use crate::model::life::observation::{PidFileSeen, ProcessFacts, ProcessSeen};
use crate::model::life::record::{Deadline, Exit, Identity, Phase, RunRecord, Supervisor};
use crate::model::life::status::{State, Status};

/// How long stops and starts are given.
const WITHIN: Duration = Duration::from_secs(10);

pub struct World {
    pub record: Option<RunRecord>,
    pub pid_file: Option<i32>,
    /// The living daemon.
    pub alive: Option<Identity>,
    /// Whether it ends when it is asked to.
    pub obeys: bool,
    pub clock: Duration,
    /// The living supervisor.
    pub supervisor: Option<Identity>,
    last_pid: i32,
    /// After so many steps whoever takes them is killed.
    cut: usize,
}

/// Whoever took the steps was killed.
#[derive(Debug, PartialEq, Eq)]
struct Cut;

impl World {
    pub fn new() -> Self {
        Self {
            record: None,
            pid_file: None,
            alive: None,
            obeys: true,
            clock: Duration::from_secs(86_400),
            supervisor: None,
            last_pid: 100,
            cut: usize::MAX,
        }
    }

    pub fn running() -> Self {
        let mut world = Self::new();
        world.start().unwrap();
        world
    }

    pub fn supervised() -> Self {
        let mut world = Self::new();
        world.supervisor = Some(identity(50));
        world.start().unwrap();
        world
    }

    pub fn cut_after(&mut self, steps: usize) {
        self.cut = steps;
    }

    fn step(&mut self) -> Result<(), Cut> {
        self.cut = self.cut.checked_sub(1).ok_or(Cut)?;
        Ok(())
    }

    pub fn observe(&self) -> Observation {
        let seen = |identity: Option<&Identity>, pid| match identity {
            Some(identity) if identity.pid == pid => ProcessSeen::Alive(ProcessFacts {
                identity: identity.clone(),
                uid: 501,
                command_line: vec!["daemon".into()],
                age: Duration::from_secs(1),
            }),
            Some(_) | None => ProcessSeen::Gone,
        };
        let record = self.record.as_ref();
        let recorded = record.map_or(ProcessSeen::Gone, |record| {
            seen(self.alive.as_ref(), record.identity.pid)
        });
        let supervisor = record.and_then(|record| record.supervisor.as_ref());
        Observation {
            now: self.now(),
            command: vec!["daemon".into()],
            pid_file: self.pid_file.map_or(PidFileSeen::Absent, |pid| {
                let written = self.now().wall;
                PidFileSeen::Pid { pid, written }
            }),
            supervisor: supervisor.map_or(ProcessSeen::Gone, |supervisor| {
                seen(self.supervisor.as_ref(), supervisor.identity.pid)
            }),
            recorded,
            record: self.record.clone(),
            named: self
                .pid_file
                .map_or(ProcessSeen::Gone, |pid| seen(self.alive.as_ref(), pid)),
            lived: None,
            our_uid: 501,
            boot_id: "this boot".into(),
            here: None,
            record_file: "/h/daemon.json".into(),
            record_damaged: false,
            record_newer: false,
            search: None,
            writes_pid_file: false,
            origin: None,
            ended: None,
        }
    }

    pub fn look_and_judge(&self) -> (Observation, Status) {
        let seen = self.observe();
        let status = judge(&seen);
        (seen, status)
    }

    pub fn state(&self) -> State {
        self.look_and_judge().1.state()
    }

    pub fn phase(&self) -> Option<Phase> {
        self.record.as_ref().map(|record| record.phase)
    }

    pub fn now(&self) -> Now {
        let since = TimeDelta::from_std(self.clock).unwrap();
        Now {
            wall: DateTime::<FixedOffset>::default() + since,
            clock: self.clock,
        }
    }

    /// As `start_locked` and `Launch` do it.
    pub fn start(&mut self) -> Result<i32, PlanRefusal> {
        let (seen, status) = self.look_and_judge();
        let supervisor = self.supervisor.clone().map(|identity| Supervisor {
            identity,
            attempt: 1,
        });
        let start = on_start(&seen, status, supervisor.as_ref())?;
        assert_eq!(self.alive, None, "there would be two");
        let pid = self.last_pid + 1;
        // Whoever is killed has not started it, but has made a transition or two.
        let _ = self.launch(start);
        Ok(pid)
    }

    fn launch(&mut self, start: Start) -> Result<(), Cut> {
        self.step()?;
        self.last_pid += 1;
        let record = RunRecord::begun(
            identity(self.last_pid),
            vec!["daemon".into()],
            self.now(),
            WITHIN,
            "/h/daemon.out".into(),
            0,
            start.supervisor,
        );
        self.record = Some(record.clone());
        self.step()?;
        if self.pid_file == start.gone {
            self.pid_file = None;
        }
        self.alive = Some(record.identity.clone());
        self.step()?;
        self.pid_file = Some(self.last_pid);
        self.step()?;
        self.record = Some(record.started());
        Ok(())
    }

    /// As `stop_locked` does it. Nothing is left of a group.
    pub fn stop(&mut self, force: Force) -> Result<(), PlanRefusal> {
        let (seen, status) = self.look_and_judge();
        match on_stop(&seen, status)? {
            Stop::End { alive, record } => {
                assert!(record.is_some(), "only the recorded one is alive here");
                let _ = self.end(alive.identity.pid, force);
            }
            Stop::Clear(crash) => {
                let gone = on_gone(crash.as_ref(), seen.record.as_ref(), false, force);
                let OnceGone::Clear { pid } = gone else {
                    panic!("nothing is left: {gone:?}");
                };
                let _ = self.clear(pid);
            }
        }
        Ok(())
    }

    fn end(&mut self, pid: i32, force: Force) -> Result<(), Cut> {
        self.step()?;
        let record = self.record.clone().unwrap();
        let before = record.phase;
        let deadline = Deadline::at(self.clock + WITHIN);
        self.record = Some(record.stopping(deadline));
        self.step()?;
        if !self.obeys && force == Force::No {
            self.clock += WITHIN;
            self.record = self.record.take().map(|it| it.stop_taken_back(before));
            return Ok(());
        }
        self.alive = None;
        self.clear(Some(pid))
    }

    fn clear(&mut self, pid: Option<i32>) -> Result<(), Cut> {
        self.step()?;
        if self.pid_file == pid {
            self.pid_file = None;
        }
        self.step()?;
        self.record = None;
        Ok(())
    }

    /// The daemon ends by itself.
    pub fn die(&mut self, _exit: Exit) {
        self.alive = None;
    }

    /// As the reaper does it, where the daemon is gone.
    pub fn reap(&mut self, exit: Exit) {
        let Some(record) = self.record.clone().filter(|_| self.alive.is_none()) else {
            return;
        };
        let pid = record.identity.pid;
        match on_end(record, exit, self.now()) {
            End::Nothing => {}
            End::Clear => {
                self.cut = usize::MAX;
                let _ = self.clear(Some(pid));
            }
            End::Note { record, well } => {
                self.record = Some(*record);
                if well && self.pid_file == Some(pid) {
                    self.pid_file = None;
                }
            }
        }
    }
}

pub fn identity(pid: i32) -> Identity {
    Identity {
        pid,
        start_token: u64::try_from(pid).unwrap(),
        boot_id: "this boot".into(),
    }
}
