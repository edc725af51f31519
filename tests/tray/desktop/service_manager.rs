//! The session's service manager: `org.freedesktop.systemd1`, as far as scopes go.

use std::sync::{Arc, Mutex};

use zbus::{Connection, OwnedVariant, fdo::RequestNameFlags, interface};

use super::Bus;

/// A service manager that makes no scopes and remembers who asked for one.
pub struct ServiceManager {
    _connection: Connection,
    scopes: Arc<Mutex<Vec<Scope>>>,
}

/// A scope that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub name: String,
    pub pids: Vec<u32>,
}

impl ServiceManager {
    pub fn start(bus: &Bus) -> Self {
        let scopes = Arc::default();
        let manager = Manager {
            scopes: Arc::clone(&scopes),
        };
        let broker = bus.broker().clone();
        let connection = zbus::block_on(async {
            let connection = broker.connect().await;
            let server = connection.object_server();
            server
                .at("/org/freedesktop/systemd1", manager)
                .await
                .expect("an object at the manager's path");
            connection
                .request_name_with_flags("org.freedesktop.systemd1", RequestNameFlags::DO_NOT_QUEUE)
                .await
                .expect("no other service manager on the bus");
            connection
        });
        Self {
            _connection: connection,
            scopes,
        }
    }

    /// Every scope that was asked for, in order.
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes.lock().expect("no panic elsewhere").clone()
    }
}

struct Manager {
    scopes: Arc<Mutex<Vec<Scope>>>,
}

#[interface(name = "org.freedesktop.systemd1.Manager")]
impl Manager {
    fn start_transient_unit(
        &self,
        name: String,
        _mode: String,
        properties: Vec<(String, OwnedVariant)>,
        _auxiliary: Vec<(String, Vec<(String, OwnedVariant)>)>,
    ) -> zbus::fdo::Result<zbus::OwnedObjectPath> {
        let pids = properties
            .into_iter()
            .find(|(key, _)| key == "PIDs")
            .map(|(_, value)| Vec::<u32>::try_from(value).expect("a list of PIDs"))
            .unwrap_or_default();
        let mut scopes = self.scopes.lock().expect("no panic elsewhere");
        scopes.push(Scope { name, pids });
        zbus::OwnedObjectPath::try_from("/org/freedesktop/systemd1/job/1")
            .map_err(|error| zbus::fdo::Error::Failed(error.to_string()))
    }
}
