//! The tray's item on the panel (StatusNotifierItem) and its menu (dbusmenu).
//!
//! ksni tells the panels what has changed by comparing with what it last handed out, to whichever
//! panel. If something were handed out between a change and that comparison, no other panel would
//! hear of it. So a view is taken over only when ksni begins to compare, which it does by asking
//! for the text direction.

use std::cell::RefCell;

use futures_lite::future::block_on;
use ksni::menu::{CheckmarkItem, StandardItem, SubMenu};
use ksni::{MenuItem, OfflineReason, Status, TextDirection, ToolTip, TrayMethods};

use crate::model::screen::icon::Icon;
use crate::model::screen::view::{Row, Slot, View};
use crate::os::desktop;
use crate::ui::tray::icon::{self, IconStyle};

/// What the item has to tell, and to ask.
pub struct Calls {
    /// The row of this number was chosen.
    pub choose: Box<dyn Fn(usize) + Send>,
    /// The icon was clicked, and the panel opens no menu for that.
    pub activate: Box<dyn Fn() + Send>,
    /// The menu opens: what is it to show?
    pub open: Box<dyn Fn() -> View + Send>,
    /// A panel came, or went.
    pub panel: Box<dyn Fn(bool) + Send>,
}

/// The item on the bus.
pub struct Placed {
    show: Box<dyn Fn(View) + Send>,
    remove: Box<dyn Fn() + Send>,
}

impl Placed {
    /// One update a view: the panels hear once of all that has changed.
    pub fn show(&self, view: View) {
        (self.show)(view);
    }

    pub fn remove(&self) {
        (self.remove)();
    }
}

/// Puts the item on the bus, without waiting for a panel.
pub fn place(id: String, view: View, calls: Calls) -> Result<Placed, ksni::Error> {
    if desktop::left_click_activates() {
        TrayItem::<true>::new(id, view, calls).place()
    } else {
        TrayItem::<false>::new(id, view, calls).place()
    }
}

/// The item, as ksni asks for it. A click with either button opens the menu, but for a panel that
/// does so with the right one alone, whatever the item says.
struct TrayItem<const ACTIVATED: bool> {
    id: String,
    /// Whether the desktop has our icons by name.
    is_themed: bool,
    calls: Calls,
    shown: RefCell<View>,
    next: RefCell<Option<View>>,
    pixmaps: RefCell<(Icon, Vec<ksni::Icon>)>,
}

impl<const ACTIVATED: bool> TrayItem<ACTIVATED> {
    fn new(id: String, view: View, calls: Calls) -> Self {
        Self {
            id,
            is_themed: Icon::ALL
                .iter()
                .all(|icon| desktop::has_icon(icon.themed())),
            calls,
            pixmaps: RefCell::new((view.icon, pixmaps(view.icon))),
            shown: RefCell::new(view),
            next: RefCell::new(None),
        }
    }

    fn place(self) -> Result<Placed, ksni::Error> {
        let handle = block_on(self.assume_sni_available(true).spawn())?;
        let shown = handle.clone();
        Ok(Placed {
            show: Box::new(move |view| {
                block_on(shown.update(|item| item.show(view)));
            }),
            remove: Box::new(move || block_on(handle.shutdown())),
        })
    }

    /// Has this shown from the comparison on that comes next.
    fn show(&mut self, view: View) {
        *self.next.get_mut() = Some(view);
    }

    fn name(&self) -> String {
        let icon = self.shown.borrow().icon;
        if self.is_themed {
            icon.themed().into()
        } else {
            String::new()
        }
    }

    fn pixmaps(&self) -> Vec<ksni::Icon> {
        let icon = self.shown.borrow().icon;
        let mut kept = self.pixmaps.borrow_mut();
        if kept.0 != icon {
            *kept = (icon, pixmaps(icon));
        }
        kept.1.clone()
    }

    fn needs_attention(&self) -> bool {
        self.shown.borrow().icon.needs_attention()
    }
}

impl<const ACTIVATED: bool> ksni::Tray for TrayItem<ACTIVATED> {
    const MENU_ON_ACTIVATE: bool = !ACTIVATED;

    fn activate(&mut self, _x: i32, _y: i32) {
        (self.calls.activate)();
    }

