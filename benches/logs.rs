//! `inneros daemon logs` against the tools that everybody has: one table, from one run.
//!
//!     cargo bench --no-default-features --bench logs
//!
//! It writes a log of 1 GiB and 11 million lines, and one with a line of 256 MiB, into a
//! temporary folder (`TMPDIR`), reads both once so that they are in the page cache, and
//! runs the tools in turns; then logs of other shapes, a quarter as long, in which the entries of
//! one level are counted. `LOGS_BENCH_MIB` takes another size than 1024. `LOGS_BENCH_BEFORE` is
//! the program of another commit, which then has a turn in each task.
#![allow(missing_docs)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what cannot be measured is not to be shown, and a table is"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_inneros");

const MIB: u64 = 1024 * 1024;

fn main() {
    let mib = std::env::var("LOGS_BENCH_MIB").map_or(1024, |text| text.parse().unwrap());
    let folder = tempfile::Builder::new()
        .prefix("inneros-bench-")
        .tempdir()
        .unwrap();
    let (many, single) = (folder.path().join("many"), folder.path().join("single"));
    let lines = SHAPES[0].write(&many, mib * MIB);
    write_long_line(&single, 256 * MIB);
    for file in [&many, &single] {
        io::copy(
            &mut File::open(file.join("a.log")).unwrap(),
            &mut io::sink(),
        )
        .unwrap();
    }
    let has_ripgrep = Command::new("rg")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok();

    println!("{}", machine());
    println!(
        "\nA log of {mib} MiB and {lines} lines, and one of 256 MiB with a single line below an entry.\n"
    );
    if !has_ripgrep {
        println!("ripgrep is left out: it is not installed (`apt-get install ripgrep`).\n");
    }
    println!("| task | tool | median | relative to the first | peak memory |");
    println!("|---|---|--:|--:|--:|");
    for task in tasks(&many, &single, lines) {
        task.measure(has_ripgrep);
    }
    fs::remove_dir_all(&many).unwrap();
    fs::remove_dir_all(&single).unwrap();
    println!(
        "\nHow many ERROR entries there are in {} MiB of:\n",
        mib / 4
    );
    println!("| shape | tool | median | relative to the first | peak memory |");
    println!("|---|---|--:|--:|--:|");
    for shape in &SHAPES {
        let log = folder.path().join("shape");
        shape.write(&log, mib * MIB / 4);
        io::copy(&mut File::open(log.join("a.log")).unwrap(), &mut io::sink()).unwrap();
        shape.task(&log).measure(has_ripgrep);
        fs::remove_dir_all(&log).unwrap();
    }
}

