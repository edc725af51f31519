//! `inneros daemon logs --follow`

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::process::Signal;
use serde_json::Value;

use super::LOG;
use crate::caller;
use crate::home::Home;
use crate::process::{signal, wait_for, wait_until};

/// A run that follows a log, and what it has shown so far.
struct Following {
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Following {
    fn new(home: &Home, arguments: &[&str]) -> Self {
        let mut command = home.command([&["daemon", "logs", "--follow"], arguments].concat());
        caller::with_heard(&mut command, &[libc::SIGINT, libc::SIGTERM]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            shown: gather(child.stdout.take().unwrap()),
            said: gather(child.stderr.take().unwrap()),
            child,
        }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().unwrap()).into_owned()
    }

    /// Waits until exactly this was shown.
    #[track_caller]
    fn shows(&self, text: &str) {
        wait_until(&format!("{text:?} is shown"), || {
            self.shown().len() >= text.len()
        });
        assert_eq!(self.shown(), text, "{}", self.said());
    }

    #[track_caller]
    fn ends(&mut self) -> ExitStatus {
        wait_for("the end", || self.child.try_wait().unwrap())
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn gather(mut output: impl Read + Send + 'static) -> Arc<Mutex<Vec<u8>>> {
    let gathered = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&gathered);
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = output.read(&mut bytes) {
            shared.lock().unwrap().extend(&bytes[..length]);
        }
    });
    gathered
}

fn add(path: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn with_extension(path: &Path, extension: impl AsRef<OsStr>) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(extension);
    name.into()
}

#[test]
fn lines_are_shown_as_they_are_written() {
    let home = Home::new();
    let path = home.write(LOG, "1\n2\n3\n");
    let following = Following::new(&home, &["-n", "2"]);
    following.shows("2\n3\n");

    add(&path, "4\n5\n");
    following.shows("2\n3\n4\n5\n");
    add(&path, "6\n");
    following.shows("2\n3\n4\n5\n6\n");
}

#[test]
fn half_a_line_is_not_shown_until_it_is_whole() {
    let home = Home::new();
    let path = home.write(LOG, "1\nhal");
    let following = Following::new(&home, &[]);
    following.shows("1\n");

    add(&path, "f\n2\nag");
    following.shows("1\nhalf\n2\n");
    add(&path, "ain\n");
    following.shows("1\nhalf\n2\nagain\n");
}

#[test]
fn half_an_entry_is_not_judged_until_it_is_whole() {
    let head = "2026-11-22 20:14:24";
    for (flags, message) in [
        (&["--json"][..], "\"message\":\"lost\""),
        (&["--level", "ERROR"], "lost"),
    ] {
        let home = Home::new();
        let path = home.write(LOG, format!("{head} ERROR: first\n{head} ERR"));
        let following = Following::new(&home, flags);
        wait_until("the first is shown", || following.shown().contains("first"));

        add(&path, "OR: lo");
        add(&path, "st\n");
        wait_until("the second is shown", || {
            following.shown().ends_with('\n') && following.shown().contains("lost")
        });
        let shown = following.shown();
        assert_eq!(shown.lines().count(), 2, "{shown}");
        assert!(shown.contains(message), "{shown}");
        add(&path, &format!("{head} INFO: not this\n{head} ERROR: ha"));
        add(&path, &format!("lf\n{head} ERROR: end\n"));
        wait_until("the end is shown", || following.shown().contains("end"));
        let shown = following.shown();
        assert!(shown.contains("half"), "{shown}");
        assert_eq!(shown.matches("ERROR").count(), 4, "{shown}");
    }
}

#[test]
fn a_file_that_was_renamed_is_followed_to_its_last_line() {
    let home = Home::new();
    let path = home.write(LOG, "1\n");
    let following = Following::new(&home, &[]);
    following.shows("1\n");

    // Whoever writes still has the old file open.
    let mut old = OpenOptions::new().append(true).open(&path).unwrap();
    old.write_all(b"2\n").unwrap();
    fs::rename(&path, with_extension(&path, ".1")).unwrap();
    old.write_all(b"3\n").unwrap();
    following.shows("1\n2\n3\n");
    add(&path, "4\n");
    following.shows("1\n2\n3\n4\n");
    old.write_all(b"5\n").unwrap();
    following.shows("1\n2\n3\n4\n5\n");
}

