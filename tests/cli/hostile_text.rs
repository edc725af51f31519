//! What others named or wrote is shown, but it cannot drive the terminal of whoever
//! reads it, break a line, or pass for another text.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::Command;

use crate::answer::Answer;
use crate::home::Home;
use crate::process::{Stranger, kill, wait_until};

/// Clears the screen, goes back to the beginning of the line, writes right to left, and
/// ends the line.
const HOSTILE: &str = "\x1b[2J\x07\rInnerOS is running\u{202e}\u{2028}\u{9b}31m\n";

#[track_caller]
fn assert_harmless(answer: &Answer) {
    for text in [answer.stdout(), answer.stderr()] {
        for character in ['\x1b', '\x07', '\r', '\u{202e}', '\u{2028}', '\u{9b}'] {
            assert!(!text.contains(character), "{character:?} in {answer}");
        }
        assert!(!text.contains("\nInnerOS is running"), "{answer}");
    }
}

#[test]
fn the_name_of_a_foreign_process_is_harmless() {
    let home = Home::with_daemon("");
    let program = home.write_program(HOSTILE, "#!/bin/sh\nsleep 300 & wait\n");
    let mut command = Command::new(program);
    command.arg(HOSTILE);
    home.at_home(&mut command);
    let stranger = Stranger::running(&mut command);
    home.write_pid_file(stranger.pid());

    for operation in ["status", "start", "stop", "restart"] {
        for format in [&[][..], &["--json"]] {
            let answer = home.inneros([&["daemon", operation], format].concat());

            assert_harmless(answer.code(4));
        }
    }
    stranger.assert_unharmed();
}

#[test]
fn the_content_of_a_pid_file_is_harmless() {
    let home = Home::with_sleeper();
    home.write_pid_file(HOSTILE);

    for operation in ["status", "start", "stop", "restart"] {
        let answer = home.inneros(["daemon", operation]);

        assert_harmless(answer.code(4));
    }
}

#[test]
fn the_last_words_of_a_daemon_are_harmless() {
    let home = Home::with_daemon("cat \"$HOME/words\"; echo up > \"$HOME/ready\"");
    home.write("words", HOSTILE);
    let pid = home.start_until_ready();
    wait_until("it has spoken", || {
        !home.read(".inneros/daemon.out").is_empty()
    });
    kill(pid);

    let answer = home.inneros(["daemon", "status"]);

    assert_harmless(answer.code(1).stdout_has("last line"));
}

/// What listens at a port is named with the name that the kernel has for it: the first 15 bytes
/// of its program's, or whatever it gave itself (`prctl(2)`, `PR_SET_NAME`).
#[test]
fn the_name_of_who_has_the_port_is_harmless() {
    for name in [HOSTILE, "\x1b[2Jx\r\nerr", "\n\n", "fourteen bytes\u{202e}"] {
        let home = Home::new();
        let program = home.write_program(name, "#!/bin/sh\nsleep 300 > /dev/null & wait\n");
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let mut command = Command::new(program);
        command.stdout(OwnedFd::from(socket));
        home.at_home(&mut command);
        let listener = Stranger::running(&mut command);
        // Our own copy of the socket goes with it.
        drop(command);
        let home = home.daemon(&format!(
            "echo 'Address already in use: port {port}'\n\
             [ -e \"$HOME/ready\" ] && exit 1; echo up > \"$HOME/ready\""
        ));
        kill(home.start_until_ready());

        let status = home.inneros(["daemon", "status"]);
        let start = home.inneros(["daemon", "start", "--wait", "10"]);

        let by_it = format!("(pid {})", listener.pid());
        for (answer, text) in [(&status, status.stdout()), (&start, start.stderr())] {
            assert_harmless(answer.code(1));
            let named = |line: &str| line.contains(" is taken by ") && line.contains(&by_it);
            assert!(text.lines().any(named), "{answer}");
        }
    }
}
