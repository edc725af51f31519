//! Linux: a session bus, a panel that shows tray icons, a notification service.

use std::time::Duration;

use futures_lite::future::{block_on, or};
use zbus5::Connection;
use zbus5::fdo::DBusProxy;

use super::Need;

/// A bus that is there answers in milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);

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
                hint: "add a StatusNotifier tray to the panel; GNOME needs the AppIndicator extension",
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

async fn ask() -> Result<(bool, bool), String> {
    let said = |error: zbus5::Error| error.to_string();
    let bus = Connection::session().await.map_err(said)?;
    let proxy = DBusProxy::new(&bus).await.map_err(said)?;
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

async fn late() -> Result<(bool, bool), String> {
    async_io::Timer::after(PATIENCE).await;
    Err("it does not answer".into())
}