/// A shape of lines.
struct Shape {
    name: &'static str,
    /// What ripgrep looks for.
    text: &'static str,
    /// Writes a line.
    line: fn(&mut String, &Entry<'_>),
    /// How it names the levels from DEBUG to ERROR.
    levels: [&'static str; 4],
}

/// What a line says.
struct Entry<'a> {
    date: [u64; 2],
    clock: [u64; 3],
    number: u64,
    level: &'a str,
    component: &'a str,
    message: &'a str,
}

const UPPER: [&str; 4] = ["DEBUG", "INFO", "WARNING", "ERROR"];
const LOWER: [&str; 4] = ["debug", "info", "warn", "error"];

const SHAPES: [Shape; 11] = [
    Shape {
        name: "brackets, as the InnerOS daemon writes them",
        text: "ERROR",
        levels: UPPER,
        line: bracket_line,
    },
    Shape {
        name: "Python's logging with dashes",
        text: "ERROR",
        levels: UPPER,
        line: |line, it| {
            let (level, from, text) = (it.level, it.component, it.message);
            writeln!(
                line,
                "{},123 - {from} - {level} - {text} {}",
                it.time(' '),
                it.number
            )
            .unwrap();
        },
    },
    Shape {
        name: "JSON with a word for the level",
        text: "\"level\":\"error\"",
        levels: LOWER,
        line: |line, it| {
            let (level, from, text) = (it.level, it.component, it.message);
            writeln!(
                line,
                r#"{{"ts":"{}Z","level":"{level}","logger":"{from}","msg":"{text} {}"}}"#,
                it.time('T'),
                it.number
            )
            .unwrap();
        },
    },
    Shape {
        name: "pino: JSON with a number for it",
        text: "\"level\":50",
        levels: ["20", "30", "40", "50"],
        line: |line, it| {
            let (level, text) = (it.level, it.message);
            let millis = 1_795_378_464_000 + it.number * 100;
            writeln!(
                line,
                r#"{{"level":{level},"time":{millis},"pid":812,"hostname":"desk","msg":"{text}"}}"#
            )
            .unwrap();
        },
    },
    Shape {
        name: "loguru",
        text: "| ERROR",
        levels: UPPER,
        line: |line, it| {
            let (level, from, text) = (it.level, it.component, it.message);
            writeln!(
                line,
                "{}.123 | {level:<8} | {from}:run:12 - {text} {}",
                it.time(' '),
                it.number
            )
            .unwrap();
        },
    },
    Shape {
        name: "logfmt",
        text: "level=error",
        levels: LOWER,
        line: |line, it| {
            let (level, from, text) = (it.level, it.component, it.message);
            writeln!(
                line,
                "time=\"{}\" level={level} msg=\"{text}\" logger={from}",
                it.time(' ')
            )
            .unwrap();
        },
    },
    Shape {
        name: "tracing",
        text: "ERROR",
        levels: ["DEBUG", " INFO", " WARN", "ERROR"],
        line: |line, it| {
            let (level, from, text) = (it.level, it.component, it.message);
            writeln!(
                line,
                "{}.123456Z {level} {from}: {text} {}",
                it.time('T'),
                it.number
            )
            .unwrap();
        },
    },
    Shape {
        name: "tracing with colours",
        text: "ERROR",
        levels: ["DEBUG", " INFO", " WARN", "ERROR"],
        line: |line, it| {
            let (level, from, text) = (it.level, it.component, it.message);
            let time = it.time('T');
            writeln!(line, "\x1b[2m{time}Z\x1b[0m \x1b[32m{level}\x1b[0m \x1b[2m{from}\x1b[0m\x1b[2m:\x1b[0m {text}")
                .unwrap();
        },
    },
    Shape {
        name: "zap's console",
        text: "ERROR",
        levels: UPPER,
        line: |line, it| {
            let (level, from, text) = (it.level, it.component, it.message);
            writeln!(
                line,
                "{}.123Z\t{level}\t{from}\t{text} {}",
                it.time('T'),
                it.number
            )
            .unwrap();
        },
    },
    Shape {
        name: "klog",
        text: "^E",
        levels: ["I", "I", "W", "E"],
        line: |line, it| {
            let ([month, day], [hour, minute, second]) = (it.date, it.clock);
            let (level, text) = (it.level, it.message);
            writeln!(line, "{level}{month:02}{day:02} {hour:02}:{minute:02}:{second:02}.123456     812 main.go:12] {text} {}", it.number)
                .unwrap();
        },
    },
    Shape {
        name: "the error log of nginx",
        text: "[error]",
        levels: LOWER,
        line: |line, it| {
            let time = it.time(' ').replace('-', "/");
            writeln!(
                line,
                "{time} [{}] 812#812: *{} {}",
                it.level, it.number, it.message
            )
            .unwrap();
        },
    },
];

impl Entry<'_> {
    fn time(&self, between: char) -> String {
        let ([month, day], [hour, minute, second]) = (self.date, self.clock);
        format!("2026-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}")
    }
}

impl Shape {
    fn task<'a>(&'a self, folder: &'a Path) -> Task<'a> {
        let count = "sed -n 's/ entries$//p'";
        let flag = if self.text.starts_with('^') { "" } else { "-F" };
        Task {
            name: self.name,
            folder,
            rounds: 9,
            same: false,
            tools: vec![
                ("rg", format!("exec rg {flag} -c '{}' a.log", self.text)),
                (
                    "inneros",
                    format!("{PROGRAM} daemon logs --summary --level ERROR | {count}"),
                ),
            ],
        }
    }

