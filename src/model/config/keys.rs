//! The keys of the configuration file, each in one place: its name, what fits it, where its
//! value is kept, what it means. Reading, `config show`, the template, the variables of the
//! environment and the check of the reference follow from this table.

use std::path::Path;
use std::time::Duration;

use super::field::{Empty, Field, Form, Range};
use super::names::check_name;
use super::seconds;
use crate::model::logs::dialect::{Format, Zone};

/// A key of the configuration file.
#[derive(Debug)]
pub struct Key {
    /// Its table and its name: `daemon.stop_timeout`.
    pub name: &'static str,
    /// What it means, in a sentence or two.
    pub about: &'static str,
    /// What fits it, and where it is kept.
    pub field: Field,
    /// The variable of the environment that says the same.
    pub variable: Option<&'static str>,
    /// Whether it says how a daemon stands to others.
    pub is_for_several: bool,
    /// What the template shows where the default would tell nothing, in TOML notation.
    pub(super) example: Option<&'static str>,
}

impl Key {
    const fn new(name: &'static str, field: Field, about: &'static str) -> Self {
        Self {
            name,
            about,
            field,
            variable: None,
            is_for_several: false,
            example: None,
        }
    }

    /// The table and the name in it.
    pub(super) fn parts(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').unwrap_or(("", self.name))
    }

    const fn variable(mut self, name: &'static str) -> Self {
        self.variable = Some(name);
        self
    }

    const fn for_several(mut self) -> Self {
        self.is_for_several = true;
        self
    }

    const fn example(mut self, value: &'static str) -> Self {
        self.example = Some(value);
        self
    }
}

/// The keys of a table, each with its name in it; none where there is no such table.
pub(super) fn of_table(table: &str) -> Vec<(&'static str, &'static Key)> {
    let keys = KEYS.iter().map(|key| (key.parts(), key));
    keys.filter(|((of, _), _)| *of == table)
        .map(|((_, name), key)| (name, key))
        .collect()
}

/// The tables that have no place among the keys: what is in them is read with a name to it.
pub(super) const OTHER_TABLES: [&str; 3] = ["defaults", "daemons", "jobs"];

/// The names of the tables.
pub(super) fn tables() -> Vec<&'static str> {
    let mut tables: Vec<&str> = KEYS.iter().map(|key| key.parts().0).collect();
    tables.dedup();
    tables.extend(OTHER_TABLES);
    tables
}

const METRICS_FILE: Form = Form {
    kind: "an absolute path, or one that starts with \"~/\", of a file whose name ends in \".prom\"",
    fits: |path| {
        Path::new(path)
            .extension()
            .is_some_and(|extension| extension == "prom")
    },
};
const PAGE_FILE: Form = Form {
    kind: "an absolute path, or one that starts with \"~/\", of a file whose name ends in \".html\"",
    fits: |path| {
        Path::new(path)
            .extension()
            .is_some_and(|extension| extension == "html")
    },
};
const MODE: Form = Form {
    kind: "an octal mode from \"0600\" to \"0666\"",
    fits: |text| u32::from_str_radix(text, 8).is_ok_and(|mode| mode & !0o066 == 0o600),
};
/// The keys that a daemon has in its own table, each with its name there.
pub(super) fn of_daemon() -> Vec<(&'static str, &'static Key)> {
    let mut keys = of_table("daemon");
    keys.extend(
        of_table("tray")
            .into_iter()
            .filter(|(name, _)| *name == "dashboard_url"),
    );
    keys
}

