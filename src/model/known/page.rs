//! The status page: one file in HTML that needs nothing else, asks nobody and runs nothing.

use std::path::Path;

use chrono::{DateTime, FixedOffset};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::strip::Strip;
use super::{DaemonFacts, Facts, OWNER};
use crate::model::history::{Event, Subject, crashes_in_words};
use crate::model::jobs::listed::{JobState, Listed};
use crate::model::jobs::record::{How, Last};
use crate::model::life::record::Exit;
use crate::model::life::status::State;
use crate::model::{text, words};

/// So many of the last things that went wrong are shown.
const ERRORS: usize = 10;

const STYLE: &str = "
:root{color-scheme:light dark;--bg:#fff;--fg:#1d2125;--dim:#596069;--line:#d8dce1;--card:#f6f7f9;
--good:#1a7f37;--bad:#c21d2c;--warn:#8a5a00}
@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e6e9ec;--dim:#9aa3ad;--line:#343a41;
--card:#1d2125;--good:#4ac26b;--bad:#ff7b83;--warn:#e0b04b}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:0}
p{margin:.25rem 0}.dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad)}
.warn{color:var(--warn)}
article{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;
margin:.75rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0}
dt{color:var(--dim)}dd{margin:0}
svg{display:block;width:100%;height:1.25rem;margin-top:.5rem}
.days{display:flex;justify-content:space-between;font-size:.75rem;color:var(--dim)}
ol{padding-left:1.25rem}li{margin:.25rem 0}
@media(max-width:30rem){dl{grid-template-columns:1fr}dd{margin-bottom:.35rem}}
";

/// The whole page.
pub fn page(facts: &Facts, home: &Path) -> String {
    let now = facts.now.wall;
    let headline = headline(facts);
    let page = html! {
        (DOCTYPE)
        (PreEscaped(format!("\n<!-- {OWNER}{} -->\n", super::mark(home))))
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                link rel="icon" href="data:,";
                title { (headline) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (headline) }
                    p.dim { "As of " (moment(now)) }
                }
                main {
                    section aria-labelledby="daemons" {
                        h2 #daemons { "Daemons" }
                        @for daemon in &facts.daemons { (of_daemon(facts, daemon)) }
                    }
                    @if !facts.jobs.is_empty() {
                        section aria-labelledby="jobs" {
                            h2 #jobs { "Jobs" }
                            @for job in &facts.jobs { (of_job(facts, job)) }
                        }
                    }
                    (errors(facts))
                }
            }
        }
    };
    page.into_string() + "\n"
}

fn headline(facts: &Facts) -> String {
    let wrong: Vec<String> = facts
        .daemons
        .iter()
        .map(|daemon| (daemon, daemon.report.status.state()))
        .filter(|(_, state)| tone(*state) == "bad")
        .map(|(daemon, state)| format!("{} is {}", daemon.name, state.word()))
        .chain(facts.jobs.iter().filter(|job| job.is_wrong()).map(|job| {
            if job.missed.is_some() {
                format!("{} was missed", job.name)
            } else {
                format!("{} failed", job.name)
            }
        }))
        .collect();
    if !wrong.is_empty() {
        return text::printable(&wrong.join(", "));
    }
    match &facts.daemons[..] {
        [one] => text::printable(&format!(
            "{}: {}",
            one.name,
            one.report.status.state().word()
        )),
        all => {
            let alive = all
                .iter()
                .filter(|daemon| daemon.report.status.alive().is_some());
            format!("{} of {} run", alive.count(), all.len())
        }
    }
}

/// The class that colours a state. Its word says the same.
fn tone(state: State) -> &'static str {
    match state {
        State::Running => "good",
        State::Starting | State::Stopping | State::Degraded => "warn",
        State::NotConfigured | State::Stopped => "dim",
        State::Unhealthy
        | State::Crashed
        | State::CrashLooping
        | State::Foreign
        | State::Unknown => "bad",
    }
}

fn of_daemon(facts: &Facts, daemon: &DaemonFacts) -> Markup {
    let report = &daemon.report;
    let state = report.status.state();
    let alive = report.status.alive();
    let now = facts.now.wall;
    let crashes = crashes_in_words(report.crashes, report.status.crash().is_some());
    let logged = report.said.logged.as_ref();
    let logged = logged.map(|entry| {
        let at = entry.at.and_local_timezone(*now.offset()).single();
        let component = entry.component.as_ref();
        let component = component.map_or(String::new(), |component| format!("{component}: "));
        (at, text::printable(&(component + &entry.message)))
    });
    let subject = Subject::Daemon(daemon.name.clone());
    let strip = Strip::of(
        facts.events_of(&subject),
        alive.map(|alive| alive.started_at),
        now,
    );
    let said = format!(
        "Last 7 days: it ran {} % of the time{}.",
        strip.percent(),
        match strip.bad {
            0 => ", and nothing went wrong".to_owned(),
            1 => ", and 1 thing went wrong".to_owned(),
            many => format!(", and {many} things went wrong"),
        }
    );
    html! {
        article {
            h3 { (text::printable(&daemon.name)) ": " span class=(tone(state)) { (state.word()) } }
            dl {
                @if let Some(alive) = alive {
                    dt { "Since" } dd { (moment(alive.started_at)) }
                    dt { "Process" } dd { (alive.identity.pid) }
                    @if let Some(memory) = words::memory(&alive.usage) {
                        dt { "Memory" } dd { (memory) }
                    }
                }
                @if let Some(reason) = report.status.reason() {
                    dt { "Why" } dd { (text::printable(&reason)) }
                }
                @if let Some(crashes) = crashes { dt { "Crashes" } dd.bad { (crashes) } }
                @if let Some((at, said)) = logged {
                    dt { "Last error" }
                    dd {
                        @if let Some(at) = at { (moment(at)) " " }
                        (said)
                    }
                }
                @if let Some(line) = &report.said.last_line {
                    dt { "Last line" } dd { (text::printable(line)) }
                }
            }
            (drawn(&strip, &said, now))
        }
    }
}

