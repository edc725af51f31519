//! macOS: a tao event loop that waits.
//!
//! tao hands user events over while the menu is open, and work done then can close
//! it (tauri-apps/tao#1324): an event is sent only when something has changed, and
//! does no more than write the difference.

#![allow(unsafe_code)] // Observers of AppKit's.

mod menu;

use std::ptr::NonNull;
use std::rc::Rc;

use block2::RcBlock;
use objc2_app_kit::{
    NSAccessibility, NSMenuDidBeginTrackingNotification, NSMenuDidEndTrackingNotification,
    NSWorkspace, NSWorkspaceDidWakeNotification,
};
use objc2_foundation::{MainThreadMarker, NSNotification, NSNotificationCenter, NSString};
use tao::event::{Event, StartCause};
use tao::event_loop::{ControlFlow, EventLoop, EventLoopBuilder, EventLoopProxy};
use tao::platform::macos::{ActivationPolicy, EventLoopExtMacOS};
use tray_icon::menu::MenuEvent;
use tray_icon::{Icon, MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};

use self::menu::Painter;
use crate::app::driver::{Driver, Screen};
use crate::model::screen::view::View;
use crate::ui::tray::icon::IconStyle;

pub const ICON_STYLE: IconStyle = IconStyle::Template;

/// The menu opens when the button goes down, and has it until it comes up.
pub const OPENS_MENU: MouseButtonState = MouseButtonState::Down;

/// What it means when no icon can be made.
pub const NO_TRAY: &str = "cannot put an icon into the menu bar";

pub struct Loop {
    event_loop: EventLoop<ToScreen>,
}

/// What the loop is sent.
#[derive(Debug)]
enum ToScreen {
    /// Show this from now on.
    Paint(Box<View>),
    /// End.
    Quit,
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
    pub fn run(self, driver: Driver<Proxy>, _id: &str) -> anyhow::Result<()> {
        // Both buttons open the menu.
        forward_clicks(&driver, || {});
        on_wake(driver.nudger());
        on_menu(driver.holder());
        let tell = driver.teller();
        let mut painter: Option<Painter> = None;
        self.event_loop.run(move |event, _, flow| {
            *flow = ControlFlow::Wait;
            #[allow(clippy::wildcard_enum_match_arm)] // tao's events are not ours to list.
            match event {
                // The loop must be running before an icon is made.
                Event::NewEvents(StartCause::Init) => match Painter::new(&driver.view()) {
                    Ok(made) => {
                        painter = Some(made);
                        driver.appeared();
                    }
                    Err(error) => {
                        tracing::error!("{error:#}");
                        *flow = ControlFlow::ExitWithCode(1);
                    }
                },
                Event::UserEvent(ToScreen::Paint(view)) => {
                    if let Some(painter) = &mut painter {
                        painter.paint(*view);
                    }
                }
                // Opened once more, from the Finder or Spotlight.
                Event::Reopen { .. } => tell(),
                Event::UserEvent(ToScreen::Quit) => {
                    painter = None;
                    *flow = ControlFlow::Exit;
                }
                _ => {}
            }
        })
    }
}

impl Screen for Proxy {
    fn paint(&self, view: View) {
        self.send(ToScreen::Paint(Box::new(view)));
    }

    fn quit(&self) {
        self.send(ToScreen::Quit);
    }
}

impl Proxy {
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

/// What VoiceOver reads out for the icon.
pub fn describe(tray: &TrayIcon, words: &str) {
    let Some(main_thread) = MainThreadMarker::new() else {
        return;
    };
    if let Some(button) = tray
        .ns_status_item()
        .and_then(|item| item.button(main_thread))
    {
        button.setAccessibilityLabel(Some(&NSString::from_str(words)));
    }
}

/// Calls `awake` each time the Mac has woken up, for as long as this process lives.
fn on_wake(awake: impl Fn() + 'static) {
    let block = RcBlock::new(move |_: NonNull<NSNotification>| awake());
    // SAFETY: the name is AppKit's own; the block is kept by the notification center,
    // runs on the thread that posts, which is the main thread for workspace
    // notifications, and takes what the center gives.
    let observer = unsafe {
        NSWorkspace::sharedWorkspace()
            .notificationCenter()
            .addObserverForName_object_queue_usingBlock(
                Some(NSWorkspaceDidWakeNotification),
                None,
                None,
                &block,
            )
    };
    // The observation ends with the process.
    std::mem::forget(observer);
}

/// Calls `opened` with `true` each time a menu of ours opens and with `false` when it has closed,
/// for as long as this process lives.
fn on_menu(opened: impl Fn(bool) + 'static) {
    let opened = Rc::new(opened);
    // SAFETY: as above; AppKit posts these on the main thread.
    for (name, is_open) in unsafe {
        [
            (NSMenuDidBeginTrackingNotification, true),
            (NSMenuDidEndTrackingNotification, false),
        ]
    } {
        let opened = Rc::clone(&opened);
        let block = RcBlock::new(move |_: NonNull<NSNotification>| opened(is_open));
        // SAFETY: as above.
        let observer = unsafe {
            NSNotificationCenter::defaultCenter().addObserverForName_object_queue_usingBlock(
                Some(name),
                None,
                None,
                &block,
            )
        };
        // The observation ends with the process.
        std::mem::forget(observer);
    }
}

pub fn set_icon(tray: &TrayIcon, icon: Option<Icon>) -> tray_icon::Result<()> {
    tray.set_icon_templated(icon)
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
            if button_state == OPENS_MENU {
                nudge();
            }
            if (button, button_state) == (MouseButton::Left, MouseButtonState::Up) {
                on_left_click();
            }
        }
    }));
}
