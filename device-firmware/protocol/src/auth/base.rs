//! The signature base of a message (RFC 9421 §2.5), in pieces: it is never in memory as a whole.

use super::Denied;
use super::input::Input;

/// Takes the next bytes of a signature base.
pub(super) type Put<'p> = &'p mut dyn FnMut(&[u8]);

/// Where the values of covered components come from.
pub(super) trait Message {
    /// Puts the value of a component, which is given with its quotes and parameters.
    fn value(&self, component: &str, put: Put<'_>) -> Result<(), Denied>;
}

/// Puts the base of what `input` covers of `message`.
pub(super) fn write(input: &Input<'_>, message: &impl Message, put: Put<'_>) -> Result<(), Denied> {
    for component in input.components() {
        put(component.as_bytes());
        put(b": ");
        message.value(component, put)?;
        put(b"\n");
    }
    put(b"\"@signature-params\": ");
    put(input.raw.as_bytes());
    Ok(())
}

/// Puts a value, which must not be able to begin a line of its own.
pub(super) fn put_value(value: &[u8], put: Put<'_>) -> Result<(), Denied> {
    if !value.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
        return Err(Denied::Malformed);
    }
    put(value);
    Ok(())
}

/// The name of a field that is covered whole; other components are not understood.
pub(super) fn field_name(component: &str) -> Result<&str, Denied> {
    let name = component.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let token = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    name.filter(|name| name.bytes().all(token)).ok_or(Denied::Incomplete)
}
