//! `inneros metrics` , `inneros page` and `inneros hooks`

use std::time::Duration;

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

pub fn hooks(config: &Config) -> Answer {
    /// A hook that hangs has 10 s.
    const PATIENCE: Duration = Duration::from_secs(15);
    let told = known::hooks::deliver(config, PATIENCE);
    let message = match told {
        0 => "no new events".to_owned(),
        1 => "1 event told".to_owned(),
        many => format!("{many} events told"),
    };
    let mut answer = Answer {
        success: true,
        message,
        ..Answer::default()
    };
    answer.fields.insert("told".into(), told.into());
    answer
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
