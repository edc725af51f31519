#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "it prints a table, or fails by panicking"
)]

mod daemons;
mod init;
mod jobs;
mod measure;
mod peers;
mod supervisors;
mod table;
mod tool;

use std::path::Path;
use std::process::{self, Stdio};
use std::thread;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use daemons::{at_home_in, memory, wait_until};
use measure::{CROWD, Crowd, STOP, TASKS, Task, Times, crowd, rounds};
use peers::{BASE, Column, columns, ours};
use tool::Keeper;

/// Measures `inneros` beside the tools that do the same.
#[derive(Parser)]
struct Options {
    /// How often everything is done
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Three rounds
    #[arg(long, conflicts_with = "rounds")]
    quick: bool,
    /// What the bench asks of itself
    #[arg(long, hide = true)]
    part: Option<Part>,
    /// What cargo gives to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    All,
    Stop,
    Jobs,
}

pub fn run() {
    let options = Options::parse();
    let number = if options.quick { 3 } else { options.rounds };
    match options.part {
        None => whole(number),
        Some(part) => within_folder(|folder| match part {
            Part::All => all(folder, number),
            Part::Stop => stop(folder, number),
            Part::Jobs => jobs::run(folder, number),
        }),
    }
}

/// The two parts, each in a process of its own: who the init is cannot be changed for
/// daemons that are there already.
fn whole(number: usize) {
    let arguments = |part: &str| {
        let number = number.to_string();
        ["--part", part, "--rounds", &number].map(Into::into)
    };
    println!("{}, {number} rounds\n", table::machine());
    let mut done = init::be_init_of(&arguments("all"));
    if done {
        let stay = table::millis(init::zombies_stay());
        println!(
            "\nstop, where PID 1 of this computer takes ended daemons out of the process \
             table, after {stay}:\n"
        );
        done = init::leave_to_pid_1(&arguments("stop"));
    }
    println!("\na job's wrapper:\n");
    within_folder(|folder| jobs::run(folder, number));
    println!("\nload at the end: {}", table::load());
    if !done {
        process::exit(1);
    }
}

/// Nothing may be left of what has its home in the folder.
fn within_folder(measure: impl FnOnce(&Path)) {
    let folder = tempfile::Builder::new()
        .prefix("inneros-compare-")
        .tempdir()
        .unwrap();
    measure(folder.path());
    wait_until("the end of everything", || {
        at_home_in(folder.path()).is_empty()
    });
}

fn all(folder: &Path, number: usize) {
    let (columns, missing) = columns(folder, true);
    for missing in missing {
        println!("{missing}\n");
    }
    let names = || columns.iter().map(|column| column.name);
    let (times, nothing) = rounds(TASKS, &columns, number);
    let crowds = crowds(&columns, number);
    let nothing = table::millis(table::median(&nothing).unwrap_or_default());
    println!(
        "Medians; in brackets against start-stop-daemon. A program that does nothing takes \
         {nothing}.\n"
    );
    table::head("", names());
    rows(TASKS, &columns, &times);
    let name = format!("{CROWD} starts at once: daemons");
    for (name, count) in [
        (
            name.as_str(),
            (|crowd| crowd.daemons) as fn(&Crowd) -> usize,
        ),
        ("… exit codes 0", |crowd| crowd.exit_code_0),
        ("… answers that are not true", |crowd| crowd.untrue),
        ("… daemons after one stop", |crowd| crowd.left),
    ] {
        let cells = crowds
            .iter()
            .map(|crowds| crowds.iter().map(count).collect());
        table::row(name, cells.map(table::counts));
    }
    let kept = columns.iter().map(|column| match &column.tool.keeper {
        Some(keeper) => memory(keeper.pid()),
        None => "nothing".into(),
    });
    table::row("memory of what always runs", kept);
    println!(
        "\n`inneros daemon run`, which starts a daemon again: {}",
        supervised(folder)
    );
}

fn crowds(columns: &[Column], number: usize) -> Vec<Vec<Crowd>> {
    let mut crowds: Vec<Vec<Crowd>> = columns.iter().map(|_| Vec::new()).collect();
    for _ in 0..number {
        for (column, crowds) in columns.iter().zip(&mut crowds) {
            crowds.push(crowd(&column.tool));
        }
    }
    crowds
}

/// The memory of our supervisor.
fn supervised(folder: &Path) -> String {
    let tool = peers::inneros(&folder.join("supervised"), true);
    let mut command = tool.command(&ours("run"));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let keeper = Keeper::Child(command.spawn().unwrap());
    tool.daemon.pid();
    thread::sleep(SETTLING);
    memory(keeper.pid())
}

fn stop(folder: &Path, number: usize) {
    let (columns, _) = columns(folder, false);
    let (times, _) = rounds(STOP, &columns, number);
    table::head("", columns.iter().map(|column| column.name));
    rows(STOP, &columns, &times);
}

fn rows(tasks: &[Task], columns: &[Column], times: &Times) {
    let base = columns.iter().position(|column| column.name == BASE);
    for (task, times) in tasks.iter().zip(times) {
        table::row(task.name, table::times(times, base));
    }
}

/// What belongs to a start is over by then.
const SETTLING: Duration = Duration::from_secs(1);
