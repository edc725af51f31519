//! A line of a crontab as cron runs it (crontab(5)).

use std::collections::BTreeMap;

use super::line::{self, parts, without_mark};
use super::lines;
use super::wrapper::{command_and_input, inside};

/// What cron does for a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsCron {
    /// The shell that is given the command.
    pub shell: String,
    /// The command, without the wrapper that records its runs.
    pub command: String,
    /// What comes after its first `%`: the lines that it reads.
    pub input: Option<String>,
    /// The variables that are set above it.
    pub env: BTreeMap<String, String>,
}

/// What cron does for a line; nothing if it runs nothing, or is not UTF-8.
pub fn as_cron(text: &[u8], line: usize) -> Option<AsCron> {
    let own = lines(text).nth(line)?;
    let command = parts(without_mark(own).unwrap_or(own))?.command;
    let whole = command_and_input(command);
    let (command, input) = match inside(command) {
        // What discards its output comes after the quotes.
        Some((command, behind)) => (command, command_and_input(behind).1),
        None => (whole.0.to_vec(), whole.1),
    };
    let env: BTreeMap<String, String> = lines(text).take(line).filter_map(line::variable).collect();
    let plain = |text: &[u8]| Some(std::str::from_utf8(text).ok()?.replace(r"\%", "%"));
    let input = match input.strip_prefix(b"%") {
        Some(input) => Some(read_lines(std::str::from_utf8(input).ok()?)),
        None => None,
    };
    Some(AsCron {
        shell: env.get("SHELL").map_or("/bin/sh", String::as_str).into(),
        command: plain(&command)?,
        input,
        env,
    })
}

/// Each further `%` ends a line of what is read.
fn read_lines(input: &str) -> String {
    let lines = input.replace(r"\%", "\0");
    lines.replace('%', "\n").replace('\0', "%") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_run_as_cron_runs_it() {
        let text = b"SHELL = /bin/bash\nA='x y'\n0 5 * * * date +\\%F %one%50\\%\nA=z\n";

        let found = as_cron(text, 2).unwrap();

        assert_eq!((&*found.shell, &*found.command), ("/bin/bash", "date +%F "));
        assert_eq!(found.input.as_deref(), Some("one\n50%\n"));
        assert_eq!(found.env["A"], "x y");
        assert_eq!(as_cron(text, 0), None);
        assert_eq!(as_cron(text, 9), None);
    }

    #[test]
    fn a_wrapped_line_is_run_without_its_wrapper() {
        let text =
            b"#DISABLED# @daily /x/inneros job run it -- \"$SHELL\" -c 'echo '\\''a'\\'''%in\n";

        let found = as_cron(text, 0).unwrap();

        assert_eq!((&*found.shell, &*found.command), ("/bin/sh", "echo 'a'"));
        let silent = b"@daily inneros job run it -- \"$SHELL\" -c 'echo a' >/dev/null 2>&1%in\n";
        assert_eq!(as_cron(silent, 0).unwrap().command, "echo a");
        assert_eq!(found.input.as_deref(), Some("in\n"));
    }
}
