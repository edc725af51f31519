//! The run record.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use inneros_tray::model::life::host::Host;
use inneros_tray::model::life::record::{
    Deadline, Exit, Forerunner, Identity, Phase, RunRecord, Supervisor,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::rules;

/// Any moment from 1970 to 2200 in any time zone.
fn moment() -> impl Strategy<Value = DateTime<FixedOffset>> {
    let zone = (-23 * 60..=23 * 60_i32).prop_map(|minutes| FixedOffset::east_opt(minutes * 60));
    (0..7_258_118_400_i64, 0..1_000_000_000_u32, zone).prop_map(|(seconds, nanos, zone)| {
        let utc = DateTime::from_timestamp(seconds, nanos).unwrap();
        utc.with_timezone(&zone.unwrap())
    })
}

fn forerunner() -> impl Strategy<Value = Option<Forerunner>> {
    let session = proptest::option::of(2..i32::MAX);
    let before =
        (2..i32::MAX, any::<u64>(), session).prop_map(|(pid, start_token, session)| Forerunner {
            pid,
            start_token,
            session,
        });
    proptest::option::of(before)
}

fn deadline() -> impl Strategy<Value = Deadline> {
    any::<u64>().prop_map(|millis| Deadline::at(Duration::from_millis(millis)))
}

fn phase() -> impl Strategy<Value = Phase> {
    let exit = || {
        proptest::option::of(prop_oneof![
            (0..=255).prop_map(Exit::Code),
            (1..=64).prop_map(Exit::Signal),
        ])
    };
    prop_oneof![
        deadline().prop_map(|deadline| Phase::Starting { deadline }),
        Just(Phase::Running),
        deadline().prop_map(|deadline| Phase::Stopping { deadline }),
        (exit(), moment()).prop_map(|(exit, at)| Phase::Ended { exit, at }),
        (exit(), moment(), any::<u64>(), moment()).prop_map(|(exit, at, due_ms, due)| {
            Phase::Backoff {
                exit,
                at,
                due_ms,
                due,
            }
        }),
        (exit(), moment(), any::<u32>(), any::<u64>()).prop_map(|(exit, at, starts, window_ms)| {
            Phase::CrashLooping {
                exit,
                at,
                starts,
                window_ms,
            }
        }),
    ]
}

prop_compose! {
    fn identity()(
        (pid, start_token, boot_id) in (2..i32::MAX, any::<u64>(), any::<String>()),
    ) -> Identity {
        Identity { pid, start_token, boot_id }
    }
}

prop_compose! {
    fn host()(
        (name, machine) in (any::<String>(), any::<Option<String>>()),
        (pid_namespace, time_namespace) in (any::<Option<u64>>(), any::<Option<u64>>()),
    ) -> Host {
        Host { name, machine, pid_namespace, time_namespace }
    }
}

fn supervisor() -> impl Strategy<Value = Option<Supervisor>> {
    proptest::option::of(
        (identity(), any::<u32>()).prop_map(|(identity, attempt)| Supervisor { identity, attempt }),
    )
}

prop_compose! {
    /// Any record that a start could write.
    fn written()(
        (identity, host, forerunner) in (identity(), proptest::option::of(host()), forerunner()),
        mark in proptest::option::of("[0-9a-f]{32}"),
        supervisor in supervisor(),
        command in vec(any::<String>(), 0..4),
        (started_at, started_ms) in (moment(), any::<u64>()),
        (output, output_start) in (any::<String>(), any::<u64>()),
        phase in phase(),
    ) -> RunRecord {
        RunRecord {
            schema: 1,
            identity,
            host,
            forerunner,
            mark,
            command,
            started_at,
            started_ms,
            output: output.into(),
            output_start,
            supervisor,
            phase,
        }
    }
}

/// A record's text with one part of it replaced.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let damage = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string().into_bytes()),
        vec(any::<u8>(), 0..8),
        r#"[-+0-9.eE"{}\[\],:\\ ]{0,8}"#.prop_map(String::into_bytes),
    ];
    (written(), any::<prop::sample::Index>(), 0..8_usize, damage).prop_map(
        |(record, place, length, damage)| {
            let mut text = record.text().unwrap().into_bytes();
            let start = place.index(text.len());
            let end = text.len().min(start + length);
            text.splice(start..end, damage);
            text
        },
    )
}

proptest! {
    #[test]
    fn the_rules_hold_for_any_bytes(bytes in vec(any::<u8>(), 0..400)) {
        rules::record(&bytes);
    }

    #[test]
    fn the_rules_hold_for_a_damaged_record(bytes in damaged()) {
        rules::record(&bytes);
    }

    #[test]
    fn every_record_is_read_as_it_was_written(record in written()) {
        let text = record.text().unwrap();

        prop_assert_eq!(RunRecord::parse(text.as_bytes()), Some(record));
    }

    #[test]
    fn a_record_that_was_cut_off_is_none(
        record in written(),
        place in any::<prop::sample::Index>(),
    ) {
        let text = record.text().unwrap();
        let json = text.trim_end().as_bytes();

        prop_assert_eq!(RunRecord::parse(&json[..place.index(json.len())]), None);
    }

    #[test]
    fn a_record_of_no_process_is_none(record in written(), pid in prop_oneof![-9..=1, i32::MIN..=1]) {
        let identity = Identity { pid, ..record.identity.clone() };
        let nobody = Identity { pid: pid.min(0), ..identity.clone() };
        let supervisor = Some(Supervisor { identity: nobody, attempt: 1 });
        let daemon = RunRecord { identity, ..record.clone() }.text().unwrap();
        let supervised = RunRecord { supervisor, ..record }.text().unwrap();

        prop_assert_eq!(RunRecord::parse(daemon.as_bytes()), None);
        prop_assert_eq!(RunRecord::parse(supervised.as_bytes()), None);
    }
}
