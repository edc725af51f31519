//! The hooks in `examples/hooks`, run as the guide says, against a server of the test's own.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread::{self, JoinHandle};

use crate::home::Home;
use crate::process::wait_until;
use crate::skip::not_run;

/// A server that answers one question, and what it was asked: head and body.
fn server() -> (String, JoinHandle<(String, String)>) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/topic", server.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (mut question, _) = server.accept().unwrap();
        let mut reader = BufReader::new(question.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head += &line;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        question
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        (head, String::from_utf8(body).unwrap())
    });
    (url, asked)
}

/// A home whose hook is this example, where it can be run.
fn home_with(example: &str) -> Option<Home> {
    for tool in ["jq", "curl"] {
        if Command::new(tool).arg("--version").output().is_err() {
            not_run(&format!("{tool} is not here"));
            return None;
        }
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/hooks")
        .join(example);
    let home = Home::with_sleeper().setting(&format!("hooks.command = ['{}']", script.display()));
    Some(home)
}

#[test]
fn a_phone_is_told_of_a_job_that_failed_and_of_no_start() {
    let Some(home) = home_with("ntfy") else {
        return;
    };
    let (url, asked) = server();
    home.write(".config/inneros-ntfy", format!("{url}\n"));
    home.start();

    home.inneros([
        "job",
        "run",
        "backup",
        "--",
        "sh",
        "-c",
        "echo 'no \"disk\"' >&2; exit 4",
    ])
    .code(4);

    let (head, body) = asked.join().unwrap();
    assert!(
        head.starts_with("POST /topic ") && head.contains("Title: InnerOS"),
        "{head}"
    );
    assert_eq!(body, "backup failed: no \"disk\"");
}

#[test]
fn a_channel_of_slack_is_told_of_a_start() {
    let Some(home) = home_with("slack") else {
        return;
    };
    let (url, asked) = server();
    home.write(".config/inneros-slack", format!("{url}\n"));

    home.start();

    let (head, body) = asked.join().unwrap();
    assert!(head.contains("application/json"), "{head}");
    assert_eq!(
        body,
        "{\"text\":\"InnerOS started by inneros daemon start\"}"
    );
}

#[test]
fn a_mail_is_sent_of_a_job_that_failed_and_none_of_a_start() {
    let Some(home) = home_with("mail") else {
        return;
    };
    home.write_program(
        "tools/sendmail",
        "#!/bin/sh\n[ \"$1\" = -t ] && cat >> \"$HOME/mails\"\n",
    );
    let run = |arguments: &[&str]| home.shell("PATH=$HOME/tools:$PATH exec \"$@\"", arguments);
    run(&["daemon", "start"]).code(0);
    run(&[
        "job",
        "run",
        "backup",
        "--",
        "sh",
        "-c",
        "echo no disk >&2; exit 4",
    ])
    .code(4);

    let mails = home.path().join("mails");
    let read = || fs::read_to_string(&mails).unwrap_or_default();
    wait_until("a mail is sent", || read().contains("no disk"));

    assert!(read().starts_with("To: "), "{}", read());
    assert!(
        read().contains("\nSubject: InnerOS: backup failed\n\n"),
        "{}",
        read()
    );
    assert_eq!(read().matches("Subject:").count(), 1);
}
