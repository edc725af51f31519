//! The manual pages of a program (`man-pages(7)`), made from its command line.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

/// The parts that the text behind the options may have: what each is called there, and in a
/// manual. A manual has them in this order.
const PARTS: [(&str, &str); 3] = [
    ("Exit codes", "EXIT STATUS"),
    ("Environment", "ENVIRONMENT"),
    ("Examples", "EXAMPLES"),
];

/// A page of the manual.
#[derive(Debug)]
pub struct ManPage {
    /// The command with hyphens, and the section: `inneros-daemon-start.1`.
    pub file_name: String,
    /// In roff.
    pub text: Vec<u8>,
}

/// The day on which the text was searched, as `man-pages(7)` wants it.
const DATE: &str = "2026-11-30";

/// A part of the program's own page that its help is too short for: a heading, and what is
/// explained under it.
pub type Section = (&'static str, Vec<(String, String)>);

/// One for the program, first, and one for each of its commands.
pub fn pages(program: Command, more: &[Section]) -> io::Result<Vec<ManPage>> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    add(&program, &program, more, &mut pages)?;
    Ok(pages)
}

fn add(
    program: &Command,
    command: &Command,
    more: &[Section],
    pages: &mut Vec<ManPage>,
) -> io::Result<()> {
    pages.push(page(program, command, more)?);
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        add(program, below, &[], pages)?;
    }
    Ok(())
}

/// Clap's own rendering runs the lines of examples together, so that part is made here.
fn page(program: &Command, command: &Command, more: &[Section]) -> io::Result<ManPage> {
    let version = program.get_version().unwrap_or_default();
    let command = command
        .clone()
        .subcommand_value_name("command")
        .subcommand_help_heading("COMMANDS");
    let behind = command.get_after_help().map(ToString::to_string);
    let paragraphs: Vec<&str> = behind.iter().flat_map(|text| text.split("\n\n")).collect();
    let has_commands = command.has_subcommands();
    let title = command
        .get_display_name()
        .unwrap_or(command.get_name())
        .to_uppercase();
    let man = Man::new(command)
        .title(title)
        .date(DATE)
        .source(format!("{} {version}", program.get_name()))
        .manual("User Commands");

    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    notes(&paragraphs).to_writer(&mut text)?;
    man.render_options_section(&mut text)?;
    if has_commands {
        man.render_subcommands_section(&mut text)?;
    }
    let is_more = |heading: &str| more.iter().any(|(name, _)| *name == heading);
    let is_left = |text: &&str| {
        !PARTS
            .iter()
            .any(|(name, heading)| of(text, name).is_some() && is_more(heading))
    };
    let (examples, before): (Vec<&str>, Vec<&str>) = paragraphs
        .iter()
        .copied()
        .filter(is_left)
        .partition(|text| of(text, "Examples").is_some());
    parts(&before).to_writer(&mut text)?;
    for section in more {
        explained(section).to_writer(&mut text)?;
    }
    parts(&examples).to_writer(&mut text)?;
    let file_name = man.get_filename();
    if file_name != format!("{}.1", program.get_name()) {
        let mut end = Roff::new();
        end.control("SH", ["SEE ALSO"]);
        end.text([bold(program.get_name()), roman("(1)")]);
        end.to_writer(&mut text)?;
    }
    let text = tidy(&String::from_utf8_lossy(&text)).into_bytes();
    Ok(ManPage { file_name, text })
}

fn explained((heading, entries): &Section) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [*heading]);
    for (name, text) in entries {
        roff.control("TP", []);
        roff.text([bold(name)]);
        roff.text([roman(text)]);
    }
    roff
}

/// The same page as `mandoc -T lint` wants it: no line of text is longer than 80 bytes, none
/// ends in a space, and no empty one stands between two breaks.
fn tidy(roff: &str) -> String {
    const LONGEST: usize = 80;
    let mut tidy = String::new();
    let mut is_filled = true;
    for line in roff.replace("\n.br\n\n.br\n", "\n.sp\n").lines() {
        is_filled = match line {
            ".nf" => false,
            ".fi" => true,
            _ => is_filled,
        };
        let mut rest = line.trim_end();
        while is_filled && rest.len() > LONGEST && !rest.starts_with(['.', '\'']) {
            // A line that begins with one of these would be a command.
            let fits = |at: &usize| !rest[at + 1..].starts_with(['.', '\'', ' ']);
            let spaces = || rest.match_indices(' ').map(|(at, _)| at).filter(fits);
            let Some(at) = spaces()
                .take_while(|at| *at <= LONGEST)
                .last()
                .or(spaces().next())
            else {
                break;
            };
            tidy += &format!("{}\n", rest[..at].trim_end());
            rest = &rest[at + 1..];
        }
        tidy += &format!("{rest}\n");
    }
    tidy
}

/// What explains the command and has no heading.
fn notes(paragraphs: &[&str]) -> Roff {
    let mut roff = Roff::new();
    let of_a_part = |text: &str| PARTS.iter().any(|(name, _)| of(text, name).is_some());
    for paragraph in paragraphs.iter().filter(|text| !of_a_part(text)) {
        roff.control("PP", []);
        roff.text([roman(paragraph.replace('\n', " "))]);
    }
    roff
}

/// What has a heading: lines that are below it stay lines.
fn parts(paragraphs: &[&str]) -> Roff {
    let mut roff = Roff::new();
    for (name, heading) in PARTS {
        for text in paragraphs.iter().filter_map(|text| of(text, name)) {
            roff.control("SH", [heading]);
            let Some(lines) = text.strip_prefix('\n') else {
                roff.text([roman(text.trim_start().replace('\n', " "))]);
                continue;
            };
            roff.control("nf", []);
            for line in lines.lines() {
                roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
            }
            roff.control("fi", []);
        }
    }
    roff
}

/// The text of a paragraph that begins with this name and a colon.
fn of<'a>(paragraph: &'a str, name: &str) -> Option<&'a str> {
    paragraph.strip_prefix(name)?.strip_prefix(':')
}
