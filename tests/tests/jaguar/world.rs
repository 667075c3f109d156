//! What the tests share: a device on loopback, a computer that listens for it, and images.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use skylift::engine::{Device, Timing, UpdateOptions, Verdict};
use skylift_tests::host::{Host, short_times};
use skylift_tests::jaguar::{Identity, Jaguar, Setup, image_for};
use skylift_tests::toit::body::Chip;
use skylift_tests::wait::until;

/// A configuration that is nothing.
pub const NO_CONFIG: &[u8] = b"Z";

/// A UDP port that nobody has.
pub fn free_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    socket.local_addr().unwrap().port()
}

/// Where all who listen on a port of this machine hear it.
pub fn everybody_on(port: u16) -> SocketAddr {
    (Ipv4Addr::new(127, 255, 255, 255), port).into()
}

/// Times that fit a device that restarts in a third of a second.
pub fn times() -> Timing {
    Timing { doubt: Duration::from_millis(300), ..short_times() }
}

/// A computer that listens to nobody: devices are given by their address.
pub fn host() -> Host {
    Host::new(times())
}

/// A device that is not announced.
pub fn device(name: &str) -> Jaguar {
    Jaguar::start(Setup::new(name))
}

/// An image that makes an ESP32 somebody new, and who that is.
pub fn image(name: &str) -> (Identity, Vec<u8>) {
    let identity = Identity::fresh(name);
    let image = image_for(Chip::Esp32, &identity, NO_CONFIG);
    (identity, image)
}

/// The same, of many bytes: a string of zeros fills it up.
pub fn large_image(name: &str, bytes: u32) -> (Identity, Vec<u8>) {
    let identity = Identity::fresh(name);
    let mut config = vec![b'S', b'l'];
    config.extend(bytes.to_be_bytes());
    config.resize(config.len() + bytes as usize, b'0');
    let image = image_for(Chip::Esp32, &identity, &config);
    (identity, image)
}

/// Updates a device to its verdict.
pub fn update(host: &Host, device: &Jaguar, image: &[u8]) -> Verdict {
    update_with(host, device, image, UpdateOptions::default())
}

/// The same, with options.
pub fn update_with(host: &Host, device: &Jaguar, image: &[u8], options: UpdateOptions) -> Verdict {
    let job = host.begin_at(device.address(), image, options);
    host.verdict(job).verdict.unwrap()
}

/// The device of an id, once the computer knows it.
pub fn known(host: &Host, identity: &Identity) -> Arc<Device> {
    let id = identity.plain();
    until("the device is known", || host.engine.snapshot().device(&id).cloned())
}

/// The ids that the computer knows.
pub fn ids(host: &Host) -> Vec<String> {
    host.engine.snapshot().devices.iter().map(|device| device.id.to_string()).collect()
}
