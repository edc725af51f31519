//! A program that is given something on its standard input, and a time limit.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::app::environment;
use crate::model::life::record::Exit;
use crate::os::output::Output;
use crate::os::process::{self, Child, Spawn};

/// Between two looks at whether it has ended.
const PAUSE: Duration = Duration::from_millis(20);

/// Runs a command in a process group of its own with this text on its standard input, which must
/// be short enough for a pipe to hold. What it writes is thrown away. Once it has ended, or its
/// time is over, what is left of its group is killed. If it did not end well, why.
pub fn call(command: &[String], folder: &Path, input: &str, limit: Duration) -> Result<(), String> {
    let child = start(command, folder, Some(input))?;
    let begin = Instant::now();
    let failed = |error: io::Error| error.to_string();
    let mut ended = child.1.ended().map_err(failed)?;
    while ended.is_none() && begin.elapsed() < limit {
        thread::sleep(PAUSE);
        ended = child.1.ended().map_err(failed)?;
    }
    // Its number is its group's as long as it is not reaped.
    let killed = process::kill_group_of_child(child.0);
    child.1.reap();
    match ended {
        Some(Exit::Code(0)) => Ok(()),
        Some(exit) => Err(format!("it ended with {}", crate::model::words::exit(exit))),
        None => match killed {
            Ok(()) => Err(format!("it took longer than {limit:?}, and was killed")),
            Err(error) => Err(format!(
                "it took longer than {limit:?}, and cannot be killed: {error}"
            )),
        },
    }
}

/// Starts a command in a session of its own. Nobody waits for it, and what it writes is thrown
/// away.
pub fn leave(command: &[String], folder: &Path) -> Result<(), String> {
    start(command, folder, None).map(drop)
}

fn start(command: &[String], folder: &Path, input: Option<&str>) -> Result<(i32, Child), String> {
    let environment = environment::of(&BTreeMap::new(), folder)?;
    let path = environment.iter().find(|(key, _)| key == "PATH");
    let path = path.map_or_else(|| "/usr/bin:/bin".into(), |(_, path)| path.clone());
    let name = command.first().map_or("", String::as_str);
    let program =
        process::resolve_program(name, folder, &path).map_err(|error| error.to_string())?;
    let output = Output::nowhere().map_err(|error| error.to_string())?;
    let failed = |error: io::Error| error.to_string();
    let reader = match input {
        Some(input) => {
            let (reader, mut writer) = io::pipe().map_err(failed)?;
            writer.write_all(input.as_bytes()).map_err(failed)?;
            Some(reader)
        }
        None => None,
    };
    let what = Spawn {
        program: &program,
        arguments: command,
        environment: &environment,
        working_dir: folder,
        input: reader.as_ref().map(AsFd::as_fd),
        output: output.as_fd(),
    };
    let mut made = 0;
    let child = process::spawn(&what, |pid| -> Result<(), io::Error> {
        made = pid;
        Ok(())
    });
    child
        .map(|child| (made, child))
        .map_err(|error| error.to_string())
}
