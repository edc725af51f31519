//! Property lists for launchd (`launchd.plist(5)`), and the arguments of launchctl
//! (`launchctl(1)`).

use std::io::Cursor;
use std::path::{Path, PathBuf};

use plist::{Dictionary, Value};

use super::seal::Seal;
use super::{AtLogin, EntryReading, LoginEntry};
use crate::model::life::record::Exit;

const SEAL: Seal = Seal {
    before: "<!-- Written by `inneros autostart`, checksum ",
    after: " -->",
};

/// `CFBundleIdentifier` of the app (`bundle/Info.plist.in`).
const BUNDLE: &str = "dev.inneros.tray";

/// The name of the job.
pub fn label(item: AtLogin) -> &'static str {
    match item {
        AtLogin::Tray => "dev.inneros.tray",
        AtLogin::Daemon => "dev.inneros.daemon",
    }
}

/// The file in `~/Library/LaunchAgents`.
pub fn file_name(item: AtLogin) -> String {
    format!("{}.plist", label(item))
}

/// Where what the daemon's supervisor says is kept. Not in the home folder of InnerOS, which may be
/// on another disk or in Documents: a file that launchd may not open keeps the job from starting at
/// all, with exit code 78 and not a word (NousResearch/hermes-agent#78129, #107618).
pub fn said_file(user_home: &Path) -> PathBuf {
    let name = format!("{}.log", label(AtLogin::Daemon));
    user_home.join("Library/Logs").join(name)
}

/// Writes a property list. The values are escaped by the `plist` crate.
pub fn write(entry: &LoginEntry) -> String {
    let command = entry.command.iter().cloned().map(Value::String).collect();
    let mut job = Dictionary::new();
    job.insert("Label".into(), label(entry.item).into());
    job.insert("ProgramArguments".into(), Value::Array(command));
    job.insert("RunAtLoad".into(), true.into());
    // Without it launchd throttles CPU and I/O of the job and of all that it starts
    // (`launchd.plist(5)`): 1.6 s of work took 7.4 s in traycerai/traycer#705.
    job.insert("ProcessType".into(), "Interactive".into());
    // System Settings shows the app's name and icon for the item, and not the program's name.
    job.insert("AssociatedBundleIdentifiers".into(), BUNDLE.into());
    match entry.item {
        AtLogin::Tray => {
            job.insert("LimitLoadToSessionType".into(), "Aqua".into());
            // A daemon that the tray has started outlives it.
            job.insert("AbandonProcessGroup".into(), true.into());
        }
        AtLogin::Daemon => {
            job.insert("ExitTimeOut".into(), entry.stop_seconds().into());
            if let Some(said) = &entry.said {
                let said = said.to_string_lossy().into_owned();
                job.insert("StandardErrorPath".into(), said.into());
            }
        }
    }
    let mut xml = Vec::new();
    // Writing to memory does not fail, and there are no dates that could be too far off.
    let _ = Value::Dictionary(job).to_writer_xml(&mut xml);
    let text = String::from_utf8_lossy(&xml);
    let mark = SEAL.line(sealed(&text));
    // After the lines that say that it is a property list.
    text.replacen("<plist", &format!("{mark}\n<plist"), 1)
}

/// Reads a property list, in whichever form it is.
pub fn read(content: &[u8]) -> EntryReading {
    let text = String::from_utf8_lossy(content);
    let mark = SEAL.line(sealed(&text));
    let job = Value::from_reader(Cursor::new(content))
        .ok()
        .and_then(Value::into_dictionary)
        .unwrap_or_default();
    let is_true = |key: &str| match job.get(key) {
        Some(Value::Boolean(value)) => *value,
        // `KeepAlive` may hold conditions.
        Some(Value::Dictionary(_)) => true,
        Some(_) | None => false,
    };
    let command = command(&job);
    EntryReading {
        on: command.is_some()
            && !is_true("Disabled")
            && (is_true("RunAtLoad") || is_true("KeepAlive")),
        command,
        intact: text.split('\n').any(|line| line == mark),
        mark,
    }
}

fn command(job: &Dictionary) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_string().map(str::to_owned);
    let mut words = match job.get("ProgramArguments").and_then(Value::as_array) {
        Some(words) => words.iter().map(text).collect::<Option<Vec<_>>>()?,
        None => Vec::new(),
    };
    if let Some(program) = job.get("Program").and_then(text) {
        words.splice(..words.len().min(1), [program]);
    }
    (!words.is_empty()).then_some(words)
}

fn sealed(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').filter(|line| !SEAL.is_mark(line))
}

/// What launchctl is asked for. Nothing of it starts a job or ends one that runs: what
/// is switched here counts from the next login on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Takes back an earlier `launchctl disable`.
    Enable(AtLogin),
    /// Says what launchd knows of the job.
    Print(AtLogin),
    /// Lists what was disabled, which launchd keeps apart from the property lists.
    PrintDisabled,
    /// Makes launchd forget the job.
    Bootout(AtLogin),
}

