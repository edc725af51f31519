//! What is told of health.

use super::*;
use crate::model::life::health;

#[test]
fn ill_health_is_told_also_while_something_is_under_way() {
    let mut tray = Transcript::new("");
    tray.look(nothing(0));
    tray.click(Command::Run(Operation::Start));

    assert_eq!(tray.look(unhealthy(1, 3)).len(), 1);
}

#[test]
fn health_is_told_when_it_goes_and_withdrawn_when_it_is_back() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    assert_eq!(tray.look(unhealthy(2, 2)), NOTHING);
    assert_eq!(
        tray.look(unhealthy(4, 3)),
        ["notify InnerOS is unhealthy: Unhealthy: scheduler"]
    );
    assert_eq!(tray.look(unhealthy(6, 4)), NOTHING);
    assert_eq!(tray.look(running(8)), ["withdraw"]);
}

#[test]
fn health_that_comes_and_goes_is_told_once_in_ten_minutes() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert_eq!(tray.look(unhealthy(2, 3)).len(), 1);
    assert_eq!(tray.look(running(4)), ["withdraw"]);

    for minute in 1..10 {
        let now = minute * 60;
        for second in 0..60 {
            let seen = if second < 30 {
                unhealthy(now + second, 3)
            } else {
                running(now + second)
            };
            assert!(tray.look(seen).iter().all(|effect| effect == "withdraw"));
        }
    }

    assert_eq!(tray.look(running(601)), NOTHING);
    assert_eq!(tray.look(unhealthy(603, 3)).len(), 1);
}

#[test]
fn ill_health_that_lasts_is_told_although_it_came_and_went() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert_eq!(tray.look(unhealthy(2, 3)).len(), 1);
    assert_eq!(tray.look(running(4)), ["withdraw"]);

    for second in (6..602).step_by(2) {
        assert_eq!(tray.look(unhealthy(second, 3)), NOTHING);
    }

    assert_eq!(tray.look(unhealthy(602, 3)).len(), 1);
    assert_eq!(tray.look(unhealthy(604, 3)), NOTHING);
}

#[test]
fn a_daemon_that_is_ill_again_after_a_restart_is_told() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert_eq!(tray.look(unhealthy(2, 3)).len(), 1);
    tray.look(running_as(900, 4));

    let ill = Observation {
        health: unhealthy(6, 3).health,
        ..running_as(900, 6)
    };

    assert_eq!(tray.look(ill).len(), 1);
}

#[test]
fn recovery_is_no_start() {
    let mut tray = Transcript::new("[notifications]\nstarted = true");
    tray.look(running(0));
    tray.look(unhealthy(2, 3));

    assert_eq!(tray.look(running(4)), ["withdraw"]);
}

fn degraded(seconds: u32, body: &str) -> Observation {
    Observation {
        health: Some(Health::after(None, health::judge(200, body.as_bytes()))),
        ..running(seconds)
    }
}

const YOUTUBE: &str = r#"{"handlers":{"youtube":{"status":"unhealthy","error_rate":1.0}}}"#;
const BOTH: &str =
    r#"{"checks":{"file_watcher":false},"handlers":{"youtube":{"status":"unhealthy"}}}"#;

#[test]
fn each_part_that_fails_is_told_once() {
    let mut tray = Transcript::new("");
    tray.look(running(0));

    assert_eq!(
        tray.look(degraded(2, YOUTUBE)),
        ["notify InnerOS is degraded: youtube unhealthy (error rate 100 %)"]
    );
    assert_eq!(tray.look(degraded(4, YOUTUBE)), NOTHING);
    assert_eq!(
        tray.look(degraded(6, BOTH)),
        ["notify InnerOS is degraded: file_watcher fails"]
    );
    assert_eq!(tray.look(degraded(8, YOUTUBE)), NOTHING);
    assert_eq!(tray.look(running(10)), ["withdraw"]);
    assert_eq!(tray.look(running(12)), NOTHING);
}

#[test]
fn a_part_that_comes_and_goes_is_told_once_in_ten_minutes() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert_eq!(tray.look(degraded(2, YOUTUBE)).len(), 1);

    for second in (4..600).step_by(4) {
        tray.look(running(second));
        assert_eq!(tray.look(degraded(second + 2, YOUTUBE)), NOTHING);
    }

    assert_eq!(tray.look(degraded(604, YOUTUBE)).len(), 1);
}

#[test]
fn a_part_is_told_of_only_where_that_is_wanted() {
    let mut tray = Transcript::new("notifications.degraded = false");
    tray.look(running(0));

    assert_eq!(tray.look(degraded(2, YOUTUBE)), NOTHING);
    assert!(tray.view().tooltip.contains("degraded: youtube unhealthy"));
}

#[test]
fn a_part_that_fails_in_a_restarted_daemon_is_told_again() {
    let mut tray = Transcript::new("");
    tray.look(running(0));
    assert_eq!(tray.look(degraded(2, YOUTUBE)).len(), 1);

    let mut again = degraded(4, YOUTUBE);
    if let (Some(record), ProcessSeen::Alive(facts)) = (&mut again.record, &mut again.recorded) {
        record.identity.start_token += 1;
        facts.identity.start_token += 1;
    }

    tray.look(again.clone());
    again.now.clock += Duration::from_secs(2);
    assert_eq!(tray.look(again), NOTHING);
}

#[test]
fn a_daemon_that_is_still_starting_is_told_to_nobody() {
    let starting = |seconds, failures| Observation {
        may_start: true,
        ..unhealthy(seconds, failures)
    };
    let mut tray = Transcript::new("");
    tray.look(nothing(0));

    for second in 1..20 {
        assert_eq!(tray.look(starting(second, 3)), NOTHING);
        assert_eq!(tray.view().icon, Icon::Starting);
    }
    assert_eq!(tray.look(unhealthy(31, 3)).len(), 1);
}
