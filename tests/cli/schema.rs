//! The JSON Schemas of `docs/schema`, held against what the program really answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::DateTime;
use serde_json::{Value, json};

use crate::autostart::Desk;
use crate::home::Home;
use crate::process::kill;

/// Fails where an answer is not as the schema of its command says, or says more.
/// `command` is the command line in the form that `{:?}` gives it.
#[track_caller]
pub fn assert_fits(command: &str, answer: &Value) {
    let name = if answer.get("output").is_some() {
        "error".to_owned()
    } else if answer.get("daemons").is_some_and(Value::is_array) {
        "several".to_owned()
    } else {
        // It may stand between the words of a command.
        let command = command.replace(" \"--json\"", "");
        let named = |name: &String| {
            let words: Vec<String> = words(name).iter().map(|word| format!("{word:?}")).collect();
            command.contains(&words.join(" "))
        };
        schemas().into_keys().find(named).unwrap_or_else(|| {
            panic!("no schema is named after {command}");
        })
    };
    let flaws = flaws(&schemas()[&name], answer);
    assert!(
        flaws.is_empty(),
        "{name}.json: {}\n{command}\n{answer}",
        flaws.join("; ")
    );
}

/// Every schema by its name, which is that of its command.
pub fn schemas() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let schema = serde_json::from_str(&text);
            (
                name,
                schema.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
            )
        })
        .collect()
}

/// The words of the command that a schema is named after.
fn words(name: &str) -> Vec<&str> {
    match name.split_once('-') {
        _ if name == "install-cli" => vec![name],
        Some((group, command)) => vec![group, command],
        None => vec![name],
    }
}

/// What is wrong with a value, by as much of JSON Schema 2020-12 as the schemas use. A key
/// that a schema does not name is wrong, too: others must let it pass, but not we.
fn flaws(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let mut wrong = |what: String| found.push(format!("'{path}' {what}"));
    for (keyword, said) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => {}
            "const" if value != said => wrong(format!("is not {said}")),
            "enum" if !said.as_array().unwrap().contains(value) => {
                wrong(format!("is {value}, not one of {said}"));
            }
            "type" if !types(said).iter().any(|name| is(name, value)) => {
                wrong(format!("is {value}, not of type {said}"));
            }
            "minimum" if value.as_f64() < said.as_f64() && value.is_number() => {
                wrong(format!("is {value}, below {said}"));
            }
            "format" => {
                assert_eq!(said, "date-time", "a format that is not checked");
                if value
                    .as_str()
                    .is_some_and(|time| DateTime::parse_from_rfc3339(time).is_err())
                {
                    wrong(format!("is {value}, no time of RFC 3339"));
                }
            }
            // It is asked of an object: what else may be there is a matter of the type.
            "required" if !value.is_object() => {}
            "required" => {
                for key in said.as_array().unwrap() {
                    if value.get(key.as_str().unwrap()).is_none() {
                        wrong(format!("has no {key}"));
                    }
                }
            }
            "const" | "enum" | "type" | "minimum" => {}
            "properties" | "items" | "additionalProperties" | "anyOf" | "$ref" => {}
            other => panic!("'{other}' is not checked"),
        }
    }
    if let Some(reference) = schema.get("$ref") {
        let pointer = reference.as_str().unwrap().trim_start_matches('#');
        check(root, root.pointer(pointer).unwrap(), value, path, found);
    }
    if let Some(items) = schema.get("items") {
        for (number, item) in value.as_array().into_iter().flatten().enumerate() {
            check(root, items, item, &format!("{path}[{number}]"), found);
        }
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let fits = |choice: &&Value| {
            let mut found = Vec::new();
            check(root, choice, value, path, &mut found);
            found.is_empty()
        };
        if !choices.iter().any(|choice| fits(&choice)) {
            found.push(format!("'{path}' is nothing of what it may be"));
        }
    }
    let (properties, others) = (schema.get("properties"), schema.get("additionalProperties"));
    for (key, value) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        match (properties.and_then(|known| known.get(key)), others) {
            (Some(schema), _) | (None, Some(schema)) => check(root, schema, value, &path, found),
            (None, None) if properties.is_some() => found.push(format!("'{path}' is not named")),
            (None, None) => {}
        }
    }
}

/// The types that a value may have.
pub fn types(said: &Value) -> Vec<&str> {
    match said {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no such type: {other}"),
    }
}

