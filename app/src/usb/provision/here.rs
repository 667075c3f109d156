//! The network that this computer is on: the likeliest one for a board beside it.

use std::process::{Command, Stdio};

use skylift_protocol::Ssid;

/// The WiFi that this computer has joined, if its system tells that at no cost: Linux, by `NetworkManager` or the
/// wireless tools. It asks another program, so it is called where waiting does no harm.
#[must_use]
pub fn own_network() -> Option<Ssid> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let asked = said("nmcli", &["-t", "-f", "active,ssid", "device", "wifi", "list", "--rescan", "no"]);
    let found = asked.and_then(|text| active(&text)).or_else(|| {
        let text = said("iwgetid", &["--raw"])?;
        Some(text.lines().next()?.to_owned())
    });
    found.and_then(|ssid| Ssid::try_from(ssid.as_str()).ok()).filter(|ssid| !ssid.is_empty())
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    let output = command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok()).flatten()
}

/// Of lines like `yes:den` the one that says so; colons and backslashes in names have a backslash before them.
fn active(text: &str) -> Option<String> {
    let escaped = text.lines().find_map(|line| line.strip_prefix("yes:"))?;
    let mut letters = escaped.chars();
    let mut name = String::new();
    while let Some(letter) = letters.next() {
        name.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_that_is_joined_is_found_among_others() {
        assert_eq!(active("no:attic\nyes:den\nno:den\n").as_deref(), Some("den"));
        assert_eq!(active("yes:a\\:b\\\\c\n").as_deref(), Some("a:b\\c"));
        assert_eq!(active("no:den\n"), None);
        assert_eq!(active(""), None);
    }
}
