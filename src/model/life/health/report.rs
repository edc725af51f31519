//! What the body of a health answer says of the parts of a daemon.
//!
//! | shape | where the parts stand |
//! |---|---|
//! | InnerOS | `daemon.checks`, `handlers` |
//! | `application/health+json` (draft-inadarei-api-health-check) | `status`, `checks`, `output` |
//! | Spring's actuator | `status`, `components`, those below them too |
//! | ASP.NET | `status`, `entries` |
//! | Kubernetes | `[-]NAME failed: …` in text, `conditions` |
//! | whatever else | `status`, `checks`, `errors`, `message` |

use serde_json::{Map, Value};

use super::part::{Part, PartKind, PartVerdict, first_line};

/// So many parts are told of; more are no report.
const MOST: usize = 50;

/// How deep a part may stand in others.
const DEEPEST: u8 = 4;

/// What a body says.
#[derive(Debug, Default)]
pub(super) struct HealthReport {
    /// The parts of the daemon, in the order of the body.
    pub parts: Vec<Part>,
    /// What it says about the daemon as a whole, if it says that in its own words.
    pub message: Option<String>,
}

/// Reads a body, or as much of it as there is.
pub(super) fn read(body: &[u8]) -> HealthReport {
    let mut values = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
    let mut report = match values.next() {
        Some(Ok(Value::Object(body))) => of_object(&body),
        Some(Ok(Value::String(text))) => of_text(&text),
        Some(Ok(_)) | None => HealthReport::default(),
        Some(Err(_)) => str::from_utf8(body).map(of_text).unwrap_or_default(),
    };
    report.parts.truncate(MOST);
    report
}

fn of_object(body: &Map<String, Value>) -> HealthReport {
    let mut report = HealthReport::default();
    let parts = &mut report.parts;
    let daemon = body.get("daemon").and_then(Value::as_object);
    if let Some(daemon) = daemon {
        add_all(parts, PartKind::Check, daemon.get("checks"), DEEPEST);
    }
    for place in ["checks", "components", "entries", "dependencies"] {
        add_all(parts, PartKind::Check, body.get(place), DEEPEST);
    }
    for place in ["handlers", "services"] {
        add_all(parts, PartKind::Handler, body.get(place), DEEPEST);
    }
    let status = body.get("status").and_then(Value::as_object);
    for object in [Some(body), status].into_iter().flatten() {
        add_conditions(parts, object.get("conditions"));
    }
    report.message = message(body);
    let whole = [Some(body), daemon].into_iter().flatten().find_map(verdict);
    let complains = body.get("errors").is_some_and(|errors| !is_empty(errors));
    let whole = match whole {
        None if complains => Some(PartVerdict::Plain(false)),
        whole => whole,
    };
    if let Some(whole) = whole {
        let detail = report.message.as_deref();
        parts.push(Part::new(PartKind::Whole, "daemon", &whole, detail));
    }
    if report.message.is_none() {
        report.message = body.get("status").and_then(|word| text(word, 0));
    }
    report
}

fn add_all(parts: &mut Vec<Part>, kind: PartKind, place: Option<&Value>, depth: u8) {
    match place {
        Some(Value::Object(entries)) => {
            for (name, entry) in entries {
                add(parts, kind, name, entry, depth);
            }
        }
        Some(Value::Array(entries)) => {
            for entry in entries {
                let name = entry.get("name").or_else(|| entry.get("id"));
                if let Some(name) = name.and_then(Value::as_str) {
                    add(parts, kind, name, entry, depth);
                }
            }
        }
        Some(_) | None => {}
    }
}

fn add(parts: &mut Vec<Part>, kind: PartKind, name: &str, entry: &Value, depth: u8) {
    if parts.len() >= MOST || depth == 0 {
        return;
    }
    match entry {
        Value::Bool(is_well) => {
            parts.push(Part::new(kind, name, &PartVerdict::Plain(*is_well), None));
        }
        Value::String(word) => {
            parts.push(Part::new(
                kind,
                name,
                &PartVerdict::Word(word.clone()),
                None,
            ));
        }
        // Several measurements of one thing.
        Value::Array(entries) => {
            let before = parts.len();
            for entry in entries {
                add(parts, kind, name, entry, depth - 1);
            }
            let worst = parts[before..].iter().position(Part::fails).unwrap_or(0);
            let worst = parts.get(before + worst).cloned();
            parts.truncate(before);
            parts.extend(worst);
        }
        Value::Object(entry) => {
            let before = parts.len();
            add_all(parts, kind, entry.get("components"), depth - 1);
            let is_told = parts[before..].iter().any(Part::fails);
            if let Some(verdict) = verdict(entry)
                && !is_told
            {
                parts.push(Part::new(kind, name, &verdict, detail(entry).as_deref()));
            }
        }
        Value::Null | Value::Number(_) => {}
    }
}

