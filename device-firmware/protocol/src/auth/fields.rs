//! Header fields by name, where a field that is there twice has no meaning.

use super::Denied;

/// The value of the one field with this name (case does not matter), without spaces around it.
pub(super) fn one<'a>(
    fields: impl Iterator<Item = (&'a str, &'a [u8])>,
    name: &str,
) -> Result<Option<&'a [u8]>, Denied> {
    let mut values = fields.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(<[u8]>::trim_ascii)),
        _ => Err(Denied::Malformed),
    }
}
