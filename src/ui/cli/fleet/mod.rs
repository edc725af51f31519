//! What several daemons are answered for together.

mod acts;
mod bar;
mod run;
mod table;

use serde_json::{Map, Value, json};

pub use self::acts::{Several, with_dependents};
pub use self::bar::{NEXT_MENU, of as bar};
pub use self::run::run;
pub use self::table::note;
use super::args::Bar;
use super::output::{Answer, Printer};
use super::status::StatusPage;
use crate::app::fleet::reports;
use crate::model::config::{Config, Managed};
use crate::model::fleet::worst::{self, One};
use crate::model::life::status::State;
use crate::model::text;

/// How they are, as a bar wants it.
pub fn status_for(bar: Bar, config: &Config, numbers: &[usize]) -> Answer {
    answer_of(config, numbers, |pages, _, answer| {
        answer.text = Some(self::bar(bar, pages));
    })
}

/// How they are.
pub fn status(config: &Config, numbers: &[usize], printer: &Printer) -> Answer {
    answer_of(config, numbers, |pages, ones, answer| {
        if printer.is_json() {
            let state = worst::word(worst::worst(ones)).replace(' ', "-");
            answer.fields.insert("state".into(), state.into());
            answer.fields.insert("counts".into(), counts(ones));
            let objects = pages.iter().map(|page| Value::Object(page.object()));
            answer.fields.insert("daemons".into(), objects.collect());
        } else {
            answer.text = Some(table::of(pages, printer));
        }
    })
}

/// Looks at them once; `show` adds what is shown of that.
fn answer_of(
    config: &Config,
    numbers: &[usize],
    show: impl FnOnce(&[StatusPage<'_>], &[One], &mut Answer),
) -> Answer {
    let daemons: Vec<&Managed> = numbers
        .iter()
        .map(|number| &config.daemons[*number])
        .collect();
    let reports = reports(&daemons);
    let pages: Vec<StatusPage<'_>> = (daemons.iter().zip(&reports))
        .map(|(managed, report)| StatusPage { managed, report })
        .collect();
    let ones: Vec<One> = pages.iter().map(one).collect();
    let mut answer = Answer {
        code: worst::code(&ones),
        success: true,
        message: message(&pages, &ones),
        ..Answer::default()
    };
    show(&pages, &ones, &mut answer);
    answer
}

/// How one is, as far as it matters to all.
fn one(page: &StatusPage<'_>) -> One {
    One {
        state: page.state(),
        is_wanted: page.managed.is_wanted(),
    }
}

/// How many there are, and how many of each state.
fn counts(ones: &[One]) -> Value {
    let states = State::ALL.map(Some).into_iter().chain([None]);
    let mut counts: Map<String, Value> = states
        .map(|state| {
            let count = ones.iter().filter(|one| one.state == state).count();
            (worst::word(state).replace([' ', '-'], "_"), json!(count))
        })
        .collect();
    counts.insert("daemons".into(), json!(ones.len()));
    counts.into()
}

/// `5 of 7 are running; sync: crashed, ended with exit code 1`
fn message(pages: &[StatusPage<'_>], ones: &[One]) -> String {
    let running = pages
        .iter()
        .filter(|page| page.report.status.alive().is_some())
        .count();
    let mut message = format!("{running} of {} are running", pages.len());
    for (page, one) in pages.iter().zip(ones) {
        if worst::code(&[*one]) == 0 && one.state != Some(State::Unhealthy) {
            continue;
        }
        message += &format!("; {}: {}", page.managed.id, worst::word(one.state));
        if let Some(why) = note(page) {
            message += &format!(", {}", text::shortened(&why, 120));
        }
    }
    message
}
