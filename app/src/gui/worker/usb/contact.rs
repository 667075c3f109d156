//! The first contact: the board is heard over its cable, and looked for on the network.

use std::sync::mpsc;
use std::time::Instant;

use skylift_protocol::{Id, Network};
use tokio::sync::mpsc::unbounded_channel;

use super::super::monitor::Lent;
use super::error::TaskError;
use super::task::Bench;
use crate::engine::first_contact;
use crate::gui::usb::contact::Contact;
use crate::store::NetworkList;
use crate::usb::UsbError;
use crate::usb::provision::{ContactEnd, FirstContact};

/// Between two looks whether it was called off.
const LOOK: std::time::Duration = std::time::Duration::from_millis(100);

/// A board that is to be seen on the network.
pub(super) struct Awaited {
    /// The device.
    pub device: Id,
    /// The network that it was given.
    pub network: Option<Network>,
    /// This computer has its key.
    pub paired: bool,
}

/// Waits until it is there, or it is known why not. What it says is heard by the window's monitor, unless that reads
/// another port.
pub(super) fn watch(bench: &Bench, awaited: Awaited, lent: Option<Lent>) -> Result<Contact, TaskError> {
    let (log, heard) = unbounded_channel();
    let listening = bench.monitor.overhear(bench.port.path(), log);
    drop(lent);
    let Awaited { device, network, paired } = awaited;
    let ssid = network.as_ref().map(|network| network.ssid.clone());
    let contact = FirstContact::new(device.clone(), ssid, paired, Instant::now());
    let Some(engine) = bench.engine.upgrade() else { return Err(UsbError::Cancelled.into()) };
    let (ended, wait) = mpsc::channel::<ContactEnd>();
    let watching = bench.handle.spawn(async move {
        let end = first_contact(&engine, contact, None, heard).await;
        // Who called it off does not wait any more.
        let _ = ended.send(end);
    });
    let end = loop {
        match wait.recv_timeout(LOOK) {
            Ok(end) => {
                remember(bench, network.as_ref(), &end);
                break Ok(Contact::Ended(device, end));
            }
            Err(mpsc::RecvTimeoutError::Timeout) if !bench.cancel.is_cancelled() => {}
            Err(_) => break Err(UsbError::Cancelled.into()),
        }
    };
    watching.abort();
    drop(listening);
    end
}

/// A network is remembered unless it is known not to be right.
fn remember(bench: &Bench, network: Option<&Network>, end: &ContactEnd) {
    let Some(network) = network.filter(|_| end.network().is_none()) else { return };
    if let Err(error) = NetworkList::new(&bench.data).remember(network) {
        bench.teller.failed("The network is not remembered", &error);
    }
}
