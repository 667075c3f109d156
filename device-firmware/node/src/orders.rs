//! Orders: which are taken, and why the others are not.

use core::fmt;

use skylift_protocol::{
    Accepted, Access, Digest, Encoding, ErrorCode, Order, OrderFlaw, OrderId, Phase, Source,
};
use skylift_updater::Flash;
use skylift_updater::accept::{Refusal, Terms, judge_order};
use skylift_updater::journal::Subject;
use skylift_updater::signature::Trust;
use skylift_updater::switch::update_slot;
use skylift_updater::writer::{self, WriteError, resumable};

use crate::download::{Url, UrlFault};
use crate::node::Node;
use crate::platform::Platform;

/// Why an order is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// It makes no sense.
    Flaw(OrderFlaw),
    /// Its URL is none that a device fetches.
    Url(UrlFault),
    /// Another one is running.
    Busy(OrderId),
    /// The device is moving to another network.
    Moving,
    /// The running image is on probation.
    Pending,
    /// The bytes would be encoded in a way that the device does not decode.
    Encoding,
    /// The delta is against another image than the one that runs.
    WrongBase,
    /// It names signers, and nobody can tell whether an owner gave it.
    Stranger,
    /// It names signers, and the device takes everybody's images.
    TrustsAnybody,
    /// The image it describes would be refused.
    Refused(Refusal),
    /// There is no place for it.
    Write(WriteError),
}

impl NotTaken {
    pub(crate) const fn code(&self) -> ErrorCode {
        match self {
            Self::Flaw(_) | Self::Url(_) | Self::TrustsAnybody => ErrorCode::Malformed,
            Self::Stranger => ErrorCode::Unauthorised,
            Self::Busy(_) | Self::Moving => ErrorCode::Busy,
            Self::Pending => ErrorCode::PendingValidation,
            Self::Encoding => ErrorCode::Encoding,
            Self::WrongBase => ErrorCode::WrongBase,
            Self::Refused(refusal) => refusal_code(*refusal),
            Self::Write(WriteError::TooLarge { .. }) => ErrorCode::TooLarge,
            Self::Write(_) => ErrorCode::Flash,
        }
    }
}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flaw(flaw) => flaw.fmt(f),
            Self::Url(fault) => fault.fmt(f),
            Self::Busy(order_id) => write!(f, "the device is busy with order {order_id}"),
            Self::Moving => f.write_str("the device is moving to another WiFi"),
            Self::Pending => f.write_str("the running image has not validated yet"),
            Self::Encoding => f.write_str("this device does not decode that encoding"),
            Self::WrongBase => f.write_str("the delta is against another image than the one that runs here"),
            Self::Stranger => {
                f.write_str("only an owner may name the signers a device trusts, and this device has none")
            }
            Self::TrustsAnybody => {
                f.write_str("this device takes unsigned images: its first trusted signers are given by cable")
            }
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Write(error) => error.fmt(f),
        }
    }
}

