//! Signers, signed images and devices that ask for them, on the window; and the backup of keys.

use egui_kittest::kittest::NodeT as _;
use skylift::engine::Access;
use skylift::gui::{Asked, Page};
use skylift::image::Image;
use skylift::image::library::Library;
use skylift::image::sign::{Keyring, signatures};
use skylift::store::{Backup, DataDir, KeyStore, Passphrase, SettingsFile};
use skylift_protocol::{Digest, Pairing};
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device, DeviceConfig, FlashSource};

use crate::desk::{Desk, SMALL, WIDE};
use crate::project::Project;
use crate::signers::{bench, bench_key, signed_demo, trusts};
use crate::text::painted;
use crate::world::{World, demo};

/// Long enough, and found nowhere by chance.
const PASSPHRASE: &str = "tin otter ladder seventy";

/// Its key is held here.
fn paired(home: &DataDir, config: &mut DeviceConfig) {
    let key = KeyStore::random().unwrap();
    KeyStore::new(home).put(&config.id, &key, false).unwrap();
    let FlashSource::Factory(factory) = &mut config.flash else { panic!("it has a flash already") };
    factory.provisioning.pairing = Pairing::Paired(key);
}

/// A window with the signer bench, a device that takes nothing but what bench has signed, and an image that nobody has.
fn with_a_strict_device(size: [f32; 2]) -> (Desk, Device, Digest) {
    let mut world = World::empty();
    let signer = bench(&world.data()).digest;
    let device = world.device_with("porch-light", |config| trusts(config, &[signer]));
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    (Desk::open(world, size), device, signer)
}

/// Everything of the window that is painted or read out.
fn told(desk: &Desk) -> String {
    let painted: Vec<_> = painted(desk).into_iter().map(|text| text.text).collect();
    let state = format!("{:?}", desk.harness.state().state());
    format!("{painted:?}{:?}{:?}{state}{:?}", desk.texts(), desk.said(), desk.copied)
}

#[test]
fn an_unsigned_image_is_refused_in_words_and_a_signed_one_is_taken() {
    let (mut desk, _device, _) = with_a_strict_device(WIDE);
    desk.click("Device porch-light");
    desk.wait_for("Signed images only");
    desk.click("Update…");
    desk.click("Image skylift-demo 1.1.0");
    desk.wait_for("Not signed");
    desk.wait_for("Will be refused");
    desk.wait_for("The image is not signed, and the device takes signed images only.");
    desk.wait_for("It takes what bench has signed.");
    // Nothing can be sent, and nothing was.
    assert!(desk.find("Start update").is_none());
    assert!(desk.engine().jobs.is_empty());
    // The way out is beside the refusal, and the plan goes on with the signed image.
    desk.click("Sign it with bench");
    desk.wait_for("Signed by bench");
    desk.wait_for("Will be sent");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "validated");
    let library = Library::new(&desk.world.data());
    let sent = library.get(desk.job().unwrap().image.file_sha256).unwrap();
    let report = signatures(&library.open(&sent).unwrap()).unwrap().remove(0);
    assert!(report.holds.is_ok());
    // The unsigned one is still there.
    assert_eq!(library.list().unwrap().entries.len(), 2);
}

#[test]
fn an_image_is_signed_by_a_signer_that_is_made_for_it() {
    let world = World::empty();
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, SMALL);
    desk.go(Page::Firmware);
    desk.click("Image skylift-demo 1.1.0");
    desk.wait_for("Not signed");
    desk.click("Sign…");
    desk.wait_for("There is no signer on this computer yet.");
    desk.click("New signer…");
    desk.wait_for("Name of the signer");
    desk.click("Make its key");
    desk.told("default can sign now");
    // And on with the image.
    desk.wait_for("Sign skylift-demo 1.1.0");
    desk.click("Sign");
    desk.told("skylift-demo 1.1.0 is signed by default");
    desk.wait_for("Signed by default");
    let digest = Keyring::new(&desk.world.data()).list().unwrap()[0].digest.to_string();
    desk.click("Copy fingerprint of the signer");
    assert_eq!(desk.copied.last(), Some(&digest));
    // Once more by another one: both are there then.
    desk.click("Sign…");
    desk.click("New signer…");
    desk.type_into("Name of the signer", "release");
    desk.click("Make its key");
    desk.click("release");
    desk.click("Sign");
    desk.wait_for("Signed by release");
    assert!(desk.shows("Signed by default"), "{:#?}", desk.texts());
}

