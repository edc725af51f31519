//! PIDs that mean "everybody", "my group" or "whoever has the rest of this number" to
//! `kill(2)` or to a careless reader. Everything here happens in a PID namespace, among
//! bystanders who run the configured command: only the number speaks against them.

use crate::home::Home;
use crate::namespace;

/// `near` is of the caller's process group, `far` leads one of its own. `refused FILE…`
/// runs every operation, which must be refused, and sees that the bystanders live.
const BYSTANDERS: &str = r#"
sleep 300 & near=$!
setsid sleep 300 & far=$!
until [ "$(ps -o pgid= -p $far)" -eq $far ]; do sleep 0.02; done
count=0
refused() {
  for operation in stop 'stop --force' restart start; do
    inneros daemon $operation > "$HOME/said" 2>&1; code=$?
    lives $near && lives $far || { echo "$operation with '$1' harmed a bystander"; exit 1; }
    [ $code = 4 ] && grep -q 'invalid PID' "$HOME/said" || {
      echo "$operation with '$1' gave $code:"; cat "$HOME/said"; exit 1
    }
    count=$((count + 1))
  done
}
"#;

#[test]
fn a_dangerous_pid_in_the_pid_file_reaches_nobody() {
    let home = Home::with_sleeper();
    let script = format!(
        r#"{BYSTANDERS}
        for content in -1 0 00 -0 +1 1 01 -$near -$far +$far "- $far" -2147483648 2147483647 \
          2147483648 4294967295 $((4294967296 + far)) -$((4294967296 - far)) \
          18446744073709551615 18446744073709551616 99999999999999999999
        do
          echo "$content" > "$files/daemon.pid"
          refused "$content"
        done
        echo "$count refusals""#
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer.code(0).stdout_is("80 refusals\n");
}

#[test]
fn a_pid_of_a_hundred_thousand_digits_reaches_nobody() {
    let home = Home::with_sleeper();
    let script = format!(
        r#"{BYSTANDERS}
        digits() {{ head -c 100000 /dev/zero | tr '\0' "$1"; }}
        for digit in 0 1 9; do
          digits $digit > "$files/daemon.pid"; refused "many $digit"
          {{ printf -; digits $digit; }} > "$files/daemon.pid"; refused "minus many $digit"
          {{ digits $digit; echo $far; }} > "$files/daemon.pid"; refused "many $digit and a PID"
        done
        echo "$count refusals""#
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer.code(0).stdout_is("36 refusals\n");
}

/// Only a reader who looks no further than a few bytes takes the beginning of a number
/// for all of it.
#[test]
fn a_pid_that_is_cut_short_is_not_a_pid() {
    let home = Home::with_sleeper();
    let script = format!(
        r#"{BYSTANDERS}
        for length in 32 64 128 256 512 1024 4096 8192 65536; do
          zeros=$((length - ${{#far}}))
          {{ head -c $zeros /dev/zero | tr '\0' 0; echo ${{far}}7; }} > "$files/daemon.pid"
          inneros daemon stop > "$HOME/said" 2>&1
          lives $far || {{ echo "the first $length bytes were believed"; exit 1; }}
        done"#
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer.code(0).stdout_is("");
}

#[test]
fn a_dangerous_pid_in_the_run_record_reaches_nobody() {
    let home = Home::with_sleeper();
    let script = format!(
        r#"{BYSTANDERS}
        boot=$(cat /proc/sys/kernel/random/boot_id)
        token() {{ sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; }}
        echo -1 > "$files/daemon.pid"
        for pid in -1 0 1 -$near -$far $((4294967296 + far)) $far.0 1e400 NaN null '"'$far'"' "[$far]"
        do
          for start in $(token 1) $(token $far) 0; do
            printf '{{"schema":1,"pid":%s,"start_token":%s,"boot_id":"%s","command":["sleep","300"],' \
              "$pid" "$start" "$boot" > "$files/daemon.json"
            printf '"started_at":"2026-01-01T00:00:00Z","started_ms":1000,"output":"/dev/null",' \
              >> "$files/daemon.json"
            printf '"output_start":0,"phase":"running"}}' >> "$files/daemon.json"
            chmod 600 "$files/daemon.json"
            refused "record with $pid"
          done
        done
        echo "$count refusals""#
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    answer.code(0).stdout_is("144 refusals\n");
}

/// A daemon that somebody started by hand is in that one's process group. Here its number
/// is 0: it is a group of outside of the namespace.
#[test]
fn a_daemon_that_leads_no_group_is_killed_alone() {
    let home = Home::with_daemon("trap '' TERM; echo > \"$HOME/ready\"");
    let script = format!(
        r#"{BYSTANDERS}
        sh "$HOME/daemon.sh" & daemon=$!
        until [ -e "$HOME/ready" ]; do sleep 0.02; done
        echo $daemon > "$files/daemon.pid"
        says stop --force --timeout 0.2; cat "$HOME/said"
        lives $daemon || echo "killed $daemon"
        lives $near && lives $far && echo "the others live""#
    );

    let Some(answer) = namespace::run(&home, &script) else {
        return;
    };

    let daemon = answer
        .code(0)
        .stdout()
        .lines()
        .find_map(|line| line.strip_prefix("killed "));
    answer.stdout_is(&format!(
        "stop --force --timeout 0.2: 0\n\
         InnerOS killed (pid {daemon}): it did not end in time\n\
         killed {daemon}\nthe others live\n",
        daemon = daemon.unwrap()
    ));
}

/// What the tests above rely on: whoever did signal such a PID would end bystanders.
#[test]
fn in_such_a_namespace_a_dangerous_pid_would_reach_the_bystanders() {
    let home = Home::new();
    for (target, reached, spared) in [
        ("-1", "$near $far", ""),
        ("0", "$near", "$far"),
        ("-$far", "$far", "$near"),
    ] {
        let script = format!(
            r#"{BYSTANDERS}
            kill -TERM {target}
            for pid in {reached}; do while lives $pid; do sleep 0.02; done; done
            for pid in {spared}; do lives $pid || echo "$pid was reached"; done"#
        );

        let Some(answer) = namespace::run(&home, &script) else {
            return;
        };

        answer.code(0).stdout_is("");
    }
}
