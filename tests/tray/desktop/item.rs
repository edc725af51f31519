//! A tray item as a panel sees it: `org.kde.StatusNotifierItem`.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use zbus::{
    Connection, DynamicType, OwnedObjectPath, Proxy, Type,
    export::serde::{Serialize, de::DeserializeOwned},
    proxy::{Builder, CacheProperties},
    wire::DynamicDeserialize,
};

use super::{
    Menu, stays, wait_until,
    watcher::{Entry, Register, lock},
};

/// A tray item. Each question goes to the program: nothing here is remembered.
///
/// All questions panic when the program does not answer, or answers with something else.
#[derive(Clone)]
pub struct Item {
    proxy: Proxy<'static>,
    entry: Entry,
    register: Arc<Mutex<Register>>,
}

impl Item {
    pub fn id(&self) -> String {
        property(&self.proxy, "Id")
    }

    pub fn title(&self) -> String {
        property(&self.proxy, "Title")
    }

    /// `Active`, `Passive` (hidden) or `NeedsAttention`.
    pub fn status(&self) -> String {
        property(&self.proxy, "Status")
    }

    /// The title and the text below it.
    pub fn tooltip(&self) -> (String, String) {
        type Pixmaps = Vec<(i32, i32, Vec<u8>)>;
        let (_icon, _icons, title, text): (String, Pixmaps, String, String) =
            property(&self.proxy, "ToolTip");
        (title, text)
    }

    /// Waits until the tooltip has these words.
    #[track_caller]
    pub fn wait_for_tooltip(&self, words: &str, deadline: Duration) -> String {
        wait_until(&format!("a tooltip with '{words}'"), deadline, || {
            let text = self.tooltip().1;
            if text.contains(words) {
                Ok(text)
            } else {
                Err(text)
            }
        })
    }

    /// The unique name of the connection that the item is on.
    pub fn owner(&self) -> &str {
        &self.entry.owner
    }

    /// The largest of the icons that the item offers as pixels.
    pub fn icon(&self) -> Icon {
        let icons: Vec<(i32, i32, Vec<u8>)> = property(&self.proxy, "IconPixmap");
        let (width, height, argb) = icons
            .into_iter()
            .max_by_key(|(width, ..)| *width)
            .expect("an item with an icon");
        Icon {
            width,
            height,
            argb,
        }
    }

    /// The sizes in which the item offers its icon as pixels.
    pub fn icon_sizes(&self) -> Vec<i32> {
        let icons: Vec<(i32, i32, Vec<u8>)> = property(&self.proxy, "IconPixmap");
        icons.into_iter().map(|(width, ..)| width).collect()
    }

    /// The icon's name in a theme, and that of the one that asks for attention.
    pub fn icon_names(&self) -> (String, String) {
        let name = |which| property(&self.proxy, which);
        (name("IconName"), name("AttentionIconName"))
    }

    /// A left click on the icon, as Plasma and GNOME take it: a menu is opened where the item is
    /// one or does not know how to be activated. The answer is the menu, where it was opened.
    pub fn left_click(&self) -> Option<Menu> {
        let is_menu: bool = property(&self.proxy, "ItemIsMenu");
        let activated = zbus::block_on(self.proxy.call_method("Activate", &(0_i32, 0_i32)));
        if activated.is_ok() && !is_menu {
            return None;
        }
        let menu = self.menu();
        menu.open();
        Some(menu)
    }

    /// Asks for the icon again and again, several times at once, as no panel should.
    pub fn pester(&self) -> Pester {
        let is_over = Arc::new(AtomicBool::new(false));
        let ask = |item: Item, is_over: Arc<AtomicBool>| {
            let mut asked = 0;
            while !is_over.load(Ordering::Acquire) {
                item.icon_sizes();
                asked += 1;
            }
            asked
        };
        let threads = (0..2).map(|_| {
            let (item, is_over) = (self.clone(), Arc::clone(&is_over));
            thread::spawn(move || ask(item, is_over))
        });
        let threads = threads.collect();
        Pester { is_over, threads }
    }

