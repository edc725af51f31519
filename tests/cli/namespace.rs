//! A PID namespace of the test's own: whatever is signalled in there by mistake is
//! nobody else's, and PIDs can be given away at will.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::answer::Answer;
use crate::home::Home;
use crate::skip::not_run;

const ROOT: &[&str] = &["--pid", "--fork", "--kill-child", "--mount-proc"];
const USER: &[&str] = &[
    "--user",
    "--map-root-user",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// What every script may use.
const WORDS: &str = r#"
program=$1
files=$HOME/.inneros
inneros() { "$program" "$@"; }
# A zombie does not live.
lives() { state=$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>&1) && [ "$state" != Z ]; }
gone() { until [ ! -e "/proc/$1" ]; do sleep 0.02; done; }
end() { kill -9 "$1"; gone "$1"; }
# as_pid PID [setsid]: `sleep 300` under a PID that has become free. It is not free while
# a process group has the number.
as_pid() {
  pid=$1; shift
  until
    echo $((pid - 1)) > /proc/sys/kernel/ns_last_pid
    "$@" sleep 300 &
    [ $! = "$pid" ]
  do
    kill -9 $!; sleep 0.02
  done
  until [ "$(cat "/proc/$pid/comm")" = sleep ]; do sleep 0.02; done
}
# says WORDS...: the exit code of `inneros daemon WORDS...`, whose output goes to a file.
says() { inneros daemon "$@" > "$HOME/said" 2>&1; echo "$*: $?"; }
"#;

/// Runs a shell script in this home as the first process of a PID namespace, as a root
/// who may do there what root may. Nothing is returned where the system has no
/// namespaces for us, and that is said.
#[track_caller]
pub fn run(home: &Home, script: &str) -> Option<Answer> {
    static FLAGS: OnceLock<Result<&[&str], String>> = OnceLock::new();
    let flags = match FLAGS.get_or_init(flags) {
        Ok(flags) => flags,
        Err(why) => {
            not_run(&format!("no PID namespace of our own: {why}"));
            return None;
        }
    };
    let mut command = unshare(flags, &format!("{WORDS}\n{script}"));
    command.arg(home.program());
    home.at_home(&mut command);
    Some(Answer::of(command))
}

fn flags() -> Result<&'static [&'static str], String> {
    // Docker, say, refuses root what it refuses everybody.
    let flags = if rustix::process::geteuid().is_root() {
        ROOT
    } else {
        USER
    };
    let probe = unshare(flags, "echo 100 > /proc/sys/kernel/ns_last_pid")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("unshare(1): {error}"))?;
    let said = String::from_utf8_lossy(&probe.stderr).trim().to_owned();
    if probe.status.success() {
        Ok(flags)
    } else {
        Err(said)
    }
}

fn unshare(flags: &[&str], script: &str) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(flags)
        .args(["sh", "-c", script, "sh"])
        // Signals for the caller's own group would reach out of the namespace, to the
        // group in which the tests run.
        .process_group(0);
    command
}
