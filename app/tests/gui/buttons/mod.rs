//! Everything that can be clicked is clicked, on every page, with real devices behind it; and every click does something.

mod devices;
mod everywhere;
mod firmware;
mod keys;
mod past;
mod toit;
mod updates;
mod usb;

use skylift::engine::{Presence, Snapshot};

use crate::desk::Desk;

/// No update runs.
fn no_update_runs(engine: &Snapshot) -> bool {
    engine.jobs.iter().all(|job| job.verdict.is_some()) && engine.rollouts.iter().all(|it| it.ended)
}

/// Whether a device says that it runs this.
fn runs(desk: &Desk, name: &str, version: &str) -> bool {
    let mut statuses =
        desk.engine().devices.iter().filter(|it| it.label() == name).filter_map(|it| it.status.as_ref());
    statuses.any(|status| status.running.version == version)
}

/// Whether these devices answer, stay on their networks, and no update runs.
fn rests(desk: &Desk, names: &[&str]) -> bool {
    let engine = desk.engine();
    let answers = |name: &&str| {
        let mut devices = engine.devices.iter();
        devices.any(|it| it.label() == *name && it.presence == Presence::Online && it.status.is_some())
    };
    let moving = desk.harness.state().state().devices.moves.values().any(|it| it.end.is_none());
    no_update_runs(engine) && !moving && names.iter().all(answers)
}

/// Waits until they do.
fn at_rest(desk: &mut Desk, names: &[&str]) {
    desk.until("rest on the network", |desk| rests(desk, names).then_some(()));
}

/// Chooses a chip, unless it is chosen.
fn choose(desk: &mut Desk, name: &str) {
    use egui::accesskit::Toggled;
    use egui_kittest::kittest::NodeT as _;
    let chosen = desk.find(name).and_then(|node| node.accesskit_node().toggled());
    if chosen == Some(Toggled::False) {
        desk.click(name);
    }
}

/// Ticks a box, or unticks it.
fn tick(desk: &mut Desk, name: &str, on: bool) {
    use egui::accesskit::{Role, Toggled};
    use egui_kittest::kittest::NodeT as _;
    let box_of = |desk: &mut Desk| desk.find_as(Role::CheckBox, name)?.accesskit_node().toggled();
    while desk.until(name, box_of) != Toggled::from(on) {
        desk.click(name);
    }
}

/// What the page of updates is about: `List`, `Plan`, `Board` or `Verdict`.
fn is_about(desk: &Desk, what: &str) -> bool {
    format!("{:?}", desk.harness.state().state().updates.shown).starts_with(what)
}

/// Updates a device to an image, from the devices page; returns once it has begun.
pub fn update(desk: &mut Desk, device: &str, image: &str) {
    let before = desk.engine().jobs.len();
    desk.go(skylift::gui::Page::Devices);
    choose(desk, "All");
    desk.click(&format!("Device {device}"));
    desk.click("Update…");
    desk.click(&format!("Image skylift-demo {image}"));
    desk.click("Start update");
    // An older version is asked for.
    if desk.harness.state().state().dialog.is_some() {
        desk.click(&format!("Put {image} on"));
    }
    desk.until("its begin", |desk| (desk.engine().jobs.len() > before).then_some(()));
}
