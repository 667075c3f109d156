//! The password of a network, from where nobody else reads it: a prompt without echo, a file, or standard input.
//! Never from the command line, which every user of the computer can list.

use std::fs::File;
use std::io::{IsTerminal as _, Read};
use std::path::Path;

use skylift_protocol::{Network, Password, Ssid};

use super::failure::Failure;

/// No file with a password in it is longer, in bytes.
const MAX_FILE: u64 = 1024;

/// Where a password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PasswordSource<'a> {
    /// The user is asked.
    Prompt,
    /// The first line of a file; `-` is standard input.
    File(&'a Path),
    /// The network is open.
    None,
}

/// Asks for the password of a network, and checks both.
pub(super) fn network(ssid: Ssid, source: PasswordSource<'_>) -> Result<Network, Failure> {
    let password = match source {
        PasswordSource::None => String::new(),
        PasswordSource::File(path) if path.as_os_str() == "-" => {
            read(std::io::stdin().lock(), "standard input")?
        }
        PasswordSource::File(path) => {
            let name = path.display().to_string();
            let file = File::open(path)
                .map_err(|error| Failure::new(format!("{name}: the password cannot be read: {error}")))?;
            read(file, &name)?
        }
        PasswordSource::Prompt => prompt(&ssid)?,
    };
    if password.is_empty() && source != PasswordSource::None {
        return Err(Failure::new("the password is empty").try_this("--open, if the network has none"));
    }
    let too_long =
        || Failure::new("the password of a network has 63 characters at most, or is 64 hex digits");
    let network = Network { ssid, password: Password::new(&password).ok_or_else(too_long)? };
    network.check().map_err(|flaw| Failure::new(flaw.to_string()))?;
    Ok(network)
}

fn prompt(ssid: &Ssid) -> Result<String, Failure> {
    let nobody = || {
        Failure::new(format!("nobody can be asked here for the password of {ssid}"))
            .try_this("--password-file FILE, with - for standard input; --open for a network without one")
    };
    if !std::io::stdin().is_terminal() {
        return Err(nobody());
    }
    rpassword::prompt_password(format!("Password of {ssid}: ")).map_err(|_| nobody())
}

/// The first line. What the sentences say of it is never the password itself.
fn read(from: impl Read, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = from.take(MAX_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("{name}: the password cannot be read: {error}")))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Failure::new(format!(
            "{name}: that is more than a password: {MAX_FILE} bytes are the most"
        )));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("{name}: the password is no UTF-8 text")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r']) {
        return Err(Failure::new(format!("{name}: a password is one line, there are several")));
    }
    Ok(line.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line() {
        for (bytes, password) in
            [(&b"open sesame"[..], "open sesame"), (b" a b \n", " a b "), (b"x\r\n", "x"), (b"", "")]
        {
            assert_eq!(read(bytes, "f").unwrap(), password);
        }
        for bytes in [&b"secret\nmore"[..], b"secret\xff", &[b's'; 1025]] {
            let failure = read(bytes, "f").unwrap_err();
            assert!(
                failure.sentence.starts_with("f: ") && !failure.sentence.contains("secret"),
                "{failure:?}"
            );
        }
    }
}
