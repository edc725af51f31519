//! The place where a process runs: elsewhere, its PID and start time belong to others.

use serde::{Deserialize, Serialize};

use crate::model::text;

/// The place of a process: a computer, or a container on one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// What the computer is called.
    pub name: String,
    /// What tells computers apart, whatever they are called (`machine-id(5)`,
    /// `gethostuuid(2)`), if there is such a thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The namespace that counts its PIDs (`pid_namespaces(7)`), where the system has such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid_namespace: Option<u64>,
    /// The namespace that counts its start time (`time_namespaces(7)`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_namespace: Option<u64>,
}

impl Host {
    /// Where this is, seen from another place: nothing if they are one. `same_boot` is
    /// whether both are of one boot, which only one computer has.
    pub fn seen_from(&self, here: &Self, same_boot: bool) -> Option<String> {
        if same_boot {
            let differ = |one: Option<u64>, other| one.zip(other).is_some_and(|(a, b)| a != b);
            let apart = differ(self.pid_namespace, here.pid_namespace)
                || differ(self.time_namespace, here.time_namespace);
            return apart.then(|| "in another container".to_owned());
        }
        let is_here = match (&self.machine, &here.machine) {
            (None, None) => self.name == here.name,
            (machine, ours) => machine == ours,
        };
        // A container does not outlive its computer.
        (!is_here).then(|| format!("on {}", text::printable(&self.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Host {
        Host {
            name: "laptop".into(),
            machine: Some("3d1219c7".into()),
            pid_namespace: Some(4_026_531_836),
            time_namespace: Some(4_026_531_834),
        }
    }

    #[test]
    fn another_namespace_of_one_boot_is_another_container() {
        let there = Host {
            pid_namespace: Some(4_026_532_100),
            ..here()
        };

        assert_eq!(here().seen_from(&here(), true), None);
        assert_eq!(
            there.seen_from(&here(), true).as_deref(),
            Some("in another container")
        );
        // Where `/proc` is missing, ours is not known.
        let blind = Host {
            pid_namespace: None,
            ..here()
        };
        assert_eq!(there.seen_from(&blind, true), None);
        // The computer was restarted since.
        assert_eq!(there.seen_from(&here(), false), None);
    }

    #[test]
    fn another_machine_is_another_computer_whatever_it_is_called() {
        let there = Host {
            machine: Some("54a3c2d1".into()),
            ..here()
        };
        let renamed = Host {
            name: "laptop.local".into(),
            ..here()
        };

        assert_eq!(
            there.seen_from(&here(), false).as_deref(),
            Some("on laptop")
        );
        assert_eq!(renamed.seen_from(&here(), false), None);
    }

    #[test]
    fn without_a_machine_id_the_name_decides() {
        let nameless = |name: &str| Host {
            name: name.into(),
            machine: None,
            ..here()
        };

        assert_eq!(nameless("box").seen_from(&nameless("box"), false), None);
        assert!(nameless("box").seen_from(&nameless("b"), false).is_some());
        assert!(nameless("laptop").seen_from(&here(), false).is_some());
    }
}
