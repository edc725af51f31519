//! `inneros daemon status --watch`

use std::io::ErrorKind;
use std::sync::mpsc::channel;
use std::time::Duration;

use super::output::{Answer, Printer, Refusal, UNWRITTEN};
use super::status::StatusPage;
use crate::app::monitor::{Monitor, News};
use crate::app::settings::{Source, Watched};
use crate::model::config::Config;
use crate::model::life::cpu::CpuMeter;
use crate::model::words;

/// Between two looks; the daemon's exit ends it early.
const INTERVAL: Duration = Duration::from_secs(1);

/// Prints the status, and again each time it has changed, until it is interrupted or
/// nobody reads it any more.
pub fn answer(config: &Config, source: Source, printer: &Printer) -> Result<Answer, Refusal> {
    let mut config = often(config);
    let file = Watched::new(source, &config.config_file);
    let (tell, news) = channel();
    let _monitor = Monitor::start(config.clone(), file, move |told| {
        // Nobody listens any more at the end.
        let _ = tell.send(told);
    })
    .map_err(|error| Refusal::new(1, &error))?;
    let mut shown = None;
    let mut cpu = CpuMeter::default();
    for told in news {
        let report = match told {
            News::Seen(_, report) => report,
            News::Configured(changed) => {
                config = often(&changed);
                continue;
            }
            News::Jobs(_) => continue,
            News::Misconfigured(error) => {
                printer.progress(&format!("the configuration cannot be used: {error}"));
                continue;
            }
        };
        let status = &report.status;
        cpu.measure(status, report.now);
        let now = (
            status.state(),
            status.alive().map(|alive| alive.identity.clone()),
            status.reason(),
            // The first answer comes after the first look.
            printer.is_json() && report.health.is_some(),
        );
        if shown.as_ref() == Some(&now) {
            continue;
        }
        let page = StatusPage {
            managed: config.main(),
            report: &report,
        };
        let line = line(&page, &cpu, printer);
        let answer = Answer {
            text: Some(line),
            ..page.answer(printer)
        };
        match printer.print(answer) {
            Ok(()) => shown = Some(now),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            Err(error) => {
                return Err(Refusal {
                    code: 1,
                    message: format!("{UNWRITTEN}: {error}"),
                    ..Refusal::default()
                });
            }
        }
    }
    Ok(Answer {
        success: true,
        text: Some(String::new()),
        ..Answer::default()
    })
}

/// Whoever watches wants to see more than a tray.
fn often(config: &Config) -> Config {
    let mut config = config.clone();
    config.tray.poll_interval = INTERVAL.min(config.tray.poll_interval);
    config
}

/// `14:32:05 InnerOS is running (pid 812), 24 MB, CPU 3 %: why`
fn line(page: &StatusPage<'_>, cpu: &CpuMeter, printer: &Printer) -> String {
    let report = page.report;
    let time = report.now.wall.format("%H:%M:%S");
    let name = &page.managed.daemon.name;
    let mut line = format!("{time} {name} {}", page.headline(printer));
    if let Some(alive) = report.status.alive() {
        line += &format!(" (pid {})", alive.identity.pid);
        let cpu = cpu.percent().map(|percent| format!("CPU {percent} %"));
        for part in words::memory(&alive.usage).into_iter().chain(cpu) {
            line += &format!(", {part}");
        }
    }
    if let Some(reason) = report.status.reason() {
        line += &format!(": {reason}");
    }
    line + "\n"
}
