use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

const TEN: &[u8] = b"# my jobs\n\
MAILTO=\"\"\n\
30 23 * * * cd ~/inneros && ./.automation/scripts/automated_screenshot_import.sh >/dev/null 2>&1\n\
#DISABLED# 0 6 * * 1 /home/u/bin/weekly-review.sh\n\
# inneros: backup\n\
@daily rsync -a ~/notes /mnt/b\r\n\
@reboot /usr/bin/python3 /opt/x/watch_dir.py\n\
*/5 * * * * date +\\%F%in\n\
0 25 * * * nonsense\n\
# 5 4 * * * an old one\n\
0 4 * * * /usr/local/bin/inneros job run screenshots >/dev/null\n\
0 5 * * *\n";

fn found(text: &[u8]) -> Vec<CrontabEntry> {
    entries(text, &BTreeSet::new())
}

#[test]
fn lines_are_listed_as_jobs() {
    let entries = found(TEN);

    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "automated_screenshot_import",
            "weekly-review",
            "backup",
            "watch_dir",
            "date",
            "nonsense",
            "screenshots",
            "job"
        ]
    );
    let off: Vec<usize> = entries
        .iter()
        .filter(|one| !one.enabled)
        .map(|one| one.line)
        .collect();
    assert_eq!(off, [3]);
    assert_eq!(entries[3].when, CronTimes::Reboot);
    assert!(matches!(&entries[5].when, CronTimes::Unclear(why) if why.starts_with("hour: \"25\"")));
    assert_eq!(entries[6].kind, EntryKind::Configured);
    assert_eq!(
        entries[7].when,
        CronTimes::Unclear("the line has no command".into())
    );
}

#[test]
fn a_line_is_switched_by_the_mark_and_nothing_else() {
    let off = switched(TEN, 2, false);

    assert_eq!(off.len(), TEN.len() + DISABLED.len());
    assert!(
        off.windows(40)
            .any(|part| part.starts_with(b"\n#DISABLED# 30 23 * * * cd ~/inneros"))
    );
    assert_eq!(switched(&off, 2, true), TEN);
    assert_eq!(switched(TEN, 2, true), TEN);
}

#[test]
fn two_of_one_name_are_told_apart() {
    let text = b"1 * * * * a.sh\n2 * * * * a.sh\n3 * * * * b/a.sh x\n";

    let names: Vec<String> = found(text).into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["a", "a-2", "a-3"]);
    let taken = BTreeSet::from(["a".to_owned()]);
    assert_eq!(entries(text, &taken)[0].name, "a-2");
}

#[test]
fn adoption_quotes_what_the_shell_reads_and_leaves_what_cron_reads() {
    let program = ["/opt/in ner/50%/inneros".to_owned()];
    let line = 7;

    let adopted = adopt(TEN, line, "date", &program).unwrap();

    let shown = String::from_utf8(lines(&adopted).nth(line).unwrap().to_vec()).unwrap();
    assert_eq!(
        shown,
        "*/5 * * * * '/opt/in ner/50\\%/inneros' job run date -- \"$SHELL\" -c 'date +\\%F'%in\n"
    );
    assert_eq!(undo(&adopted, line).unwrap(), TEN);
    assert_eq!(
        adopt(&adopted, line, "date", &program),
        Err(NotAdopted::Already)
    );
    let entry = found(&adopted)
        .into_iter()
        .find(|entry| entry.line == line)
        .unwrap();
    assert_eq!(
        (entry.kind, entry.command.as_str()),
        (EntryKind::Recorded, "date +\\%F%in")
    );
    assert_eq!(undo(TEN, line), Err(NotAdopted::Never));
}

#[test]
fn output_that_was_thrown_away_is_kept_by_the_wrapper() {
    let program = ["inneros".to_owned()];
    for (old, new) in [
        ("/x/a.sh >/dev/null 2>&1", "'/x/a.sh' >/dev/null 2>&1"),
        (
            "cd /n && ./b &> /dev/null %in",
            "'cd /n && ./b' &> /dev/null %in",
        ),
        ("c 2>/dev/null 2>&1", "'c 2>/dev/null 2>&1'"),
        ("e >/dev/null", "'e >/dev/null'"),
    ] {
        let text = format!("@daily {old}\n").into_bytes();

        let adopted = adopt(&text, 0, "it", &program).unwrap();

        let expected = format!("@daily inneros job run it -- \"$SHELL\" -c {new}\n");
        assert_eq!(String::from_utf8_lossy(&adopted), expected);
        assert_eq!(undo(&adopted, 0).unwrap(), text);
    }
}

