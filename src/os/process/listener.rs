//! Which process listens at a port.

#[cfg(target_os = "linux")]
pub use linux::listener;
#[cfg(target_os = "macos")]
pub use macos::listener;

/// A process that listens, with the name that the kernel has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its PID.
    pub pid: i32,
    /// Its name, not its command line: as it is, and it may hold anything.
    pub name: String,
}

/// The kernel's tables of sockets, and the descriptors of every process that may be
/// read: those of this user, mostly.
#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    use super::Listener;

    /// Who listens at a port, if that can be seen.
    pub fn listener(port: u16) -> Option<Listener> {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
        let inodes: Vec<String> = tables
            .iter()
            .filter_map(|table| fs::read_to_string(table).ok())
            .flat_map(|table| listening(&table, port))
            .collect();
        if inodes.is_empty() {
            return None;
        }
        let links: Vec<String> = inodes
            .iter()
            .map(|inode| format!("socket:[{inode}]"))
            .collect();
        let pids = fs::read_dir("/proc").ok()?;
        pids.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
            .find(|pid| has_open(*pid, &links))
            .and_then(|pid| {
                // Cut after 15 bytes, be it in the middle of a character.
                let name = fs::read(format!("/proc/{pid}/comm")).ok()?;
                let name = name.strip_suffix(b"\n").unwrap_or(&name);
                let name = String::from_utf8_lossy(name).into_owned();
                Some(Listener { pid, name })
            })
    }

    fn has_open(pid: i32, links: &[String]) -> bool {
        let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else {
            return false;
        };
        files
            .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
            .any(|target| links.iter().any(|link| target.as_os_str() == link.as_str()))
    }

    /// The inodes of the sockets that listen at a port (`proc_pid_net(5)`, `tcp`).
    fn listening(table: &str, port: u16) -> Vec<String> {
        const LISTEN: &str = "0A";
        let suffix = format!(":{port:04X}");
        table
            .lines()
            .filter_map(|line| {
                let mut fields = line.split_ascii_whitespace();
                let address = fields.nth(1)?;
                let state = fields.nth(1)?;
                let inode = fields.nth(5)?;
                (address.ends_with(&suffix) && state == LISTEN).then(|| inode.to_owned())
            })
            .collect()
    }

    #[cfg(test)]
    mod tests {
        use std::net::TcpListener;

        use super::*;

        #[test]
        fn the_process_that_listens_is_found() {
            let here = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = here.local_addr().unwrap().port();

            let found = listener(port).unwrap();
            drop(here);

            assert_eq!(found.pid, i32::try_from(std::process::id()).unwrap());
            assert!(!found.name.is_empty());
            assert_eq!(listener(port), None);
        }

        #[test]
        fn a_connection_is_not_a_listener() {
            let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 77 1 0 100 0 0 10 0\n\
                 1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 78 1 0 20 4 30 10 -1\n";

            assert_eq!(listening(table, 8080), ["77"]);
            assert_eq!(listening(table, 8081), [""; 0]);
        }
    }
}

/// `lsof(8)` comes with the system, and may look where a program may not.
#[cfg(target_os = "macos")]
mod macos {
    use std::process::{Command, Stdio};

    use super::Listener;

    /// Who listens at a port, if that can be seen.
    pub fn listener(port: u16) -> Option<Listener> {
        let output = Command::new("/usr/sbin/lsof")
            .args(["-nP", "-sTCP:LISTEN", "-Fpc"])
            .arg(format!("-iTCP:{port}"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        super::parse(&String::from_utf8_lossy(&output.stdout))
    }
}

/// The first process of `lsof -Fpc`: a line each, `p` and the PID, `c` and the name.
#[cfg(any(target_os = "macos", test))]
fn parse(text: &str) -> Option<Listener> {
    let field = |letter| {
        text.lines()
            .find_map(|line: &str| line.strip_prefix(letter))
    };
    Some(Listener {
        pid: field('p')?.parse().ok()?,
        name: field('c')?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lsof_says_is_read() {
        let said = "p812\ncpython3\nf5\np900\ncnode\n";

        let listener = parse(said).unwrap();

        assert_eq!((listener.pid, listener.name.as_str()), (812, "python3"));
        assert_eq!(parse(""), None);
    }
}