impl Request {
    /// The arguments, for a user who is logged in at the screen.
    pub fn arguments(self, uid: u32) -> Vec<String> {
        let job = |verb: &str, item| vec![verb.to_owned(), format!("gui/{uid}/{}", label(item))];
        match self {
            Request::Enable(item) => job("enable", item),
            Request::Print(item) => job("print", item),
            Request::PrintDisabled => vec!["print-disabled".into(), format!("gui/{uid}")],
            Request::Bootout(item) => job("bootout", item),
        }
    }
}

/// Whether `launchctl print-disabled` lists the job as disabled. Before macOS 13 it said
/// `true` and `false`.
pub fn is_disabled(printed: &str, item: AtLogin) -> bool {
    let job = format!("\"{}\" => ", label(item));
    printed
        .lines()
        .filter_map(|line| line.trim().strip_prefix(&job))
        .any(|value| matches!(value, "disabled" | "true"))
}

/// Whether the job that `launchctl print` describes does not run. When in doubt it does, and
/// is left alone: after a `bootout` it is `SIGTERMed` while it ends (kxn/codex-remote-feishu#914),
/// and there are more such words. Further down there are the states of other things.
pub fn is_idle(printed: &str) -> bool {
    let mut lines = printed.lines().map(str::trim);
    let state = lines.find_map(|line| line.strip_prefix("state = "));
    state == Some("not running") && !lines.any(|line| line.starts_with("pid = "))
}

/// Whether a `launchctl bootout` that ended so has done what it was to do, or has nothing to do:
/// there is no such job (3, ESRCH; 5, EIO since macOS 26: jdx/mise#10965; 113), or it is
/// about to end (36, EINPROGRESS: osquery/osquery#5698).
pub fn is_booted_out(exit: Exit) -> bool {
    matches!(exit, Exit::Code(0 | 3 | 5 | 36 | 113))
}