#[test]
fn what_others_have_signed_is_told_as_that() {
    let world = World::empty();
    let elsewhere = tempfile::tempdir().unwrap();
    let key = bench_key(&DataDir::new(Some(elsewhere.path().to_owned())));
    let signed = signed_demo(&demo("1.1.0", Behaviour::Healthy), &key);
    let mut broken = signed.bytes.to_vec();
    // Inside the image: the signature is then for another one.
    let library = Library::new(&world.data());
    library.add(&signed, None, "a test").unwrap();
    let other = demo("1.2.0", Behaviour::Healthy).build().unwrap();
    broken.splice(..broken.len() - 4096, pad(other));
    let broken = Image::from_bytes("broken.bin".as_ref(), broken).unwrap();
    library.add(&broken, None, "a test").unwrap();
    let mut desk = Desk::open(world, WIDE);
    desk.go(Page::Firmware);
    desk.click("Image skylift-demo 1.1.0, signer unknown");
    desk.wait_for("Signed by somebody unknown");
    desk.wait_for("No signer on this computer has this key.");
    desk.click("Image skylift-demo 1.2.0, signature not valid");
    desk.wait_for("Signature of somebody unknown, not valid");
    desk.wait_for("The signature is for another image.");
}

/// To whole sectors, as an image stands before its signature.
fn pad(mut image: Vec<u8>) -> Vec<u8> {
    image.resize(image.len().next_multiple_of(4096), 0xFF);
    image
}

