//! How several daemons are as a whole.

use crate::model::life::status::State;

/// How one of them is, as far as it matters to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct One {
    /// Its state; nothing where what is configured of it cannot be used.
    pub state: Option<State>,
    /// Whether it is meant to run.
    pub is_wanted: bool,
}

/// The exit code of a look at all of them: 4 where one is unclear, 1 where one has crashed, 3 where
/// one that is meant to run does not, and else 0.
pub fn code(daemons: &[One]) -> u8 {
    let any = |is: fn(&One) -> bool| daemons.iter().any(is);
    if any(|one| matches!(one.state, None | Some(State::Foreign | State::Unknown))) {
        4
    } else if any(|one| matches!(one.state, Some(State::Crashed | State::CrashLooping))) {
        1
    } else if any(|one| {
        one.is_wanted && matches!(one.state, Some(State::Stopped | State::NotConfigured))
    }) {
        3
    } else {
        0
    }
}

/// The state that stands for all of them; nothing where what is configured of one cannot be used,
/// and nothing worse has happened. They are stopped only where nothing runs and nothing is wrong.
pub fn worst(daemons: &[One]) -> Option<State> {
    let order = [
        Some(State::CrashLooping),
        Some(State::Crashed),
        Some(State::Unhealthy),
        Some(State::Unknown),
        Some(State::Foreign),
        None,
        Some(State::Degraded),
        Some(State::Starting),
        Some(State::Stopping),
        Some(State::Running),
        Some(State::Stopped),
    ];
    let is_there = |state: &&Option<State>| daemons.iter().any(|one| one.state == **state);
    order
        .iter()
        .find(is_there)
        .copied()
        .unwrap_or(Some(State::NotConfigured))
}

/// The word for a state, also where there is none.
pub fn word(state: Option<State>) -> &'static str {
    state.map_or("misconfigured", State::word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one() -> impl Strategy<Value = One> {
        (0..=State::ALL.len(), any::<bool>()).prop_map(|(state, is_wanted)| One {
            state: State::ALL.get(state).copied(),
            is_wanted,
        })
    }

    /// The heavier a code, the later it stands here.
    fn weight(code: u8) -> Option<usize> {
        [0, 3, 1, 4].iter().position(|known| *known == code)
    }

    #[test]
    fn one_that_is_not_meant_to_run_may_be_stopped() {
        let running = One {
            state: Some(State::Running),
            is_wanted: true,
        };
        let stopped = |is_wanted| One {
            state: Some(State::Stopped),
            is_wanted,
        };

        assert_eq!(code(&[running, stopped(false)]), 0);
        assert_eq!(code(&[running, stopped(true)]), 3);
        assert_eq!(worst(&[running, stopped(true)]), Some(State::Running));
        assert_eq!(worst(&[stopped(false)]), Some(State::Stopped));
    }

    proptest! {
        #[test]
        fn one_more_daemon_never_makes_it_better(
            daemons in proptest::collection::vec(one(), 0..6),
            more in one(),
        ) {
            let before = code(&daemons);
            let all = [daemons, vec![more]].concat();
            prop_assert!(weight(code(&all)) >= weight(before));
            prop_assert!(weight(code(&all)) >= weight(code(&[more])));
        }
    }
}
