//! `inneros daemon restart`

use crate::home::Home;
use crate::process::{is_alive, kill};

#[test]
fn restart_gives_a_new_pid() {
    let home = Home::with_sleeper();
    let first = home.start();

    let answer = home.inneros(["daemon", "restart"]);

    let second = home.pid();
    answer
        .code(0)
        .stdout_is(&format!("InnerOS restarted (pid {second})\n"));
    assert_ne!(first, second);
    assert_eq!(home.processes(), [second]);
}

#[test]
fn restart_starts_a_stopped_daemon() {
    let home = Home::with_sleeper();

    let answer = home.inneros(["daemon", "restart"]);

    answer.code(0).stdout_has("InnerOS started (pid ");
    assert!(is_alive(home.pid()));
}

#[test]
fn restart_starts_a_crashed_daemon() {
    let home = Home::with_sleeper();
    kill(home.start());

    home.inneros(["daemon", "restart"]).code(0);

    assert_eq!(home.processes(), [home.pid()]);
}

#[test]
fn restart_does_not_start_a_second_beside_one_that_refuses_to_end() {
    let home =
        Home::with_daemon("trap '' TERM; echo $$ >> \"$HOME/starts\"; echo up > \"$HOME/ready\"")
            .setting("daemon.stop_timeout = '200ms'");
    let pid = home.start_until_ready();

    let answer = home.inneros(["daemon", "restart"]);

    answer.refused(1, &format!("pid {pid} is still running"));
    assert_eq!(home.read("starts"), format!("{pid}\n"));
    assert_eq!(home.pid(), pid);
    assert!(is_alive(pid));
}

#[test]
fn a_restart_that_fails_says_why_the_new_one_ended() {
    let home = Home::with_daemon("[ -e \"$HOME/broken\" ] && exit 3; echo up > \"$HOME/ready\"");
    home.start_until_ready();
    home.write("broken", "");

    let answer = home.inneros(["daemon", "restart"]);

    answer.refused(1, "ended during its start: exit code 3");
    assert!(!home.has(".inneros/daemon.pid"));
    home.assert_no_process_is_left();
}
