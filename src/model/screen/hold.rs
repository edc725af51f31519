//! Whether the menu is open, as far as anybody says.
//!
//! Rows never move under a hand. If the system reports opening and closing, they stay in between.
//! A Linux panel reports only opening: of the two libdbusmenus, the one for GTK sends nothing on
//! closing, and ksni does not pass on what the other sends. There, rows stay for as long as it
//! takes to read a menu, and a choice right after they moved is ignored.

use std::time::Duration;

/// So long after it was opened a menu keeps its rows, if nobody tells when it closes. GTK
/// opens a menu with the rows of before: they cannot wait for the next opening.
pub const READING: Duration = Duration::from_secs(5);

/// What is chosen so soon after rows have moved was aimed at what stood there before.
const AIMING: Duration = Duration::from_millis(700);

/// The menu, and who may have a hand on it. Times are those of one clock that only runs forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hold {
    /// It is closed.
    #[default]
    Closed,
    /// It is open, and who said so will say when it closes.
    Open,
    /// It was opened then, and nobody will say when it closes.
    Opened(Duration),
    /// It was opened a while ago, and may be so still. Its rows have moved then.
    Left(Option<Duration>),
}

impl Hold {
    /// Whether the rows stay.
    pub fn holds(self) -> bool {
        matches!(self, Hold::Open | Hold::Opened(_))
    }

    /// For how long they will, where time is all that ends it.
    pub fn left(self, now: Duration) -> Option<Duration> {
        match self {
            Hold::Opened(at) => Some((at + READING).saturating_sub(now)),
            Hold::Closed | Hold::Open | Hold::Left(_) => None,
        }
    }

    /// Lets go of the rows when their time is over.
    #[must_use]
    pub fn at(self, now: Duration) -> Self {
        match self.left(now) {
            Some(Duration::ZERO) => Hold::Left(None),
            Some(_) | None => self,
        }
    }

    /// Other rows are shown.
    #[must_use]
    pub fn moved(self, now: Duration) -> Self {
        match self {
            Hold::Left(_) => Hold::Left(Some(now)),
            Hold::Closed | Hold::Open | Hold::Opened(_) => self,
        }
    }

    /// Whether what is chosen was meant.
    pub fn takes_a_choice(self, now: Duration) -> bool {
        match self {
            Hold::Left(Some(moved)) => now.saturating_sub(moved) >= AIMING,
            Hold::Closed | Hold::Open | Hold::Opened(_) | Hold::Left(None) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn an_opened_menu_keeps_its_rows_while_it_is_read() {
        let opened = Hold::Opened(seconds(10.0));

        assert!(opened.at(seconds(14.9)).holds());
        assert_eq!(opened.left(seconds(14.0)), Some(seconds(1.0)));
        assert_eq!(opened.at(seconds(15.0)), Hold::Left(None));
        assert!(!Hold::Left(None).holds());
    }

    #[test]
    fn a_menu_whose_closing_is_told_keeps_its_rows_until_then() {
        assert_eq!(Hold::Open.at(seconds(1e6)), Hold::Open);
        assert_eq!(Hold::Open.left(seconds(1e6)), None);
    }

    #[test]
    fn a_choice_right_after_the_rows_have_moved_is_not_taken() {
        let left = Hold::Opened(seconds(10.0)).at(seconds(15.0));
        assert!(left.takes_a_choice(seconds(15.0)), "nothing has moved");

        let moved = left.moved(seconds(20.0));

        assert!(!moved.takes_a_choice(seconds(20.1)));
        assert!(!moved.takes_a_choice(seconds(20.6)));
        assert!(moved.takes_a_choice(seconds(20.8)));
    }

    #[test]
    fn rows_that_change_while_nobody_has_the_menu_open_can_be_chosen_at_once() {
        for hold in [Hold::Closed, Hold::Opened(seconds(20.0))] {
            assert!(hold.moved(seconds(20.0)).takes_a_choice(seconds(20.0)));
        }
    }
}