#[test]
fn what_is_built_is_signed_if_the_switch_is_on() {
    let world = World::empty();
    bench(&world.data());
    let project = Project::of_image(world.home.path(), &demo("1.3.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    desk.go(Page::Firmware);
    let build = |desk: &mut Desk| {
        desk.type_into("Path of an image or a project", &project.path().display().to_string());
        desk.click("Add");
        desk.told("skylift-demo 1.3.0 is in the library");
    };
    // Nobody signs unless asked to.
    build(&mut desk);
    desk.wait_for("Not signed");
    desk.click("Sign with bench");
    build(&mut desk);
    desk.wait_for("Signed by bench");
    // It is remembered by the next window.
    let mut desk = desk.reopen(SMALL);
    desk.go(Page::Firmware);
    desk.until("the switch", |desk| {
        let node = desk.find_as(egui::accesskit::Role::CheckBox, "Sign with bench")?;
        (node.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)).then_some(())
    });
}

#[test]
fn the_default_signer_is_a_setting() {
    let world = World::empty();
    bench(&world.data());
    Keyring::new(&world.data()).create(&"release".parse().unwrap()).unwrap();
    let file = SettingsFile::new(&world.data());
    let mut desk = Desk::open(world, WIDE);
    desk.go(Page::Settings);
    desk.click("Make release the default");
    desk.wait_for("Make bench the default");
    assert_eq!(file.load().unwrap().settings.default_signer.as_str(), "release");
    desk.go(Page::Firmware);
    desk.wait_for("Sign with release");
}

#[test]
fn keys_go_into_a_file_and_come_back_on_another_computer() {
    let mut world = World::empty();
    let (mut id, home) = (None, world.data());
    let device = world.device_with("porch-light", |config| {
        id = Some(config.id.clone());
        paired(&home, config);
    });
    let id = id.unwrap();
    let file = home.path().join("skylift-keys.age");
    let mut desk = Desk::open(world, WIDE);
    desk.until("its word", |desk| (access(desk) == Some(Access::Paired)).then_some(()));
    export(&mut desk, &file);
    assert!(!told(&desk).contains(PASSPHRASE), "the passphrase is told");
    let key = KeyStore::new(&home).get(&id).unwrap().unwrap();
    assert!(!told(&desk).contains(&hex(key.reveal())), "the key is told");
    // Another computer: the device is closed to it, until the keys are here.
    KeyStore::new(&home).forget(&id).unwrap();
    let mut desk = desk.reopen(WIDE);
    desk.until("a closed door", |desk| (access(desk) == Some(Access::PairedElsewhere)).then_some(()));
    import(&mut desk, &file, "not the passphrase");
    desk.wait_for("The passphrase does not open");
    desk.type_into("Passphrase", PASSPHRASE);
    desk.click("Import");
    desk.told("1 new");
    desk.until("its word", |desk| (access(desk) == Some(Access::Paired)).then_some(()));
    assert_eq!(KeyStore::new(&home).get(&id).unwrap().unwrap(), key);
    assert!(!told(&desk).contains(PASSPHRASE), "the passphrase is told");
    drop(device);
}

/// At 200 % a small window has 450 by 300 points.
#[test]
fn a_dialog_that_is_higher_than_the_window_is_scrolled() {
    let mut desk = Desk::open(World::empty(), SMALL.map(|side| side / 2.0));
    desk.go(Page::Settings);
    desk.click("Import…");
    desk.click("Keys in the file replace others that are here");
    desk.click("Cancel");
    desk.until("its end", |desk| desk.harness.state().state().dialog.is_none().then_some(()));
}

fn access(desk: &Desk) -> Option<Access> {
    desk.engine().devices.first()?.access
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// By the dialog of the system, with a passphrase that is typed twice.
fn export(desk: &mut Desk, file: &std::path::Path) {
    desk.go(Page::Settings);
    desk.wait_for("porch-light");
    desk.click("Export…");
    desk.files.answer(file);
    desk.click("Choose…");
    let title = "Export the keys of devices";
    desk.until("the file", |desk| {
        let asked = desk.files.asked();
        (asked.last() == Some(&Asked::Save { title, name: "skylift-keys.age".to_owned() })).then_some(())
    });
    desk.type_into("Passphrase", "short");
    desk.wait_for("3 characters more at least");
    assert!(desk.find("Export").is_none(), "a short passphrase is none");
    desk.type_into("Passphrase", " no more");
    desk.type_into("Passphrase once more", PASSPHRASE);
    assert!(desk.find("Export").is_none(), "these are two");
    desk.key(egui::Modifiers::NONE, egui::Key::Escape);
    desk.click("Export…");
    desk.type_into("Path of the file", &file.display().to_string());
    for field in ["Passphrase", "Passphrase once more"] {
        desk.type_into(field, PASSPHRASE);
    }
    assert!(!painted(desk).iter().any(|text| text.text.contains(PASSPHRASE)), "dots stand for it");
    desk.click("Export");
    desk.told("The key of one device is in a file");
    let pairs = Backup::open(file, &Passphrase::new(PASSPHRASE.to_owned())).unwrap();
    assert_eq!(pairs.len(), 1);
}

fn import(desk: &mut Desk, file: &std::path::Path, passphrase: &str) {
    desk.go(Page::Settings);
    desk.click("Import…");
    desk.files.answer(file);
    desk.click("Choose…");
    desk.until("the file", |desk| (desk.files.asked().last() == Some(&Asked::Keys)).then_some(()));
    desk.until("its path", |desk| {
        let shown = desk.find_as(egui::accesskit::Role::TextInput, "Path of the file")?.value()?;
        (shown == file.display().to_string()).then_some(())
    });
    desk.type_into("Passphrase", passphrase);
    desk.click("Import");
}

#[test]
fn a_device_tells_whose_images_it_takes() {
    let mut world = World::empty();
    let signer = bench(&world.data()).digest;
    let stranger = Digest([7; 32]);
    let strict = world.device_with("strict", |config| trusts(config, &[signer, stranger]));
    let open = world.device("open");
    let closed = world.device_with("closed", |config| trusts(config, &[]));
    let home = world.data();
    let mine = world.device_with("mine", |config| paired(&home, config));
    let mut desk = Desk::open(world, WIDE);
    for (name, words) in [
        ("strict", ["Signed images only", "Not known here", "bench"]),
        (
            "open",
            [
                "Anybody's images",
                "anyone on the network can put any image on it",
                "Any security version is taken",
            ],
        ),
        ("closed", ["Nobody's images", "which only a cable can mend", "Open"]),
        ("mine", ["Paired", "who has its key can put any image on it", "Anybody's images"]),
    ] {
        desk.click(&format!("Device {name}"));
        for word in words {
            desk.wait_for(word);
        }
    }
    drop([strict, open, closed, mine]);
}
