//! `inneros job logs`

use serde_json::json;

use super::super::output::{self, Answer, Refusal};
use super::unknown;
use crate::app::jobs::list::Overview;
use crate::model::text::Visible;
use crate::os::job_files::JobFiles;
use crate::os::log_files;

pub fn answer(
    overview: &Overview,
    name: &str,
    lines: Option<usize>,
    only_path: bool,
) -> Result<Answer, Refusal> {
    let job = overview.jobs.iter().find(|job| job.name == name);
    let files = JobFiles::new(&overview.configured.home, name);
    let record = match job {
        Some(job) => job.last.record().cloned(),
        // What `job run NAME -- …` has recorded needs no configuration.
        None => files.read_record().ok().flatten(),
    };
    let Some(record) = record else {
        let Some(job) = job else {
            return Err(unknown(overview, name));
        };
        let hint = (!job.recorded).then(|| format!("`inneros job adopt {name}` records its runs"));
        return Err(Refusal {
            code: 1,
            message: format!("no logs: no run of {name} is recorded"),
            hint,
            ..Refusal::default()
        });
    };
    let path = record.output.display().to_string();
    let most = lines.unwrap_or(usize::MAX);
    let read = log_files::tail_from(&record.output, record.output_start, most);
    let text = read.map_err(|error| Refusal::new(1, &error))?;
    let mut answer = Answer {
        success: true,
        message: format!(
            "output of {name}, started {}",
            record.began.wall.format("%Y-%m-%d %H:%M:%S")
        ),
        ..Answer::default()
    };
    let shown = String::from_utf8_lossy(&text);
    answer.fields.insert("path".into(), json!(path));
    answer
        .fields
        .insert("started_at".into(), json!(record.began.wall.to_rfc3339()));
    answer
        .fields
        .insert("lines".into(), json!(shown.lines().collect::<Vec<_>>()));
    if only_path {
        answer.raw = Some(format!("{path}\n").into_bytes());
    } else {
        answer.source = Some(answer.message.clone());
        answer.raw = Some(visible(&text));
    }
    Ok(answer)
}

/// Control characters are made visible.
fn visible(text: &[u8]) -> Vec<u8> {
    let mut visible = Visible::new(output::is_terminal());
    let mut shown = Vec::with_capacity(text.len());
    visible.push(text, &mut shown);
    visible.finish(&mut shown);
    shown
}
