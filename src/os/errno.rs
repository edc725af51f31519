//! What a failed system call means, and what to do about it: all of them in one place.

use std::io;

use rustix::io::Errno;

/// What to do about it, if there is one to name.
pub fn way_out(error: &io::Error) -> Option<&'static str> {
    // What was made here and not by the system has a kind only.
    let made_here = || (error.kind() == io::ErrorKind::PermissionDenied).then_some(Errno::ACCESS);
    Some(match Errno::from_io_error(error).or_else(made_here)? {
        Errno::ACCESS => "make it and its folder accessible to you, or choose another place",
        Errno::PERM => {
            "the system forbids it: it may be immutable (`lsattr`), or a security policy protects it"
        }
        Errno::ROFS => "the disk is mounted read-only: remount it, or choose another place",
        Errno::NOSPC => "the disk is full: free some space",
        Errno::DQUOT => "your quota on this disk is used up: free some space",
        Errno::FBIG => "raise the limit on the size of files (`ulimit -f`)",
        Errno::ISDIR => "there is a folder where a file should be: move it, or use another path",
        Errno::NOTDIR => "a part of the path is a file, not a folder: correct the path",
        Errno::LOOP => "the symbolic links in the path form a loop: correct them",
        Errno::NAMETOOLONG => "the path is too long: choose a shorter one",
        Errno::NOMEM => "the system is out of memory: end other programs",
        Errno::MFILE => "raise the limit of open files (`ulimit -n`)",
        Errno::NFILE => "the system has too many files open: end other programs",
        Errno::AGAIN => "the system is short of processes or memory",
        Errno::IO => "the disk reports an error: see the system's log (`dmesg`)",
        Errno::STALE => "the network file system has lost the file: mount it again",
        Errno::XDEV => "both must be on one file system: choose another place",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_a_way_out_of_its_own() {
        let errnos = [
            Errno::ACCESS,
            Errno::PERM,
            Errno::ROFS,
            Errno::NOSPC,
            Errno::DQUOT,
            Errno::FBIG,
            Errno::ISDIR,
            Errno::NOTDIR,
            Errno::LOOP,
            Errno::NAMETOOLONG,
            Errno::NOMEM,
            Errno::MFILE,
            Errno::NFILE,
            Errno::AGAIN,
            Errno::IO,
            Errno::STALE,
        ];
        let mut said: Vec<&str> = errnos
            .into_iter()
            .map(|errno| way_out(&errno.into()).expect("a way out"))
            .collect();

        said.sort_unstable();
        said.dedup();

        assert_eq!(said.len(), errnos.len());
        assert_eq!(way_out(&io::Error::other("it is odd")), None);
        assert_eq!(
            way_out(&io::ErrorKind::PermissionDenied.into()),
            way_out(&Errno::ACCESS.into())
        );
    }
}
