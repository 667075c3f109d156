//! The form as the scenes need it: so that each click has an effect that is seen, whichever it is.

use std::path::PathBuf;

use egui::{Key, Modifiers};
use skylift::gui::Page;

use super::super::choose;
use crate::desk::{Desk, WIDE, label};
use crate::jaguar::Jaguar;
use crate::net::Site;
use crate::toit::archive::gzip;
use crate::toit::body::Chip;
use crate::toit::encoded::assets;
use crate::toit::envelope::{Container, Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;
use crate::world::World;

/// As long as names of containers get: one letter more is too much, which is seen by what can be clicked then.
pub const PROGRAM: &str = "fourteen-bytes";
/// The same of networks, passwords, variants and versions.
pub const SSID: &str = "a-network-of-thirty-two-bytes---";
const PASSWORD: &str = "correct horse battery staple, and so on until they are 63 of it";
const VARIANT: &str = "esp32-with-a-name-that-is-as-long-as-names-of-variants-may-get--";
const VERSION: &str = "v2.0.0-alpha.190-and-more-of-it-until-nothing-else-may-follow---";
/// Files and a site, for the form to find.
pub struct Bench {
    pub site: Site,
    envelope: PathBuf,
    program: PathBuf,
    assets: PathBuf,
}

impl Bench {
    pub fn of(desk: &Desk) -> Self {
        let program = Bundle::new(SDK, Program::saying("lamp")).to_bytes();
        Self {
            site: Site::with(gzip(&envelope())),
            envelope: file(desk, "mine.envelope", envelope()),
            program: file(desk, &format!("{PROGRAM}.snapshot"), program),
            assets: file(desk, "lamp.assets", assets(&[("config", b"five!")])),
        }
    }
}

/// An envelope with Jaguar and a program in it.
fn envelope() -> Vec<u8> {
    let mut envelope = Envelope::new(Chip::Esp32);
    let container = |name| Container::snapshot(name, Bundle::new(SDK, Program::saying(name)));
    envelope.containers.extend(["jaguar", "blink"].map(container));
    envelope.to_bytes()
}

pub fn file(desk: &Desk, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = desk.world.home.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

pub fn is_open(desk: &Desk) -> bool {
    desk.harness.state().state().toit.open
}

/// A window in which releases are looked for where nobody is.
pub fn desk() -> Desk {
    let mut world = World::empty();
    world.looks_up();
    Desk::open(world, WIDE)
}

/// The form, with nothing being made.
pub fn opened(desk: &mut Desk) {
    desk.until("nothing under way", |desk| {
        let runs = desk.harness.state().state().toit.work.as_ref().map(|work| work.runs());
        match runs {
            None => Some(()),
            Some(true) => None,
            Some(false) => {
                desk.click_if_there("Close");
                None
            }
        }
    });
    if !is_open(desk) || desk.harness.state().state().page != Page::Firmware {
        desk.go(Page::Firmware);
    }
    if !is_open(desk) {
        desk.click("From Toit…");
    }
}

/// Empties a field and types into it, unless it holds just that.
fn put(desk: &mut Desk, field: &str, held: &str, text: &str) {
    if held != text {
        desk.clear(field);
        desk.type_into(field, text);
    }
}

/// The places that the envelope does not come from, filled in: one letter more, and nothing can be fetched.
fn fill_in_places(desk: &mut Desk, site: &Site) {
    let root = site.quick().trim_end_matches("/ota.bin").to_owned();
    let form = &desk.harness.state().state().toit.form;
    let (url, chip, version) = (form.url.clone(), form.chip.clone(), form.version.clone());
    if url != root {
        choose(desk, "A URL");
        put(desk, "URL of the envelope", &url, &root);
    }
    if chip != VARIANT || version != VERSION {
        choose(desk, "A release of Toit");
        put(desk, "Chip or variant", &chip, VARIANT);
        put(desk, "SDK version", &version, VERSION);
    }
    if desk.harness.state().state().toit.form.place != Default::default() {
        choose(desk, "A file");
    }
}

/// The envelope, of which `blink` is left out. A new one is whole, so that it is seen to be new.
pub fn with_envelope(desk: &mut Desk, bench: &Bench) {
    opened(desk);
    fill_in_places(desk, &bench.site);
    if desk.harness.state().state().toit.opened().is_none() {
        desk.files.answer(&bench.envelope);
        desk.click("Choose…");
        desk.until("the envelope", |desk| desk.harness.state().state().toit.opened().map(drop));
    }
    if desk.harness.state().state().toit.form.without != ["blink"] {
        for name in ["Keep jaguar", "Leave out blink"] {
            desk.click_if_there(name);
        }
    }
}

/// One program, which has its name.
pub fn with_program(desk: &mut Desk, bench: &Bench) {
    let count = |desk: &Desk| desk.harness.state().state().toit.form.programs.len();
    while count(desk) > 1 {
        desk.click(&format!("Remove {PROGRAM}.snapshot"));
    }
    if count(desk) == 0 {
        desk.files.answer(&bench.program);
        desk.click("Add a program…");
        desk.until("the program", |desk| (count(desk) == 1).then_some(()));
    }
}

/// A network that is typed in.
pub fn with_network(desk: &mut Desk) {
    let form = &desk.harness.state().state().toit.form;
    if form.network().is_some() && form.ssid == SSID && form.password.reveal() == PASSWORD {
        return;
    }
    let names = desk.controls().into_iter().map(|node| label(&node));
    let field = names.into_iter().find(|name| name.starts_with("WiFi network: ")).unwrap();
    desk.click(&field);
    desk.click("Another network…");
    for (field, text) in [("Name of the network", SSID), ("WiFi password", PASSWORD)] {
        desk.clear(field);
        desk.type_into(field, text);
    }
}

/// Paths that could be typed, because there are no dialogs for files, and are not.
pub fn without_paths(desk: &mut Desk) {
    let form = &desk.harness.state().state().toit.form;
    let (file, one_more) = (form.file.clone(), form.one_more.clone());
    put(desk, "Path of the envelope", &file, "");
    put(desk, "Path of a program", &one_more, "");
    desk.click_if_there(&format!("Remove the assets of {PROGRAM}.snapshot"));
    if !desk.harness.state().state().toit.no_picker {
        desk.files.are_missing();
        desk.click(&format!("Assets of {PROGRAM}.snapshot…"));
        desk.wait_for("This system opened no dialog for files");
    }
}

/// Paths that are typed, and assets that are chosen.
pub fn with_paths(desk: &mut Desk, bench: &Bench) {
    desk.fill("Path of the envelope", &bench.envelope.display().to_string());
    desk.fill("Path of a program", &bench.program.display().to_string());
    let has_assets =
        |desk: &Desk| desk.harness.state().state().toit.form.programs.iter().any(|it| it.assets.is_some());
    if !has_assets(desk) {
        desk.files.answer(&bench.assets);
        desk.click(&format!("Assets of {PROGRAM}.snapshot…"));
        desk.until("the assets", |desk| has_assets(desk).then_some(()));
    }
}

/// The form for a Jaguar device, found before by its address.
pub fn for_device(desk: &mut Desk) {
    opened(desk);
    if desk.harness.state().state().toit.form.device.is_none() {
        desk.go(Page::Devices);
        desk.click("Device happy-otter");
        desk.click("Make its image…");
    }
}

pub fn add_device(desk: &mut Desk, device: &Jaguar) {
    desk.key(Modifiers::COMMAND, Key::N);
    desk.type_into("Address", &device.address().to_string());
    desk.click("Add device");
    desk.wait_for("Device happy-otter");
}