    /// A log of this shape; every hundredth line is an error.
    fn write(&self, folder: &Path, size: u64) -> u64 {
        const COMPONENTS: [&str; 5] = [
            "src.daemon",
            "src.automation.daemon",
            "src.automation.feature_handlers.YouTubeFeatureHandler",
            "src.automation.scheduler",
            "src.ai.enhancer",
        ];
        const MESSAGES: [&str; 4] = [
            "Processing note fleeting",
            "Watcher tick",
            "Saved cache entry",
            "Queue depth",
        ];
        fs::create_dir(folder).unwrap();
        let file = File::create(folder.join("a.log")).unwrap();
        let mut file = BufWriter::with_capacity(1 << 20, file);
        let mut line = String::new();
        let (mut written, mut number) = (0, 0_u64);
        while written < size {
            // Ten a second for the first eleven days of a month and some more.
            let second = number / 10;
            let (day, rest) = (10 + second / 86400, second % 86400);
            let level = match number % 100 {
                37 => 3,
                3 | 50 => 2,
                9 | 19 | 29 => 0,
                _ => 1,
            };
            let message = MESSAGES[usize::try_from(number % 4).unwrap()];
            let entry = Entry {
                date: [11, day],
                clock: [rest / 3600, rest / 60 % 60, rest % 60],
                number,
                level: self.levels[level],
                component: COMPONENTS[usize::try_from(number % 5).unwrap()],
                // What only looks like one.
                message: if number % 50 == 7 {
                    "No error after the last retry"
                } else {
                    message
                },
            };
            line.clear();
            (self.line)(&mut line, &entry);
            file.write_all(line.as_bytes()).unwrap();
            written += line.len() as u64;
            number += 1;
        }
        file.flush().unwrap();
        number
    }
}

fn bracket_line(line: &mut String, it: &Entry<'_>) {
    let (level, from, text) = (it.level, it.component, it.message);
    writeln!(
        line,
        "{} [{level}] {from}: {text} {} after a while",
        it.time(' '),
        it.number
    )
    .unwrap();
}

/// Something that several tools can do.
struct Task<'a> {
    name: &'a str,
    folder: &'a Path,
    rounds: usize,
    /// Whether all tools must answer the same.
    same: bool,
    tools: Vec<(&'a str, String)>,
}

#[allow(clippy::too_many_lines)] // A list.
fn tasks<'a>(many: &'a Path, single: &'a Path, lines: u64) -> Vec<Task<'a>> {
    let ours = |arguments: &str| ("inneros", format!("exec {PROGRAM} daemon logs {arguments}"));
    let tool = |name, command: &str| (name, command.to_owned());
    let task = |name, rounds, same, tools| Task {
        name,
        folder: many,
        rounds,
        same,
        tools,
    };
    let count = "sed -n 's/ entries$//p'";
    vec![
        task(
            "the last 10 lines",
            101,
            true,
            vec![tool("tail", "exec tail -n 10 a.log"), ours("-n 10")],
        ),
        task(
            "the last 10 ERROR entries",
            101,
            true,
            vec![
                tool("tac, grep", "tac a.log | grep -F -m 10 '[ERROR]' | tac"),
                ours("-n 10 --level ERROR"),
            ],
        ),
        task(
            "how many ERROR entries",
            9,
            true,
            vec![
                tool("grep", "exec grep -c ERROR a.log"),
                tool("rg", "exec rg -c ERROR a.log"),
                (
                    "inneros",
                    format!("{PROGRAM} daemon logs --summary --level ERROR | {count}"),
                ),
            ],
        ),
        task(
            "a text that does not occur",
            9,
            true,
            vec![
                tool("grep", "grep -F 'no such text' a.log || :"),
                tool("rg", "rg -F 'no such text' a.log || :"),
                ours("--grep 'no such text'"),
            ],
        ),
        task(
            "an expression without a match",
            9,
            true,
            vec![
                tool("grep", "grep -E 'no (such|more) [a-z]+ text' a.log || :"),
                tool("rg", "rg 'no (such|more) [a-z]+ text' a.log || :"),
                ours("--regex --grep 'no (such|more) [a-z]+ text'"),
            ],
        ),
        task(
            "all of it",
            5,
            true,
            vec![
                ("tail", format!("exec tail -n {lines} a.log")),
                ours(&format!("-n {lines}")),
            ],
        ),
        task(
            "ten minutes in the middle",
            25,
            true,
            vec![
                tool("grep", "exec grep '^2026-11-15 10:0[0-9]' a.log"),
                tool("rg", "exec rg '^2026-11-15 10:0[0-9]' a.log"),
                ours("--since '2026-11-15 10:00' --until '2026-11-15 10:09:59'"),
            ],
        ),
        task(
            "counts by level and component",
            3,
            false,
            vec![
                tool(
                    "awk",
                    "exec awk '{ level[$3]++; component[$4]++ } END { for (l in level) print l, level[l]; for (c in component) print c, component[c] }' a.log",
                ),
                ours("--summary"),
            ],
        ),
        Task {
            folder: single,
            ..task(
                "the last line, which has 256 MiB",
                5,
                true,
                vec![tool("tail", "exec tail -n 1 a.log"), ours("-n 1")],
            )
        },
        Task {
            folder: single,
            ..task(
                "an ERROR entry with 256 MiB",
                5,
                false,
                vec![
                    tool("grep", "exec grep -A 1 -F '[ERROR]' a.log"),
                    ours("--level ERROR"),
                ],
            )
        },
    ]
}

