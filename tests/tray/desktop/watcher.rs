//! The panel's register of tray items: `org.kde.StatusNotifierWatcher`, as KDE Plasma and the
//! GNOME extension for app indicators offer it.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::{Duration, Instant},
};

use zbus::{
    Connection, Message, MessageStream, Optional,
    fdo::{self, DBusProxy, RequestNameFlags},
    interface,
    message::{Header, Type},
    names::UniqueName,
    object_server::SignalEmitter,
};

use super::{
    Bus, Item,
    bus::{Broker, next},
    wait_until,
};

/// A panel: it takes registrations, and hears every signal that tray items send.
///
/// Its items end with it. Ask the next watcher for the items that register there.
#[derive(Debug)]
pub struct Watcher {
    connection: Connection,
    register: Arc<Mutex<Register>>,
}

impl Watcher {
    /// # Panics
    ///
    /// When the bus has a watcher already.
    #[track_caller]
    pub fn start(bus: &Bus) -> Self {
        let register = Arc::default();
        let connection = zbus::block_on(serve(bus.broker(), &register));
        Self {
            connection,
            register,
        }
    }

    /// The tray items that are there now, in the order of their registration.
    pub fn items(&self) -> Vec<Item> {
        let entries = lock(&self.register).entries.clone();
        entries
            .into_iter()
            .map(|entry| Item::new(&self.connection, entry, &self.register))
            .collect()
    }

    /// The first tray item, once there is one.
    #[track_caller]
    pub fn wait_for_item(&self, deadline: Duration) -> Item {
        wait_until("a tray item", deadline, || {
            self.items().into_iter().next().ok_or("no item")
        })
    }

    /// Waits until no tray item is left, as when the program that showed it has ended.
    #[track_caller]
    pub fn wait_until_empty(&self, deadline: Duration) {
        wait_until("the tray to be empty", deadline, || {
            let items = self.items();
            items
                .is_empty()
                .then_some(())
                .ok_or_else(|| format!("{items:?}"))
        });
    }

    /// The panel goes away, as when it crashes.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        zbus::block_on(async {
            // Asked for rather than left to the end of the connection: once this has its answer,
            // the name is free for the next watcher.
            let _ = self.connection.release_name(NAME).await;
            let _ = self.connection.clone().close().await;
        });
    }
}

/// What has been registered and heard.
#[derive(Debug, Default)]
pub(super) struct Register {
    entries: Vec<Entry>,
    pub(super) signals: Vec<Signal>,
}

/// One registration of a tray item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The name that the item registered under: a well-known one, or the owner's own.
    pub(super) service: String,
    /// The unique name of the connection that registered it.
    pub(super) owner: String,
    pub(super) path: String,
}

/// A signal that some program sent.
#[derive(Debug)]
pub(super) struct Signal {
    pub(super) sender: String,
    pub(super) member: String,
    pub(super) at: Instant,
}

async fn serve(broker: &Broker, register: &Arc<Mutex<Register>>) -> Connection {
    let connection = broker.connect().await;
    listen(&connection, register).await;
    let interface = Interface {
        register: Arc::clone(register),
    };
    connection
        .object_server()
        .at(PATH, interface)
        .await
        .expect("an object at the watcher's path");
    // Last, as items register as soon as they see the name.
    connection
        .request_name_with_flags(NAME, RequestNameFlags::DO_NOT_QUEUE)
        .await
        .expect("no other watcher on the bus");
    connection
}

/// Notes the signals of tray items, and removes the items whose programs have left the bus.
async fn listen(connection: &Connection, register: &Arc<Mutex<Register>>) {
    let mut messages = MessageStream::from(connection);
    let bus = DBusProxy::new(connection).await.expect("the bus");
    for rule in SIGNALS {
        let rule = (*rule).try_into().expect("a match rule");
        bus.add_match_rule(rule).await.expect("the bus takes it");
    }
    let (connection, register) = (connection.clone(), Arc::clone(register));
    thread::spawn(move || {
        zbus::block_on(async {
            while let Some(Ok(message)) = next(&mut messages).await {
                if message.message_type() == Type::Signal {
                    hear(&message, &connection, &register).await;
                }
            }
        });
    });
}

async fn hear(message: &Message, connection: &Connection, register: &Mutex<Register>) {
    let at = Instant::now();
    let header = message.header();
    let (Some(sender), Some(member)) = (header.sender(), header.member()) else {
        return;
    };
    if sender != "org.freedesktop.DBus" {
        lock(register).signals.push(Signal {
            sender: sender.to_string(),
            member: member.to_string(),
            at,
        });
        return;
    }
    let body = message.body();
    let Ok((name, _, owner)) =
        body.deserialize::<(&str, Optional<UniqueName<'_>>, Optional<UniqueName<'_>>)>()
    else {
        return;
    };
    if owner.is_some() {
        return;
    }
    let gone: Vec<_> = lock(register)
        .entries
        .extract_if(.., |entry| entry.service == name || entry.owner == name)
        .collect();
    for entry in gone {
        let emitter = SignalEmitter::new(connection, PATH).expect("a path");
        let _ = Interface::status_notifier_item_unregistered(&emitter, &entry.address()).await;
    }
}

impl Entry {
    /// What `RegisterStatusNotifierItem` was called with says where the item is: most programs
    /// give a name of theirs, and the item is at the usual path; the others give the path, and the
    /// item is at the caller.
    fn new(argument: &str, sender: &str) -> Self {
        let (service, path) = if argument.starts_with('/') {
            (sender, argument)
        } else {
            (argument, "/StatusNotifierItem")
        };
        Self {
            service: service.to_owned(),
            owner: sender.to_owned(),
            path: path.to_owned(),
        }
    }

    /// As Plasma lists it.
    fn address(&self) -> String {
        format!("{}{}", self.service, self.path)
    }
}

struct Interface {
    register: Arc<Mutex<Register>>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Interface {
    async fn register_status_notifier_item(
        &self,
        service: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        let sender = header
            .sender()
            .ok_or_else(|| fdo::Error::Failed("a call without a sender".into()))?;
        let entry = Entry::new(service, sender);
        let address = entry.address();
        {
            let mut register = lock(&self.register);
            if register.entries.contains(&entry) {
                return Ok(());
            }
            register.entries.push(entry);
        }
        Self::status_notifier_item_registered(&emitter, &address).await?;
        Ok(())
    }

    async fn register_status_notifier_host(
        &self,
        _service: &str,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        Self::status_notifier_host_registered(&emitter).await?;
        Ok(())
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        let register = lock(&self.register);
        register.entries.iter().map(Entry::address).collect()
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(
        emitter: &SignalEmitter<'_>,
        service: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_item_unregistered(
        emitter: &SignalEmitter<'_>,
        service: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_host_unregistered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}

pub(super) fn lock(register: &Mutex<Register>) -> MutexGuard<'_, Register> {
    register.lock().expect("no panic under the lock")
}

const NAME: &str = "org.kde.StatusNotifierWatcher";

const PATH: &str = "/StatusNotifierWatcher";

/// Everything that a tray item may send, and the news of who leaves the bus.
const SIGNALS: &[&str] = &[
    "type='signal',interface='org.kde.StatusNotifierItem'",
    "type='signal',interface='com.canonical.dbusmenu'",
    "type='signal',interface='org.freedesktop.DBus.Properties'",
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'",
];
