//! The platform's event loop: it paints views and passes clicks on, and no more.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as platform;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "macos")]
use macos as platform;

pub use platform::{Loop, Proxy};

/// How the icons are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code)] // Each platform uses one of them.
pub enum IconStyle {
    /// Black with transparency: the system colours it to fit the menu bar.
    Template,
    /// In colours that can be seen on a light and on a dark panel.
    Coloured,
}
