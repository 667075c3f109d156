//! The way of an image into its slot: fetched or pushed, judged by its head, written as it comes.

use edge_nal::TcpConnect;
use embassy_futures::select::{Either, select};
use embassy_futures::yield_now;
use embassy_time::with_timeout;
use rand_core::Rng;
use skylift_protocol::{Confirm, Encoding, Order, Phase, Progress, Source};
use skylift_updater::Flash;
use skylift_updater::accept::judge_head;
use skylift_updater::journal::Attempt;
use skylift_updater::switch::update_slot;
use skylift_updater::writer::{SlotCheck, Workspace, WriteError, Writer};

use crate::download::{DownloadError, File, PIECE, Sink, Summary, Url, download};
use crate::ends::Stop;
use crate::meter::Meter;
use crate::node::Node;
use crate::orders::{encoding, terms};
use crate::platform::Platform;
use crate::push::PushEnded;

/// An image on its way.
pub(crate) struct Intake<'n, 'a, F, P> {
    node: &'n Node<'a, F, P>,
    order: &'n Order,
    pub writer: Writer<'n>,
    meter: &'n Meter,
}

impl<'n, 'a, F: Flash, P: Platform> Intake<'n, 'a, F, P> {
    /// Nothing has come yet.
    pub fn new(
        node: &'n Node<'a, F, P>,
        order: &'n Order,
        meter: &'n Meter,
        workspace: &'n mut Workspace,
    ) -> Result<Self, WriteError> {
        let erased_ahead = node.state.borrow().preparation.map_or(0, |it| it.erased());
        let writer = Writer::new(
            &mut *node.flash.borrow_mut(),
            workspace,
            &node.boot.layout,
            node.boot.running,
            node.subject(order),
            encoding(order),
            erased_ahead,
        )?;
        Ok(Self { node, order, writer, meter })
    }

    /// All of it, up to the last byte.
    pub async fn fetch(
        &mut self,
        stack: &impl TcpConnect,
        piece: &mut [u8; PIECE],
        rng: &mut impl Rng,
    ) -> Result<(), Stop> {
        while !self.recheck()? {
            yield_now().await;
        }
        if self.writer.resumed() > 0 {
            self.begin_if_judged()?;
        }
        match self.order.source() {
            Ok(Source::Pull(url)) => self.pull(stack, url, piece, rng).await,
            Ok(Source::Push) | Err(_) => self.receive(piece).await,
        }
    }

    /// What came is whole; the slot is to be looked at once more.
    pub fn finish(&mut self) -> Result<SlotCheck, Stop> {
        let node = self.node;
        node.set_phase(Phase::Verifying);
        Ok(self.writer.finish(&mut self.meter.on(&mut *node.flash.borrow_mut()), &node.trust())?)
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
        let sent = self.order.sent();
        let file = File { url, size: sent.size, sha256: sent.sha256, unpacked: self.order.size };
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
        while self.writer.position() < self.order.sent().size {
            // The first of the two goes first: bytes of a withdrawn order may still be coming.
            let came = select(node.push.withdrawn.wait(), node.push.take(piece));
            let (at, bytes) = match with_timeout(node.config.download.push_wait, came).await {
                Ok(Either::Second(came)) => came,
                Ok(Either::First(())) => return Err(Stop::Push(PushEnded::Withdrawn)),
                Err(_) => return Err(Stop::Push(PushEnded::HostGone)),
            };
            let wanted = behind(bytes, self.writer.position().saturating_sub(at));
            if !wanted.is_empty() {
                self.write(wanted).await?;
            }
        }
        Ok(())
    }

    fn recheck(&mut self) -> Result<bool, WriteError> {
        self.writer.recheck(&mut self.meter.on(&mut *self.node.flash.borrow_mut()))
    }

    fn push(&mut self, bytes: &[u8]) -> Result<usize, WriteError> {
        self.writer.push(&mut self.meter.on(&mut *self.node.flash.borrow_mut()), bytes)
    }

    /// Judges the head as soon as it is there; from then on the slot is written.
    fn begin_if_judged(&mut self) -> Result<(), Stop> {
        let Some(head) = self.writer.head().filter(|_| !self.writer.has_begun()) else { return Ok(()) };
        let judged = self.node.with_device(|device| judge_head(head, &terms(self.order), device));
        judged.map_err(Stop::Refused)?;
        let (node, layout, running) = (self.node, &self.node.boot.layout, self.node.boot.running);
        let mut flash = node.flash.borrow_mut();
        // From here on nobody is told of the image that lay there, even if this one does not come whole.
        node.forget_image(update_slot(layout, running));
        self.writer.begin(&mut self.meter.on(&mut *flash), layout, running, &attempt(self.order))?;
        if self.writer.resumed() > 0 {
            node.log.line(format_args!("going on at {} bytes", self.writer.resumed()));
        }
        // What was erased ahead is written now.
        node.state.borrow_mut().preparation = None;
        Ok(())
    }

    fn show_progress(&self) {
        let mut state = self.node.state.borrow_mut();
        let progress = Progress {
            order_id: self.order.order_id.clone(),
            written: self.writer.written(),
            total: self.order.size,
            fetched: Some(self.meter.fetched()),
            flash_ms: Some(self.meter.flash_ms()),
        };
        state.phase = if self.writer.has_begun() { Phase::Downloading } else { Phase::Checking };
        state.progress = Some(progress);
    }

    /// Where an encoded image goes on is known once its table has come, and before its slot is written.
    fn tell_push(&self) {
        let settled = self.order.encoding == Encoding::Raw || self.writer.has_begun();
        self.node.push.tell(self.writer.position(), settled);
    }
}

impl<F: Flash, P: Platform> Sink for Intake<'_, '_, F, P> {
    type Error = Stop;

    fn position(&self) -> u32 {
        self.writer.position()
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.meter.came(bytes.len());
        let mut rest = bytes;
        while !rest.is_empty() {
            let before = self.writer.position();
            let taken = self.push(rest)?;
            // Behind what was taken, and behind what is not needed any more.
            rest = behind(rest, self.writer.position().saturating_sub(before).max(taken as u32));
            self.begin_if_judged()?;
            self.show_progress();
            self.tell_push();
            // An erase takes long: let the API answer between two.
            yield_now().await;
            // Few bytes may become many: it may be withdrawn when all of them have come.
            self.node.push.heed().map_err(Stop::Push)?;
        }
        Ok(())
    }
}

/// What lies behind the first `count` bytes.
fn behind(bytes: &[u8], count: u32) -> &[u8] {
    usize::try_from(count).ok().and_then(|count| bytes.get(count..)).unwrap_or_default()
}

fn attempt(order: &Order) -> Attempt {
    let mut order_id = [0; 36];
    for (place, byte) in order_id.iter_mut().zip(order.order_id.bytes()) {
        *place = byte;
    }
    Attempt { order_id, manual: order.confirm == Confirm::Manual }
}
