//! The password of a network: from a prompt without echo, a file, or standard input.

use std::io::IsTerminal as _;
use std::path::Path;

use skylift_protocol::{Network, Password, Ssid};

use super::failure::Failure;
use super::secret::from_file;

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
        PasswordSource::File(path) => from_file(path, "password")?,
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
