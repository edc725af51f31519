//! macOS: a tao event loop that waits.
//!
//! tao delivers user events while the menu is open, and work done then can close it
//! (tauri-apps/tao#1324). So an event is sent only when something has changed, and only writes the
//! difference.

#![allow(unsafe_code)] // Observers of AppKit's.

mod menu;

use std::ptr::NonNull;
use std::rc::Rc;

use anyhow::Context;
use block2::RcBlock;
use objc2::rc::Retained;
use objc2::runtime::ProtocolObject;
use objc2_app_kit::{
    NSAccessibility, NSMenu, NSMenuDidBeginTrackingNotification, NSMenuDidEndTrackingNotification,
    NSWindowOcclusionState, NSWorkspace, NSWorkspaceDidWakeNotification,
};
use objc2_foundation::{
    MainThreadMarker, NSActivityOptions, NSNotification, NSNotificationCenter, NSObjectProtocol,
    NSProcessInfo, NSString,
};
use tao::event::{Event, StartCause};
use tao::event_loop::{ControlFlow, EventLoop, EventLoopBuilder, EventLoopProxy};
use tao::platform::macos::{ActivationPolicy, EventLoopExtMacOS};
use tray_icon::menu::{ContextMenu, Menu, MenuEvent};
use tray_icon::{Icon, TrayIcon, TrayIconBuilder};

use self::menu::Painter;
use crate::app::driver::{Driver, Screen};
use crate::model::screen::hidden_icon::{self, Hidden};
use crate::model::screen::view::View;
use crate::os::desktop;
use crate::ui::tray::icon::IconStyle;

pub const ICON_STYLE: IconStyle = IconStyle::Template;

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
        forward_choices(&driver);
        on_wake(driver.nudger());
        let (hold, nudge) = (driver.holder(), driver.nudger());
        on_menu(move |is_open| {
            hold(is_open);
            if is_open {
                // What the menu shows should be of this moment.
                nudge();
            }
        });
        let tell = driver.teller_of();
        let mut painter: Option<Painter> = None;
        let mut watch = Watch::default();
        self.event_loop.run(move |event, _, flow| {
            *flow = ControlFlow::Wait;
            #[allow(clippy::wildcard_enum_match_arm)] // tao's events are not ours to list.
            match event {
                // The loop must be running before an icon is made.
                Event::NewEvents(StartCause::Init) => match Painter::new(&driver.view()) {
                    Ok(made) => {
                        watch.keep(driver.view().is_watching());
                        painter = Some(made);
                        driver.appeared();
                    }
                    Err(error) => {
                        tracing::error!("{error:#}");
                        *flow = ControlFlow::ExitWithCode(1);
                    }
                },
                Event::UserEvent(ToScreen::Paint(view)) => {
                    watch.keep(view.is_watching());
                    if let Some(painter) = &mut painter {
                        painter.paint(*view);
                    }
                }
                // Opened once more, from the Finder or Spotlight.
                Event::Reopen { .. } => {
                    let is_seen = painter.as_ref().is_some_and(Painter::is_seen);
                    let hidden = Hidden::of(desktop::setting(hidden_icon::SETTING), is_seen);
                    tell(hidden.map(|hidden| hidden.notice(&driver.view().tooltip)));
                }
                Event::UserEvent(ToScreen::Quit) => {
                    // An open menu has a loop of its own, within which this is called: the icon
                    // goes when that has ended, with the process.
                    if let Some(painter) = &painter {
                        painter.close_menu();
                    }
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
    let builder = builder.with_autosave_name(hidden_icon::NAME);
    match icon {
        Some(icon) => builder.with_icon_templated(icon),
        None => builder,
    }
}

/// Gives the icon its menu for good. tray-icon does so only while a press of the mouse lasts that
/// its own view over the button takes: VoiceOver and the keyboard press the button itself, and
/// nothing happened (as in electron/electron#21062, which #39352 mended); nor did it for a click
/// on a second display beside a full-screen window (tauri-apps/tray-icon#251). The view goes, and
/// AppKit opens the menu by itself.
pub fn attach(tray: &TrayIcon, menu: &Menu) -> anyhow::Result<()> {
    let (item, main_thread) = tray
        .ns_status_item()
        .zip(MainThreadMarker::new())
        .context(NO_TRAY)?;
    // SAFETY: muda's menu keeps it for as long as it lives itself.
    let ns_menu = unsafe { menu.ns_menu().cast::<NSMenu>().as_ref() };
    item.setMenu(ns_menu);
    let button = item.button(main_thread).context(NO_TRAY)?;
    for view in button.subviews() {
        // AppKit has views of its own in there.
        if view.class().name() == c"TaoTrayTarget" {
            view.removeFromSuperview();
        }
    }
    Ok(())
}

/// Whether any part of the icon can be seen.
pub fn is_seen(tray: &TrayIcon) -> bool {
    let item = tray.ns_status_item().zip(MainThreadMarker::new());
    let button = item.and_then(|(item, main_thread)| item.button(main_thread));
    let window = button.and_then(|button| button.window());
    window.is_some_and(|window| {
        let occlusion = window.occlusionState();
        window.isVisible() && occlusion.contains(NSWindowOcclusionState::Visible)
    })
}

/// Closes the menu, if it is open.
pub fn close_menu(tray: &TrayIcon) {
    let menu = tray.ns_status_item().zip(MainThreadMarker::new());
    if let Some(menu) = menu.and_then(|(item, main_thread)| item.menu(main_thread)) {
        menu.cancelTrackingWithoutAnimation();
    }
}

/// Keeps App Nap away for as long as something is watched: an app without a window is its usual
/// victim, and a poll of 1 s then came each 8 to 12 s (shobhit99/SuperIsland#107). The Mac may
/// sleep all the same.
#[derive(Default)]
struct Watch(Option<Retained<ProtocolObject<dyn NSObjectProtocol>>>);

impl Watch {
    fn keep(&mut self, is_watched: bool) {
        let process = NSProcessInfo::processInfo();
        match (is_watched, self.0.take()) {
            (true, None) => {
                self.0 = Some(process.beginActivityWithOptions_reason(
                    NSActivityOptions::UserInitiatedAllowingIdleSystemSleep,
                    &NSString::from_str("a daemon is watched"),
                ));
            }
            (true, running) => self.0 = running,
            // SAFETY: it is what `beginActivity` gave.
            (false, Some(running)) => unsafe { process.endActivity(&running) },
            (false, None) => {}
        }
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

/// Passes the choice of a row on to the app.
fn forward_choices(driver: &Driver<Proxy>) {
    let choose = driver.chooser();
    MenuEvent::set_event_handler(Some(move |event: MenuEvent| {
        match event.id().as_ref().parse() {
            Ok(row) => choose(row),
            Err(error) => tracing::error!("a menu item without a row: {error}"),
        }
    }));
}
