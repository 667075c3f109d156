//! Which program holds a port, as Linux tells without the port being opened.
//!
//! A process's open files are seen by its own user and by root. Of others, the locks are seen that they take: the
//! kernel's (`flock`, as serialport and pyserial do it) and lock files (as minicom and picocom do it).

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::state::Holder;
use crate::engine::printable;

/// Who holds each of the ports, if that can be seen.
pub(super) fn of(paths: &[&str]) -> Vec<Option<Holder>> {
    let openers = openers(paths);
    let of_one = |path: &&str| {
        let opener = openers.get(Path::new(path)).copied();
        let pid = opener.or_else(|| locker(path)).or_else(|| lock_file(path))?;
        Some(Holder { program: program(pid)?, pid })
    };
    paths.iter().map(of_one).collect()
}

/// Whether a program runs, of whichever user.
pub(super) fn runs(program: &str) -> bool {
    processes().any(|pid| comm(pid).as_deref() == Some(program))
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Processes that have one of the files open.
fn openers(paths: &[&str]) -> HashMap<PathBuf, u32> {
    let mut openers = HashMap::new();
    // The walk is over every open file of the system.
    for pid in processes().take_while(|_| !paths.is_empty()) {
        for (_, target) in
            open_files(pid).filter(|(_, target)| paths.iter().any(|path| target == Path::new(path)))
        {
            if !openers.contains_key(&target) && !is_other_end(pid, &target) {
                openers.insert(target, pid);
            }
        }
    }
    openers
}

/// The numbers of a process's open files, and what they are.
fn open_files(pid: u32) -> impl Iterator<Item = (OsString, PathBuf)> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    files.filter_map(|file| Some((file.file_name(), fs::read_link(file.path()).ok()?)))
}

/// Who makes a pseudo-terminal holds both ends: it is the board, not a program that uses it. `tty-index` is the number
/// of the path, see `proc_pid_fdinfo(5)`.
fn is_other_end(pid: u32, path: &Path) -> bool {
    let Some(number) = path.to_str().and_then(|path| path.strip_prefix("/dev/pts/")) else { return false };
    let index = format!("tty-index:\t{number}");
    let of_it = |file: &OsString| {
        let told = read(&format!("/proc/{pid}/fdinfo/{}", file.display()));
        told.is_some_and(|told| told.lines().any(|line| line == index))
    };
    open_files(pid).any(|(file, target)| target.ends_with("ptmx") && of_it(&file))
}

fn locker(path: &str) -> Option<u32> {
    let file = fs::metadata(path).ok()?;
    let device = file.dev();
    locked_by(&read("/proc/locks")?, rustix::fs::major(device), rustix::fs::minor(device), file.ino())
}

/// `1: FLOCK  ADVISORY  WRITE 4711 00:05:1234 0 EOF`, see `proc_locks(5)`.
fn locked_by(locks: &str, major: u32, minor: u32, inode: u64) -> Option<u32> {
    locks.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|word| *word != "FLOCK").skip(3);
        let pid = words.next()?.parse().ok()?;
        let mut file = words.next()?.split(':');
        let of = u32::from_str_radix(file.next()?, 16).ok()? == major
            && u32::from_str_radix(file.next()?, 16).ok()? == minor
            && file.next()?.parse::<u64>().ok()? == inode;
        of.then_some(pid)
    })
}

/// Lock files of the Filesystem Hierarchy Standard, 5.9: the process in ten characters.
fn lock_file(path: &str) -> Option<u32> {
    let name = path.strip_prefix("/dev/")?.replace('/', "_");
    ["/run/lock", "/var/lock"]
        .iter()
        .find_map(|folder| read(&format!("{folder}/LCK..{name}"))?.trim().parse().ok())
}

/// The name of a process, if it lives. A script goes by its own name, not by that of its interpreter.
fn program(pid: u32) -> Option<String> {
    let comm = comm(pid)?;
    let script =
        if comm.starts_with("python") { script(&read(&format!("/proc/{pid}/cmdline"))?) } else { None };
    Some(printable(&script.unwrap_or(comm)))
}

fn comm(pid: u32) -> Option<String> {
    Some(read(&format!("/proc/{pid}/comm"))?.trim_end().to_owned())
}

/// The script or module of `python3 -u /usr/bin/esptool ...` or `python3 -m serial.tools.miniterm ...`.
fn script(command_line: &str) -> Option<String> {
    let mut arguments =
        command_line.split('\0').skip(1).skip_while(|word| word.starts_with('-') && *word != "-c");
    let script = arguments.next().filter(|word| !word.is_empty() && *word != "-c")?;
    Some(Path::new(script).file_name()?.to_string_lossy().into_owned())
}

/// A small text of another process, bounded.
fn read(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(256 * 1024).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_names_its_process() {
        let locks = "1: POSIX  ADVISORY  READ 99 00:05:1234 0 EOF\n\
                     2: FLOCK  ADVISORY  WRITE 4711 00:05:1234 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 4712 00:1b:77 0 EOF\n";
        assert_eq!(locked_by(locks, 0, 5, 1234), Some(4711));
        assert_eq!(locked_by(locks, 0, 0x1b, 77), Some(4712));
        assert_eq!(locked_by(locks, 0, 5, 12), None);
        assert_eq!(locked_by("garbage\n3: FLOCK\n4: FLOCK ADVISORY WRITE x y\n", 0, 5, 12), None);
    }

    #[test]
    fn a_script_goes_by_its_own_name() {
        let table = [
            ("python3\0-u\0/usr/bin/esptool\0--port\0/dev/ttyUSB0\0", Some("esptool")),
            ("python3\0-m\0serial.tools.miniterm\0/dev/ttyUSB0\0", Some("serial.tools.miniterm")),
            ("python3\0-c\0import serial\0", None),
            ("python3\0", None),
            ("", None),
        ];
        for (line, name) in table {
            assert_eq!(script(line).as_deref(), name, "{line:?}");
        }
    }
}
