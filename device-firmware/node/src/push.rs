//! Push: the bytes of an accepted order come by `PUT /update/image`, when the device cannot fetch them.
//!
//! The connection that brings them and the task that writes them meet in a pipe. A connection that breaks costs
//! nothing: the host gives the same order again, is told from where to go on, and sends the rest.

use core::cell::Cell;
use core::fmt;

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pipe::Pipe;
use embassy_sync::signal::Signal;
use skylift_protocol::{Accepted, ErrorCode, Order, bounded};
use skylift_updater::Flash;

use crate::http::{Refusal, Request, Upload};
use crate::node::Node;
use crate::platform::Platform;

/// Bytes between the two: what a TCP segment brings.
const PIPE: usize = 1460;

/// Where pushed bytes pass.
pub(crate) struct Push {
    pub pipe: Pipe<NoopRawMutex, PIPE>,
    /// The next byte wanted of the host, counted from the start of the file.
    wanted: Cell<u32>,
    /// A connection is bringing bytes.
    taken: Cell<bool>,
    /// The host has withdrawn the order.
    pub withdrawn: Signal<NoopRawMutex, ()>,
    /// The order has ended, however.
    ended: Signal<NoopRawMutex, ()>,
}

impl Push {
    pub const fn new() -> Self {
        Self {
            pipe: Pipe::new(),
            wanted: Cell::new(0),
            taken: Cell::new(false),
            withdrawn: Signal::new(),
            ended: Signal::new(),
        }
    }

    /// An order that will be pushed begins at this byte.
    pub fn begin(&self, from: u32) {
        self.pipe.clear();
        self.withdrawn.reset();
        self.ended.reset();
        self.wanted.set(from);
    }

    /// Nobody takes bytes any more.
    pub fn end(&self) {
        self.ended.signal(());
    }

    /// The next byte wanted of the host.
    pub fn wanted(&self) -> u32 {
        self.wanted.get()
    }

    /// Hands bytes on; `false` if the order has ended.
    async fn feed(&self, bytes: &[u8]) -> bool {
        match select(self.pipe.write_all(bytes), self.ended.wait()).await {
            Either::First(()) => {
                self.wanted.set(self.wanted.get().saturating_add(bytes.len() as u32));
                true
            }
            Either::Second(()) => {
                self.ended.signal(());
                false
            }
        }
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
        if !self.awaits_push(claim.order_id) {
            return Err(Refusal::new(ErrorCode::NotFound, "no order with this id waits for a push"));
        }
        let cut = Refusal::new(ErrorCode::BadRequest, "the push ended before it was complete");
        let mut bytes = body.next().await.map_err(|_| cut)?;
        if bytes.is_empty() && self.push.wanted() < self.ordered_size() {
            // Whoever ordered it does not want it any more.
            self.push.withdrawn.signal(());
            return Ok(());
        }
        let turn = Turn::take(&self.push.taken);
        let _turn = turn.ok_or(Refusal::new(ErrorCode::Busy, "another connection pushes this order"))?;
        if claim.from != self.push.wanted() {
            let detail = "the push begins at another byte than is wanted: give the order again to be told";
            return Err(Refusal::new(ErrorCode::Mismatch, detail));
        }
        while !bytes.is_empty() {
            if !self.push.feed(bytes).await {
                return Err(Refusal::new(ErrorCode::Mismatch, "the update has ended: /status says how"));
            }
            // What was cut is sent again by the host, from the byte that is wanted then.
            bytes = body.next().await.map_err(|_| cut)?;
        }
        Ok(())
    }

    fn ordered_size(&self) -> u32 {
        self.state.borrow().order.as_ref().map_or(0, |order| order.size)
    }

    /// What is told once a push's bytes have been taken.
    pub(crate) fn pushed(&self, request: &Request<'_>) -> Accepted {
        let order_id = Claim::of(request).map(|claim| bounded(claim.order_id)).unwrap_or_default();
        Accepted { order_id, resume_from: self.push.wanted() }
    }

    fn awaits_push(&self, order_id: &str) -> bool {
        let is_it = |order: &Order| order.push && order.order_id == order_id;
        self.state.borrow().order.as_ref().is_some_and(is_it)
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