impl Task<'_> {
    fn measure(&self, has_ripgrep: bool) {
        let mut tools = self.tools.clone();
        tools.retain(|(name, _)| *name != "rg" || has_ripgrep);
        if let Ok(before) = std::env::var("LOGS_BENCH_BEFORE") {
            let (_, ours) = tools.last().unwrap();
            tools.push(("inneros before", ours.replace(PROGRAM, &before)));
        }
        let mut runs: Vec<Vec<Run>> = tools.iter().map(|_| Vec::new()).collect();
        // In turns, so that what else the machine does meets them all.
        for _ in 0..self.rounds {
            for ((_, command), runs) in tools.iter().zip(&mut runs) {
                runs.push(run(command, self.folder));
            }
        }
        let first = runs[0][0].answer.clone();
        let mut base = None;
        for ((name, _), mut runs) in tools.into_iter().zip(runs) {
            assert!(
                !self.same || runs[0].answer == first,
                "{}: {name} answers something else",
                self.name
            );
            runs.sort_unstable_by_key(|run| run.time);
            let median = runs[runs.len() / 2].time;
            let peak = runs.iter().map(|run| run.peak_kb).max().unwrap_or_default();
            let base = *base.get_or_insert(median);
            println!(
                "| {} | {name} | {:.1} ms | {:.2}× | {:.1} MiB |",
                self.name,
                median.as_secs_f64() * 1e3,
                median.as_secs_f64() / base.as_secs_f64(),
                f64::from(peak) / 1024.0,
            );
        }
    }
}

/// One run of a tool.
struct Run {
    time: Duration,
    /// Of the largest process of it.
    peak_kb: u32,
    /// How much it wrote, and the beginning of that.
    answer: (u64, Vec<u8>),
}

/// Into a pipe: with `/dev/null` as its output grep stops at the first line that fits.
#[allow(clippy::zombie_processes)] // It is waited for, by wait4(2).
fn run(command: &str, folder: &Path) -> Run {
    let begin = Instant::now();
    let mut child = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("INNEROS_HOME", folder)
        .env("INNEROS_LOGS_DIR", folder)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut block = vec![0; 256 * 1024];
        let mut answer = (0_u64, Vec::new());
        loop {
            let length = output.read(&mut block).unwrap();
            if length == 0 {
                return answer;
            }
            answer.0 += length as u64;
            // Enough to tell answers apart without a share in the time.
            let missing = 4096_usize.saturating_sub(answer.1.len());
            answer.1.extend(&block[..length.min(missing)]);
        }
    });
    let answer = reader.join().unwrap();
    let peak_kb = wait(child.id());
    Run {
        time: begin.elapsed(),
        peak_kb,
        answer,
    }
}

/// Waits for a child, which must succeed, and gives the largest resident memory that it
/// or one of its children had, in KiB.
#[allow(unsafe_code)]
fn wait(pid: u32) -> u32 {
    let mut status = 0;
    // SAFETY: all zeroes is a valid value of this struct of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    let pid = libc::pid_t::try_from(pid).unwrap();
    // SAFETY: both pointers are to live values of the types that wait4(2) writes.
    let waited = unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) };
    assert_eq!(waited, pid, "it cannot be waited for");
    assert_eq!(status, 0, "it failed");
    let unit = if cfg!(target_os = "macos") { 1024 } else { 1 };
    u32::try_from(usage.ru_maxrss / unit).unwrap()
}

fn write_long_line(folder: &Path, size: u64) {
    fs::create_dir(folder).unwrap();
    let mut file = File::create(folder.join("a.log")).unwrap();
    file.write_all(b"2026-11-22 20:14:24 [ERROR] src.daemon: lost\n")
        .unwrap();
    let block = vec![b'x'; usize::try_from(MIB).unwrap()];
    for _ in 0..size / MIB {
        file.write_all(&block).unwrap();
    }
    file.write_all(b"\n").unwrap();
}

fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let memory = read("/proc/meminfo");
    let memory_kb: u64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default();
    format!(
        "{}: {} × {model}, {} GiB, Linux {}",
        chrono::Local::now().format("%Y-%m-%d"),
        thread::available_parallelism().map_or(1, usize::from),
        memory_kb / 1024 / 1024,
        read("/proc/sys/kernel/osrelease").trim()
    )
}
