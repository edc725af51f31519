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
    let job_commands = job_commands(&grammar);
    if shell == Shell::Bash {
        // Without these it offers files wherever no word fits.
        let script = script.replace(" -o bashdefault -o default", "");
        return bash_with_jobs(&script, &job_commands);
    }
    if shell == Shell::Zsh {
        return zsh_with_jobs(&script);
    }
    if shell == Shell::Fish {
        // The script itself does not know a flag of the program that has no value yet.
        let mut lines = format!(
            "complete -c {NAME} -f\ncomplete -c {NAME} -l config -r -F\n\
             complete -c {NAME} -l home -r -f -a \"(__fish_complete_directories)\"\n"
        );
        positionals(&grammar, &mut Vec::new(), &mut lines);
        let commands = job_commands.join(" ");
        lines += &format!(
            "complete -c {NAME} -n \"__fish_seen_subcommand_from job; \
             and __fish_seen_subcommand_from {commands}\" -f -a '({JOBS})'\n"
        );
        return script + &lines;
    }
    script
}

/// Prints the names of the jobs, in each of the shells.
const JOBS: &str = r#"inneros job list 2>/dev/null | sed -n "2,\$s/ .*//p""#;

/// The commands of `job` that take names of jobs.
fn job_commands(grammar: &Command) -> Vec<String> {
    let job = grammar.find_subcommand("job");
    let commands = job.into_iter().flat_map(Command::get_subcommands);
    let takes_names = |command: &&Command| {
        let mut positionals = command.get_positionals();
        positionals.any(|argument| ["name", "names"].contains(&argument.get_id().as_str()))
    };
    let names = commands.filter(takes_names).map(Command::get_name);
    names.map(str::to_owned).collect()
}

/// The words that a command takes stand in its `opts`.
fn bash_with_jobs(script: &str, commands: &[String]) -> String {
    let labels: Vec<String> = commands
        .iter()
        .map(|command| format!("{NAME}__subcmd__job__subcmd__{command})"))
        .collect();
    let mut changed = format!("_inneros_jobs() {{ {JOBS}; }}\n");
    let mut takes_jobs = false;
    for line in script.lines() {
        let text = line.trim();
        let words = line.strip_suffix('"').filter(|_| takes_jobs);
        changed += &match words {
            Some(words) if text.starts_with("opts=") => format!("{words} $(_inneros_jobs)\"\n"),
            Some(_) | None => format!("{line}\n"),
        };
        takes_jobs = labels.iter().any(|label| label == text);
    }
    changed
}

/// An argument stands on a line of its own, with what completes it behind the last colon.
fn zsh_with_jobs(script: &str) -> String {
    let function = format!(
        "_inneros_jobs() {{ local -a jobs; jobs=(${{(f)\"$({JOBS})\"}}); compadd -a jobs }}\n\n"
    );
    let mut changed = String::new();
    for line in script.split_inclusive('\n') {
        let is_name = line.contains(" -- Which job:") || line.contains(" -- Which jobs;");
        match line.rsplit_once(':').filter(|_| is_name) {
            Some((before, _)) => changed += &format!("{before}:_inneros_jobs' \\\n"),
            None => changed += line,
        }
        if line.starts_with("autoload") {
            changed += &format!("\n{function}");
        }
    }
    changed
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
