//! What a tray costs while nothing happens.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use crate::desktop::{SOON, stays};
use crate::health_server::{HealthServer, WELL};
use crate::sitting::{Home, OBEDIENT, Sitting};

/// Five looks at the default interval.
const TIME: Duration = Duration::from_secs(10);

/// So often all threads together may wake in that time.
const MOST: u64 = 15;

#[test]
fn an_idle_tray_sends_nothing_and_hardly_wakes() {
    let sitting = Sitting::with_running_daemon(OBEDIENT);

    let woken = wakeups_of_a_silent(&sitting);

    assert!(woken <= MOST, "woke {woken} times in {TIME:?}");
}

#[test]
fn a_tray_that_asks_a_healthy_daemon_sends_nothing() {
    let server = HealthServer::start(WELL);
    let sitting = Sitting::with_running_daemon(&format!(
        "{OBEDIENT}\n{}\ninterval = \"2s\"",
        server.section()
    ));
    let before = server.asked();

    wakeups_of_a_silent(&sitting);

    let asked = server.asked() - before;
    assert!(asked >= 3, "asked {asked} times in {TIME:?}");
}

#[test]
fn jobs_cost_no_wakeups() {
    let home = Home::new(&format!(
        "{OBEDIENT}\n[jobs.backup]\ncommand = [\"true\"]\nschedule = \"30 23 1 1 *\"\n"
    ));
    home.stub(
        "crontab",
        "echo x >> crontab-asked\n\
         case $1 in -l) cat crontab.txt ;; -) cat > crontab.txt ;; esac",
    );
    fs::write(home.file("crontab.txt"), "").unwrap();
    for arguments in [&["job", "enable", "backup"][..], &["job", "run", "backup"]] {
        assert!(home.inneros(arguments).status.success());
    }
    let sitting = Sitting::at(home);
    sitting.choose("Start");
    sitting.menu().wait_for_row("backup · ok", |_| true, SOON);
    // Who was about to look has looked.
    stays("a while", TIME, || Ok::<(), &str>(()));
    let asked = || fs::read_to_string(sitting.home.file("crontab-asked")).unwrap();
    let before = asked();

    let woken = wakeups_of_a_silent(&sitting);

    assert!(woken <= MOST, "woke {woken} times in {TIME:?}");
    assert_eq!(asked(), before, "the crontab is not read on every tick");
}

/// Watches that the tray sends no message over D-Bus, and counts how often its threads
/// gave up the processor to wait for something.
#[track_caller]
fn wakeups_of_a_silent(sitting: &Sitting) -> u64 {
    // Processor use is known from the second look on.
    let menu = sitting.menu();
    menu.wait_for_row("pid ", |row| row.label.contains("CPU"), SOON);
    let tray = sitting.tray.child.id();
    let (sent, woken) = (sitting.bus.messages_from(tray), waits(tray));

    stays("the tray's silence", TIME, || {
        let more = sitting.bus.messages_from(tray) - sent;
        if more == 0 {
            Ok(())
        } else {
            Err(format!(
                "{more} messages: {:?}",
                sitting.item().signal_names()
            ))
        }
    });

    let before = |thread| woken.get(thread).copied().unwrap_or_default();
    let now = waits(tray);
    now.iter()
        .map(|(thread, waits)| waits - before(thread))
        .sum()
}

/// How often each thread of a process has waited, by its number.
fn waits(pid: u32) -> HashMap<String, u64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    threads
        .filter_map(|thread| {
            let thread = thread.unwrap();
            // It may end this very moment.
            let status = fs::read_to_string(thread.path().join("status")).ok()?;
            let (_, waits) = status.split_once("\nvoluntary_ctxt_switches:")?;
            let waits = waits.lines().next()?.trim().parse().ok()?;
            Some((thread.file_name().into_string().unwrap(), waits))
        })
        .collect()
}
