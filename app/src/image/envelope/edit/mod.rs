//! Changing an envelope: containers go in and out, properties are set and removed, as Toit's firmware tool does it.

mod containers;
mod install;
mod properties;
#[cfg(test)]
mod tests;

pub use containers::{Container, Content};
pub use install::{Importance, Start, Trigger};

use super::file::PROPERTIES;
use super::{Envelope, EnvelopeError, Undecodable, Value};

/// The property that has the flags of the containers by name.
const FLAGS: &str = "$container-flags";
/// Bits of a container's flags.
const RUN_AT_BOOT: i64 = 1;
const CRITICAL: i64 = 2;

/// Whether a container can be called so: 1 to 14 bytes that begin with neither `$` nor `+`.
#[must_use]
pub fn is_container_name(name: &str) -> bool {
    (1..=14).contains(&name.len()) && !name.starts_with(['$', '+'])
}

fn check_name(name: &str) -> Result<(), EnvelopeError> {
    // White space at the end, and a slash, would be lost in the archive.
    let kept = name.trim_end() == name && !name.ends_with('/');
    let sound = is_container_name(name) && kept && !name.chars().any(char::is_control);
    if sound { Ok(()) } else { Err(EnvelopeError::Name(name.to_owned())) }
}

fn assets_entry(name: &str) -> String {
    format!("+{name}")
}

/// The flags by container, from all properties; none if there are no properties yet.
fn flags_of(properties: &[(String, Value)]) -> Result<Option<Vec<(String, Value)>>, EnvelopeError> {
    match properties.iter().find(|(key, _)| key == FLAGS) {
        None => Ok(None),
        Some((_, Value::Map(flags))) => Ok(Some(flags.clone())),
        Some(_) => Err(damaged("the flags of the containers are no map")),
    }
}

impl Envelope {
    /// The flags of a container: bit 0 is "run at boot", bit 1 is "critical". None are known of those that were put in
    /// without any.
    ///
    /// # Errors
    /// What the properties have there is no number: the container would not be started.
    pub(in crate::image::envelope) fn flags(&self, name: &str) -> Result<i64, EnvelopeError> {
        match (self.property(FLAGS), self.property(FLAGS).and_then(|flags| flags.get(name))) {
            (None, _) | (Some(Value::Map(_)), None | Some(Value::Null)) => Ok(0),
            (Some(Value::Map(_)), Some(Value::Int(flags))) => Ok(*flags),
            _ => Err(damaged("the flags of a container are no number")),
        }
    }
}

fn damaged(why: &'static str) -> EnvelopeError {
    EnvelopeError::Damaged { part: PROPERTIES.to_owned(), why: Undecodable::Malformed(why) }
}
