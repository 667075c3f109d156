//! The mark that is kept where a stream would be no smaller than its image, so that no other process tries it again.

use skylift_encoder::EncodeError;

/// Begins a mark; bytes of the stream follow, in decimal digits. No stream begins so.
const BEGINS: &str = "not smaller: ";

/// What is kept of a stream of so many bytes.
pub(super) fn of(encoded: usize) -> String {
    format!("{BEGINS}{encoded}")
}

/// Reads what is kept beside an image of `raw` bytes. `None` if it is a stream, or damaged.
pub(super) fn read(kept: &[u8], raw: usize) -> Option<EncodeError> {
    let encoded = std::str::from_utf8(kept).ok()?.strip_prefix(BEGINS)?.parse().ok()?;
    (encoded >= raw).then_some(EncodeError::NotSmaller { encoded, raw })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_and_nothing_else_is_one() {
        let of_image = EncodeError::NotSmaller { encoded: 8200, raw: 8192 };
        assert_eq!(read(of(8200).as_bytes(), 8192), Some(of_image));
        for other in
            ["", "ODF1", "not smaller: ", "not smaller: 8191", "not smaller: 8200 ", "not smaller: -1"]
        {
            assert_eq!(read(other.as_bytes(), 8192), None, "{other}");
        }
    }
}
