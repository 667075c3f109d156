//! An update, on the device: fetch, write, check, switch, restart.

use edge_nal::TcpConnect;
use embassy_futures::select::{Either, select};
use embassy_futures::yield_now;
use embassy_time::Timer;
use rand_core::Rng;
use skylift_protocol::{LastEnd, Order, Outcome, Phase};
use skylift_updater::Flash;
use skylift_updater::image::ImageError;
use skylift_updater::journal::Journal;
use skylift_updater::otadata::Fresh;
use skylift_updater::switch::{SwitchError, commit, update_slot};
use skylift_updater::writer::{SlotCheck, Workspace, WriteError, note_end};

use crate::download::PIECE;
use crate::ends::{Stop, end_code};
use crate::intake::Intake;
use crate::meter::Meter;
use crate::node::Node;
use crate::platform::Platform;
use crate::survey::resume_of;

/// The memory that updates take, one after another: too much of it for a stack, so it is the task's.
struct Room {
    /// What came last.
    piece: [u8; PIECE],
    workspace: Workspace,
}

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// The task that runs orders, one at a time, and erases ahead of them. It ends only with a restart.
    pub async fn updates(&self, stack: &impl TcpConnect, rng: &mut impl Rng) {
        let mut room = Room { piece: [0; PIECE], workspace: Workspace::new() };
        loop {
            let order = match select(self.orders.wait(), self.preparations.wait()).await {
                Either::First(order) => order,
                Either::Second(()) => {
                    self.erase_ahead().await;
                    continue;
                }
            };
            match self.update(stack, &order, &mut room, rng).await {
                Ok(()) => {
                    self.set_phase(Phase::Rebooting);
                    // Whoever watches is told before the device goes.
                    Timer::after(self.config.trial.farewell).await;
                    self.request_restart();
                }
                Err((stop, begun)) => self.stopped(&order, &stop, begun),
            }
        }
    }

    /// Everything up to the switch. On an error: whether anything had been erased.
    async fn update(
        &self,
        stack: &impl TcpConnect,
        order: &Order,
        room: &mut Room,
        rng: &mut impl Rng,
    ) -> Result<(), (Stop, bool)> {
        let meter = &Meter::default();
        let check = self.take_in(stack, order, room, rng, meter).await?;
        self.conclude(check, order, meter).await.map_err(|stop| (stop, true))
    }

    /// Up to the last byte in flash.
    async fn take_in(
        &self,
        stack: &impl TcpConnect,
        order: &Order,
        room: &mut Room,
        rng: &mut impl Rng,
        meter: &Meter,
    ) -> Result<SlotCheck, (Stop, bool)> {
        let Room { piece, workspace } = room;
        let intake = Intake::new(self, order, meter, workspace);
        let mut intake = intake.map_err(|error| (error.into(), false))?;
        let fetched = intake.fetch(stack, piece, rng).await;
        let checked = fetched.and_then(|()| intake.finish());
        checked.map_err(|stop| (stop, intake.writer.has_begun()))
    }

    async fn conclude(&self, check: SlotCheck, order: &Order, meter: &Meter) -> Result<(), Stop> {
        let slot = self.check_slot(check, meter).await?;
        self.note_signers(order).map_err(|_| Stop::SignersNotKept)?;
        let fresh = if self.bootloader_watches() { Fresh::New } else { Fresh::Guarded };
        let switched =
            commit(&mut *self.flash.borrow_mut(), &self.boot.layout, self.boot.running, slot, fresh);
        switched.map_err(|error: SwitchError| Stop::Write(WriteError::Settle(error)))?;
        self.log.line(format_args!("slot {slot} is whole and boots next"));
        Ok(())
    }

    /// The last thing that can be waited for: behind it nobody can withdraw the order any more.
    async fn check_slot(&self, mut check: SlotCheck, meter: &Meter) -> Result<u8, Stop> {
        loop {
            self.push.heed().map_err(Stop::Push)?;
            let done = check.step(&mut meter.on(&mut *self.flash.borrow_mut()))?;
            if let Some(progress) = &mut self.state.borrow_mut().progress {
                progress.flash_ms = Some(meter.flash_ms());
            }
            if done {
                return Ok(update_slot(&self.boot.layout, self.boot.running));
            }
            yield_now().await;
        }
    }

    fn stopped(&self, order: &Order, stop: &Stop, begun: bool) {
        let refused = stop.is_refusal() && !begun;
        // The head was an image's: what came behind it was damaged on the way.
        // A misplaced segment is told once the digest is right: that is how the image was built.
        let damaged = begun
            && matches!(stop, Stop::Write(WriteError::Image(error)) if !matches!(error, ImageError::Misplaced { .. }));
        let stop = if damaged { &Stop::Write(WriteError::FileDigest) } else { stop };
        let reason = stop.reason();
        let mut flash = self.flash.borrow_mut();
        if begun && let Some(code) = end_code(reason) {
            note_end(&mut *flash, &self.boot.layout, code);
        }
        let journal = self.boot.layout.journal.and_then(|it| Journal::read(&mut *flash, it).ok().flatten());
        let end = LastEnd {
            order_id: Some(order.order_id.clone()),
            outcome: if refused { Outcome::Refused } else { Outcome::Failed },
            reason: Some(reason),
            detail: stop.detail(),
            image_sha256: Some(order.image_sha256),
            version: None,
            crash: None,
        };
        self.log.line(format_args!("order {}: {} {reason}: {}", order.order_id, end.outcome, end.detail));
        let mut state = self.state.borrow_mut();
        state.resume = journal.as_ref().and_then(resume_of);
        state.last_end = Some(end);
        self.push.end();
        state.order = None;
        state.progress = None;
        state.phase = Phase::Idle;
        // An order that wrote nothing has only interrupted it.
        self.go_on_erasing(&mut state);
    }
}
