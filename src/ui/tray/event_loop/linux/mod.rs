//! Linux: the icon lives on D-Bus; the loop is a channel.

mod item;

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;

use self::item::{Calls, Placed};
use crate::app::driver::{Driver, Screen};
use crate::model::screen::notice::Notice;
use crate::model::screen::view::View;
use crate::os::desktop::{self, Event};

/// What it means when no icon can be made.
const NO_BUS: &str = "cannot reach the desktop's session bus (DBUS_SESSION_BUS_ADDRESS); \
     start the tray from within a desktop session, or use the `inneros` command";

/// A panel that starts with the session may come a little later than the tray.
const PANEL_COMES: Duration = Duration::from_secs(5);

/// So often the icon may lose its connection: then something is wrong that placing it again does
/// not mend.
const LOSSES: usize = 5;

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
    Placed(Result<Placed, ksni::Error>),
    /// The item's connection is over, and the session's is not.
    Lost,
    /// A panel came, or went.
    Panel(bool),
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
        take_part(&driver, self.proxy(), id)?;
        self.place(&driver, id)?;
        let mut item: Option<Placed> = None;
        let mut losses = 0;
        // When to say that no panel came.
        let mut patience: Option<Instant> = None;
        loop {
            let message = match patience {
                None => self.receiver.recv().ok(),
                Some(until) => match self.receiver.recv_timeout(left(until)) {
                    Err(RecvTimeoutError::Timeout) => {
                        patience = None;
                        tell_no_panel(&driver);
                        continue;
                    }
                    message => message.ok(),
                },
            };
            match message {
                // A menu that was opened meanwhile may show a later view already.
                Some(ToLoop::Paint) => paint(item.as_ref(), driver.view()),
                Some(ToLoop::Placed(placed)) => {
                    let placed = placed.context(NO_BUS)?;
                    placed.show(driver.view());
                    item = Some(placed);
                    if losses == 0 {
                        driver.appeared();
                    }
                }
                Some(ToLoop::Lost) => {
                    losses += 1;
                    anyhow::ensure!(
                        losses <= LOSSES,
                        "the icon loses its connection again and again"
                    );
                    tracing::warn!("the icon has lost its connection: places it again");
                    // What is left of it would ask its connection without end.
                    if let Some(item) = item.take() {
                        item.remove();
                    }
                    self.place(&driver, id)?;
                }
                Some(ToLoop::Panel(true)) => {
                    tracing::info!("a panel shows the icon");
                    patience = None;
                }
                Some(ToLoop::Panel(false)) => {
                    tracing::info!("no panel shows the icon; waits for one");
                    // One that has been there and goes is no reason to say it.
                    patience = item.is_none().then(|| Instant::now() + PANEL_COMES);
                }
                Some(ToLoop::Quit) | None => break,
            }
        }
        if let Some(item) = item {
            item.remove();
        }
        Ok(())
    }

    /// Puts the item on the bus, without waiting for panels that do not answer.
    fn place(&self, driver: &Driver<Proxy>, id: &str) -> anyhow::Result<()> {
        let (placed, panel) = (self.proxy(), self.proxy());
        let calls = Calls {
            choose: Box::new(driver.chooser()),
            activate: Box::new(driver.teller()),
            open: Box::new(driver.opener()),
            panel: Box::new(move |is_there| panel.send(ToLoop::Panel(is_there))),
        };
        let (id, view) = (id.to_owned(), driver.view());
        let thread = thread::Builder::new().name("item".into());
        thread.spawn(move || placed.send(ToLoop::Placed(item::place(id, view, calls))))?;
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
fn take_part(driver: &Driver<Proxy>, item: Proxy, id: &str) -> anyhow::Result<()> {
    let (tell, quit) = (driver.teller(), driver.quitter());
    desktop::take_part(id, move |event| match event {
        Event::Activated => tell(),
        Event::IconLost => item.send(ToLoop::Lost),
        Event::Ended => {
            tracing::warn!("the session bus is gone: quits");
            quit();
        }
    })
    .map_err(anyhow::Error::msg)
    .context(NO_BUS)
}

/// One update a view: the panels hear once of all that has changed.
fn paint(item: Option<&Placed>, view: View) {
    if let Some(item) = item {
        item.show(view);
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