#[test]
fn a_shell_with_quotes_of_its_own_is_left_alone() {
    let text = [b"SHELL=/usr/bin/fish\n", TEN].concat();

    assert_eq!(
        adopt(&text, 3, "x", &["inneros".into()]),
        Err(NotAdopted::Shell("/usr/bin/fish".into()))
    );
}

#[test]
fn a_block_is_ours_until_somebody_edits_it() {
    let times = ["30 23 * * *".to_owned(), "@daily".to_owned()];
    let with = with_block(TEN, "shots", &times, "inneros job run shots");

    let block = Block::find(&with, "shots").unwrap();
    assert!(block.intact);
    assert_eq!(block.lines.len(), 4);
    assert_eq!(
        with_block(&with, "shots", &times, "inneros job run shots"),
        with
    );
    assert_eq!(without_block(&with, "shots"), TEN);
    let edited =
        String::from_utf8_lossy(&with).replace("30 23 * * * inneros", "31 23 * * * inneros");
    assert!(!Block::find(edited.as_bytes(), "shots").unwrap().intact);
    assert_eq!(Block::find(&with, "shot"), None);
}

#[test]
fn five_thousand_lines_are_no_matter() {
    let text = TEN.repeat(450);

    let entries = found(&text);

    assert_eq!(entries.len(), 450 * 8);
    let last = entries.last().unwrap();
    assert_eq!(
        switched(&switched(&text, last.line, false), last.line, true),
        text
    );
}

/// A crontab of whatever there is, with lines that are likely to matter.
fn crontab() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"0 5 * * * ".to_vec()),
        Just(b"@daily ".to_vec()),
        Just(b"#DISABLED# ".to_vec()),
        Just(b"# inneros: a\n".to_vec()),
        Just(b"inneros job run a -- \"$SHELL\" -c '".to_vec()),
        Just(b"'\\''".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"%\\%'".to_vec()),
        Just(b" >/dev/null 2>&1".to_vec()),
        vec(any::<u8>(), 0..6),
        "[ -~]{0,12}".prop_map(String::into_bytes),
    ];
    vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_switched_off_and_on_is_as_it_was(text in crontab()) {
        for entry in found(&text) {
            let off = switched(&text, entry.line, false);
            let again = switched(&off, entry.line, true);
            let as_it_was = if entry.enabled { text.clone() } else { switched(&text, entry.line, true) };
            prop_assert_eq!(again, as_it_was);
            if entry.enabled {
                let still = found(&off).into_iter().find(|other| other.line == entry.line);
                prop_assert_eq!(still.map(|entry| entry.enabled), Some(false));
            }
        }
    }

    #[test]
    fn what_is_adopted_and_undone_is_as_it_was(text in crontab()) {
        let program = ["/a b/inneros".to_owned(), "--home".to_owned(), "/h'%".to_owned()];
        for entry in found(&text) {
            let Ok(adopted) = adopt(&text, entry.line, &entry.name, &program) else { continue };
            prop_assert_eq!(undo(&adopted, entry.line), Ok(text.clone()));
            let now = found(&adopted).into_iter().find(|other| other.line == entry.line).unwrap();
            prop_assert_eq!(now.kind, EntryKind::Recorded);
            prop_assert_eq!(now.command, entry.command);
        }
    }

    #[test]
    fn a_block_comes_and_goes_without_a_trace(text in crontab()) {
        let with = with_block(&text, "x", &["@daily".into()], "inneros job run x");
        let mut whole = text.clone();
        if whole.last().is_some_and(|last| *last != b'\n') { whole.push(b'\n'); }
        prop_assert_eq!(without_block(&with, "x"), whole);
    }
}
