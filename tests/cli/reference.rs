//! `docs/reference.md` is complete: held against the program and the schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use inneros_tray::model::config::KEYS;
use serde_json::Value;

use crate::home::Home;
use crate::schema::{schemas, types};

#[test]
fn every_setting_stands_in_the_reference_with_its_default() {
    let home = Home::new();
    let shown = home.inneros(["config", "show", "--json"]).code(0).json();
    let our_folder = home.path().display().to_string();
    let mut settings: BTreeMap<String, String> = shown["settings"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, setting)| {
            let value = setting["value"].as_str().unwrap();
            (key.clone(), value.replace(&our_folder, "~"))
        })
        .collect();
    // They say where the file is, and stand in none.
    settings.remove("home").unwrap();
    settings.remove("config").unwrap();

    // Those that say how a daemon stands to others are shown where there are others.
    home.write(
        ".inneros/config.toml",
        "daemon.command = ['a']\n[daemons.other]\n",
    );
    let shown = home.inneros(["config", "show", "inneros", "--json"]);
    let several = shown.code(0).json();
    for key in KEYS.iter().filter(|key| key.is_for_several) {
        let name = key.name.trim_start_matches("daemon.");
        let value = several["settings"][name]["value"].as_str().unwrap();
        settings.insert(key.name.to_owned(), value.to_owned());
    }

    let documented: BTreeMap<String, String> = rows("## Configuration")
        .into_iter()
        .map(|cells| (code(&cells[0]), code(&cells[2])))
        .collect();

    assert_eq!(documented, settings);
}

#[test]
fn the_reference_says_of_each_key_what_fits_and_what_it_means() {
    let expected: Vec<[String; 3]> = KEYS
        .iter()
        .map(|key| [key.name, &key.field.kind(), key.about].map(str::to_owned))
        .collect();

    let documented: Vec<[String; 3]> = rows("## Configuration")
        .iter()
        .map(|cells| [code(&cells[0]), cells[1].clone(), cells[3].clone()])
        .collect();

    assert_eq!(documented, expected);
}

#[test]
fn every_variable_and_exit_code_of_the_help_stands_in_the_reference() {
    let help = Home::new().inneros(["--help"]).stdout().to_owned();
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let (codes, variables) = codes.split_once("\n\nEnvironment: ").unwrap();
    let in_help: Vec<String> = codes
        .lines()
        .map(|line| line.trim().split(' ').next().unwrap().to_owned())
        .collect();
    let variables = variables
        .split(|c: char| !(c.is_ascii_uppercase() || c == '_'))
        .filter(|word| word.len() > 2);

    let documented: Vec<String> = rows("## Exit codes")
        .iter()
        .map(|row| row[0].clone())
        .collect();
    let known: Vec<String> = rows("## Environment")
        .iter()
        .map(|row| row[0].clone())
        .collect();

    assert_eq!(documented, in_help);
    for variable in variables {
        assert!(known.contains(&format!("`{variable}`")), "{variable}");
    }
}

#[test]
fn the_tables_of_json_say_what_the_schemas_say() {
    let reference = reference();
    let sections = reference.split("\n### ").skip(1).count();
    let schemas = schemas();
    for (name, schema) in &schemas {
        let mut said = format!("Schema: [{name}.json](schema/{name}.json).");
        if let Some(more) = schema["description"].as_str() {
            said += &format!(" {more}");
        }
        let section = reference.split("\n### ").find(|part| part.contains(&said));
        let section = section.unwrap_or_else(|| panic!("it does not say\n{said}"));
        let documented: BTreeSet<&str> = section
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();

        let expected = table(schema, "");

        assert_eq!(
            documented,
            expected.iter().map(String::as_str).collect(),
            "{name}"
        );
    }
    assert_eq!(sections, schemas.len());
}

/// The rows of a schema's table.
fn table(schema: &Value, before: &str) -> Vec<String> {
    const EVERYWHERE: [&str; 3] = ["schema", "success", "message"];
    let required = schema["required"].as_array().unwrap();
    let mut rows = Vec::new();
    for (key, property) in schema["properties"].as_object().unwrap() {
        if before.is_empty() && EVERYWHERE.contains(&key.as_str()) {
            continue;
        }
        let missing = if required.iter().any(|name| name == key) {
            ""
        } else {
            ", or missing"
        };
        let meaning = property["description"].as_str().unwrap();
        rows.push(format!(
            "| `{before}{key}` | {}{missing} | {meaning} |",
            kind(property)
        ));
        if property["items"]["type"] == "object" {
            rows.extend(table(&property["items"], &format!("{before}{key}[].")));
        }
        if let Some(others) = property.get("additionalProperties") {
            rows.extend(table(others, &format!("{before}{key}.*.")));
        }
    }
    rows
}

fn kind(property: &Value) -> String {
    if property.get("$ref").is_some() {
        return "the keys above".into();
    }
    if let Some(values) = property["enum"].as_array() {
        let word = |value: &Value| {
            value
                .as_str()
                .map_or("null".into(), |text| format!("`{text}`"))
        };
        return values.iter().map(word).collect::<Vec<String>>().join(", ");
    }
    let names = types(&property["type"]).into_iter().map(|name| match name {
        "array" if property["items"]["type"] == "object" => "list".to_owned(),
        "array" => format!("list of {}s", property["items"]["type"].as_str().unwrap()),
        "string" if property["format"] == "date-time" => "time".into(),
        other => other.into(),
    });
    names.collect::<Vec<String>>().join(" or ")
}

fn reference() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.md");
    fs::read_to_string(path).unwrap()
}

/// The cells of the first table below a heading, without its head.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let reference = reference();
    let (_, part) = reference.split_once(&format!("\n{heading}\n")).unwrap();
    part.lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

fn code(cell: &str) -> String {
    cell.trim_matches('`').to_owned()
}
