//! A terminal in a home: one shell for as long as the page stays there.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};

/// Longer than any command of a page takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Begins the line that the shell writes behind a command; no command writes it.
const END: char = '\u{1e}';
const SAY_END: &str = r#"printf "\n\036%s\n""#;

/// A shell that runs what it is told, each time to its end.
pub struct Terminal {
    shell: Child,
    told: ChildStdin,
    lines: Receiver<String>,
    /// The file that the shell reads its commands from.
    script: PathBuf,
}

/// What came of a command.
pub struct Outcome {
    /// The exit code; nothing where the shell itself has ended.
    pub code: Option<i32>,
    /// What was written to standard output and standard error, as a terminal shows it.
    pub output: String,
}

impl Terminal {
    /// Starts a shell, which `place` puts into its home.
    pub fn open(script: PathBuf, place: impl FnOnce(&mut Command)) -> Self {
        let (reader, writer) = io::pipe().unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc"]);
        place(&mut command);
        let mut shell = command
            .stdin(Stdio::piped())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .spawn()
            .unwrap();
        // Else its end would not be seen.
        drop(command);
        let (sender, lines) = channel();
        thread::spawn(move || {
            let mut reader = BufReader::new(reader);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).unwrap_or(0) > 0 {
                // Nobody listens once the terminal is closed.
                let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
                line.clear();
            }
        });
        let mut terminal = Self {
            told: shell.stdin.take().unwrap(),
            shell,
            lines,
            script,
        };
        // It may end by a command that fails.
        terminal.tell(&format!("trap '{SAY_END} $?' EXIT")).unwrap();
        terminal
    }

    /// Runs a script to its end, or to its first command that fails.
    pub fn run(&mut self, script: &str) -> Outcome {
        self.source(&format!("set -eu\n{script}"))
    }

    /// Runs one command, whatever comes of it.
    pub fn try_out(&mut self, command: &str) -> Outcome {
        // `$?` is that of the command before.
        self.source(&format!("set +e -u; (exit ${{__code-0}})\n{command}"))
    }

    fn source(&mut self, script: &str) -> Outcome {
        fs::write(&self.script, script).unwrap();
        let path = self.script.display();
        // A command that reads gets nothing, and not the next command.
        let told = self.tell(&format!(
            ". '{path}' </dev/null; __code=$?; {SAY_END} $__code"
        ));
        let mut output = String::new();
        let deadline = Instant::now() + PATIENCE;
        let code = loop {
            match self.lines.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => match line.strip_prefix(END) {
                    Some(code) => break code.trim().parse().ok(),
                    None => output += &line,
                },
                // Killed, with something in the background that keeps its output open.
                Err(_) if told.is_err() || self.has_ended() => break None,
                Err(_) => assert!(
                    Instant::now() < deadline,
                    "it does not come back: {script}\n{output}"
                ),
            }
        };
        // The line end before the mark is not the command's.
        output.truncate(output.strip_suffix('\n').unwrap_or(&output).len());
        Outcome { code, output }
    }

    fn tell(&mut self, line: &str) -> io::Result<()> {
        self.told.write_all(format!("{line}\n").as_bytes())
    }

    fn has_ended(&mut self) -> bool {
        self.shell.try_wait().unwrap().is_some()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
