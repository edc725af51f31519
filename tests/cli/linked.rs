//! What the command line is linked with: it starts in a moment, and on a server.

use std::process::{Command, Stdio};

use crate::skip;

#[test]
fn nothing_but_the_c_library_and_its_runtime_is_linked() {
    let mut ldd = Command::new("ldd");
    ldd.arg(env!("CARGO_BIN_EXE_inneros")).stdin(Stdio::null());
    let Ok(output) = ldd.output() else {
        skip::not_run("ldd is not installed");
        return;
    };

    let said = String::from_utf8(output.stdout).unwrap();

    assert!(said.contains("libc.so"), "{said}");
    for line in said.lines() {
        // `libc.so.6 => /lib/…`, `/lib64/ld-linux-x86-64.so.2 (0x…)`
        let library = line.split_whitespace().next().unwrap_or_default();
        let name = library.rsplit('/').next().unwrap_or_default();
        let expected = ["linux-vdso", "libgcc_s.", "libc.", "ld-linux"];
        assert!(
            expected.iter().any(|known| name.starts_with(known)),
            "'{name}' is linked:\n{said}"
        );
    }
}
