//! The painter: writes a view into a menu, an icon and a tooltip.
//!
//! Only differences are written, so that an open menu stays open. It is rebuilt only if its rows
//! are different, which never happens while it is open (see [`View::held`]).

use anyhow::Context;
use tray_icon::menu::{CheckMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tray_icon::{TrayIcon, TrayIconBuilder};

use super::{ICON_STYLE, NO_TRAY, attach, close_menu, describe, dress, is_seen, set_icon};
use crate::model::screen::icon::Icon;
use crate::model::screen::view::{Row, Slot, View};
use crate::ui::tray::icon;

/// The tray icon with its menu.
pub struct Painter {
    tray: TrayIcon,
    items: Vec<PaintedRow>,
    shown: View,
}

/// A row's counterpart in the menu; lines have none.
enum PaintedRow {
    Submenu(Submenu),
    Plain(MenuItem),
    Check(CheckMenuItem),
}

/// Where items are put: the menu or one within it.
enum Into<'a> {
    Menu(&'a Menu),
    Submenu(&'a Submenu),
}

impl Painter {
    /// Builds the icon and the menu. An item's ID is the number of its row's slot.
    pub fn new(view: &View) -> anyhow::Result<Self> {
        let (menu, items) = menu(view)?;
        let builder = TrayIconBuilder::new()
            .with_id("inneros")
            .with_menu(Box::new(menu.clone()))
            .with_tooltip(&view.tooltip);
        let tray = dress(builder, Some(picture(view.icon)?))
            .build()
            .context(NO_TRAY)?;
        attach(&tray, &menu)?;
        describe(&tray, &view.tooltip);
        Ok(Self {
            tray,
            items,
            shown: view.clone(),
        })
    }

    /// Whether any part of the icon can be seen.
    pub fn is_seen(&self) -> bool {
        is_seen(&self.tray)
    }

    /// Closes the menu, if it is open.
    pub fn close_menu(&self) {
        close_menu(&self.tray);
    }

    /// Writes what differs.
    pub fn paint(&mut self, view: View) {
        if self.shown.icon != view.icon {
            let set = picture(view.icon).and_then(|icon| Ok(set_icon(&self.tray, Some(icon))?));
            if let Err(error) = set {
                tracing::warn!("cannot set the icon: {error}");
            }
        }
        if self.shown.tooltip != view.tooltip {
            if let Err(error) = self.tray.set_tooltip(Some(&view.tooltip)) {
                tracing::warn!("cannot set the tooltip: {error}");
            }
            describe(&self.tray, &view.tooltip);
        }
        if view.has_the_rows_of(&self.shown) {
            paint_rows(&mut self.items.iter(), &view.rows);
        } else {
            match menu(&view) {
                Ok((menu, items)) => {
                    // Before the old one goes.
                    if let Err(error) = attach(&self.tray, &menu) {
                        tracing::error!("cannot show the menu: {error:#}");
                    }
                    self.tray.set_menu(Some(Box::new(menu)));
                    self.items = items;
                }
                Err(error) => tracing::error!("cannot build the menu: {error}"),
            }
        }
        self.shown = view;
    }
}

fn menu(view: &View) -> anyhow::Result<(Menu, Vec<PaintedRow>)> {
    let menu = Menu::new();
    let mut items = Vec::new();
    build(&Into::Menu(&menu), &view.rows, &mut items)?;
    Ok((menu, items))
}

/// The largest that is no larger than twice what a menu bar shows.
fn picture(icon: Icon) -> anyhow::Result<tray_icon::Icon> {
    let pictures = icon::pictures(icon, ICON_STYLE)?;
    let fitting = pictures.into_iter().rfind(|picture| picture.width <= 44);
    let picture = fitting.context("there is no picture")?;
    Ok(tray_icon::Icon::from_rgba(
        picture.rgba,
        picture.width,
        picture.height,
    )?)
}

fn build(
    into: &Into<'_>,
    rows: &[Row],
    items: &mut Vec<PaintedRow>,
) -> Result<(), tray_icon::menu::Error> {
    let id = |slot: &Slot| slot.number().to_string();
    for row in rows {
        match row {
            Row::Item {
                slot,
                text,
                command,
            } => {
                let item = MenuItem::with_id(id(slot), escape(text), command.is_some(), None);
                into.append(&item)?;
                items.push(PaintedRow::Plain(item));
            }
            Row::Check {
                slot,
                text,
                checked,
                command,
            } => {
                let text = escape(text);
                let item =
                    CheckMenuItem::with_id(id(slot), text, command.is_some(), *checked, None);
                into.append(&item)?;
                items.push(PaintedRow::Check(item));
            }
            Row::Separator => into.append(&PredefinedMenuItem::separator())?,
            Row::Submenu { slot, text, rows } => {
                let submenu = Submenu::with_id(id(slot), escape(text), true);
                into.append(&submenu)?;
                items.push(PaintedRow::Submenu(submenu.clone()));
                build(&Into::Submenu(&submenu), rows, items)?;
            }
        }
    }
    Ok(())
}

impl Into<'_> {
    fn append(&self, item: &dyn tray_icon::menu::IsMenuItem) -> tray_icon::menu::Result<()> {
        match self {
            Into::Menu(menu) => menu.append(item),
            Into::Submenu(submenu) => submenu.append(item),
        }
    }
}

/// Compares with what the items themselves say: a check item has changed by itself
/// when it was clicked.
fn paint_rows<'a>(items: &mut impl Iterator<Item = &'a PaintedRow>, rows: &[Row]) {
    for row in rows {
        match row {
            Row::Separator => {}
            Row::Submenu { text, rows, .. } => {
                if let Some(PaintedRow::Submenu(submenu)) = items.next() {
                    let text = escape(text);
                    if submenu.text() != text {
                        submenu.set_text(text);
                    }
                }
                paint_rows(items, rows);
            }
            Row::Item { text, command, .. } => {
                if let Some(PaintedRow::Plain(item)) = items.next() {
                    let text = escape(text);
                    if item.text() != text {
                        item.set_text(text);
                    }
                    if item.is_enabled() != command.is_some() {
                        item.set_enabled(command.is_some());
                    }
                }
            }
            Row::Check {
                text,
                checked,
                command,
                ..
            } => {
                if let Some(PaintedRow::Check(item)) = items.next() {
                    let text = escape(text);
                    if item.text() != text {
                        item.set_text(text);
                    }
                    if item.is_enabled() != command.is_some() {
                        item.set_enabled(command.is_some());
                    }
                    if item.is_checked() != *checked {
                        item.set_checked(*checked);
                    }
                }
            }
        }
    }
}

/// A menu takes `&` for the mark of an access key.
fn escape(text: &str) -> String {
    text.replace('&', "&&")
}
