//! The service that shows notifications: `org.freedesktop.Notifications`, specification 1.2.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use zbus::{
    Connection, Message, OwnedVariant,
    fdo::{self, RequestNameFlags},
    interface,
    message::Header,
    object_server::SignalEmitter,
};

use super::{Bus, SOON, bus::Broker, stays, wait_until};

/// A notification service that shows nothing and keeps everything.
pub struct NotificationService {
    connection: Connection,
    broker: Broker,
    history: Arc<Mutex<Vec<Note>>>,
}

/// What a notification service is like.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// What it says that it can do.
    pub capabilities: &'static [&'static str],
    /// How it answers a notification.
    pub answer: Answers,
}

/// How a service answers when it is asked to show something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answers {
    /// With the number that it gave.
    Well,
    /// The same, after so long.
    After(Duration),
    /// Not at all: it shows nothing, leaves the bus instead, and another one comes.
    ByLeaving,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            capabilities: &["body", "actions"],
            answer: Answers::Well,
        }
    }
}

impl NotificationService {
    /// # Panics
    ///
    /// When the bus has a notification service already.
    #[track_caller]
    pub fn start(bus: &Bus) -> Self {
        Self::like(bus, Manner::default())
    }

    /// One of another manner.
    #[track_caller]
    pub fn like(bus: &Bus, manner: Manner) -> Self {
        let history = Arc::default();
        let broker = bus.broker().clone();
        let connection = zbus::block_on(serve(&broker, &history, manner));
        Self {
            connection,
            broker,
            history,
        }
    }

    /// Everything that programs have asked to show, in order. A note that replaced another comes
    /// after it, with the same ID.
    pub fn shown(&self) -> Vec<Note> {
        lock(&self.history).clone()
    }

    /// What is on the screen now: neither replaced nor closed.
    pub fn on_screen(&self) -> Vec<Note> {
        let notes = self.shown();
        let is_last = |position, id| notes.iter().rposition(|note| note.id == id) == Some(position);
        notes
            .iter()
            .enumerate()
            .filter(|&(position, note)| !note.closed && is_last(position, note.id))
            .map(|(_, note)| note.clone())
            .collect()
    }

    /// The first of the notes ever shown that `is_right` is true of.
    ///
    /// # Panics
    ///
    /// When `deadline` has passed, with all the notes.
    #[track_caller]
    pub fn wait_for(&self, is_right: impl Fn(&Note) -> bool, deadline: Duration) -> Note {
        wait_until("a notification", deadline, || {
            let notes = self.shown();
            let right = notes.iter().find(|note| is_right(note)).cloned();
            right.ok_or_else(|| format!("{notes:#?}"))
        })
    }

    /// The user clicks on the note with this `id`: on the body for the action `default`, else on
    /// one of the note's buttons.
    ///
    /// # Panics
    ///
    /// When the note is not on the screen, does not have the action, or when the program that sent
    /// it does not listen for clicks.
    #[track_caller]
    pub fn click(&self, id: u32, action: &str) {
        self.click_and_keep(id, action);
        self.close(id, Closed::Dismissed);
    }

    /// The same where the note stays on the screen, as it does when an action is chosen from
    /// dunst's menu.
    ///
    /// # Panics
    ///
    /// As [`click`](Self::click).
    #[track_caller]
    pub fn click_and_keep(&self, id: u32, action: &str) {
        let note = self.note_on_screen(id);
        let offered: Vec<_> = note.actions.chunks(2).map(|pair| pair[0].clone()).collect();
        assert!(
            offered.iter().any(|key| key == action),
            "'{action}' is none of the note's actions {offered:?}"
        );

        let click = self.signal("ActionInvoked", &(id, action));
        let listening = || self.is_heard(&click, &note);
        wait_until("the program to listen for clicks", SOON, listening);
        stays("the program's listening", REACTION, listening);
        zbus::block_on(self.connection.send(&click)).expect("a message to the bus");
    }

    /// One that answers everything with nonsense.
    #[track_caller]
    pub fn talking_nonsense(bus: &Bus) -> Self {
        let broker = bus.broker().clone();
        let connection = zbus::block_on(async {
            let connection = broker.connect().await;
            offer(&connection, Nonsense).await;
            connection
        });
        Self {
            connection,
            broker,
            history: Arc::default(),
        }
    }

