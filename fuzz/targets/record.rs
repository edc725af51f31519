#![no_main]

#[path = "../../tests/parsers/rules.rs"]
#[allow(dead_code)]
mod rules;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rules::record(bytes));
