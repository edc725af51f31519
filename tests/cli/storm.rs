//! A storm of starts, stops, restarts, runs, kills and planted PID files: never two daemons,
//! bystanders are left alone, and one stop and one start bring order.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::home::Home;
use crate::process::{Stranger, is_alive, signal, wait_until};
use crate::random::Random;

const ROUNDS: usize = 100;

/// Says so where another one runs: the kernel lets go of the lock when the last process dies
/// that has it.
const PROGRAM: &str = "exec 9>> \"$HOME/only\"\n\
    flock -n 9 || echo \"$$ beside $(cat \"$HOME/only\")\" >> \"$HOME/two\"\n\
    echo $$ > \"$HOME/only\"; echo $$ >> \"$HOME/all\"\n\
    exec sleep 300\n";

#[test]
fn a_program_survives_a_storm() {
    storm("exec sh \"$HOME/program.sh\"");
}

#[test]
fn a_program_behind_a_shell_that_waits_for_it_survives_a_storm() {
    storm("sh \"$HOME/program.sh\"; true");
}

/// The storm over a daemon that is this line of a shell, in which `program.sh` runs.
fn storm(command: &str) {
    let home = Home::new().config(&format!(
        "daemon.command = ['sh', '-c', '''{command}''']\ndaemon.start_grace = '5ms'\n\
         daemon.restart = 'on-failure'\ndaemon.restart_delay = '20ms'\n\
         daemon.restart_limit = 1000\n"
    ));
    home.write("program.sh", PROGRAM);
    let bystander = Stranger::running(Command::new("sleep").arg("301"));
    let mut storm = Storm {
        home: &home,
        bystander: &bystander,
        random: Random::new(),
        commands: Vec::new(),
    };
    for round in 0..ROUNDS {
        storm.blow();
        assert!(
            !home.has("two"),
            "two daemons in round {round}: {}",
            home.read("two")
        );
        bystander.assert_unharmed();
    }
    storm.calm_down();
    let daemons = home.read("all").lines().count();
    assert!(daemons > 5, "a storm of {daemons} daemons is none");

    bring_order(&home, &bystander);

    bystander.assert_unharmed();
    home.assert_no_process_is_left();
}

/// One stop and one start, and all is as after any other start.
fn bring_order(home: &Home, bystander: &Stranger) {
    let answer = |verb| {
        let answer = home.inneros(["daemon", verb]);
        if !answer.has_code(4) {
            return answer;
        }
        // The way out that is named: only the user can know that this one is not the daemon.
        let planted = home.ours("daemon.pid");
        let (pid, path) = (bystander.pid(), planted.display());
        answer.stderr_has(&format!("if pid {pid} is not the daemon, remove '{path}'"));
        fs::remove_file(planted).unwrap();
        home.inneros(["daemon", verb])
    };
    let stop = answer("stop");
    assert!(stop.has_code(0) || stop.has_code(3), "{stop}");
    answer("start").code(0);
    wait_until("one program runs", || programs(home) == 1);
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has("InnerOS is running");
    home.inneros(["daemon", "stop"]).code(0);
    assert!(!home.has("two"), "two daemons: {}", home.read("two"));
}

/// How many of the home's processes are the program.
fn programs(home: &Home) -> usize {
    let line = |pid: &i32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let processes = home.processes();
    processes
        .iter()
        .filter(|pid| line(pid) == "sleep\x00300\0")
        .count()
}

struct Storm<'a> {
    home: &'a Home,
    bystander: &'a Stranger,
    random: Random,
    commands: Vec<Child>,
}

impl Storm<'_> {
    /// One round.
    fn blow(&mut self) {
        match self.random.below(12) {
            0..=2 => self.begin("start"),
            3..=4 => self.begin("stop"),
            5 => self.begin("restart"),
            6 => self.begin("run"),
            7 => self.kill_a_command(),
            8 => self.kill_the_daemon(),
            9 => {
                self.home.write_pid_file(self.bystander.pid());
            }
            _ => self.remove_what_is_planted(),
        }
        thread::sleep(Duration::from_millis(self.random.below(120)));
        self.commands
            .retain_mut(|command| command.try_wait().unwrap().is_none());
    }

    fn begin(&mut self, verb: &str) {
        let mut command = self.home.command(["daemon", verb]);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.commands.push(command.unwrap());
    }

    fn kill_a_command(&mut self) {
        let most = self.commands.len() as u64;
        if most > 0 {
            let at = usize::try_from(self.random.below(most)).unwrap();
            end(&mut self.commands.swap_remove(at));
        }
    }

    /// As whoever is told that the bystander is in the way.
    fn remove_what_is_planted(&self) {
        let path = self.home.ours("daemon.pid");
        let named = fs::read_to_string(&path).unwrap_or_default();
        if named == self.bystander.pid().to_string() {
            fs::remove_file(path).unwrap();
        }
    }

    /// Kills what the record names, which is the daemon.
    fn kill_the_daemon(&self) {
        let record = fs::read_to_string(self.home.ours("daemon.json")).unwrap_or_default();
        let record: serde_json::Value = serde_json::from_str(&record).unwrap_or_default();
        let pid = record["pid"]
            .as_i64()
            .and_then(|pid| i32::try_from(pid).ok());
        // By its home, for another process may have the number by now.
        if let Some(pid) = pid.filter(|pid| self.home.processes().contains(pid)) {
            signal(pid, Signal::KILL);
        }
    }

    /// Ends the commands that are still at work: a third of them as `kill -9` does it.
    fn calm_down(&mut self) {
        for mut command in std::mem::take(&mut self.commands) {
            let pid = i32::try_from(command.id()).unwrap();
            if self.random.below(3) > 0 && is_alive(pid) {
                signal(pid, Signal::TERM);
            } else {
                end(&mut command);
            }
            command.wait().unwrap();
        }
    }
}

fn end(command: &mut Child) {
    // It may have ended by itself.
    let _ = command.kill();
    command.wait().unwrap();
}
