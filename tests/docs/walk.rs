//! A walk through a page: what a reader would do, from the top to the bottom.

use crate::compare::compare;
use crate::page::{Block, Kind, Page};
use crate::sandbox::Sandbox;
use crate::skip::not_run;
use crate::terminal::{Outcome, Terminal};

/// Does all that a page says, and fails at the first thing that is not so. What is not done
/// is listed.
#[track_caller]
pub fn through(page: &Page) {
    for block in &page.blocks {
        if let Kind::Leave(why) = block.kind {
            let first = block.text.lines().next().unwrap_or_default();
            not_run(&format!("{}:{}: `{first}`: {why}", page.name, block.line));
        }
    }
    let found = flaws(page);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// What is not as the page says. What comes after the first such block is not tried: it may
/// go wrong because of it.
pub fn flaws(page: &Page) -> Vec<String> {
    if !page.flaws.is_empty() {
        return page.flaws.clone();
    }
    let sandbox = Sandbox::new();
    let mut terminal = sandbox.open_terminal();
    for block in &page.blocks {
        let place = format!("{}:{}", page.name, block.line);
        let done = match block.kind {
            Kind::Run => run(&mut terminal, &sandbox, block),
            Kind::Compare => run_and_compare(&mut terminal, &sandbox, block),
            Kind::Fill => sandbox.fill(&block.text),
            // `quotes.rs` reads them.
            Kind::Quote => Ok(()),
            Kind::Home(start) => {
                sandbox.leave(terminal);
                sandbox.begin_anew(start);
                terminal = sandbox.open_terminal();
                Ok(())
            }
            Kind::Leave(_) => Ok(()),
        };
        if let Err(what) = done {
            // What still runs is ended with the home.
            return vec![format!("{place}: {what}")];
        }
    }
    sandbox.leave(terminal);
    Vec::new()
}

fn run(terminal: &mut Terminal, sandbox: &Sandbox, block: &Block) -> Result<(), String> {
    let Outcome { code, output } = terminal.run(&sandbox.here(&block.text));
    match code {
        Some(0) => Ok(()),
        _ => Err(format!("it fails:\n{}\n{output}", block.text)),
    }
}

fn run_and_compare(
    terminal: &mut Terminal,
    sandbox: &Sandbox,
    block: &Block,
) -> Result<(), String> {
    let commands = commands(&block.text).ok_or("it does not begin with a command (`$ …`)")?;
    for (command, expected) in commands {
        let Outcome { code, output } = terminal.try_out(&sandbox.here(command));
        compare(&sandbox.here(&expected), &output)
            .map_err(|difference| format!("{command}\n{difference}"))?;
        // One that fails without a word would go unnoticed.
        if expected.is_empty() && code != Some(0) {
            return Err(format!("{command}\nends with {code:?}"));
        }
    }
    Ok(())
}

/// Each command with what it says.
fn commands(text: &str) -> Option<Vec<(&str, String)>> {
    let mut commands: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push((command, String::new()));
        } else {
            let (_, expected) = commands.last_mut()?;
            *expected += line;
            expected.push('\n');
        }
    }
    (!commands.is_empty()).then_some(commands)
}
