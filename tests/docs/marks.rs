//! What is not run, and why: the words behind the language of a block.

/// Each word with the reason for which a block that has it is not run; nothing where it is
/// run here.
const MARKS: [(&str, Option<&str>); 7] = [
    ("build", Some("it builds the programs, for minutes")),
    ("desktop", Some("it shows itself on a desktop")),
    ("network", Some("it needs the network")),
    ("root", Some("it needs root")),
    ("macos", Some("it needs a Mac and its desktop")),
    (
        "linux",
        unless(cfg!(target_os = "linux"), "it is about Linux"),
    ),
    (
        "tray",
        unless(
            cfg!(all(target_os = "linux", feature = "tray")),
            "it needs the tray, as it is built for Linux",
        ),
    ),
];

const fn unless(here: bool, why: &'static str) -> Option<&'static str> {
    if here { None } else { Some(why) }
}

/// Why a block with these marks is not run, if it is not; an error names the mark that
/// nobody knows.
pub fn why_not<'a>(marks: impl Iterator<Item = &'a str>) -> Result<Option<&'static str>, &'a str> {
    let mut why = None;
    for mark in marks {
        let (_, reason) = MARKS.iter().find(|(name, _)| *name == mark).ok_or(mark)?;
        why = why.or(*reason);
    }
    Ok(why)
}
