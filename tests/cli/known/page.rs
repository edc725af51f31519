//! The status page: one file that needs nothing else and believes nothing.

use std::fs;
use std::os::unix::fs::MetadataExt;

use rustix::process::Signal;

use crate::home::Home;
#[cfg(target_os = "linux")]
use crate::mount::Mounted;
use crate::process::{kill, signal, wait_until};
use crate::supervise;

fn home_with_page() -> Home {
    let home = Home::with_sleeper();
    fs::create_dir(home.path().join("shared")).unwrap();
    home.setting("page.file = '~/shared/status.html'")
}

fn file(home: &Home) -> String {
    fs::read_to_string(home.path().join("shared/status.html")).unwrap_or_default()
}

#[test]
fn it_says_what_runs_since_when_and_what_went_wrong() {
    let home = Home::with_daemon("echo no database >&2").setting(
        "[jobs.ill]\ncommand = ['sh', '-c', 'echo no disk >&2; exit 4']\nschedule = '@daily'",
    );
    let pid = home.start();
    wait_until("it has said why", || {
        home.read(".inneros/daemon.out").contains("database")
    });
    kill(pid);
    home.start();
    home.inneros(["job", "run", "ill"]).code(4);

    let answer = home.inneros(["page"]);
    let page = answer.code(0).stdout();

    for said in [
        "<!DOCTYPE html>\n<!-- Written by inneros for the home folder ",
        "<html lang=\"en\">",
        "InnerOS: <span class=\"good\">running</span>",
        "<dt>Crashes</dt><dd class=\"bad\">1 crash in 24 h</dd>",
        "crashed: no database",
        "ill: <span class=\"bad\">failed with exit code 4</span>",
        "failed: exit code 4: no disk",
        "role=\"img\" aria-label=\"Last 7 days: it ran ",
        "As of <time datetime=\"",
    ] {
        assert!(page.contains(said), "no {said} in\n{page}");
    }
}

#[test]
fn it_runs_nothing_and_asks_nobody() {
    let home = Home::with_sleeper();
    home.start();

    let answer = home.inneros(["page"]);
    let page = answer.code(0).stdout();

    assert!(page.contains("default-src 'none'"), "{page}");
    for what in [
        "<script", "src=", "url(", "@import", "http://", "https://", "<form", "<iframe",
    ] {
        assert!(!page.contains(what), "{what} in\n{page}");
    }
}

#[test]
fn what_others_wrote_is_shown_as_text() {
    let evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&";
    let home = Home::with_daemon(&format!("echo '{}' >&2", evil.replace('\'', "")))
        .setting("daemon.name = '<b>\"name\"</b>'");
    let pid = home.start();
    wait_until("it has said it", || {
        home.read(".inneros/daemon.out").contains("script")
    });
    let now = chrono::Local::now().format("%Y-%m-%d %H:%M:%S");
    home.write(".inneros/logs/a.log", format!("{now} [ERROR] a: {evil}\n"));
    kill(pid);

    let answer = home.inneros(["page"]);
    let page = answer.code(0).stdout();

    assert!(
        !page.contains("<script") && !page.contains("<img") && !page.contains("<b>"),
        "{page}"
    );
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
        "{page}"
    );
    assert!(
        page.contains("&lt;b&gt;&quot;name&quot;&lt;/b&gt;"),
        "{page}"
    );
}

#[test]
fn a_run_keeps_it_true_for_its_user_alone_or_for_whom_the_mode_says() {
    for (setting, mode) in [("", 0o600), ("page.mode = '0644'", 0o644)] {
        let home = home_with_page().setting(setting);
        let run = supervise::run(&home);
        wait_until("it says that it runs", || file(&home).contains(">running<"));
        let metadata = fs::metadata(home.path().join("shared/status.html")).unwrap();
        assert_eq!(metadata.mode() & 0o777, mode);

        signal(supervise::process(&run), Signal::TERM);
        supervise::end(run).code(0);

        assert!(file(&home).contains(">stopped<"), "{}", file(&home));
    }
}

#[test]
fn no_file_but_its_own_is_replaced() {
    for setting in [
        "page.file = '~/.inneros/daemon.pid'",
        "page.file = 'status.html'",
        "page.file = '~/x.html'\npage.mode = '0755'",
        "page.file = '~/x.html'\npage.mode = '0200'",
    ] {
        let home = Home::with_sleeper().setting(setting);
        home.inneros(["daemon", "status"]).refused(2, "expected");
    }
    let home = home_with_page();
    home.write("shared/status.html", "<html>mine</html>\n");
    let run = supervise::run(&home);
    wait_until("it runs", || home.has(".inneros/daemon.pid"));
    signal(supervise::process(&run), Signal::TERM);
    supervise::end(run)
        .code(0)
        .stderr_has("was not written by inneros");
    assert_eq!(file(&home), "<html>mine</html>\n");
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_full_disk_the_old_page_stays_whole() {
    let home = Home::with_sleeper().setting("page.file = '~/.inneros/status.html'");
    let Some(disk) = Mounted::small_disk(home) else {
        return;
    };
    let page = || disk.shell("cat status.html").stdout().to_owned();
    disk.inneros(&["page"]).code(0);
    let program = env!("CARGO_BIN_EXE_inneros");
    disk.shell(&format!("timeout 2 '{program}' daemon run; true"));
    let before = page();
    assert!(before.ends_with("</html>\n"), "{before}");
    disk.shell("cat /dev/zero > filler; true").code(0);

    let answer = disk.shell(&format!("timeout 2 '{program}' daemon run; true"));

    answer.code(0);
    let after = page();
    assert!(after.ends_with("</html>\n"), "{after}");
}
