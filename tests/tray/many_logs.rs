//! What an idle tray costs beside very many logs.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use crate::desktop::{SOON, stays};
use crate::sitting::{OBEDIENT, Sitting};
use crate::skip;

const LOGS: usize = 3000;

/// A folder that does not change is hardly ever listed again: reading the list is counted, not the
/// time that it takes.
#[test]
fn a_folder_of_many_logs_that_does_not_change_is_not_listed_at_each_look() {
    let probe = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        return skip::not_run("strace cannot be used");
    }
    let home = crate::sitting::Home::new(&format!(
        "{OBEDIENT}\nlogs_dir = \"~/logs\"\n[tray]\npoll_interval = \"250ms\""
    ));
    let logs = home.file("logs");
    fs::create_dir(&logs).unwrap();
    for number in 0..LOGS {
        let text = format!("2026-11-01 20:14:27 [INFO] a: {number}\n");
        let path = logs.join(format!("handler_{number:06}.log"));
        fs::write(&path, text).unwrap();
        // Those that were written since the daemon's start are looked at each time.
        let file = fs::File::options().append(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3600))
            .unwrap();
    }
    let sitting = Sitting::at(home);
    sitting.choose("Start");
    let menu = sitting.menu();
    menu.wait_for_row("pid ", |row| row.label.contains("CPU"), SOON);
    let trace = sitting.home.file("trace");
    let mut strace = Command::new("strace");
    strace.args([
        "-f",
        "-qq",
        "-y",
        "-e",
        "trace=getdents64,statx,newfstatat",
        "-o",
    ]);
    strace
        .arg(&trace)
        .args(["-p", &sitting.tray.child.id().to_string()]);
    let mut strace = strace
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();

    // Some twenty looks.
    let looks = Duration::from_secs(6);
    let begin = Instant::now();
    stays("the running tray", looks, || match strace.try_wait() {
        Ok(None) => Ok(()),
        other => Err(format!("{other:?} after {:?}", begin.elapsed())),
    });
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&strace),
        rustix::process::Signal::INT,
    )
    .unwrap();
    strace.wait().unwrap();

    let trace = fs::read_to_string(trace).unwrap();
    let folder = logs.display().to_string();
    let of_logs = |call: &str| {
        let lines = trace.lines().filter(|line| line.contains(call));
        lines.filter(|line| line.contains(&folder)).count()
    };
    let looked = of_logs("stat");
    assert!(looked >= 5, "{looked} looks at the folder");
    // One listing has an end of its own, and more than one part.
    let listed = of_logs("getdents64");
    assert!(listed <= 8, "the list was read {listed} times");
    assert!(looked < LOGS + 500, "{looked} files were looked at");
}
