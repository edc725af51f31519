//! What is done with each tool, and the time that it takes.

use std::process::{Command, Output};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::daemons::{at_home_in, signal, wait_until};
use super::peers::Column;
use super::tool::{Said, Tool};

/// Something to do with a tool. It gives no time where the tool has nothing of the kind.
pub struct Task {
    pub name: &'static str,
    /// How often in each round.
    times: usize,
    run: fn(&Column, usize) -> Option<Duration>,
}

/// In this order: what one leaves the next one takes up.
pub const TASKS: &[Task] = &[
    Task {
        name: "start, as it comes",
        times: 1,
        run: |column, _| Some(column.tool.start().0),
    },
    Task {
        name: "status",
        times: 5,
        run: |column, _| Some(column.tool.status()),
    },
    Task {
        name: "stop",
        times: 1,
        run: |column, _| Some(column.tool.stop()),
    },
    Task {
        name: "start, without a grace time",
        times: 1,
        run: |column, _| {
            let (time, _) = column.hasty().start();
            column.hasty().stop();
            Some(time)
        },
    },
    Task {
        name: "… until the daemon runs",
        times: 1,
        run: |column, _| {
            let (_, time) = column.hasty().start();
            column.hasty().stop();
            Some(time)
        },
    },
    Task {
        name: "kill -9 until it is told",
        times: 1,
        run: |column, round| told(column.hasty(), round),
    },
    Task {
        name: "kill -9 until an answer says it",
        times: 1,
        run: |column, round| {
            let tool = column.hasty();
            let pid = tool.start_once();
            thread::sleep(quiet(round));
            signal(pid, Signal::KILL);
            let time = tool.ask_until_dead();
            tool.tidy();
            Some(time)
        },
    },
];

/// The one that depends on who is the init.
pub const STOP: &[Task] = &[Task {
    name: "stop",
    times: 1,
    run: |column, _| {
        column.hasty().start();
        Some(column.hasty().stop())
    },
}];

fn told(tool: &Tool, round: usize) -> Option<Duration> {
    let teller = tool.ways.teller.as_ref()?;
    let pid = tool.start_once();
    let mut listening = teller.listen(tool);
    thread::sleep(quiet(round));
    let begin = Instant::now();
    signal(pid, Signal::KILL);
    listening.wait();
    let time = begin.elapsed();
    drop(listening);
    tool.tidy();
    Some(time)
}

/// What belongs to a start is over by then; each round ends at another point of whatever
/// interval a tool may have.
fn quiet(round: usize) -> Duration {
    Duration::from_millis(300 + round as u64 * 137 % 1000)
}

/// The times of each task with each column.
pub type Times = Vec<Vec<Vec<Duration>>>;

/// In turns, so that what else the machine does meets them all. Also the times of a program
/// that does nothing.
pub fn rounds(tasks: &[Task], columns: &[Column], rounds: usize) -> (Times, Vec<Duration>) {
    let mut times: Times = vec![vec![Vec::new(); columns.len()]; tasks.len()];
    let mut nothing = Vec::new();
    for round in 0..rounds {
        nothing.push(time_of_nothing());
        for (task, times) in tasks.iter().zip(&mut times) {
            for turn in 0..columns.len() * task.times {
                // Each is the first once.
                let number = (turn + round) % columns.len();
                times[number].extend((task.run)(&columns[number], round));
            }
        }
    }
    (times, nothing)
}

fn time_of_nothing() -> Duration {
    let mut command = Command::new("true");
    command.env_clear();
    let begin = Instant::now();
    command.output().unwrap();
    begin.elapsed()
}

/// What became of many starts at once.
pub struct Crowd {
    pub daemons: usize,
    pub exit_code_0: usize,
    /// "Started" where another start had, failures, and success without a daemon.
    pub untrue: usize,
    /// Daemons after one stop.
    pub left: usize,
}

pub const CROWD: usize = 20;

/// Starts the daemon from twenty sides at once.
pub fn crowd(tool: &Tool) -> Crowd {
    let call = match &tool.ways.first_start {
        Some((first_start, forget)) => {
            tool.run(forget);
            first_start
        }
        None => &tool.ways.start,
    };
    let others = || at_home_in(&tool.home).len() - tool.daemon.pids().len();
    let before = others();
    let barrier = Barrier::new(CROWD);
    let outputs: Vec<Output> = thread::scope(|scope| {
        let starts: Vec<_> = (0..CROWD)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    tool.run(call).1
                })
            })
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    // Those that have answered may have left something at work.
    wait_until("the end of all starts", || others() == before);

    let daemons = tool.daemon.pids().len();
    let count = |said| {
        let says = outputs.iter().map(tool.ways.says);
        says.filter(|says| *says == said).count()
    };
    let mut untrue = count(Said::Started).saturating_sub(1) + count(Said::Failed);
    if daemons == 0 {
        untrue += count(Said::RunsAlready) + count(Said::Runs);
    }
    let exit_code_0 = outputs.iter().filter(|output| output.status.success());
    let exit_code_0 = exit_code_0.count();
    tool.tidy();
    let left = tool.daemon.pids().len();
    tool.daemon.kill_all();
    Crowd {
        daemons,
        exit_code_0,
        untrue,
        left,
    }
}
