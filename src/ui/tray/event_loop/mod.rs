//! The platform's event loop: it paints views and passes clicks on, and no more.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as platform;

pub use platform::{ICON_STYLE, Loop, NO_TRAY, Proxy, describe, dress, set_icon};

use tray_icon::menu::MenuEvent;
use tray_icon::{MouseButton, MouseButtonState, TrayIconEvent};

use crate::app::driver::{Driver, Screen};
use crate::model::screen::view::View;

/// How the icons are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code)] // Each platform uses one of them.
pub enum IconStyle {
    /// Black with transparency: the system colours it to fit the menu bar.
    Template,
    /// In colours that can be seen on a light and on a dark panel.
    Coloured,
}

/// What the loop is sent.
#[derive(Debug)]
pub enum ToScreen {
    /// Show this from now on.
    Paint(Box<View>),
    /// End.
    Quit,
}

impl Screen for Proxy {
    fn paint(&self, view: View) {
        self.send(ToScreen::Paint(Box::new(view)));
    }

    fn quit(&self) {
        self.send(ToScreen::Quit);
    }
}

/// Passes clicks on to the app: of rows, and of the icon itself with the left button.
fn forward_clicks(driver: &Driver<Proxy>, on_left_click: impl Fn() + Send + Sync + 'static) {
    let choose = driver.chooser();
    MenuEvent::set_event_handler(Some(move |event: MenuEvent| {
        match event.id().as_ref().parse() {
            Ok(row) => choose(row),
            Err(error) => tracing::error!("a menu item without a row: {error}"),
        }
    }));
    let nudge = driver.nudger();
    TrayIconEvent::set_event_handler(Some(move |event| {
        // The menu opens with the click: what it shows should be of this moment.
        if let TrayIconEvent::Click {
            button,
            button_state,
            ..
        } = event
        {
            if button_state == platform::OPENS_MENU {
                nudge();
            }
            if (button, button_state) == (MouseButton::Left, MouseButtonState::Up) {
                on_left_click();
            }
        }
    }));
}
