//! `inneros daemon status --watch`

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::mpsc::channel;
use std::time::Duration;

use super::args::Bar;
use super::fleet::{self, NEXT_MENU};
use super::output::{Answer, Printer, Refusal, UNWRITTEN};
use super::status::StatusPage;
use crate::app::monitor::{Monitor, News};
use crate::app::settings::{Source, Watched};
use crate::model::config::Config;
use crate::model::life::cpu::CpuMeter;
use crate::model::life::record::Identity;
use crate::model::life::report::Report;
use crate::model::life::status::State;
use crate::model::words;

/// Between two looks; the daemon's exit ends it early.
const INTERVAL: Duration = Duration::from_secs(1);

/// Prints the status, and again each time it has changed, until it is interrupted or
/// nobody reads it any more.
pub fn answer(
    config: &Config,
    numbers: &[usize],
    format: Option<Bar>,
    source: &Source,
    printer: &Printer,
) -> Result<Answer, Refusal> {
    let mut config = often(&config.only(numbers));
    let ids = config.daemons.iter().map(|managed| managed.id.clone());
    let file = Watched::new(source.clone(), &config.config_file).of(ids.collect());
    let (tell, news) = channel();
    let _monitor = Monitor::start(config.clone(), file, move |told| {
        // Nobody listens any more at the end.
        let _ = tell.send(told);
    })
    .map_err(|error| Refusal::new(1, &error))?;
    let mut shown = ShownBar::default();
    let mut watched: BTreeMap<String, OneWatched> = BTreeMap::new();
    for told in news {
        let (number, report) = match told {
            News::Seen(number, report) => (number, report),
            News::Configured(changed) => {
                config = often(&changed);
                continue;
            }
            News::Misconfigured(error) => {
                printer.progress(&format!("the configuration cannot be used: {error}"));
                continue;
            }
            News::Jobs(_) => continue,
        };
        let written = if let Some(bar) = format {
            shown.show(bar, &config, (number, *report), printer)
        } else {
            let page = StatusPage {
                managed: &config.daemons[number],
                report: &report,
            };
            let one = watched.entry(page.managed.id.clone()).or_default();
            one.show(&page, printer)
        };
        match written {
            Ok(()) => {}
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

/// A bar that is painted anew each time something has changed.
#[derive(Default)]
struct ShownBar {
    reports: BTreeMap<usize, Report>,
    last: String,
}

impl ShownBar {
    fn show(
        &mut self,
        bar: Bar,
        config: &Config,
        (number, report): (usize, Report),
        printer: &Printer,
    ) -> io::Result<()> {
        self.reports.insert(number, report);
        self.reports
            .retain(|number, _| *number < config.daemons.len());
        // They are shown once each was seen.
        if self.reports.len() < config.daemons.len() {
            return Ok(());
        }
        let pages = self.reports.iter().map(|(number, report)| StatusPage {
            managed: &config.daemons[*number],
            report,
        });
        let text = fleet::bar(bar, &pages.collect::<Vec<_>>());
        if text == self.last {
            return Ok(());
        }
        let between = match bar {
            Bar::Swiftbar if !self.last.is_empty() => NEXT_MENU,
            Bar::Line | Bar::Waybar | Bar::Swiftbar => "",
        };
        printer.print(Answer {
            text: Some(format!("{between}{text}")),
            ..Answer::default()
        })?;
        self.last = text;
        Ok(())
    }
}

/// A daemon that is watched.
#[derive(Default)]
struct OneWatched {
    cpu: CpuMeter,
    /// What was printed last.
    shown: Option<Shown>,
}

/// What is printed anew where it changes: the state, which process, why, and whether the health is
/// known.
type Shown = (Option<State>, Option<Identity>, Option<String>, bool);

impl OneWatched {
    fn show(&mut self, page: &StatusPage<'_>, printer: &Printer) -> io::Result<()> {
        let report = page.report;
        let status = &report.status;
        self.cpu.measure(status, report.now);
        let now = (
            page.state(),
            status.alive().map(|alive| alive.identity.clone()),
            page.reason(),
            // The first answer comes after the first look.
            printer.is_json() && report.health.is_some(),
        );
        if self.shown.as_ref() == Some(&now) {
            return Ok(());
        }
        let line = line(page, &self.cpu, printer);
        let answer = Answer {
            text: Some(line),
            ..page.answer(printer)
        };
        printer.print(answer)?;
        self.shown = Some(now);
        Ok(())
    }
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
    if let Some(reason) = page.reason() {
        line += &format!(": {reason}");
    }
    line + "\n"
}
