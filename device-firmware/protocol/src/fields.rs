//! What a user's own firmware tells of itself in `/status`: a few named values, such as `"soil":"41 %"`.

use core::fmt::{self, Display, Write};

use heapless::{String, Vec};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most fields that are told.
pub const MAX_FIELDS: usize = 8;
/// Bytes of the longest name.
pub const MAX_FIELD_NAME: usize = 16;
/// Bytes of the longest value.
pub const MAX_FIELD_VALUE: usize = 32;

/// Ends a value that was cut.
const ELLIPSIS: char = '…';

/// The fields, in the order in which they were put; a JSON object on the wire.
///
/// A reader passes over what is no field by these rules: a device of tomorrow may have others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String<MAX_FIELD_NAME>, String<MAX_FIELD_VALUE>), MAX_FIELDS>);

/// Why a field is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldFlaw {
    /// Its name is not 1 to 16 of `a-z`, `0-9` and `_`.
    Name,
    /// There are [`MAX_FIELDS`] already.
    TooMany,
}

impl Display for FieldFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "the name of a field is 1 to 16 of a-z, 0-9 and _",
            Self::TooMany => "there are no more than 8 fields",
        })
    }
}

impl core::error::Error for FieldFlaw {}

impl Fields {
    /// Puts a field, or another value into the one that has this name. A value of more than 32 bytes is cut, and ends
    /// with `…` then; control characters become spaces.
    ///
    /// # Errors
    /// The name is none, or there are too many fields: this one is not told, the others are.
    pub fn put(&mut self, name: &str, value: impl Display) -> Result<(), FieldFlaw> {
        self.insert(name, shown(value))
    }

    fn insert(&mut self, name: &str, value: String<MAX_FIELD_VALUE>) -> Result<(), FieldFlaw> {
        if let Some((_, known)) = self.0.iter_mut().find(|(known, _)| known == name) {
            *known = value;
            return Ok(());
        }
        let name = String::try_from(name).ok().filter(|name| is_name(name)).ok_or(FieldFlaw::Name)?;
        self.0.push((name, value)).map_err(|_| FieldFlaw::TooMany)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// A value as far as it fits.
struct Value {
    text: String<MAX_FIELD_VALUE>,
    /// Where it has to end to leave room for the ellipsis.
    last_end: usize,
}

impl Write for Value {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|letter| self.write_char(letter))
    }

    fn write_char(&mut self, letter: char) -> fmt::Result {
        let letter = if letter.is_control() { ' ' } else { letter };
        self.text.push(letter).map_err(|_| fmt::Error)?;
        if self.text.len() + ELLIPSIS.len_utf8() <= MAX_FIELD_VALUE {
            self.last_end = self.text.len();
        }
        Ok(())
    }
}

fn shown(value: impl Display) -> String<MAX_FIELD_VALUE> {
    let mut shown = Value { text: String::new(), last_end: 0 };
    if write!(shown, "{value}").is_err() {
        shown.text.truncate(shown.last_end);
        // There is room for it.
        let _ = shown.text.push(ELLIPSIS);
    }
    shown.text
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some(Fitting::<MAX_FIELD_NAME>(name)) = map.next_key()? {
                    let Fitting::<MAX_FIELD_VALUE>(value) = map.next_value()?;
                    if let Some((name, value)) = name.zip(value) {
                        // Not ours to tell: see above.
                        let _ = fields.insert(&name, value);
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A text of at most `N` bytes without control characters; `None` in place of any other text.
struct Fitting<const N: usize>(Option<String<N>>);

impl<'de, const N: usize> Deserialize<'de> for Fitting<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<const N: usize>;
        impl<const N: usize> Visitor<'_> for Text<N> {
            type Value = Fitting<N>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_str<E>(self, text: &str) -> Result<Fitting<N>, E> {
                let plain = !text.chars().any(char::is_control);
                Ok(Fitting(String::try_from(text).ok().filter(|_| plain)))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn fields_are_bounded_and_put_again() {
        let mut fields = Fields::default();
        assert_eq!(fields.put("soil", format_args!("{} %", 40)), Ok(()));
        for bad in ["", "Soil", "soil moisture", "boden_feuchte_17x", "ß"] {
            assert_eq!(fields.put(bad, 1), Err(FieldFlaw::Name), "{bad:?}");
        }
        for number in 1..MAX_FIELDS {
            assert_eq!(fields.put(&std::format!("n{number}"), number), Ok(()));
        }
        assert_eq!(fields.put("one_too_many", 9), Err(FieldFlaw::TooMany));
        assert_eq!(fields.put("soil", "41 %"), Ok(()));
        assert_eq!(fields.iter().next(), Some(("soil", "41 %")));
        assert_eq!((fields.get("n7"), fields.get("n8")), (Some("7"), None));
    }

    #[test]
    fn a_long_value_says_that_it_was_cut() {
        let mut fields = Fields::default();
        let mut value = |text: &str| {
            fields.put("v", text).unwrap();
            fields.get("v").unwrap().to_string()
        };
        assert_eq!(value(&"x".repeat(32)), "x".repeat(32));
        assert_eq!(value(&"x".repeat(33)), "x".repeat(29) + "…");
        assert_eq!(value(&"ü".repeat(17)), "ü".repeat(14) + "…");
        assert_eq!(value("two\nlines\u{9b}"), "two lines ");
    }
}
