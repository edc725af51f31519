//! What reaches the driver's thread.

use std::sync::mpsc::Sender;

use crate::model::screen::command::Command;
use crate::model::screen::fleet::Whom;
use crate::model::screen::machine::Input;
use crate::model::screen::notice::Notice;

/// What reaches the thread.
pub enum Message {
    Input(Whom, Input),
    /// What became of a click on a row with a tick, which shows its new state by itself
    /// before it is known to be so.
    Toggled(Input),
    /// The row of this number was chosen (see `View::choice`).
    Chosen(usize),
    /// A notification was clicked, which asks for this.
    Clicked(Command),
    /// The user opened the app although it runs already, and is to be told this, if anything,
    /// in the place of how the daemon is.
    Opened(Option<Notice>),
    /// The user is about to look.
    Nudge,
    /// The menu was opened or closed.
    Menu {
        is_open: bool,
    },
    /// Something was done to the daemon.
    Done,
}

pub fn send(sender: &Sender<Message>, input: Input) {
    pass(sender, Message::Input(Whom::All, input));
}

pub fn pass(sender: &Sender<Message>, message: Message) {
    // The thread is gone only when the tray quits: nothing is left to be told.
    let _ = sender.send(message);
}