#[test]
fn a_file_that_was_copied_and_cut_is_followed_on() {
    let home = Home::new();
    let path = home.write(LOG, "1\n");
    let following = Following::new(&home, &[]);
    following.shows("1\n");

    add(&path, "2\n");
    fs::copy(&path, with_extension(&path, ".1")).unwrap();
    File::options()
        .write(true)
        .truncate(true)
        .open(&path)
        .unwrap();
    add(&path, "3\n");

    following.shows("1\n2\n3\n");
}

#[test]
fn the_file_of_the_next_day_is_followed() {
    let home = Home::new();
    let day = |day: u32| format!(".inneros/logs/daemon_2026-11-{day}.log");
    let first = home.write(&day(22), "1\n");
    let following = Following::new(&home, &[]);
    following.shows("1\n");

    add(&first, "2\n");
    home.write(".inneros/logs/other_2026-11-23.log", "not this\n");
    home.write(&day(21), "nor this\n");
    let second = home.write(&day(23), "3\n");
    following.shows("1\n2\n3\n");
    add(&second, "4\n");
    following.shows("1\n2\n3\n4\n");
    home.write(&day(24), "5\n");
    following.shows("1\n2\n3\n4\n5\n");
}

#[test]
fn the_next_file_of_a_log_is_followed_by_any_name() {
    for (first, next) in [
        ("app_20261126.log", "app_20261127.log"),
        ("run-20261127-201427.log", "run-20261127-211427.log"),
        ("daemon.944.log", "daemon.812.log"),
        ("app.1.log", "app.2.log"),
    ] {
        let home = Home::new();
        let first = home.write(&format!(".inneros/logs/{first}"), "1\n");
        let following = Following::new(&home, &[]);
        following.shows("1\n");

        add(&first, "2\n");
        following.shows("1\n2\n");
        let next = home.write(&format!(".inneros/logs/{next}"), "3\n");
        following.shows("1\n2\n3\n");
        add(&next, "4\n");
        following.shows("1\n2\n3\n4\n");
    }
}

#[test]
fn a_new_log_is_followed_once_the_one_before_is_removed() {
    let home = Home::new();
    let folder = home.ours("logs");
    home.write(LOG, "1\n");
    let following = Following::new(&home, &[]);
    following.shows("1\n");

    fs::rename(&folder, home.ours("old")).unwrap();
    wait_until("it says so", || {
        following.said().contains("was removed: waiting for a log")
    });
    home.write(".inneros/logs/other.log", "2\n");
    following.shows("1\n2\n");
    wait_until("the new one is named", || {
        following.said().contains("/logs/other.log <==")
    });
}

#[test]
fn another_log_that_grows_instead_is_named_once() {
    let home = Home::new();
    let first = home.write(LOG, "1\n");
    let following = Following::new(&home, &[]);
    following.shows("1\n");

    let other = home.write(".inneros/logs/other.log", "not this\n");
    let is_said = || {
        following
            .said()
            .matches("/logs/other.log' grows now")
            .count()
    };
    wait_until("it is said", || is_said() > 0);
    add(&other, "nor this\n");
    add(&first, "2\n");

    following.shows("1\n2\n");
    assert_eq!(is_said(), 1);
}

#[test]
fn a_next_file_that_cannot_be_read_does_not_end_this_one() {
    let home = Home::new().unprivileged();
    let today = home.write(".inneros/logs/d_2026-11-22.log", "1\n");
    let following = Following::new(&home, &[]);
    following.shows("1\n");

    // Nobody may read it before it has its place.
    let tomorrow = home.write("d_2026-11-23.log", "3\n");
    home.mode("d_2026-11-23.log", 0);
    fs::rename(tomorrow, home.ours("logs/d_2026-11-23.log")).unwrap();
    wait_until("it says so", || {
        following
            .said()
            .contains("not followed yet: permission denied")
    });
    add(&today, "2\n");
    following.shows("1\n2\n");
    home.mode(".inneros/logs/d_2026-11-23.log", 0o644);
    following.shows("1\n2\n3\n");
    assert_eq!(following.said().matches("not followed").count(), 1);
}

