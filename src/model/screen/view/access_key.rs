//! The letter that chooses a row of an open menu from the keyboard.

use super::{JobRow, Row, Slot};

impl Slot {
    /// Its letter. Rows that can stand in one menu have different ones.
    fn letter(self) -> Option<char> {
        Some(match self {
            Slot::Start => 's',
            Slot::Cancel => 'c',
            Slot::Stop => 't',
            Slot::Restart => 'r',
            Slot::ForceStop => 'o',
            Slot::Forget => 'g',
            Slot::Log => 'l',
            Slot::Output => 'u',
            Slot::LogsFolder => 'f',
            Slot::Dashboard => 'd',
            Slot::Jobs => 'j',
            Slot::Settings => 'e',
            Slot::Quit => 'q',
            Slot::StopAndQuit => 'a',
            // Of several daemons.
            Slot::StartAll => 's',
            Slot::StopAll => 't',
            Slot::StartCrashed => 'c',
            Slot::Of(_, row) => return Self::SINGLE.get(row)?.letter(),
            // Of the settings.
            Slot::WhenCrashed => 'c',
            Slot::WhenUnhealthy => 'u',
            Slot::WhenDegraded => 'p',
            Slot::WhenStarted => 's',
            Slot::WhenStopped => 'e',
            Slot::TrayLogin => 'o',
            Slot::DaemonLogin => 'd',
            Slot::Configuration => 'n',
            // Of a job.
            Slot::Job(_, JobRow::Run) => 'r',
            Slot::Job(_, JobRow::Output) => 'o',
            Slot::Job(_, JobRow::Pause) => 'p',
            Slot::Job(_, JobRow::Resume) => 'm',
            Slot::Job(_, JobRow::Acknowledge) => 'a',
            Slot::Headline
            | Slot::Detail
            | Slot::Activity
            | Slot::Crashes
            | Slot::Handler(_)
            | Slot::MoreHandlers
            | Slot::MoreJobs
            | Slot::Daemon(_)
            | Slot::Group(_)
            | Slot::Well
            | Slot::Mute
            | Slot::About
            | Slot::Job(_, JobRow::Itself | JobRow::Last | JobRow::Next) => return None,
        })
    }
}

impl Row {
    /// Where in its text the access key is: where a word begins with that letter, else where the
    /// letter first occurs.
    pub fn access_key(&self) -> Option<usize> {
        let (Row::Item { slot, text, .. }
        | Row::Check { slot, text, .. }
        | Row::Submenu { slot, text, .. }) = self
        else {
            return None;
        };
        let letter = slot.letter()?;
        let is_letter = |at: &usize| text[*at..].starts_with([letter, letter.to_ascii_uppercase()]);
        let words = text.split_inclusive(' ').scan(0, |end, word| {
            let begin = *end;
            *end += word.len();
            Some(begin)
        });
        let letters = text.char_indices().map(|(at, _)| at);
        words.chain(letters).find(is_letter)
    }
}
