//! Whose request it is, and what an answer's head says to prove from whom it is.

use core::fmt;

use skylift_protocol::auth::{ACCEPT_SIGNATURE, Challenge, Owner, SignedAnswer};

/// Whose request it is.
pub enum Caller {
    /// Anybody's: the device is open.
    Anybody,
    /// A stranger's. It is told what everybody may know, or why it is refused.
    Stranger,
    /// The owner's.
    Owner(Owner),
}

/// What is added to an answer's head.
#[derive(Default)]
pub struct Seal {
    /// What the next request is to be signed with.
    pub challenge: Option<Challenge>,
    /// The signature of an answer to the owner.
    pub signature: Option<SignedAnswer>,
}

impl fmt::Display for Seal {
    /// Whole field lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.signature.iter().flat_map(SignedAnswer::fields) {
            write!(f, "{name}: {value}\r\n")?;
        }
        match &self.challenge {
            Some(challenge) => write!(f, "{ACCEPT_SIGNATURE}: {challenge}\r\n"),
            None => Ok(()),
        }
    }
}
