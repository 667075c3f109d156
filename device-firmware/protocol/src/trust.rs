//! Whose images a device takes: what it tells of it, and the record of it in its flash.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::Digest;

/// The most signers that a device trusts.
pub const MAX_SIGNERS: usize = 3;

/// The most bytes of a record.
pub const MAX_TRUST_RECORD: usize = 3 + (2 * MAX_SIGNERS + 1) * DIGEST_LEN;

const DIGEST_LEN: usize = 32;
/// First byte of a record of this form.
const FORMAT: u8 = 1;

/// Digests of signing keys, as `espsecure digest-sbv2-public-key` writes them.
pub type Signers = Vec<Digest, MAX_SIGNERS>;

/// Which images a device takes, in `/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImagePolicy {
    /// No image below this `secure_version` is taken.
    pub secure_floor: u32,
    /// Only what one of these has signed is taken; absent if signatures are not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signers: Option<Signers>,
}

/// Whose images a device takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a device has one of them, and no heap")]
pub enum Trust {
    /// Everybody's.
    #[default]
    Anybody,
    /// Those of the signers it knows.
    Known(KnownSigners),
}

/// The signers that a device knows. None of them: it takes nobody's images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownSigners {
    /// Those it trusts.
    pub now: Signers,
    /// Those it will trust instead.
    pub next: Option<NextSigners>,
}

/// Signers that an order named. They take over when its image validates, and never if it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextSigners {
    /// The image.
    pub image_sha256: Digest,
    /// The signers, one at least.
    pub signers: Signers,
}

impl Trust {
    /// Trust in these signers alone.
    #[must_use]
    pub const fn in_signers(now: Signers) -> Self {
        Self::Known(KnownSigners { now, next: None })
    }

    /// Those it trusts now; `None` if it takes everybody's images.
    #[must_use]
    pub const fn signers(&self) -> Option<&Signers> {
        match self {
            Self::Anybody => None,
            Self::Known(known) => Some(&known.now),
        }
    }

    /// With other signers to come, or none. Who takes everybody's images goes on doing so: the first signers come by
    /// cable.
    #[must_use]
    pub fn with_next(&self, next: Option<NextSigners>) -> Self {
        match self {
            Self::Anybody => Self::Anybody,
            Self::Known(known) => Self::Known(KnownSigners { now: known.now.clone(), next }),
        }
    }

    /// What it is once this image is kept. The same again, however often that is told.
    #[must_use]
    pub fn once_kept(&self, image_sha256: Digest) -> Self {
        match self {
            Self::Known(KnownSigners { next: Some(next), .. }) if next.image_sha256 == image_sha256 => {
                Self::in_signers(next.signers.clone())
            }
            _ => self.clone(),
        }
    }

    /// The record: the format, a number and as many digests; and if others are to come the image, their number and
    /// their digests. `None` for who takes everybody's images: there is no record then.
    #[must_use]
    pub fn to_record(&self) -> Option<Vec<u8, MAX_TRUST_RECORD>> {
        let Self::Known(known) = self else { return None };
        let mut record = Vec::new();
        // All of it fits: the types bound it.
        let _ = record.push(FORMAT);
        put(&mut record, &known.now);
        if let Some(next) = &known.next {
            let _ = record.extend_from_slice(&next.image_sha256.0);
            put(&mut record, &next.signers);
        }
        Some(record)
    }

    /// The trust of a record. One that is not understood trusts nobody: it must not open what was closed.
    #[must_use]
    pub fn from_record(record: &[u8]) -> Self {
        Self::Known(known(record).unwrap_or_default())
    }
}

fn put(record: &mut Vec<u8, MAX_TRUST_RECORD>, signers: &Signers) {
    let _ = record.push(signers.len() as u8);
    for signer in signers {
        let _ = record.extend_from_slice(&signer.0);
    }
}

fn known(record: &[u8]) -> Option<KnownSigners> {
    let (&FORMAT, rest) = record.split_first()? else { return None };
    let (now, rest) = signers(rest)?;
    if rest.is_empty() {
        return Some(KnownSigners { now, next: None });
    }
    let (image, rest) = rest.split_first_chunk()?;
    let (next, rest) = signers(rest)?;
    let next = NextSigners { image_sha256: Digest(*image), signers: next };
    (rest.is_empty() && !next.signers.is_empty()).then_some(KnownSigners { now, next: Some(next) })
}

/// A list with its number in front, and what follows it.
fn signers(bytes: &[u8]) -> Option<(Signers, &[u8])> {
    let (&count, rest) = bytes.split_first()?;
    let (list, behind) = rest.split_at_checked(usize::from(count) * DIGEST_LEN)?;
    let (digests, _) = list.as_chunks();
    let mut signers = Signers::new();
    for &digest in digests {
        signers.push(Digest(digest)).ok()?;
    }
    Some((signers, behind))
}
