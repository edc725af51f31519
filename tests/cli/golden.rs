//! With one daemon: every answer, JSON object and file, word for word, in each state there is.
//!
//! What is expected stands in `tests/golden/one`, a transcript a situation. A change there is a
//! change that every user and every script meets: make it only for a reason that the CHANGELOG
//! names. `SNAPSHOTS=overwrite cargo test --test cli golden` writes them anew.

use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use rustix::process::Signal;
use snapbox::{Assert, Data};

use crate::home::Home;
use crate::process::{kill, signal, wait_until};
use crate::server::{Health, answer};
use crate::supervise;

/// What differs from run to run, and what stands for it.
static VARYING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[-+]\d{2}:\d{2}", "[TIME]"),
        (r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", "[TIME]"),
        (r"\b\d{2}:\d{2}(:\d{2})?\b", "[TIME]"),
        (r#""uptime":"[^"]+""#, r#""uptime":"[SPAN]""#),
        (r"\(up [0-9dhms ]+\)", "(up [SPAN])"),
        (r"\b(took|after) [0-9.]+ ?(ms|s)\b", "$1 [SPAN]"),
        (r"[0-9.]+ [KMG]B( in \d+ processes)?", "[SIZE]"),
        (r"[0-9.]+ % since its start", "[CPU] since its start"),
        (r"\d+, with \d+ open files?", "[COUNT], with [COUNT] open files"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        (r"\b([Pp][Ii][Dd]|process)( +)\d+", "$1$2[PID]"),
        (
            r#""(\w*pid|memory_bytes|cpu_percent|open_files|threads|processes|uptime_seconds)":[0-9.]+"#,
            r#""$1":[NUMBER]"#,
        ),
        (r#""(\w+_pids)":\[[0-9,]+\]"#, r#""$1":[[PID]]"#),
    ]
    .map(|(pattern, shown)| (Regex::new(pattern).unwrap(), shown))
    .into()
});

/// What was asked of the program in one home, and its answers.
struct Transcript {
    name: &'static str,
    home: Home,
    text: String,
}

impl Transcript {
    fn of(name: &'static str, home: Home) -> Self {
        Self {
            name,
            home,
            text: String::new(),
        }
    }

    /// Asks, and writes down what is said on both outputs, and the exit code.
    fn ask(&mut self, arguments: &str) -> &mut Self {
        let answer = self.home.inneros(arguments.split(' '));
        let code = answer.exit_code();
        let _ = writeln!(self.text, "$ inneros {arguments}");
        self.said("", answer.stdout());
        self.said("2> ", answer.stderr());
        let _ = writeln!(self.text, "[exit code {code}]\n");
        self
    }

    fn said(&mut self, mark: &str, output: &str) {
        for line in output.lines() {
            let _ = writeln!(self.text, "{mark}{line}");
        }
        if !output.is_empty() && !output.ends_with('\n') {
            self.text.push_str("[no newline]\n");
        }
    }

    /// What every state is asked: what it is, for people and for programs.
    fn look(&mut self) -> &mut Self {
        self.ask("daemon status")
            .ask("daemon status --json")
            .ask("daemon status --quiet")
    }

    /// The names and modes of the files that there are by now.
    fn files(&mut self) -> &mut Self {
        let _ = writeln!(self.text, "$ ls -R .inneros");
        let ours = self.home.ours("").display().to_string();
        for (name, entry) in self.home.files_and_folders() {
            let Some(name) = name.strip_prefix(&ours) else {
                continue;
            };
            let mode = entry.split(' ').nth(1).unwrap_or_default();
            let _ = writeln!(self.text, "{mode} {name}");
        }
        self.text.push('\n');
        self
    }

    /// Compares all of it with what is expected.
    #[track_caller]
    fn holds(&mut self) {
        let home = self.home.path().display().to_string();
        let mut text = self.text.replace(&home, "[HOME]");
        for (pattern, shown) in VARYING.iter() {
            text = pattern.replace_all(&text, *shown).into_owned();
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden/one")
            .join(format!("{}.txt", self.name));
        Assert::new()
            .action_env("SNAPSHOTS")
            .normalize_paths(false)
            .eq(
                Data::text(text.trim_end().to_owned() + "\n"),
                Data::read_from(&file, None).raw(),
            );
    }
}

#[test]
fn nothing_configured() {
    Transcript::of("not-configured", Home::new())
        .look()
        .ask("daemon start")
        .ask("daemon start --json")
        .ask("daemon stop")
        .ask("daemon restart")
        .ask("daemon logs")
        .ask("daemon run")
        .ask("config show")
        .ask("config path")
        .files()
        .holds();
}

#[test]
fn stopped_and_back() {
    Transcript::of("stopped", Home::with_daemon(""))
        .look()
        .ask("daemon stop")
        .ask("daemon stop --json")
        .ask("daemon logs")
        .ask("config show")
        .ask("config show --json")
        .files()
        .ask("daemon start --json")
        .ask("daemon stop --json")
        .ask("daemon restart --json")
        .ask("daemon restart")
        .ask("daemon stop")
        .files()
        .holds();
}

#[test]
fn running() {
    let home = Home::with_daemon("");
    home.inneros(["daemon", "start"]).code(0);

    Transcript::of("running", home)
        .look()
        .ask("status")
        .ask("daemon start")
        .ask("daemon start --json")
        .files()
        .ask("daemon stop")
        .holds();
}

#[test]
fn crashed() {
    let home = Home::with_daemon("echo the last word >&2");
    kill(home.start());

    Transcript::of("crashed", home)
        .look()
        .ask("daemon stop --json")
        .look()
        .holds();
}

#[test]
fn gave_up() {
    let home = supervise::home("echo no database >&2; exit 3").setting("daemon.restart_limit = 1");

    Transcript::of("gave-up", home)
        .ask("daemon run")
        .look()
        .ask("daemon stop")
        .holds();
}

#[test]
fn a_failed_start() {
    let home = Home::new().config(
        "daemon.command = ['sh', '-c', 'echo no database >&2; exit 3']\n\
         daemon.start_grace = '20s'\n",
    );

    Transcript::of("failed-start", home)
        .ask("daemon start")
        .ask("daemon start --json")
        .ask("daemon restart")
        .look()
        .files()
        .holds();
}

#[test]
fn no_such_program() {
    Transcript::of(
        "no-such-program",
        Home::new().config("daemon.command = ['/nowhere/at-all']\n"),
    )
    .ask("daemon start")
    .ask("daemon start --json")
    .look()
    .holds();
}

#[test]
fn sick_and_well() {
    for (name, status, body) in [
        ("health-ok", 200, r#"{"status": "ok"}"#),
        (
            "degraded",
            200,
            r#"{"status": "ok", "handlers": {"youtube": {"status": "unhealthy", "error_rate": 1.0}}}"#,
        ),
        ("unhealthy", 503, r#"{"detail": "no database"}"#),
    ] {
        let server = Health::saying(answer(status, body));
        let home = Home::with_daemon("")
            .setting(&format!("health.url = '{}'", server.url()))
            .setting("daemon.ready_timeout = '1ms'");
        home.inneros(["daemon", "start"]).code(0);

        Transcript::of(name, home).look().ask("daemon stop").holds();
    }
}

#[test]
fn a_stop_that_takes_too_long() {
    let home = Home::with_daemon("trap '' TERM; touch \"$HOME/ready\"")
        .setting("daemon.stop_timeout = '100ms'");
    home.start_until_ready();

    Transcript::of("stop-overdue", home)
        .ask("daemon stop")
        .ask("daemon stop --json")
        .look()
        .ask("daemon stop --force")
        .holds();
}

#[test]
fn a_foreign_process_in_the_pid_file() {
    let home = Home::with_daemon("");
    let stranger = crate::process::Stranger::new();
    home.write_pid_file(stranger.pid());

    Transcript::of("foreign", home)
        .look()
        .ask("daemon start")
        .ask("daemon stop")
        .ask("daemon restart --json")
        .files()
        .holds();
    stranger.assert_unharmed();
}

#[test]
fn a_damaged_pid_file() {
    let home = Home::with_daemon("");
    home.write_pid_file("abc");

    Transcript::of("damaged-pid-file", home)
        .look()
        .ask("daemon start")
        .ask("daemon stop")
        .files()
        .holds();
}

#[test]
fn a_record_of_the_boot_before() {
    let home = Home::with_daemon("");
    kill(home.start());
    home.alter_record("boot_id", "0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0b");

    Transcript::of("computer-restarted", home)
        .look()
        .ask("daemon stop")
        .holds();
}

#[test]
fn a_broken_configuration() {
    Transcript::of(
        "broken-configuration",
        Home::new().config("[daemon]\ncomand = ['sleep', '300']\n"),
    )
    .look()
    .ask("daemon start")
    .ask("daemon logs")
    .ask("config show")
    .holds();
}

#[test]
fn logs() {
    let home = Home::with_daemon("");
    home.write(
        ".inneros/logs/daemon_2026-11-22.log",
        "2026-11-22 20:14:24,001 [INFO] src.automation.daemon: started\n\
         2026-11-22 20:14:25,001 [ERROR] src.automation.youtube: no transcript\n\
         Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\nValueError: no\n\
         2026-11-22 20:14:26,001 [WARNING] src.automation.inbox: slow\n",
    );

    Transcript::of("logs", home)
        .ask("daemon logs")
        .ask("daemon logs -n 1")
        .ask("daemon logs --json")
        .ask("daemon logs --level ERROR")
        .ask("daemon logs --component youtube --json")
        .ask("daemon logs --grep nothing")
        .ask("daemon logs --summary")
        .ask("daemon logs --summary --json")
        .ask("daemon logs --path")
        .holds();
}

#[test]
fn supervised() {
    let home = supervise::slow_home("trap 'exit 0' TERM");
    let run = supervise::run(&home);
    wait_until("it runs", || supervise::status(&home)["state"] == "running");
    let supervisor = supervise::process(&run);

    Transcript::of("supervised", home)
        .look()
        .ask("daemon stop")
        .look()
        .holds();
    signal(supervisor, Signal::TERM);
    supervise::end(run);
}
