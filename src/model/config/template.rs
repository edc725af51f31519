//! The commented file that `config init` writes.

use super::defaults::blank;
use super::field::Field;
use super::keys::{KEYS, Key};
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

/// A configuration file with every key at its default, or with an example.
pub fn template() -> String {
    let mut defaults = blank();
    let mut text = format!("{HEAD}{ABOVE_FIRST}");
    let is_first = |key: &&Key| FIRST.contains(&key.name);
    let first = FIRST
        .iter()
        .filter_map(|name| KEYS.iter().find(|key| key.name == *name));
    let rest = KEYS.iter().filter(|key| !is_first(key));
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
        let words = match key.field {
            Field::Choice(_) => format!(" Values: {}.", key.field.kind().replace('`', "\"")),
            Field::Text(..)
            | Field::Command(_)
            | Field::Variables(_)
            | Field::Path(_)
            | Field::File(..)
            | Field::Paths(_)
            | Field::Span(..)
            | Field::Number(..)
            | Field::Switch(_) => String::new(),
        };
        comment(&mut text, &format!("{}{words}", key.about));
        let value = match key.example {
            Some(example) => example.to_owned(),
            None => key.field.show(&mut defaults, Secrets::Shown),
        };
        text += &format!("# {name} = {value}\n");
    }
    text
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
