//! `inneros` beside the tools that do the same: one table, from one run.
//!
//! ```sh
//! cargo bench --no-default-features --bench compare                # 20 rounds, 12 minutes
//! cargo bench --no-default-features --bench compare -- --quick     # 3 rounds, to try it out
//! ```
//!
//! Nothing is installed. A tool that is not there is named and left out; on Debian 12 all of
//! them are there after
//!
//! ```sh
//! apt-get install --no-install-recommends runit s6 python3-venv nodejs npm
//! python3 -m venv target/peers && target/peers/bin/pip install supervisor
//! npm install --prefix target/peers pm2
//! export PATH=$PWD/target/peers/bin:$PWD/target/peers/node_modules/.bin:$PATH
//! ```
//!
//! Each supervisor runs in a temporary folder, and is ended with the bench: that nothing is
//! left is looked for at the end.

#[cfg(target_os = "linux")] // Daemons are counted in /proc, and the peers are Debian's.
mod linux;

fn main() {
    #[cfg(target_os = "linux")]
    linux::run();
    #[cfg(not(target_os = "linux"))]
    {
        use std::io::Write;
        // Nobody can be told that nobody can be told.
        let _ = writeln!(std::io::stdout(), "not measured here: it needs Linux");
    }
}
