//! A laptop, devices, and the wires between them.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::program::{Program, until};
use crate::space::Space;

/// Where the first device is.
pub const DEVICE: &str = "10.77.1.2";
/// Where the laptop is for the first device.
pub const LAPTOP: &str = "10.77.1.1";

/// A laptop and a device with one wire between them.
pub struct Network {
    pub laptop: Space,
    pub device: Space,
}

impl Network {
    pub fn new() -> Self {
        let network = Self { laptop: Space::new(), device: Space::new() };
        wire(&network.laptop, "lan0", &format!("{LAPTOP}/24"), &network.device, &format!("{DEVICE}/24"));
        network
    }

    /// Gives the laptop an interface that leads elsewhere, as Docker and VPNs do. The far end is kept by who keeps
    /// what this gives.
    #[must_use]
    pub fn interface(&self, name: &str, address: &str) -> Space {
        let elsewhere = Space::new();
        let near = format!("{address}/24");
        let far = format!("{}.254/24", address.rsplit_once('.').unwrap().0);
        wire(&self.laptop, name, &near, &elsewhere, &far);
        elsewhere
    }

    /// Waits until mDNS listens on an interface of the laptop.
    pub fn await_mdns_on(&self, interface: &str) {
        until(&format!("mDNS listens on {interface}"), || {
            let groups = self.laptop.run(&format!("ip -4 maddress show dev {interface}")).stdout;
            String::from_utf8(groups).unwrap().contains("224.0.0.251").then_some(())
        });
    }
}

/// A wire between two spaces, with an address at each end.
pub fn wire(one: &Space, name: &str, address: &str, other: &Space, far_address: &str) {
    static WIRES: AtomicU32 = AtomicU32::new(0);
    let far = format!("far{}", WIRES.fetch_add(1, Ordering::Relaxed));
    one.run(&format!("ip link add {name} type veth peer name {far} netns {}", other.id()));
    for (space, name, address) in [(one, name, address), (other, &*far, far_address)] {
        space.run(&format!("ip address add {address} dev {name}"));
        space.run(&format!("ip link set {name} up"));
    }
}

/// Switches a simulated device on, for the network it is in; gives its id.
pub fn switch_on(space: &Space) -> (Program, String) {
    let mut program = Program::start(space, &["simulate", "--open", "--lan"]);
    let row = program.line(|line| line.starts_with("sim-"));
    (program, row.split(' ').next().unwrap().to_owned())
}
