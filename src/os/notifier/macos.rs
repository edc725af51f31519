//! Notifications through `UNUserNotificationCenter`. It serves only programs in a bundle, and
//! only if the signature's identifier is that of the bundle (vastsa/PI-Desktop#524).
//!
//! It answers on its own queue, in its own time: nobody waits for that without a limit, and nobody
//! waits at all for the user's answer to the permission question.
#![allow(unsafe_code)] // A delegate and completion handlers of the framework's.

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use block2::{DynBlock, RcBlock};
use objc2::rc::Retained;
use objc2::runtime::{Bool, ProtocolObject};
use objc2::{AnyThread, DefinedClass, define_class, msg_send};
use objc2_foundation::{NSArray, NSBundle, NSError, NSObject, NSObjectProtocol, NSSet, NSString};
use objc2_user_notifications::{
    UNAuthorizationOptions, UNMutableNotificationContent, UNNotification, UNNotificationAction,
    UNNotificationActionOptions, UNNotificationCategory, UNNotificationCategoryOptions,
    UNNotificationDefaultActionIdentifier, UNNotificationDismissActionIdentifier,
    UNNotificationPresentationOptions, UNNotificationRequest, UNNotificationResponse,
    UNNotificationSettings, UNUserNotificationCenter, UNUserNotificationCenterDelegate,
};

use super::{Click, Told};
use crate::model::screen::notice::{self, Action, Notice, Response};
use crate::model::screen::permission::{self, Refusal};
use crate::os::process;

/// What every notification is called: the system puts the next one in place of the one that
/// is there, also of one that an earlier tray has left.
const ID: &str = "daemon";

/// How long an answer may take that needs no user.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request for the permission that has no answer after this is made once more.
const ASKED_LONG_AGO: Duration = Duration::from_secs(60);

type Tell = Arc<dyn Fn(Heard) + Send + Sync>;

/// The system, and what it shows of ours.
pub struct Service {
    tell: Tell,
    /// Since when there is no answer to the request for the permission.
    asked: Option<Instant>,
    is_allowed: bool,
    /// Why the last request for the permission was not granted.
    refused: Option<String>,
    /// The newest that could not be shown yet.
    waiting: Option<Notice>,
    /// The mark of what is shown.
    shown: Option<String>,
    count: u64,
    /// The sets of buttons that the system was told of.
    buttons: Vec<&'static [Action]>,
}

/// What the system has said.
#[derive(Debug, Clone)]
pub enum Heard {
    /// The user did this with the notification that has this mark.
    Response { mark: String, response: Response },
    /// The answer to the request for the permission.
    Permission(Result<(), String>),
}

impl Service {
    /// To be called before the app has finished launching: a click on what an earlier tray has
    /// left may be what has launched it, and is told only to a delegate that is there by then
    /// (`UNUserNotificationCenterDelegate`).
    pub fn new(_app: &'static str, tell: impl Fn(Heard) + Send + Sync + 'static) -> Self {
        let tell: Tell = Arc::new(tell);
        if let Ok(center) = center() {
            let delegate = Delegate::new(Arc::clone(&tell));
            center.setDelegate(Some(ProtocolObject::from_ref(&*delegate)));
            // The center does not keep it; it is needed for as long as the process lives.
            std::mem::forget(delegate);
        }
        Self {
            tell,
            asked: None,
            is_allowed: false,
            refused: None,
            waiting: None,
            shown: None,
            count: 0,
            buttons: Vec::new(),
        }
    }

