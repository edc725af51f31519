//! Problems: something the user asked for failed, or the configuration cannot be used.

use crate::model::screen::command::Target;

/// What was not done, why, and what to do about it, each in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What went wrong: one line.
    pub what: String,
    /// Why, if that is known: one line.
    pub why: Option<String>,
    /// What to do about it.
    pub way_out: Option<String>,
    /// Where its words come from, or where it can be mended.
    pub place: Option<Target>,
}

impl Problem {
    /// All of it, a line each. What says why already is enough.
    pub fn text(&self) -> String {
        let way_out = self.way_out.as_deref();
        let why = self.why.as_deref();
        let why = why.filter(|why| way_out.is_none_or(|way_out| !way_out.starts_with(why)));
        let why = why.filter(|why| !self.what.ends_with(why));
        let lines: Vec<&str> = [Some(self.what.as_str()), why, way_out]
            .into_iter()
            .flatten()
            .collect();
        lines.join("\n")
    }
}

/// A message whose further lines are what to do about it.
impl From<String> for Problem {
    fn from(message: String) -> Self {
        let (what, way_out) = match message.split_once('\n') {
            Some((what, way_out)) => (what.to_owned(), Some(way_out.to_owned())),
            None => (message, None),
        };
        Self {
            what,
            why: None,
            way_out,
            place: None,
        }
    }
}

/// Why a configuration file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What is wrong, with the key where one is.
    pub what: String,
    /// In which file, on which line.
    pub place: Option<String>,
}
