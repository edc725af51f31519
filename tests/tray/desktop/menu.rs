//! The menu of a tray item: `com.canonical.dbusmenu`.

use std::{collections::HashMap, fmt, time::Duration};

use zbus::{OwnedVariant, Proxy, Variant, fdo};

use super::{
    item::{call, property},
    wait_until,
};

/// A tray item's menu. Each question goes to the program: nothing here is remembered.
///
/// All questions panic when the program does not answer, or answers with something else.
#[derive(Clone, Debug)]
pub struct Menu {
    proxy: Proxy<'static>,
}

impl Menu {
    /// The rows from the top, each with those of its submenu.
    pub fn rows(&self) -> Vec<Row> {
        let everything = (ROOT, -1_i32, Vec::<&str>::new());
        let (_revision, root): (u32, Layout) = call(&self.proxy, "GetLayout", &everything);
        Row::new(root).children
    }

    /// All rows from the top, those of a submenu after it.
    pub fn all(&self) -> Vec<Row> {
        flat(self.rows())
    }

    /// The first row whose label starts with `prefix`, in submenus too.
    pub fn find(&self, prefix: &str) -> Option<Row> {
        find(&self.rows(), prefix).cloned()
    }

    /// The first row whose label starts with `prefix`, once `is_right` is true of it.
    ///
    /// # Panics
    ///
    /// When `deadline` has passed, with the whole menu.
    #[track_caller]
    pub fn wait_for_row(
        &self,
        prefix: &str,
        is_right: impl Fn(&Row) -> bool,
        deadline: Duration,
    ) -> Row {
        wait_until(&format!("a row '{prefix}…'"), deadline, || {
            let rows = self.rows();
            match find(&rows, prefix) {
                Some(row) if is_right(row) => Ok(row.clone()),
                _ => Err(Rows(&rows).to_string()),
            }
        })
    }

    /// Clicks on `row`.
    ///
    /// # Panics
    ///
    /// When nobody could click on it: it is disabled, hidden, a separator, has a submenu, or is no
    /// longer in the menu.
    #[track_caller]
    pub fn click(&self, row: &Row) {
        assert!(
            row.enabled && row.visible && !row.separator && row.children.is_empty(),
            "a row that can be clicked: {row}"
        );
        self.event(row.id, "clicked");
    }

    /// Opens the menu, as a panel does before it shows it: the program may bring it up to date.
    pub fn open(&self) {
        self.about_to_show(ROOT);
        self.event(ROOT, "opened");
    }

    pub fn close(&self) {
        self.event(ROOT, "closed");
    }

    /// Announces that the row with this `id` will show its submenu, the menu itself for 0.
    /// The answer is whether the panel must read the rows again.
    pub fn about_to_show(&self, id: i32) -> bool {
        call(&self.proxy, "AboutToShow", &id)
    }

    /// `normal`, or `notice` when the program asks for attention.
    pub fn status(&self) -> String {
        property(&self.proxy, "Status")
    }

    pub(super) fn new(proxy: Proxy<'static>) -> Self {
        Self { proxy }
    }

    fn event(&self, id: i32, event: &str) {
        let (no_data, no_time) = (Variant::I32(0), 0_u32);
        let arguments = (id, event, no_data, no_time);
        match zbus::block_on(self.proxy.call_method("Event", &arguments)) {
            Ok(_) => {}
            // The click that ends a program may end it before it answers.
            Err(zbus::Error::FDO(error)) if matches!(*error, fdo::Error::NoReply(_)) => {}
            Err(error) => panic!("'{event}' on row {id}: {error}"),
        }
    }
}

/// The menu as text, a row a line.
impl fmt::Display for Menu {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Rows(&self.rows()).fmt(formatter)
    }
}

/// One row, as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: i32,
    /// Without the underscores that mark access keys.
    pub label: String,
    /// The letter that chooses it.
    pub access_key: Option<char>,
    pub enabled: bool,
    pub visible: bool,
    pub separator: bool,
    /// Whether the row is checked; `None` for a row that has no check mark.
    pub toggle: Option<bool>,
    /// The rows of its submenu.
    pub children: Vec<Row>,
}

impl Row {
    /// What a property is when the program does not send it: the protocol's own defaults.
    fn new((id, mut properties, children): Layout) -> Self {
        let mut text = |name| properties.remove(name).map(into::<String>);
        let separator = text("type").is_some_and(|kind| kind == "separator");
        let label = text("label").unwrap_or_default();
        let toggles = text("toggle-type").is_some_and(|kind| !kind.is_empty());
        let mut flag = |name| properties.remove(name).map(into::<bool>);
        let (enabled, visible) = (flag("enabled"), flag("visible"));
        let state = properties.remove("toggle-state").map(into::<i32>);
        Self {
            id,
            access_key: access_key(&label),
            label: without_access_key(&label),
            enabled: enabled.unwrap_or(true),
            visible: visible.unwrap_or(true),
            separator,
            toggle: toggles.then_some(state == Some(1)),
            children: children.into_iter().map(into).map(Self::new).collect(),
        }
    }
}

/// `[x] Open at Login (disabled)`.
impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = match self.toggle {
            Some(true) => "[x] ",
            Some(false) => "[ ] ",
            None => "",
        };
        let label = if self.separator { "--" } else { &self.label };
        let disabled = if self.enabled { "" } else { " (disabled)" };
        let hidden = if self.visible { "" } else { " (hidden)" };
        write!(formatter, "{check}{label}{disabled}{hidden}")
    }
}

/// Rows as text, submenus indented.
struct Rows<'a>(&'a [Row]);

impl fmt::Display for Rows<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.0 {
            write!(formatter, "\n{row}")?;
            for line in Rows(&row.children).to_string().lines().skip(1) {
                write!(formatter, "\n    {line}")?;
            }
        }
        Ok(())
    }
}

/// A row as it is sent: its ID, the properties that are not at their default, and its submenu.
type Layout = (i32, HashMap<String, OwnedVariant>, Vec<OwnedVariant>);

fn into<T>(value: OwnedVariant) -> T
where
    T: TryFrom<OwnedVariant, Error = zbus::Error>,
{
    let text = format!("{value:?}");
    T::try_from(value).unwrap_or_else(|error| panic!("menu property {text}: {error}"))
}

fn find<'a>(rows: &'a [Row], prefix: &str) -> Option<&'a Row> {
    rows.iter().find_map(|row| {
        if !row.separator && row.label.starts_with(prefix) {
            Some(row)
        } else {
            find(&row.children, prefix)
        }
    })
}

/// One underscore marks the access key, two stand for an underscore.
fn without_access_key(label: &str) -> String {
    label
        .split("__")
        .map(|part| part.replace('_', ""))
        .collect::<Vec<_>>()
        .join("_")
}

fn access_key(label: &str) -> Option<char> {
    let label = label.replace("__", "");
    label.split_once('_')?.1.chars().next()
}

/// The ID of the menu itself.
const ROOT: i32 = 0;

fn flat(rows: Vec<Row>) -> Vec<Row> {
    let with_inner = |row: Row| {
        let inner = flat(row.children.clone());
        std::iter::once(row).chain(inner)
    };
    rows.into_iter().flat_map(with_inner).collect()
}
