//! An update, on the device: fetch, write, check, switch, restart.

use edge_nal::TcpConnect;
use embassy_futures::select::{Either, select};
use embassy_futures::yield_now;
use embassy_time::{Timer, with_timeout};
use rand_core::Rng;
use skylift_protocol::{Confirm, LastEnd, Order, Outcome, Phase, Progress, Source};
use skylift_updater::Flash;
use skylift_updater::accept::judge_head;
use skylift_updater::image::ImageError;
use skylift_updater::journal::{Attempt, Journal};
use skylift_updater::otadata::Fresh;
use skylift_updater::switch::{SwitchError, commit, update_slot};
use skylift_updater::writer::{SlotCheck, WriteError, Writer, note_end};

use crate::download::{DownloadError, File, PIECE, Sink, Summary, Url, download};
use crate::ends::{Stop, end_code};
use crate::node::Node;
use crate::orders::terms;
use crate::platform::Platform;
use crate::push::PushEnded;
use crate::survey::resume_of;

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// The task that runs orders, one at a time. It ends only with a restart.
    pub async fn updates(&self, stack: &impl TcpConnect, rng: &mut impl Rng) {
        let mut piece = [0; PIECE];
        loop {
            let order = self.orders.wait().await;
            match self.update(stack, &order, &mut piece, rng).await {
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
        piece: &mut [u8; PIECE],
        rng: &mut impl Rng,
    ) -> Result<(), (Stop, bool)> {
        let writer = self.writer(self.subject(order));
        let mut intake = Intake { node: self, order, writer: writer.map_err(|error| (error.into(), false))? };
        let fetched = intake.fetch(stack, piece, rng).await;
        let begun = intake.writer.has_begun();
        fetched.map_err(|stop| (stop, begun))?;
        self.conclude(intake.writer, order).await.map_err(|stop| (stop, true))
    }

    async fn conclude(&self, writer: Writer, order: &Order) -> Result<(), Stop> {
        self.set_phase(Phase::Verifying);
        let check = writer.finish(&mut *self.flash.borrow_mut(), &self.trust())?;
        let slot = self.check_slot(check).await?;
        self.note_signers(order).map_err(|_| Stop::SignersNotKept)?;
        let fresh = if self.bootloader_watches() { Fresh::New } else { Fresh::Guarded };
        let switched =
            commit(&mut *self.flash.borrow_mut(), &self.boot.layout, self.boot.running, slot, fresh);
        switched.map_err(|error: SwitchError| Stop::Write(WriteError::Settle(error)))?;
        self.log.line(format_args!("slot {slot} is whole and boots next"));
        Ok(())
    }

    async fn check_slot(&self, mut check: SlotCheck) -> Result<u8, Stop> {
        loop {
            let done = check.step(&mut *self.flash.borrow_mut())?;
            if done {
                return Ok(update_slot(&self.boot.layout, self.boot.running));
            }
            yield_now().await;
        }
    }

    fn stopped(&self, order: &Order, stop: &Stop, begun: bool) {
        let refused = matches!(stop, Stop::Refused(_) | Stop::Write(WriteError::Image(_))) && !begun;
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
    }
}

/// The way from the socket into the slot.
struct Intake<'n, 'a, F, P> {
    node: &'n Node<'a, F, P>,
    order: &'n Order,
    writer: Writer,
}

impl<F: Flash, P: Platform> Intake<'_, '_, F, P> {
    async fn fetch(
        &mut self,
        stack: &impl TcpConnect,
        piece: &mut [u8; PIECE],
        rng: &mut impl Rng,
    ) -> Result<(), Stop> {
        while !self.recheck()? {
            yield_now().await;
        }
        if self.writer.resumed() > 0 {
            self.node.log.line(format_args!("going on at {} bytes", self.writer.resumed()));
            self.begin_if_judged()?;
        }
        match self.order.source() {
            Ok(Source::Pull(url)) => self.pull(stack, url, piece, rng).await,
            Ok(Source::Push) | Err(_) => self.receive(piece).await,
        }
    }

    async fn pull(
        &mut self,
        stack: &impl TcpConnect,
        url: &str,
        piece: &mut [u8; PIECE],
        rng: &mut impl Rng,
    ) -> Result<(), Stop> {
        // It was parsed when the order was taken.
        let url = Url::parse(url).map_err(|_| Stop::Write(WriteError::Length))?;
        let file = File { url, size: self.order.size, sha256: self.order.file_sha256 };
        let node = self.node;
        match download(stack, &file, self, piece, &node.config.download, rng).await {
            Ok(Summary { fetched, refetched, attempts }) => {
                let log = &node.log;
                log.line(format_args!(
                    "fetched {fetched} bytes, {refetched} of them twice, {attempts} attempts"
                ));
                Ok(())
            }
            Err(DownloadError::Network(failure)) => Err(Stop::Download(failure)),
            Err(DownloadError::Sink(stop)) => Err(stop),
        }
    }

    /// What the host pushes, over as many connections as it takes.
    async fn receive(&mut self, piece: &mut [u8; PIECE]) -> Result<(), Stop> {
        let node = self.node;
        while self.writer.position() < self.order.size {
            // The first of the two goes first: bytes of a withdrawn order may still be coming.
            let came = select(node.push.withdrawn.wait(), node.push.pipe.read(piece));
            let len = match with_timeout(node.config.download.push_wait, came).await {
                Ok(Either::Second(len)) => len,
                Ok(Either::First(())) => return Err(Stop::Push(PushEnded::Withdrawn)),
                Err(_) => return Err(Stop::Push(PushEnded::HostGone)),
            };
            self.write(piece.get(..len).unwrap_or_default()).await?;
        }
        Ok(())
    }

    fn recheck(&mut self) -> Result<bool, WriteError> {
        self.writer.recheck(&mut *self.node.flash.borrow_mut())
    }

    /// Judges the head as soon as it is there; from then on the slot is written.
    fn begin_if_judged(&mut self) -> Result<(), Stop> {
        let Some(head) = self.writer.head().filter(|_| !self.writer.has_begun()) else { return Ok(()) };
        let judged = self.node.with_device(|device| judge_head(head, &terms(self.order), device));
        judged.map_err(Stop::Refused)?;
        let boot = &self.node.boot;
        let mut flash = self.node.flash.borrow_mut();
        self.writer.begin(&mut *flash, &boot.layout, boot.running, &attempt(self.order))?;
        Ok(())
    }

    fn show_progress(&self) {
        let mut state = self.node.state.borrow_mut();
        let progress = Progress {
            order_id: self.order.order_id.clone(),
            written: self.writer.written(),
            total: self.order.size,
        };
        state.phase = if self.writer.has_begun() { Phase::Downloading } else { Phase::Checking };
        state.progress = Some(progress);
    }
}

impl<F: Flash, P: Platform> Sink for Intake<'_, '_, F, P> {
    type Error = Stop;

    fn position(&self) -> u32 {
        self.writer.position()
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = self.writer.push(&mut *self.node.flash.borrow_mut(), rest)?;
            rest = rest.get(taken..).unwrap_or_default();
            self.begin_if_judged()?;
            self.show_progress();
            // An erase takes long: let the API answer between two.
            yield_now().await;
        }
        Ok(())
    }
}

fn attempt(order: &Order) -> Attempt {
    let mut order_id = [0; 36];
    for (place, byte) in order_id.iter_mut().zip(order.order_id.bytes()) {
        *place = byte;
    }
    Attempt { order_id, manual: order.confirm == Confirm::Manual }
}
