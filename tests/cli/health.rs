//! What the health URL answers, and what is made of it.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::home::Home;
use crate::server::{Health, answer};

/// What an InnerOS daemon answers while its scheduler is down.
const SCHEDULER_DOWN: &str = r#"{"daemon":{"checks":{"daemon":false,"event_handler":true,"file_watcher":true,"scheduler":false},"is_healthy":false,"status_code":503},"handlers":{}}"#;

/// A daemon that had its time to start, and has a health URL.
fn home_asking(url: &str) -> Home {
    let home = Home::with_sleeper()
        .setting(&format!("health.url = '{url}'"))
        .setting("daemon.ready_timeout = '1ms'");
    home.start();
    home
}

/// A status of a running daemon that has a health URL. What waits for the end of the
/// time limit does not answer within a test's patience.
fn status_of(url: &str) -> Answer {
    status_within(url, "1h")
}

fn status_within(url: &str, timeout: &str) -> Answer {
    let home = home_asking(url).setting(&format!("health.timeout = '{timeout}'"));
    // What grows without end is ended.
    home.shell(
        "ulimit -v 1000000 2>/dev/null; exec \"$@\"",
        ["daemon", "status"],
    )
}

#[track_caller]
fn assert_unhealthy(answer: &Answer, why: &str) {
    answer
        .code(0)
        .stdout_has("InnerOS is running, but unhealthy\n")
        .stdout_has(&format!("  health     unhealthy: {why}\n"))
        .stdout_has("  asked      3 times in a row\n")
        .stderr_is("");
}

#[track_caller]
fn assert_healthy(answer: &Answer) {
    answer
        .code(0)
        .stdout_has("InnerOS is running\n")
        .stdout_has("  health     ok\n")
        .stderr_is("");
}

#[test]
fn the_check_that_fails_is_named() {
    let health = Health::saying(answer(503, SCHEDULER_DOWN));
    let home = home_asking(&health.url());

    let json = home.inneros(["daemon", "status", "--json"]).code(0).json();

    assert_eq!(json["state"], "unhealthy");
    assert_eq!(json["health"], "unhealthy: scheduler");
    assert_eq!(json["reason"], "scheduler");
    assert_unhealthy(&home.inneros(["daemon", "status"]), "scheduler");
}

#[test]
fn another_body_is_said_by_its_status_alone() {
    for body in ["", "<html>scheduler</html>", "{\"checks\": {}}"] {
        let health = Health::saying(answer(500, body));

        assert_unhealthy(&status_of(&health.url()), "HTTP 500");
    }
}

#[test]
fn two_hundreds_are_healthy_where_nothing_says_that_it_fails() {
    let health = Health::saying("HTTP/1.1 204 No Content\r\n\r\n");
    assert_healthy(&status_of(&health.url()));

    for body in ["ok", "{\"status\":\"UP\"}", "<html>down</html>"] {
        let health = Health::saying(answer(200, body));
        assert_healthy(&status_of(&health.url()));
    }
}

#[test]
fn a_good_answer_tells_which_parts_fail() {
    let body = r#"{"daemon":{"checks":{"daemon":true,"file_watcher":false},"is_healthy":true},"handlers":{"youtube":{"status":"unhealthy","error_rate":1.0},"agent":{"status":"enabled"}}}"#;
    let health = Health::saying(answer(200, body));
    let home = home_asking(&health.url());
    let why = "file_watcher fails; youtube unhealthy (error rate 100 %)";

    let json = home.inneros(["daemon", "status", "--json"]).code(0).json();
    let text = home.inneros(["daemon", "status"]);

    text.code(0)
        .stdout_has("InnerOS is running, but degraded\n")
        .stdout_has(&format!("  health     degraded: {why}\n"));
    assert_eq!(json["state"], "degraded");
    assert_eq!(json["running"], true);
    assert_eq!(json["health"], format!("degraded: {why}"));
    assert_eq!(json["reason"], why);
    let part = |ok: bool, status: Value, detail: Value| json!({"ok": ok, "status": status, "detail": detail});
    assert_eq!(
        json["checks"],
        json!({
            "daemon": part(true, Value::Null, Value::Null),
            "file_watcher": part(false, Value::Null, Value::Null),
        })
    );
    assert_eq!(
        json["handlers"],
        json!({
            "agent": part(true, "enabled".into(), Value::Null),
            "youtube": part(false, "unhealthy".into(), "error rate 100 %".into()),
        })
    );
    home.inneros(["doctor"])
        .stdout_has(&format!("warn  health          Degraded: {why}\n"));
}

