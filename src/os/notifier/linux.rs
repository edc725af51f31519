//! Notifications over D-Bus (Desktop Notifications Specification 1.2), all on one connection.
//!
//! A notification's number belongs to its service: another service, or the same one after a
//! restart, gives it to somebody else's. So a number is kept together with the unique name that
//! gave it, each call goes to that name, and both are forgotten when the service changes.

use std::collections::HashMap;
use std::sync::Arc;

use futures_lite::future::{block_on, or};
use futures_lite::stream::StreamExt;
use notify_rust::{Notification, Urgency};
use zbus5::fdo::DBusProxy;
use zbus5::message::Type;
use zbus5::zvariant::Value;
use zbus5::{Connection, Error, MatchRule, Message, MessageStream};

use super::{Click, Told};
use crate::model::autostart::desktop_entry;
use crate::model::screen::notice::{Action, Notice};
use crate::os::session_bus;

/// The service's name, which is its interface's, too.
const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const BUS: &str = "org.freedesktop.DBus";

/// What is said when there is no service.
const NOBODY: &str = "no program here shows notifications";

type Tell = Arc<dyn Fn(Heard) + Send + Sync>;

/// The notification service, and what it shows of ours.
pub struct Service {
    app: &'static str,
    tell: Tell,
    bus: Option<Connection>,
    server: Option<Server>,
    shown: Option<Shown>,
    /// What nobody could show yet.
    waiting: Option<Notice>,
}

/// Who shows notifications, and what it can do.
#[derive(Clone)]
struct Server {
    /// Its unique name on the bus.
    owner: String,
    capabilities: Vec<String>,
}

/// What is on the screen.
struct Shown {
    owner: String,
    id: u32,
}

/// What the bus has said.
#[derive(Debug)]
pub enum Heard {
    Signal(Message),
    /// The connection is over.
    Ended,
}

impl Service {
    pub fn new(app: &'static str, tell: impl Fn(Heard) + Send + Sync + 'static) -> Self {
        Self {
            app,
            tell: Arc::new(tell),
            bus: None,
            server: None,
            shown: None,
            waiting: None,
        }
    }

    /// Whether there is a service, or one that starts when it is needed.
    pub fn is_there(&mut self) -> Result<(), String> {
        block_on(async {
            let proxy = DBusProxy::new(self.bus().await?).await?;
            let startable = proxy.list_activatable_names().await?;
            let is_there = proxy.name_has_owner(NAME.try_into()?).await?
                || startable.iter().any(|name| name.as_str() == NAME);
            Ok::<_, Error>(is_there)
        })
        .map_err(|error| error.to_string())
        .and_then(|is_there| if is_there { Ok(()) } else { Err(NOBODY.into()) })
    }

    /// Shows this in place of what is shown. If nobody can show it now, it is shown
    /// as soon as somebody comes who can.
    pub fn show(&mut self, notice: &Notice) -> Result<(), String> {
        let result = block_on(async {
            match self.try_to_show(notice).await {
                // Who was asked has gone meanwhile: another one may have come.
                Err(error) if self.server.is_some() && is_gone(&error) => {
                    self.forget();
                    self.try_to_show(notice).await
                }
                result => result,
            }
        });
        self.waiting = match &result {
            Err(error) if is_gone(error) => Some(notice.clone()),
            Ok(()) | Err(_) => None,
        };
        result.map_err(|error| words(&error))
    }

    /// Withdraws what is shown.
    pub fn close(&mut self) {
        self.waiting = None;
        let (Some(Shown { owner, id }), Some(bus)) = (self.shown.take(), &self.bus) else {
            return;
        };
        if let Err(error) = block_on(call(bus, &owner, "CloseNotification", &(id,))) {
            tracing::debug!("cannot close a notification: {error}");
        }
    }

    /// What the bus has said, if it concerns us.
    pub fn hear(&mut self, heard: Heard) -> Option<Told> {
        let Heard::Signal(message) = heard else {
            self.bus = None;
            self.forget();
            return None;
        };
        let header = message.header();
        let (sender, member) = (header.sender()?.as_str(), header.member()?.as_str());
        let body = message.body();
        if sender == BUS {
            let (_, _, owner): (&str, &str, &str) = body.deserialize().ok()?;
            self.forget();
            let able = match self.waiting.take() {
                Some(notice) if !owner.is_empty() => self.show(&notice),
                waiting => {
                    self.waiting = waiting;
                    self.is_there()
                }
            };
            return Some(Told::Able(able));
        }
        let is_ours = |id| {
            let shown = self.shown.as_ref();
            shown.is_some_and(|shown| shown.id == id && shown.owner == sender)
        };
        if let ("ActionInvoked", Ok((id, key))) = (member, body.deserialize::<(u32, &str)>()) {
            let action = Action::of_key(key);
            return (is_ours(id) && (action.is_some() || key == "default"))
                .then_some(Told::Clicked(Click(action)));
        }
        if let ("NotificationClosed", Ok((id, _))) = (member, body.deserialize::<(u32, u32)>())
            && is_ours(id)
        {
            self.shown = None;
        }
        None
    }

    fn forget(&mut self) {
        self.server = None;
        self.shown = None;
    }

    async fn bus(&mut self) -> zbus5::Result<&Connection> {
        if self.bus.is_none() {
            self.bus = Some(connect(Arc::clone(&self.tell)).await?);
        }
        self.bus.as_ref().ok_or(Error::InvalidReply)
    }

