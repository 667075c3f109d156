//! A Jaguar device that is not there, over real sockets, from the description of its protocol alone: it announces
//! itself, serves one connection at a time, judges an image as a chip does, and comes back as who it then is.
//!
//! Programs that are installed one by one are beyond it.

mod firmware;
mod identity;
mod life;
mod seen;
mod service;
mod setup;
mod shared;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use socket2::Socket;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use life::{Order, live, reserve};
use shared::Shared;

use crate::wait::until;

pub use firmware::{image_for, image_without_jaguar, is_verified, jaguar_in};
pub use identity::{Form, Identity, fresh_uuid};
pub use seen::{Request, Seen};
pub use setup::{Faults, Next, Setup};

/// A Jaguar device.
pub struct Jaguar {
    shared: Arc<Shared>,
    /// Gone when the device is to stop.
    orders: Option<UnboundedSender<Order>>,
    thread: Option<JoinHandle<()>>,
    _port: Socket,
}

impl Jaguar {
    /// Switches a device on. It answers from here on.
    #[must_use]
    pub fn start(setup: Setup) -> Self {
        let port = reserve();
        let address = port.local_addr().unwrap().as_socket().unwrap();
        let shared = Arc::new(Shared::new(address, setup));
        let (orders, received) = unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let inside = Arc::clone(&shared);
        let thread = std::thread::spawn(move || runtime.block_on(live(inside, received)));
        let device = Self { shared, orders: Some(orders), thread: Some(thread), _port: port };
        device.await_on();
        device
    }

    /// Where it answers, also after a restart.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// Who it is now.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.shared.identity()
    }

    /// What it has seen so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.shared.seen()
    }

    /// Whether it answers.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.shared.is_on()
    }

    /// Says what becomes of the next image.
    pub fn set_next(&self, next: Next) {
        self.shared.set_next(next);
    }

    /// Says what goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.set_faults(faults);
    }

    /// Lets it read on where it has stalled.
    pub fn release(&self) {
        self.shared.release();
    }

    /// Takes its power away.
    pub fn switch_off(&self) {
        self.order(Order::SwitchOff);
        until("the device is off", || (!self.is_on()).then_some(()));
    }

    /// Gives it power again, as who it was.
    pub fn switch_on(&self) {
        self.order(Order::SwitchOn(None));
        self.await_on();
    }

    /// Switches it on as somebody else, whatever it is doing.
    pub fn switch_on_as(&self, identity: Identity) {
        self.order(Order::SwitchOn(Some(identity.clone())));
        until("the device is another one", || (self.is_on() && self.identity() == identity).then_some(()));
    }

    fn await_on(&self) {
        until("the device is on", || self.is_on().then_some(()));
    }

    fn order(&self, order: Order) {
        let orders = self.orders.as_ref().unwrap();
        assert!(orders.send(order).is_ok(), "the device has crashed");
    }
}

impl Drop for Jaguar {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // Why it crashed, it has said.
            let _ = thread.join();
        }
    }
}
