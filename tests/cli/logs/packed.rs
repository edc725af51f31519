//! Logs that are packed, not in UTF-8, behind a link or with a hole.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::symlink;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::LOG;
use crate::home::Home;

fn entry(minute: u32, text: &str) -> String {
    format!("2026-11-22 20:{minute:02}:00 [ERROR] a.b: {text}\n")
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text).unwrap();
    packed.finish().unwrap()
}

#[test]
fn what_a_rotation_has_packed_belongs_to_all() {
    let home = Home::new();
    let packed = [
        ("d.log.3.gz", gzip(entry(1, "oldest").as_bytes())),
        (
            "d.log.2.zst",
            compress_to_vec(entry(2, "older").as_bytes(), CompressionLevel::Fastest),
        ),
    ];
    for (name, bytes) in packed {
        home.write(&format!(".inneros/logs/{name}"), bytes);
    }
    home.write(".inneros/logs/d.log.1", entry(3, "old"));
    // While it is packed it is there in both forms.
    home.write(".inneros/logs/d.log.1.gz", gzip(entry(3, "old").as_bytes()));
    home.write(".inneros/logs/d.log", entry(4, "new"));

    let all = ["oldest", "older", "old", "new"].into_iter().zip(1..);
    let all: String = all.map(|(text, minute)| entry(minute, text)).collect();
    home.inneros(["daemon", "logs", "--all", "--level", "ERROR"])
        .code(0)
        .stdout_is(&all);
    home.inneros(["daemon", "logs", "--all", "--grep", "olde", "-n", "1"])
        .code(0)
        .stdout_is(&entry(2, "older"));
    home.inneros(["daemon", "logs", "--all", "--summary"])
        .code(0)
        .stdout_has("4 entries");
    let count = home.inneros(["daemon", "logs", "--all", "--json"]);
    assert_eq!(count.json()["entries"].as_array().unwrap().len(), 4);
}

#[test]
fn what_cannot_be_unpacked_is_left_out_and_named() {
    let home = Home::new();
    home.write(LOG, entry(4, "new"));
    let half = gzip(entry(1, "old").repeat(5000).as_bytes());
    home.write(".inneros/logs/daemon.log.1.gz", &half[..12]);

    home.inneros(["daemon", "logs", "--all"])
        .code(0)
        .stdout_is(&entry(4, "new"))
        .stderr_has("left out: cannot read log file '")
        .stderr_has("/daemon.log.1.gz'");
}

#[test]
fn a_log_in_utf_16_is_read() {
    let home = Home::new();
    let text = format!("\u{feff}{}", entry(1, "lost ä 😀").replace('\n', "\r\n"));
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(order).collect();
        home.write(LOG, bytes);

        for flags in [&["-n", "5"][..], &["--level", "ERROR"]] {
            let answer = home.inneros([&["daemon", "logs"], flags].concat());
            answer.code(0).stdout_has("lost ä 😀");
        }
        let json = home.inneros(["daemon", "logs", "--json"]).json();
        assert_eq!(json["entries"][0]["level"], "ERROR", "{json}");
    }
}

#[test]
fn the_mark_of_utf_8_is_no_part_of_the_first_entry() {
    let home = Home::new();
    home.write(LOG, format!("\u{feff}{}", entry(1, "lost")));

    let json = home.inneros(["daemon", "logs", "--level", "ERROR", "--json"]);

    let entry = &json.json()["entries"][0];
    assert_eq!(entry["timestamp"], "2026-11-22 20:01:00", "{entry}");
    assert_eq!(entry["message"], "lost");
}

#[test]
fn a_hole_is_skipped_and_said() {
    let home = Home::new();
    let path = home.write(LOG, "");
    let mut file = File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(3 * 1024 * 1024 * 1024)).unwrap();
    file.write_all(entry(1, "lost").as_bytes()).unwrap();
    file.write_all(entry(2, "found").as_bytes()).unwrap();

    let both = entry(1, "lost") + &entry(2, "found");
    for flags in [&[][..], &["--level", "ERROR"], &["--all"]] {
        home.inneros([&["daemon", "logs"], flags].concat())
            .code(0)
            .stdout_is(&both)
            .stderr_has("skipped 3221225472 NUL bytes at the start of '");
    }
    home.inneros(["daemon", "logs", "--grep", "lost", "--summary"])
        .code(0)
        .stdout_has("1 entries");
    fs::remove_file(path).unwrap();
}

#[test]
fn a_link_to_the_log_of_today_is_that_log() {
    let home = Home::new();
    home.write(".inneros/logs/app-2026-11-22.log", entry(1, "today"));
    symlink("app-2026-11-22.log", home.ours("logs/app.log")).unwrap();

    home.inneros(["daemon", "logs"])
        .code(0)
        .stdout_is(&entry(1, "today"));
    home.inneros(["daemon", "logs", "--all"])
        .code(0)
        .stdout_is(&entry(1, "today"));
}
