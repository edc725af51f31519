//! By which signal a daemon is asked to end, and who gets it.

use crate::home::Home;
use crate::process::is_alive;

/// Says by which signal it was asked to end.
const SAYS: &str = "for s in INT TERM USR1; do trap \"echo $s > \\\"$HOME/got\\\"; exit 0\" $s; done\n\
     echo up > \"$HOME/ready\"";

#[test]
fn a_daemon_is_asked_by_the_configured_signal() {
    for (signal, name) in [("SIGINT", "INT"), ("USR1", "USR1"), ("SIGTERM", "TERM")] {
        let home = Home::with_daemon(SAYS).setting(&format!("daemon.stop_signal = '{signal}'"));
        home.start_until_ready();

        home.inneros(["daemon", "stop"]).code(0);

        assert_eq!(home.read("got"), format!("{name}\n"));
    }
}

#[test]
fn a_restart_asks_by_it_too_and_so_does_the_end_of_a_run() {
    let home = Home::with_daemon(SAYS).setting("daemon.stop_signal = 'SIGINT'");
    home.start_until_ready();
    home.inneros(["daemon", "restart"]).code(0);
    assert_eq!(home.read("got"), "INT\n");
    home.inneros(["daemon", "stop"]).code(0);
    std::fs::remove_file(home.path().join("got")).unwrap();
    std::fs::remove_file(home.path().join("ready")).unwrap();

    let run = home.command(["daemon", "run"]).spawn().unwrap();
    crate::process::wait_until("it is ready", || home.has("ready"));
    crate::process::wait_until("it runs", || home.has(".inneros/daemon.pid"));
    let pid = i32::try_from(run.id()).unwrap();
    crate::process::signal(pid, rustix::process::Signal::TERM);

    let mut run = run;
    run.wait().unwrap();
    assert_eq!(home.read("got"), "INT\n");
}

#[test]
fn the_signal_is_named_where_it_was_of_no_use() {
    let home = Home::with_daemon("trap '' INT; echo up > \"$HOME/ready\"")
        .setting("daemon.stop_signal = 'SIGINT'")
        .setting("daemon.stop_timeout = '100ms'");
    let pid = home.start_until_ready();

    home.inneros(["daemon", "stop"]).refused(
        1,
        &format!("pid {pid} is still running 100ms after SIGINT\n"),
    );
}

#[test]
fn what_is_no_signal_or_cannot_be_acted_on_is_refused() {
    for value in [
        "'SIGKILL'",
        "'SIGSTOP'",
        "'SIGFOO'",
        "'0'",
        "0",
        "15",
        "''",
        "'sig'",
        "'SIGRTMIN'",
        "'SIGRTMIN+3'",
        "'RTMAX-1'",
    ] {
        let home = Home::with_sleeper().setting(&format!("daemon.stop_signal = {value}"));

        home.inneros(["daemon", "start"])
            .refused(2, "the name of a signal that a daemon can act on")
            .stderr_has("not SIGKILL, SIGSTOP or a real-time one")
            .stderr_has("config.toml:3: daemon.stop_signal");
    }
}

/// A daemon that waits for its worker, which says by which signal it was asked to end.
const WORKER: &str = "sh -c 'for s in USR1 TERM; do \
     trap \"echo $s > \\\"$HOME/got\\\"; exit 0\" $s; done\n\
     echo $$ > \"$HOME/child\"; while :; do sleep 0.05; done' &\n\
     worker=$!; while [ ! -s \"$HOME/child\" ]; do sleep 0.02; done\n\
     trap 'wait $worker; exit 0' USR1; echo up > \"$HOME/ready\"";

#[test]
fn the_whole_group_gets_it_where_that_is_configured() {
    let home = Home::with_daemon(WORKER)
        .setting("daemon.stop_signal = 'SIGUSR1'")
        .setting("daemon.stop_group = true");
    home.start_until_ready();
    let child = home.number_in("child");

    home.inneros(["daemon", "stop"]).code(0).stderr_is("");

    assert_eq!(home.read("got"), "USR1\n");
    assert!(!is_alive(child));
}

#[test]
fn without_that_the_daemon_alone_gets_it() {
    let home = Home::with_daemon(WORKER)
        .setting("daemon.stop_signal = 'SIGUSR1'")
        .setting("daemon.stop_timeout = '200ms'");
    home.start_until_ready();

    // It waits for its worker, which nobody has told.
    home.inneros(["daemon", "stop"]).code(1);

    assert!(!home.has("got"));
}
