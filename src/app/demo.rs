//! The demo: everything, with a small sample daemon, in its own home folder.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use crate::os::config_file::{self, ConfigError};
use crate::os::private_file::FileError;
use crate::os::sample_daemon;

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Nobody knows where the user's files are.
    #[error("cannot find your home folder: HOME is not set")]
    NoHome,
    /// No port is free for the sample daemon.
    #[error("cannot find a free port for the sample daemon")]
    Port(#[source] std::io::Error),
    /// Its configuration cannot be written.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its folder cannot be made.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The demo's home when none is given: among the user's application data.
pub fn default_home() -> Result<PathBuf, DemoError> {
    ProjectDirs::from("dev", "inneros", "inneros-demo")
        .map(|dirs| dirs.data_local_dir().to_owned())
        .ok_or(DemoError::NoHome)
}

/// Writes the demo's configuration, if there is none yet: a daemon that `program`
/// plays.
pub fn prepare(home: &Path, program: &Path) -> Result<(), DemoError> {
    let config_file = home.join("config.toml");
    if config_file.exists() {
        return Ok(());
    }
    let port = sample_daemon::free_port().map_err(DemoError::Port)?;
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    let (program, home) = (quoted(program), quoted(home));
    let text = format!(
        "# The demo's own configuration.\n\
         [daemon]\n\
         name = \"InnerOS Demo\"\n\
         command = [{program}, \"--sample-daemon\", \"{port}\"]\n\
         working_dir = {home}\n\n\
         [health]\n\
         url = \"http://127.0.0.1:{port}/health\"\n\n\
         [tray]\n\
         dashboard_url = \"http://127.0.0.1:{port}/health\"\n"
    );
    config_file::create(&config_file, &text, false)?;
    Ok(())
}
