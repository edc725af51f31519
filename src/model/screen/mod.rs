//! What a person sees and is told: the machine behind the icon, its menu, its notifications.

mod announcer;
pub mod command;
mod first_words;
pub mod fleet;
pub mod hidden_icon;
pub mod hold;
pub mod icon;
pub mod job_command;
pub mod jobs;
pub mod machine;
pub mod notice;
pub mod permission;
pub mod problem;
#[cfg(test)]
mod transcripts;
pub mod view;
