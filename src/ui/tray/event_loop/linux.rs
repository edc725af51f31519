//! Linux: the icon lives on D-Bus (StatusNotifierItem); the loop is a channel.

use std::sync::mpsc::{Receiver, Sender, channel};

use tray_icon::{Icon, MouseButtonState, TrayIcon, TrayIconBuilder};

use super::{IconStyle, ToScreen, forward_clicks};
use crate::app::driver::Driver;
use crate::ui::tray::menu::Painter;

/// Nothing tells the colour of the panel. The desktop's colour scheme (`color-scheme` of the
/// Settings portal) is that of the windows: GNOME and KDE's Breeze Twilight have a dark panel
/// over light ones. So the colours are between light and dark, and a thin edge lifts them off.
pub const ICON_STYLE: IconStyle = IconStyle::Coloured;

/// A click comes as a whole.
pub const OPENS_MENU: MouseButtonState = MouseButtonState::Up;

/// What it means when no icon can be made.
pub const NO_TRAY: &str = "cannot reach the desktop's session bus (DBUS_SESSION_BUS_ADDRESS); \
     start the tray from within a desktop session, or use the `inneros` command";

pub struct Loop {
    sender: Sender<ToScreen>,
    receiver: Receiver<ToScreen>,
}

/// Sends to the loop from any thread.
#[derive(Clone)]
pub struct Proxy(Sender<ToScreen>);

impl Loop {
    #[allow(clippy::unnecessary_wraps)] // The same shape as on macOS, where it can fail.
    pub fn new() -> anyhow::Result<Self> {
        let (sender, receiver) = channel();
        Ok(Self { sender, receiver })
    }

    pub fn proxy(&self) -> Proxy {
        Proxy(self.sender.clone())
    }

    /// Shows the icon and paints until it is told to quit.
    #[allow(clippy::needless_pass_by_value)] // Kept for as long as the loop runs.
    pub fn run(self, driver: Driver<Proxy>) -> anyhow::Result<()> {
        // Where the panel opens the menu with the right button only, the left one has
        // the state said.
        forward_clicks(&driver, driver.teller());
        let mut painter = Painter::new(&driver.view())?;
        driver.appeared();
        for message in self.receiver {
            match message {
                ToScreen::Paint(view) => painter.paint(*view),
                ToScreen::Quit => break,
            }
        }
        Ok(())
    }
}

impl Proxy {
    pub(super) fn send(&self, message: ToScreen) {
        // The loop is gone only when the tray quits.
        let _ = self.0.send(message);
    }
}

/// The name stands above the tooltip.
pub fn dress(builder: TrayIconBuilder, icon: Option<Icon>) -> TrayIconBuilder {
    let builder = builder.with_title("InnerOS");
    match icon {
        Some(icon) => builder.with_icon(icon),
        None => builder,
    }
}

/// The tooltip says it to everybody.
pub fn describe(_tray: &TrayIcon, _words: &str) {}

pub fn set_icon(tray: &TrayIcon, icon: Option<Icon>) -> tray_icon::Result<()> {
    tray.set_icon(icon)
}
