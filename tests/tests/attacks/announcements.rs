//! Somebody announces a device by mDNS where it is not, while its owner works.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

use skylift::engine::{Access, Action, Device as Shown, Presence, UpdateOptions};
use skylift_node::mdns::Announcement;
use skylift_protocol::{Chip, Id, Pairing, Trust, ValidationState, bounded};
use skylift_simulator::announcer::{Announcer, Reach};
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device, DeviceConfig, Mdns};
use skylift_tests::devices::image;
use skylift_tests::host::{Host, words};
use skylift_tests::middle::Middle;
use skylift_tests::paired::{Paired, Ring, with_pairing};
use skylift_tests::wait::until;

/// A UDP port that nobody uses now: the world's mDNS is full of others.
fn free_port() -> u16 {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Somebody who announces another's device as their own, and answers as it would if it were open.
struct Spoofer {
    announcer: Announcer,
    announcement: Announcement,
    /// What was asked of them, by the first line of each request.
    asked: Arc<Mutex<Vec<String>>>,
    answers: Middle,
    _open: Device,
}

impl Spoofer {
    fn of(id: &Id, port: u16) -> Self {
        let config = DeviceConfig { id: id.clone(), ..with_pairing(Pairing::Open, Trust::Anybody) };
        let open = Device::start(config).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        let answers = Middle::before(open.address(), move |asked| {
            let text = String::from_utf8_lossy(asked.bytes);
            notes.lock().unwrap().push(text.lines().next().unwrap_or_default().to_owned());
            asked.forward()
        });
        let SocketAddr::V4(at) = answers.address() else { panic!("it listens on IPv4") };
        let announcement = Announcement {
            id: id.clone(),
            name: bounded("spoofed"),
            chip: Chip::Esp32C3,
            version: bounded("6.6.6"),
            state: ValidationState::Valid,
            address: *at.ip(),
            port: at.port(),
        };
        Self {
            announcer: Announcer::start_on(port, Reach::Loopback).unwrap(),
            announcement,
            asked,
            answers,
            _open: open,
        }
    }

    fn announce(&self) {
        self.announcer.announce(&self.announcement).unwrap();
    }

    /// Waits until the engine has heard the announcement.
    fn until_heard(&self, host: &Host) -> Arc<Shown> {
        until("the announcement is heard", || {
            self.announce();
            let shown = host.engine.snapshot().device(&self.announcement.id).cloned()?;
            let heard = shown.address == self.at() || shown.other_addresses.contains(&self.at());
            heard.then_some(shown)
        })
    }

    fn at(&self) -> SocketAddr {
        self.answers.address()
    }

    fn orders(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|line| !line.starts_with("GET ")).cloned().collect()
    }
}

/// The control: of an open device nothing is proven, and it is shown and asked where it is announced.
#[test]
fn an_open_device_is_where_it_is_announced() {
    let port = free_port();
    let config = DeviceConfig { mdns: Mdns::Device { port }, ..with_pairing(Pairing::Open, Trust::Anybody) };
    let device = Device::start(config).unwrap();
    let host = Host::browsing_on(port);
    let online_at = |at: SocketAddr| {
        let shown = host.engine.snapshot().device(device.id()).cloned()?;
        (shown.presence == Presence::Online && shown.address == at).then_some(())
    };
    until("it is found", || online_at(device.address()));
    let spoofer = Spoofer::of(&bounded(device.id()), port);
    until("the spoofer is believed", || {
        spoofer.announce();
        online_at(spoofer.at())
    });
}

fn is_as_proven(shown: &Shown, paired: &Paired) {
    assert_eq!(shown.address, paired.address(), "{shown:?}");
    assert_eq!((shown.presence, shown.access), (Presence::Online, Some(Access::Paired)), "{shown:?}");
    assert_eq!(shown.name, format!("name of {}", paired.id()), "{shown:?}");
    assert_ne!(shown.version, "6.6.6", "{shown:?}");
}

/// Found by mDNS like any other, and proven by its key.
fn proven(host: &Host, paired: &Paired) -> Arc<Shown> {
    until("the device has proven itself", || {
        let shown = host.engine.snapshot().device(&paired.id()).cloned()?;
        (shown.access == Some(Access::Paired)).then_some(shown)
    })
}

#[test]
fn a_paired_device_is_where_it_has_proven_itself() {
    let port = free_port();
    let paired = Paired::with(Trust::Anybody, |config| config.mdns = Mdns::Device { port });
    let host = Host::browsing_with(Ring::of([(paired.id(), paired.key.clone())]), port);
    is_as_proven(&proven(&host, &paired), &paired);

    let spoofer = Spoofer::of(&paired.id(), port);
    is_as_proven(&spoofer.until_heard(&host), &paired);
    // Orders go to the device, and so does an update, over its restart too.
    host.act(&paired.device, Action::Identify);
    let job = host.begin_at(paired.address(), &image("1.1.0", Behaviour::Healthy), UpdateOptions::default());
    let verdict = until("the update ends", || {
        spoofer.announce();
        host.job(job).verdict
    });
    assert_eq!(words(&verdict), ("validated", ""));
    is_as_proven(&spoofer.until_heard(&host), &paired);
    assert_eq!(spoofer.orders(), [""; 0], "whoever announces gets no orders");
}

/// Before it is proven by anything, an announcement is where it *may* be; who answers there is not believed.
#[test]
fn who_only_announces_is_shown_as_not_proven_and_gets_no_orders() {
    let port = free_port();
    let paired = Paired::start();
    let host = Host::browsing_with(Ring::of([(paired.id(), paired.key.clone())]), port);
    let spoofer = Spoofer::of(&paired.id(), port);
    until("it is shown as not proven", || {
        spoofer.announce();
        let shown = host.engine.snapshot().device(&paired.id()).cloned()?;
        assert!(shown.presence != Presence::Online && shown.status.is_none(), "{shown:?}");
        (shown.access == Some(Access::NotProven)).then_some(())
    });
    assert_eq!(spoofer.orders(), [""; 0]);
    // The control: where it is, it proves itself, and from then on it stays there.
    let found = host.find_at(paired.address());
    is_as_proven(&found, &paired);
    is_as_proven(&proven(&host, &paired), &paired);
    is_as_proven(&spoofer.until_heard(&host), &paired);
}