#[test]
fn a_degraded_daemon_is_ready() {
    let health = Health::saying(answer(200, "{\"status\":\"degraded\"}"));
    let home = Home::with_sleeper()
        .setting(&format!("health.url = '{}'", health.url()))
        .setting("daemon.ready = 'health'");

    home.start();

    let status = home.inneros(["daemon", "status"]);
    status.code(0).stdout_has("degraded: daemon degraded\n");
}

#[test]
fn until_its_first_good_answer_a_daemon_is_starting() {
    let health = Health::answering(&[503]);
    let home = Home::with_sleeper().setting(&format!("health.url = '{}'", health.url()));
    home.start();

    let status = home.inneros(["daemon", "status"]);
    status
        .code(0)
        .stdout_has("InnerOS is starting\n")
        .stdout_has("  health     starting: HTTP 503\n");
    home.inneros(["doctor"])
        .code(0)
        .stdout_has("warn  health          Starting: HTTP 503\n");

    health.answer_from_now(&[200]);
    assert_healthy(&home.inneros(["daemon", "status"]));
}

#[test]
fn a_daemon_whose_health_flaps_within_the_start_period_is_never_unhealthy() {
    let flaps = [503, 503, 200, 503, 200, 503, 503, 200, 503, 200];
    let health = Health::answering(&flaps);
    let home = Home::with_sleeper()
        .setting(&format!("health.url = '{}'", health.url()))
        .setting("health.interval = '250ms'")
        .setting("tray.poll_interval = '250ms'");
    home.start();
    let mut watch = home.command(["daemon", "status", "--watch", "--json"]);
    let mut watch = watch.stdout(std::process::Stdio::piped()).spawn().unwrap();

    crate::process::wait_until("all is asked", || health.asked() > flaps.len());

    watch.kill().unwrap();
    let told = watch.wait_with_output().unwrap().stdout;
    let told = String::from_utf8(told).unwrap();
    let mut states: Vec<String> = told
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .map(|status| status["state"].as_str().unwrap().to_owned())
        .collect();
    states.dedup();
    assert_eq!(states, ["starting", "running"]);
}

#[test]
fn a_daemon_whose_start_has_waited_for_its_health_is_starting_no_more() {
    let health = Health::answering(&[200]);
    let home = Home::with_sleeper()
        .setting(&format!("health.url = '{}'", health.url()))
        .setting("daemon.ready = 'health'");
    home.start();

    health.answer_from_now(&[503]);

    assert_unhealthy(&home.inneros(["daemon", "status"]), "HTTP 503");
}

#[test]
fn bad_answers_in_a_row_count_only_with_time_between_them() {
    let health = Health::answering(&[503]);
    let home = home_asking(&health.url());
    let begin = Instant::now();

    assert_unhealthy(&home.inneros(["daemon", "status"]), "HTTP 503");

    assert_eq!(health.asked(), 3);
    assert!(begin.elapsed() >= Duration::from_millis(900));
}

#[test]
fn names_from_outside_cannot_drive_a_terminal() {
    let body = r#"{"daemon":{"checks":{"a\u001b[2J\n":false}}}"#;
    let health = Health::saying(answer(503, body));

    assert_unhealthy(&status_of(&health.url()), "a\\u{1b}[2J\\n");
}

#[test]
fn a_redirect_is_not_followed() {
    let other = Health::answering(&[200]);
    for status in [301, 302, 303, 307, 308] {
        let health = Health::saying(format!(
            "HTTP/1.1 {status} Status\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
            other.url()
        ));

        let answer = status_of(&health.url());

        let to = other.url();
        let why = format!("HTTP {status}, a redirect to {to}, which is not followed");
        assert_unhealthy(&answer, &why);
    }
    assert_eq!(other.asked(), 0);
}

#[test]
fn where_a_redirect_leads_is_shown_without_its_secrets() {
    let health = Health::saying(
        "HTTP/1.1 302 Status\r\nLocation: http://me:geheim@127.0.0.1/login\r\n\
         Content-Length: 0\r\n\r\n",
    );

    let answer = status_of(&health.url());

    answer
        .code(0)
        .stdout_has("HTTP 302, a redirect to http://")
        .stdout_has("/login, which is not followed\n");
    assert!(!answer.stdout().contains("geheim"), "{answer}");
}

