//! What happened elsewhere, told to the window.

use std::sync::Arc;

use skylift_protocol::Id;

use crate::engine::Snapshot;
use crate::gui::messages::Message;
use crate::gui::{devices, firmware, history, keys, monitor, settings, toit, updates, usb};

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// The engine has published a snapshot.
    Snapshot(Arc<Snapshot>),
    /// There is something to say.
    Message(Message),
    /// The interface and address that devices reach this computer at; none without a network.
    Route(Option<String>),
    /// The simulated devices that run now.
    Simulated(Vec<Id>),
    /// For the devices page.
    Devices(devices::Event),
    /// For the updates page.
    Updates(updates::Event),
    /// For the firmware page.
    Firmware(firmware::Event),
    /// About Toit's envelopes.
    Toit(toit::Event),
    /// For the USB page.
    Usb(usb::Event),
    /// For the monitor page.
    Monitor(monitor::Event),
    /// For the history page.
    History(history::Event),
    /// About the keys of this computer.
    Keys(keys::Event),
    /// For the settings page.
    Settings(settings::Event),
}
