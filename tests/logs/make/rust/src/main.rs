//! Rust's loggers, each in a process of its own: shapes NAME > NAME.log

use log::LevelFilter;

fn events() {
    log::trace!("stepping");
    log::debug!("checking the queue");
    log::info!("service is up on port 8080");
    log::info!("connection ERROR is only a word here");
    log::warn!("queue is long: 95 of 100");
    log::error!("cannot reach the vault: no such host");
    log::info!("bye");
}

fn traced() {
    tracing::trace!("stepping");
    tracing::debug!(depth = 95, "checking the queue");
    tracing::info!("service is up on port 8080");
    tracing::info!("connection ERROR is only a word here");
    let span = tracing::info_span!("job", id = 7, name = "a b");
    let _inside = span.enter();
    tracing::warn!("queue is long: 95 of 100");
    let span = tracing::info_span!("upload");
    let _inside = span.enter();
    tracing::error!(code = 28, "cannot reach the vault: no such host");
}

fn main() {
    let name = std::env::args().nth(1).expect("a name");
    let tracing = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    match name.as_str() {
        "env_logger" | "env_logger-panic" => {
            let mut builder = env_logger::builder();
            builder.filter_level(LevelFilter::Trace);
            builder.target(env_logger::Target::Stdout).init();
            events();
            if name.ends_with("panic") {
                let notes: Vec<u8> = Vec::new();
                let at = notes.len();
                println!("{}", notes[at]);
            }
        }
        "env_logger-no-time" => {
            let mut builder = env_logger::builder();
            builder.filter_level(LevelFilter::Trace).format_timestamp(None);
            builder.target(env_logger::Target::Stdout).init();
            events();
        }
        "tracing" => {
            tracing.with_ansi(false).init();
            traced();
        }
        "tracing-colors" => {
            tracing.with_ansi(true).init();
            traced();
        }
        "tracing-compact" => {
            tracing.with_ansi(false).compact().init();
            traced();
        }
        "tracing-json" => {
            tracing.json().init();
            traced();
        }
        "tracing-pretty" => {
            tracing.with_ansi(false).pretty().init();
            traced();
        }
        "log4rs" => {
            use log4rs::append::console::ConsoleAppender;
            use log4rs::config::{Appender, Config, Root};
            let out = Appender::builder().build("out", Box::new(ConsoleAppender::builder().build()));
            let root = Root::builder().appender("out").build(LevelFilter::Trace);
            log4rs::init_config(Config::builder().appender(out).build(root).expect("a config"))
                .expect("a logger");
            events();
        }
        "simplelog" => {
            simplelog::WriteLogger::init(
                LevelFilter::Trace,
                simplelog::Config::default(),
                std::io::stdout(),
            )
            .expect("a logger");
            events();
        }
        "flexi_logger" => {
            let _logger = flexi_logger::Logger::try_with_str("trace")
                .expect("a level")
                .log_to_stdout()
                .format(flexi_logger::detailed_format)
                .start()
                .expect("a logger");
            events();
        }
        "fern" => {
            fern::Dispatch::new()
                .format(|out, message, record| {
                    out.finish(format_args!(
                        "[{} {} {}] {message}",
                        humantime::format_rfc3339_seconds(std::time::SystemTime::now()),
                        record.level(),
                        record.target(),
                    ));
                })
                .chain(std::io::stdout())
                .apply()
                .expect("a logger");
            events();
        }
        "slog-term" => {
            use slog::Drain;
            let decorator = slog_term::PlainSyncDecorator::new(std::io::stdout());
            let drain = slog_term::FullFormat::new(decorator).build().fuse();
            let log = slog::Logger::root(drain, slog::o!());
            slog::debug!(log, "checking the queue");
            slog::info!(log, "service is up on port 8080"; "port" => 8080);
            slog::info!(log, "connection ERROR is only a word here");
            slog::warn!(log, "queue is long: 95 of 100");
            slog::error!(log, "cannot reach the vault: no such host");
            slog::crit!(log, "giving up");
        }
        other => panic!("{other} is not known"),
    }
}
