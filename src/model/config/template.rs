//! The commented file that `config init` writes.

use super::field::Field;
use super::keys::KEYS;
use super::resolve::blank;
use super::secrets::Secrets;

const HEAD: &str = "\
# What `inneros` and the tray manage. Every key may be left out: what stands behind a \"#\"
# here is the default, or an example. Durations: \"500ms\", \"2s\", \"1m 30s\".
";

/// A configuration file with every key at its default, or with an example.
pub fn template() -> String {
    let mut defaults = blank();
    let mut text = HEAD.to_owned();
    let mut table = "";
    for key in KEYS {
        let (of, name) = key.parts();
        if of != table {
            table = of;
            text += &format!("\n[{table}]\n");
        }
        let words = match key.field {
            Field::Choice(_) => format!(" Values: {}.", key.field.kind().replace('`', "\"")),
            Field::Text(..)
            | Field::Command(_)
            | Field::Variables(_)
            | Field::Path(_)
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
