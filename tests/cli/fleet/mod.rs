//! Several daemons.

mod bad_input;
mod config;
mod logs;
mod order;
mod run;
mod status;
mod storm;

use crate::home::Home;

/// A home with these tables, whose daemons have started once they have lived for 50 ms.
fn fleet(tables: &str) -> Home {
    Home::new().config(&format!("[defaults]\nstart_grace = '50ms'\n{tables}"))
}

/// One daemon that sleeps, and what else is said of it.
fn sleeper(name: &str, more: &str) -> String {
    format!("[daemons.{name}]\ncommand = ['sleep', '300']\n{more}\n")
}

/// Three daemons in a row: `base`, `middle`, `top`.
fn chain() -> Home {
    let top = sleeper("top", "after = ['middle']");
    let middle = sleeper("middle", "after = ['base']\ngroup = 'inner'");
    fleet(&[top, middle, sleeper("base", "group = 'inner'")].concat())
}

/// The PID of one of them, by its file.
fn pid(home: &Home, name: &str) -> Option<i32> {
    let file = format!(".inneros/{name}/daemon.pid");
    home.has(&file).then(|| home.number_in(&file))
}
