//! The PID file of a daemon that runs, meddled with.

use std::fs;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::home::Home;
use crate::process::{Stranger, is_alive, wait_until};

#[test]
fn a_daemon_whose_pid_file_was_deleted_is_still_running() {
    let home = Home::with_sleeper();
    let pid = home.start();
    fs::remove_file(home.ours("daemon.pid")).unwrap();

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&pid.to_string())
        .stdout_has("its PID file is missing");
    home.inneros(["daemon", "start"])
        .refused(5, &format!("already running (pid {pid})"));
    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
    assert!(!home.has(".inneros/daemon.json"));
}

/// A label, JSON: what the daemon wrote is said, and not that it left the foreground.
#[test]
fn what_a_daemon_wrote_in_the_place_of_a_pid_is_said() {
    for forks in [true, false] {
        let write = "echo \"pid=$$\" > \"$HOME/.inneros/daemon.pid\"";
        let script = if forks {
            format!("[ \"$1\" ] || {{ sh \"$0\" again & exit 0; }}; {write}")
        } else {
            write.to_owned()
        };
        let home = Home::with_daemon(&script)
            .setting("daemon.pid_file_owner = 'daemon'")
            .setting("daemon.ready_timeout = '1s'");

        home.inneros(["daemon", "start"])
            .refused(1, "is not ready after 1s: invalid PID in ")
            .stderr_has("found 'pid=");
    }
}

/// As celery and gunicorn do it.
#[cfg(target_os = "linux")]
#[test]
fn a_daemon_that_changed_its_title_is_known_by_its_program_and_its_folder() {
    let home = Home::new().config("daemon.command = ['sleep', '300']\n");
    let mut command = Command::new("bash");
    command.args(["-c", "exec -a 'master [inneros]' sleep 300"]);
    home.at_home(&mut command);
    let daemon = Stranger::running(&mut command);
    wait_until("it has its title", || {
        let line = std::fs::read(format!("/proc/{}/cmdline", daemon.pid())).unwrap();
        line.starts_with(b"master")
    });
    home.write_pid_file(daemon.pid());

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&format!("  pid        {}\n", daemon.pid()));

    let home = home.setting("daemon.working_dir = '/tmp'");
    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has("that is not the configured command");
    daemon.assert_unharmed();
}

/// As setproctitle(3) does it: over the arguments, with nothing behind the title.
#[cfg(target_os = "linux")]
#[test]
fn a_daemon_that_has_written_over_its_arguments_has_a_whole_life() {
    let home = Home::new();
    let script = home.write(
        "titled.py",
        "import ctypes, os, time\n\
         fields = open('/proc/self/stat').read().rsplit(')', 1)[1].split()\n\
         begin, end = int(fields[45]), int(fields[46])\n\
         title = b'celery: master [inneros]'[: end - begin]\n\
         ctypes.memmove(begin, title.ljust(end - begin, b'\\0'), end - begin)\n\
         open(os.environ['HOME'] + '/titled', 'w').write('yes')\n\
         time.sleep(300)\n",
    );
    let home = home.config(&format!(
        "daemon.command = ['python3', '{}']\ndaemon.start_grace = '50ms'\n",
        script.display()
    ));
    let pid = home.start();
    wait_until("it has its title", || home.has("titled"));
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    assert!(line.starts_with(b"celery: master"), "{line:?}");

    home.inneros(["daemon", "status"]).code(0);
    std::fs::remove_file(home.path().join("titled")).unwrap();
    home.inneros(["daemon", "restart"]).code(0);
    wait_until("it has its title", || home.has("titled"));

    // The record is lost, and then the folder does not fit either.
    std::fs::remove_file(home.ours("daemon.json")).unwrap();
    let pid = home.pid();
    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&format!("  pid        {pid}\n"));
    home.inneros(["daemon", "start"])
        .refused(5, "already running");
    let home = home.setting("daemon.working_dir = '/tmp'");
    home.inneros(["daemon", "status"])
        .code(4)
        .stdout_has(&format!(
            "pid {pid} runs 'celery: master [inneros]': that is not the configured command\n"
        ));
    let text = home.read(".inneros/config.toml");
    let home = home.config(&text.replace("daemon.working_dir = '/tmp'", ""));
    home.inneros(["daemon", "stop"]).code(0);
    assert!(!is_alive(pid));
}

#[test]
fn a_daemon_whose_pid_file_was_damaged_is_still_running() {
    let home = Home::with_sleeper();
    let pid = home.start();
    home.write_pid_file("garbage");

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&pid.to_string())
        .stdout_has("invalid PID");
    home.inneros(["daemon", "start"])
        .refused(5, "already running");
    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
    assert_eq!(home.read(".inneros/daemon.pid"), "garbage");
}

