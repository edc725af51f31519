//! Linux: a session bus, a panel that shows tray icons, a notification service.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use futures_lite::future::{block_on, or};
use zbus5::fdo::{DBusProxy, RequestNameFlags};
use zbus5::message::Type;
use zbus5::zvariant::Value;
use zbus5::{Connection, MatchRule, Message};

use super::{Event, NO_PANEL, Need};
use crate::os::{paths, session_bus};

/// What a program is asked to show itself by (desktop-entry-spec, `DBusActivatable`).
const APPLICATION: &str = "org.freedesktop.Application";

/// The editors that can be told to begin at the end of a file: the desktop entry, the program, and
/// how it is told, with `{}` for the number of lines.
const EDITORS: [(&str, &str, &str); 9] = [
    ("org.gnome.gedit.desktop", "gedit", "+"),
    ("org.xfce.mousepad.desktop", "mousepad", "--line=-1"),
    ("mousepad.desktop", "mousepad", "--line=-1"),
    ("org.kde.kate.desktop", "kate", "--line={}"),
    ("org.kde.kwrite.desktop", "kwrite", "--line={}"),
    ("pluma.desktop", "pluma", "+"),
    ("xed.desktop", "xed", "+"),
    ("featherpad.desktop", "featherpad", "+"),
    ("gvim.desktop", "gvim", "+"),
];

/// The desktop knows what opens it.
pub fn text_editor() -> Option<Vec<String>> {
    None
}

/// So many icons, one after the other, are heard to end.
const ICONS: usize = 6;

/// A bus that is there answers in milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// It keeps none.
pub fn setting(_name: &str) -> Option<bool> {
    None
}

pub fn needs() -> Vec<Need> {
    let hint = "start the tray from within a desktop session";
    let bus = |found| Need {
        name: "session bus",
        found,
        hint,
    };
    match block_on(or(ask(), late())) {
        Err(error) => vec![bus(Err(error))],
        Ok((watcher, notifications)) => vec![
            bus(Ok("answers".into())),
            Need {
                name: "tray",
                found: watcher
                    .then(|| "a panel shows tray icons".into())
                    .ok_or_else(|| "no panel shows tray icons".into()),
                hint: NO_PANEL,
            },
            Need {
                name: "notifications",
                found: notifications
                    .then(|| "a service shows them".into())
                    .ok_or_else(|| "no service shows them now".into()),
                hint: "install a notification service, such as dunst or the desktop's own",
            },
        ],
    }
}

