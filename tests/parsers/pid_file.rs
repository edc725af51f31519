//! The PID file.

use inneros_tray::model::life::pid;
use inneros_tray::os::process::PID_MAX;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::rules;

/// Texts of what a PID file may hold by mistake, or by malice.
fn nearly_a_pid() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        (0..=PID_MAX + 2).prop_map(|number| number.to_string()),
        "[0 \t\r\x0c]{0,300}",
        "[0-9]{1,30}",
        "[-+.x\0\n\u{a0}٣]",
    ];
    vec(part, 0..6).prop_map(|parts| parts.concat().into_bytes())
}

proptest! {
    #[test]
    fn the_rules_hold_for_any_bytes(bytes in vec(any::<u8>(), 0..400)) {
        rules::pid_file(&bytes);
    }

    #[test]
    fn the_rules_hold_for_what_is_nearly_a_pid(bytes in nearly_a_pid()) {
        rules::pid_file(&bytes);
    }

    #[test]
    fn every_pid_is_read_as_it_was_written(number in 2..=PID_MAX) {
        prop_assert_eq!(pid::parse(pid::text(number).as_bytes(), PID_MAX), Some(number));
    }

    #[test]
    fn no_other_number_is_a_pid(
        number in prop_oneof![-9..=1_i64, i64::MIN..=1, i64::from(PID_MAX) + 1..],
    ) {
        prop_assert_eq!(pid::parse(format!("{number}\n").as_bytes(), PID_MAX), None);
    }
}
