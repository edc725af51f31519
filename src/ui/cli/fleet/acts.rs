//! Start, stop and restart of several daemons.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::super::args::StopHow;
use super::super::done::{start_answer, stop_answer};
use super::super::output::{Answer, Printer, Refusal};
use super::super::refusal::refusal;
use crate::app::fleet::{Outcome, Walk};
use crate::app::lifecycle::{self, Failure, Launching};
use crate::model::config::{Config, Managed, after_of};
use crate::model::fleet::order;
use crate::os::signals;

/// Several daemons that something is done with.
pub struct Several<'a> {
    pub config: &'a Config,
    pub numbers: Vec<usize>,
    pub printer: &'a Printer,
    /// Set by Ctrl-C and SIGTERM, so that each daemon is left in a state that is told.
    over: Arc<AtomicBool>,
}

impl<'a> Several<'a> {
    pub fn new(
        config: &'a Config,
        numbers: Vec<usize>,
        printer: &'a Printer,
    ) -> Result<Self, Refusal> {
        let over = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&over);
        signals::on_end(move |_| set.store(true, Ordering::Relaxed))
            .map_err(|error| Refusal::new(1, &error))?;
        Ok(Self {
            config,
            numbers,
            printer,
            over,
        })
    }

    /// Starts them, after what they need.
    pub fn start(mut self, how: &Launching<'_>) -> Answer {
        self.numbers = order::needed(&after_of(self.config.daemons.iter()), &self.numbers);
        self.start_these(how)
    }

    /// Stops them, after what needs them.
    pub fn stop(self, how: &StopHow) -> Answer {
        let lines = Lines::new(&self, STOP);
        self.walk(&|| self.is_over()).in_reverse(
            |managed| lifecycle::stop(managed, how.stopping(None)),
            |managed, outcome| lines.add(managed, outcome, |done| stop_answer(managed, done)),
        );
        lines.answer()
    }

    /// Stops them as far as they run, after what needs them, and starts all of them again.
    pub fn restart(self, how: &StopHow, launching: &Launching<'_>) -> Answer {
        let lines = Lines::new(&self, STOP);
        self.walk(&|| self.is_over()).in_reverse(
            |managed| lifecycle::stop(managed, how.stopping(None)),
            |managed, outcome| lines.add(managed, outcome, |done| stop_answer(managed, done)),
        );
        // Nothing is started beside what does not end.
        if !lines.is_good() {
            return lines.answer();
        }
        self.start_these(launching)
    }

    fn start_these(&self, how: &Launching<'_>) -> Answer {
        let lines = Lines::new(self, START);
        let wait = how.wait;
        let is_over = || self.is_over();
        self.walk(&is_over).start(
            |managed| {
                let how = Launching {
                    wait,
                    give_up: Some(&is_over),
                    ..Launching::default()
                };
                lifecycle::start(managed, how)
            },
            |managed, outcome| {
                lines.add(managed, outcome, |done| {
                    start_answer(managed, done, "started")
                });
            },
        );
        lines.answer()
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn walk<'b>(&'b self, is_over: &'b (dyn Fn() -> bool + Sync)) -> Walk<'b> {
        Walk {
            config: self.config,
            meant: &self.numbers,
            is_over,
        }
    }
}

/// These, and those that need one of them.
pub fn with_dependents(config: &Config, numbers: &[usize]) -> Vec<usize> {
    let mut all = order::dependents(&after_of(config.daemons.iter()), numbers);
    all.extend(numbers);
    all.sort_unstable();
    all
}

/// What is done with them.
#[derive(Clone, Copy)]
struct Deed {
    /// Behind "not".
    done: &'static str,
    /// The exit code where it was so before, and nothing was to be done.
    was_so: fn(&Failure) -> Option<u8>,
}

const START: Deed = Deed {
    done: "started",
    was_so: |failure| matches!(failure, Failure::AlreadyRunning { .. }).then_some(5),
};

const STOP: Deed = Deed {
    done: "stopped",
    was_so: |failure| {
        let rests = matches!(failure, Failure::NotRunning { left, .. } if left.is_empty());
        rests.then_some(3)
    },
};

/// What is said of each: to people as it comes, to programs in the end.
struct Lines<'a> {
    several: &'a Several<'a>,
    deed: Deed,
    said: Mutex<Vec<Said>>,
}

