//! System calls by strace(1): which were made, and what becomes of a program that one of them
//! kills, or that one of them fails.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use crate::home::Home;
use crate::skip;

/// Whether strace can be used; says so where not.
pub fn there_is_strace() -> bool {
    let mut strace = Command::new("strace");
    strace.args(["-o", "/dev/null", "true"]);
    let output = strace.stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => true,
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            skip::not_run(&format!("strace cannot be used: {}", why.trim()));
            false
        }
        Err(_) => {
            skip::not_run("strace is not installed");
            false
        }
    }
}

/// A system call: its name, and its arguments as strace prints them.
#[derive(Debug)]
pub struct Call {
    /// The process or thread that made it.
    pub caller: String,
    pub name: String,
    pub arguments: String,
}

impl Call {
    fn parse(line: &str) -> Option<Self> {
        // `PID name(arguments) = result`; other lines tell of signals and exits.
        let (caller, call) = line.split_once(' ')?;
        let (name, arguments) = call.trim_start().split_once('(')?;
        Some(Self {
            caller: caller.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        })
    }

    pub fn argument(&self, index: usize) -> &str {
        let argument = self.arguments.split(", ").nth(index).unwrap_or_default();
        argument.split(')').next().unwrap_or_default()
    }
}

/// Runs the program and gives every system call that it and its children made, until they
/// become other programs.
#[track_caller]
pub fn traced(home: &Home, code: i32, arguments: &[&str]) -> Vec<Call> {
    let trace = home.path().with_file_name("trace");
    let script = format!(
        "exec strace -f -b execve -qq -o '{}' \"$@\"",
        trace.display()
    );

    home.shell(&script, arguments).code(code);

    let calls = read(home);
    assert!(
        calls.iter().any(|call| call.name == "exit_group"),
        "not the whole run was traced: {calls:?}"
    );
    calls
}

/// The program, ready to be traced until it ends or is ended.
pub fn to_be_traced(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-b", "execve", "-qq", "-o"]);
    command.arg(home.path().with_file_name("trace"));
    command.arg(home.program()).args(arguments);
    home.at_home(&mut command);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// What was traced last.
pub fn read(home: &Home) -> Vec<Call> {
    let trace = fs::read_to_string(home.path().with_file_name("trace")).unwrap();
    trace.lines().filter_map(Call::parse).collect()
}

/// A moment of a run: when one of its processes or threads makes this call for the `nth` time.
#[derive(Debug)]
pub struct Moment {
    call: String,
    nth: usize,
}

impl Moment {
    /// Whether it is a call of one of these kinds: `rename` is `renameat`, too.
    pub fn is_of(&self, kinds: &[&str]) -> bool {
        kinds.iter().any(|kind| self.call.starts_with(kind))
    }

    /// The program, of which at this moment something happens: `signal=SIGKILL`, or
    /// `error=ENOSPC` (strace(1), `inject`).
    pub fn with(&self, what: &str, home: &Home, arguments: &[&str]) -> Command {
        let Self { call, nth } = self;
        let mut command = Command::new("strace");
        command
            .args(["-f", "-b", "execve", "-qq", "-o", "/dev/null", "-e"])
            .arg(format!("trace={call}"))
            .args(["-e", &format!("inject={call}:{what}:when={nth}")])
            .arg(home.program())
            .args(arguments);
        home.at_home(&mut command);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// When this call is made first, once a file of which the name has this in it was opened.
pub fn first_after_opening(calls: &[Call], name: &str, call: &str) -> Moment {
    let is_it = |it: &Call| it.name == "openat" && it.arguments.contains(name);
    let opened = calls.iter().position(is_it).expect("it is opened");
    let caller = &calls[opened].caller;
    let of_it = |it: &&Call| it.caller == *caller && it.name == call;
    let before = calls[..opened].iter().filter(of_it).count();
    Moment {
        call: call.to_owned(),
        nth: before + 1,
    }
}

/// What changes nothing that others see: whether it happens before or after such a call is the
/// same to them.
const QUIET: [&str; 23] = [
    "brk",
    "fcntl",
    "fstat",
    "futex",
    "getdents64",
    "geteuid",
    "getpgid",
    "getpid",
    "getppid",
    "getrandom",
    "getsid",
    "lseek",
    "mmap",
    "mprotect",
    "munmap",
    "newfstatat",
    "pread64",
    "read",
    "readlink",
    "rt_sigaction",
    "rt_sigprocmask",
    "sigaltstack",
    "statx",
];

/// The moments of a run: every call that it makes, and each time that it makes it, or `most` of
/// these times, from the first to the last; of quiet ones only the first and the last.
pub fn moments(calls: &[Call], most: usize) -> Vec<Moment> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for call in calls {
        *counts.entry((&call.name, &call.caller)).or_default() += 1;
    }
    // strace counts the calls of each process and thread by themselves.
    let mut longest: BTreeMap<&str, usize> = BTreeMap::new();
    for ((name, _), count) in counts {
        let longest = longest.entry(name).or_default();
        *longest = (*longest).max(count);
    }
    let times = |name: &str, count: usize| {
        let shown = count.min(if QUIET.contains(&name) { 2 } else { most });
        (0..shown).map(move |i| 1 + i * (count - 1) / (shown - 1).max(1))
    };
    longest
        .into_iter()
        .flat_map(|(name, count)| times(name, count).map(move |nth| (name, nth)))
        .map(|(name, nth)| Moment {
            call: name.to_owned(),
            nth,
        })
        .collect()
}
