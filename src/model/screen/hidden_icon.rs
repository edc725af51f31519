//! An icon that exists but that macOS does not show.

use super::notice::Notice;

/// Under which name the system keeps the icon's place in the menu bar.
pub const NAME: &str = "inneros";

/// The app's own setting for "Allow in the Menu Bar" (macOS 26, System Settings, Menu Bar): `false`
/// where the icon was switched off (measured in tashfeenahmed/freellmapi#1146).
pub const SETTING: &str = "NSStatusItem VisibleCC inneros";

/// Why nobody sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// The user has switched it off.
    Switched,
    /// There is no room for it, beside the notch or at all.
    NoRoom,
}

impl Hidden {
    /// Concludes from the setting, if there is one, and from whether any part of the icon's
    /// window can be seen: that alone tells it (Apple in feedback-assistant/reports#37;
    /// jundot/omlx#725 on macOS 26).
    pub fn of(setting: Option<bool>, is_seen: bool) -> Option<Self> {
        match (is_seen, setting) {
            (true, _) => None,
            (false, Some(false)) => Some(Hidden::Switched),
            (false, Some(true) | None) => Some(Hidden::NoRoom),
        }
    }

    /// What brings it back.
    pub fn way_out(self) -> &'static str {
        match self {
            Hidden::Switched => {
                "turn on InnerOS in System Settings > Menu Bar, under Allow in the Menu Bar"
            }
            Hidden::NoRoom => {
                "the menu bar is full: quit another app that has an icon in it, or hold ⌘ and drag \
                 icons out of it"
            }
        }
    }

    /// What there is to tell who opens the app and finds no icon: how the daemon is, and the way
    /// out.
    pub fn notice(self, state: &str) -> Notice {
        Notice {
            title: "The InnerOS icon is hidden".into(),
            body: format!("{state}\nTo see the icon, {}.", self.way_out()),
            urgent: false,
            actions: &[],
        }
    }
}

/// For the doctor, who sees the setting alone.
pub fn of_setting(setting: Option<bool>) -> Result<&'static str, &'static str> {
    match setting {
        Some(false) => Err("the icon is switched off in System Settings"),
        Some(true) | None => Ok("the icon is allowed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_that_is_seen_is_not_hidden_whatever_the_setting_says() {
        for setting in [None, Some(true), Some(false)] {
            assert_eq!(Hidden::of(setting, true), None);
        }
        assert_eq!(Hidden::of(Some(false), false), Some(Hidden::Switched));
        assert_eq!(Hidden::of(Some(true), false), Some(Hidden::NoRoom));
        // Before macOS 26.
        assert_eq!(Hidden::of(None, false), Some(Hidden::NoRoom));
        assert!(SETTING.ends_with(NAME));
    }

    #[test]
    fn who_finds_no_icon_is_told_the_state_and_the_way_out() {
        let notice = Hidden::Switched.notice("InnerOS: running for 2 h");

        let lines: Vec<&str> = notice.body.lines().collect();
        assert_eq!(lines[0], "InnerOS: running for 2 h");
        assert!(lines[1].contains("System Settings > Menu Bar"), "{lines:?}");
    }

    #[test]
    fn the_doctor_names_an_icon_that_is_switched_off() {
        assert!(of_setting(Some(false)).is_err());
        assert!(of_setting(Some(true)).is_ok() && of_setting(None).is_ok());
    }
}