struct Said {
    id: String,
    code: u8,
    /// Whether it was so before.
    was_so: bool,
    object: Map<String, Value>,
}

impl<'a> Lines<'a> {
    fn new(several: &'a Several<'a>, deed: Deed) -> Self {
        Self {
            several,
            deed,
            said: Mutex::default(),
        }
    }

    fn add<T>(&self, managed: &Managed, outcome: &Outcome<T>, answer: impl FnOnce(&T) -> Answer) {
        let (id, not) = (&managed.id, self.deed.done);
        let refused = |message| Refusal {
            code: 1,
            message,
            ..Refusal::default()
        };
        let mut was_so = None;
        let said = match outcome {
            Outcome::Done(done) => Ok(answer(done)),
            Outcome::Failed(failure) => {
                was_so = (self.deed.was_so)(failure);
                Err(refusal(failure))
            }
            Outcome::Needs(name) => Err(refused(format!(
                "not {not}: it needs {name}, which is not running"
            ))),
            Outcome::Interrupted => Err(refused(format!("not {not}: interrupted"))),
        };
        let mut object = Map::from_iter([("name".to_owned(), json!(managed.daemon.name))]);
        let is_good = said.is_ok() || was_so.is_some();
        object.insert("success".into(), is_good.into());
        // One after the other, also in what people read.
        let mut all = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let code = match said {
            Ok(answer) => {
                object.insert("message".into(), answer.message.clone().into());
                object.extend(answer.fields.clone());
                object.extend(answer.hint.clone().map(|hint| ("hint".into(), hint.into())));
                self.print(answer);
                0
            }
            Err(mut refusal) => {
                refusal.message = format!("{id}: {}", refusal.message);
                object.insert("message".into(), refusal.message.clone().into());
                object.insert("hint".into(), json!(refusal.hint));
                object.insert("output".into(), json!(refusal.output));
                object.extend(refusal.pid.map(|pid| ("pid".into(), pid.into())));
                let code = was_so.unwrap_or(refusal.code);
                if is_good {
                    self.print(Answer {
                        message: refusal.message,
                        ..Answer::default()
                    });
                } else if !self.several.printer.is_json() {
                    self.several.printer.refuse(refusal);
                }
                code
            }
        };
        all.push(Said {
            id: id.clone(),
            code,
            was_so: was_so.is_some(),
            object,
        });
    }

    /// Who reads it no more has seen enough.
    fn print(&self, answer: Answer) {
        if !self.several.printer.is_json() {
            let _ = self.several.printer.print(answer);
        }
    }

    /// Whether each is as it was asked to be.
    fn is_good(&self) -> bool {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().all(|said| said.was_so || said.code == 0)
    }

    fn answer(self) -> Answer {
        let mut said = self
            .said
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let count = |is: &dyn Fn(&Said) -> bool| said.iter().filter(|said| is(said)).count();
        let failed = count(&|said| said.code != 0 && !said.was_so);
        let done = count(&|said| said.code == 0);
        let so = said.len() - failed - done;
        let has = |code: &u8| said.iter().any(|said| said.code == *code && !said.was_so);
        let code = match (failed, done) {
            (0, 0) => said.first().map_or(0, |said| said.code),
            (0, _) => 0,
            (_, _) => [4, 1, 2].into_iter().find(has).unwrap_or(1),
        };
        let verb = self.deed.done;
        let mut message = format!("{done} {verb}");
        if so > 0 {
            message += &format!(", {so} {verb} before");
        }
        if failed > 0 {
            message += &format!(", {failed} failed");
        }
        let order = |id: &str| {
            self.several
                .config
                .daemons
                .iter()
                .position(|one| one.id == id)
        };
        said.sort_by_key(|said| order(&said.id));
        let mut answer = Answer {
            code,
            success: failed == 0,
            message,
            printed: !self.several.printer.is_json(),
            ..Answer::default()
        };
        let counts = json!({ "daemons": said.len(), "done": done, "failed": failed });
        answer.fields.insert("counts".into(), counts);
        let objects = said.into_iter().map(|said| Value::Object(said.object));
        answer.fields.insert("daemons".into(), objects.collect());
        answer
    }
}
