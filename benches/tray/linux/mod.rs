#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "it prints a table, or fails by panicking"
)]

mod cost;
mod crash;
#[path = "../../../tests/tray/desktop/mod.rs"]
mod desktop;
mod peers;
#[path = "../../../tests/tray/sitting.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod sitting;

use std::fs;
use std::thread;
use std::time::Duration;

use clap::Parser;

use cost::{Cost, Holding, Reading};
use desktop::Bus;
use peers::{PEERS, Peer, Screen};
use sitting::{OBEDIENT, Sitting};

/// Measures the tray.
#[derive(Parser)]
struct Options {
    /// For how long the idle programs are watched
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How often the daemon is killed
    #[arg(long, default_value_t = 50)]
    kills: usize,
    /// Five seconds and five kills
    #[arg(long, conflicts_with_all = ["seconds", "kills"])]
    quick: bool,
    /// What cargo gives to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

pub fn run() {
    let options = Options::parse();
    let (time, kills) = if options.quick {
        (Duration::from_secs(5), 5)
    } else {
        (Duration::from_secs(options.seconds), options.kills)
    };
    let sitting = Sitting::with_running_daemon(OBEDIENT);
    idle(&sitting, time);
    println!();
    crash::measure(&sitting, kills);
    // What they have left shows here.
    println!("\nafterwards:\n\n{}", Holding::HEAD);
    println!("| inneros-tray | {} |", ours(&sitting).read().holding());
}

fn ours(sitting: &Sitting) -> Subject<'_> {
    Subject {
        name: "inneros-tray",
        pid: sitting.tray.child.id(),
        bus: &sitting.bus,
    }
}

/// A program that is watched while it idles.
struct Subject<'a> {
    name: &'a str,
    pid: u32,
    bus: &'a Bus,
}

impl Subject<'_> {
    fn read(&self) -> Reading {
        Reading::of(self.pid, self.bus.messages_from(self.pid))
    }
}

/// All at the same time: whatever else the machine does, it does to all of them.
fn idle(sitting: &Sitting, time: Duration) {
    let screen = Screen::open();
    let (peers, missing): (Vec<_>, Vec<_>) = PEERS
        .iter()
        .map(|peer| Peer::start(peer, screen.as_ref(), sitting.home.pid()))
        .partition(Result::is_ok);
    let peers: Vec<Peer> = peers.into_iter().filter_map(Result::ok).collect();
    let subjects: Vec<Subject> = [ours(sitting)]
        .into_iter()
        .chain(peers.iter().map(Peer::subject))
        .collect();
    thread::sleep(SETTLING);

    let before: Vec<Reading> = subjects.iter().map(Subject::read).collect();
    thread::sleep(time);
    let after: Vec<Reading> = subjects.iter().map(Subject::read).collect();

    println!(
        "idle for {} s, load {}:\n\n{}",
        time.as_secs(),
        load(),
        Cost::HEAD
    );
    for ((subject, before), after) in subjects.iter().zip(&before).zip(&after) {
        println!(
            "| {} | {} |",
            subject.name,
            Cost::between(before, after, time)
        );
    }
    println!("\nwakeups of inneros-tray, by thread:");
    for (thread, wakeups) in after[0].wakeups_since(&before[0]) {
        println!("- {thread}: {wakeups}");
    }
    for peer in missing.into_iter().filter_map(Result::err) {
        println!("\nnot measured: {peer}");
    }
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// What belongs to a program's start is over by then.
const SETTLING: Duration = Duration::from_secs(5);
