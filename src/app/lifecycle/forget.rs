//! Removing a PID file that names another process, because the user says so.

use super::{Failure, lock};
use crate::app::look::observe;
use crate::model::config::Managed;
use crate::model::life::holder::Doing;
use crate::model::life::judge::judge;
use crate::model::life::status::Status;
use crate::os::pid_file;

/// Removes the PID file, if it still names this process and that may not be the daemon. Nothing
/// is signalled.
pub fn forget(managed: &Managed, pid: i32) -> Result<(), Failure> {
    let _lock = lock(managed, Doing::Stop, None)?;
    // Else somebody was faster, and there is nothing to forget.
    if let Status::Foreign(foreign) = judge(&observe(&managed.daemon))
        && foreign.pid == pid
    {
        pid_file::remove(&managed.daemon.pid_file, pid)?;
    }
    Ok(())
}