    pub fn menu(&self) -> Menu {
        let path: OwnedObjectPath = property(&self.proxy, "Menu");
        Menu::new(object(
            self.proxy.connection(),
            &self.entry.service,
            path.as_str(),
            "com.canonical.dbusmenu",
        ))
    }

    /// How many signals the item has sent since the watcher started: `NewIcon`, `NewToolTip`,
    /// `LayoutUpdated`, `ItemsPropertiesUpdated` and every other, of the item and of its menu.
    ///
    /// A property that is read at the very moment it changes may change without a signal: the
    /// panel has seen the new value already.
    pub fn signals(&self) -> usize {
        self.signal_names().len()
    }

    /// The signals that [`signals`](Self::signals) counts, in order.
    pub fn signal_names(&self) -> Vec<String> {
        let register = lock(&self.register);
        register
            .signals
            .iter()
            .filter(|signal| signal.sender == self.entry.owner)
            .map(|signal| signal.member.clone())
            .collect()
    }

    /// When the panel heard the signal `member` of the item, each time.
    pub fn heard(&self, member: &str) -> Vec<Instant> {
        let register = lock(&self.register);
        register
            .signals
            .iter()
            .filter(|signal| signal.sender == self.entry.owner && signal.member == member)
            .map(|signal| signal.at)
            .collect()
    }

    /// Watches that the item sends nothing for the whole `time`.
    #[track_caller]
    pub fn stays_quiet(&self, time: Duration) {
        let before = self.signals();
        stays("the tray's silence", time, || {
            let sent = self.signal_names().split_off(before);
            if sent.is_empty() {
                Ok(())
            } else {
                Err(format!("{sent:?}"))
            }
        });
    }

    pub(super) fn new(
        connection: &Connection,
        entry: Entry,
        register: &Arc<Mutex<Register>>,
    ) -> Self {
        Self {
            proxy: object(
                connection,
                &entry.service,
                &entry.path,
                "org.kde.StatusNotifierItem",
            ),
            entry,
            register: Arc::clone(register),
        }
    }
}

/// A panel that asks without end.
pub struct Pester {
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<usize>>,
}

impl Pester {
    /// How often it has asked.
    pub fn stop(mut self) -> usize {
        self.is_over.store(true, Ordering::Release);
        let threads = self.threads.drain(..);
        threads
            .map(|thread| thread.join().expect("the item answers"))
            .sum()
    }
}

impl Drop for Pester {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { service, path, .. } = &self.entry;
        write!(formatter, "Item({service}{path})")
    }
}

/// An icon's pixels: four bytes each, alpha first, row by row from the top.
#[derive(Clone, PartialEq, Eq)]
pub struct Icon {
    pub width: i32,
    pub height: i32,
    pub argb: Vec<u8>,
}

/// Without the pixels, which nobody reads in a failed test.
impl fmt::Debug for Icon {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            width,
            height,
            argb,
        } = self;
        write!(formatter, "Icon({width}×{height}, {} bytes)", argb.len())
    }
}

pub(super) fn property<T: DeserializeOwned + Type>(proxy: &Proxy<'_>, name: &str) -> T {
    zbus::block_on(proxy.get_property(name))
        .unwrap_or_else(|error| panic!("{name} of {}: {error}", proxy.destination()))
}

pub(super) fn call<A, R>(proxy: &Proxy<'_>, method: &str, arguments: &A) -> R
where
    A: Serialize + DynamicType,
    R: for<'d> DynamicDeserialize<'d>,
{
    zbus::block_on(proxy.call(method, arguments))
        .unwrap_or_else(|error| panic!("{method} of {}: {error}", proxy.destination()))
}

fn object(connection: &Connection, service: &str, path: &str, interface: &str) -> Proxy<'static> {
    let proxy = Builder::<Proxy<'static>>::new(connection)
        .destination(service.to_owned())
        .path(path.to_owned())
        .interface(interface.to_owned())
        .cache_properties(CacheProperties::No)
        .build();
    zbus::block_on(proxy).expect("a name, a path and an interface")
}
