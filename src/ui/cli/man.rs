//! `inneros man`

use std::path::Path;

use clap::CommandFactory;
use serde_json::json;

use super::args::Cli;
use super::output::{Answer, Refusal};
use crate::os::man_pages;
use crate::ui::man_page;

pub fn answer(folder: Option<&Path>) -> Result<Answer, Refusal> {
    let pages = man_page::pages(Cli::command()).map_err(|error| Refusal::new(1, &error))?;
    let mut answer = Answer {
        success: true,
        ..Answer::default()
    };
    let Some(folder) = folder else {
        answer.message = "the manual page of inneros".into();
        answer.raw = pages.into_iter().next().map(|page| page.text);
        let text = answer.raw.as_deref().unwrap_or_default();
        answer
            .fields
            .insert("page".into(), String::from_utf8_lossy(text).into());
        return Ok(answer);
    };
    for page in &pages {
        man_pages::write(folder, &page.file_name, &page.text)
            .map_err(|error| Refusal::of(1, &error))?;
    }
    let names: Vec<&str> = pages.iter().map(|page| page.file_name.as_str()).collect();
    answer.message = format!("wrote {} pages into '{}'", names.len(), folder.display());
    answer.fields.insert("pages".into(), json!(names));
    Ok(answer)
}
