//! Numbers as Toit prints and reads them in JSON.

use super::super::Undecodable;
use super::super::Value;

/// From this power of ten on a number is written with an exponent.
const LARGE: i32 = 21;
/// Below this power of ten it is, too.
const SMALL: i32 = -6;

/// A finite number in the fewest digits that read back as the same; with a fraction or an exponent, so that it stays one.
pub(super) fn float_text(number: f64) -> String {
    // Rust gives the shortest digits, and ECMAScript's layout is made of them.
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if (SMALL..LARGE).contains(&exponent) {
        format!("{sign}{}", plain(&digits, exponent))
    } else if exponent < 0 {
        format!("{sign}{mantissa}e-{:02}", exponent.unsigned_abs())
    } else {
        format!("{sign}{mantissa}e{exponent}")
    }
}

fn plain(digits: &str, exponent: i32) -> String {
    let Ok(before) = usize::try_from(exponent + 1) else {
        return format!("0.{}{digits}", zeros(exponent.unsigned_abs() as usize - 1));
    };
    match digits.split_at_checked(before) {
        Some(("", fraction)) => format!("0.{}", fraction),
        Some((whole, "")) => format!("{whole}.0"),
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
        None => format!("{digits}{}.0", zeros(before - digits.len())),
    }
}

fn zeros(count: usize) -> String {
    "0".repeat(count)
}

/// The number at the beginning of the bytes, and how many bytes it takes. Leading zeros are accepted, as Toit does.
pub(super) fn take_number(bytes: &[u8]) -> Result<(Value, usize), Undecodable> {
    const WRONG: Undecodable = Undecodable::Malformed("a number in it is broken");
    let end = bytes
        .iter()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        .unwrap_or(bytes.len());
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default()).map_err(|_| WRONG)?;
    let value = if text.contains(['.', 'e', 'E']) {
        let number: f64 = text.parse().map_err(|_| WRONG)?;
        if !number.is_finite() {
            return Err(Undecodable::Malformed("a number in it is too large"));
        }
        Value::Float(number)
    } else {
        Value::Int(text.parse().map_err(|_| WRONG)?)
    };
    Ok((value, end))
}
