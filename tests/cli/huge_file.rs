//! Files far larger than what is in them that matters. On Linux the program has 400 MB of address
//! space: one that took such a file into its memory would not get far.

use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::answer::Answer;
use crate::home::Home;
use crate::process::{Stranger, kill};

const TWO_GIB: u64 = 2 << 30;

/// Makes a file 2 GiB long; all behind its content is a hole.
fn blow_up(home: &Home, name: &str, content: &str) {
    let path = home.write(name, content);
    home.mode(name, 0o600);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(TWO_GIB)
        .unwrap();
}

fn append(home: &Home, name: &str, text: &str) {
    let file = File::options().append(true).open(home.path().join(name));
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

#[track_caller]
fn with_little_memory(home: &Home, arguments: &[&str]) -> Answer {
    // To read such a file takes longer, to look at its beginning or end far less.
    const LONGEST: Duration = Duration::from_secs(5);
    let begin = Instant::now();
    let answer = home.shell("ulimit -v 400000 2> /dev/null; exec \"$@\"", arguments);
    let length = answer.stdout().len() + answer.stderr().len();
    assert!(length < 20_000, "{length} bytes were printed: {answer}");
    let took = begin.elapsed();
    assert!(took < LONGEST, "it took {took:?}: {answer}");
    answer
}

#[test]
fn a_huge_pid_file_is_not_read_whole() {
    let bystander = Stranger::new();
    let home = Home::with_daemon("");
    for content in ["", "0", "812", " "] {
        for (operation, code) in [("start", 0), ("stop", 3), ("restart", 0)] {
            blow_up(&home, ".inneros/daemon.pid", content);

            with_little_memory(&home, &["daemon", "status"])
                .code(3)
                .stdout_has("invalid PID");
            with_little_memory(&home, &["daemon", operation]).code(code);
            home.inneros(["daemon", "stop"]);
        }
    }
    bystander.assert_unharmed();
}

#[test]
fn of_a_huge_pid_file_the_first_line_counts() {
    let home = Home::with_sleeper();
    let daemon = Stranger::new();
    blow_up(&home, ".inneros/daemon.pid", &format!("{}\n", daemon.pid()));

    with_little_memory(&home, &["daemon", "status"]).code(0);
    with_little_memory(&home, &["daemon", "stop"]).code(0);

    assert!(!home.has(".inneros/daemon.pid"));
}

#[test]
fn a_huge_record_counts_as_none() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let record = home.read(".inneros/daemon.json");
    blow_up(&home, ".inneros/daemon.json", &record);

    with_little_memory(&home, &["daemon", "status"])
        .code(0)
        .stdout_has(&format!("{pid}\n"));
    with_little_memory(&home, &["daemon", "stop"]).code(0);

    home.assert_no_process_is_left();
}

/// A daemon with so many arguments of 100,000 characters. Linux takes 2 MB of them in all
/// (`execve(2)`).
fn with_arguments(count: usize, letter: &str) -> Home {
    let home = Home::with_daemon("");
    let script = home.path().join("daemon.sh");
    let argument = letter.repeat(100_000);
    let arguments = vec![format!("'{argument}'"); count].join(", ");
    home.config(&format!(
        "daemon.command = ['sh', '{}', {arguments}]\ndaemon.start_grace = '50ms'\n",
        script.display()
    ))
}

#[test]
fn a_daemon_whose_command_is_too_long_to_be_recorded_does_not_start() {
    // Each takes two bytes in the record, and one in the configuration.
    let home = with_arguments(6, "\"");
    let record = home.ours("daemon.json").display().to_string();

    for operation in ["start", "restart", "run"] {
        home.inneros(["daemon", operation])
            .refused(1, &format!("cannot write record '{record}'"))
            .stderr_has("the command is too long: 12")
            .stderr_has(" bytes, at most 1044480 are possible");

        home.assert_no_process_is_left();
        assert!(!home.has(".inneros/daemon.pid") && !home.has(".inneros/daemon.json"));
        home.inneros(["daemon", "status"]).code(3);
    }
}

#[test]
fn a_daemon_with_the_longest_command_is_stopped_and_its_crash_is_seen() {
    let home = with_arguments(10, "x");
    let first = home.start();

    home.inneros(["daemon", "restart"]).code(0);
    assert_ne!(home.pid(), first);
    kill(home.pid());
    home.inneros(["daemon", "status"]).code(1);
    home.start();
    home.inneros(["daemon", "stop"]).code(0);

    home.assert_no_process_is_left();
    assert!(!home.has(".inneros/daemon.json"));
}

#[test]
fn a_huge_lock_file_is_only_locked() {
    let home = Home::with_sleeper();
    blow_up(&home, ".inneros/daemon.lock", "812\n");

    with_little_memory(&home, &["daemon", "start"]).code(0);
    with_little_memory(&home, &["daemon", "stop"]).code(0);
}

#[test]
fn of_huge_last_words_only_the_end_is_read() {
    let home = Home::with_sleeper();
    kill(home.start());
    blow_up(&home, ".inneros/daemon.out", "");
    append(&home, ".inneros/daemon.out", "\nlast words\n");

    with_little_memory(&home, &["daemon", "status"])
        .code(1)
        .stdout_has("last words\n");
}

/// A progress bar never ends its line.
#[test]
fn last_words_without_an_end_are_cut() {
    let home = Home::with_sleeper();
    kill(home.start());
    blow_up(&home, ".inneros/daemon.out", "first words\n");

    with_little_memory(&home, &["daemon", "status"]).code(1);
    let status = with_little_memory(&home, &["daemon", "status", "--json"]);

    let shown = status.code(1).json()["last_error"].to_string();
    assert!(shown.contains('…'), "{shown}");
}

#[test]
fn of_huge_logs_only_the_end_is_searched_for_an_error() {
    let home = Home::with_sleeper();
    kill(home.start());
    blow_up(&home, ".inneros/logs/a.log", "");
    let line = format!(
        "\n{} [ERROR] a: last error\n",
        chrono::Local::now().format("%Y-%m-%d %H:%M:%S")
    );
    append(&home, ".inneros/logs/a.log", &line);

    let status = with_little_memory(&home, &["daemon", "status", "--json"]);

    let said = status.code(1).json()["last_error"].to_string();
    assert!(said.ends_with(" a: last error\""), "{said}");
    // One line that does not end.
    blow_up(&home, ".inneros/logs/a.log", "first words");
    let status = with_little_memory(&home, &["daemon", "status", "--json"]);
    assert!(status.code(1).json()["last_error"].is_null(), "{status}");
}

#[test]
fn the_last_words_of_a_crashed_daemon_are_not_waited_for() {
    for name in ["daemon.out", "logs/a.log"] {
        let home = Home::with_sleeper();
        kill(home.start());
        home.write(".inneros/logs/b", "");
        let path = home.ours(name);
        let _ = std::fs::remove_file(&path);
        let made = Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());

        home.inneros(["daemon", "status"]).code(1);
        home.inneros(["daemon", "stop"]).refused(3, "not running");
    }
}
