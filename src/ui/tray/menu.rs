//! The painter: a view, written into a menu, an icon and a tooltip.
//!
//! The menu is built once and never replaced; afterwards only what differs is
//! written, so that a menu that is open stays open.

use anyhow::Context;
use tray_icon::menu::{CheckMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tray_icon::{TrayIcon, TrayIconBuilder};

use super::event_loop;
use super::icon;
use crate::model::screen::icon::Icon;
use crate::model::screen::view::{Row, View};

/// The tray icon with its menu.
pub struct Painter {
    tray: TrayIcon,
    items: Vec<Item>,
    icon: Icon,
    tooltip: String,
}

/// A row's counterpart in the menu; lines have none.
enum Item {
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
    /// Builds the icon and the menu. The rows are numbered in the order of
    /// [`View::command`]; an item's ID is its row's number.
    pub fn new(view: &View) -> anyhow::Result<Self> {
        let menu = Menu::new();
        let mut items = Vec::new();
        let mut number = 0;
        build(&Into::Menu(&menu), &view.rows, &mut number, &mut items)?;
        let builder = TrayIconBuilder::new()
            .with_id("inneros")
            .with_menu(Box::new(menu))
            .with_tooltip(&view.tooltip);
        let tray = event_loop::dress(builder, Some(picture(view.icon)?))
            .build()
            .context(event_loop::NO_TRAY)?;
        event_loop::describe(&tray, &view.tooltip);
        Ok(Self {
            tray,
            items,
            icon: view.icon,
            tooltip: view.tooltip.clone(),
        })
    }

    /// Writes what differs.
    pub fn paint(&mut self, view: &View) {
        if self.icon != view.icon {
            let set = picture(view.icon)
                .and_then(|icon| Ok(event_loop::set_icon(&self.tray, Some(icon))?));
            if let Err(error) = set {
                tracing::warn!("cannot set the icon: {error}");
            }
            self.icon = view.icon;
        }
        if self.tooltip != view.tooltip {
            if let Err(error) = self.tray.set_tooltip(Some(&view.tooltip)) {
                tracing::warn!("cannot set the tooltip: {error}");
            }
            event_loop::describe(&self.tray, &view.tooltip);
            self.tooltip.clone_from(&view.tooltip);
        }
        paint_rows(&mut self.items.iter(), &view.rows);
    }
}

/// The largest that is no larger than twice what a menu bar shows.
fn picture(icon: Icon) -> anyhow::Result<tray_icon::Icon> {
    let pictures = icon::pictures(icon, event_loop::ICON_STYLE)?;
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
    number: &mut usize,
    items: &mut Vec<Item>,
) -> Result<(), tray_icon::menu::Error> {
    for row in rows {
        let id = number.to_string();
        *number += 1;
        match row {
            Row::Item { text, command } => {
                let item = MenuItem::with_id(id, escape(text), command.is_some(), None);
                into.append(&item)?;
                items.push(Item::Plain(item));
            }
            Row::Check { text, checked, .. } => {
                let item = CheckMenuItem::with_id(id, escape(text), true, *checked, None);
                into.append(&item)?;
                items.push(Item::Check(item));
            }
            Row::Separator => into.append(&PredefinedMenuItem::separator())?,
            Row::Submenu { text, rows } => {
                let submenu = Submenu::with_id(id, escape(text), true);
                into.append(&submenu)?;
                items.push(Item::Submenu(submenu.clone()));
                build(&Into::Submenu(&submenu), rows, number, items)?;
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
fn paint_rows<'a>(items: &mut impl Iterator<Item = &'a Item>, rows: &[Row]) {
    for row in rows {
        match row {
            Row::Separator => {}
            Row::Submenu { text, rows } => {
                if let Some(Item::Submenu(submenu)) = items.next() {
                    let text = escape(text);
                    if submenu.text() != text {
                        submenu.set_text(text);
                    }
                }
                paint_rows(items, rows);
            }
            Row::Item { text, command } => {
                if let Some(Item::Plain(item)) = items.next() {
                    let text = escape(text);
                    if item.text() != text {
                        item.set_text(text);
                    }
                    if item.is_enabled() != command.is_some() {
                        item.set_enabled(command.is_some());
                    }
                }
            }
            Row::Check { text, checked, .. } => {
                if let Some(Item::Check(item)) = items.next() {
                    let text = escape(text);
                    if item.text() != text {
                        item.set_text(text);
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
