//! The daemon is gone, and the kernel has given its PID to another process: made exactly
//! so, in a PID namespace.

use crate::home::Home;
use crate::namespace;

/// Starts the daemon, kills it, and gives its PID to a bystander.
const KILLED: &str = "\
inneros daemon start > /dev/null || exit 71
daemon=$(cat \"$files/daemon.pid\")
end $daemon
";

/// What is said while a bystander has the PID, whatever it runs. A start passes over it.
const VERDICTS: &str = "\
says status; grep reason \"$HOME/said\"
says stop
says stop --force
lives $daemon && echo lives
says restart
lives $daemon && echo lives
says stop
lives $daemon && echo lives
";

#[test]
fn a_pid_that_another_program_has_now_is_left_alone() {
    let home = Home::with_daemon("");
    let script = format!("{KILLED}\nas_pid $daemon\n{VERDICTS}");

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer.code(0).stdout_has("status: 1\n").stdout_has(
        "is another process now ('sleep 300'), which is left alone\n\
         stop: 3\nstop --force: 3\nlives\nrestart: 0\nlives\nstop: 0\nlives\n",
    );
}

#[test]
fn a_pid_that_the_same_program_has_now_is_left_alone() {
    let home = Home::with_sleeper();
    // A leader of a session and a group, as the daemon was.
    let script = format!("{KILLED}\nas_pid $daemon setsid\n{VERDICTS}");

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer.code(0).stdout_has("status: 1\n").stdout_has(
        "is another process now ('sleep 300'), which is left alone\n\
         stop: 3\nstop --force: 3\nlives\nrestart: 0\nlives\nstop: 0\nlives\n",
    );
}

/// Nothing but the time of the PID file speaks against it: it may be the daemon, started
/// anew by somebody else, so that neither a stop nor a start is right.
#[test]
fn a_pid_without_a_record_that_the_same_program_has_now_is_left_alone() {
    let home = Home::with_sleeper();
    let script = format!(
        "{KILLED}
        rm \"$files/daemon.json\"
        touch -d '1 hour ago' \"$files/daemon.pid\"
        as_pid $daemon setsid
        says status; grep -o 'it was started after the PID file was written' \"$HOME/said\"
        says stop; says stop --force; says restart; says start
        lives $daemon && echo lives"
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer.code(0).stdout_is(
        "status: 4\nit was started after the PID file was written\n\
         stop: 4\nstop --force: 4\nrestart: 4\nstart: 4\nlives\n",
    );
}

/// The stop is suspended after its SIGTERM. When it goes on, its time is over, and the
/// PID that it was about to kill is a bystander's.
#[test]
fn a_pid_that_changes_hands_between_term_and_kill_is_not_killed() {
    for leading in ["", "setsid"] {
        let home =
            Home::with_daemon("trap 'echo got it > \"$HOME/term\"' TERM; echo > \"$HOME/ready\"");
        let script = format!(
            r#"
            inneros daemon start > /dev/null || exit 71
            daemon=$(cat "$files/daemon.pid")
            until [ -e "$HOME/ready" ]; do sleep 0.02; done
            "$program" daemon stop --force --timeout 1 > "$HOME/said" 2>&1 & stop=$!
            until [ -e "$HOME/term" ]; do sleep 0.02; done
            kill -STOP $stop
            until grep -q ') T ' /proc/$stop/stat; do sleep 0.02; done
            end $daemon
            as_pid $daemon {leading}
            sleep 1.2
            kill -CONT $stop
            wait $stop; echo "stop: $?"
            lives $daemon && echo lives
            [ -e "$files/daemon.pid" ] || echo "no PID file"
            says status"#
        );

        let Some(answer) = namespace::run(&home, &script) else {
            return;
        };

        answer
            .code(0)
            .stdout_is("stop: 0\nlives\nno PID file\nstatus: 3\n");
    }
}
