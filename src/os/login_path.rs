//! The PATH of a login shell: programs started by launchd or a desktop get a bare one.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// What launchd gives to the programs that it starts (`launchd.plist(5)`).
const BARE: &str = "/usr/bin:/bin:/usr/sbin:/sbin";

/// Start-up files of a shell may be slow, or wait for somebody who is not there.
const PATIENCE: Duration = Duration::from_secs(5);

/// Stands before and behind the value, for start-up files may print.
const MARK: &str = "<inneros-path>";

/// Whether this PATH is the bare one.
pub fn is_bare(path: Option<&OsStr>) -> bool {
    path.is_none_or(|path| path == BARE)
}

/// The PATH that the user's login shell has. It is asked once; nothing if it does
/// not answer in time.
pub fn get(shell: Option<&OsStr>) -> Option<OsString> {
    static PATH: OnceLock<Option<OsString>> = OnceLock::new();
    let shell = shell.unwrap_or(OsStr::new("/bin/sh"));
    PATH.get_or_init(|| ask(Path::new(shell), PATIENCE)).clone()
}

fn ask(shell: &Path, patience: Duration) -> Option<OsString> {
    let script = format!("printf '%s' '{MARK}'\"$PATH\"'{MARK}'");
    let mut child = Command::new(shell)
        .args(options(shell))
        .arg(&script)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| tracing::warn!("cannot ask '{}' for PATH: {error}", shell.display()))
        .ok()?;
    let mut output = child.stdout.take()?;
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        // What is cut short has no second mark.
        let _ = output.read_to_end(&mut text);
        // Nobody waits any longer.
        let _ = sender.send(text);
    });
    let text = receiver.recv_timeout(patience);
    if text.is_err() {
        tracing::warn!("'{}' did not report its PATH in time", shell.display());
    }
    // It has said all that is wanted, or too late.
    let _ = child.kill();
    let _ = child.wait();
    parse(&text.ok()?)
}

/// How a shell is made to run a script as the login shell that it is. A C shell takes `-l` only
/// where nothing follows it (`tcsh(1)`); it reads its `.cshrc` all the same.
fn options(shell: &Path) -> &'static [&'static str] {
    let name = shell.file_name().and_then(OsStr::to_str);
    match name {
        Some("csh" | "tcsh") => &["-c"],
        Some(_) | None => &["-l", "-c"],
    }
}

fn parse(text: &[u8]) -> Option<OsString> {
    let start = memchr::memmem::find(text, MARK.as_bytes())? + MARK.len();
    let length = memchr::memmem::find(&text[start..], MARK.as_bytes())?;
    let path = &text[start..start + length];
    (!path.is_empty()).then(|| OsString::from_vec(path.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn shell(script: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shell");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        (folder, path)
    }

    // One test for all that start a program: one that another thread starts meanwhile
    // would for a moment hold the script open for writing, and it could not be run.
    #[test]
    fn a_shell_may_chatter_hang_or_be_missing() {
        let (_folder, chatty) = shell(
            "echo Welcome; [ \"$1\" = -l ] && PATH=/opt/x:/usr/bin; export PATH; eval \"$3\"; echo Bye",
        );
        assert_eq!(
            ask(&chatty, PATIENCE).as_deref(),
            Some(OsStr::new("/opt/x:/usr/bin"))
        );

        let (_folder, hanging) = shell("exec sleep 60");
        assert_eq!(ask(&hanging, Duration::from_millis(200)), None);

        assert_eq!(ask(Path::new("/nowhere/sh"), PATIENCE), None);

        // As a C shell does it.
        let (folder, _) = shell("[ \"$1\" = -c ] && PATH=/opt/c:/usr/bin && eval \"$2\"");
        let c_shell = folder.path().join("tcsh");
        fs::rename(folder.path().join("shell"), &c_shell).unwrap();
        assert_eq!(
            ask(&c_shell, PATIENCE).as_deref(),
            Some(OsStr::new("/opt/c:/usr/bin"))
        );
    }

    #[test]
    fn a_c_shell_is_not_told_that_it_is_a_login_shell() {
        for (shell, expected) in [
            ("/bin/csh", &["-c"][..]),
            ("/bin/tcsh", &["-c"]),
            ("/bin/zsh", &["-l", "-c"]),
            ("/opt/homebrew/bin/fish", &["-l", "-c"]),
        ] {
            assert_eq!(options(Path::new(shell)), expected, "{shell}");
        }
    }

    #[test]
    fn an_answer_without_both_marks_tells_nothing() {
        assert_eq!(parse(b"no mark"), None);
        assert_eq!(parse(format!("{MARK}/cut/sho").as_bytes()), None);
        assert_eq!(parse(format!("{MARK}{MARK}").as_bytes()), None);
    }

    #[test]
    fn only_launchds_own_path_is_bare() {
        assert!(is_bare(Some(OsStr::new("/usr/bin:/bin:/usr/sbin:/sbin"))));
        assert!(is_bare(None));
        assert!(!is_bare(Some(OsStr::new("/opt/homebrew/bin:/usr/bin"))));
    }
}