#[test]
fn a_log_that_does_not_exist_yet_is_waited_for() {
    let home = Home::new();
    let following = Following::new(&home, &[]);
    wait_until("it says that it waits", || {
        following.said().contains("waiting for one")
    });

    let path = home.write(LOG, "1\n");
    following.shows("1\n");
    add(&path, "2\n");
    following.shows("1\n2\n");
}

#[test]
fn a_log_that_was_removed_may_come_back() {
    let home = Home::new();
    let path = home.write(LOG, "1\n");
    let following = Following::new(&home, &[]);
    following.shows("1\n");

    fs::remove_file(&path).unwrap();
    add(&path, "2\n");

    following.shows("1\n2\n");
}

#[test]
fn the_output_is_followed_too() {
    let home = Home::new();
    let following = Following::new(&home, &["--output"]);
    wait_until("it says that it waits", || {
        following.said().contains("waiting for one")
    });

    let path = home.write(".inneros/daemon.out", "1\n");
    following.shows("1\n");
    fs::rename(&path, with_extension(&path, ".1")).unwrap();
    add(&path, "2\n");
    following.shows("1\n2\n");
    // As it is kept short: copied wherever it ends, and emptied.
    add(&path, "3\nfo");
    fs::copy(&path, with_extension(&path, ".tmp")).unwrap();
    fs::rename(with_extension(&path, ".tmp"), with_extension(&path, ".1")).unwrap();
    let cut = File::options().write(true).truncate(true).open(&path);
    cut.unwrap();
    add(&path, "ur\n5\n");
    following.shows("1\n2\n3\nfour\n5\n");
}

/// Everything at once, while somebody writes without a pause.
#[test]
fn no_line_is_lost_or_doubled_under_any_rotation() {
    const LINES: usize = 3000;
    let home = Home::new();
    let day = |day: usize| home.ours(&format!("logs/d_2026-11-{}.log", 10 + day));
    home.write(".inneros/logs/d_2026-11-10.log", "line 0\n");
    let following = Following::new(&home, &[]);
    following.shows("line 0\n");

    let mut path = day(0);
    for number in 1..=LINES {
        add(&path, &format!("line {number}\n"));
        if number % 200 == 0 {
            // A rotation within a rotation, faster than anybody looks, is not followed.
            wait_until("it has caught up", || {
                following.shown().ends_with(&format!("line {number}\n"))
            });
            add(&path, "just before\n");
            match number / 200 % 3 {
                0 => fs::rename(&path, with_extension(&path, ".1")).unwrap(),
                1 => {
                    fs::copy(&path, with_extension(&path, ".2")).unwrap();
                    let cut = File::options().write(true).truncate(true).open(&path);
                    cut.unwrap();
                }
                _ => path = day(number / 200),
            }
        }
    }
    let mut expected = String::from("line 0\n");
    for number in 1..=LINES {
        writeln!(expected, "line {number}").unwrap();
        if number % 200 == 0 {
            expected += "just before\n";
        }
    }

    wait_until("everything is shown", || {
        following.shown().len() >= expected.len()
    });
    let shown = following.shown();
    let wrong = shown.lines().zip(expected.lines()).find(|(a, b)| a != b);
    assert!(
        shown == expected,
        "shown and expected first differ in {wrong:?}"
    );
}

#[test]
fn what_is_added_is_filtered() {
    let home = Home::new();
    let head = "2026-11-22 20:14:24";
    let path = home.write(LOG, format!("{head} ERROR: old\n{head} INFO: old\n"));
    let following = Following::new(&home, &["--level", "ERROR", "--grep", "Trace"]);
    wait_until("it follows", || following.said().contains("==>"));

    add(
        &path,
        &format!("{head} INFO: up\nTrace\n{head} ERROR: lost\nTrace\n  deep\n"),
    );
    following.shows(&format!("{head} ERROR: lost\nTrace\n  deep\n"));
    add(
        &path,
        &format!("{head} ERROR: lost\n{head} ERROR: Trace\n{head} INFO: x\n"),
    );
    following.shows(&format!(
        "{head} ERROR: lost\nTrace\n  deep\n{head} ERROR: Trace\n"
    ));
}

