//! Push: the bytes of an accepted order come by `PUT /update/image`, when the device cannot fetch them.
//!
//! The connection that brings them and the task that writes them meet in a pipe. A connection that breaks costs
//! nothing: the host gives the same order again, is told from where to go on, and sends the rest. Of an encoded image
//! the host sends head and table first, and is answered once the device knows from which byte it goes on.

use core::cell::Cell;
use core::fmt;

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_sync::signal::Signal;
use skylift_protocol::{Accepted, ErrorCode, Order, Phase, bounded};
use skylift_updater::Flash;

use crate::http::{Refusal, Request, Upload};
use crate::node::Node;
use crate::platform::Platform;

/// Bytes between the two: what a TCP segment brings.
const PIPE: usize = 1460;

/// Where pushed bytes pass. Bytes are counted from the start of what is sent.
pub(crate) struct Push {
    pipe: Pipe<NoopRawMutex, PIPE>,
    /// The byte behind the last one that went in.
    fed: Cell<u32>,
    /// The byte that comes out next.
    next: Cell<u32>,
    /// The byte that the update goes on with; beyond [`fed`](Self::fed) if it needs none of what lies between.
    position: Cell<u32>,
    /// From here on the update wants every byte.
    settled: Cell<bool>,
    /// The update has taken bytes.
    moved: Signal<NoopRawMutex, ()>,
    /// A connection is bringing bytes.
    taken: Cell<bool>,
    /// The host has withdrawn the order, pushed or fetched.
    pub withdrawn: Signal<NoopRawMutex, ()>,
    /// The order has ended, however.
    ended: Signal<NoopRawMutex, ()>,
}

impl Push {
    pub const fn new() -> Self {
        Self {
            pipe: Pipe::new(),
            fed: Cell::new(0),
            next: Cell::new(0),
            position: Cell::new(0),
            settled: Cell::new(false),
            moved: Signal::new(),
            taken: Cell::new(false),
            withdrawn: Signal::new(),
            ended: Signal::new(),
        }
    }

    /// An order begins, at this byte if it is pushed; `settled` as in [`tell`](Self::tell).
    pub fn begin(&self, from: u32, settled: bool) {
        self.withdrawn.reset();
        self.ended.reset();
        self.settled.set(settled);
        self.position.set(from);
        self.go_on();
    }

    /// Nobody takes bytes any more.
    pub fn end(&self) {
        self.ended.signal(());
    }

    /// Whether the order is still wanted. To be asked between any two steps of an update, up to its switch.
    ///
    /// # Errors
    /// The host has withdrawn it.
    pub fn heed(&self) -> Result<(), PushEnded> {
        if self.withdrawn.signaled() { Err(PushEnded::Withdrawn) } else { Ok(()) }
    }

    /// The next byte wanted of the host.
    pub fn wanted(&self) -> u32 {
        self.fed.get().max(self.position.get())
    }

    /// The next bytes and where they belong, for the task that writes them.
    pub async fn take<'p>(&self, piece: &'p mut [u8]) -> (u32, &'p [u8]) {
        let len = self.pipe.read(piece).await;
        let at = self.next.get();
        self.next.set(at.saturating_add(len as u32));
        (at, piece.get(..len).unwrap_or_default())
    }

    /// The update goes on at this byte; `settled` if it will want every byte from there on.
    pub fn tell(&self, position: u32, settled: bool) {
        self.position.set(position);
        self.settled.set(settled);
        self.moved.signal(());
    }

    /// The bytes that are wanted come next; what is in the pipe lies before them.
    fn go_on(&self) {
        self.pipe.clear();
        self.fed.set(self.position.get());
        self.next.set(self.position.get());
    }

    /// Hands bytes on; `false` if the order has ended.
    async fn feed(&self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while !rest.is_empty() {
            match select(self.pipe.write(rest), self.ended.wait()).await {
                Either::First(len) => {
                    self.fed.set(self.fed.get().saturating_add(len as u32));
                    rest = rest.get(len..).unwrap_or_default();
                }
                Either::Second(()) => {
                    self.ended.signal(());
                    return false;
                }
            }
        }
        true
    }

    /// Waits until [`wanted`](Self::wanted) says from where the host is to go on; `false` if the order has ended.
    async fn decided(&self) -> bool {
        while !self.settled.get() && self.position.get() < self.fed.get() {
            match select(self.moved.wait(), self.ended.wait()).await {
                Either::First(()) => {}
                Either::Second(()) => {
                    self.ended.signal(());
                    return false;
                }
            }
        }
        true
    }
}