    /// The system asks the user at the first need, and not before.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps)] // The same shape as on Linux.
    pub fn is_there(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// Shows this in place of what is shown, as soon as the user has allowed it.
    pub fn show(&mut self, notice: &Notice) -> Result<(), String> {
        let center = center()?;
        if self.is_allowed {
            return self.send(&center, notice);
        }
        self.waiting = Some(notice.clone());
        let is_open = self.asked.is_some();
        let asked = self.asked.get_or_insert_with(Instant::now).elapsed();
        if !is_open || asked >= ASKED_LONG_AGO {
            self.ask(&center);
        }
        match &self.refused {
            Some(why) => Err(why.clone()),
            None => permission::of_question(asked),
        }
    }

    /// Withdraws what is shown, and what an earlier tray has left.
    pub fn close(&mut self) {
        (self.waiting, self.shown) = (None, None);
        if let Ok(center) = center() {
            let ids = NSArray::from_retained_slice(&[NSString::from_str(ID)]);
            center.removeDeliveredNotificationsWithIdentifiers(&ids);
        }
    }

    /// What becomes of what was heard.
    pub fn hear(&mut self, heard: Heard) -> Option<Told> {
        match heard {
            Heard::Response { mark, response } => {
                let is_shown = self.shown.take_if(|shown| *shown == mark).is_some();
                let click = notice::clicked(&response, is_shown)?;
                Some(Told::Clicked(Click(click)))
            }
            Heard::Permission(answer) => {
                self.asked = None;
                self.is_allowed = answer.is_ok();
                self.refused = answer.as_ref().err().cloned();
                let waiting = self.waiting.take();
                let able = match (answer, waiting) {
                    (Ok(()), Some(notice)) => {
                        center().and_then(|center| self.send(&center, &notice))
                    }
                    (answer, _) => answer,
                };
                if let Err(error) = &able {
                    tracing::warn!("cannot notify: {error}");
                }
                Some(Told::Able(able))
            }
        }
    }

    /// Asks the user, who is asked once; later the system answers by what was said then. It tells
    /// of it when there is an answer.
    fn ask(&self, center: &UNUserNotificationCenter) {
        let tell = Arc::clone(&self.tell);
        let answered = RcBlock::new(move |granted: Bool, error: *mut NSError| {
            if granted.as_bool() {
                tell(Heard::Permission(Ok(())));
            } else {
                tell_why(&tell, refusal(error));
            }
        });
        center.requestAuthorizationWithOptions_completionHandler(
            UNAuthorizationOptions::Alert | UNAuthorizationOptions::Sound,
            &answered,
        );
    }

    fn send(&mut self, center: &UNUserNotificationCenter, notice: &Notice) -> Result<(), String> {
        self.count += 1;
        let begun = process::boot_clock().as_millis();
        let mark = format!("{}-{begun}-{}", std::process::id(), self.count);
        let content = UNMutableNotificationContent::new();
        content.setTitle(&NSString::from_str(&notice.title));
        content.setBody(&NSString::from_str(&notice.body));
        // An urgent one is not made `TimeSensitive`: without an entitlement that Apple gives,
        // `com.apple.developer.usernotifications.time-sensitive`, it counts as any other.
        content.setThreadIdentifier(&NSString::from_str(&mark));
        if !notice.actions.is_empty() {
            self.register(center, notice.actions);
            content.setCategoryIdentifier(&category(notice.actions));
        }
        let request = UNNotificationRequest::requestWithIdentifier_content_trigger(
            &NSString::from_str(ID),
            &content,
            None,
        );
        let (sender, receiver) = sync_channel(1);
        let done = RcBlock::new(move |error: *mut NSError| {
            // Nobody waits any longer, if it is late.
            let _ = sender.try_send(refusal(error));
        });
        center.addNotificationRequest_withCompletionHandler(&request, Some(&done));
        // It may be on the screen already.
        self.shown = Some(mark);
        match receiver.recv_timeout(PATIENCE) {
            Ok(None) => Ok(()),
            Ok(Some(error)) => {
                self.shown = None;
                // The user may have changed their mind: at the next need it is asked for again.
                self.is_allowed = error.0 != permission::NOT_ALLOWED;
                Err(permission::of_sending(&error))
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(permission::SILENT.into())
            }
        }
    }

    /// Tells the system of a set of buttons, once.
    fn register(&mut self, center: &UNUserNotificationCenter, actions: &'static [Action]) {
        if self.buttons.contains(&actions) {
            return;
        }
        self.buttons.push(actions);
        let categories: Vec<_> = self
            .buttons
            .iter()
            .map(|actions| {
                let buttons: Vec<_> = actions.iter().copied().map(button).collect();
                UNNotificationCategory::categoryWithIdentifier_actions_intentIdentifiers_options(
                    &category(actions),
                    &NSArray::from_retained_slice(&buttons),
                    &NSArray::new(),
                    UNNotificationCategoryOptions::empty(),
                )
            })
            .collect();
        center.setNotificationCategories(&NSSet::from_retained_slice(&categories));
    }
}

/// What a set of buttons is called.
fn category(actions: &[Action]) -> Retained<NSString> {
    let keys: Vec<&str> = actions.iter().copied().map(Action::key).collect();
    NSString::from_str(&keys.join(","))
}

fn button(action: Action) -> Retained<UNNotificationAction> {
    UNNotificationAction::actionWithIdentifier_title_options(
        &NSString::from_str(action.key()),
        &NSString::from_str(action.label()),
        UNNotificationActionOptions::empty(),
    )
}

/// The notification center of this app. A program outside of a bundle has none: to ask for it
/// would end it.
fn center() -> Result<Retained<UNUserNotificationCenter>, String> {
    if NSBundle::mainBundle().bundleIdentifier().is_none() {
        return Err("notifications need the app bundle, see the README".into());
    }
    Ok(UNUserNotificationCenter::currentNotificationCenter())
}

/// An error as plain data; nothing if there is none.
fn refusal(error: *mut NSError) -> Option<Refusal> {
    // SAFETY: it is null, or an error that lives for as long as the handler is called.
    let error = unsafe { error.as_ref() }?;
    Some((error.code(), error.localizedDescription().to_string()))
}

/// Tells why the permission was not given.
fn tell_why(tell: &Tell, error: Option<Refusal>) {
    let tell = Arc::clone(tell);
    let told = RcBlock::new(move |settings: NonNull<UNNotificationSettings>| {
        // SAFETY: the settings live for as long as the handler is called.
        let status = unsafe { settings.as_ref() }.authorizationStatus().0;
        let why = permission::of_refusal(status, error.as_ref());
        tell(Heard::Permission(Err(why)));
    });
    UNUserNotificationCenter::currentNotificationCenter()
        .getNotificationSettingsWithCompletionHandler(&told);
}

define_class!(
    // SAFETY: NSObject has no rules for those that descend from it, and the class has no `Drop`.
    #[unsafe(super(NSObject))]
    #[name = "InnerOSNotificationDelegate"]
    #[ivars = Tell]
    struct Delegate;

    // SAFETY: NSObject is one.
    unsafe impl NSObjectProtocol for Delegate {}

    // SAFETY: the methods have the types that the protocol names.
    unsafe impl UNUserNotificationCenterDelegate for Delegate {
        /// Without this, nothing is shown while the app is the active one.
        #[unsafe(method(userNotificationCenter:willPresentNotification:withCompletionHandler:))]
        fn will_present(
            &self,
            _center: &UNUserNotificationCenter,
            _notification: &UNNotification,
            done: &DynBlock<dyn Fn(UNNotificationPresentationOptions)>,
        ) {
            done.call((UNNotificationPresentationOptions::Banner
                | UNNotificationPresentationOptions::List
                | UNNotificationPresentationOptions::Sound,));
        }

        #[unsafe(method(userNotificationCenter:didReceiveNotificationResponse:withCompletionHandler:))]
        fn did_receive(
            &self,
            _center: &UNUserNotificationCenter,
            response: &UNNotificationResponse,
            done: &DynBlock<dyn Fn()>,
        ) {
            let content = response.notification().request().content();
            let mark = content.threadIdentifier().to_string();
            let response = response_of(&response.actionIdentifier());
            (self.ivars())(Heard::Response { mark, response });
            done.call(());
        }
    }
);

impl Delegate {
    fn new(tell: Tell) -> Retained<Self> {
        let this = Self::alloc().set_ivars(tell);
        // SAFETY: `init` of NSObject.
        unsafe { msg_send![super(this), init] }
    }
}

fn response_of(action: &NSString) -> Response {
    // SAFETY: constants of the framework's.
    let (opened, dismissed) = unsafe {
        (
            UNNotificationDefaultActionIdentifier,
            UNNotificationDismissActionIdentifier,
        )
    };
    if action == opened {
        Response::Opened
    } else if action == dismissed {
        Response::Dismissed
    } else {
        Response::Button(action.to_string())
    }
}
