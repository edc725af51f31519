//! How much of a log is read.

use std::fmt::Write as _;
use std::fs;

use super::LOG;
use crate::home::Home;

/// Asks for logs, which must succeed, and gives how many bytes were read for that in all.
#[track_caller]
fn bytes_read(home: &Home, flags: &[&str]) -> u64 {
    // A shell counts what those have read that it has waited for (`proc_pid_io(5)`). Of a zombie
    // only root sees the numbers.
    let script = "\
        read_so_far() {\n\
          while read -r key number; do\n\
            if [ \"$key\" = rchar: ]; then echo \"$number\"; fi\n\
          done < /proc/$$/io\n\
        }\n\
        before=$(read_so_far)\n\
        \"$@\" > /dev/null || exit\n\
        echo $(($(read_so_far) - before))";
    let answer = home.shell(script, [&["daemon", "logs"], flags].concat());
    answer.code(0).stdout().trim_end().parse().unwrap()
}

#[test]
fn entries_without_a_time_are_read_once_or_twice_for_a_time() {
    let home = Home::new();
    for line in [
        "{\"level\":\"info\",\"msg\":\"nothing to see\"}\n",
        "2026-02-30 20:14:24 [INFO] a: no such day\n",
    ] {
        // Some have a time: a log in which hardly any has is refused.
        let timed = "2026-11-22 20:14:24 [INFO] a: nothing to see\n";
        let path = home.write(LOG, line.repeat(10_000) + &timed.repeat(20));
        let length = fs::metadata(path).unwrap().len();

        for bound in ["--since", "--until"] {
            let read = bytes_read(&home, &[bound, "1h"]);
            assert!(
                (length * 9 / 10..4 * length + 200_000).contains(&read),
                "{read} of {length} for {bound}"
            );
        }
    }
}

#[test]
fn no_more_of_a_long_log_is_read_than_is_needed() {
    const MIB: u64 = 1024 * 1024;
    let home = Home::new();
    let mut log = String::with_capacity(65 * 1024 * 1024);
    let mut number = 0;
    while log.len() < 64 * 1024 * 1024 {
        let (day, second) = (1 + number / 86_400, number % 86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        // One of a hundred is an error.
        let level = if number % 100 == 0 { "ERROR" } else { "INFO" };
        writeln!(
            log,
            "2026-11-{day:02} {hour:02}:{minute:02}:{second:02} [{level}] src.a: nothing to see"
        )
        .unwrap();
        number += 1;
    }
    let last = log.lines().last().unwrap()[..19].to_owned();
    home.write(LOG, log);

    for flags in [
        &[][..],
        &["-n", "10"],
        &["-n", "10", "--json"],
        &["-n", "10", "--level", "ERROR"],
        &["--since", &last],
        &["--since", &last, "--level", "ERROR"],
        &["--since", "2026-11-10", "--until", "2026-11-10 00:00:10"],
    ] {
        let read = bytes_read(&home, flags);
        assert!(read > 1000 && read < 2 * MIB, "{read} for {flags:?}");
        if !flags.contains(&"--until") {
            assert!(read < MIB, "{read} for {flags:?}");
        }
    }
}
