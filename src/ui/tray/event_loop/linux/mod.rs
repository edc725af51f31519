//! Linux: the icon lives on D-Bus; the loop is a channel.

mod item;

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures_lite::future::block_on;
use ksni::{Handle, TrayMethods};

use self::item::{Calls, TrayItem};
use crate::app::driver::{Driver, Screen};
use crate::model::screen::icon::Icon;
use crate::model::screen::notice::Notice;
use crate::model::screen::view::View;
use crate::os::desktop::{self, Event};

/// What it means when no icon can be made.
const NO_BUS: &str = "cannot reach the desktop's session bus (DBUS_SESSION_BUS_ADDRESS); \
     start the tray from within a desktop session, or use the `inneros` command";

/// A panel that starts with the session may come a little later than the tray.
const PANEL_COMES: Duration = Duration::from_secs(5);

/// So long after it was opened a menu keeps its rows. Nobody tells when it is closed, and one
/// that GTK opens with the rows of before is cut off.
const AIMS: Duration = Duration::from_secs(3);

pub struct Loop {
    sender: Sender<ToLoop>,
    receiver: Receiver<ToLoop>,
}

/// What the loop is sent.
enum ToLoop {
    /// The driver has another view.
    Paint,
    /// End.
    Quit,
    /// The item is on the bus, or cannot be.
    Placed(Result<Handle<TrayItem>, ksni::Error>),
    /// A panel came, or went.
    Panel(bool),
    /// The menu was opened.
    Opened,
}

/// Sends to the loop from any thread.
#[derive(Clone)]
pub struct Proxy(Sender<ToLoop>);

impl Loop {
    #[allow(clippy::unnecessary_wraps)] // The same shape as on macOS, where it can fail.
    pub fn new() -> anyhow::Result<Self> {
        let (sender, receiver) = channel();
        Ok(Self { sender, receiver })
    }

    pub fn proxy(&self) -> Proxy {
        Proxy(self.sender.clone())
    }

    /// Shows the icon of the tray that is called `id`, and paints until it is told to quit.
    #[allow(clippy::needless_pass_by_value)] // Kept for as long as the loop runs.
    pub fn run(self, driver: Driver<Proxy>, id: &str) -> anyhow::Result<()> {
        take_part(&driver, id)?;
        self.place(&driver, id)?;
        let mut handle = None;
        let let_go = driver.holder();
        // When to say that no panel came, and when a menu may have other rows.
        let (mut patience, mut held): (Option<Instant>, Option<Instant>) = (None, None);
        loop {
            let message = match patience.into_iter().chain(held).min() {
                None => self.receiver.recv().ok(),
                Some(until) => match self.receiver.recv_timeout(left(until)) {
                    Err(RecvTimeoutError::Timeout) => {
                        if held.take_if(|until| left(*until).is_zero()).is_some() {
                            let_go(false);
                        }
                        if patience.take_if(|until| left(*until).is_zero()).is_some() {
                            tell_no_panel(&driver);
                        }
                        continue;
                    }
                    message => message.ok(),
                },
            };
            match message {
                Some(ToLoop::Opened) => held = Some(Instant::now() + AIMS),
                // A menu that was opened meanwhile may show a later view already.
                Some(ToLoop::Paint) => paint(handle.as_ref(), driver.view()),
                Some(ToLoop::Placed(placed)) => {
                    let placed = placed.context(NO_BUS)?;
                    paint(Some(&placed), driver.view());
                    handle = Some(placed);
                    driver.appeared();
                }
                Some(ToLoop::Panel(true)) => {
                    tracing::info!("a panel shows the icon");
                    patience = None;
                }
                Some(ToLoop::Panel(false)) => {
                    tracing::info!("no panel shows the icon; waits for one");
                    patience = handle.is_none().then(|| Instant::now() + PANEL_COMES);
                }
                Some(ToLoop::Quit) | None => break,
            }
        }
        if let Some(handle) = handle {
            block_on(handle.shutdown());
        }
        Ok(())
    }

    /// Puts the item on the bus, without waiting for panels that do not answer.
    fn place(&self, driver: &Driver<Proxy>, id: &str) -> anyhow::Result<()> {
        let (placed, panel, opened) = (self.proxy(), self.proxy(), self.proxy());
        let (choose, hold, open) = (driver.chooser(), driver.holder(), driver.opener());
        let calls = Calls {
            choose: Box::new(move |row| {
                choose(row);
                // A menu closes with the choice.
                hold(false);
            }),
            open: Box::new(move || {
                opened.send(ToLoop::Opened);
                open()
            }),
            panel: Box::new(move |is_there| panel.send(ToLoop::Panel(is_there))),
        };
        let is_themed = Icon::ALL
            .iter()
            .all(|icon| desktop::has_icon(icon.themed()));
        let item = TrayItem::new(id.to_owned(), is_themed, driver.view(), calls);
        let thread = thread::Builder::new().name("item".into());
        thread.spawn(move || {
            let handle = block_on(item.assume_sni_available(true).spawn());
            placed.send(ToLoop::Placed(handle));
        })?;
        Ok(())
    }
}

impl Screen for Proxy {
    fn paint(&self, _view: View) {
        self.send(ToLoop::Paint);
    }

    fn quit(&self) {
        self.send(ToLoop::Quit);
    }
}

impl Proxy {
    fn send(&self, message: ToLoop) {
        // The loop is gone only when the tray quits.
        let _ = self.0.send(message);
    }
}

/// The end of the session is the end of the tray: without its bus it would have no icon, and
/// keep the next session's from coming.
fn take_part(driver: &Driver<Proxy>, id: &str) -> anyhow::Result<()> {
    let (tell, quit) = (driver.teller(), driver.quitter());
    desktop::take_part(id, move |event| match event {
        Event::Activated => tell(),
        Event::Ended => {
            tracing::warn!("the session bus is gone: quits");
            quit();
        }
    })
    .map_err(anyhow::Error::msg)
    .context(NO_BUS)
}

/// One update a view: the panels hear once of all that has changed.
fn paint(handle: Option<&Handle<TrayItem>>, view: View) {
    if let Some(handle) = handle {
        block_on(handle.update(|item| item.show(view)));
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

fn tell_no_panel(driver: &Driver<Proxy>) {
    let hint = desktop::NO_PANEL;
    tracing::warn!("no panel shows tray icons: {hint}");
    // Nobody need read it.
    let _ = writeln!(io::stderr(), "no panel shows tray icons: {hint}");
    driver.notify(Notice {
        title: "InnerOS has no place for its icon".into(),
        body: format!("No panel shows tray icons: {hint}."),
        urgent: false,
        actions: &[],
    });
}
