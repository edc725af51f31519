//! `inneros metrics` and `inneros page`

use super::output::Answer;
use crate::app::known;
use crate::app::settings::Source;
use crate::model::config::Config;

pub fn metrics(config: &Config, source: &Source) -> Answer {
    text("metrics", known::metrics(config, source))
}

pub fn page(config: &Config, source: &Source) -> Answer {
    text("page", known::page(config, source))
}

/// A text that is printed as it is.
fn text(key: &str, text: String) -> Answer {
    let mut answer = Answer {
        success: true,
        message: key.to_owned(),
        raw: Some(text.clone().into_bytes()),
        ..Answer::default()
    };
    answer.fields.insert(key.to_owned(), text.into());
    answer
}