    /// The user closes the note with this `id` without a click on it. A program need not listen.
    ///
    /// # Panics
    ///
    /// When the note is not on the screen.
    #[track_caller]
    pub fn dismiss(&self, id: u32) {
        let note = self.note_on_screen(id);
        stays("the note's time on the screen", REACTION, || {
            let notes = self.on_screen();
            let stayed = notes.contains(&note).then_some(());
            stayed.ok_or_else(|| format!("{notes:#?}"))
        });
        self.close(id, Closed::Dismissed);
    }

    /// Another program has something shown. The note's number is the next one.
    pub fn show_for_another(&self, summary: &str) -> Note {
        let mut history = lock(&self.history);
        let note = Note {
            id: next_id(&history),
            replaces_id: 0,
            app_name: "another".into(),
            summary: summary.into(),
            body: String::new(),
            actions: vec!["default".into(), "Open".into()],
            urgency: Urgency::Normal,
            desktop_entry: None,
            closed: false,
            at: Instant::now(),
            sender: "another".into(),
        };
        history.push(note.clone());
        note
    }

    /// The user clicks on another program's note. Who hears it has to leave it alone.
    pub fn click_of_another(&self, id: u32, action: &str) {
        let click = self.signal("ActionInvoked", &(id, action));
        zbus::block_on(self.connection.send(&click)).expect("a message to the bus");
    }

    /// The service goes away, as when the desktop's shell crashes.
    pub fn stop(self) {
        drop(self);
    }

    /// The same, and what it has shown can still be asked for.
    pub fn leave(&self) {
        zbus::block_on(async {
            // Asked for rather than left to the end of the connection: once this has its answer,
            // the name is free for the next service.
            let _ = self.connection.release_name(NAME).await;
            let _ = self.connection.clone().close().await;
        });
    }

    /// Waits until the service has left by itself.
    #[track_caller]
    pub fn wait_until_gone(&self, deadline: Duration) {
        let name = self.connection.unique_name().expect("a name on the bus");
        wait_until("the service to leave", deadline, || {
            let is_gone = !self.broker.knows(name);
            is_gone.then_some(()).ok_or("it is there")
        });
    }

    #[track_caller]
    fn note_on_screen(&self, id: u32) -> Note {
        let notes = self.on_screen();
        let note = notes.iter().find(|note| note.id == id).cloned();
        note.unwrap_or_else(|| panic!("no note {id} on the screen: {notes:#?}"))
    }

    /// Whether `signal` about `note` would reach the program, or else who would hear it.
    ///
    /// Programs that open a connection for each note listen on that one for the clicks on its own
    /// note alone. So it must be the note's sender, or a connection that sent no note at all.
    fn is_heard(&self, signal: &Message, note: &Note) -> Result<(), String> {
        let listeners = self.broker.programs_that_hear(signal);
        let notes = self.shown();
        let sent_none = |name: &String| notes.iter().all(|other| other.sender != *name);
        if listeners.contains(&note.sender) || listeners.iter().any(sent_none) {
            return Ok(());
        }
        Err(format!("{listeners:?} listen, none for {note:?}"))
    }

    fn signal(&self, name: &str, body: &(u32, &str)) -> Message {
        let sender = self.connection.unique_name().expect("a name on the bus");
        Message::signal(PATH, NAME, name)
            .sender(sender)
            .build(body)
            .expect("a signal")
    }

    fn close(&self, id: u32, reason: Closed) {
        let emitter = SignalEmitter::new(&self.connection, PATH).expect("a path");
        zbus::block_on(close(&self.history, &emitter, id, reason)).expect("a message to the bus");
    }
}

impl Drop for NotificationService {
    fn drop(&mut self) {
        self.leave();
    }
}

impl fmt::Debug for NotificationService {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("NotificationService")
            .field(&self.shown())
            .finish()
    }
}

/// A notification, as its program sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// From 1. A note that replaces another has the other's.
    pub id: u32,
    /// The ID of the note to replace; 0 for a note of its own.
    pub replaces_id: u32,
    pub app_name: String,
    pub summary: String,
    pub body: String,
    /// Pairs of a key, which a click brings back, and a label. The key `default` is a click on
    /// the body.
    pub actions: Vec<String>,
    pub urgency: Urgency,
    /// The `.desktop` file of the program, where it names one.
    pub desktop_entry: Option<String>,
    /// Whether it was closed since, by the program or by the user.
    pub closed: bool,
    /// When it came to the service.
    pub at: Instant,
    /// The unique name of the connection that sent it.
    pub sender: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    Low,
    Normal,
    Critical,
}

