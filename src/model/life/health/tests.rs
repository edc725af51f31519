//! What may be asked, and what an answer means.

use proptest::prelude::*;

use super::*;

/// What the first look at an answer says about the daemon.
fn said(status: u16, body: &str) -> String {
    let health = Health::after(None, judge(status, body.as_bytes()));
    health.sentence(false)
}

/// What a real daemon answers while its scheduler is down.
const SCHEDULER_DOWN: &str = r#"{"daemon":{"checks":{"daemon":false,"event_handler":true,"file_watcher":true,"scheduler":false},"is_healthy":false,"status_code":503},"handlers":{}}"#;

#[test]
fn a_good_answer_without_a_bad_word_is_good() {
    for body in [
        "",
        "ok",
        "OK\n",
        "{}",
        "[]",
        "null",
        "<html>down</html>",
        "{\"status\":\"UP\"}",
        r#"{"daemon":{"checks":{"daemon":true},"is_healthy":true},"handlers":{"youtube":{"status":"healthy","error_rate":0.1},"agent":{"status":"enabled"},"smart_link":{"status":"disabled"}}}"#,
        r#"{"status":"pass","checks":{"cpu:utilization":[{"status":"pass"},{"status":"pass"}]}}"#,
        r#"{"status":"ok","errors":[],"message":"all is well"}"#,
        r#"{"checks":{"scheduler":null,"queue":5,"broken":[]}}"#,
    ] {
        for status in [200, 204, 299] {
            assert_eq!(said(status, body), "ok", "{body}");
        }
    }
}