/// Gives the right to push back, also if its connection's task is dropped.
struct Turn<'a>(&'a Cell<bool>);

impl<'a> Turn<'a> {
    fn take(taken: &'a Cell<bool>) -> Option<Self> {
        (!taken.replace(true)).then_some(Self(taken))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// What a push says it brings: `?order_id=ID&from=BYTE`.
struct Claim<'a> {
    order_id: &'a str,
    from: u32,
}

impl<'a> Claim<'a> {
    fn of(request: &Request<'a>) -> Option<Self> {
        let mut order_id = None;
        let mut from = None;
        for pair in request.query()?.split('&') {
            match pair.split_once('=')? {
                ("order_id", value) => order_id = Some(value),
                ("from", value) => from = value.parse().ok(),
                _ => {}
            }
        }
        Some(Self { order_id: order_id?, from: from? })
    }

    /// An empty push withdraws the order, however its bytes come, and also when all of them have. Only at the end of a
    /// pushed image it does not: there, nothing is what is left to bring.
    fn withdraws(&self, order: &Order, bytes: &[u8]) -> bool {
        bytes.is_empty() && !(order.push && self.from == order.sent().size)
    }
}

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// Takes the bytes of a `PUT /update/image`.
    pub(crate) async fn take_push(
        &self,
        request: &Request<'_>,
        body: &mut impl Upload,
    ) -> Result<(), Refusal> {
        let claim = Claim::of(request)
            .ok_or(Refusal::new(ErrorCode::Malformed, "the path needs ?order_id=ID&from=BYTE"))?;
        let none = Refusal::new(ErrorCode::NotFound, "no order with this id waits for a push");
        // Who names another order is not listened to at all.
        self.ask_claimed(&claim, |_| ()).ok_or(none)?;
        let cut = Refusal::new(ErrorCode::BadRequest, "the push ended before it was complete");
        let mut bytes = body.next().await.map_err(|_| cut)?;
        let ask = |order: &Order| (order.push, claim.withdraws(order, bytes));
        let (is_pushed, is_withdrawn) = self.ask_claimed(&claim, ask).ok_or(none)?;
        if is_withdrawn {
            return self.withdraw();
        }
        if !is_pushed {
            return Err(none);
        }
        let turn = Turn::take(&self.push.taken);
        let _turn = turn.ok_or(Refusal::new(ErrorCode::Busy, "another connection pushes this order"))?;
        if claim.from != self.push.wanted() {
            let detail = "the push begins at another byte than is wanted: give the order again to be told";
            return Err(Refusal::new(ErrorCode::Mismatch, detail));
        }
        if self.push.wanted() > self.push.fed.get() {
            self.push.go_on();
        }
        let over = Refusal::new(ErrorCode::Mismatch, "the update has ended: /status says how");
        while !bytes.is_empty() {
            if !self.push.feed(bytes).await {
                return Err(over);
            }
            // What was cut is sent again by the host, from the byte that is wanted then.
            bytes = body.next().await.map_err(|_| cut)?;
        }
        if self.push.decided().await { Ok(()) } else { Err(over) }
    }

    /// Whoever gave the order does not want it any more. The update ends at its next step.
    fn withdraw(&self) -> Result<(), Refusal> {
        if self.state.borrow().phase == Phase::Rebooting {
            return Err(Refusal::new(ErrorCode::Mismatch, "it is too late: the new image boots next"));
        }
        self.push.withdrawn.signal(());
        Ok(())
    }

    /// What is told once a push's bytes have been taken.
    pub(crate) fn pushed(&self, request: &Request<'_>) -> Accepted {
        let order_id = Claim::of(request).map(|claim| bounded(claim.order_id)).unwrap_or_default();
        Accepted { order_id, resume_from: self.push.wanted() }
    }

    /// Asks the order that a push is about; `None` if it does not run.
    fn ask_claimed<R>(&self, claim: &Claim<'_>, ask: impl FnOnce(&Order) -> R) -> Option<R> {
        self.state.borrow().order.as_ref().filter(|order| order.order_id == claim.order_id).map(ask)
    }
}

/// Why no more bytes will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PushEnded {
    /// The host has gone away.
    HostGone,
    /// The host has withdrawn the order.
    Withdrawn,
}

impl fmt::Display for PushEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HostGone => "the host stopped sending the image",
            Self::Withdrawn => "the host has withdrawn the image",
        })
    }
}