/// Whether a `launchctl bootstrap` that ended so is to be tried again: it answers 5 (EIO) or 37
/// (EALREADY) while the job that had the name before is not quite gone
/// (Layr-Labs/d-inference#1102, openclaw/openclaw#136453).
pub fn is_too_early(exit: Exit) -> bool {
    matches!(exit, Exit::Code(5 | 37))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{HOSTILE, entry};
    use super::*;

    fn job(item: AtLogin, command: &[&str]) -> LoginEntry {
        LoginEntry {
            item,
            ..entry(command)
        }
    }

    fn parsed(text: &str) -> Dictionary {
        let value = Value::from_reader_xml(Cursor::new(text)).unwrap();
        value.into_dictionary().unwrap()
    }

    #[test]
    fn the_tray_starts_once_a_login_at_the_screen() {
        let job = parsed(&write(&job(AtLogin::Tray, &["/bin/inneros-tray"])));

        assert_eq!(job["Label"].as_string(), Some("dev.inneros.tray"));
        assert_eq!(job["RunAtLoad"].as_boolean(), Some(true));
        assert_eq!(job["ProcessType"].as_string(), Some("Interactive"));
        assert_eq!(job["LimitLoadToSessionType"].as_string(), Some("Aqua"));
        assert!(!job.contains_key("KeepAlive"));
        assert!(!job.contains_key("StandardErrorPath"));
    }

    #[test]
    fn what_is_said_is_kept_where_launchd_may_always_write() {
        assert_eq!(
            said_file(Path::new("/Users/ann")),
            Path::new("/Users/ann/Library/Logs/dev.inneros.daemon.log")
        );
    }

    #[test]
    fn nothing_is_throttled_and_the_settings_show_the_app() {
        for item in AtLogin::ALL {
            let job = parsed(&write(&job(item, &["/bin/inneros"])));

            assert_eq!(job["ProcessType"].as_string(), Some("Interactive"));
            let app = job["AssociatedBundleIdentifiers"].as_string();
            assert_eq!(app, Some("dev.inneros.tray"));
        }
    }

    #[test]
    fn the_daemon_has_time_to_end() {
        let job = parsed(&write(&job(
            AtLogin::Daemon,
            &["/bin/inneros", "daemon", "run"],
        )));

        assert_eq!(job["Label"].as_string(), Some("dev.inneros.daemon"));
        assert_eq!(job["RunAtLoad"].as_boolean(), Some(true));
        assert_eq!(job["ExitTimeOut"].as_unsigned_integer(), Some(30));
        assert_eq!(
            job["StandardErrorPath"].as_string(),
            Some("/Users/ann/Library/Logs/dev.inneros.daemon.log")
        );
        assert!(!job.contains_key("KeepAlive"));
    }

    #[test]
    fn every_path_survives() {
        for path in HOSTILE {
            let command = [path, "--home", path, "", " ", "]]>-->"];

            let text = write(&job(AtLogin::Daemon, &command));

            let job = parsed(&text);
            let words = job["ProgramArguments"].as_array().unwrap();
            let words: Vec<&str> = words.iter().filter_map(Value::as_string).collect();
            assert_eq!(words, command);
            let reading = read(text.as_bytes());
            assert_eq!(
                reading.command.as_deref(),
                Some(&command.map(str::to_owned)[..])
            );
            assert!(reading.on && reading.intact, "{text}");
        }
    }

    #[test]
    fn an_edit_is_noticed() {
        let text = write(&job(AtLogin::Tray, &["/bin/inneros-tray"]));
        let mut binary = Vec::new();
        Value::Dictionary(parsed(&text))
            .to_writer_binary(&mut binary)
            .unwrap();

        assert!(!read(text.replace("/bin/", "/sbin/").as_bytes()).intact);
        assert!(!read(text.replace("</dict>", "</dict> ").as_bytes()).intact);
        assert!(!read(format!("{text}\n<!-- mine -->").as_bytes()).intact);
        let reading = read(&binary);
        assert!(reading.on && !reading.intact);
        assert_eq!(
            reading.command.as_deref(),
            Some(&["/bin/inneros-tray".to_owned()][..])
        );
    }

    #[test]
    fn a_job_of_somebody_else_is_read() {
        let read = |keys: &str| read(format!("<plist><dict>{keys}</dict></plist>").as_bytes());
        let program = "<key>Program</key><string>/bin/x</string>";

        let reading = read(&format!("{program}<key>RunAtLoad</key><true/>"));
        assert_eq!(reading.command.as_deref(), Some(&["/bin/x".to_owned()][..]));
        assert!(reading.on && !reading.intact);
        assert!(read(&format!("{program}<key>KeepAlive</key><dict/>")).on);
        for off in [
            program.to_owned(),
            format!("{program}<key>RunAtLoad</key><false/>"),
            format!("{program}<key>RunAtLoad</key><true/><key>Disabled</key><true/>"),
            "<key>RunAtLoad</key><true/>".to_owned(),
        ] {
            assert!(!read(&off).on, "{off}");
        }
        assert_eq!(super::read(b"\xff not a list").command, None);
    }

    #[test]
    fn launchctl_is_told_in_its_own_words() {
        let said = |request: Request| request.arguments(501).join(" ");

        assert_eq!(
            said(Request::Enable(AtLogin::Daemon)),
            "enable gui/501/dev.inneros.daemon"
        );
        assert_eq!(
            said(Request::Print(AtLogin::Tray)),
            "print gui/501/dev.inneros.tray"
        );
        assert_eq!(said(Request::PrintDisabled), "print-disabled gui/501");
        assert_eq!(
            said(Request::Bootout(AtLogin::Daemon)),
            "bootout gui/501/dev.inneros.daemon"
        );
    }

    #[test]
    fn launchctls_answers_are_understood() {
        let printed = "\tdisabled services = {\n\t\t\"dev.inneros.tray\" => disabled\n\
                       \t\t\"dev.inneros.daemon\" => enabled\n\t}\n";
        assert!(is_disabled(printed, AtLogin::Tray));
        assert!(!is_disabled(printed, AtLogin::Daemon));
        assert!(is_disabled(
            "\"dev.inneros.daemon\" => true",
            AtLogin::Daemon
        ));
        assert!(!is_disabled("", AtLogin::Daemon));
    }

    /// As macOS 13 to 26 print it, shortened.
    fn printed(state: &str, pid: &str) -> String {
        format!(
            "gui/501/dev.inneros.daemon = {{\n\tactive count = 1\n\
             \tpath = /Users/ann/Library/LaunchAgents/dev.inneros.daemon.plist\n\
             \ttype = LaunchAgent\n\tstate = {state}\n\n\
             \tprogram = /Applications/InnerOS.app/Contents/MacOS/inneros\n\
             \targuments = {{\n\t\t/Applications/InnerOS.app/Contents/MacOS/inneros\n\
             \t\tdaemon\n\t\trun\n\t}}\n\n\tdomain = gui/501 [100007]\n\truns = 1\n{pid}\
             \tlast exit code = (never exited)\n\n\tspawn type = interactive (4)\n\
             \tendpoints = {{\n\t\t\"x\" = {{\n\t\t\tstate = active\n\t\t}}\n\t}}\n}}\n"
        )
    }

    #[test]
    fn only_a_job_that_does_not_run_is_idle() {
        assert!(is_idle(&printed("not running", "")));
        for (state, pid) in [
            ("running", "\tpid = 812\n"),
            ("SIGTERMed", "\tpid = 812\n"),
            ("SIGTERMed", ""),
            ("spawn scheduled", ""),
            ("xpcproxy", "\tpid = 812\n"),
            ("not running", "\tpid = 812\n"),
        ] {
            assert!(!is_idle(&printed(state, pid)), "{state}");
        }
        assert!(!is_idle(""));
    }

    #[test]
    fn launchctls_codes_are_understood() {
        for code in [0, 3, 5, 36, 113] {
            assert!(is_booted_out(Exit::Code(code)), "{code}");
        }
        for exit in [Exit::Code(1), Exit::Code(125), Exit::Signal(9)] {
            assert!(!is_booted_out(exit));
            assert!(!is_too_early(exit));
        }
        assert!(is_too_early(Exit::Code(5)) && is_too_early(Exit::Code(37)));
        assert!(!is_too_early(Exit::Code(0)));
    }
}
