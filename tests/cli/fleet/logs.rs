//! The logs of several daemons, as one.

use super::{fleet, sleeper};

#[test]
fn lines_are_put_in_the_order_of_time_and_marked() {
    let home = fleet(&[sleeper("a", ""), sleeper("bb", ""), sleeper("none", "")].concat());
    home.write(
        ".inneros/a/logs/a.log",
        "2026-11-22 20:00:01 [INFO] x: one\n2026-11-22 20:00:04 [ERROR] x: four\n  below\n",
    );
    home.write(
        ".inneros/bb/logs/b.log",
        "2026-11-22 20:00:02 [INFO] y: two\n2026-11-22 20:00:03 [INFO] y: three\n",
    );

    let logs = home.inneros(["logs"]);

    logs.code(0).stderr_has("none: no logs");
    logs.stdout_is(
        "a  | 2026-11-22 20:00:01 [INFO] x: one\n\
         bb | 2026-11-22 20:00:02 [INFO] y: two\n\
         bb | 2026-11-22 20:00:03 [INFO] y: three\n\
         a  | 2026-11-22 20:00:04 [ERROR] x: four\n\
         a  |   below\n",
    );
    let errors = home
        .inneros(["logs", "--level", "ERROR", "--json"])
        .code(0)
        .json();
    assert_eq!(errors["entries"][0]["daemon"], "a");
    assert_eq!(errors["entries"].as_array().unwrap().len(), 1);
    let one = home.inneros(["logs", "bb", "-n", "1"]);
    one.code(0)
        .stdout_is("2026-11-22 20:00:03 [INFO] y: three\n");
    home.inneros(["logs", "a", "bb", "--summary"]).code(0);
}

#[test]
fn without_any_log_that_is_said() {
    let home = fleet(&[sleeper("a", ""), sleeper("b", "")].concat());

    home.inneros(["logs"])
        .refused(1, "no logs of any of them: a, b");
}
