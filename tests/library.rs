//! The library as a long-lived program uses it, such as the tray. A process of its own:
//! what is open in it is nobody else's.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and its name says what it shows"
)]

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use inneros_tray::app::lifecycle::{self, Force, Launching, Stopping};
use inneros_tray::app::settings;
use inneros_tray::model::config::Config;
use rustix::io::Errno;
use rustix::process::{WaitId, WaitIdOptions};

/// A configuration whose daemon is ended with the test, whatever becomes of that.
struct Daemon(Config);

impl Drop for Daemon {
    fn drop(&mut self) {
        let mut how = Stopping::default();
        how.timeout = Some(Duration::ZERO);
        how.force = Force::Kill;
        let _ = lifecycle::stop(self.0.main(), how);
    }
}

#[test]
fn who_starts_and_stops_a_daemon_200_times_is_left_with_no_zombie_and_no_descriptor() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".inneros")).unwrap();
    fs::write(
        home.path().join(".inneros/config.toml"),
        "daemon.command = ['sleep', '300']\ndaemon.start_grace = '0s'\n",
    )
    .unwrap();
    let variable = |name: &str| (name == "HOME").then(|| home.path().into());
    let daemon = Daemon(settings::load(None, None, &variable).unwrap());
    let live = || {
        let started = lifecycle::start(daemon.0.main(), Launching::default()).unwrap();
        let stopped = lifecycle::stop(daemon.0.main(), Stopping::default()).unwrap();
        assert_eq!(stopped.pid, started.pid);
    };
    // What is opened once and kept is no leak.
    live();
    wait_until("the first daemon is reaped", has_no_child);
    let before = descriptors();

    for _ in 0..200 {
        live();
    }

    wait_until("every daemon is reaped", has_no_child);
    wait_until("no descriptor is left", || descriptors() == before);
}

/// Zombies are children, too.
fn has_no_child() -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(
        rustix::process::waitid(WaitId::All, options),
        Err(Errno::CHILD)
    )
}

fn descriptors() -> usize {
    fs::read_dir("/dev/fd").unwrap().count()
}

#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
