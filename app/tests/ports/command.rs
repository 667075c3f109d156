//! `skylift ports`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use serde_json::Value;

use crate::pty::Pty;

const SKYLIFT: &str = env!("CARGO_BIN_EXE_skylift");

fn kept_apart(mut command: Command) -> Command {
    // A folder that nobody has: what the user who runs the tests keeps does not count.
    command
        .env("SKYLIFT_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/nobodys"))
        .env("SKYLIFT_NO_HISTORY", "true");
    command
}

fn ports(arguments: &[&str]) -> Output {
    let mut command = kept_apart(Command::new(SKYLIFT));
    command.arg("ports").args(arguments).output().expect("the program starts")
}

/// The same as somebody who is not root.
fn ports_as_nobody(arguments: &[&str]) -> Output {
    if !rustix::process::geteuid().is_root() {
        return ports(arguments);
    }
    let mut command = kept_apart(Command::new("setpriv"));
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", SKYLIFT, "ports"]).args(arguments);
    command.output().expect("setpriv starts")
}

fn text(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn object(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn a_port_that_is_named_is_shown_with_its_state() {
    let pty = Pty::new();
    let free = ports(&[&pty.path]);
    assert_eq!(free.status.code(), Some(0), "{free:?}");
    assert!(text(&free).contains(&pty.path) && text(&free).contains("ready"), "{}", text(&free));

    let sleep = pty.opened_by_sleep();
    let held = ports(&[&pty.path]);
    assert_eq!(held.status.code(), Some(1), "{held:?}");
    assert!(text(&held).contains(&format!("in use by sleep (process {})", sleep.pid())), "{}", text(&held));
    assert!(text(&held).contains("  try: close sleep\n"), "{}", text(&held));

    let held = object(&ports(&["--json", &pty.path]));
    assert_eq!(held["state"], "in_use");
    assert_eq!(held["used_by"]["program"], "sleep");
    assert_eq!(held["used_by"]["process"], sleep.pid());
    assert_eq!(held["vid"], Value::Null);
}

#[test]
fn a_port_that_this_user_may_not_open_says_why() {
    let pty = Pty::new();
    fs::set_permissions(&pty.path, fs::Permissions::from_mode(0o000)).unwrap();
    let closed = ports_as_nobody(&["--json", &pty.path]);
    assert_eq!(closed.status.code(), Some(1), "{closed:?}");
    let closed = object(&closed);
    assert_eq!(closed["state"], "no_permission", "{closed}");
    let advice = closed["advice"][0].as_str().unwrap();
    assert!(advice.contains("it belongs to "), "{advice}");
}

#[test]
fn a_port_that_a_group_may_open_names_the_group() {
    let pty = Pty::new();
    if rustix::process::geteuid().is_root() {
        let groups = fs::read_to_string("/etc/group").unwrap();
        let dialout =
            groups.lines().find_map(|line| line.strip_prefix("dialout:x:")?.split(':').next()?.parse().ok());
        let dialout = dialout.expect("every Debian has the group dialout");
        std::os::unix::fs::chown(&pty.path, None, Some(dialout)).unwrap();
        fs::set_permissions(&pty.path, fs::Permissions::from_mode(0o660)).unwrap();
        let closed = object(&ports_as_nobody(&["--json", &pty.path]));
        assert_eq!(closed["state"], "no_permission", "{closed}");
        let advice = closed["advice"][0].as_str().unwrap();
        assert!(advice.contains("`sudo usermod -aG dialout nobody`, then log out and in again"), "{advice}");
    } else {
        assert_eq!(ports(&[&pty.path]).status.code(), Some(0), "its owner may open it");
    }
}

#[test]
fn a_port_that_is_not_there_is_gone() {
    let gone = ports(&["--json", "/dev/nobody-has-this"]);
    assert_eq!(gone.status.code(), Some(1));
    assert_eq!(object(&gone)["state"], "gone");
}

#[test]
fn the_list_is_the_same_for_people_and_for_programs() {
    let (people, programs) = (ports(&["--all"]), ports(&["--all", "--json"]));
    assert_eq!((people.status.code(), programs.status.code()), (Some(0), Some(0)));
    for line in text(&programs).lines() {
        let port: Value = serde_json::from_str(line).unwrap();
        assert!(text(&people).contains(port["name"].as_str().unwrap()), "{line}\n{}", text(&people));
    }
    if !text(&programs).contains("\"usb") && !text(&programs).contains("no_port") {
        assert!(text(&people).contains("No board is plugged in at USB"), "{}", text(&people));
        assert!(text(&people).contains("  try: another cable"), "{}", text(&people));
    }
}

#[test]
fn the_rule_for_udev_is_printed_as_it_is_installed() {
    let rule = ports(&["--udev-rule"]);
    assert_eq!(text(&rule), include_str!("../../../assets/udev/60-skylift.rules"));
}
