//! Cancelling an update that the device has begun: the image is withdrawn, and the device has to confirm it.

use std::time::Instant;

use skylift_protocol::Reason;
use tokio::time::sleep_until;

use super::delivery::Delivery;
use super::{HostReason, Step, Verdict, Why};

/// Calling an update back.
pub(super) enum Recall {
    /// Nobody wants it; the image is on its way.
    NotWanted(Delivery),
    /// The image is withdrawn; the device has until then to confirm it.
    Begun(Instant),
    /// The device had the whole image already.
    TooLate,
}

impl Recall {
    pub(super) const fn is_possible(&self) -> bool {
        matches!(self, Self::NotWanted(_))
    }

    /// Withdraws the image: the device is told, and says so.
    pub(super) fn begin(self, until: Instant) -> Self {
        if let Self::NotWanted(delivery) = self {
            delivery.withdraw();
        }
        Self::Begun(until)
    }

    pub(super) fn forget_if_too_late(&mut self, step: Step) {
        if matches!(self, Self::Begun(_)) && step.is_past_recall() {
            *self = Self::TooLate;
        }
    }

    pub(super) async fn patience_over(&self) {
        match self {
            Self::Begun(until) => sleep_until((*until).into()).await,
            _ => std::future::pending().await,
        }
    }

    /// A failure after a recall is what was wanted, if it is the device that tells it.
    pub(super) fn judge(&self, verdict: Verdict) -> Verdict {
        match (self, verdict) {
            (Self::Begun(_), Verdict::Failed { step, cause }) => match cause.reason {
                Why::Device(_) => cancelled_at(step, "the device has confirmed it, and runs its old image"),
                Why::Host(HostReason::OrderDropped) => cancelled_at(step, &cause.detail),
                _ => Verdict::Failed { step, cause },
            },
            (Self::Begun(_), Verdict::Refused(_)) => {
                cancelled_at(Step::Offered, "the device has written nothing")
            }
            // It was still in time when the device was looking at what it had written.
            (Self::TooLate, Verdict::Failed { step, cause })
                if cause.reason == Why::Device(Reason::Withdrawn) =>
            {
                cancelled_at(step, "the device has confirmed it, and runs its old image")
            }
            (_, verdict) => verdict,
        }
    }
}

/// The verdict on a cancelled update.
pub(in crate::engine) fn cancelled_at(step: Step, detail: &str) -> Verdict {
    Verdict::failed(step, HostReason::Cancelled, format!("the update was cancelled: {detail}"))
}
