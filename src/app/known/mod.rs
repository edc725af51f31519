//! What is known elsewhere: whoever watches (the tray, `daemon run`) writes down what it sees, and
//! writes files for others. All of it is done on a thread of its own: nothing waits for it.

mod call;
mod collect;
pub mod heartbeat;
pub mod hooks;
mod log_counts;
mod publish;
mod teller;

pub use self::collect::Collector;
pub use self::publish::{Refused, check, metrics, page};
pub use self::teller::Teller;
