//! The capture file is kept short while the daemon runs, by `inneros daemon run`.

use std::fs;
use std::process::{Child, Stdio};

use inneros_tray::app::capture::{CAP, keep_short};
use inneros_tray::app::settings;
use rustix::process::Signal;

use crate::home::Home;
use crate::process::{is_alive, signal, wait_until};

/// Writes numbered lines, and the next lot each time that it is asked for one.
const TALKER: &str = "\
echo up > \"$HOME/ready\"
n=0
while :; do
  i=0
  while [ $i -lt 20 ]; do i=$((i+1)); n=$((n+1)); printf 'line %d %4000s\\n' $n x; done
  if [ $n -ge 400 ]; then break; fi
done
echo last words
echo done > \"$HOME/done\"
while [ ! -e \"$HOME/more\" ]; do sleep 0.05; done
echo more words
";

fn run(home: &Home) -> Child {
    home.command(["daemon", "run"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn length(home: &Home, name: &str) -> u64 {
    fs::metadata(home.ours(name)).map_or(0, |it| it.len())
}

#[test]
fn a_long_output_is_moved_to_a_predecessor_and_goes_on() {
    let home = Home::with_daemon(TALKER);
    let mut run = run(&home);
    wait_until("it has said everything", || home.has("done"));

    wait_until("the output is shortened", || {
        length(&home, "daemon.out") < 1024 * 1024 && length(&home, "daemon.out.1") > 0
    });
    home.write("more", "");
    wait_until("it goes on", || {
        home.read(".inneros/daemon.out").ends_with("more words\n")
    });

    let pid = home.pid();
    assert!(is_alive(pid), "the daemon lives on");
    assert_eq!(home.record()["output_start"], 0);
    let all = home.inneros(["daemon", "logs", "--output", "-n", "1000"]);
    let lines: Vec<&str> = all.code(0).stdout().lines().collect();
    assert_eq!(lines.len(), 402, "nothing is lost while it is quiet");
    for (number, line) in lines[..400].iter().enumerate() {
        assert!(line.starts_with(&format!("line {} ", number + 1)));
    }
    assert_eq!(lines[400..], ["last words", "more words"]);
    let text = home.read(".inneros/daemon.out");
    assert!(!text.contains('\0'), "it is written at the new end");
    signal(i32::try_from(run.id()).unwrap(), Signal::TERM);
    run.wait().unwrap();
}

#[test]
fn the_last_words_are_known_after_the_output_was_shortened() {
    let home = Home::with_daemon(TALKER);
    // What another run has written stands in front of it.
    home.write(".inneros/daemon.out", "x".repeat(1000) + "\n");
    let mut run = run(&home);
    wait_until("the output is shortened", || {
        home.has("done") && length(&home, "daemon.out.1") > 0
    });
    home.write("more", "");
    wait_until("it goes on", || {
        home.read(".inneros/daemon.out").ends_with("more words\n")
    });

    signal(home.pid(), Signal::KILL);
    run.wait().unwrap();

    let answer = home.inneros(["daemon", "status", "--json"]).json();
    assert_eq!(answer["last_error"], "more words");
}

#[test]
fn a_short_output_is_left_alone() {
    let home = Home::with_daemon("echo hello; echo up > \"$HOME/ready\"");
    home.start_until_ready();
    let user_home = |name: &str| (name == "HOME").then(|| home.path().into());
    let config = settings::load(None, None, &user_home).unwrap();
    let before = fs::metadata(home.ours("daemon.out")).unwrap();

    assert!(!keep_short(&config.main().daemon).unwrap());

    assert!(!home.has(".inneros/daemon.out.1"));
    assert_eq!(home.read(".inneros/daemon.out"), "hello\n");
    let after = fs::metadata(home.ours("daemon.out")).unwrap();
    assert_eq!(after.modified().unwrap(), before.modified().unwrap());
    // Up to the cap, and not one byte behind it.
    let most = usize::try_from(CAP).unwrap();
    home.write(".inneros/daemon.out", vec![b'x'; most]);
    assert!(!keep_short(&config.main().daemon).unwrap());
    home.write(".inneros/daemon.out", vec![b'x'; most + 1]);
    assert!(keep_short(&config.main().daemon).unwrap());
    assert_eq!(length(&home, "daemon.out"), 0);
    assert_eq!(length(&home, "daemon.out.1"), CAP + 1);
}