fn of_job(facts: &Facts, job: &Listed) -> Markup {
    let now = facts.now.wall;
    let (result, tone) = result(job);
    let subject = Subject::Job(job.name.clone());
    let strip = Strip::of(facts.events_of(&subject), None, now);
    let said = format!(
        "Last 7 days: {} runs ended well, {} failed or were missed.",
        strip.good, strip.bad
    );
    html! {
        article {
            h3 { (text::printable(&job.name)) ": " span class=(tone) { (result) } }
            dl {
                @if let Some(record) = job.last.record() {
                    dt { "Last run" } dd { (moment(record.began.wall)) }
                }
                @if let Some(took) = job.last.took(&facts.now) {
                    dt { "Took" } dd { (words::uptime(took)) }
                }
                dt { "Next" }
                dd {
                    @match (&job.state, job.next) {
                        (JobState::Disabled | JobState::HeldBack(None), _) => "disabled",
                        (_, Some(next)) => (moment(next)),
                        (_, None) => "not known",
                    }
                }
                @if let Some(missed) = job.missed {
                    dt { "Missed" } dd.bad { (missed.count) ", the first due " (moment(missed.due)) }
                }
            }
            (drawn(&strip, &said, now))
        }
    }
}

fn result(job: &Listed) -> (String, &'static str) {
    match &job.last {
        Last::Never => ("has not run".into(), "dim"),
        Last::Running(_) => ("runs".into(), "good"),
        Last::Lost(_) => ("how it ended is not known".into(), "warn"),
        Last::Unreadable(_) => ("its record cannot be read".into(), "warn"),
        Last::Ended(_, end) => match &end.how {
            How::Exit(Exit::Code(0)) => ("ok".into(), "good"),
            How::Exit(exit) => (format!("failed with {}", words::exit(*exit)), "bad"),
            How::TimedOut(_) => ("took too long".into(), "bad"),
            How::NotStarted { why, .. } => {
                (format!("not started: {}", text::printable(why)), "bad")
            }
        },
    }
}

/// A strip, and in words what it shows.
fn drawn(strip: &Strip, said: &str, now: DateTime<FixedOffset>) -> Markup {
    let day = |at: DateTime<FixedOffset>| at.format("%b %-d").to_string();
    html! {
        svg role="img" aria-label=(said) viewBox="0 0 1000 20" preserveAspectRatio="none" {
            title { (said) }
            rect x="0" y="7" width="1000" height="6" fill="var(--line)" {}
            @for (from, until) in &strip.ran {
                rect x=(from) y="4" width=(until.saturating_sub(*from).max(2)) height="12"
                    fill="var(--good)" {}
            }
            @for (at, kind) in &strip.marks {
                @if kind.is_bad() {
                    rect x=(at.min(&996)) y="0" width="4" height="20" fill="var(--bad)" {}
                } @else {
                    rect x=(at.min(&996)) y="4" width="4" height="12" fill="var(--good)" {}
                }
            }
        }
        div.days aria-hidden="true" { span { (day(now - super::strip::SPAN)) } span { (day(now)) } }
    }
}

/// What went wrong last.
fn errors(facts: &Facts) -> Markup {
    let wrong: Vec<&Event> = facts
        .events
        .iter()
        .rev()
        .filter(|event| event.kind.is_bad())
        .take(ERRORS)
        .collect();
    html! {
        section aria-labelledby="errors" {
            h2 #errors { "What went wrong last" }
            @if wrong.is_empty() { p { "Nothing." } }
            ol {
                @for event in wrong {
                    li {
                        span.dim { (moment(event.at)) } " "
                        (text::printable(event.of.name())) " " (text::printable(&event.sentence()))
                    }
                }
            }
        }
    }
}

/// A time with its zone: the page may be read anywhere.
fn moment(at: DateTime<FixedOffset>) -> Markup {
    html! {
        time datetime=(at.to_rfc3339()) { (at.format("%Y-%m-%d %H:%M:%S %:z").to_string()) }
    }
}
