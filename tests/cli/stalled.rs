//! A terminal that was halted by Ctrl-S, or a pipe that nobody reads: nothing that holds the lock
//! waits for it.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;

use crate::caller;
use crate::home::Home;
use crate::process::{is_alive, kill, signal, wait_for, wait_until};
use crate::supervise::{running_other_than, sleeper};

/// Something that takes nothing more: its other end, and the end that is written to.
fn full() -> (UnixStream, OwnedFd) {
    let (reader, mut writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    while writer.write(&[b'x'; 4096]).is_ok() {}
    while writer.write(b"x").is_ok() {}
    writer.set_nonblocking(false).unwrap();
    (reader, writer.into())
}

/// It is started again after each crash, others start and stop it, and SIGTERM ends the run.
#[track_caller]
fn assert_supervised(home: &Home, mut run: Command) {
    let mut run = run.spawn().unwrap();
    let mut daemon = running_other_than(home, 0);
    for _ in 0..3 {
        kill(daemon);
        daemon = running_other_than(home, daemon);
    }
    home.inneros(["daemon", "restart"]).code(0);
    daemon = running_other_than(home, daemon);

    signal(i32::try_from(run.id()).unwrap(), Signal::TERM);

    assert_eq!(ended(&mut run), Some(0));
    assert!(!is_alive(daemon));
    home.inneros(["daemon", "status"]).code(3);
}

#[track_caller]
fn ended(child: &mut Child) -> Option<i32> {
    let ended = wait_for("it has ended", || child.try_wait().unwrap());
    ended.code()
}

#[test]
fn a_run_supervises_on_while_nobody_reads_what_it_says() {
    for flags in [&["daemon", "run"][..], &["-v", "daemon", "run"]] {
        let home = sleeper();
        let mut run = home.command(flags);
        let (_reader, writer) = full();
        run.stdout(writer.try_clone().unwrap()).stderr(writer);

        assert_supervised(&home, run);
    }
}

/// Nor a service manager that hears nobody.
#[test]
fn a_run_supervises_on_while_the_service_manager_takes_nothing() {
    let home = sleeper();
    let path = home.path().join("notify");
    let _manager = UnixDatagram::bind(&path).unwrap();
    let sender = UnixDatagram::unbound().unwrap();
    sender.set_nonblocking(true).unwrap();
    while sender.send_to(b"x", &path).is_ok() {}
    let mut run = home.command(["daemon", "run"]);
    run.env("NOTIFY_SOCKET", &path);
    run.stdout(Stdio::null()).stderr(Stdio::null());

    assert_supervised(&home, run);
}

#[test]
fn a_run_supervises_on_while_its_terminal_is_halted() {
    let home = sleeper();
    let mut run = home.command(["-v", "daemon", "run"]);
    let _screen = caller::on_halted_terminal(&mut run);

    assert_supervised(&home, run);
}

#[test]
fn a_start_that_says_each_step_to_nobody_holds_up_no_other() {
    let home = Home::with_sleeper();
    let (_reader, writer) = full();
    let mut start = home.command(["-v", "daemon", "start"]);
    start.stdout(Stdio::null()).stderr(writer);
    let mut start = start.spawn().unwrap();

    wait_until("it is started", || home.has(".inneros/daemon.pid"));
    home.inneros(["daemon", "stop"]).code(0);
    // The stop may have come before the start was over.
    assert!(matches!(ended(&mut start), Some(0 | 1)));
}
