//! A member of `Signature-Input` or `Accept-Signature`: what is covered, with which key, algorithm and nonce.

use core::fmt::Write;

use heapless::String;

use super::sf::Cursor;
use super::{ALGORITHM, Denied, KeyId, LABEL, Nonce};

/// A signature covers no more components than this.
const MAX_COMPONENTS: usize = 16;

/// The longest that this crate writes has some 180 bytes.
pub(super) type InputText = String<256>;

/// A member as it was received.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    /// All of it: what `@signature-params` stands for.
    pub raw: &'a str,
    components: &'a str,
    algorithm: Option<&'a str>,
    key_id: Option<&'a str>,
    nonce: Option<&'a str>,
}

impl<'a> Input<'a> {
    /// Reads a member; also one whose algorithm or components will not do.
    pub fn read(cursor: &mut Cursor<'a>) -> Result<Self, Denied> {
        let start = cursor.rest();
        cursor.expect("(")?;
        let list = cursor.rest();
        let components = components(cursor, list)?;
        let mut input = Self { raw: start, components, algorithm: None, key_id: None, nonce: None };
        let mut created = None;
        while cursor.eat(";") {
            let before = cursor.rest();
            let key = cursor.key()?;
            cursor.expect("=")?;
            let (place, value) = match key {
                "alg" => (&mut input.algorithm, cursor.string()?),
                "keyid" => (&mut input.key_id, cursor.string()?),
                "nonce" => (&mut input.nonce, cursor.string()?),
                // A device has no clock; the nonce is what makes a signature new.
                "created" => {
                    cursor.integer()?;
                    (&mut created, cursor.since(before))
                }
                _ => return Err(Denied::Malformed),
            };
            if place.replace(value).is_some() {
                return Err(Denied::Malformed);
            }
        }
        input.raw = cursor.since(start);
        input.no_component_twice()?;
        Ok(input)
    }

    /// The components as they were written, each with its quotes and parameters.
    pub fn components(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        // Strings have no spaces in them, see `Cursor::string`.
        self.components.split(' ').filter(|component| !component.is_empty())
    }

    fn no_component_twice(&self) -> Result<(), Denied> {
        let twice = |(at, component)| self.components().take(at).any(|earlier| earlier == component);
        if self.components().count() > MAX_COMPONENTS || self.components().enumerate().any(twice) {
            return Err(Denied::Malformed);
        }
        Ok(())
    }

    /// Insists on the one algorithm.
    pub fn check_algorithm(&self) -> Result<(), Denied> {
        if self.algorithm == Some(ALGORITHM) { Ok(()) } else { Err(Denied::Algorithm) }
    }

    /// The id of the key; none of another form is ours.
    pub fn key_id(&self) -> Result<KeyId, Denied> {
        self.key_id.and_then(KeyId::parse).ok_or(Denied::UnknownKey)
    }

    /// The nonce as text.
    pub fn nonce(&self) -> Option<&'a str> {
        self.nonce
    }

    /// Insists on these components.
    pub fn check_covers(&self, required: &[&str]) -> Result<(), Denied> {
        let covered = |component: &&str| self.components().any(|found| found == *component);
        if required.iter().all(covered) { Ok(()) } else { Err(Denied::Incomplete) }
    }
}

/// The components of an inner list, behind its opening bracket.
fn components<'a>(cursor: &mut Cursor<'a>, list: &'a str) -> Result<&'a str, Denied> {
    if cursor.eat(")") {
        return Ok("");
    }
    loop {
        cursor.string()?;
        while cursor.eat(";") {
            cursor.key()?;
            if cursor.eat("=") {
                cursor.string()?;
            }
        }
        let components = cursor.since(list);
        if cursor.eat(")") {
            return Ok(components);
        }
        cursor.expect(" ")?;
    }
}

/// The whole field, under the label that counts.
pub(super) fn write(components: &[&str], key_id: KeyId, nonce: Option<&Nonce>) -> InputText {
    let mut text = InputText::new();
    // It fits, because all parts are bounded: a text that is cut short would be refused.
    let _ = write_into(&mut text, components, key_id, nonce);
    text
}

fn write_into(
    text: &mut InputText,
    components: &[&str],
    key_id: KeyId,
    nonce: Option<&Nonce>,
) -> core::fmt::Result {
    write!(text, "{LABEL}=")?;
    for (at, component) in components.iter().enumerate() {
        write!(text, "{}{component}", if at == 0 { "(" } else { " " })?;
    }
    write!(text, ");keyid=\"{key_id}\";alg=\"{ALGORITHM}\"")?;
    nonce.map_or(Ok(()), |nonce| write!(text, ";nonce=\"{}\"", nonce.as_str()))
}