/// The conditions of Kubernetes that say something good of what has them.
fn add_conditions(parts: &mut Vec<Part>, conditions: Option<&Value>) {
    let conditions = conditions.and_then(Value::as_array).into_iter().flatten();
    for condition in conditions.filter_map(Value::as_object) {
        let text = |key| condition.get(key).and_then(Value::as_str);
        if let Some(name @ ("Available" | "Healthy" | "Live" | "Ready")) = text("type")
            && let Some(word @ ("True" | "False")) = text("status")
        {
            let verdict = PartVerdict::Plain(word == "True");
            let why = message(condition);
            parts.push(Part::new(PartKind::Check, name, &verdict, why.as_deref()));
        }
    }
}

/// What an object says about itself.
fn verdict(object: &Map<String, Value>) -> Option<PartVerdict> {
    let words = ["status", "state", "health"].into_iter();
    let mut words = words.filter_map(|key| object.get(key).and_then(Value::as_str));
    if let Some(word) = words.find(|word| !word.trim().is_empty()) {
        return Some(PartVerdict::Word(word.trim().to_owned()));
    }
    ["status", "healthy", "is_healthy", "ok", "up", "alive"]
        .into_iter()
        .find_map(|key| object.get(key)?.as_bool())
        .map(PartVerdict::Plain)
}

/// What an object also says.
fn detail(object: &Map<String, Value>) -> Option<String> {
    let rate = object.get("error_rate").and_then(Value::as_f64);
    match rate.filter(|rate| (0.0..=1.0).contains(rate) && *rate > 0.0) {
        Some(rate) => Some(format!("error rate {:.0} %", rate * 100.0)),
        None => message(object),
    }
}

/// What is wrong, in the daemon's own words.
fn message(object: &Map<String, Value>) -> Option<String> {
    // `detail` is FastAPI's, and that of problem details (RFC 9457).
    const PLACES: [&str; 7] = [
        "message",
        "error",
        "detail",
        "output",
        "errors",
        "description",
        "reason",
    ];
    let details = object.get("details").and_then(Value::as_object);
    [Some(object), details]
        .into_iter()
        .flatten()
        .flat_map(|object| PLACES.into_iter().filter_map(|place| object.get(place)))
        .find_map(|said| text(said, DEEPEST))
}

/// The first text in a value.
fn text(value: &Value, depth: u8) -> Option<String> {
    match value {
        Value::String(text) => first_line(text).map(str::to_owned),
        _ if depth == 0 => None,
        Value::Array(values) => values.iter().find_map(|value| text(value, depth - 1)),
        Value::Object(object) => {
            let told = object.get("message").and_then(|said| text(said, depth - 1));
            told.or_else(|| object.values().find_map(|value| text(value, depth - 1)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::String(text) => text.trim().is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(is) => !is,
        Value::Null => true,
    }
}

/// What is no JSON: the lines of `/healthz?verbose`, or a sentence.
fn of_text(text: &str) -> HealthReport {
    let mut report = HealthReport::default();
    for line in text.lines().take(MOST) {
        if let Some(rest) = line.strip_prefix("[+]") {
            let name = rest.split_whitespace().next().unwrap_or_default();
            let part = Part::new(PartKind::Check, name, &PartVerdict::Plain(true), None);
            report.parts.push(part);
        } else if let Some(rest) = line.strip_prefix("[-]") {
            let (name, why) = rest.split_once(' ').unwrap_or((rest, ""));
            let why = why.trim_start_matches("failed:").trim();
            let part = Part::new(PartKind::Check, name, &PartVerdict::Plain(false), Some(why));
            report.parts.push(part);
        }
    }
    // A page for a browser says nothing in its first line, and what begins like JSON is half
    // of it.
    if report.parts.is_empty() {
        let first = first_line(text).filter(|line| !line.starts_with(['<', '{', '[', '"']));
        report.message = first.map(str::to_owned);
        let word = PartVerdict::Word(first.unwrap_or_default().to_owned());
        let whole = Part::new(PartKind::Whole, "daemon", &word, None);
        report.parts.extend(whole.fails().then_some(whole));
    }
    report
}
