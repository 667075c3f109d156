//! Answers that do not fit together, and what they amount to when they last.

use skylift_protocol::Status;

use super::{Cause, HostReason, Step, Verdict, Why};
use crate::engine::text::printable;

/// A contradiction, or something that the device leaves unsaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It claims success and runs another image.
    FalseSuccess,
    /// It claims a failure and runs the new image.
    FalseFailure,
    /// It names the new image, or a rollback, without having restarted.
    NoRestart,
    /// It runs the new image and does not say whether it keeps it.
    Untracked,
    /// It keeps the new image, and has not taken over the signers that came with it.
    OldSigners,
    /// It ran the new image, runs the old one again, and says nothing.
    SilentReturn,
    /// It restarted with the old image and says nothing.
    OldImageRuns,
    /// It runs neither image.
    OtherImageRuns,
    /// It does nothing, or works on another order.
    OrderDropped,
}

impl Doubt {
    /// What it amounts to.
    pub(super) fn verdict(self, step: Step, status: &Status) -> Verdict {
        let runs = runs(status);
        let (reason, detail) = match self {
            Self::FalseSuccess => (
                HostReason::FalseClaim,
                format!("the device claims success, but runs {runs}, not the image sent"),
            ),
            Self::FalseFailure => (
                HostReason::FalseClaim,
                format!("the device claims a failure, but runs the image sent, {runs}"),
            ),
            Self::NoRestart => (
                HostReason::NoRestart,
                format!("the device says it runs {runs} after the update, but it has not restarted"),
            ),
            Self::Untracked => (
                HostReason::Untracked,
                format!("the device runs the new image, {runs}, but does not say whether it keeps it"),
            ),
            Self::OldSigners => (
                HostReason::OldSigners,
                format!(
                    "the device has kept the new image, {runs}, but not taken over the signers that came with it"
                ),
            ),
            Self::SilentReturn => {
                let detail = format!("the device ran the new image, runs {runs} again, and does not say why");
                return Verdict::RolledBack(Cause::new(Why::Host(HostReason::Unknown), detail));
            }
            Self::OldImageRuns => (
                HostReason::OldImageRuns,
                format!(
                    "the device restarted and still runs {runs}; it does not say what became of the update"
                ),
            ),
            Self::OtherImageRuns => (
                HostReason::OtherImageRuns,
                format!("the device runs {runs}, which is neither the image before nor the one sent"),
            ),
            Self::OrderDropped => (
                HostReason::OrderDropped,
                format!("the device runs {runs} and does not work on the update any more"),
            ),
        };
        Verdict::failed(step, reason, detail)
    }
}

/// The running image as people tell images apart: version, and the first digits of its digest.
fn runs(status: &Status) -> String {
    format!("{} ({:.12})", printable(&status.running.version), status.running.image_sha256)
}
