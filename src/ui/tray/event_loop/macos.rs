//! macOS: a tao event loop that waits.
//!
//! tao hands user events over while the menu is open, and work done then can close
//! it (tauri-apps/tao#1324): an event is sent only when something has changed, and
//! does no more than write the difference.

use tao::event::{Event, StartCause};
use tao::event_loop::{ControlFlow, EventLoop, EventLoopBuilder, EventLoopProxy};
use tao::platform::macos::{ActivationPolicy, EventLoopExtMacOS};
use tray_icon::{Icon, TrayIcon, TrayIconBuilder};

use super::{IconStyle, ToScreen, forward_clicks};
use crate::model::view::View;
use crate::ui::tray::app::App;
use crate::ui::tray::menu::Painter;

pub const ICON_STYLE: IconStyle = IconStyle::Template;

/// What it means when no icon can be made.
pub const NO_TRAY: &str = "cannot put an icon into the menu bar";

pub struct Loop {
    event_loop: EventLoop<ToScreen>,
}

/// Sends to the loop from any thread.
#[derive(Clone)]
pub struct Proxy(EventLoopProxy<ToScreen>);

impl Loop {
    #[allow(clippy::unnecessary_wraps)] // The same shape as on Linux.
    pub fn new() -> anyhow::Result<Self> {
        let mut event_loop = EventLoopBuilder::<ToScreen>::with_user_event().build();
        // No icon in the Dock, no menu bar of its own, no stolen focus.
        event_loop.set_activation_policy(ActivationPolicy::Accessory);
        event_loop.set_activate_ignoring_other_apps(false);
        Ok(Self { event_loop })
    }

    pub fn proxy(&self) -> Proxy {
        Proxy(self.event_loop.create_proxy())
    }

    /// Shows the icon and paints until it is told to quit. It does not come back: the
    /// process ends with the loop.
    pub fn run(self, app: App) -> anyhow::Result<()> {
        forward_clicks(&app);
        let mut painter: Option<Painter> = None;
        self.event_loop.run(move |event, _, flow| {
            *flow = ControlFlow::Wait;
            #[allow(clippy::wildcard_enum_match_arm)] // tao's events are not ours to list.
            match event {
                // The loop must be running before an icon is made.
                Event::NewEvents(StartCause::Init) => match Painter::new(&app.view()) {
                    Ok(made) => painter = Some(made),
                    Err(error) => {
                        tracing::error!("{error:#}");
                        *flow = ControlFlow::ExitWithCode(1);
                    }
                },
                Event::UserEvent(ToScreen::Paint(view)) => {
                    if let Some(painter) = &mut painter {
                        painter.paint(&view);
                    }
                }
                Event::UserEvent(ToScreen::Quit) => {
                    painter = None;
                    *flow = ControlFlow::Exit;
                }
                _ => {}
            }
        })
    }
}

impl Proxy {
    pub fn paint(&self, view: View) {
        self.send(ToScreen::Paint(Box::new(view)));
    }

    pub fn quit(&self) {
        self.send(ToScreen::Quit);
    }

    fn send(&self, message: ToScreen) {
        // The loop is gone only when the tray quits.
        let _ = self.0.send_event(message);
    }
}

/// The system keeps the place of the icon in the menu bar under this name.
pub fn dress(builder: TrayIconBuilder, icon: Option<Icon>) -> TrayIconBuilder {
    let builder = builder.with_autosave_name("inneros");
    match icon {
        Some(icon) => builder.with_icon_templated(icon),
        None => builder,
    }
}

pub fn set_icon(tray: &TrayIcon, icon: Option<Icon>) -> tray_icon::Result<()> {
    tray.set_icon_templated(icon)
}
