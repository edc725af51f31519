//! Our own lines in a crontab: a configured job, run by cron.

use super::lines;
use crate::model::autostart::seal::checksum;

const BEGIN: &str = "# inneros: begin ";
const BY: &str = ", written by `inneros job enable`, checksum ";
const END: &str = "# inneros: end ";

/// A block of ours in a crontab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The job that it runs.
    pub name: String,
    /// The numbers of its lines, from 0, with the two that mark it.
    pub lines: std::ops::Range<usize>,
    /// Whether it is as some version of this program wrote it.
    pub intact: bool,
}

impl Block {
    /// The block of a job.
    pub fn find(text: &[u8], name: &str) -> Option<Self> {
        let mut begin = None;
        for (number, line) in lines(text).enumerate() {
            let line = String::from_utf8_lossy(line);
            let line = line.trim_end();
            if let Some(rest) = line.strip_prefix(BEGIN)
                && let Some((named, sum)) = rest.split_once(BY)
                && named == name
            {
                begin = Some((number, sum.to_owned()));
            }
            if let Some((first, sum)) = &begin
                && line.strip_prefix(END) == Some(name)
            {
                let inner = lines(text).skip(first + 1).take(number - first - 1);
                let inner: Vec<String> = inner
                    .map(|line| {
                        String::from_utf8_lossy(line)
                            .trim_end_matches('\n')
                            .to_owned()
                    })
                    .collect();
                return Some(Self {
                    name: name.to_owned(),
                    lines: *first..number + 1,
                    intact: *sum == sealed(&inner),
                });
            }
        }
        // One whose end is gone reaches to nowhere: it was edited.
        begin.map(|(first, _)| Self {
            name: name.to_owned(),
            lines: first..first + 1,
            intact: false,
        })
    }
}

fn sealed(inner: &[String]) -> String {
    format!("{:016x}", checksum(inner.iter().map(String::as_str)))
}

/// The text with a block that runs `command` at these times, at its end or in place of the
/// one that is there.
pub fn with_block(text: &[u8], name: &str, times: &[String], command: &str) -> Vec<u8> {
    let inner: Vec<String> = times
        .iter()
        .map(|time| format!("{time} {command}"))
        .collect();
    let sum = sealed(&inner);
    let block = format!(
        "{BEGIN}{name}{BY}{sum}\n{}\n{END}{name}\n",
        inner.join("\n")
    );
    if let Some(old) = Block::find(text, name) {
        return spliced(text, &old.lines, block.as_bytes());
    }
    let mut text = text.to_vec();
    // Cron reads no line without an end.
    if text.last().is_some_and(|last| *last != b'\n') {
        text.push(b'\n');
    }
    text.extend(block.as_bytes());
    text
}

/// The text without the block of a job.
pub fn without_block(text: &[u8], name: &str) -> Vec<u8> {
    match Block::find(text, name) {
        Some(old) => spliced(text, &old.lines, b""),
        None => text.to_vec(),
    }
}

fn spliced(text: &[u8], range: &std::ops::Range<usize>, new: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(text.len() + new.len());
    for (number, line) in lines(text).enumerate() {
        if number == range.start {
            changed.extend(new);
        }
        if !range.contains(&number) {
            changed.extend(line);
        }
    }
    changed
}