#[test]
fn what_is_added_to_the_last_entry_is_judged_with_it() {
    let home = Home::new();
    let head = "2026-11-22 20:14:24";
    let path = home.write(LOG, format!("{head} INFO: up\n{head} ERROR: lost\n"));
    let lost = format!("{head} ERROR: lost\n");
    let following = Following::new(&home, &["--level", "ERROR"]);
    following.shows(&lost);

    add(&path, "Traceback\n  deep\n");
    let lost = lost + "Traceback\n  deep\n";
    following.shows(&lost);
    add(&path, &format!("{head} INFO: up\n"));
    drop(following);

    // The last entry is an INFO now.
    let following = Following::new(&home, &["--level", "ERROR"]);
    following.shows(&lost);
    add(&path, &format!("not this\n{head} ERROR: again\n"));
    following.shows(&format!("{lost}{head} ERROR: again\n"));
}

#[test]
fn for_programs_each_entry_is_a_line() {
    let home = Home::new();
    let path = home.write(LOG, "2026-11-22 20:14:24 ERROR: one\nmore\n");
    let following = Following::new(&home, &["--json"]);
    let entries = |count: usize| -> Vec<Value> {
        wait_until("entries are shown", || {
            following.shown().matches('\n').count() >= count
        });
        let shown = following.shown();
        shown
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    assert_eq!(entries(1)[0]["message"], "one\nmore");

    add(
        &path,
        "2026-11-22 20:14:25 [INFO] a: two\nmore\n2026-11-22 20:14:26 INFO: three\n",
    );
    let entries = entries(3);

    assert_eq!(entries.len(), 3);
    assert_eq!(entries[1]["message"], "two\nmore");
    assert_eq!(entries[1]["component"], "a");
    assert_eq!(entries[2]["timestamp"], "2026-11-22 20:14:26");
}

#[test]
fn for_programs_an_entry_of_any_length_is_one_line() {
    let home = Home::new();
    let head = "2026-11-22 20:14:24 ERROR:";
    let path = home.write(LOG, format!("{head} first\n"));
    let following = Following::new(&home, &["--json"]);
    wait_until("the first is shown", || following.shown().ends_with('\n'));

    let long = "x€".repeat(800_000);
    let below = "below\n".repeat(500_000);
    add(&path, &format!("{head} {long}\n{below}{head} last\n"));

    wait_until("all are shown", || following.shown().contains("\"last\""));
    let shown = following.shown();
    let messages: Vec<Value> = shown
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["message"].take())
        .collect();
    assert_eq!(messages.len(), 3);
    assert!(messages[1] == format!("{long}\n{}", below.trim_end()));
    assert_eq!(messages[2], "last");
}

#[test]
fn an_interrupt_ends_it_quietly() {
    let home = Home::new();
    home.write(LOG, "1\n");
    for (number, name) in [(Signal::INT, 2), (Signal::TERM, 15)] {
        let mut following = Following::new(&home, &[]);
        following.shows("1\n");
        wait_until("it says where", || following.said().ends_with("<==\n"));
        let pid = i32::try_from(following.child.id()).unwrap();

        signal(pid, number);
        let ended = following.ends();

        assert_eq!(ended.signal(), Some(name));
        assert_eq!(following.said().lines().count(), 1, "only where it is");
    }
}

#[test]
fn it_ends_when_nobody_reads_it_although_nothing_is_written() {
    let home = Home::new();
    home.write(LOG, "1\n2\n");

    // The shell waits for the whole pipeline.
    home.shell(
        "{ \"$@\"; echo \"code $?\" >&2; } | head -n 1",
        ["daemon", "logs", "--follow"],
    )
    .code(0)
    .stdout_is("1\n")
    .stderr_has("code 0\n");
}
