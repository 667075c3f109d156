//! Verdicts on updates whose order never got to the device, or was not taken.

use skylift_protocol::ErrorCode;

use super::{Cause, HostReason, Step, Verdict, Why};
use crate::engine::client::{ClientError, Problem};
use crate::engine::reach::ReachError;

/// A request before or with the order that did not succeed.
pub(in crate::engine) fn unanswered(error: &ClientError) -> Verdict {
    let reason = match &error.problem {
        Problem::Refused { code, .. } => {
            return Verdict::Refused(Cause::of(Why::Rule(*code), error));
        }
        Problem::Closed(_) => return Verdict::Refused(Cause::of(Why::Rule(ErrorCode::Unauthorised), error)),
        Problem::TurnedOpen
        | Problem::LostKey
        | Problem::OtherKey
        | Problem::NotProven { .. }
        | Problem::Unauthorised(_)
        | Problem::Key(_) => HostReason::NotProven,
        Problem::TooLong(_)
        | Problem::NotUnderstood(_)
        | Problem::NotJaguar(_)
        | Problem::Jaguar { .. }
        | Problem::Status(_) => HostReason::BadAnswer,
        Problem::NotReached(_) | Problem::Silent(_) | Problem::Broken(_) | Problem::OtherDevice(_) => {
            HostReason::NoAnswer
        }
    };
    Verdict::Failed { step: Step::Preparing, cause: Cause::of(Why::Host(reason), error) }
}

/// No way from the device to this computer.
pub(super) fn unreachable(error: &ReachError) -> Verdict {
    let reason = match error {
        ReachError::Client(error) => return unanswered(error),
        ReachError::Server(_) => HostReason::Server,
        ReachError::NoCandidate(_) | ReachError::Unreachable { .. } => HostReason::HostUnreachable,
    };
    Verdict::Failed { step: Step::Preparing, cause: Cause::of(Why::Host(reason), error) }
}
