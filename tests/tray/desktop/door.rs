//! The door of the session bus: it lets programs in, and answers the calls that busd does not.

use std::{
    io,
    os::{
        fd::OwnedFd,
        unix::net::{UnixListener, UnixStream},
    },
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use busd::peers::Peers;
use zbus::{
    Connection, Message, MessageStream, OwnedGuid,
    connection::{
        AuthMechanism, Builder,
        socket::{ReadHalf, Split, WriteHalf},
    },
    export::async_trait::async_trait,
    fdo::ConnectionCredentials,
    message::{Flags, Type},
    names::BusName,
};

use super::bus::{BUS_NAME, Traffic, next};

/// Lets programs in until `stopping` is set and one more comes.
pub(super) fn stand_at_the_door(
    listener: &UnixListener,
    stopping: &AtomicBool,
    peers: &Arc<Peers>,
    guid: &OwnedGuid,
    traffic: &Traffic,
) {
    for (number, visitor) in (1..).zip(listener.incoming()) {
        if stopping.load(Ordering::Acquire) {
            return;
        }
        let visitor = visitor.expect("a program that connects");
        let (peers, guid, traffic) = (Arc::clone(peers), guid.clone(), traffic.clone());
        // One that is slow to say who it is must not keep the next one waiting.
        thread::spawn(move || {
            // One that goes away meanwhile is no failure.
            let _ = zbus::block_on(admit(visitor, number, peers, guid, traffic));
        });
    }
}

async fn admit(
    visitor: UnixStream,
    number: usize,
    peers: Arc<Peers>,
    guid: OwnedGuid,
    traffic: Traffic,
) -> zbus::Result<()> {
    let messages = Builder::unix_stream(visitor)
        .server(guid.clone())
        .p2p()
        .auth_mechanism(AuthMechanism::External)
        .build_message_stream()
        .await?;
    let connection = Connection::from(&messages);
    let pid = connection.peer_creds().await?.process_id();
    let door = Split::new(
        Box::new(FromProgram {
            messages,
            connection: connection.clone(),
            peers: Arc::clone(&peers),
            pid,
            traffic,
        }) as Box<dyn ReadHalf>,
        Box::new(ToProgram { connection }) as Box<dyn WriteHalf>,
    );
    peers
        .add(
            &guid,
            number,
            Builder::authenticated_socket(door, guid.clone()),
            AuthMechanism::External,
            PATIENCE,
        )
        .await
        .map_err(|error| zbus::Error::Failure(error.to_string()))
}

/// What busd reads of a program's messages.
///
/// busd leaves a call to a name that nobody owns without an answer, and so its caller waiting for
/// ever. A session bus answers that there is no such service, and programs count on it to start
/// on a desktop without a panel or without notifications.
#[derive(Debug)]
struct FromProgram {
    messages: MessageStream,
    connection: Connection,
    peers: Arc<Peers>,
    pid: Option<u32>,
    traffic: Traffic,
}

#[async_trait]
impl ReadHalf for FromProgram {
    async fn receive_message(
        &mut self,
        _sequence: u64,
        _bytes: &mut Vec<u8>,
        _descriptors: &mut Vec<OwnedFd>,
    ) -> zbus::Result<Message> {
        loop {
            let Some(message) = next(&mut self.messages).await else {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            };
            let message = message?;
            self.traffic.count(self.pid);
            let Some(refusal) = self.refusal(&message).await? else {
                return Ok(message);
            };
            if !expects_no_reply(&message) {
                self.connection.send(&refusal).await?;
            }
        }
    }
}

impl FromProgram {
    /// The answer to a call that nobody is there to take.
    async fn refusal(&self, message: &Message) -> zbus::Result<Option<Message>> {
        let header = message.header();
        let (Type::MethodCall, Some(destination)) = (message.message_type(), header.destination())
        else {
            return Ok(None);
        };
        let is_there = match destination {
            BusName::WellKnown(name) => {
                let names = self.peers.name_registry().await;
                *name == BUS_NAME || names.lookup(name.clone()).is_some()
            }
            BusName::Unique(name) => self.peers.peers().await.contains_key(name.as_str()),
        };
        if is_there {
            return Ok(None);
        }
        Message::error(&header, "org.freedesktop.DBus.Error.ServiceUnknown")
            .sender(BUS_NAME)
            .build(&format!(
                "The name {destination} was not provided by any .service files"
            ))
            .map(Some)
    }
}

fn expects_no_reply(message: &Message) -> bool {
    message
        .primary_header()
        .flags()
        .contains(Flags::NO_REPLY_EXPECTED)
}

/// What busd writes to a program.
#[derive(Debug)]
struct ToProgram {
    connection: Connection,
}

#[async_trait]
impl WriteHalf for ToProgram {
    async fn send_message(&mut self, message: &Message) -> zbus::Result<()> {
        self.connection.send(message).await
    }

    /// The kernel's word on who is behind the door.
    async fn peer_credentials(&mut self) -> io::Result<ConnectionCredentials> {
        let known = self.connection.peer_creds().await?;
        let credentials = ConnectionCredentials::default();
        Ok(match known.process_id() {
            Some(pid) => credentials.set_process_id(pid),
            None => credentials,
        })
    }

    async fn close(&mut self) -> io::Result<()> {
        self.connection
            .clone()
            .close()
            .await
            .map_err(io::Error::other)
    }
}

/// How long a program may leave its messages unread before it is disconnected. busd's own limit of
/// 100 ms is too short for a machine that builds something else at the same time.
const PATIENCE: Duration = Duration::from_secs(30);