const PRIVATE_FILE: Form = Form {
    kind: "an absolute path, or one that starts with \"~/\"",
    fits: |_| true,
};
const NAME: Form = Form {
    kind: "a text that is not empty",
    fits: |text| !text.trim().is_empty(),
};
const GROUP: Form = Form {
    kind: "a name of lower-case letters, digits, \".\", \"_\" and \"-\"",
    fits: |text| text.is_empty() || check_name(text).is_ok(),
};
const LINE: Form = Form {
    kind: "a text of one line",
    fits: |text| !text.contains('\n'),
};
const LOG_FORMAT: Form = Form {
    kind: "a regular expression with a group (?<time>…)",
    fits: |text| text.is_empty() || Format::new(text).is_ok(),
};
const LOG_ZONE: Form = Form {
    kind: "\"auto\", \"local\", \"UTC\" or an offset such as \"+01:00\"",
    fits: |text| Zone::parse(text).is_some(),
};
/// Checked when all is read: another key has a say in it.
const HEALTH_URL: Form = Form {
    kind: "a URL that starts with \"http://\"",
    fits: |_| true,
};
const WEB_URL: Form = Form {
    kind: "a URL that starts with \"http://\" or \"https://\"",
    fits: |text| {
        let rest = text.strip_prefix("http://");
        rest.or_else(|| text.strip_prefix("https://"))
            .is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
    },
};

/// SIGKILL and SIGSTOP ask for nothing: no process can act on them.
const SIGNAL: Form = Form {
    kind: "the name of a signal that a daemon can act on, such as \"SIGINT\"; not SIGKILL, SIGSTOP or a real-time one",
    fits: |text| SIGNALS.contains(&text.strip_prefix("SIG").unwrap_or(text)),
};
/// The signals that Linux and macOS have, but for those two (`signal(7)`, POSIX.1).
pub const SIGNALS: [&str; 25] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CONT", "FPE", "HUP", "ILL", "INT", "PIPE", "PROF", "QUIT",
    "SEGV", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM",
    "WINCH", "XCPU",
];

const DAY: Range = Range {
    kind: "a duration of at most a day",
    least: Duration::ZERO,
    most: seconds(86400),
};
const QUESTION: Range = Range {
    kind: "a duration from \"10ms\" to \"1h\"",
    least: Duration::from_millis(10),
    most: seconds(3600),
};
const INTERVAL: Range = Range {
    kind: "a duration from \"250ms\" to \"1h\"",
    least: Duration::from_millis(250),
    most: seconds(3600),
};

