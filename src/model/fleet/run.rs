//! A run of several daemons in one process: who is started next, and who is asked to end next.

use std::collections::BTreeMap;

/// How far one of them is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// What it needs is not ready yet.
    Waits,
    /// Its run has begun.
    Begun,
    /// It is ready.
    Ready,
    /// It runs already, by somebody else.
    Elsewhere,
    /// Its run is over, or never begins.
    Over,
}

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The run of this one begins.
    Begin(usize),
    /// This one is not started, because the other that it needs does not run.
    Needs(usize, usize),
}

/// How far they all are.
#[derive(Debug)]
pub struct RunPlan {
    after: Vec<Vec<usize>>,
    at: BTreeMap<usize, At>,
}

impl RunPlan {
    /// The plan of these; `after` has of all daemons those that each needs.
    pub fn new(after: Vec<Vec<usize>>, meant: &[usize]) -> Self {
        let at = meant.iter().map(|one| (*one, At::Waits)).collect();
        Self { after, at }
    }

    /// What is done now: each is named once.
    pub fn go_on(&mut self) -> Vec<Next> {
        let mut all = Vec::new();
        // Who is not started keeps others from it.
        while let Some(next) = self.find_next() {
            let (one, at) = match next {
                Next::Begin(one) => (one, At::Begun),
                Next::Needs(one, _) => (one, At::Over),
            };
            self.at.insert(one, at);
            all.push(next);
        }
        all
    }

    fn find_next(&self) -> Option<Next> {
        let waiting = self.at.iter().filter(|(_, at)| **at == At::Waits);
        waiting.map(|(one, _)| *one).find_map(|one| {
            let needed = || {
                self.after[one]
                    .iter()
                    .filter_map(|of| Some((*of, *self.at.get(of)?)))
            };
            if let Some((missing, _)) = needed().find(|(_, at)| *at == At::Over) {
                return Some(Next::Needs(one, missing));
            }
            let is_ready = |(_, at)| matches!(at, At::Ready | At::Elsewhere);
            needed().all(is_ready).then_some(Next::Begin(one))
        })
    }

    /// This one is ready.
    pub fn runs(&mut self, one: usize) {
        self.at.insert(one, At::Ready);
    }

    /// This one runs already, by somebody else.
    pub fn runs_elsewhere(&mut self, one: usize) {
        self.at.insert(one, At::Elsewhere);
    }

    /// The run of this one is over.
    pub fn is_over_for(&mut self, one: usize) {
        self.at.insert(one, At::Over);
    }

    /// All are to end: those that are asked to now, which are those that nobody needs any more.
    pub fn to_end(&mut self) -> Vec<usize> {
        for at in self.at.values_mut().filter(|at| **at == At::Waits) {
            *at = At::Over;
        }
        let lives = |at: &At| matches!(at, At::Begun | At::Ready);
        let living = self
            .at
            .iter()
            .filter(|(_, at)| lives(at))
            .map(|(one, _)| *one);
        let is_needed = |one: usize| living.clone().any(|other| self.after[other].contains(&one));
        living.clone().filter(|one| !is_needed(*one)).collect()
    }

    /// Whether each is where it stays while all goes well.
    pub fn is_settled(&self) -> bool {
        self.at
            .values()
            .all(|at| !matches!(at, At::Waits | At::Begun))
    }

    /// Whether nothing more is to come.
    pub fn is_over(&self) -> bool {
        self.at
            .values()
            .all(|at| matches!(at, At::Over | At::Elsewhere))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 and 2 need 0, 3 needs 2.
    fn plan() -> RunPlan {
        RunPlan::new(vec![vec![], vec![0], vec![0], vec![2]], &[0, 1, 2, 3])
    }

    #[test]
    fn each_begins_once_what_it_needs_is_ready_and_ends_before_it() {
        let mut plan = plan();
        assert_eq!(plan.go_on(), [Next::Begin(0)]);
        assert_eq!(plan.go_on(), []);
        plan.runs(0);
        assert_eq!(plan.go_on(), [Next::Begin(1), Next::Begin(2)]);
        plan.runs(1);
        plan.runs(2);
        assert_eq!(plan.go_on(), [Next::Begin(3)]);
        plan.runs(3);
        assert!(plan.is_settled() && !plan.is_over());

        assert_eq!(plan.to_end(), [1, 3]);
        plan.is_over_for(3);
        assert_eq!(plan.to_end(), [1, 2]);
        plan.is_over_for(1);
        plan.is_over_for(2);
        assert_eq!(plan.to_end(), [0]);
        plan.is_over_for(0);
        assert!(plan.is_over());
    }

    #[test]
    fn what_failed_keeps_only_those_that_need_it() {
        let mut plan = plan();
        plan.go_on();
        plan.runs(0);
        plan.go_on();
        plan.is_over_for(2);

        assert_eq!(plan.go_on(), [Next::Needs(3, 2)]);
        plan.runs(1);
        assert!(plan.is_settled() && !plan.is_over());
    }
}
