//! All daemons on one screen: a machine each, and what concerns them all.
//!
//! What happens to one of them goes to its machine and to no other. The first machine keeps the
//! house as well: jobs, switches, what starts at login, the configuration file.

mod notes;

use crate::model::config::Config;
use crate::model::screen::command::{AllOperation, Command, DaemonId, Operation};
use crate::model::screen::jobs::Memory;
use crate::model::screen::machine::{Company, Effect, Input, Machine};
use crate::model::screen::notice::Notice;

/// Whom an input concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Nobody in particular, or everybody.
    All,
    /// The daemon of this id in the configuration ([`crate::model::config::Managed::id`]).
    One(String),
    /// The daemon whose notification is on the screen.
    Told,
}

/// What is to be done, each once.
#[derive(Debug, Clone, PartialEq)]
pub enum FleetEffect {
    /// For a daemon, or for the house.
    One(DaemonId, Effect),
    /// Do this to these, in the order in which they need each other.
    All(AllOperation, Vec<DaemonId>),
}

/// All daemons.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// At least one.
    members: Vec<Member>,
    /// Whose notification was made last.
    told: usize,
}

/// A daemon of the fleet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub id: String,
    pub group: String,
    pub machine: Machine,
    /// What is on the screen of it, where somebody should look.
    note: Option<Notice>,
}

impl Fleet {
    /// A fleet that has seen nothing yet.
    pub fn new(config: &Config, is_demo: bool, told: Memory) -> Self {
        let mut told = Some(told);
        let members = (0..config.daemons.len()).map(|number| {
            let mut member = Member::new(config, number);
            member.machine = member.machine.in_demo(is_demo);
            if let Some(told) = told.take() {
                member.machine = member.machine.remembering(told);
            }
            member
        });
        let mut fleet = Self {
            members: members.collect(),
            told: 0,
        };
        fleet.count();
        fleet
    }

    /// Its daemons, in the order of the configuration.
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// What keeps the house.
    pub(super) fn house(&self) -> &Machine {
        &self.members[0].machine
    }

    /// Takes one input and says what is to be done.
    pub fn step(&mut self, whom: &Whom, input: Input) -> Vec<FleetEffect> {
        let number = match whom {
            Whom::All => None,
            Whom::Told => Some(self.told.min(self.members.len() - 1)),
            Whom::One(id) => {
                let Some(number) = self.members.iter().position(|member| member.id == *id) else {
                    // What is no longer there is of no interest.
                    return Vec::new();
                };
                Some(number)
            }
        };
        match (number, input) {
            (None, Input::Configured(config)) => self.configured(&config),
            (None, input @ (Input::Waited(_) | Input::Viewed | Input::Switched(_, Ok(_)))) => {
                let all = 0..self.members.len();
                all.flat_map(|number| self.one(number, input.clone()))
                    .collect()
            }
            (None, Input::Asked(Command::All(operation))) => self.all(operation),
            (None, Input::Asked(Command::Quit)) => self.quit(),
            (None, Input::Asked(Command::Tell)) if self.members.len() > 1 => self.tell(),
            (None, input) => self.one(0, input),
            (Some(_), Input::Asked(Command::All(operation))) => self.all(operation),
            (Some(number), input @ Input::Asked(Command::Follow)) => {
                // What it told was seen, of the others too; it leads to what came last.
                for member in &mut self.members {
                    member.note = None;
                }
                self.one(number, input)
            }
            (Some(number), input) => self.one(number, input),
        }
    }

    fn one(&mut self, number: usize, input: Input) -> Vec<FleetEffect> {
        let effects = self.members[number].machine.step(input);
        let effects = effects.into_iter();
        effects
            .map(|effect| {
                let effect = match effect {
                    Effect::Notify(notice) => self.notify(number, notice),
                    Effect::Withdraw => self.withdraw(number),
                    Effect::Run(_)
                    | Effect::Cancel
                    | Effect::Open(_)
                    | Effect::SetLogin(..)
                    | Effect::Write(..)
                    | Effect::Job(..)
                    | Effect::Remember(_)
                    | Effect::Quit => effect,
                };
                FleetEffect::One(DaemonId(number), effect)
            })
            .collect()
    }

    fn configured(&mut self, config: &Config) -> Vec<FleetEffect> {
        let mut before: Vec<Option<Member>> = self.members.drain(..).map(Some).collect();
        let house = before[0].as_ref().map(|member| member.machine.clone());
        for (number, managed) in config.daemons.iter().enumerate() {
            let same = before
                .iter_mut()
                .find(|member| member.as_ref().is_some_and(|it| it.id == managed.id));
            let known = same.and_then(Option::take);
            let mut member = known.unwrap_or_else(|| Member::new(config, number));
            member.group.clone_from(&managed.group);
            self.members.push(member);
        }
        // Whoever comes first now keeps the house as it was.
        if let Some(house) = house {
            self.members[0].machine.keep_house_of(house);
        }
        self.told = 0;
        self.count();
        let all = 0..self.members.len();
        all.flat_map(|number| self.one(number, Input::Configured(Box::new(config.only(&[number])))))
            .collect()
    }

    /// Tells each whether it is alone.
    fn count(&mut self) {
        let company = match self.members.len() {
            1 => Company::Alone,
            _ => Company::Others,
        };
        for member in &mut self.members {
            member.machine.company = company;
        }
    }

    /// Begins something with all daemons that it can be done with. A start that is under way is
    /// given up where all are to stop.
    fn all(&mut self, operation: AllOperation) -> Vec<FleetEffect> {
        let mut effects = Vec::new();
        if operation == AllOperation::Stop {
            let all = 0..self.members.len();
            effects.extend(all.flat_map(|number| self.one(number, Input::Asked(Command::Cancel))));
        }
        let mut meant = Vec::new();
        for (number, member) in self.members.iter_mut().enumerate() {
            if member.machine.is_open_to(operation) {
                member.machine.begin(match operation {
                    AllOperation::Start | AllOperation::StartCrashed => Operation::Start,
                    AllOperation::Stop => Operation::Stop,
                });
                meant.push(DaemonId(number));
            }
        }
        if !meant.is_empty() {
            effects.push(FleetEffect::All(operation, meant));
        }
        effects
    }

    /// Ends the tray, unless a restart that is under way would be cut short.
    fn quit(&mut self) -> Vec<FleetEffect> {
        let all = 0..self.members.len();
        let effects: Vec<Vec<FleetEffect>> = all
            .map(|number| self.one(number, Input::Asked(Command::Quit)))
            .collect();
        if effects.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        effects.into_iter().next().unwrap_or_default()
    }
}

impl Member {
    fn new(config: &Config, number: usize) -> Self {
        let managed = &config.daemons[number];
        Self {
            id: managed.id.clone(),
            group: managed.group.clone(),
            machine: Machine::new(&config.only(&[number])),
            note: None,
        }
    }
}
