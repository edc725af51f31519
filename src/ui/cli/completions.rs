//! `inneros completions`

use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;

use super::args::Cli;
use super::output::Answer;
use super::{NAME, SHORT_FORMS};

pub fn answer(shell: Shell) -> Answer {
    let script = script(shell);
    let mut answer = Answer {
        success: true,
        message: format!("completions for {shell}"),
        ..Answer::default()
    };
    answer.fields.insert("script".into(), script.clone().into());
    answer.raw = Some(script.into_bytes());
    answer
}

fn script(shell: Shell) -> String {
    let mut grammar = with_short_forms(Cli::command());
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut grammar, NAME, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    if shell == Shell::Bash {
        // Without these it offers files wherever no word fits.
        let script = script.replace(" -o bashdefault -o default", "");
        return NAMES
            .iter()
            .fold(script, |script, names| names.in_bash(&script, &grammar));
    }
    if shell == Shell::Zsh {
        return NAMES
            .iter()
            .fold(script, |script, names| names.in_zsh(&script));
    }
    if shell == Shell::Fish {
        // The script itself does not know a flag of the program that has no value yet.
        let mut lines = format!(
            "complete -c {NAME} -f\ncomplete -c {NAME} -l config -r -F\n\
             complete -c {NAME} -l home -r -f -a \"(__fish_complete_directories)\"\n"
        );
        positionals(&grammar, &mut Vec::new(), &mut lines);
        lines.extend(NAMES.iter().map(|names| names.in_fish(&grammar)));
        return script + &lines;
    }
    script
}

/// Names that are asked for when Tab is pressed.
struct Names {
    /// The function that prints them.
    function: &'static str,
    /// What it runs, in each of the shells.
    print: &'static str,
    /// What the arguments are called that take them.
    arguments: [&'static str; 2],
    /// What their help begins with.
    help: [&'static str; 2],
}

const NAMES: [Names; 2] = [
    Names {
        function: "_inneros_jobs",
        print: r#"inneros job list 2>/dev/null | sed -n "2,\$s/ .*//p""#,
        arguments: ["name", "names"],
        help: [" -- Which job:", " -- Which jobs;"],
    },
    Names {
        function: "_inneros_daemons",
        print: r#"inneros daemon list 2>/dev/null | sed -n "2,\$s/ .*//p""#,
        arguments: ["daemon", "daemons"],
        help: [" -- Which daemon:", " -- Which daemons;"],
    },
];

impl Names {
    /// The commands that take them, each with those above it.
    fn commands(&self, grammar: &Command) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for command in grammar.get_subcommands() {
            let name = command.get_name().to_owned();
            let mut arguments = command.get_positionals();
            if arguments.any(|argument| self.arguments.contains(&argument.get_id().as_str())) {
                found.push(vec![name.clone()]);
            }
            let below = self.commands(command);
            found.extend(
                below
                    .into_iter()
                    .map(|below| [vec![name.clone()], below].concat()),
            );
        }
        found
    }

    /// The words that a command takes stand in its `opts`.
    fn in_bash(&self, script: &str, grammar: &Command) -> String {
        let Self {
            function, print, ..
        } = self;
        let labels: Vec<String> = self
            .commands(grammar)
            .iter()
            .map(|path| format!("{NAME}__subcmd__{})", path.join("__subcmd__")))
            .collect();
        let mut changed = format!("{function}() {{ {print}; }}\n");
        let mut takes_names = false;
        for line in script.lines() {
            let text = line.trim();
            let words = line.strip_suffix('"').filter(|_| takes_names);
            changed += &match words {
                Some(words) if text.starts_with("opts=") => format!("{words} $({function})\"\n"),
                Some(_) | None => format!("{line}\n"),
            };
            takes_names = labels.iter().any(|label| label == text);
        }
        changed
    }

    /// An argument stands on a line of its own, with what completes it behind the last colon.
    fn in_zsh(&self, script: &str) -> String {
        let Self {
            function, print, ..
        } = self;
        let whole = format!(
            "{function}() {{ local -a names; names=(${{(f)\"$({print})\"}}); compadd -a names }}\n\n"
        );
        let mut changed = String::new();
        for line in script.split_inclusive('\n') {
            let is_name = self.help.iter().any(|help| line.contains(help));
            match line.rsplit_once(':').filter(|_| is_name) {
                Some((before, _)) => changed += &format!("{before}:{function}' \\\n"),
                None => changed += line,
            }
            if line.starts_with("autoload") {
                changed += &format!("\n{whole}");
            }
        }
        changed
    }

    /// A line for each command.
    fn in_fish(&self, grammar: &Command) -> String {
        let seen = |name: &String| format!("__fish_seen_subcommand_from {name}");
        let line = |path: &Vec<String>| {
            let mut seen: Vec<String> = path.iter().map(seen).collect();
            if path.len() == 1 {
                // Others have commands of this name.
                seen.push("not __fish_seen_subcommand_from daemon job config autostart".into());
            }
            let (when, print) = (seen.join("; and "), self.print);
            format!("complete -c {NAME} -n \"{when}\" -f -a '({print})'\n")
        };
        self.commands(grammar).iter().map(line).collect()
    }
}

/// The grammar as it is understood: some commands of the daemon may stand without it.
fn with_short_forms(grammar: Command) -> Command {
    let daemon = grammar.find_subcommand("daemon").cloned();
    let commands = daemon.iter().flat_map(Command::get_subcommands);
    let short: Vec<Command> = commands
        .filter(|command| SHORT_FORMS.contains(&command.get_name()))
        .cloned()
        .collect();
    grammar.subcommands(short)
}

/// The words that fish is to offer where they have no flag before them, which `clap_complete`
/// leaves out.
fn positionals<'a>(command: &'a Command, path: &mut Vec<&'a str>, lines: &mut String) {
    for argument in command.get_positionals() {
        let words = words(argument);
        if words.is_empty() {
            continue;
        }
        let seen: Vec<String> = path
            .iter()
            .map(|name| format!("__fish_seen_subcommand_from {name}"))
            .collect();
        *lines += &format!(
            "complete -c {NAME} -n \"{}\" -f -a \"{}\"\n",
            seen.join("; and "),
            words.join(" ")
        );
    }
    for below in command.get_subcommands() {
        path.push(below.get_name());
        positionals(below, path, lines);
        path.pop();
    }
}

fn words(argument: &Arg) -> Vec<String> {
    let values = argument.get_possible_values();
    values
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect()
}
