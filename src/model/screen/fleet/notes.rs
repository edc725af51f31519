//! The one notification of several daemons.

use super::{Fleet, FleetEffect, Member};
use crate::model::screen::command::DaemonId;
use crate::model::screen::machine::Effect;
use crate::model::screen::notice::{Action, Notice};
use crate::model::screen::view::fleet;

impl Fleet {
    /// Says what is wrong once more, or how all are.
    pub(super) fn tell(&mut self) -> Vec<FleetEffect> {
        let notice = match self.combined() {
            Some(notice) => notice,
            None => fleet::summary(self),
        };
        vec![FleetEffect::One(DaemonId(0), Effect::Notify(notice))]
    }

    /// There is one notification at a time: it tells of all that are not over.
    pub(super) fn notify(&mut self, number: usize, notice: Notice) -> Effect {
        self.told = number;
        self.members[number].note = notice.urgent.then(|| notice.clone());
        let others = self.standing();
        match self.combined() {
            Some(several) if notice.urgent && others.len() > 1 => Effect::Notify(several),
            Some(other) if !notice.urgent => Effect::Notify(Notice {
                body: format!("{}\nStill: {}", notice.body, other.title),
                ..notice
            }),
            Some(_) | None => Effect::Notify(notice),
        }
    }

    pub(super) fn withdraw(&mut self, number: usize) -> Effect {
        self.members[number].note = None;
        if let Some(first) = self.standing().first() {
            self.told = *first;
        }
        // What the others have to say is said again without this one.
        self.combined().map_or(Effect::Withdraw, Effect::Notify)
    }

    /// Those that have something on the screen that is not over.
    pub(super) fn standing(&self) -> Vec<usize> {
        let numbered = self.members.iter().enumerate();
        let standing = numbered.filter(|(_, member)| member.note.is_some());
        standing.map(|(number, _)| number).collect()
    }

    /// What stands, as one notification.
    fn combined(&self) -> Option<Notice> {
        let notes: Vec<(&Member, &Notice)> = self
            .members
            .iter()
            .filter_map(|member| Some((member, member.note.as_ref()?)))
            .collect();
        let lines = notes.iter().map(|(_, notice)| {
            let why = notice.body.lines().next().unwrap_or_default();
            format!("{}: {why}", notice.title)
        });
        match &notes[..] {
            [] => None,
            [(_, only)] => Some((*only).clone()),
            several => {
                let names: Vec<&str> = several
                    .iter()
                    .map(|(member, _)| member.machine.name())
                    .collect();
                let are_down = several.iter().all(|(member, _)| member.machine.is_down());
                let title = if are_down {
                    format!("{} crashed", fleet::list(&names))
                } else {
                    format!("{} need attention", fleet::list(&names))
                };
                Some(Notice {
                    title,
                    body: lines.collect::<Vec<_>>().join("\n"),
                    urgent: true,
                    actions: if are_down {
                        &[Action::StartCrashed]
                    } else {
                        &[]
                    },
                })
            }
        }
    }
}
