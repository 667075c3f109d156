//! What can go wrong between this computer and a device, in sentences for people.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use skylift_protocol::ErrorCode;

use crate::advice::Advice;

/// A device as it is spoken to, and spoken of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name, or its id, or the host the user gave.
    pub label: String,
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
    /// Another HTTP status, without the protocol's explanation.
    #[error("answered with HTTP status {0}, and no explanation")]
    Status(u16),
}

impl Advice for ClientError {
    fn advice(&self) -> Vec<String> {
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
            Problem::OtherDevice(_) => {
                "wait until the device is announced again, or find it by its new address"
            }
            Problem::Refused { code, .. } => return refusal_advice(*code),
        };
        vec![advice.to_owned()]
    }
}

/// What to do when a device says no; its own sentence says why.
fn refusal_advice(code: ErrorCode) -> Vec<String> {
    let advice = match code {
        ErrorCode::PendingValidation => "validate the new image, or roll it back, and try again",
        ErrorCode::Busy => "wait until its update has ended",
        ErrorCode::Unauthorised => "the device is paired: only who holds its key may do this",
        _ => return Vec::new(),
    };
    vec![advice.to_owned()]
}
