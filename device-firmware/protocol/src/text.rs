//! Bounded texts: every string on the wire has a greatest length in bytes.

use heapless::String;

/// A device's id: lower-case letters, digits and `-`; unique on a network, and the mDNS instance.
pub type Id = String<32>;
/// A device's name as its owner chose it.
pub type Name = String<32>;
/// A field of the app descriptor (version, project), or a partition's label: ESP-IDF gives them 32 bytes at most.
pub type Label = String<32>;
/// The id of an order, chosen by the host; a UUID fits.
pub type OrderId = String<36>;
/// An http URL with an IP literal.
pub type Url = String<160>;
/// A sentence for people.
pub type Detail = String<200>;

/// `text` cut to `N` bytes, at a character border.
#[must_use]
pub fn bounded<const N: usize>(text: &str) -> String<N> {
    let mut end = text.len().min(N);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // The slice fits by construction, so the fallback is never taken.
    String::try_from(text.get(..end).unwrap_or_default()).unwrap_or_default()
}
