//! A property list for launchd.

use plist::{Dictionary, Value};

use super::{
    AGENT, ALL_DAYS, ALL_HOURS, ALL_MINUTES, ALL_MONTHS, ALL_WEEKDAYS, Times, label, times,
};
use crate::model::jobs::schedule::{Schedule, numbers};

/// launchd takes a time as one entry for each of its numbers.
const MOST_ENTRIES: usize = 100;

pub(super) fn agent_text(
    name: &str,
    schedule: &Schedule,
    command: &[String],
) -> Result<String, String> {
    let calendar = calendar_intervals(schedule)?;
    let words = command.iter().cloned().map(Value::String).collect();
    let mut job = Dictionary::new();
    job.insert("Label".into(), label(name).into());
    job.insert("ProgramArguments".into(), Value::Array(words));
    job.insert("StartCalendarInterval".into(), Value::Array(calendar));
    job.insert("ProcessType".into(), "Background".into());
    let mut xml = Vec::new();
    // Writing to memory does not fail, and there are no dates that could be too far off.
    let _ = Value::Dictionary(job).to_writer_xml(&mut xml);
    let text = String::from_utf8_lossy(&xml);
    let mark = AGENT.line(text.split('\n'));
    let text = text.replacen("<plist", &format!("{mark}\n<plist"), 1);
    if read_intervals(&text).as_ref() != Some(&moments(schedule)) {
        return Err(format!(
            "\"{}\" cannot be expressed for launchd",
            schedule.text
        ));
    }
    Ok(text)
}

/// The keys of an entry of `StartCalendarInterval` (`launchd.plist(5)`); what is left out is
/// any.
const KEYS: [&str; 5] = ["Minute", "Hour", "Day", "Month", "Weekday"];

/// An entry of `StartCalendarInterval`, by the order of the keys.
type Interval = [Option<u32>; 5];

fn moments(schedule: &Schedule) -> Vec<Interval> {
    let mut entries = Vec::new();
    for one in schedule.expressions.iter().flat_map(times) {
        let fields = [
            (one.minutes, ALL_MINUTES),
            (one.hours, ALL_HOURS),
            (one.days, ALL_DAYS),
            (one.months, ALL_MONTHS),
            (one.weekdays, ALL_WEEKDAYS),
        ];
        let mut of_one: Vec<Interval> = vec![[None; 5]];
        for (key, (set, all)) in fields.into_iter().enumerate() {
            if set == all {
                continue;
            }
            let with = |entry: Interval| {
                numbers(set).map(move |number| {
                    let mut entry = entry;
                    entry[key] = Some(number);
                    entry
                })
            };
            // A set has at most 60 numbers: it grows past the limit only a little.
            of_one = of_one
                .into_iter()
                .flat_map(with)
                .take(MOST_ENTRIES + 1)
                .collect();
        }
        entries.extend(of_one);
    }
    entries
}

fn calendar_intervals(schedule: &Schedule) -> Result<Vec<Value>, String> {
    let by_both = |one: &Times| one.days != ALL_DAYS && one.weekdays != ALL_WEEKDAYS;
    if schedule
        .expressions
        .iter()
        .flat_map(times)
        .any(|one| by_both(&one))
    {
        return Err(format!(
            "\"{}\" names days of the month that are certain days of the week: launchd would take either",
            schedule.text
        ));
    }
    let entries = moments(schedule);
    if entries.len() > MOST_ENTRIES {
        return Err(format!(
            "\"{}\" would take more than {MOST_ENTRIES} entries in launchd's calendar",
            schedule.text
        ));
    }
    let entry = |numbers: Interval| {
        let said = KEYS.iter().zip(numbers);
        let said = said.filter_map(|(key, number)| Some(((*key).to_owned(), Value::from(number?))));
        Value::Dictionary(said.collect())
    };
    Ok(entries.into_iter().map(entry).collect())
}

pub(super) fn read_intervals(text: &str) -> Option<Vec<Interval>> {
    let job = Value::from_reader_xml(std::io::Cursor::new(text))
        .ok()?
        .into_dictionary()?;
    let entries = job.get("StartCalendarInterval")?.as_array()?.iter();
    entries
        .map(|entry| {
            let entry = entry.as_dictionary()?;
            let number = |key: &&str| entry.get(key).and_then(Value::as_unsigned_integer);
            Some(
                KEYS.each_ref()
                    .map(|key| number(key).and_then(|number| number.try_into().ok())),
            )
        })
        .collect()
}
