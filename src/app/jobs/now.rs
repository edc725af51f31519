//! Running a job for somebody who does not wait: in its own process, which outlives the caller.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::program_words;
use crate::app::settings::Source;
use crate::os::process::{self, Spawn};

/// Runs a job as `inneros job run --force` and waits for its end; an error says why it did not
/// run. How it ended is in its record. `before_run` is called with the new process before
/// it runs.
pub fn run_now(source: &Source, name: &str, before_run: &dyn Fn(i32)) -> Result<(), String> {
    let mut words = program_words(source)?;
    words.extend(["job", "run", name, "--force", "--json"].map(str::to_owned));
    let said = said_by(&words, before_run).map_err(|error| error.to_string())?;
    let mut lines = said.lines().rev();
    let answer = lines.find_map(|line| serde_json::from_str(line).ok());
    let Some(answer) = answer.filter(Value::is_object) else {
        return Err("it did not report a result".into());
    };
    if answer["ran"] == true {
        return Ok(());
    }
    Err(answer["message"].as_str().unwrap_or_default().to_owned())
}

/// Runs a program to its end, and gives what it wrote.
fn said_by(words: &[String], before_run: &dyn Fn(i32)) -> io::Result<String> {
    let program = words.first().map(PathBuf::from).unwrap_or_default();
    let environment: Vec<_> = std::env::vars_os().collect();
    let (mut reader, writer) = io::pipe()?;
    let what = Spawn {
        program: &program,
        arguments: words,
        environment: &environment,
        working_dir: Path::new("/"),
        input: None,
        output: writer.as_fd(),
    };
    let child = process::spawn(&what, |pid| -> Result<(), io::Error> {
        before_run(pid);
        Ok(())
    })
    .map_err(io::Error::other)?;
    drop(writer);
    let mut said = Vec::new();
    let read = reader.read_to_end(&mut said);
    child.wait()?;
    child.reap();
    read?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}