/// Every key, in the order of the file.
pub static KEYS: &[Key] = &[
    Key::new(
        "daemon.name",
        Field::Text(&NAME, |c| &mut c.managed.daemon.name),
        "The daemon's name in menus and messages.",
    ),
    Key::new(
        "daemon.command",
        Field::Command(Empty::IsWrong, |c| &mut c.managed.daemon.command),
        "The command line, program first. No shell reads it. The program may start with `~/`; `~` is not expanded in the arguments. Required to start anything.",
    )
    .variable("INNEROS_DAEMON_COMMAND")
    .example("[\"~/inneros-zettelkasten/.venv/bin/python\", \"inneros_daemon.py\", \"inneros_daemon.yaml\", \"8080\"]"),
    Key::new(
        "daemon.working_dir",
        Field::Path(|c| &mut c.managed.daemon.working_dir),
        "The folder to run it in.",
    )
    .example("\"~/inneros-zettelkasten/development\""),
    Key::new(
        "daemon.env",
        Field::Variables(|c| &mut c.managed.daemon.env),
        "Variables to add to its environment. `~/` and `$NAME` are expanded, `$$` is a dollar sign.",
    )
    .example("{ LANG = \"C.UTF-8\" }"),
    Key::new(
        "daemon.pid_file",
        Field::Path(|c| &mut c.managed.daemon.pid_file),
        "Holds the PID and a newline. Record, lock and captured output are beside it.",
    )
    .variable("INNEROS_PID_FILE"),
    Key::new(
        "daemon.pid_file_owner",
        Field::Choice(|c| &mut c.managed.daemon.pid_file_owner),
        "Who writes the PID file: this program or the daemon itself. The InnerOS daemon writes its own.",
    ),
    Key::new(
        "daemon.logs_dir",
        Field::Paths(|c| &mut c.managed.daemon.logs_dirs),
        "The folder of its `*.log` files, or several. If `working_dir` is set, the default is `.automation/logs` in it.",
    )
    .variable("INNEROS_LOGS_DIR")
    .example("\"~/inneros-zettelkasten/development/.automation/logs\""),
    Key::new(
        "daemon.log_format",
        Field::Text(&LOG_FORMAT, |c| &mut c.managed.daemon.log_format),
        "A regular expression for the lines of its logs, if their format is not recognised. Its groups are `time`, `level`, `component` and `message`; only `time` is required.",
    )
    .example("'^(?<time>\\S+ \\S+) (?<level>\\w+) (?<component>\\S+) (?<message>.*)$'"),
    Key::new(
        "daemon.log_zone",
        Field::Text(&LOG_ZONE, |c| &mut c.managed.daemon.log_zone),
        "The time zone of its logs, if their times have none. `auto` is the local zone, or UTC if a log's newest time allows no other.",
    ),
    Key::new(
        "daemon.start_grace",
        Field::Span(&DAY, |c| &mut c.managed.daemon.start_grace),
        "How long it must stay alive for a start to succeed.",
    ),
    Key::new(
        "daemon.stop_timeout",
        Field::Span(&DAY, |c| &mut c.managed.daemon.stop_timeout),
        "How long it may take to end after `stop_signal`, including the processes that it started: they get SIGTERM once it has ended.",
    ),
    Key::new(
        "daemon.stop_signal",
        Field::Text(&SIGNAL, |c| &mut c.managed.daemon.stop_signal),
        "The signal that asks it to end.",
    ),
    Key::new(
        "daemon.stop_group",
        Field::Switch(|c| &mut c.managed.daemon.stop_group),
        "Whether that signal also goes to all processes that it started, at once.",
    ),
    Key::new(
        "daemon.stop_force",
        Field::Switch(|c| &mut c.managed.daemon.stop_force),
        "Whether to kill what is still alive after that time, as `stop --force` does.",
    ),
    Key::new(
        "daemon.leave",
        Field::Switch(|c| &mut c.managed.daemon.leave),
        "Whether it leaves processes behind on purpose: they are not signalled, and it is started beside them.",
    ),
    Key::new(
        "daemon.ready",
        Field::Choice(|c| &mut c.managed.daemon.ready),
        "What a start waits for. `\"health\"` also waits for a good answer from the health URL, `\"port:8384\"` until something listens at that port, `\"line:listening on\"` until the daemon has written a line with that text to its standard output or standard error.",
    ),
    Key::new(
        "daemon.ready_timeout",
        Field::Span(&DAY, |c| &mut c.managed.daemon.ready_timeout),
        "How long to wait for that, or for the daemon's own PID file.",
    ),
    Key::new(
        "daemon.restart",
        Field::Choice(|c| &mut c.managed.daemon.restart.restart),
        "When `inneros daemon run` restarts it after it has ended by itself. `\"on-failure\"`: after a signal or an exit code other than 0.",
    ),
    Key::new(
        "daemon.restart_delay",
        Field::Span(&DAY, |c| &mut c.managed.daemon.restart.delay),
        "The wait before the first restart. It doubles each time, up to a minute, and varies by a quarter.",
    ),
    Key::new(
        "daemon.restart_limit",
        Field::Number((1, 1000), |c| &mut c.managed.daemon.restart.limit),
        "How many starts within `restart_window` are allowed. After that it is given up: crash-looping.",
    ),
    Key::new(
        "daemon.restart_window",
        Field::Span(&DAY, |c| &mut c.managed.daemon.restart.window),
        "The time for `restart_limit`. A daemon that has been up for as long counts as stable again.",
    ),
    Key::new(
        "daemon.wanted",
        Field::Choice(|c| &mut c.managed.wanted),
        "Whether it is meant to run all the time. If not, a stopped daemon changes neither the exit code nor the icon.",
    )
    .for_several(),
    Key::new(
        "daemon.after",
        Field::Names(|c| &mut c.managed.after),
        "The daemons that it needs: they are ready before it starts, and are stopped after it.",
    )
    .for_several(),
    Key::new(
        "daemon.group",
        Field::Text(&GROUP, |c| &mut c.managed.group),
        "The group that it belongs to, for `--group`.",
    )
    .for_several(),
    Key::new(
        "daemon.description",
        Field::Text(&LINE, |c| &mut c.managed.description),
        "What it is for.",
    )
    .for_several(),
    Key::new(
        "health.url",
        Field::Text(&HEALTH_URL, |c| &mut c.health_mut().url),
        "The URL to ask for its health. Redirects are not followed.",
    )
    .example("\"http://127.0.0.1:8080/health\""),
    Key::new(
        "health.timeout",
        Field::Span(&QUESTION, |c| &mut c.health_mut().timeout),
        "The time limit for each request.",
    ),
    Key::new(
        "health.interval",
        Field::Span(&INTERVAL, |c| &mut c.health_mut().interval),
        "The time between requests while all is well. Otherwise every look asks.",
    ),
    Key::new(
        "health.allow_remote",
        Field::Switch(|c| &mut c.health_mut().allow_remote),
        "Whether the URL may be on another computer.",
    ),
    Key::new(
        "tray.poll_interval",
        Field::Span(&INTERVAL, |c| &mut c.tray.poll_interval),
        "The time between two looks. The daemon's exit is noticed at once.",
    ),
    Key::new(
        "tray.dashboard_url",
        Field::Text(&WEB_URL, |c| c.managed.dashboard_url.get_or_insert_default()),
        "The address that Open Dashboard opens.",
    )
    .example("\"http://127.0.0.1:8081/dashboard\""),
    Key::new(
        "notifications.crashed",
        Field::Switch(|c| &mut c.notifications.crashed),
        "Whether to notify you of a crash.",
    ),
    Key::new(
        "notifications.unhealthy",
        Field::Switch(|c| &mut c.notifications.unhealthy),
        "Whether to notify you of bad health.",
    ),
    Key::new(
        "notifications.degraded",
        Field::Switch(|c| &mut c.notifications.degraded),
        "Whether to notify you of a part that fails, such as a handler.",
    ),
    Key::new(
        "notifications.started",
        Field::Switch(|c| &mut c.notifications.started),
        "Whether to notify you of a start from elsewhere.",
    ),
    Key::new(
        "notifications.stopped",
        Field::Switch(|c| &mut c.notifications.stopped),
        "Whether to notify you of a stop from elsewhere.",
    ),
    Key::new(
        "metrics.file",
        Field::File(&METRICS_FILE, |c| &mut c.elsewhere.metrics_file),
        "The file to write metrics to, for the textfile collector of Prometheus' node_exporter. Others may read it, so it must not be in the home folder.",
    )
    .example("\"/var/lib/prometheus/node-exporter/inneros.prom\""),
    Key::new(
        "page.file",
        Field::File(&PAGE_FILE, |c| &mut c.elsewhere.page_file),
        "The file to write the status page to, such as one in a synced folder.",
    )
    .example("\"~/Sync/inneros.html\""),
    Key::new(
        "page.mode",
        Field::Text(&MODE, |c| &mut c.elsewhere.page_mode),
        "Who may read the status page.",
    ),
    Key::new(
        "hooks.command",
        Field::Command(Empty::IsNone, |c| &mut c.elsewhere.hook),
        "The command to run for each event, with the event as a line of JSON on its standard input. It has ten seconds.",
    )
    .example("[\"~/bin/tell-me\"]"),
    Key::new(
        "heartbeat.file",
        Field::File(&PRIVATE_FILE, |c| &mut c.elsewhere.heartbeat_file),
        "A file of mode 0600 with a URL, which curl asks each minute while every daemon that is meant to run is well.",
    )
    .example("\"~/.inneros/heartbeat.url\""),
];
