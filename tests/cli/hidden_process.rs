//! The kernel's list of processes is missing, is somebody else's, or does not show all:
//! then nothing is known, and nothing is done.

use crate::home::Home;
use crate::namespace;
use crate::odd_process::home_with_odd_daemon;
use crate::skip::is_root;

/// Every operation, and what became of the daemon's files.
const OPERATIONS: &str = "\
for operation in status start stop 'stop --force' restart; do
  says $operation
  grep -q 'cannot look at pid' \"$HOME/said\" || cat \"$HOME/said\"
done
for file in daemon.pid daemon.json; do [ -e \"$files/$file\" ] || echo \"no $file\"; done
";

const REFUSED: &str = "status: 4\nstart: 4\nstop: 4\nstop --force: 4\nrestart: 4\n";

#[test]
fn without_a_list_of_processes_nothing_is_done() {
    let home = Home::with_sleeper();
    let script = format!(
        "inneros daemon start > /dev/null || exit 71
        mount -t tmpfs nothing /proc || exit 72
        {OPERATIONS}
        umount /proc
        lives $(cat \"$files/daemon.pid\") && echo lives"
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer.code(0).stdout_is(&format!("{REFUSED}lives\n"));
}

/// Under the namespace's own `/proc` is that of the system, in which the same PIDs are
/// other processes.
#[test]
fn with_the_list_of_another_namespace_nothing_is_done() {
    let home = Home::with_sleeper();
    let script = format!(
        "inneros daemon start > /dev/null || exit 71
        umount /proc || exit 72
        [ -e /proc/self ] || exit 73
        {OPERATIONS}
        mount -t proc proc /proc
        lives $(cat \"$files/daemon.pid\") && echo lives"
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer.code(0).stdout_is(&format!("{REFUSED}lives\n"));
}

/// As in a systemd unit with `ProcSubset=pid`: processes are shown, but nothing says
/// which boot this is.
#[test]
fn where_this_boot_cannot_be_told_from_others_nothing_is_done() {
    let home = Home::with_sleeper();
    let script = format!(
        "inneros daemon start > /dev/null || exit 71
        mount -t proc -o subset=pid proc /proc || exit 72
        {OPERATIONS}
        lives $(cat \"$files/daemon.pid\") && echo lives"
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer.code(0).stdout_is(&format!("{REFUSED}lives\n"));
}

/// Runs what follows as an ordinary user, to whom `/proc` shows only what is theirs.
const HIDING: &str = r#"
cp "$program" "$HOME/inneros"
chmod 755 "$HOME/.."
chown -R 65534:65534 "$HOME"
mount -t proc -o hidepid=invisible proc /proc || exit 72
inneros() { setpriv --reuid 65534 --regid 65534 --clear-groups "$HOME/inneros" "$@"; }
"#;

#[test]
fn where_the_processes_of_others_are_hidden_a_daemon_has_a_whole_life() {
    if !is_root() {
        return;
    }
    let home = Home::with_sleeper();
    let script = format!(
        "{HIDING}
        says start; says status; says start; says restart; says stop
        sleep 300 & echo $! > \"$files/daemon.pid\"
        chown 65534:65534 \"$files/daemon.pid\"
        says status; says stop
        lives $! && echo lives"
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    // The last one is root's: for this user there is no such process.
    answer.code(0).stdout_is(
        "start: 0\nstatus: 0\nstart: 5\nrestart: 0\nstop: 0\nstatus: 1\nstop: 3\nlives\n",
    );
}

/// Nobody can say that none of them is the daemon.
#[test]
fn where_processes_are_hidden_a_damaged_pid_file_is_not_replaced() {
    if !is_root() {
        return;
    }
    let home = Home::with_sleeper();
    let script = format!(
        "{HIDING}
        echo abc > \"$files/daemon.pid\"
        chown 65534:65534 \"$files/daemon.pid\"
        says start; says status; says stop
        grep -o 'does not show every process' \"$HOME/said\"
        cat \"$files/daemon.pid\""
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer
        .code(0)
        .stdout_is("start: 4\nstatus: 4\nstop: 4\ndoes not show every process\nabc\n");
}

/// A process that may not be looked into is hidden even from its own user.
#[test]
fn a_daemon_that_is_hidden_is_not_gone() {
    if !is_root() {
        return;
    }
    let Some(home) = home_with_odd_daemon("closed") else {
        return;
    };
    let script = format!(
        "{HIDING}
        mount -t proc -o hidepid=off proc /proc || exit 72
        says start
        mount -t proc -o hidepid=invisible proc /proc || exit 72
        {OPERATIONS}
        lives $(cat \"$files/daemon.pid\") && echo lives"
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer
        .code(0)
        .stdout_is(&format!("start: 0\n{REFUSED}lives\n"));
}
