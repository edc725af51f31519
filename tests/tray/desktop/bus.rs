//! The session bus: the broker of the `busd` crate on a socket in a temporary folder.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use busd::peers::Peers;
use tempfile::TempDir;
use zbus::{
    Connection, Message, MessageStream, Optional, connection::Builder,
    export::futures_core::Stream, names::UniqueName,
};

use super::{door::stand_at_the_door, wait_until};

/// A session bus of the test's own. It ends, and disconnects everyone, when it is dropped.
pub struct Bus {
    broker: Broker,
    socket: PathBuf,
    stopping: Arc<AtomicBool>,
    traffic: Traffic,
    door: Option<JoinHandle<()>>,
    _folder: TempDir,
}

impl Bus {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the bus");
        let socket = folder.path().join("bus");
        let listener = UnixListener::bind(&socket).expect("the socket of the bus");
        let stopping = Arc::new(AtomicBool::new(false));
        let traffic = Traffic::default();

        // busd insists on a socket of its own. Nobody is told of it: programs come by the door.
        let unused = format!("unix:path={}", folder.path().join("unused").display());
        let (sender, receiver) = mpsc::channel();
        let door = thread::spawn({
            let stopping = Arc::clone(&stopping);
            let traffic = traffic.clone();
            move || {
                let bus = zbus::block_on(busd::bus::Bus::for_address(Some(&unused)))
                    .expect("the broker of the bus");
                sender
                    .send(Arc::clone(bus.peers()))
                    .expect("the test waits for the bus");
                stand_at_the_door(&listener, &stopping, bus.peers(), bus.guid(), &traffic);
            }
        });
        let peers = receiver.recv().expect("the bus starts");

        Self {
            broker: Broker {
                address: format!("unix:path={}", socket.display()),
                peers,
                desktop: Arc::default(),
            },
            socket,
            stopping,
            traffic,
            door: Some(door),
            _folder: folder,
        }
    }

    /// What a program needs as `DBUS_SESSION_BUS_ADDRESS`.
    pub fn address(&self) -> &str {
        &self.broker.address
    }

    /// How many messages the process with this PID has sent, over all of its connections.
    pub fn messages_from(&self, pid: u32) -> usize {
        self.traffic.from(pid)
    }

    /// Waits until a program has asked to be told when the service `name` comes.
    ///
    /// A program that finds no service asks the bus to be told of it, and that takes a moment, in
    /// which it would miss a service that comes.
    ///
    /// # Panics
    ///
    /// When `deadline` has passed.
    #[track_caller]
    pub fn wait_until_awaited(&self, name: &str, deadline: Duration) {
        let nobody = Optional::<UniqueName<'_>>::from(None);
        let somebody = Optional::from(Some(UniqueName::from_static_str_unchecked(":test.1")));
        let arrival = Message::signal("/org/freedesktop/DBus", BUS_NAME, "NameOwnerChanged")
            .sender(BUS_NAME)
            .build(&(name, nobody, somebody))
            .expect("a signal of the bus");

        wait_until(&format!("a program that awaits {name}"), deadline, || {
            let programs = self.broker.programs_that_hear(&arrival);
            programs.first().map(|_| ()).ok_or("none")
        });
    }

    /// Ends the connection of this unique name, as a bus does with a program that sends nonsense.
    pub fn disconnect(&self, name: &str) {
        zbus::block_on(async {
            let peers = self.broker.peers.peers().await;
            let client = peers.get(name).expect("who is on the bus").conn().clone();
            // A client that goes is removed under this lock.
            drop(peers);
            let _ = client.close().await;
        });
    }

    pub(super) fn broker(&self) -> &Broker {
        &self.broker
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Release);
        // The door looks up only when somebody comes.
        let _ = UnixStream::connect(&self.socket);
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
        zbus::block_on(self.broker.disconnect_all());
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Bus").field(&self.address()).finish()
    }
}

/// How many messages each process has sent, by its PID.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic(Arc<Mutex<HashMap<u32, usize>>>);

impl Traffic {
    pub(super) fn count(&self, pid: Option<u32>) {
        let pid = pid.expect("the kernel says who connects to a socket");
        *self.lock().entry(pid).or_default() += 1;
    }

    fn from(&self, pid: u32) -> usize {
        self.lock().get(&pid).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, usize>> {
        self.0.lock().expect("no panic under the lock")
    }
}

/// The bus as the desktop's services hold it.
#[derive(Clone)]
pub(super) struct Broker {
    address: String,
    peers: Arc<Peers>,
    /// The names of the desktop's own connections, to tell them from the programs under test.
    desktop: Arc<Mutex<HashSet<String>>>,
}

impl Broker {
    /// A connection for a part of the desktop.
    pub(super) async fn connect(&self) -> Connection {
        let connection = Builder::address(self.address.as_str())
            // A program that hangs must fail the test, not hang it.
            .method_timeout(Duration::from_secs(10))
            .build()
            .await
            .expect("a connection to the bus");
        let name = connection.unique_name().expect("the bus gives a name");
        let mut desktop = self.desktop.lock().expect("no panic under the lock");
        desktop.insert(name.to_string());
        drop(desktop);
        connection
    }

    /// The programs under test, by unique name, that would receive `signal` if it were sent now.
    pub(super) fn programs_that_hear(&self, signal: &Message) -> Vec<String> {
        let desktop = self
            .desktop
            .lock()
            .expect("no panic under the lock")
            .clone();
        zbus::block_on(async {
            let names = self.peers.name_registry().await;
            let peers = self.peers.peers().await;
            peers
                .values()
                .filter(|peer| !desktop.contains(peer.unique_name().as_str()))
                .filter(|peer| peer.interested(signal, &names))
                .map(|peer| peer.unique_name().to_string())
                .collect()
        })
    }

    /// Whether somebody of this unique name is on the bus.
    pub(super) fn knows(&self, name: &str) -> bool {
        zbus::block_on(async { self.peers.peers().await.contains_key(name) })
    }

    async fn disconnect_all(&self) {
        let peers = self.peers.peers().await;
        let clients: Vec<_> = peers
            .values()
            .filter(|peer| peer.unique_name().as_str() != BUS_NAME)
            .map(|peer| peer.conn().clone())
            .collect();
        // A client that goes is removed under this lock.
        drop(peers);
        for client in clients {
            let _ = client.close().await;
        }
    }
}

/// The next message, or `None` once the connection has ended.
pub(super) async fn next(stream: &mut MessageStream) -> Option<zbus::Result<Message>> {
    std::future::poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

pub(super) const BUS_NAME: &str = "org.freedesktop.DBus";
