//! The tray: an icon, a menu and notifications for one daemon.
//!
//! `app::driver` has the machine and carries out its effects; the event loop only paints what it is
//! sent, and is sent something only if something has changed.

mod event_loop;
mod icon;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::Context;
use clap::{CommandFactory, Parser};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::time::ChronoLocal;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use self::event_loop::{Loop, Proxy};
use crate::app::driver::Driver;
use crate::app::settings::{SettingsError, Source, Watched};
use crate::app::{demo, only_tray};
use crate::model::autostart::login_item;
use crate::model::config::Config;
use crate::os::private_file::CappedFile;
use crate::os::{autostart, sample_daemon, signals};
use crate::ui::man_page;

/// The tray's own log is rotated above this size; one old copy is kept.
const LOG_CAP: u64 = 1024 * 1024;

/// A tray icon that shows whether the InnerOS automation daemon is running, and controls it.
#[derive(Debug, Parser)]
#[command(
    name = "inneros-tray",
    version,
    after_help = "\
Examples:
  inneros-tray                      show the configured daemon
  inneros-tray --demo               try it out with a small sample daemon

The tray writes its own log to tray.log in the home folder. The daemon keeps running when you
quit the tray."
)]
struct Options {
    /// Run a small sample daemon in its own home folder
    #[arg(long)]
    demo: bool,
    /// The folder for PID file, record and configuration [default: ~/.inneros]
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
    /// The configuration file [default: config.toml in the home folder]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Be the sample daemon, with its health server on this port
    #[arg(long, value_name = "PORT", hide = true)]
    sample_daemon: Option<u16>,
    /// Ask macOS about the login item, for the command line in the same bundle
    #[arg(long, value_name = "WHAT", hide = true, value_parser = login_item::Request::of_argument)]
    login_item: Option<login_item::Request>,
    /// Print the manual page, for packagers
    #[arg(long, hide = true)]
    man: bool,
}

/// Runs the tray of this process until it quits.
pub fn run() -> anyhow::Result<()> {
    let mut options = Options::parse();
    if let Some(port) = options.sample_daemon {
        return sample_daemon::run(port).context("the sample daemon failed");
    }
    if let Some(request) = options.login_item {
        let answer = login_item::write(&autostart::ask_login_item(request));
        return Ok(writeln!(std::io::stdout(), "{answer}")?);
    }
    if options.man {
        let pages = man_page::pages(Options::command(), &[])?;
        pages
            .iter()
            .try_for_each(|page| std::io::stdout().write_all(&page.text))?;
        return Ok(());
    }
    if options.demo {
        let home = match options.home.take() {
            Some(home) => std::path::absolute(home)?,
            None => demo::default_home()?,
        };
        let program = std::env::current_exe().context("cannot find this program")?;
        demo::prepare(&home, &program)?;
        options.home = Some(home);
    }
    let source = Source {
        home: options.home,
        config: options.config,
    };
    // With a broken file the tray is there all the same: it says what is wrong, and takes
    // the file when it has been mended.
    let (config, broken) = match source.load() {
        Err(error @ SettingsError::File(_)) => (source.load_without_file()?, Some(error)),
        config => (config?, None),
    };
    let _only = only_tray::take_place(&config)?;
    open_log(&config)?;
    tracing::info!("started, version {}", env!("CARGO_PKG_VERSION"));
    let event_loop = Loop::new()?;
    let id = config.tray_id();
    let file = Watched::new(source, &config.config_file);
    let driver = Driver::start(config, file, event_loop.proxy(), options.demo)?;
    if let Some(error) = &broken {
        driver.misconfigured(error);
    }
    quit_on_signal(&driver)?;
    event_loop.run(driver, &id)
}

fn open_log(config: &Config) -> anyhow::Result<()> {
    let file = CappedFile::open(&config.tray_log_file(), LOG_CAP)?;
    // What libraries warn of is mostly the desktop coming and going.
    let ours = Targets::new()
        .with_target("inneros_tray", Level::INFO)
        .with_default(Level::ERROR);
    tracing_subscriber::fmt()
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        .with_target(false)
        .with_timer(ChronoLocal::rfc_3339())
        .finish()
        .with(ours)
        .init();
    Ok(())
}

fn quit_on_signal(driver: &Driver<Proxy>) -> anyhow::Result<()> {
    let quit = driver.quitter();
    signals::on_end(move |signal| {
        tracing::info!("quits on signal {signal}");
        quit();
    })?;
    Ok(())
}
