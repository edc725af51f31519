//! A disk that is full: a job runs all the same, and its end is told.

use crate::home::Home;
use crate::mount::Mounted;

#[test]
fn a_job_runs_on_a_full_disk_and_its_end_is_told() {
    let home = Home::new().config("[jobs.it]\ncommand = ['sh', '-c', 'exit 3']\n");
    let Some(disk) = Mounted::small_disk(home) else {
        return;
    };
    disk.shell("cat /dev/zero > filler; true")
        .code(0)
        .stderr_has("No space left on device");

    let answer = disk.inneros(&["job", "run", "it"]);

    answer
        .code(3)
        .stdout_has("it: failed with exit code 3")
        .stderr_has("it: this run is not recorded")
        .stderr_has("No space left on device");
}