#[test]
fn a_pid_file_that_was_made_to_name_another_does_not_mislead() {
    let home = Home::with_sleeper();
    let pid = home.start();
    let stranger = Stranger::new();
    home.write_pid_file(stranger.pid());

    home.inneros(["daemon", "status"])
        .code(0)
        .stdout_has(&format!("names pid {} instead", stranger.pid()));
    home.inneros(["daemon", "stop"]).code(0);

    assert!(!is_alive(pid));
    stranger.assert_unharmed();
    assert_eq!(home.pid(), stranger.pid(), "it is not ours to remove");
}

/// What a daemon does with its PID file once it runs, whoever is to write it.
const MEDDLING: [&str; 5] = [
    "printf ' %s' $$ > \"$PID_FILE\"",
    "echo garbage > \"$PID_FILE\"",
    "cp \"$HOME/stranger\" \"$PID_FILE\"",
    ": > \"$PID_FILE\"",
    "rm \"$PID_FILE\"",
];

#[test]
fn a_daemon_that_meddles_with_its_pid_file_stays_the_one_that_was_started() {
    for (owner, write) in [("manager", ""), ("daemon", "echo $$ > \"$PID_FILE\"\n")] {
        for meddle in MEDDLING {
            let home = Home::with_daemon(&format!(
                "PID_FILE=\"$HOME/.inneros/daemon.pid\"\n{write}\
                 while [ ! -e \"$HOME/go\" ]; do sleep 0.02; done\n\
                 {meddle}; echo up > \"$HOME/ready\""
            ))
            .setting(&format!("daemon.pid_file_owner = '{owner}'"));
            let stranger = Stranger::new();
            home.write("stranger", format!("{}\n", stranger.pid()));
            let pid = home.start();
            home.write("go", "");
            wait_until("it has meddled", || home.has("ready"));

            home.inneros(["daemon", "status"])
                .code(0)
                .stdout_has("InnerOS is running\n")
                .stdout_has(&format!("  {pid}\n"));
            home.inneros(["daemon", "start"])
                .refused(5, &format!("already running (pid {pid})"));
            home.inneros(["daemon", "stop"]).code(0);

            assert!(!is_alive(pid), "{owner}: {meddle}");
            stranger.assert_unharmed();
            home.assert_no_process_is_left();
        }
    }
}

#[test]
fn touching_the_pid_file_does_not_change_the_uptime() {
    let home = Home::with_sleeper();
    home.start();
    let age = Duration::from_secs(400 * 24 * 3600);
    for time in [SystemTime::UNIX_EPOCH, SystemTime::now() + age] {
        touch(&home.ours("daemon.pid"), time);

        let status = home.inneros(["daemon", "status", "--json"]).code(0).json();

        let seconds = status["uptime_seconds"].as_i64().unwrap();
        assert!((0..60).contains(&seconds), "{status}");
        assert!(
            status["uptime"].as_str().unwrap().ends_with('s'),
            "{status}"
        );
        let started = status["start_time"].as_str().unwrap();
        let started = chrono::DateTime::parse_from_rfc3339(started).unwrap();
        let lived = chrono::Local::now().signed_duration_since(started);
        assert!((0..60).contains(&lived.num_seconds()), "{status}");
    }
}

#[test]
fn the_uptime_of_a_daemon_without_a_record_is_its_age() {
    let home = Home::with_sleeper();
    let other = Stranger::new();
    let path = home.write_pid_file(other.pid());
    touch(&path, SystemTime::now() + Duration::from_secs(86400));

    let status = home.inneros(["daemon", "status", "--json"]).code(0).json();

    let seconds = status["uptime_seconds"].as_i64().unwrap();
    assert!((0..60).contains(&seconds), "{status}");
}

#[test]
fn the_files_of_a_pid_file_with_an_unusual_name_stay_apart() {
    for name in ["my.lock", "my.json", "my.out", "my"] {
        let home = Home::with_sleeper().setting(&format!("daemon.pid_file = '~/run/{name}'"));

        home.inneros(["daemon", "start"]).code(0);

        let text = home.read(&format!("run/{name}"));
        let pid: i32 = text.trim_end().parse().unwrap();
        assert!(is_alive(pid), "{name}: {text}");
        home.inneros(["daemon", "status"])
            .code(0)
            .stdout_has(&format!("{pid}\n"));
        home.inneros(["daemon", "stop"]).code(0);
        assert!(!home.has(&format!("run/{name}")), "{name}");
        home.inneros(["daemon", "status"]).code(3);
    }
}

fn touch(path: &Path, time: SystemTime) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}
