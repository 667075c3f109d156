//! Reading a JSON body without letting it exhaust the stack.

use serde::de::DeserializeOwned;
use serde_json_core::de::Error;

/// How deep arrays and objects may lie in each other. What the protocol needs is 3.
const MAX_DEPTH: u8 = 8;

/// Why a body was not read.
pub(super) enum JsonFault {
    /// It lies deeper than [`MAX_DEPTH`].
    TooDeep,
    /// It is no JSON, or not what is expected.
    Unexpected(Error),
}

/// The value of `body`; escapes in its strings are undone in `scratch`.
pub(super) fn read<T: DeserializeOwned>(body: &[u8], scratch: &mut [u8]) -> Result<T, JsonFault> {
    // serde-json-core calls itself for every level of a field that is ignored: 2,000 brackets overflow a chip's stack.
    if depth(body) > MAX_DEPTH {
        return Err(JsonFault::TooDeep);
    }
    serde_json_core::from_slice_escaped(body, scratch).map(|(value, _)| value).map_err(JsonFault::Unexpected)
}

/// The greatest depth of brackets outside of strings, as far as 255.
fn depth(body: &[u8]) -> u8 {
    let (mut now, mut most, mut in_string, mut escaped) = (0u8, 0u8, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => now = now.saturating_add(1),
            b']' | b'}' if !in_string => now = now.saturating_sub(1),
            _ => {}
        }
        most = most.max(now);
    }
    most
}

impl core::fmt::Display for JsonFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TooDeep => f.write_str("the JSON is nested too deeply"),
            Self::Unexpected(Error::CustomError) => {
                f.write_str("the JSON lacks a field, or a field has a value out of its range")
            }
            Self::Unexpected(error) => write!(f, "the body is not the JSON that is expected: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use proptest::prelude::*;
    use serde::Deserialize;
    use skylift_protocol::{Order, Probe};

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct One {
        a: heapless::String<8>,
    }

    fn one(text: &str) -> Option<One> {
        read(text.as_bytes(), &mut [0; 16]).ok()
    }

    #[test]
    fn reads() {
        let expected = One { a: heapless::String::try_from("é\"[").unwrap() };
        assert_eq!(one(r#" {"b":[{"c":1}],"a":"\u00e9\"["} "#), Some(expected));
        for bad in
            [r#"{"a":"x"} x"#, r#"{"a":"123456789"}"#, r#"{"a":"12345678901234567"}"#, r#"{"b":1}"#, "", "{"]
        {
            assert_eq!(one(bad), None, "{bad}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested =
            |levels: usize| format!(r#"{{"b":{}{},"a":"x"}}"#, "[".repeat(levels), "]".repeat(levels));
        assert!(one(&nested(7)).is_some());
        assert!(one(&nested(8)).is_none());
        // Would overflow the stack of the thread that reads it.
        assert!(one(&nested(5_000_000)).is_none());
        assert!(one(&"{\"b\":".repeat(1_000_000)).is_none());
        assert_eq!(depth(br#""[[[[" [ "\"[[" ]"#), 1);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in r#"[\[\]{}",:\\u0-9a-d]{0,100}"#) {
            let mut scratch = [0; 64];
            let _ = read::<Order>(&bytes, &mut scratch);
            let _ = read::<Probe>(text.as_bytes(), &mut scratch);
            let _ = read::<Probe>(format!("{{\"urls\":[\"{text}\"]}}").as_bytes(), &mut scratch);
        }
    }
}