/// The alert by which a server for TLS answers what is none.
#[test]
fn a_server_that_speaks_tls_is_said_to() {
    let health = Health::saying(*b"\x15\x03\x01\x00\x02\x02\x50");

    let why = "no proper answer: it is not in HTTP; it may be in TLS (https)";
    assert_unhealthy(&status_of(&health.url()), why);
}

/// Others that expect it hang up, with a byte of ours unread or not.
#[test]
fn a_server_that_hangs_up_without_a_word_may_want_tls() {
    let health = Health::saying("");

    let why = "no proper answer: it closed the connection without one; it may want TLS (https)";
    assert_unhealthy(&status_of(&health.url()), why);
}

#[test]
fn who_wants_credentials_is_given_those_of_the_url() {
    let denied = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
                  Content-Length: 0\r\n\r\n";
    let health = Health::saying(denied);
    let why = "HTTP 401; it wants a user and a password, as in http://USER:PASSWORD@HOST";
    assert_unhealthy(&status_of(&health.url()), why);
    let with_user = health.url().replace("http://", "http://me:geheim@");
    let why = "HTTP 401; it refuses the user and the password of the health URL";
    assert_unhealthy(&status_of(&with_user), why);

    let denied = denied.to_owned();
    let health = Health::hearing("127.0.0.1:0", move |request, stream| {
        // `me:geheim` in Base64.
        let knows = request.contains("Basic bWU6Z2VoZWlt");
        let answer = if knows {
            answer(200, "")
        } else {
            denied.clone().into()
        };
        stream.write_all(&answer)
    })
    .unwrap();
    let with_user = health.url().replace("http://", "http://me:geheim@");
    assert_healthy(&status_of(&with_user));
}

#[test]
fn a_report_in_small_pieces_is_read_whole() {
    let health = Health::doing(|stream| {
        stream.write_all(b"HTTP/1.1 503 Status\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        for piece in SCHEDULER_DOWN.as_bytes().chunks(20) {
            write!(stream, "{:x}\r\n", piece.len())?;
            stream.write_all(piece)?;
            stream.write_all(b"\r\n")?;
            stream.flush()?;
            thread::sleep(Duration::from_millis(2));
        }
        stream.write_all(b"0\r\n\r\n")
    });

    assert_unhealthy(&status_of(&health.url()), "scheduler");
}

#[test]
fn what_comes_behind_the_report_is_not_waited_for() {
    let health = Health::doing(|stream| {
        stream.write_all(b"HTTP/1.1 503 Status\r\n\r\n")?;
        stream.write_all(SCHEDULER_DOWN.as_bytes())?;
        drip(stream, b" ")
    });

    assert_unhealthy(&status_of(&health.url()), "scheduler");
}

#[test]
fn the_body_of_a_good_answer_is_read_within_the_time_limit() {
    let half = Health::doing(|stream| {
        stream.write_all(b"HTTP/1.1 200 Status\r\n\r\n{")?;
        drip(stream, b" ")
    });
    let late = Health::doing(|stream| {
        stream.write_all(b"HTTP/1.1 200 Status\r\n\r\n{\"status\":")?;
        thread::sleep(Duration::from_millis(50));
        stream.write_all(b"\"down\"}")?;
        drip(stream, b" ")
    });

    assert_healthy(&status_within(&half.url(), "200ms"));
    status_of(&late.url()).stdout_has("degraded: daemon down\n");
}

#[test]
fn a_body_that_never_ends_is_read_up_to_a_limit() {
    for begin in ["{\"daemon\": \"", "[[[[", "", "{\"a\":"] {
        let health = Health::doing(move |stream| {
            stream.write_all(b"HTTP/1.1 503 Status\r\n\r\n")?;
            stream.write_all(begin.as_bytes())?;
            flood(stream, b"          ")
        });

        assert_unhealthy(&status_of(&health.url()), "HTTP 503");
    }
}

#[test]
fn a_report_longer_than_the_limit_is_not_read() {
    let body = format!("{}{SCHEDULER_DOWN}", " ".repeat(64 * 1024));
    let health = Health::saying(answer(503, &body));

    assert_unhealthy(&status_of(&health.url()), "HTTP 503");
}