const fn refusal_code(refusal: Refusal) -> ErrorCode {
    match refusal {
        Refusal::WrongChip => ErrorCode::WrongChip,
        Refusal::WrongRevision { .. } => ErrorCode::WrongRevision,
        Refusal::WrongProject => ErrorCode::WrongProject,
        Refusal::Downgrade => ErrorCode::Downgrade,
        Refusal::Unguarded => ErrorCode::Unguarded,
        Refusal::Simulated => ErrorCode::Simulated,
        Refusal::Unsigned => ErrorCode::Unsigned,
        Refusal::Mismatch => ErrorCode::Mismatch,
    }
}

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// Takes an order, or says why not. The update itself runs in [`updates`](Self::updates).
    pub(crate) fn take_order(&self, order: Order) -> Result<Accepted, NotTaken> {
        order.check().map_err(NotTaken::Flaw)?;
        self.check_free(Some(&order))?;
        check_source(&order)?;
        self.check_encoding(&order)?;
        self.check_signers(&order)?;
        let judged = self.with_device(|device| judge_order(&terms(&order), device));
        judged.map_err(NotTaken::Refused)?;
        let resumed = self.resumed(&order).map_err(NotTaken::Write)?;
        let order_id = order.order_id.clone();
        let resume_from = self.enqueue(order, resumed);
        Ok(Accepted { order_id, resume_from })
    }

    /// Nothing else is going on. The order that runs already may come again: its answer got lost.
    pub(crate) fn check_free(&self, order: Option<&Order>) -> Result<(), NotTaken> {
        let state = self.state.borrow();
        match &state.order {
            Some(running) if Some(running) == order => Ok(()),
            Some(running) => Err(NotTaken::Busy(running.order_id.clone())),
            None if self.wifi.changing().is_some() => Err(NotTaken::Moving),
            None if state.phase == Phase::PendingValidation && !self.safe_mode() => Err(NotTaken::Pending),
            None => Ok(()),
        }
    }

    /// It is decoded here, and what it builds on runs. That is looked at once more, by the bytes, before anything is
    /// erased.
    fn check_encoding(&self, order: &Order) -> Result<(), NotTaken> {
        if order.encoding != Encoding::Raw && !self.config.encodings.contains(&order.encoding) {
            return Err(NotTaken::Encoding);
        }
        let running = self.running_image().map(|image| Digest(image.image_sha256));
        match order.base_image_sha256 {
            Some(base) if running != Some(base) => Err(NotTaken::WrongBase),
            _ => Ok(()),
        }
    }

    /// Whether it fits into the slot, and the byte of what is sent from which the device goes on. Of an encoded image
    /// that is known only once its table has come.
    fn resumed(&self, order: &Order) -> Result<u32, WriteError> {
        let subject = self.subject(order);
        let resumed =
            resumable(&mut *self.flash.borrow_mut(), &self.boot.layout, self.boot.running, &subject)?;
        Ok(if order.encoding == Encoding::Raw { resumed } else { 0 })
    }

    /// Whom a device trusts, an owner decides. A paired device takes orders from its owner only.
    fn check_signers(&self, order: &Order) -> Result<(), NotTaken> {
        if order.trust.is_empty() {
            return Ok(());
        }
        if self.access() != Access::Paired {
            return Err(NotTaken::Stranger);
        }
        if self.trust() == Trust::Anybody { Err(NotTaken::TrustsAnybody) } else { Ok(()) }
    }

    /// Hands the order to the task that runs it, unless it runs; from which byte on the host is to send or serve it.
    fn enqueue(&self, order: Order, resumed: u32) -> u32 {
        let mut state = self.state.borrow_mut();
        if state.order.is_some() {
            return if order.push { self.push.wanted() } else { resumed };
        }
        let (id, size) = (&order.order_id, order.size);
        match order.stream {
            None => self.log.line(format_args!("order {id}: {size} bytes")),
            Some(stream) => {
                let (encoding, sent) = (order.encoding, stream.size);
                self.log.line(format_args!("order {id}: {size} bytes, {encoding} in {sent}"));
            }
        }
        self.push.begin(resumed, order.encoding == Encoding::Raw);
        state.phase = Phase::Checking;
        state.order = Some(order.clone());
        self.orders.signal(order);
        resumed
    }

    pub(crate) fn subject(&self, order: &Order) -> Subject {
        Subject {
            file_sha256: order.file_sha256.0,
            image_sha256: order.image_sha256.0,
            size: order.size,
            slot: update_slot(&self.boot.layout, self.boot.running),
        }
    }
}

fn check_source(order: &Order) -> Result<(), NotTaken> {
    match order.source() {
        Ok(Source::Pull(url)) => Url::parse(url).map(|_| ()).map_err(NotTaken::Url),
        Ok(Source::Push) => Ok(()),
        Err(flaw) => Err(NotTaken::Flaw(flaw)),
    }
}

/// How the bytes of an order come, in the updater's words.
pub(crate) fn encoding(order: &Order) -> writer::Encoding {
    let size = order.sent().size;
    match order.encoding {
        Encoding::Compressed => writer::Encoding::Compressed { size },
        Encoding::Delta => writer::Encoding::Delta { size },
        // Unknown words are never taken.
        Encoding::Raw | Encoding::Unknown => writer::Encoding::Raw,
    }
}

/// What an order says and allows, for judging images.
pub(crate) fn terms(order: &Order) -> Terms<'_> {
    Terms {
        size: order.size,
        chip_id: order.chip.image_id().unwrap_or(u16::MAX),
        project: &order.project,
        allow_unguarded: order.allow_unguarded,
        allow_other_project: order.allow_other_project,
    }
}
