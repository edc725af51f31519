//! Which daemons a command is about.

use super::args::Which;
use super::output::Refusal;
use crate::model::config::Config;
use crate::model::jobs::selection;
use crate::model::text;

/// The daemons that are meant, by their numbers in the configuration.
#[derive(Debug, PartialEq, Eq)]
pub enum Chosen {
    /// One, by its name or because there is no other: it is answered for as if it were alone.
    One(usize),
    /// Any number, in the order of the configuration.
    Several(Vec<usize>),
}

impl Chosen {
    /// All of them.
    pub fn numbers(&self) -> Vec<usize> {
        match self {
            Chosen::One(number) => vec![*number],
            Chosen::Several(numbers) => numbers.clone(),
        }
    }
}

/// Those that are looked at: all of them where none is named.
pub fn looked_at(config: &Config, which: &Which) -> Result<Chosen, Refusal> {
    chosen(config, which)?.map_or_else(|| Ok(all(config)), Ok)
}

/// Those that something is done with, who have to be named where there are several.
pub fn acted_on(config: &Config, which: &Which, verb: &str) -> Result<Chosen, Refusal> {
    chosen(config, which)?.ok_or_else(|| Refusal {
        code: 2,
        message: format!(
            "which daemon? there are several: {}",
            names(config).join(", ")
        ),
        hint: Some(format!(
            "name one or more, or `inneros daemon {verb} --all`"
        )),
        ..Refusal::default()
    })
}

/// The one of this name.
pub fn named(config: &Config, name: &str) -> Result<usize, Refusal> {
    let number = config.daemons.iter().position(|managed| managed.id == name);
    number.ok_or_else(|| unknown(config, name))
}

fn all(config: &Config) -> Chosen {
    Chosen::Several((0..config.daemons.len()).collect())
}

/// Those that are said, if any are, or the only one.
fn chosen(config: &Config, which: &Which) -> Result<Option<Chosen>, Refusal> {
    let names = names(config);
    if which.all {
        return Ok(Some(all(config)));
    }
    if which.daemons.is_empty() && which.group.is_none() {
        return Ok((names.len() == 1).then_some(Chosen::One(0)));
    }
    if let Some(pattern) = selection::unknown(&which.daemons, &names) {
        return Err(unknown(config, pattern));
    }
    let is_meant = |number: &usize| {
        let managed = &config.daemons[*number];
        let fits = |pattern: &String| selection::fits(pattern, &managed.id);
        let by_name = which.daemons.is_empty() || which.daemons.iter().any(fits);
        by_name
            && which
                .group
                .as_ref()
                .is_none_or(|group| managed.group == *group)
    };
    let numbers: Vec<usize> = (0..names.len()).filter(is_meant).collect();
    match (&numbers[..], &which.daemons[..], &which.group) {
        ([number], [name], None) if names[*number] == name => Ok(Some(Chosen::One(*number))),
        ([], _, Some(group)) => Err(no_group(config, group)),
        _ => Ok(Some(Chosen::Several(numbers))),
    }
}

fn names(config: &Config) -> Vec<&str> {
    config
        .daemons
        .iter()
        .map(|managed| managed.id.as_str())
        .collect()
}

fn unknown(config: &Config, name: &str) -> Refusal {
    let names = names(config);
    let hint = match text::nearest(name, &names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", names.join(", ")),
    };
    Refusal {
        code: 4,
        message: format!("no daemon is called '{}'", text::printable(name)),
        hint: Some(hint),
        ..Refusal::default()
    }
}

fn no_group(config: &Config, group: &str) -> Refusal {
    let groups = config.daemons.iter().map(|managed| managed.group.as_str());
    let groups: Vec<&str> = groups.filter(|group| !group.is_empty()).collect();
    let nearest = text::nearest(group, &groups);
    Refusal {
        code: 4,
        message: format!("no daemon is in the group '{}'", text::printable(group)),
        hint: nearest.map(|near| format!("did you mean `--group {near}`?")),
        ..Refusal::default()
    }
}
