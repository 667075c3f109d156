//! Other trusted signers, which an update brings to a device.

use std::fmt;

use serde::{Deserialize, Serialize};
use skylift_protocol::{Digest, MAX_SIGNERS, Signers};

use crate::advice::Advice;

/// The signers that a device is to trust once an image has validated, in the place of those before: one to
/// [`MAX_SIGNERS`], none of them twice. They are named as `espsecure digest-sbv2-public-key` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Digest>", into = "Vec<Digest>")]
pub struct NewSigners {
    first: Digest,
    others: [Option<Digest>; MAX_SIGNERS - 1],
}

/// Why signers cannot be handed to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NewSignersError {
    /// It would trust nobody, and take no image any more.
    #[error("a device that trusts no signer takes no image any more")]
    Nobody,
    /// More than it can keep.
    #[error("a device trusts {MAX_SIGNERS} signers at most")]
    TooMany,
    /// One is named more than once.
    #[error("the signer {0} is named twice")]
    Twice(Digest),
}

impl Advice for NewSignersError {
    fn advice(&self) -> Vec<String> {
        vec![match self {
            Self::Nobody => "name one signer at least".to_owned(),
            Self::TooMany => format!("name the {MAX_SIGNERS} that are needed"),
            Self::Twice(_) => "name each signer once".to_owned(),
        }]
    }
}

impl NewSigners {
    /// These signers.
    ///
    /// # Errors
    /// There is none, there are more than [`MAX_SIGNERS`], or one is there twice.
    pub fn new(signers: &[Digest]) -> Result<Self, NewSignersError> {
        let (&first, rest) = signers.split_first().ok_or(NewSignersError::Nobody)?;
        let mut others = [None; MAX_SIGNERS - 1];
        if rest.len() > others.len() {
            return Err(NewSignersError::TooMany);
        }
        for (at, &signer) in rest.iter().enumerate() {
            if signers.get(..=at).is_some_and(|before| before.contains(&signer)) {
                return Err(NewSignersError::Twice(signer));
            }
        }
        for (place, &signer) in others.iter_mut().zip(rest) {
            *place = Some(signer);
        }
        Ok(Self { first, others })
    }

    /// The signers, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Digest> {
        std::iter::once(self.first).chain(self.others.into_iter().flatten())
    }

    /// Whether a device that trusts these trusts the same.
    #[must_use]
    pub fn are(&self, trusted: &[Digest]) -> bool {
        self.iter().count() == trusted.len() && self.iter().all(|signer| trusted.contains(&signer))
    }

    /// As orders and devices have them.
    #[must_use]
    pub fn in_order(&self) -> Signers {
        self.iter().collect()
    }
}

impl fmt::Display for NewSigners {
    /// As far as people tell signers apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short: Vec<String> = self.iter().map(|signer| format!("{signer:.12}")).collect();
        f.write_str(&short.join(" or "))
    }
}

impl TryFrom<Vec<Digest>> for NewSigners {
    type Error = NewSignersError;

    fn try_from(signers: Vec<Digest>) -> Result<Self, NewSignersError> {
        Self::new(&signers)
    }
}

impl From<NewSigners> for Vec<Digest> {
    fn from(signers: NewSigners) -> Self {
        signers.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Digest = Digest([0xa1; 32]);
    const B: Digest = Digest([0xb2; 32]);
    const C: Digest = Digest([0xc3; 32]);

    #[test]
    fn one_to_three_and_none_twice() {
        for list in [&[A][..], &[A, B], &[C, A, B]] {
            let signers = NewSigners::new(list).unwrap();
            assert_eq!(
                (signers.iter().collect::<Vec<_>>(), signers.in_order().as_slice()),
                (list.to_vec(), list)
            );
        }
        assert_eq!(NewSigners::new(&[]), Err(NewSignersError::Nobody));
        assert_eq!(NewSigners::new(&[A, B, C, Digest([4; 32])]), Err(NewSignersError::TooMany));
        for twice in [&[A, A][..], &[A, B, A], &[B, A, A]] {
            assert_eq!(NewSigners::new(twice), Err(NewSignersError::Twice(A)));
        }
    }

    #[test]
    fn their_order_does_not_matter_to_a_device() {
        let signers = NewSigners::new(&[A, B]).unwrap();
        assert!(signers.are(&[A, B]) && signers.are(&[B, A]));
        assert!(!signers.are(&[A]) && !signers.are(&[A, C]) && !signers.are(&[A, B, C]) && !signers.are(&[]));
    }

    #[test]
    fn they_are_kept_as_a_list_and_a_list_that_is_none_is_refused() {
        let signers = NewSigners::new(&[A, B]).unwrap();
        let text = serde_json::to_string(&signers).unwrap();
        assert_eq!(text, format!(r#"["{A}","{B}"]"#));
        assert_eq!(serde_json::from_str::<NewSigners>(&text).unwrap(), signers);
        assert!(serde_json::from_str::<NewSigners>("[]").is_err());
        assert_eq!(signers.to_string(), "a1a1a1a1a1a1 or b2b2b2b2b2b2");
    }
}