#[test]
fn every_command_answers_as_its_schema_says() {
    let desk = Desk::new();
    let home = &desk.home;
    let ask = |code, arguments: &[&str]| {
        let answer = home.inneros([arguments, &["--json"]].concat());
        let words: Vec<String> = arguments.iter().map(|word| format!("{word:?}")).collect();
        assert_fits(&words.join(" "), &answer.code(code).json());
        arguments.join("-")
    };

    let mut asked = vec![
        ask(0, &["config", "init"]),
        ask(0, &["config", "path"]),
        ask(1, &["doctor"]),
        ask(0, &["completions", "zsh"]),
        ask(0, &["man"]),
        ask(0, &["man", "--dir", "pages"]),
        ask(0, &["install-cli", "--dir", "links", "--yes"]),
    ];
    home.write(
        ".inneros/config.toml",
        "daemon.command = ['sleep', '300']\n",
    );
    home.write(".inneros/logs/a.log", "2026-11-22 20:14:24 [INFO] a: b\n");
    asked.extend([
        ask(0, &["daemon", "start", "--wait", "0"]),
        ask(0, &["daemon", "status"]),
        ask(0, &["daemon", "restart"]),
        ask(0, &["daemon", "logs"]),
        ask(0, &["daemon", "logs", "--all"]),
        ask(0, &["daemon", "logs", "--path"]),
        ask(0, &["daemon", "logs", "--summary"]),
        ask(0, &["daemon", "stop"]),
        ask(3, &["daemon", "stop"]),
        ask(0, &["config", "show"]),
    ]);
    let edit = home.shell("EDITOR=true \"$@\"", ["config", "edit", "--json"]);
    edit.code(0).json();
    home.write(
        ".inneros/config.toml",
        "[jobs.it]\ncommand = ['false']\nschedule = '@daily'\n[jobs.bad]\n",
    );
    home.write("crontab.txt", "0 5 * * * /opt/sweep.sh\n");
    let job = |code, arguments: &[&str]| {
        let with_json = [arguments, &["--json"]].concat();
        let answer = crate::jobs::job(home, &with_json).code(code).json();
        assert_fits(&format!("\"job\" {:?}", arguments[0]), &answer);
        format!("job-{}", arguments[0])
    };
    home.write_program("tools/crontab", crate::jobs::STAND_IN);
    asked.extend([
        job(1, &["run", "it"]),
        job(0, &["logs", "it"]),
        job(4, &["list"]),
        job(1, &["status", "it"]),
        job(0, &["acknowledge", "it"]),
        job(0, &["adopt", "sweep"]),
        job(0, &["enable", "it", "sweep"]),
        job(0, &["disable", "it", "--for", "1h"]),
        job(0, &["run", "it"]),
        job(4, &["enable", "bad", "it"]),
        job(4, &["status"]),
        ask(4, &["status"]),
        ask(0, &["history"]),
        ask(0, &["metrics"]),
        ask(0, &["page"]),
        ask(0, &["hooks"]),
    ]);
    home.write(
        ".inneros/config.toml",
        "daemon.command = ['sh', '-c', 'sleep 0.5; exit 3']\ndaemon.start_grace = '0s'\n",
    );
    asked.push(ask(3, &["daemon", "run"]));
    for command in ["enable", "status", "disable"] {
        desk.autostart([command, "tray", "--json"]).json();
        asked.push(format!("autostart-{command}"));
    }
    desk.autostart(["status", "--json"]).json();

    ask_of_several(home, &ask);
    asked.extend([ask(0, &["config", "check"]), "several".into()]);
    asked.push("config-edit".into());
    for name in schemas().into_keys().filter(|name| name != "error") {
        assert!(
            asked.iter().any(|asked| asked.starts_with(&name)),
            "nothing was held against {name}.json"
        );
    }
}

/// What is asked of several daemons.
fn ask_of_several(home: &Home, ask: &dyn Fn(i32, &[&str]) -> String) {
    home.write(
        ".inneros/config.toml",
        "[defaults]\nstart_grace = '50ms'\n[daemons.a]\ncommand = ['sleep', '300']\n\
         [daemons.b]\ncommand = ['sleep', '300']\nafter = ['a']\n",
    );
    home.write(".inneros/a/logs/a.log", "2026-11-22 20:14:24 [INFO] a: b\n");
    for arguments in [
        &["daemon", "start", "--all"][..],
        &["daemon", "status"],
        &["daemon", "list"],
        &["daemon", "status", "a"],
        &["daemon", "restart", "a", "b"],
        &["daemon", "logs"],
        &["daemon", "logs", "--path"],
        &["daemon", "logs", "--summary"],
        &["config", "show"],
        &["config", "show", "a"],
        &["daemon", "stop", "--all"],
    ] {
        ask(0, arguments);
    }
}

#[test]
fn a_crash_and_an_error_answer_as_their_schemas_say() {
    let home = Home::with_daemon("echo bye; exit 3");
    home.inneros(["daemon", "start", "--json"]).code(1).json();
    let home = Home::with_sleeper();
    kill(home.start());

    let answer = home.inneros(["daemon", "status", "--json"]).code(1).json();

    assert_eq!(answer["state"], "crashed");
}

#[test]
fn an_answer_that_does_not_fit_its_schema_is_found() {
    let schema = json!({
        "type": "object",
        "required": ["pid", "at"],
        "properties": {
            "pid": { "type": ["integer", "null"], "minimum": 1 },
            "at": { "type": "string", "format": "date-time" },
            "list": { "type": "array", "items": { "enum": ["a", "b"] } },
            "one": { "$ref": "#/$defs/one" },
            "map": { "type": "object", "additionalProperties": { "type": "boolean" } },
        },
        "anyOf": [{ "required": ["list"] }, { "required": ["one"] }],
        "$defs": { "one": { "const": 1 } },
    });
    let fits = json!({ "pid": null, "at": "2026-11-22T20:14:24+01:00", "one": 1 });
    assert_eq!(flaws(&schema, &fits), [""; 0]);

    let found = flaws(
        &schema,
        &json!({ "pid": 0, "at": "now", "list": ["c"], "one": 2, "map": { "x": 1 }, "new": 1 }),
    );
    let missing = flaws(&schema, &json!({ "pid": "1" }));

    assert_eq!(
        found,
        [
            "'.at' is \"now\", no time of RFC 3339",
            "'.list[0]' is \"c\", not one of [\"a\",\"b\"]",
            "'.map.x' is 1, not of type \"boolean\"",
            "'.new' is not named",
            "'.one' is not 1",
            "'.pid' is 0, below 1",
        ]
    );
    assert_eq!(
        missing,
        [
            "'' has no \"at\"",
            "'' is nothing of what it may be",
            "'.pid' is \"1\", not of type [\"integer\",\"null\"]",
        ]
    );
}
