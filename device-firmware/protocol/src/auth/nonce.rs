//! Nonces that a device issues and recognises without remembering them.
//!
//! All that a stranger can read in one is how long the device has been up.

use base64ct::{Base64UrlUnpadded, Encoding};
use heapless::String;
use hmac::Mac;
use zeroize::Zeroizing;

use super::{Denied, key};

/// Bytes of the counter in front of the MAC.
const COUNTER: usize = 8;
/// Bytes of the MAC: the first half of an HMAC-SHA-256.
const MAC: usize = 16;
/// Characters of an issued nonce.
const TEXT: usize = 32;
/// The counter is milliseconds of uptime with this many bits below, for nonces of the same millisecond.
const SEQUENCE_BITS: u32 = 16;

/// A nonce: 1 to 64 characters of base64url. Who did not issue it sees nothing else in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String<64>);

impl Nonce {
    /// The nonce in this text; `None` if it has another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let sound = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        String::try_from(text).ok().filter(|text| sound && !text.is_empty()).map(Self)
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Issues nonces: base64url of `counter ‖ MAC(counter)`, with a secret that lives as long as the boot.
pub(super) struct Nonces {
    secret: Zeroizing<[u8; 32]>,
    last: u64,
    life_ms: u64,
}

impl Nonces {
    /// Nonces that are good for `life_ms` milliseconds.
    pub fn new(secret: [u8; 32], life_ms: u32) -> Self {
        Self { secret: Zeroizing::new(secret), last: 0, life_ms: life_ms.into() }
    }

    /// A nonce that was never issued before.
    pub fn issue(&mut self, now_ms: u64) -> Nonce {
        self.last = (now_ms << SEQUENCE_BITS).max(self.last.saturating_add(1));
        let counter = self.last.to_be_bytes();
        let tag = self.mac(counter).finalize().into_bytes();
        let mut bytes = [0; COUNTER + MAC];
        for (to, from) in bytes.iter_mut().zip(counter.into_iter().chain(tag)) {
            *to = from;
        }
        let mut text = [0; TEXT];
        let text = Base64UrlUnpadded::encode(&bytes, &mut text).unwrap_or_default();
        Nonce(String::try_from(text).unwrap_or_default())
    }

    /// The counter of a nonce that was issued here and is not too old.
    pub fn check(&self, text: &str, now_ms: u64) -> Result<u64, Denied> {
        let mut bytes = [0; COUNTER + MAC];
        let decoded = Base64UrlUnpadded::decode(text, &mut bytes).map_err(|_| Denied::NonceForeign)?;
        let (counter, tag) = decoded.split_first_chunk::<COUNTER>().ok_or(Denied::NonceForeign)?;
        let tag: &[u8; MAC] = tag.try_into().map_err(|_| Denied::NonceForeign)?;
        self.mac(*counter).verify_truncated_left(tag).map_err(|_| Denied::NonceForeign)?;
        let counter = u64::from_be_bytes(*counter);
        let age_ms = now_ms.saturating_sub(counter >> SEQUENCE_BITS);
        if age_ms <= self.life_ms { Ok(counter) } else { Err(Denied::NonceExpired) }
    }

    fn mac(&self, counter: [u8; COUNTER]) -> impl Mac<OutputSize = sha2::digest::consts::U32> + use<> {
        key::hmac(&*self.secret).chain_update("skylift nonce").chain_update(counter)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    const LIFE_MS: u32 = 60_000;

    fn nonces(secret: u8) -> Nonces {
        Nonces::new([secret; 32], LIFE_MS)
    }

    #[test]
    fn good_for_its_life_and_no_longer() {
        let mut issuer = nonces(1);
        let nonce = issuer.issue(5_000);
        let life = u64::from(LIFE_MS);
        assert!(issuer.check(nonce.as_str(), 5_000).is_ok());
        assert!(issuer.check(nonce.as_str(), 5_000 + life).is_ok());
        assert_eq!(issuer.check(nonce.as_str(), 5_001 + life), Err(Denied::NonceExpired));
        assert_eq!(nonces(2).check(nonce.as_str(), 5_000), Err(Denied::NonceForeign));
    }

    #[test]
    fn all_differ_also_when_the_clock_stands_or_goes_back() {
        let mut issuer = nonces(1);
        let times = [0, 0, 7, 7, 7, 3, 0, 8];
        let counters = times.map(|now| {
            let nonce = issuer.issue(now);
            assert_eq!(nonce.as_str().len(), TEXT);
            assert_eq!(Nonce::parse(nonce.as_str()).as_ref(), Some(&nonce));
            issuer.check(nonce.as_str(), now).unwrap()
        });
        assert!(counters[0] > 0 && counters.is_sorted_by(|earlier, later| earlier < later), "{counters:?}");
    }

    #[test]
    fn any_change_makes_it_foreign() {
        let mut issuer = nonces(1);
        let nonce = issuer.issue(1);
        for at in 0..TEXT {
            for other in (b' '..=b'~').filter(|&byte| byte != nonce.as_str().as_bytes()[at]) {
                let mut bytes: [u8; TEXT] = nonce.as_str().as_bytes().try_into().unwrap();
                bytes[at] = other;
                let changed = core::str::from_utf8(&bytes).unwrap();
                assert_eq!(issuer.check(changed, 1), Err(Denied::NonceForeign), "{changed}");
            }
        }
        for short in ["", "AAAA", &nonce.as_str()[..31], &nonce.as_str()[..8]] {
            assert_eq!(issuer.check(short, 1), Err(Denied::NonceForeign));
        }
    }

    #[test]
    fn forms() {
        for text in ["", "a b", "a\"", "é", "a=", &"a".repeat(65)] {
            assert_eq!(Nonce::parse(text), None, "{text}");
        }
    }
}
