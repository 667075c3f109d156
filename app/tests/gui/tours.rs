//! Every page with something on it, one after the other.

use egui::{Key, Modifiers, Theme, Vec2, ViewportId};
use skylift::gui::Page;
use skylift_simulator::demo_image::Behaviour;

use crate::desk::{Desk, SMALL, WIDE};
use crate::world::{World, demo};

/// How a window is looked at.
#[derive(Clone, Copy)]
pub struct Sight {
    pub theme: Theme,
    pub size: [f32; 2],
    pub scale: f32,
}

impl Sight {
    pub const DARK: Self = Self { theme: Theme::Dark, size: WIDE, scale: 1.0 };
    pub const LIGHT: Self = Self { theme: Theme::Light, size: SMALL, scale: 1.0 };
    pub const SHARP: Self = Self { theme: Theme::Dark, size: SMALL, scale: 2.0 };

    /// Looks at the window so.
    pub fn on(self, desk: &mut Desk) {
        let input = desk.harness.input_mut();
        input.system_theme = Some(self.theme);
        input.viewports.get_mut(&ViewportId::ROOT).unwrap().native_pixels_per_point = Some(self.scale);
        desk.harness.set_size(Vec2::from(self.size));
        desk.settle();
    }
}

/// Calls `look` with the name of each stop.
pub fn tour(mut look: impl FnMut(&mut Desk, &str)) {
    let mut look = |desk: &mut Desk, name: &str| {
        // Toasts go by themselves, sooner or later.
        while desk.find("Close message").is_some() {
            desk.click("Close message");
        }
        look(desk, name);
        Sight::DARK.on(desk);
    };
    first_start(&mut look);
    with_devices(&mut look);
}

/// Before there is anything.
fn first_start(look: &mut impl FnMut(&mut Desk, &str)) {
    let mut desk = Desk::open(World::empty(), WIDE);
    look(&mut desk, "first-start");
    for (page, name) in [
        (Page::Updates, "updates-empty"),
        (Page::Firmware, "firmware-empty"),
        (Page::Serve, "serve-empty"),
        (Page::History, "history-empty"),
        (Page::Messages, "messages-empty"),
    ] {
        desk.go(page);
        look(&mut desk, name);
    }
}

/// With an update that went well and one that did not.
fn with_devices(look: &mut impl FnMut(&mut Desk, &str)) {
    let mut world = World::empty();
    let _devices = [world.portrait("porch-light"), world.portrait("cellar-fan")];
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    world.keep(&demo("1.2.0", Behaviour::Crash));
    let mut desk = Desk::open(world, WIDE);
    desk.wait_for("Device porch-light");
    desk.wait_for("Device cellar-fan");
    update(&mut desk, "porch-light", "1.1.0", |desk| look(desk, "plan"));
    assert_eq!(desk.verdict(), "validated");
    desk.wait_for("Validated 1.1.0");
    look(&mut desk, "verdict-validated");
    desk.go(Page::Devices);
    update(&mut desk, "cellar-fan", "1.2.0", |_| ());
    desk.until("the second update", |desk| (desk.engine().jobs.len() == 2).then_some(()));
    assert_eq!(desk.verdict(), "rolled_back");
    desk.wait_for("Rolled back to 1.0.0");
    look(&mut desk, "verdict-rolled-back");
    desk.click("Close");
    look(&mut desk, "updates");
    desk.go(Page::Devices);
    desk.click("Close details");
    look(&mut desk, "devices");
    desk.click("Device cellar-fan");
    look(&mut desk, "device");
    desk.click("Restart…");
    look(&mut desk, "dialog");
    desk.key(Modifiers::NONE, Key::Escape);
    others(&mut desk, look);
}

fn others(desk: &mut Desk, look: &mut impl FnMut(&mut Desk, &str)) {
    desk.go(Page::Firmware);
    desk.click("Image skylift-demo 1.1.0");
    look(desk, "firmware");
    desk.go(Page::Serve);
    desk.click("Serve skylift-demo 1.1.0");
    desk.wait_for("Serving skylift-demo");
    look(desk, "serve");
    desk.click("Stop serving");
    desk.go(Page::History);
    desk.wait_for("Update skylift-demo 1.2.0 to cellar-fan");
    look(desk, "history");
    desk.go(Page::Settings);
    look(desk, "settings");
    desk.go(Page::Messages);
    look(desk, "messages");
}

/// Plans an update from the devices page, and starts it.
fn update(desk: &mut Desk, device: &str, image: &str, planned: impl FnOnce(&mut Desk)) {
    desk.click(&format!("Device {device}"));
    desk.click("Update…");
    desk.click(&format!("Image skylift-demo {image}"));
    desk.wait_for("Will be sent");
    planned(desk);
    desk.click("Start update");
}
