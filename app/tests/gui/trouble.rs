//! What is wrong with the world does not bring the window down: it stays up and says what it is.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use skylift::engine::PortRule;
use skylift::gui::Page;
use skylift::store::DataDir;
use skylift_simulator::demo_image::Behaviour;

use crate::desk::{Desk, SMALL, WIDE};
use crate::world::{World, demo};

#[test]
fn the_port_is_taken_and_another_is_used() {
    let mut world = World::empty();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    (world.config.server.port, world.config.port) = (port, PortRule::Preferred);
    let _device = world.device("porch-light");
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    desk.go(Page::Serve);
    desk.click("Serve skylift-demo 1.1.0");
    desk.wait_for(&format!("Port {port} is used by another program"));
    // And updates go on, over the port that there is.
    desk.go(Page::Devices);
    desk.click("Device porch-light");
    desk.click("Update…");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "validated");
}

#[test]
fn the_port_is_taken_and_no_other_is_allowed() {
    let mut world = World::empty();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    world.config.server.port = other.local_addr().unwrap().port();
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    desk.go(Page::Serve);
    desk.click("Serve skylift-demo 1.1.0");
    desk.wait_for("The image cannot be served");
    desk.go(Page::Messages);
    desk.wait_for("The image cannot be served");
}

#[test]
fn nothing_can_be_written() {
    let mut world = World::empty();
    // Not a matter of permissions, which do not stop root: a folder cannot be made where a file is.
    let file = world.home.path().join("file");
    std::fs::write(&file, b"").unwrap();
    world.folder = Some(DataDir::new(Some(file.join("folder"))));
    let mut desk = Desk::open(world, WIDE);
    desk.told("Nothing is kept in the history");
    desk.click("Start a simulated device");
    desk.told("No images for simulated devices were made");
    // The device is there all the same, and the window goes on.
    desk.wait_for("Device sim-1");
    for page in Page::ALL {
        desk.go(page);
    }
    desk.go(Page::Messages);
    desk.wait_for("Nothing is kept in the history");
}

#[test]
fn the_settings_are_broken() {
    let world = World::empty();
    std::fs::write(world.home.path().join("settings.toml"), "port = [").unwrap();
    let mut desk = Desk::open(world, SMALL);
    desk.until("a word on it", |desk| desk.said().iter().any(|said| said.contains("settings")).then_some(()));
}

#[test]
fn there_is_no_portal() {
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() {
        assert!(
            std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(),
            "this test needs a machine without desktop"
        );
        eprintln!("SKIPPED: on a desktop the dialog would open");
        return;
    }
    let mut world = World::empty();
    world.system_dialogs = true;
    let mut desk = Desk::open(world, WIDE);
    desk.go(Page::Firmware);
    desk.click("Add image…");
    desk.until("a word on the missing dialog", |desk| {
        desk.harness.state().state().firmware.no_picker.then_some(())
    });
    // Without it there is the field.
    assert!(desk.texts().iter().any(|text| text.contains("path")), "{:#?}", desk.texts());
}

/// What answers to a device's address and is none.
fn impostor(answer: &'static [u8]) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for peer in listener.incoming().flatten() {
            babble(peer, answer);
        }
    });
    address
}

fn babble(mut peer: TcpStream, answer: &[u8]) {
    // Whether anybody listens is their business.
    let _ = peer.read(&mut [0; 1024]);
    let _ = peer.write_all(answer);
}

#[test]
fn a_device_sends_rubbish() {
    let answers: [&[u8]; 5] = [
        b"",
        b"\x00\xff\xfe\x00\x01\x02\x03",
        b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nrubbish",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{\"id\":\"\x1b[2J",
    ];
    let mut desk = Desk::open(World::empty(), WIDE);
    for answer in answers {
        let address = impostor(answer);
        desk.click("Add by address…");
        desk.type_into("Address", &address.to_string());
        desk.click("Add device");
        desk.told(&address.to_string());
    }
    assert!(desk.engine().devices.is_empty());
    assert!(desk.said().iter().all(|said| said.starts_with("No device was added")), "{:#?}", desk.said());
}
