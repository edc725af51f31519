//! The commented file that `config init` writes.

use super::Draft;
use super::defaults::blank;
use super::field::Field;
use super::keys::{self, KEYS, Key};
use super::secrets::Secrets;

const HEAD: &str = "\
# What `inneros` and the tray manage. Every key is optional: the value behind a \"#\" here
# is the default, or an example. Durations: \"500ms\", \"2s\", \"1m 30s\".
";

/// What has to be known of a daemon, in the order in which it is asked for.
const FIRST: [&str; 3] = ["daemon.command", "daemon.working_dir", "daemon.logs_dir"];

const ABOVE_FIRST: &str = "\
#
# Most daemons need only these three keys: fill them in, and remove the \"# \" in front.
";

const BELOW_FIRST: &str = "\
# The rest can stay as it is.
";

const HEAD_OF_ONE: &str = "\
# One of several daemons. Every key may be left out but `command`; what [defaults] in the
# configuration file says holds here as well.
";

const SEVERAL: &str = "
# More daemons: a table for each, with the keys of [daemon] and some of its own; see
# `inneros config init --daemon NAME`. [defaults] has what holds for all of them.
#
#[daemons.sync]
#command = [\"syncthing\", \"serve\", \"--no-browser\"]
";

/// A configuration file with every key at its default, or with an example.
pub fn template() -> String {
    let mut defaults = blank();
    let mut text = format!("{HEAD}{ABOVE_FIRST}");
    let is_first = |key: &&Key| FIRST.contains(&key.name);
    let is_left_out = |key: &&Key| is_first(key) || key.is_for_several;
    let first = FIRST
        .iter()
        .filter_map(|name| KEYS.iter().find(|key| key.name == *name));
    let rest = KEYS.iter().filter(|key| !is_left_out(key));
    let mut table = "";
    for (index, key) in first.chain(rest).enumerate() {
        let (of, name) = key.parts();
        if of != table {
            table = of;
            text += &format!("\n[{table}]\n");
        }
        if index == FIRST.len() {
            text += &format!("\n{BELOW_FIRST}");
        }
        add(&mut text, key, name, &mut defaults);
    }
    text + SEVERAL
}

/// A file for one of several daemons, with every key at its default, or with an example.
pub fn daemon_template() -> String {
    let mut defaults = blank();
    let mut text = HEAD_OF_ONE.to_owned();
    let first = |key: &&Key| FIRST.iter().position(|name| *name == key.name);
    let mut keys: Vec<&Key> = keys::of_daemon().into_iter().map(|(_, key)| key).collect();
    keys.retain(|key| key.name != "daemon.name" && key.name != "daemon.pid_file");
    keys.sort_by_key(|key| (first(key).is_none(), first(key)));
    for key in keys {
        let (_, name) = key.parts();
        add(&mut text, key, name, &mut defaults);
    }
    comment(&mut text, "The health check, with the keys of [health].");
    text + "# health = { url = \"http://127.0.0.1:8080/health\" }\n"
}

/// Adds a key in a comment: what it means, and its default or an example.
fn add(text: &mut String, key: &Key, name: &str, defaults: &mut Draft) {
    let words = match key.field {
        Field::Choice(_) => format!(" Values: {}.", key.field.kind().replace('`', "\"")),
        Field::Text(..)
        | Field::Command(..)
        | Field::Variables(_)
        | Field::Path(_)
        | Field::File(..)
        | Field::Paths(_)
        | Field::Span(..)
        | Field::Number(..)
        | Field::Names(_)
        | Field::Switch(_) => String::new(),
    };
    comment(text, &format!("{}{words}", key.about));
    let value = match key.example {
        Some(example) => example.to_owned(),
        None => key.field.show(defaults, Secrets::Shown),
    };
    *text += &format!("# {name} = {value}\n");
}

/// Adds a text in lines of a comment.
fn comment(text: &mut String, words: &str) {
    const WIDTH: usize = 88;
    let mut line = "#".to_owned();
    for word in words.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            *text += &format!("{line}\n");
            "#".clone_into(&mut line);
        }
        line += &format!(" {word}");
    }
    *text += &format!("{line}\n");
}