    async fn server(&mut self) -> zbus5::Result<Server> {
        if let Some(server) = &self.server {
            return Ok(server.clone());
        }
        // The one call to the name itself: it starts a service that has to be started, and
        // whoever answers is the one that all the others go to.
        let answer = call(self.bus().await?, NAME, "GetCapabilities", &()).await?;
        let owner = answer.header().sender().map(ToString::to_string);
        let server = Server {
            owner: owner.ok_or(Error::InvalidReply)?,
            // A service that does not know what it can do is asked for nothing.
            capabilities: answer.body().deserialize().unwrap_or_default(),
        };
        self.server = Some(server.clone());
        Ok(server)
    }

    async fn try_to_show(&mut self, notice: &Notice) -> zbus5::Result<()> {
        let server = self.server().await?;
        let replaced = self.shown.as_ref();
        let id = replaced
            .filter(|shown| shown.owner == server.owner)
            .map_or(0, |shown| shown.id);
        let content = notification(self.app, notice, &server);
        let hints = HashMap::from([
            ("urgency", Value::from(urgency(notice) as u8)),
            // What desktops list our notifications under.
            ("desktop-entry", Value::from(desktop_entry::ID)),
        ]);
        let arguments = (
            content.appname.as_str(),
            id,
            content.icon.as_str(),
            content.summary.as_str(),
            content.body.as_str(),
            content.actions,
            hints,
            i32::from(content.timeout),
        );
        let bus = self.bus().await?;
        let answer = or(
            call(bus, &server.owner, "Notify", &arguments),
            gone(bus, &server.owner),
        )
        .await?;
        let id = answer.body().deserialize()?;
        self.shown = Some(Shown {
            owner: server.owner,
            id,
        });
        Ok(())
    }
}

/// What is shown of a notice by a service that can do what this one can.
fn notification(app: &str, notice: &Notice, server: &Server) -> Notification {
    let can = |what: &str| server.capabilities.iter().any(|all| all == what);
    let mut body = notice.body.clone();
    let mut notification = Notification::new();
    notification
        .appname(app)
        .summary(&notice.title)
        .icon(if notice.urgent {
            "dialog-error"
        } else {
            "dialog-information"
        });
    if can("actions") {
        // A click beside the buttons. Some services show a button for it, too, so that the
        // log gets no other one.
        notification.action("default", Action::OpenLog.label());
        for action in notice.actions.iter().filter(|of| **of != Action::OpenLog) {
            notification.action(action.key(), action.label());
        }
    } else if !notice.actions.is_empty() {
        let labels: Vec<&str> = notice.actions.iter().map(|of| of.label()).collect();
        let choices = labels.join(" or ");
        body = format!("{body}\nChoose {choices} in the tray menu.");
    }
    // Most services read a few HTML tags in the body; what the daemon wrote must not be
    // taken for such.
    if can("body-markup") {
        body = body
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
    }
    notification.body(&body);
    notification.finalize()
}

fn urgency(notice: &Notice) -> Urgency {
    if notice.urgent {
        Urgency::Critical
    } else {
        Urgency::Normal
    }
}

/// A connection of our own, for all there is to ask and to hear.
async fn connect(tell: Tell) -> zbus5::Result<Connection> {
    let bus = session_bus::connect("notifications", move |_, message| match message {
        None => tell(Heard::Ended),
        Some(message) if message.message_type() == Type::Signal => tell(Heard::Signal(message)),
        Some(_) => {}
    })
    .await?;
    let proxy = DBusProxy::new(&bus).await?;
    let signals = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface(NAME)?
        .path(PATH)?;
    proxy.add_match_rule(signals.build()).await?;
    let owners = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(BUS)?
        .member("NameOwnerChanged")?
        .arg(0, NAME)?;
    proxy.add_match_rule(owners.build()).await?;
    Ok(bus)
}

async fn call<B>(bus: &Connection, to: &str, method: &str, arguments: &B) -> zbus5::Result<Message>
where
    B: serde::Serialize + zbus5::zvariant::DynamicType,
{
    bus.call_method(Some(to), PATH, Some(NAME), method, arguments)
        .await
}

/// Waits until this service is the one no longer.
async fn gone(bus: &Connection, owner: &str) -> zbus5::Result<Message> {
    let mut heard = MessageStream::from(bus);
    while let Some(message) = heard.next().await {
        let message = message?;
        let body = message.body();
        let is_from_bus = message.header().sender().is_some_and(|name| name == BUS);
        if let (true, Ok((_, old, _))) = (is_from_bus, body.deserialize::<(&str, &str, &str)>())
            && old == owner
        {
            break;
        }
    }
    Err(Error::NameTaken)
}

/// Whether there is nobody to ask, or is no longer.
fn is_gone(error: &Error) -> bool {
    let Error::MethodError(name, _, _) = error else {
        return *error == Error::NameTaken;
    };
    let kind = name.strip_prefix("org.freedesktop.DBus.Error.");
    kind.is_some_and(|kind| {
        // The last is of one that could not be started.
        ["ServiceUnknown", "NameHasNoOwner", "NoReply"].contains(&kind)
            || kind.starts_with("Spawn.")
    })
}

fn words(error: &Error) -> String {
    if is_gone(error) {
        return NOBODY.into();
    }
    if let Error::InputOutput(error) = error
        && error.kind() == std::io::ErrorKind::TimedOut
    {
        return "the notification service does not answer".into();
    }
    if let Error::Variant(_) = error {
        return "the notification service gave an invalid answer".into();
    }
    error.to_string()
}