/// The bus is the session, and its end the session's.
pub fn take_part(id: &str, tell: impl Fn(Event) + Send + 'static) -> Result<(), String> {
    let hear = move |bus: &Connection, message: Option<Message>| {
        let Some(message) = message else {
            return tell(Event::Ended);
        };
        if message.message_type() != Type::MethodCall {
            if is_end_of_icon(&message) {
                tell(Event::IconLost);
            }
            return;
        }
        let header = message.header();
        let is_known = header.interface().is_some_and(|of| of == APPLICATION)
            && header.member().is_some_and(|of| of == "Activate");
        let answered = if is_known {
            tell(Event::Activated);
            block_on(bus.reply(&header, &()))
        } else {
            let unknown = "org.freedesktop.DBus.Error.UnknownMethod";
            block_on(bus.reply_error(&header, unknown, &"there is Activate, and no more"))
        };
        if let Err(error) = answered {
            tracing::debug!("cannot answer a call: {error}");
        }
    };
    let joined = async {
        let bus = session_bus::connect("session", hear).await?;
        let proxy = DBusProxy::new(&bus).await?;
        for number in 1..=ICONS {
            let rule = MatchRule::builder()
                .msg_type(Type::Signal)
                .sender("org.freedesktop.DBus")?
                .member("NameOwnerChanged")?
                .arg(0, format!("{}{number}", icon_name()))?;
            proxy.add_match_rule(rule.build()).await?;
        }
        let flags = RequestNameFlags::DoNotQueue.into();
        bus.request_name_with_flags(bus_name(id), flags).await
    };
    block_on(joined)
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Whether it says that the icon of this process is gone from the bus: the icon has a connection
/// of its own.
fn is_end_of_icon(message: &Message) -> bool {
    let body = message.body();
    body.deserialize::<(&str, &str, &str)>()
        .is_ok_and(|(name, _, owner)| name.starts_with(&icon_name()) && owner.is_empty())
}

/// What the icons of this process are called on the bus, but for their numbers.
fn icon_name() -> String {
    format!("org.kde.StatusNotifierItem-{}-", std::process::id())
}

/// Asks whoever has the name of this tray.
pub fn activate(id: &str) -> Result<(), String> {
    let asked = async {
        let bus = Connection::session()
            .await
            .map_err(|error| error.to_string())?;
        let nothing: HashMap<&str, Value<'_>> = HashMap::new();
        bus.call_method(
            Some(bus_name(id)),
            "/dev/inneros/tray",
            Some(APPLICATION),
            "Activate",
            &(nothing,),
        )
        .await
        .map(drop)
        .map_err(|error| error.to_string())
    };
    block_on(or(asked, late()))
}

/// By its name, or by any connection that is of this process.
pub fn is_here(id: &str, pid: i32) -> Result<bool, String> {
    let looked = async {
        let bus = Connection::session()
            .await
            .map_err(|error| error.to_string())?;
        let proxy = DBusProxy::new(&bus)
            .await
            .map_err(|error| error.to_string())?;
        let names = proxy
            .list_names()
            .await
            .map_err(|error| error.to_string())?;
        if names.iter().any(|name| name.as_str() == bus_name(id)) {
            return Ok(true);
        }
        for name in names {
            // Who leaves meanwhile is not the one.
            let of = proxy.get_connection_unix_process_id(name.into()).await;
            if of.is_ok_and(|of| i32::try_from(of) == Ok(pid)) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    block_on(or(looked, late()))
}

/// `xdg-open` cannot say where in a file to begin, so that the editor that it would take is asked
/// itself, if it is one that can.
pub fn log_viewer(log: &Path) -> Option<Vec<String>> {
    let chosen = ["text/x-log", "text/plain"].into_iter().find_map(chosen);
    let (_, program, end) = EDITORS
        .iter()
        .find(|(entry, ..)| Some(*entry) == chosen.as_deref())?;
    let folders = paths::variable("PATH")?;
    std::env::split_paths(&folders).find(|folder| folder.join(program).is_file())?;
    let end = if end.contains("{}") {
        end.replace("{}", &lines(log).ok()?.to_string())
    } else {
        (*end).to_owned()
    };
    Some(vec![
        "setsid".into(),
        "--fork".into(),
        (*program).into(),
        end,
    ])
}

/// The desktop entry of the program that files of this kind are opened with.
fn chosen(kind: &str) -> Option<String> {
    let asked = Command::new("xdg-mime")
        .args(["query", "default", kind])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let said = String::from_utf8(asked.ok()?.stdout).ok()?;
    Some(said.trim().to_owned()).filter(|entry| !entry.is_empty())
}

fn lines(file: &Path) -> io::Result<usize> {
    let mut file = File::open(file)?;
    let (mut count, mut block) = (0, vec![0; 64 * 1024]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(count),
            length => count += memchr::memchr_iter(b'\n', &block[..length]).count(),
        }
    }
}

/// The panel of `LXQt` has an item activated, also one that says to be a menu (lxqt-panel 1.2,
/// `StatusNotifierButton::mouseReleaseEvent`).
pub fn left_click_activates() -> bool {
    let desktops = paths::variable("XDG_CURRENT_DESKTOP");
    desktops.is_some_and(|all| all.to_string_lossy().split(':').any(|one| one == "LXQt"))
}

/// Whether the theme that every theme falls back to has it, where our package puts it
/// (basedir-spec, icon-theme-spec).
pub fn has_icon(name: &str) -> bool {
    let home = paths::variable("XDG_DATA_HOME").map_or_else(
        || Some(PathBuf::from(paths::variable("HOME")?).join(".local/share")),
        |path| Some(path.into()),
    );
    let others = paths::variable("XDG_DATA_DIRS");
    let others = others.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    std::env::split_paths(&others).chain(home).any(|folder| {
        let file = format!("icons/hicolor/symbolic/apps/{name}.svg");
        folder.join(file).is_file()
    })
}

fn bus_name(id: &str) -> String {
    format!("dev.inneros.tray.{id}")
}

/// Puts the process into a scope of its own (`systemd.scope(5)`). systemd sets
/// `INVOCATION_ID` for whatever it runs (`systemd.exec(5)`).
pub fn leave_unit(pid: i32) {
    if std::env::var_os("INVOCATION_ID").is_none() {
        return;
    }
    if let Err(error) = block_on(or(make_scope(pid), late())) {
        tracing::warn!("the daemon will end with this program's unit: {error}");
    }
}

async fn make_scope(pid: i32) -> Result<(), String> {
    let pids = vec![u32::try_from(pid).map_err(|error| error.to_string())?];
    let properties = [
        ("Description", Value::from("InnerOS daemon")),
        ("PIDs", Value::from(pids)),
        ("CollectMode", Value::from("inactive-or-failed")),
    ];
    let auxiliary: [(&str, Vec<(&str, Value<'_>)>); 0] = [];
    let bus = Connection::session()
        .await
        .map_err(|error| error.to_string())?;
    bus.call_method(
        Some("org.freedesktop.systemd1"),
        "/org/freedesktop/systemd1",
        Some("org.freedesktop.systemd1.Manager"),
        "StartTransientUnit",
        &(
            format!("inneros-daemon-{pid}.scope"),
            "fail",
            properties.as_slice(),
            auxiliary.as_slice(),
        ),
    )
    .await
    .map_err(|error| error.to_string())?;
    Ok(())
}

async fn ask() -> Result<(bool, bool), String> {
    let bus = Connection::session()
        .await
        .map_err(|error| error.to_string())?;
    let proxy = DBusProxy::new(&bus)
        .await
        .map_err(|error| error.to_string())?;
    let has = async |name: &'static str| {
        let name = name
            .try_into()
            .map_err(|error: zbus5::names::Error| error.to_string())?;
        let owned = proxy.name_has_owner(name).await;
        owned.map_err(|error| error.to_string())
    };
    let startable = proxy
        .list_activatable_names()
        .await
        .map_err(|error| error.to_string())?;
    let notifications = has("org.freedesktop.Notifications").await?
        || startable
            .iter()
            .any(|name| name.as_str() == "org.freedesktop.Notifications");
    Ok((has("org.kde.StatusNotifierWatcher").await?, notifications))
}

async fn late<T>() -> Result<T, String> {
    async_io::Timer::after(PATIENCE).await;
    Err("it does not answer".into())
}
