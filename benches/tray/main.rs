//! What an idle tray costs, beside others of its kind, and how soon it shows a crash.
//!
//! ```sh
//! cargo bench --bench tray                # one minute idle, 50 crashes: three minutes
//! cargo bench --bench tray -- --quick     # a few seconds each, to try it out
//! ```
//!
//! Nothing has to be installed: the session bus, the panel and the notification service are
//! those of the tests. Peers that are not installed are named and left out; on Debian 12 they
//! are there after
//!
//! ```sh
//! apt-get install --no-install-recommends xvfb python3-gi gir1.2-ayatanaappindicator3-0.1 \
//!     python3-pystray pasystray
//! ```

#[cfg(target_os = "linux")] // The panel speaks D-Bus, and the numbers are those of /proc.
mod linux;

fn main() {
    #[cfg(target_os = "linux")]
    linux::run();
}
