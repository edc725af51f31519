//! A desktop for one test: a D-Bus session bus, a panel that shows tray items, and a notification
//! service, all inside the test's own process. Nothing has to be installed or running.
//!
//! ```ignore
//! let bus = Bus::start();
//! let watcher = Watcher::start(&bus);
//! let notifications = NotificationService::start(&bus);
//! let app = Command::new(APP).env("DBUS_SESSION_BUS_ADDRESS", bus.address()).spawn()?;
//!
//! let item = watcher.wait_for_item(SOON);
//! let start = item.menu().wait_for_row("Start", |row| row.enabled, SOON);
//! item.menu().click(&start);
//! notifications.wait_for(|note| note.summary == "Started", SOON);
//! ```
//!
//! | file | is |
//! |---|---|
//! | `bus` | the session bus |
//! | `door` | how programs come to the bus, and what it adds to busd |
//! | `watcher` | the panel's register of tray items |
//! | `item` | one tray item as a panel sees it |
//! | `menu` | the item's menu, its rows and clicks |
//! | `service_manager` | who is asked for scopes |
//! | `notifications` | the service that shows notifications |
//!
//! Start the bus before the rest and drop it last. A service that is stopped or dropped leaves the
//! bus, as when a panel crashes, and can be started again.

#![allow(
    dead_code,
    unused_imports,
    reason = "each test file uses a part of the desktop"
)]
#![allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "the signatures of D-Bus methods are not ours to choose"
)]

mod bus;
mod door;
mod item;
mod menu;
mod notifications;
mod service_manager;
mod watcher;

use std::{
    fmt::Display,
    thread,
    time::{Duration, Instant},
};

pub use bus::Bus;
pub use item::{Icon, Item, Pester};
pub use menu::{Menu, Row};
pub use notifications::{Answers, Manner, Note, NotificationService, Urgency};
pub use service_manager::{Scope, ServiceManager};
pub use watcher::Watcher;

/// Time enough for anything that should happen at once, on a machine that is busy with other work.
pub const SOON: Duration = Duration::from_secs(10);

/// Looks again and again until there is something to return.
///
/// `look` answers `Err` with what it saw instead, for the message.
///
/// # Panics
///
/// When `deadline` has passed, with what was waited for and what was seen last.
#[track_caller]
pub fn wait_until<T, S: Display>(
    what: &str,
    deadline: Duration,
    mut look: impl FnMut() -> Result<T, S>,
) -> T {
    let end = Instant::now() + deadline;
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if Instant::now() >= end => {
                panic!("waited {deadline:?} for {what}; seen last: {seen}")
            }
            Err(_) => thread::sleep(BETWEEN_LOOKS),
        }
    }
}

/// Watches that something does not happen: `look` must answer `Ok` for the whole `time`.
///
/// # Panics
///
/// At the first `Err`, with what it says.
#[track_caller]
pub fn stays<S: Display>(what: &str, time: Duration, mut look: impl FnMut() -> Result<(), S>) {
    let start = Instant::now();
    loop {
        if let Err(seen) = look() {
            panic!(
                "{what} did not last: after {:?} of {time:?}: {seen}",
                start.elapsed()
            );
        }
        if start.elapsed() >= time {
            return;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
