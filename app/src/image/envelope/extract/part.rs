//! The parts of a firmware, for updates that send only what has changed.

use std::ops::Range;

use crate::image::envelope::{Value, ubjson};

/// A part of a firmware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// `binary`, `images`, `config` or `checksum` for a chip; a host's have more.
    pub kind: &'static str,
    /// Where in the file it lies.
    pub place: Range<usize>,
}

/// Parts that lie one behind the other: one more border than kinds.
pub(super) fn between(kinds: &[&'static str], borders: &[usize]) -> Vec<Part> {
    let places = borders.windows(2).filter_map(|pair| <[usize; 2]>::try_from(pair).ok());
    kinds.iter().zip(places).map(|(kind, [from, to])| Part { kind, place: from..to }).collect()
}

/// A firmware with the places of its parts: what `--format=ubjson` is.
pub(super) fn to_ubjson(parts: &[Part], binary: &[u8]) -> Vec<u8> {
    ubjson::encode(&Value::Map(vec![
        ("parts".to_owned(), Value::List(parts.iter().map(described).collect())),
        ("binary".to_owned(), Value::Bytes(binary.to_vec())),
    ]))
}

fn described(part: &Part) -> Value {
    let number = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    Value::Map(vec![
        ("type".to_owned(), Value::Text(part.kind.to_owned())),
        ("from".to_owned(), number(part.place.start)),
        ("to".to_owned(), number(part.place.end)),
    ])
}
