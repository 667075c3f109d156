//! The password of a network: from a prompt without echo, a file, or standard input.

use std::io::IsTerminal as _;
use std::path::Path;

use skylift_protocol::{Network, Password, Ssid};

use super::failure::Failure;
use super::secret::from_file;
use super::session::Session;
use crate::store::NetworkList;

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

impl<'a> PasswordSource<'a> {
    /// What the options of a command say: a file, that there is none, or neither.
    pub(super) fn of(file: Option<&'a Path>, open: bool) -> Self {
        match file {
            Some(path) => Self::File(path),
            None if open => Self::None,
            None => Self::Prompt,
        }
    }
}

/// The name of a network, as an option has it.
pub(super) fn ssid(text: &str) -> Result<Ssid, String> {
    Ssid::try_from(text)
        .map_err(|_| format!("a network's name has 32 bytes at most, this has {}", text.len()))
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

/// The network that is remembered, where nobody says another password for it.
pub(super) fn remembered_or_given(
    ssid: Ssid,
    source: PasswordSource<'_>,
    session: &Session,
) -> Result<Network, Failure> {
    if source == PasswordSource::Prompt
        && let Some(remembered) = NetworkList::new(&session.data_dir).get(&ssid)?
    {
        return Ok(remembered);
    }
    network(ssid, source)
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
