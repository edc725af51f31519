//! Processes as a test sees them.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until something is there, and fails the test where it never comes.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut found = None;
    wait_until(what, || {
        found = look();
        found.is_some()
    });
    found.unwrap()
}

/// Waits until something holds; returns whether it does.
pub fn comes_true(mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until something holds, and fails the test where it never does.
#[track_caller]
pub fn wait_until(what: &str, holds: impl FnMut() -> bool) {
    assert!(comes_true(holds), "waited in vain: {what}");
}

/// Whether a process is there and not a zombie.
pub fn is_alive(pid: i32) -> bool {
    state(pid).is_some_and(|state| state != 'Z')
}

/// The state letter of a process, as `ps(1)` gives it: `S`leeping, `T` stopped, `Z`ombie.
pub fn state(pid: i32) -> Option<char> {
    if cfg!(target_os = "linux") {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        return stat.rsplit_once(") ")?.1.chars().next();
    }
    let ps = Command::new("ps")
        .args(["-o", "state=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    String::from_utf8_lossy(&ps.stdout).trim().chars().next()
}

/// Whether a process runs the program of this name.
pub fn runs(pid: i32, name: &str) -> bool {
    let ps = Command::new("ps")
        .args(["-o", "comm=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let path = String::from_utf8_lossy(&ps.stdout);
    Path::new(path.trim()).ends_with(name)
}

pub fn signal(pid: i32, signal: Signal) {
    assert!(pid > 1, "a test never signals pid {pid}");
    // One that is gone already needs none.
    let _ = rustix::process::kill_process(Pid::from_raw(pid).unwrap(), signal);
}

/// Ends a process at once and waits until it is gone.
pub fn kill(pid: i32) {
    signal(pid, Signal::KILL);
    wait_until("a killed process is gone", || !is_alive(pid));
}

/// Every live process that has `home` as its home folder, and so was started in a
/// test's sandbox: no two tests share one.
pub fn processes_of(home: &Path) -> Vec<i32> {
    if !cfg!(target_os = "linux") {
        return processes_naming(home);
    }
    let variable = format!("HOME={}", home.display());
    let of_home = |pid: &i32| {
        fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
            environment
                .split(|byte| *byte == 0)
                .any(|entry| entry == variable.as_bytes())
        })
    };
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(of_home)
        .filter(|pid| is_alive(*pid))
        .collect()
}

/// Where the environment of a process is not shown: those with the folder in their
/// command line, as daemons have.
fn processes_naming(home: &Path) -> Vec<i32> {
    let ps = Command::new("ps")
        .args(["-axww", "-o", "pid=,command="])
        .output()
        .unwrap();
    String::from_utf8_lossy(&ps.stdout)
        .lines()
        .filter(|line| line.contains(&home.display().to_string()))
        .filter_map(|line| line.split_ascii_whitespace().next()?.parse().ok())
        .collect()
}

/// A process that has nothing to do with the daemon, and must outlive whatever is
/// done to it.
pub struct Stranger(Child);

impl Stranger {
    /// One that runs `sleep 300`.
    pub fn new() -> Self {
        Self::running(Command::new("sleep").arg("300"))
    }

    /// One that runs this.
    pub fn running(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.0.id()).unwrap()
    }

    #[track_caller]
    pub fn assert_unharmed(&self) {
        assert!(is_alive(self.pid()), "a stranger was ended");
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
