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
        return script.replace(" -o bashdefault -o default", "");
    }
    if shell == Shell::Fish {
        // The script itself does not know a flag of the program that has no value yet.
        let mut lines = format!(
            "complete -c {NAME} -f\ncomplete -c {NAME} -l config -r -F\n\
             complete -c {NAME} -l home -r -f -a \"(__fish_complete_directories)\"\n"
        );
        positionals(&grammar, &mut Vec::new(), &mut lines);
        return script + &lines;
    }
    script
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
