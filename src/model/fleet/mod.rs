//! Several daemons: which are meant, in which order they start, and how they are as a whole.

pub mod order;
pub mod run;
pub mod worst;
