//! Moving a device to another WiFi, and the password on the way there.

use skylift_simulator::Device;

use crate::air::{ATTIC, air, in_air};
use crate::desk::{Desk, SMALL, WIDE};
use crate::text::painted;
use crate::world::World;

const EYE: &str = "Show the password while held";

/// A window with the form of a device in it, filled in.
fn filled(size: [f32; 2], ssid: &str, password: &str) -> (Desk, Device) {
    let mut world = World::empty();
    let device = world.device_with("porch-light", |config| {
        in_air(config, &air());
        config.node.wifi.reach_time = embassy_time::Duration::from_millis(1500);
    });
    let mut desk = Desk::open(world, size);
    desk.click("Device porch-light");
    desk.wait_for("den");
    desk.click("Change…");
    desk.wait_for("Move porch-light to another WiFi");
    desk.type_into("Name of the network", ssid);
    desk.type_into("Password of the network", password);
    (desk, device)
}

fn on_air(desk: &Desk) -> Option<String> {
    let status = desk.engine().devices.first()?.status.clone()?;
    Some(status.wifi.as_ref()?.ssid.as_ref()?.to_string())
}

#[test]
fn a_device_moves_to_another_wifi() {
    let (mut desk, _device) = filled(WIDE, "attic", ATTIC);
    assert_eq!(on_air(&desk).as_deref(), Some("den"));
    desk.click("Move it");
    desk.wait_for("Moved to attic");
    desk.told("porch-light: moved to attic");
    desk.until("its word", |desk| (on_air(desk).as_deref() == Some("attic")).then_some(()));
    while desk.click_if_there("Close message") {}
    desk.click("Close");
    desk.until("it to be gone", |desk| (!desk.shows("Its old network is kept as a fallback")).then_some(()));
    // The password is in nothing that can be read or kept.
    let state = format!("{:?}", desk.harness.state().state());
    assert!(!state.contains(ATTIC) && !desk.shows(ATTIC), "the password is told");
    let kept = std::fs::read_dir(desk.world.home.path()).unwrap().flatten();
    for file in kept.filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(ATTIC), "it is in {:?}", file.path());
    }
}

#[test]
fn a_device_comes_back_and_says_why() {
    let (mut desk, _device) = filled(SMALL, "attic", "not its password");
    desk.click("Move it");
    desk.wait_for("Came back to den");
    desk.told("porch-light: came back to den");
    assert_eq!(on_air(&desk).as_deref(), Some("den"));
}

#[test]
fn the_password_shows_only_while_the_eye_is_held() {
    let (mut desk, _device) = filled(WIDE, "attic", ATTIC);
    let shown = |desk: &Desk| painted(desk).iter().any(|text| text.text.contains(ATTIC));
    assert!(!shown(&desk), "dots stand for it");
    let eye = desk.find(EYE).unwrap().rect().center();
    desk.press(eye, true);
    assert!(shown(&desk), "held, it shows");
    desk.press(eye, false);
    assert!(!shown(&desk), "let go, it does not");
    // The same by keyboard.
    desk.find(EYE).unwrap().focus();
    desk.draw();
    desk.harness.key_down(egui::Key::Space);
    desk.draw();
    desk.draw();
    assert!(shown(&desk), "held with the space bar, it shows");
    desk.harness.key_up(egui::Key::Space);
    desk.draw();
    desk.draw();
    assert!(!shown(&desk), "let go, it does not");
    // Nor is it read out to anybody.
    assert!(!desk.shows(ATTIC));
}