#[test]
fn a_slow_body_is_waited_for_within_the_time_limit_only() {
    let health = Health::doing(|stream| {
        stream.write_all(b"HTTP/1.1 503 Status\r\n\r\n{")?;
        drip(stream, b" ")
    });

    assert_unhealthy(&status_within(&health.url(), "200ms"), "HTTP 503");
}

#[test]
fn no_answer_within_the_time_limit_is_said() {
    let silent = Health::doing(|stream| drip(stream, b""));
    let slow = Health::doing(|stream| {
        stream.write_all(b"HTTP/1.1 200 Status\r\n")?;
        drip(stream, b"A: b\r\n")
    });

    for health in [silent, slow] {
        let answer = status_within(&health.url(), "200ms");

        assert_unhealthy(&answer, "no answer within 200ms");
    }
}

#[test]
fn what_is_no_answer_is_said() {
    for garbage in [
        "\0\x01\x02",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 \x1b[2J\r\n\r\n",
        "HTTP/1.1 99999 OK\r\n\r\n",
        // It closes the connection without a word, or in the middle of one.
        "",
        "HTTP/1.1 20",
    ] {
        let health = Health::saying(garbage);

        let answer = status_of(&health.url());

        answer.code(0).stdout_has("unhealthy: no proper answer: ");
        assert!(!answer.stdout().contains('\x1b'), "{answer}");
    }
}

#[test]
fn headers_that_never_end_are_read_up_to_a_limit() {
    let long = Health::doing(|stream| {
        stream.write_all(b"HTTP/1.1 200 Status\r\nA: ")?;
        flood(stream, b"x")
    });
    let many = Health::doing(|stream| {
        stream.write_all(b"HTTP/1.1 200 Status\r\n")?;
        flood(stream, b"A: b\r\n")
    });

    for health in [long, many] {
        let answer = status_of(&health.url());

        answer.code(0).stdout_has("unhealthy: no proper answer: ");
    }
}

#[test]
fn this_computer_has_several_names() {
    let health = Health::answering(&[200]);
    assert_healthy(&status_of(&format!("http://localhost:{}/", health.port())));

    match Health::on("[::1]:0", |stream| stream.write_all(&answer(200, ""))) {
        Ok(health) => assert_healthy(&status_of(&format!("http://[::1]:{}/", health.port()))),
        // Not by a macro, whose text would not be seen where the test passes.
        Err(error) => writeln!(
            io::stderr(),
            "this computer has no IPv6, and [::1] was not asked: {error}"
        )
        .unwrap(),
    }
}

#[test]
fn another_address_is_asked_only_where_that_is_allowed() {
    let health = Health::answering(&[200]);
    // The address of no computer leads to this one, and is no loopback address.
    let url = format!("http://0.0.0.0:{}/", health.port());
    let home = Home::with_sleeper().setting(&format!("health.url = '{url}'"));

    home.inneros(["daemon", "start"]).refused(
        2,
        "config.toml:3: health.url: '0.0.0.0' is not this computer",
    );
    assert_eq!(health.asked(), 0);

    let home = home.setting("health.allow_remote = true");
    home.start();
    assert_healthy(&home.inneros(["daemon", "status"]));
}

#[test]
fn the_doctor_asks_only_a_daemon_that_runs() {
    let health = Health::saying(answer(503, SCHEDULER_DOWN));
    let home = Home::with_sleeper().setting(&format!("health.url = '{}'", health.url()));

    home.inneros(["doctor"])
        .stdout_has("not asked: the daemon is not running");
    assert_eq!(health.asked(), 0);

    let home = home.setting("daemon.ready_timeout = '1ms'");
    home.start();
    home.inneros(["doctor"])
        .code(1)
        .stdout_has("Unhealthy: scheduler");
}

/// Writes this again and again, slowly, until nobody listens any more.
fn drip(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    while !is_closed(stream)? {
        stream.write_all(bytes)?;
        thread::sleep(Duration::from_millis(20));
    }
    stream.shutdown(Shutdown::Both)
}

/// Writes this again and again, as fast as it goes, until nobody listens any more.
fn flood(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let block = bytes.repeat(4096);
    loop {
        stream.write_all(&block)?;
    }
}

fn is_closed(stream: &TcpStream) -> io::Result<bool> {
    match stream.peek(&mut [0]) {
        Ok(read) => Ok(read == 0),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}
