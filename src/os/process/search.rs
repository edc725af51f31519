//! Searches this user's processes for one by what it runs.

use std::time::{Duration, Instant};

use super::{boot_id, our_uid, parent, platform, see};
use crate::model::life::observation::{ProcessSeen, Search};

/// Long enough for many thousands of processes.
const MOST: Duration = Duration::from_secs(2);

/// The processes of this user whose command line fits. What was made by one of them is not
/// named besides, and this process is not among them.
pub fn search(fits: impl Fn(&[String]) -> bool) -> Search {
    let begin = Instant::now();
    let (boot, pids) = match (boot_id(), platform::all_pids()) {
        (Ok(boot), Ok(pids)) => (boot, pids),
        (Err(error), _) | (_, Err(error)) => return Search::Incomplete(error.to_string()),
    };
    let ourselves = rustix::process::getpid().as_raw_nonzero().get();
    let (mut found, mut count) = (Vec::new(), 0);
    for pid in pids {
        if begin.elapsed() >= MOST {
            return Search::Incomplete("there are too many processes".into());
        }
        if pid == ourselves {
            continue;
        }
        let Some(command_line) = platform::command_line_of(pid, our_uid()) else {
            continue;
        };
        count += 1;
        if fits(&command_line)
            && let ProcessSeen::Alive(facts) = see(pid, &boot)
            && facts.uid == our_uid()
        {
            found.push(facts);
        }
    }
    tracing::debug!(
        "looked through {count} processes of this user in {:?}: {} run the configured command",
        begin.elapsed(),
        found.len()
    );
    let pids: Vec<i32> = found.iter().map(|facts| facts.identity.pid).collect();
    found.retain(|facts| !parent(facts.identity.pid).is_some_and(|parent| pids.contains(&parent)));
    Search::Found(found)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_is_found_by_its_command_line_and_its_like_below_it_is_not() {
        // Its subshell has the same command line.
        let script = "(sleep 60; :) & wait # found by this";
        let mut shell = Command::new("sh")
            .args(["-c", script])
            .process_group(0)
            .spawn()
            .unwrap();
        let pid = i32::try_from(shell.id()).unwrap();
        let found = || search(|line| line.last().is_some_and(|word| word == script));
        let expected = |search: &Search| match search {
            Search::Found(found) => matches!(found.as_slice(), [one] if one.identity.pid == pid),
            Search::Incomplete(_) => false,
        };
        let begin = Instant::now();
        while !expected(&found()) && begin.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(10));
        }

        let seen = found();
        rustix::process::kill_process_group(
            rustix::process::Pid::from_raw(pid).unwrap(),
            rustix::process::Signal::KILL,
        )
        .unwrap();
        shell.wait().unwrap();

        assert!(expected(&seen), "{seen:?}");
    }

    #[test]
    fn nobody_runs_what_nobody_runs() {
        assert_eq!(search(|_| false), Search::Found(Vec::new()));
    }
}
