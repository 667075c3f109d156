//! Devices are found by a program that nobody here wrote: `avahi-browse`, in namespaces of the test's own.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::process::{Command, Stdio};

fn skipped(why: &str) -> bool {
    println!("SKIPPED: {why}");
    assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here: {why}");
    true
}

fn lacks_something() -> bool {
    for program in ["avahi-browse", "avahi-daemon", "dbus-daemon", "ip", "unshare"] {
        let there =
            Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
        if !there.is_ok_and(|status| status.success()) {
            return skipped(&format!("the program {program} is not installed"));
        }
    }
    let namespace = Command::new("unshare").args(["-n", "-m", "true"]).stderr(Stdio::null()).status();
    if !namespace.is_ok_and(|status| status.success()) {
        return skipped("namespaces may not be made here");
    }
    false
}

/// What avahi resolved: a line for each device.
fn browse(mdns: &str, count: usize) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/avahi_support/browse.sh");
    let output = Command::new("unshare")
        .args([
            "-n",
            "-m",
            "bash",
            script,
            folder.path().to_str().unwrap(),
            env!("CARGO_BIN_EXE_skylift"),
            mdns,
        ])
        .arg(count.to_string())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = String::from_utf8(output.stdout).unwrap();
    found.lines().filter(|line| line.starts_with('=')).map(str::to_owned).collect()
}

fn check(found: &[String], count: usize) {
    assert_eq!(found.len(), count, "{found:?}");
    for line in found {
        let fields: Vec<&str> = line.split(';').collect();
        let [_, interface, protocol, instance, service, domain, host, address, port, txt] = fields[..] else {
            panic!("{line}");
        };
        assert_eq!((interface, protocol, service, domain), ("lo", "IPv4", "_skylift._tcp", "local"));
        assert_eq!((host, address), (format!("{instance}.local").as_str(), "127.0.0.1"));
        assert!(port.parse::<u16>().unwrap() > 0);
        for pair in [format!("\"id={instance}\""), "\"chip=esp32c3\"".into(), "\"ver=1.0.0\"".into()] {
            assert!(txt.contains(&pair), "{pair} in {txt}");
        }
        assert!(
            txt.contains("\"proto=1\"") && txt.contains("\"state=valid\"") && txt.contains("\"name="),
            "{txt}"
        );
    }
}

#[test]
fn avahi_finds_devices_of_the_daemon() {
    if !lacks_something() {
        check(&browse("daemon", 3), 3);
    }
}

#[test]
fn avahi_finds_devices_by_the_chips_own_responder() {
    if !lacks_something() {
        check(&browse("device", 3), 3);
    }
}
