//! What a run of the program gave, and what is expected of it.

use std::fmt;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than any answer takes; a program that hangs fails its test.
const PATIENCE: Duration = Duration::from_secs(60);

/// A finished run.
pub struct Answer {
    command: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Answer {
    /// Runs a command to its end, and until both of its outputs are closed: a daemon
    /// that held on to one of them would be noticed here.
    #[track_caller]
    pub fn of(mut command: Command) -> Self {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not run: {error}"));
        Self::from_child(child, format!("{command:?}"))
    }

    /// The answer of a command that was started earlier, with both outputs piped.
    #[track_caller]
    pub fn from_child(mut child: Child, command: String) -> Self {
        let stdout = read_aside(child.stdout.take().unwrap());
        let stderr = read_aside(child.stderr.take().unwrap());
        let deadline = Instant::now() + PATIENCE;
        let mut text = |output: Receiver<String>| {
            let left = deadline.saturating_duration_since(Instant::now());
            output.recv_timeout(left).unwrap_or_else(|_| {
                let _ = child.kill();
                panic!("{command} did not close its output within {PATIENCE:?}")
            })
        };
        let (stdout, stderr) = (text(stdout), text(stderr));
        Self {
            code: child.wait().unwrap().code(),
            command,
            stdout,
            stderr,
        }
    }

    #[track_caller]
    pub fn code(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// The code that it ended with.
    #[track_caller]
    pub fn exit_code(&self) -> i32 {
        self.code
            .unwrap_or_else(|| panic!("ended by a signal: {self}"))
    }

    pub fn has_code(&self, code: i32) -> bool {
        self.code == Some(code)
    }

    #[track_caller]
    pub fn stdout_has(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "no {text:?} on stdout: {self}");
        self
    }

    #[track_caller]
    pub fn stderr_has(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no {text:?} on stderr: {self}");
        self
    }

    #[track_caller]
    pub fn stdout_is(&self, text: &str) -> &Self {
        assert_eq!(self.stdout, text, "{self}");
        self
    }

    #[track_caller]
    pub fn stderr_is(&self, text: &str) -> &Self {
        assert_eq!(self.stderr, text, "{self}");
        self
    }

    /// A refusal for people: nothing on standard output, `error: …` on the other.
    #[track_caller]
    pub fn refused(&self, code: i32, message: &str) -> &Self {
        self.code(code).stdout_is("").stderr_has(message);
        assert!(
            self.stderr.starts_with("error: "),
            "not an error line: {self}"
        );
        self
    }

    /// The one JSON object that is all of the output, and is as its schema says.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.stderr_is("");
        assert_eq!(self.stdout.matches('\n').count(), 1, "{self}");
        let value: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {self}"));
        assert!(value.is_object(), "not an object: {self}");
        value
    }

    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    pub fn stderr(&self) -> &str {
        &self.stderr
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\nended with {:?}", self.command, self.code)?;
        writeln!(f, "--- stdout\n{}", self.stdout)?;
        write!(f, "--- stderr\n{}", self.stderr)
    }
}

fn read_aside(mut output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).unwrap();
        // Nobody listens any more where the test has failed meanwhile.
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}
