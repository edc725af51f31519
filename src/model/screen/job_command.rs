//! What can be asked for a job.

/// A job, by the order in which the screen came to know them: the same one has the same number
/// for as long as the screen is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub(super) usize);

/// What can be asked for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum JobCommand {
    Run,
    OpenOutput,
    Pause,
    Resume,
    Acknowledge,
}

impl JobCommand {
    /// The verb, for "could not …".
    pub fn verb(self) -> &'static str {
        match self {
            JobCommand::Run => "run",
            JobCommand::OpenOutput => "open the output of",
            JobCommand::Pause => "pause",
            JobCommand::Resume => "resume",
            JobCommand::Acknowledge => "acknowledge",
        }
    }
}
