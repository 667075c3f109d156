//! Writes JSON: no white space, keys in their order, and the escapes that Toit uses.

use super::super::{EnvelopeError, Value};
use super::number::float_text;

/// The value as compact JSON.
///
/// # Errors
/// A number in it is infinite or none, or there are bytes, which JSON does not have.
pub fn encode(value: &Value) -> Result<Vec<u8>, EnvelopeError> {
    let mut text = String::new();
    put_value(&mut text, value)?;
    Ok(text.into_bytes())
}

fn put_value(out: &mut String, value: &Value) -> Result<(), EnvelopeError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) if number.is_finite() => out.push_str(&float_text(*number)),
        Value::Float(_) => return Err(EnvelopeError::Number),
        Value::Text(text) => put_text(out, text),
        Value::Bytes(_) => return Err(EnvelopeError::BytesInJson),
        Value::List(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                put_comma(out, index);
                put_value(out, value)?;
            }
            out.push(']');
        }
        Value::Map(pairs) => {
            out.push('{');
            for (index, (key, value)) in pairs.iter().enumerate() {
                put_comma(out, index);
                put_text(out, key);
                out.push(':');
                put_value(out, value)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn put_comma(out: &mut String, index: usize) {
    if index > 0 {
        out.push(',');
    }
}

fn put_text(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}