    fn id(&self) -> String {
        self.id.clone()
    }

    fn text_direction(&self) -> TextDirection {
        if let Some(next) = self.next.take() {
            *self.shown.borrow_mut() = next;
        }
        TextDirection::LeftToRight
    }

    fn title(&self) -> String {
        self.shown.borrow().title.clone()
    }

    fn status(&self) -> Status {
        if self.needs_attention() {
            Status::NeedsAttention
        } else {
            Status::Active
        }
    }

    fn icon_name(&self) -> String {
        self.name()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.pixmaps()
    }

    fn attention_icon_name(&self) -> String {
        if self.needs_attention() {
            self.name()
        } else {
            String::new()
        }
    }

    fn attention_icon_pixmap(&self) -> Vec<ksni::Icon> {
        if self.needs_attention() {
            self.pixmaps()
        } else {
            Vec::new()
        }
    }

    fn tool_tip(&self) -> ToolTip {
        let shown = self.shown.borrow();
        ToolTip {
            title: no_markup(&shown.title),
            description: markup(&shown.tooltip),
            ..ToolTip::default()
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        items(&self.shown.borrow().rows)
    }

    fn menu_about_to_show(&mut self) {
        let view = (self.calls.open)();
        self.show(view);
    }

    fn watcher_online(&self) {
        (self.calls.panel)(true);
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        if let OfflineReason::Error(error) = reason {
            tracing::debug!("no panel takes the icon: {error}");
        }
        (self.calls.panel)(false);
        true
    }
}

fn items<const ACTIVATED: bool>(rows: &[Row]) -> Vec<MenuItem<TrayItem<ACTIVATED>>> {
    rows.iter().map(item).collect()
}

fn item<const ACTIVATED: bool>(row: &Row) -> MenuItem<TrayItem<ACTIVATED>> {
    match row {
        Row::Item {
            slot,
            text,
            command,
        } => StandardItem {
            label: label(text, row.access_key()),
            enabled: command.is_some(),
            activate: choose(*slot),
            ..StandardItem::default()
        }
        .into(),
        Row::Check {
            slot,
            text,
            checked,
            command,
        } => CheckmarkItem {
            label: label(text, row.access_key()),
            enabled: command.is_some(),
            checked: *checked,
            activate: choose(*slot),
            ..CheckmarkItem::default()
        }
        .into(),
        Row::Separator => MenuItem::Separator,
        Row::Submenu { text, rows, .. } => SubMenu {
            label: label(text, row.access_key()),
            submenu: items(rows),
            ..SubMenu::default()
        }
        .into(),
    }
}

fn choose<const ACTIVATED: bool>(slot: Slot) -> Box<dyn Fn(&mut TrayItem<ACTIVATED>) + Send> {
    Box::new(move |item: &mut TrayItem<ACTIVATED>| (item.calls.choose)(slot.number()))
}

/// A menu takes `_` for the mark of an access key, and `__` for itself.
fn label(text: &str, access_key: Option<usize>) -> String {
    let plain = |text: &str| text.replace('_', "__");
    match access_key.and_then(|at| text.split_at_checked(at)) {
        Some((before, from)) => format!("{}_{}", plain(before), plain(from)),
        None => plain(text),
    }
}

/// Some panels take the title of a tooltip for markup, and others do not: it reads the same on all.
fn no_markup(text: &str) -> String {
    text.replace('&', "＆").replace('<', "‹").replace('>', "›")
}

/// The text of a tooltip is markup, as far as a panel can read it.
fn markup(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn pixmaps(icon: Icon) -> Vec<ksni::Icon> {
    let pictures = icon::pictures(icon, IconStyle::Coloured).unwrap_or_else(|error| {
        tracing::error!("{error:#}");
        Vec::new()
    });
    pictures.into_iter().filter_map(pixmap).collect()
}

/// From red, green, blue, alpha to alpha, red, green, blue.
fn pixmap(picture: icon::Picture) -> Option<ksni::Icon> {
    let mut data = picture.rgba;
    for pixel in data.chunks_exact_mut(4) {
        pixel.rotate_right(1);
    }
    Some(ksni::Icon {
        width: picture.width.try_into().ok()?,
        height: picture.height.try_into().ok()?,
        data,
    })
}
