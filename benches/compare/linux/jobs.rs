//! What the wrapper of a job costs, beside what else is put in front of a line of a crontab.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::table;

/// How often each is run in a round.
const TIMES: usize = 10;

/// Something that runs `true`, or `true` itself.
struct Wrapper {
    name: &'static str,
    command: Command,
    times: Vec<Duration>,
}

pub fn run(folder: &Path, rounds: usize) {
    let home = folder.join("jobs-home");
    std::fs::create_dir_all(&home).unwrap();
    let inneros = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inneros"));
        command.arg("--home").arg(&home);
        command
    };
    let mut wrappers = vec![wrapper("`true`, bare", Command::new("true"))];
    let mut shell = Command::new("sh");
    // A list, which it cannot replace itself by.
    shell.args(["-c", "true; true"]);
    wrappers.push(wrapper("`sh -c 'true; true'`", shell));
    let mut chronic = Command::new("chronic");
    chronic.arg("true");
    if is_there("chronic") {
        wrappers.push(wrapper("`chronic true`", chronic));
    } else {
        println!("`chronic` is not here: `apt install moreutils`\n");
    }
    let mut version = inneros();
    version.arg("--version");
    wrappers.push(wrapper("`inneros --version`", version));
    let mut run = inneros();
    run.args(["job", "run", "it", "--", "true"]);
    wrappers.push(wrapper("`inneros job run it -- true`", run));
    for round in 0..rounds * TIMES {
        let first = round % wrappers.len();
        for turn in 0..wrappers.len() {
            let number = (first + turn) % wrappers.len();
            let one = &mut wrappers[number];
            let begin = Instant::now();
            let status = one.command.status().unwrap();
            one.times.push(begin.elapsed());
            assert!(status.success(), "{}", one.name);
        }
    }
    let bare = table::median(&wrappers[0].times).unwrap_or_default();
    table::head("", ["median", "over bare"]);
    for wrapper in &wrappers {
        let median = table::median(&wrapper.times).unwrap_or_default();
        let over = median.saturating_sub(bare);
        table::row(wrapper.name, [median, over].map(table::millis));
    }
}

fn wrapper(name: &'static str, mut command: Command) -> Wrapper {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Wrapper {
        name,
        command,
        times: Vec::new(),
    }
}

fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("true").status();
    found.is_ok_and(|status| status.success())
}
