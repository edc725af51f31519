//! A look is judged once, whoever it is made for.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::home::Home;
use crate::process::kill;

/// How often a look was made, and how often it was concluded how the daemon is.
fn counted(steps: &str) -> (usize, usize) {
    let count = |begin: &str| steps.lines().filter(|line| line.contains(begin)).count();
    (count("looks for the daemon"), count("concludes: "))
}

#[test]
fn status_and_doctor_look_once_and_judge_once() {
    for running in [true, false] {
        let home = Home::with_sleeper();
        let pid = home.start();
        if !running {
            kill(pid);
        }

        for arguments in [&["-v", "daemon", "status"][..], &["-v", "doctor"]] {
            let answer = home.inneros(arguments);

            assert_eq!(counted(answer.stderr()), (1, 1), "{answer}");
        }
    }
}

#[test]
fn watch_judges_each_look_once() {
    let home = Home::with_sleeper();
    home.start();
    let mut watch = home.command(["-v", "daemon", "status", "--watch"]);
    let mut watch = watch
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut steps = String::new();

    for line in BufReader::new(watch.stderr.take().unwrap()).lines() {
        steps += &(line.unwrap() + "\n");
        if counted(&steps).1 == 3 {
            break;
        }
    }

    watch.kill().unwrap();
    watch.wait().unwrap();
    assert_eq!(counted(&steps), (3, 3), "{steps}");
}
