//! What may be typed as a network's name and password.

use skylift_protocol::{Network, Password, Ssid};

use super::dialog::Secret;

/// The name of a network; or what is wrong with it.
///
/// # Errors
/// Half a sentence that says what is.
pub fn ssid(typed: &str) -> Result<Ssid, String> {
    let ssid = Ssid::try_from(typed).map_err(|_| format!("32 bytes at most, this has {}", typed.len()))?;
    let network = Network { ssid, password: Password::default() };
    network.check().map_err(|_| "1 to 32 bytes, without control characters".to_owned())?;
    Ok(network.ssid)
}

/// The password of a network, none for an open one; or what is wrong with it.
///
/// # Errors
/// The rule.
pub fn password(typed: &Secret) -> Result<Password, String> {
    const RULE: &str = "8 to 63 characters, or 64 hex digits; empty for an open network";
    let password = Password::new(typed.reveal()).ok_or(RULE)?;
    let network = Network { ssid: Ssid::try_from("any").unwrap_or_default(), password };
    network.check().map_err(|_| RULE)?;
    Ok(network.password)
}
