//! How soon a crash shows.

use std::thread;
use std::time::{Duration, Instant};

use super::desktop::{SOON, wait_until};
use super::load;
use super::sitting::{Sitting, kill};

/// Kills the daemon again and again. Icon and notification are timed by panel and
/// notification service, when the tray's message comes, from just before kill(2) on.
pub fn measure(sitting: &Sitting, kills: usize) {
    let (mut icons, mut notes) = (Vec::new(), Vec::new());
    let well = sitting.item().icon();
    for number in 0..kills {
        // Each at another point of the interval between two looks.
        thread::sleep(QUIET + Duration::from_millis(number as u64 * 37 % 2000));
        let item = sitting.item();
        let icons_before = item.heard("NewIcon").len();
        let notes_before = sitting.notifications.shown().len();
        let pid = sitting.home.pid();

        let begin = Instant::now();
        kill(pid);
        let changed = wait_until("the icon's change", SOON, || {
            let all = item.heard("NewIcon");
            all.get(icons_before).copied().ok_or("none")
        });
        let notified = wait_until("the notification", SOON, || {
            let all = sitting.notifications.shown();
            all.get(notes_before).cloned().ok_or("none")
        });

        assert_ne!(item.icon(), well, "the icon of a crash");
        assert_eq!(notified.summary, "InnerOS crashed");
        icons.push(changed - begin);
        notes.push(notified.at - begin);
        sitting.choose("Start");
        sitting.wait_for_tooltip("running");
    }

    println!("{kills} crashes, in ms from kill(2), load {}:\n", load());
    println!("| until | median | 95th percentile | longest |\n|---|---|---|---|");
    for (what, mut delays) in [
        ("the icon changes", icons),
        ("the notification comes", notes),
    ] {
        delays.sort_unstable();
        let at = |percent: usize| {
            let rank = (delays.len() * percent).div_ceil(100);
            delays[rank.max(1) - 1].as_secs_f64() * 1e3
        };
        println!(
            "| {what} | {:.1} | {:.1} | {:.1} |",
            at(50),
            at(95),
            at(100)
        );
    }
}

/// The start's own messages are over by then.
const QUIET: Duration = Duration::from_millis(500);