#[test]
fn parts_that_fail_degrade_a_daemon_that_answers_well() {
    for (body, expected) in [
        (
            r#"{"daemon":{"checks":{"file_watcher":false,"daemon":true},"is_healthy":true},"handlers":{"youtube":{"status":"unhealthy","error_rate":1.0},"agent":{"status":"enabled"}}}"#,
            "file_watcher fails; youtube unhealthy (error rate 100 %)",
        ),
        (SCHEDULER_DOWN, "scheduler fails"),
        (r#"{"daemon":{"is_healthy":false}}"#, "daemon fails"),
        (r#"{"status":"DOWN"}"#, "daemon DOWN"),
        ("DOWN\n", "daemon DOWN"),
        (
            r#"{"ok":false,"error":"no vault"}"#,
            "daemon fails (no vault)",
        ),
        (r#"{"errors":["no vault"]}"#, "daemon fails (no vault)"),
        (
            r#"{"status":"degraded","message":"2 of 3 workers"}"#,
            "daemon degraded (2 of 3 workers)",
        ),
        (r#"{"status":"degraded","checks":{"db":"down"}}"#, "db down"),
        (
            r#"{"status":"warn","checks":{"db:connections":[{"status":"pass"},{"status":"fail","output":"refused\nat x"}]}}"#,
            "db:connections fail (refused)",
        ),
        (
            r#"{"status":"UP","components":{"all":{"status":"DOWN","components":{"db":{"status":"OUT_OF_SERVICE","details":{"error":"locked"}}}},"disk":{"status":"UP"}}}"#,
            "db OUT_OF_SERVICE (locked)",
        ),
        (
            r#"{"status":"Degraded","entries":{"cache":{"status":"Degraded","description":"slow"}}}"#,
            "cache Degraded (slow)",
        ),
        (
            r#"{"checks":[{"name":"db","status":"DOWN"},{"id":"q","healthy":false},{"status":"DOWN"}]}"#,
            "db DOWN; q fails",
        ),
        (
            "[+]ping ok\n[-]etcd failed: reason withheld\nhealthz check failed\n",
            "etcd fails (reason withheld)",
        ),
        (
            r#"{"status":{"conditions":[{"type":"Ready","status":"False","message":"no pods"},{"type":"MemoryPressure","status":"False"}]}}"#,
            "Ready fails (no pods)",
        ),
    ] {
        assert_eq!(said(200, body), format!("degraded: {expected}"), "{body}");
    }
}

#[test]
fn a_word_that_nobody_knows_is_shown_and_not_judged() {
    let body = r#"{"handlers":{"agent":{"status":"calibrating"},"youtube":{"status":"healthy"}}}"#;

    assert_eq!(said(200, body), "ok; agent calibrating");
    assert_eq!(said(503, body), "unhealthy: HTTP 503");
}

#[test]
fn what_fails_is_named() {
    let handlers = r#"{"daemon":{"checks":{"daemon":true}},"handlers":{"a":{"status":"healthy"},"agent":{"status":"enabled"},"youtube":{"status":"degraded"}}}"#;
    let both = r#"{"daemon":{"checks":{"watcher":false,"daemon":false}},"handlers":{"youtube":{"status":"unhealthy"}}}"#;
    let alone = r#"{"daemon":{"checks":{"daemon":false,"watcher":true}},"handlers":{}}"#;
    let spring = r#"{"status":"DOWN","components":{"db":{"status":"DOWN"}}}"#;

    assert_eq!(said(503, SCHEDULER_DOWN), "unhealthy: scheduler");
    assert_eq!(said(503, handlers), "unhealthy: youtube");
    assert_eq!(said(503, both), "unhealthy: watcher, youtube");
    assert_eq!(said(503, alone), "unhealthy: daemon");
    assert_eq!(said(503, spring), "unhealthy: db");
}

#[test]
fn what_a_bad_answer_says_in_words_is_passed_on() {
    for (body, expected) in [
        (
            r#"{"status":"fail","output":"db: refused"}"#,
            "HTTP 500: db: refused",
        ),
        (
            r#"{"status":"unhealthy","error":"database is locked"}"#,
            "HTTP 500: database is locked",
        ),
        (
            "database is locked\nat main\n",
            "HTTP 500: database is locked",
        ),
        (
            r#"{"errors":{"db":{"message":"locked"}}}"#,
            "HTTP 500: locked",
        ),
        (r#"{"detail":"no database"}"#, "HTTP 500: no database"),
        (
            r#"{"title":"Down","status":500,"detail":"no database"}"#,
            "HTTP 500: no database",
        ),
        (r#"{"status":"starting"}"#, "HTTP 500: starting"),
    ] {
        assert_eq!(said(500, body), format!("unhealthy: {expected}"), "{body}");
    }
}

#[test]
fn any_other_report_leaves_the_status() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "{\"half\": ",
        "<html>scheduler</html>",
        r#"{"daemon":{"checks":{"scheduler":true},"is_healthy":false}}"#,
        r#"{"daemon":{"checks":[false]},"handlers":[{"status":"unhealthy"}]}"#,
    ] {
        assert_eq!(said(500, body), "unhealthy: HTTP 500", "{body}");
    }
    assert_eq!(
        said(404, "{}"),
        "unhealthy: HTTP 404: nothing is at that path"
    );
    assert_eq!(said(400, ""), "unhealthy: HTTP 400");
}

#[test]
fn a_server_that_wants_tls_is_said_to() {
    // What nginx, Apache and Go's server answer.
    for body in [
        "<center>The plain HTTP request was sent to HTTPS port</center>",
        "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
    ] {
        assert_eq!(
            said(400, body),
            "unhealthy: HTTP 400: it wants TLS (https), and was asked in plain HTTP"
        );
    }
    assert_eq!(
        said(400, "Client sent an HTTP request to an HTTPS server.\n"),
        "unhealthy: HTTP 400: Client sent an HTTP request to an HTTPS server."
    );
}

#[test]
fn an_answer_that_wants_credentials_says_which_and_how() {
    let said = |body: &str, scheme, gave| {
        let answer = judge(401, body.as_bytes()).wants(scheme, gave);
        Health::after(None, answer).sentence(false)
    };

    assert_eq!(
        said("", None, false),
        "unhealthy: HTTP 401; it wants a user and a password, as in http://USER:PASSWORD@HOST"
    );
    assert_eq!(
        said(
            r#"{"detail":"Not authenticated"}"#,
            Some("Basic realm=\"x\""),
            true
        ),
        "unhealthy: HTTP 401: Not authenticated; it refuses the user and the password of the \
         health URL"
    );
    assert_eq!(
        said("", Some("Bearer"), false),
        "unhealthy: HTTP 401; it wants a token, which a health URL cannot give"
    );
}

#[test]
fn a_redirect_is_said_to_be_one() {
    assert_eq!(
        said(302, SCHEDULER_DOWN),
        "unhealthy: HTTP 302, a redirect, which is not followed"
    );
}

#[test]
fn names_cannot_drive_a_terminal_or_go_on_for_ever() {
    let report = |name: &str| serde_json::json!({ "daemon": { "checks": { name: false } } });
    let said = |name: &str| said(503, &report(name).to_string());

    assert_eq!(said("\u{1b}[2J\n"), "unhealthy: \\u{1b}[2J\\n");
    assert_eq!(
        said(&"é".repeat(60_000)),
        format!("unhealthy: {}…", "é".repeat(80))
    );
}

#[test]
fn a_report_of_many_parts_is_cut() {
    let checks: serde_json::Map<_, _> = (0..10_000)
        .map(|number| (format!("c{number}"), false.into()))
        .collect();
    let body = serde_json::json!({ "checks": checks }).to_string();

    let answer = judge(200, body.as_bytes());

    assert_eq!(answer.parts.len(), 50);
    assert!(said(200, &body).chars().count() < 320);
}

/// JSON of any shape, with words and places that a report may have.
fn any_report() -> impl Strategy<Value = serde_json::Value> {
    let words = || {
        prop_oneof![
            "(status|checks|handlers|daemon|components|entries|errors|message|error_rate|conditions|type|name)",
            "\\PC{0,4}",
        ]
    };
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "(down|ok|\\PC{0,6})".prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 60, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::vec((words(), inner), 0..5)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        judge(status, &body);
    }

    #[test]
    fn whatever_a_report_says_can_be_said(report in any_report(), cut in 0_usize..400) {
        let body = report.to_string();
        for body in [&body.as_bytes()[..cut.min(body.len())], body.as_bytes()] {
            for status in [200, 503] {
                let health = Health::after(None, judge(status, body));
                let said = health.sentence(false);
                prop_assert!(!said.chars().any(char::is_control), "{said:?}");
                prop_assert!(health.parts.len() <= 50);
            }
        }
    }
}
