//! A value of a property or an asset, whichever of the three encodings it is written in.

use std::fmt;

/// A value. Maps keep the order of their keys, because the encodings do.
///
/// Its `Debug` hides what a key that ends in `password` has.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes. JSON has none.
    Bytes(Vec<u8>),
    /// Several values.
    List(Vec<Value>),
    /// Values by name, each name once.
    Map(Vec<(String, Value)>),
}

/// Stands for a secret wherever a value is shown.
const HIDDEN: &str = "hidden";

impl Value {
    /// What the map has under this key; `None` if it has none, or is no map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        let Self::Text(text) = self else { return None };
        Some(text)
    }

    /// The whole number, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        let Self::Int(number) = self else { return None };
        Some(*number)
    }

    /// A copy that may be shown: each password in it is the word "hidden".
    #[must_use]
    pub fn shown(&self) -> Self {
        match self {
            Self::List(values) => Self::List(values.iter().map(Self::shown).collect()),
            Self::Map(pairs) => Self::Map(pairs.iter().map(|(key, value)| shown_pair(key, value)).collect()),
            other => other.clone(),
        }
    }

    /// Whether a password is in it.
    #[must_use]
    pub fn holds_password(&self) -> bool {
        match self {
            Self::List(values) => values.iter().any(Self::holds_password),
            Self::Map(pairs) => pairs.iter().any(|(key, value)| is_password(key) || value.holds_password()),
            _ => false,
        }
    }
}

/// Puts a value into a map: a key that is there keeps its place, a new one goes last.
pub(super) fn put(pairs: &mut Vec<(String, Value)>, key: &str, value: Value) {
    match pairs.iter_mut().find(|(name, _)| name == key) {
        Some((_, old)) => *old = value,
        None => pairs.push((key.to_owned(), value)),
    }
}

fn shown_pair(key: &str, value: &Value) -> (String, Value) {
    let value = if is_password(key) { Value::Text(HIDDEN.to_owned()) } else { value.shown() };
    (key.to_owned(), value)
}

/// Toit's own is `wifi.password`.
fn is_password(key: &str) -> bool {
    key.to_ascii_lowercase().ends_with("password")
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::List(values) => f.debug_list().entries(values).finish(),
            Self::Map(pairs) => {
                let shown = pairs.iter().map(|(key, value)| shown_pair(key, value));
                f.debug_map().entries(shown).finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let wifi = Value::Map(vec![
            ("wifi.ssid".to_owned(), Value::Text("Attic".to_owned())),
            ("wifi.password".to_owned(), Value::Text("battery staple".to_owned())),
        ]);
        let all = Value::List(vec![Value::Map(vec![("wifi".to_owned(), wifi)])]);
        assert!(all.holds_password());
        for text in [format!("{all:?}"), format!("{:?}", all.shown())] {
            assert!(text.contains("Attic") && text.contains("hidden") && !text.contains("staple"), "{text}");
        }
    }
}
