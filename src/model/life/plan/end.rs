//! What is recorded when a daemon has ended.

use crate::model::life::clock::Now;
use crate::model::life::record::{Exit, Phase, RunRecord};

/// What whoever reaps a daemon does.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// Removes its files: it was asked to end. The record stays where something is left that
    /// a later stop finds by it.
    Clear,
    /// Nothing: its supervisor, or somebody else who saw it end, was faster.
    Nothing,
    /// Writes this record, and removes the PID file of one that ended well.
    Note {
        /// With how it ended.
        record: Box<RunRecord>,
        /// Whether it ended well.
        well: bool,
    },
}

/// Decides what is recorded at the end of the recorded daemon.
pub fn on_end(record: RunRecord, exit: Exit, now: Now) -> End {
    match record.phase {
        // Whoever asked for the stop did not live to see it.
        Phase::Stopping { deadline } if deadline.is_ahead(now.clock) => End::Clear,
        Phase::Backoff { .. } | Phase::CrashLooping { .. } => End::Nothing,
        // Somebody else who watched it was faster.
        Phase::Ended { exit: Some(_), .. } => End::Nothing,
        // It had outlived a stop, if one was asked for.
        Phase::Starting { .. } | Phase::Running | Phase::Stopping { .. } | Phase::Ended { .. } => {
            End::Note {
                record: Box::new(record.ended(Some(exit), now.wall)),
                well: exit == Exit::Code(0),
            }
        }
    }
}
