//! The session bus of a Linux desktop: a connection, and what comes over it.

#![cfg(target_os = "linux")]

use std::thread;
use std::time::Duration;

use futures_lite::future::{block_on, or};
use futures_lite::stream::StreamExt;
use zbus5::connection::Builder;
use zbus5::{Connection, Message, MessageStream};

/// So long whoever is asked may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connects. `hear` is called on a thread of this name with each message that comes, and with
/// nothing when the connection is over. It must not wait for an answer.
pub async fn connect(
    thread: &str,
    hear: impl Fn(&Connection, Option<Message>) + Send + 'static,
) -> zbus5::Result<Connection> {
    let bus = Builder::session()?
        .method_timeout(PATIENCE)
        // Its work is done on the same thread.
        .internal_executor(false)
        .build()
        .await?;
    let mut heard = MessageStream::from(&bus);
    let ours = bus.clone();
    let thread = thread::Builder::new().name(thread.into());
    thread.spawn(move || {
        let work = async {
            loop {
                ours.executor().tick().await;
            }
        };
        let listen = async {
            while let Some(Ok(message)) = heard.next().await {
                hear(&ours, Some(message));
            }
            hear(&ours, None);
        };
        block_on(or(listen, work));
    })?;
    Ok(bus)
}