impl Urgency {
    /// Normal when the program does not say.
    fn of(hints: &HashMap<String, OwnedVariant>) -> Self {
        match hints.get("urgency").map(u8::try_from) {
            None | Some(Ok(1)) => Self::Normal,
            Some(Ok(0)) => Self::Low,
            Some(Ok(2)) => Self::Critical,
            Some(other) => panic!("no such urgency: {other:?}"),
        }
    }
}

/// Why a note was closed: the numbers of the specification.
#[derive(Clone, Copy)]
enum Closed {
    Dismissed = 2,
    ByProgram = 3,
}

async fn serve(broker: &Broker, history: &Arc<Mutex<Vec<Note>>>, manner: Manner) -> Connection {
    let connection = broker.connect().await;
    let interface = Interface {
        history: Arc::clone(history),
        manner,
    };
    offer(&connection, interface).await;
    connection
}

async fn offer(connection: &Connection, interface: impl zbus::object_server::Interface) {
    connection
        .object_server()
        .at(PATH, interface)
        .await
        .expect("an object at the service's path");
    connection
        .request_name_with_flags(NAME, RequestNameFlags::DO_NOT_QUEUE)
        .await
        .expect("no other notification service on the bus");
}

async fn close(
    history: &Mutex<Vec<Note>>,
    emitter: &SignalEmitter<'_>,
    id: u32,
    reason: Closed,
) -> zbus::Result<()> {
    for note in lock(history).iter_mut().filter(|note| note.id == id) {
        note.closed = true;
    }
    Interface::notification_closed(emitter, id, reason as u32).await
}

/// A service that answers with something else than what was asked for.
struct Nonsense;

#[interface(name = "org.freedesktop.Notifications")]
impl Nonsense {
    fn notify(
        &self,
        _app_name: String,
        _replaces_id: u32,
        _app_icon: String,
        _summary: String,
        _body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedVariant>,
        _expire_timeout: i32,
    ) -> &'static str {
        "done"
    }

    fn get_capabilities(&self) -> u32 {
        7
    }
}

struct Interface {
    history: Arc<Mutex<Vec<Note>>>,
    manner: Manner,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Interface {
    async fn notify(
        &self,
        app_name: String,
        replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedVariant>,
        _expire_timeout: i32,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> fdo::Result<u32> {
        let at = Instant::now();
        match self.manner.answer {
            Answers::Well => {}
            Answers::After(time) => drop(async_io::Timer::after(time).await),
            Answers::ByLeaving => {
                let _ = connection.clone().close().await;
                return Err(fdo::Error::Failed("gone".into()));
            }
        }
        let mut history = lock(&self.history);
        let id = match replaces_id {
            0 => next_id(&history),
            other => other,
        };
        let desktop_entry = hints.get("desktop-entry");
        history.push(Note {
            id,
            replaces_id,
            app_name,
            summary,
            body,
            actions,
            urgency: Urgency::of(&hints),
            desktop_entry: desktop_entry
                .and_then(|entry| <&str>::try_from(&**entry).ok().map(str::to_owned)),
            closed: false,
            at,
            sender: header.sender().map(ToString::to_string).unwrap_or_default(),
        });
        Ok(id)
    }

    async fn close_notification(
        &self,
        id: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        Ok(close(&self.history, &emitter, id, Closed::ByProgram).await?)
    }

    fn get_capabilities(&self) -> Vec<&str> {
        self.manner.capabilities.to_vec()
    }

    #[zbus(out_args("name", "vendor", "version", "spec_version"))]
    fn get_server_information(&self) -> (&str, &str, &str, &str) {
        ("test desktop", "test", "1", "1.2")
    }

    #[zbus(signal)]
    async fn notification_closed(
        emitter: &SignalEmitter<'_>,
        id: u32,
        reason: u32,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn action_invoked(
        emitter: &SignalEmitter<'_>,
        id: u32,
        action_key: &str,
    ) -> zbus::Result<()>;
}

fn next_id(history: &[Note]) -> u32 {
    history.iter().map(|note| note.id).max().unwrap_or(0) + 1
}

fn lock(history: &Mutex<Vec<Note>>) -> MutexGuard<'_, Vec<Note>> {
    history.lock().expect("no panic under the lock")
}

const NAME: &str = "org.freedesktop.Notifications";

const PATH: &str = "/org/freedesktop/Notifications";

/// A program can listen for clicks only once it has the note's ID, and some begin to listen a
/// moment after they have told the bus so. What comes before is lost, as it is on any desktop; but
/// no user clicks that fast.
const REACTION: Duration = Duration::from_millis(300);
