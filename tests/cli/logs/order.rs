//! All files of the folder in the order of time, and the capture file.

use std::fmt::Write as _;
use std::fs;

use super::LOG;
use crate::home::Home;

fn entry(second: u32, text: &str) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!("2026-11-22 20:{minute:02}:{second:02} [INFO] a: {text}\n")
}

#[test]
fn all_files_are_put_together_in_the_order_of_time() {
    let home = Home::new();
    let (one, two, three) = (
        entry(1, "one"),
        entry(2, "two") + "more\n",
        entry(3, "three"),
    );
    home.write(".inneros/logs/z.log", format!("{one}{three}"));
    home.write(".inneros/logs/a.log", &two);

    home.inneros(["daemon", "logs", "--all"])
        .code(0)
        .stdout_is(&format!("{one}{two}{three}"))
        .stderr_has(&home.ours("logs").display().to_string());
    home.inneros(["daemon", "logs", "--all", "-n", "2"])
        .code(0)
        .stdout_is(&format!("{two}{three}"));
    let json = home.inneros(["daemon", "logs", "--all", "--json"]).json();
    let files: Vec<&str> = json["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            entry["log_file"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(files, ["z.log", "a.log", "z.log"]);
}

#[test]
fn entries_of_one_second_stay_in_the_order_of_their_files() {
    let home = Home::new();
    let (a, b) = (
        entry(1, "a1") + &entry(1, "a2"),
        entry(1, "b1") + &entry(1, "b2"),
    );
    home.write(".inneros/logs/b.log", &b);
    home.write(".inneros/logs/a.log", &a);

    home.inneros(["daemon", "logs", "--all"])
        .code(0)
        .stdout_is(&format!("{a}{b}"));
    home.inneros(["daemon", "logs", "--all", "-n", "3"])
        .code(0)
        .stdout_is(&format!("{}{b}", entry(1, "a2")));
}

#[test]
fn a_file_keeps_its_own_order_although_its_clock_was_put_back() {
    let home = Home::new();
    let a = entry(9, "late") + &entry(2, "put back") + &entry(3, "on");
    home.write(".inneros/logs/a.log", &a);
    home.write(".inneros/logs/b.log", entry(1, "b"));

    home.inneros(["daemon", "logs", "--all"])
        .code(0)
        .stdout_is(&(entry(1, "b") + &a));
}

#[test]
fn zones_are_taken_into_account() {
    let home = Home::new();
    let first = "2026-11-22T22:00:00+05:00 INFO: first\n";
    let second = "2026-11-22T18:00:00Z INFO: second\n";
    home.write(".inneros/logs/a.log", second);
    home.write(".inneros/logs/b.log", first);

    home.inneros(["daemon", "logs", "--all"])
        .code(0)
        .stdout_is(&format!("{first}{second}"));
}

#[test]
fn a_file_without_a_last_newline_does_not_run_into_the_next() {
    let home = Home::new();
    home.write(".inneros/logs/a.log", entry(1, "one").trim_end());
    home.write(".inneros/logs/b.log", entry(2, "two"));

    home.inneros(["daemon", "logs", "--all"])
        .code(0)
        .stdout_is(&(entry(1, "one") + &entry(2, "two")));
}

#[test]
fn many_large_files_are_put_together() {
    let home = Home::new();
    let mut files = vec![String::new(); 5];
    let mut all = String::new();
    for number in 0..15_000_u32 {
        let line = entry(number / 5, &format!("entry {number}"));
        all += &line;
        files[(number * 7 % 5) as usize] += &line;
    }
    // Within a second the order is that of the files: there they are one each.
    let sorted = |text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    for (number, text) in files.iter().enumerate() {
        home.write(&format!(".inneros/logs/{number}.log"), text);
    }

    let answer = home.inneros(["daemon", "logs", "--all", "-n", "20000"]);
    let last = home.inneros(["daemon", "logs", "--all", "-n", "5000"]);

    let times =
        |text: &str| -> Vec<String> { text.lines().map(|line| line[..19].into()).collect() };
    assert_eq!(times(answer.code(0).stdout()), times(&all));
    assert_eq!(sorted(answer.stdout()), sorted(&all));
    let from = all.lines().nth(10_000).unwrap();
    let from = all.find(from).unwrap();
    assert_eq!(sorted(last.code(0).stdout()), sorted(&all[from..]));
}

#[test]
fn entries_since_a_time_are_found_in_a_long_file() {
    let home = Home::new();
    let mut all = String::new();
    for number in 0..40_000_u32 {
        write!(all, "{}", entry(number / 12, &format!("{number}"))).unwrap();
    }
    home.write(LOG, &all);
    let line = |number: u32| all.find(&entry(number / 12, &format!("{number}"))).unwrap();

    let some = home.inneros([
        "daemon",
        "logs",
        "--since",
        "2026-11-22 20:30:00",
        "--until",
        "2026-11-22 20:30:59",
    ]);

    let expected = &all[line(30 * 60 * 12)..line(31 * 60 * 12)];
    some.code(0).stdout_is(expected);
}

#[test]
fn a_folder_of_ten_thousand_files_is_put_together() {
    let home = Home::new();
    for number in 0..10_000_u32 {
        let name = format!(".inneros/logs/{:05}.log", (number * 7919) % 10_000);
        home.write(&name, entry(number % 3600, &format!("{number}")));
    }

    home.inneros(["daemon", "logs", "--all", "-n", "2"])
        .code(0)
        .stdout_has("20:59:59 [INFO] a: ");
    let all = home.inneros(["daemon", "logs", "--all", "-n", "10000"]);

    let lines: Vec<&str> = all.code(0).stdout().lines().collect();
    assert_eq!(lines.len(), 10_000);
    assert!(lines.is_sorted_by_key(|line| &line[..19]));
    home.inneros(["daemon", "logs"]).code(0);
    // Each is looked into for its time, although few may be open at once.
    let few = "ulimit -n 256; exec \"$@\"";
    let since = ["daemon", "logs", "--all", "--since", "2026-11-22"];
    let all = home.shell(few, since);
    assert_eq!(all.code(0).stdout().lines().count(), 10_000);
    home.shell(few, [&since[..], &["--summary"]].concat())
        .code(0)
        .stdout_has("10000 entries\n");
}

#[test]
fn a_file_with_two_names_is_one() {
    let home = Home::new();
    let log = home.write(".inneros/logs/b.log", entry(1, "one"));
    std::os::unix::fs::symlink("b.log", home.ours("logs/a.log")).unwrap();
    fs::hard_link(log, home.ours("logs/c.log")).unwrap();

    home.inneros(["daemon", "logs", "--all"])
        .code(0)
        .stdout_is(&entry(1, "one"));
    let json = home.inneros(["daemon", "logs", "--all", "--json"]).json();
    let file = json["entries"][0]["log_file"].as_str().unwrap();
    assert!(file.ends_with("/b.log"), "not the link: {file}");
    home.inneros(["daemon", "logs", "--all", "--summary"])
        .code(0)
        .stdout_has("1 entries\n");
}

#[test]
fn files_that_were_rotated_belong_to_all() {
    let home = Home::new();
    let names = [
        // The clock of the names is not asked: only entries of one second stand as they do.
        "d.log.2026-11-20",
        "d.log.2026-11-21_23-00",
        "d.log-20261122",
        "d.log.10",
        "d.log.2",
        "d.log.1",
        "d.log",
        "e.1.log",
    ];
    for name in names {
        home.write(&format!(".inneros/logs/{name}"), entry(1, name));
    }
    for name in [
        "d.log.3.bz2",
        "d.log.bak",
        "d.log.",
        "d.txt.1",
        "dlog.1",
        "d.logs.1",
    ] {
        home.write(&format!(".inneros/logs/{name}"), entry(1, "not this"));
    }

    let expected: String = names.iter().map(|name| entry(1, name)).collect();
    home.inneros(["daemon", "logs", "--all"])
        .code(0)
        .stdout_is(&expected);
    let newest = home.inneros(["daemon", "logs", "--path"]);
    assert!(newest.code(0).stdout().ends_with(".log\n"), "{newest}");
}

#[test]
fn the_last_entries_of_all_are_the_end_of_all_although_a_clock_was_put_back() {
    let home = Home::new();
    let a = entry(1, "first") + &entry(9, "late") + &entry(2, "put back") + "no time\n";
    home.write(".inneros/logs/a.log", a);
    home.write(".inneros/logs/b.log", entry(5, "b") + &entry(11, "b"));

    let all = home.inneros(["daemon", "logs", "--all"]);
    let lines: Vec<&str> = all.code(0).stdout().split_inclusive('\n').collect();
    let entries: Vec<String> = [
        &lines[0..1],
        &lines[1..2],
        &lines[2..3],
        &lines[3..5],
        &lines[5..6],
    ]
    .iter()
    .map(|lines| lines.concat())
    .collect();
    for count in 0..=5 {
        home.inneros(["daemon", "logs", "--all", "-n", &count.to_string()])
            .code(0)
            .stdout_is(&entries[5 - count..].concat());
    }
}

#[test]
fn a_line_that_was_cut_by_a_rotation_is_one() {
    let home = Home::new();
    let lines = ["1\n", "2\n", "thr|ee\n", "4\n", "5"];
    for cut in [
        "1\n2\nthr|ee\n4\n5",
        "1\n2\nthree\n4\n5|",
        "|1\n2\nthree\n4\n5",
        "1\n2\n|three\n4\n5",
    ] {
        let (old, new) = cut.split_once('|').unwrap();
        home.write(".inneros/daemon.out.1", old);
        home.write(".inneros/daemon.out", new);
        for count in 0..=6_usize {
            let expected: String = lines[5_usize.saturating_sub(count)..].concat();

            home.inneros(["daemon", "logs", "--output", "-n", &count.to_string()])
                .code(0)
                .stdout_is(&expected.replace('|', ""));
        }
    }
}

#[test]
fn the_output_is_the_capture_file_and_its_predecessor() {
    let home = Home::new();
    home.write(LOG, "a log\n");
    home.inneros(["daemon", "logs", "--output"])
        .refused(1, "no logs")
        .stderr_has("daemon.out");

    home.write(".inneros/daemon.out.1", "1\n2\n3\n");
    home.write(".inneros/daemon.out", "4\n5\n");

    for (lines, expected) in [
        ("1", "5\n"),
        ("2", "4\n5\n"),
        ("3", "3\n4\n5\n"),
        ("9", "1\n2\n3\n4\n5\n"),
    ] {
        home.inneros(["daemon", "logs", "--output", "-n", lines])
            .code(0)
            .stdout_is(expected);
    }
    home.inneros(["daemon", "logs", "--output", "--grep", "3"])
        .code(0)
        .stdout_is("3\n");
    home.inneros(["daemon", "logs", "--output", "--path"])
        .code(0)
        .stdout_is(&format!("{}\n", home.ours("daemon.out").display()));
}
