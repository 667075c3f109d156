//! What can go wrong between this computer and a device, in sentences for people.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use skylift_protocol::auth::Denied;
use skylift_protocol::{Access, ErrorCode, Id, PublicStatus};

use crate::advice::Advice;
use crate::engine::keys::KeyTrouble;

/// A device as it is spoken to, and spoken of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name, or its id, or the host the user gave.
    pub label: String,
    /// Who it is; absent while only its address is known. In a box, so that errors stay small.
    pub id: Option<Box<Id>>,
    /// Where it is.
    pub address: SocketAddr,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.to_string();
        if self.label == address { f.write_str(&address) } else { write!(f, "{} ({address})", self.label) }
    }
}

/// A request to a device that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{peer} {problem}")]
pub struct ClientError {
    /// The device.
    pub peer: Peer,
    /// What happened.
    pub problem: Problem,
}

/// What happened, to be read behind the device's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No connection came about.
    #[error("cannot be reached: {0}")]
    NotReached(String),
    /// It did not answer in time.
    #[error("did not answer within {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// The connection broke before the answer was complete.
    #[error("broke the connection before its answer was complete: {0}")]
    Broken(String),
    /// The answer is larger than any answer of a device.
    #[error("answered with more than {} KiB, which no Skylift device does", .0 / 1024)]
    TooLong(usize),
    /// The answer is not what the protocol says.
    #[error("answered something that is not Skylift's protocol: {0}")]
    NotUnderstood(String),
    /// It says no.
    #[error("refused: {detail} ({code})")]
    Refused {
        /// The frozen code.
        code: ErrorCode,
        /// The device's sentence.
        detail: String,
    },
    /// The address belongs to another device now.
    #[error("is not there any more: {0} answers at its address")]
    OtherDevice(String),
    /// Its key is not here, and it is paired, or its key is damaged. What it tells strangers is not proven.
    #[error("{}", closed(.0.access))]
    Closed(Box<PublicStatus>),
    /// Its key is here, but it says that it is open.
    #[error(
        "says that it takes orders from anybody, though this computer has its key: either it was erased, or something \
         else answers in its place"
    )]
    TurnedOpen,
    /// Its key is here, but it says that its own is damaged.
    #[error(
        "says that its pairing key is damaged, though this computer has its key: either that is so, or something else \
         answers in its place"
    )]
    LostKey,
    /// It wants a signature with another key than the one that is here.
    #[error(
        "wants another key than this computer has of it: either it was paired anew, or something else answers in its \
         place"
    )]
    OtherKey,
    /// Its answer is not one of the device whose key is here.
    #[error("did not prove that it is {device}: {}", unproven(*denied))]
    NotProven {
        /// The device.
        device: Box<Id>,
        /// What is wrong with the answer.
        denied: Denied,
    },
    /// It does not take the signature with the key that is here.
    #[error("did not take this computer's signature: {0}")]
    Unauthorised(String),
    /// The key that is here must not be used.
    #[error("is not spoken to: {}", .0.sentence)]
    Key(Box<KeyTrouble>),
    /// What answers is no Jaguar device.
    #[error("answered something that is not Jaguar's protocol: {0}")]
    NotJaguar(String),
    /// A Jaguar device says no.
    #[error("refused: {reason} (HTTP status {status})")]
    Jaguar {
        /// The HTTP status.
        status: u16,
        /// Its reason phrase, which is all that Jaguar says.
        reason: String,
    },
    /// Another HTTP status, without the protocol's explanation.
    #[error("answered with HTTP status {0}, and no explanation")]
    Status(u16),
}

impl Problem {
    /// Somebody answers who has not proven to be the device whose key is here.
    #[must_use]
    pub const fn is_doubt(&self) -> bool {
        matches!(
            self,
            Self::TurnedOpen
                | Self::LostKey
                | Self::OtherKey
                | Self::NotProven { .. }
                | Self::Unauthorised(_)
        )
    }
}

/// Why it takes no orders from here.
fn closed(access: Access) -> &'static str {
    match access {
        Access::KeyDamaged => "says that its pairing key is damaged: it takes orders from nobody",
        _ => "is paired with another computer: this one does not have its key",
    }
}

/// What is wrong with an answer, as a clause.
const fn unproven(denied: Denied) -> &'static str {
    match denied {
        Denied::Missing => "its answer has no signature",
        Denied::UnknownKey => "its answer is signed with another key",
        Denied::WrongSignature => "the signature of its answer is wrong, or is the one of another answer",
        Denied::DigestMismatch => "its answer is not the one that was signed",
        _ => "the signature of its answer is not what the protocol says",
    }
}

impl Advice for ClientError {
    fn advice(&self) -> Vec<String> {
        let address = self.peer.address;
        let impostor = format!("else find out what answers at {address}, and trust nothing it says");
        let advice = match &self.problem {
            Problem::NotReached(_) | Problem::Silent(_) => {
                "check that the device has power and is on the same network as this computer"
            }
            Problem::Broken(_) => {
                "try again; if it happens again, the device may be restarting over and over"
            }
            Problem::TooLong(_) | Problem::NotUnderstood(_) | Problem::Status(_) => {
                "check that a Skylift device listens at this address, and not another program or a router"
            }
            Problem::NotJaguar(_) => {
                "check that a Jaguar device listens at this address, and not another program"
            }
            Problem::Jaguar { .. } => "look what the device says over its cable: skylift monitor",
            Problem::OtherDevice(_) => {
                "wait until the device is announced again, or find it by its new address"
            }
            Problem::Refused { code, .. } => return refusal_advice(*code),
            Problem::Closed(public) if public.access == Access::KeyDamaged => PAIR_AGAIN,
            Problem::Closed(_) => return key_advice(""),
            Problem::TurnedOpen => {
                let device = self.peer.id.as_deref().map_or("DEVICE", |id| id.as_str());
                let forget = format!("if it is to stay open to anybody, skylift keys forget {device}");
                return vec![format!("if you erased it, {PAIR_AGAIN}"), forget, impostor];
            }
            Problem::LostKey => return vec![PAIR_AGAIN.to_owned(), impostor],
            Problem::OtherKey => return [key_advice(" --replace"), vec![impostor]].concat(),
            Problem::NotProven { .. } | Problem::Unauthorised(_) => {
                return vec!["try again: what is said can be damaged on its way".to_owned(), impostor];
            }
            Problem::Key(trouble) => return trouble.advice.clone(),
        };
        vec![advice.to_owned()]
    }
}

/// A new key, or the one that the device has.
const PAIR_AGAIN: &str = "pair it again by cable: skylift provision";

/// How this computer comes to the key of a device.
fn key_advice(replace: &str) -> Vec<String> {
    vec![
        format!(
            "skylift keys export FILE on the computer that it is paired with, then skylift keys import FILE{replace} here"
        ),
        format!("or {PAIR_AGAIN}"),
    ]
}

/// What to do when a device says no; its own sentence says why.
fn refusal_advice(code: ErrorCode) -> Vec<String> {
    let advice = match code {
        ErrorCode::PendingValidation => "validate the new image, or roll it back, and try again",
        ErrorCode::Busy => "wait until its update has ended",
        ErrorCode::Unauthorised => return key_advice(""),
        _ => return Vec::new(),
    };
    vec![advice.to_owned()]
}
