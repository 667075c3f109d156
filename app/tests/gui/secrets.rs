//! What a screenshot shows is what is painted: on no page and in no form is there a secret of this computer. Nor is it
//! read out to anybody, or in the state that a message of an error could quote.

use skylift::gui::Page;
use skylift::image::sign::Keyring;
use skylift::store::KeyStore;
use skylift_protocol::{Id, Pairing};
use skylift_simulator::Device;

use crate::air::{ATTIC, air, in_air};
use crate::desk::{Desk, WIDE};
use crate::secret::{Secret, clean, forms, holds};
use crate::text::painted;
use crate::world::World;

const PASSPHRASE: &str = "four quokkas on one scooter";

/// A window of a computer that has the key of a device, and a signer's.
fn with_keys() -> (Desk, Device, Vec<Secret>) {
    let (mut world, key) = (World::empty(), KeyStore::random().unwrap());
    let device = world.device_with("porch-light", |config| {
        in_air(config, &air());
        let factory = config.flash.factory().expect("one that is flashed");
        factory.provisioning.pairing = Pairing::Paired(key.clone());
    });
    let id: Id = device.id().try_into().unwrap();
    KeyStore::new(&world.data()).put(&id, &key, false).unwrap();
    let keyring = Keyring::new(&world.data());
    let signer = keyring.create(&"bench".parse().unwrap()).unwrap();
    let pem = std::fs::read_to_string(keyring.path(&signer.name)).unwrap();
    let lines = pem.lines().filter(|line| !line.starts_with("-----") && line.len() > 20);
    let mut secrets = forms("the pairing key", key.reveal());
    secrets.extend(lines.map(|line| Secret("the signer's private key", line.as_bytes().to_vec())));
    secrets.push(Secret("the WiFi password", ATTIC.into()));
    secrets.push(Secret("the passphrase", PASSPHRASE.into()));
    (Desk::open(world, WIDE), device, secrets)
}

/// All that is painted.
fn picture(desk: &Desk) -> Vec<u8> {
    painted(desk).into_iter().map(|text| text.text + "\n").collect::<String>().into_bytes()
}

/// Looks at what the window shows, what it reads out, and what it knows.
#[track_caller]
fn look(desk: &Desk, place: &str, secrets: &[Secret]) {
    let picture = picture(desk);
    assert!(picture.len() > 100, "{place} is painted");
    clean(&format!("the picture of {place}"), &picture, secrets);
    clean(&format!("what is read out of {place}"), desk.texts().join("\n").as_bytes(), secrets);
    clean(
        &format!("the state behind {place}"),
        format!("{:?}", desk.harness.state().state()).as_bytes(),
        secrets,
    );
}

#[test]
fn no_picture_of_the_window_shows_a_secret() {
    let (mut desk, _device, secrets) = with_keys();
    for page in Page::ALL {
        desk.go(page);
        desk.settle();
        look(&desk, page.name(), &secrets);
    }
    desk.wait_for("bench");
    look(&desk, "the keys", &secrets);

    desk.click("Export…");
    desk.type_into("Passphrase", PASSPHRASE);
    look(&desk, "the form of the export", &secrets);
    desk.key(egui::Modifiers::NONE, egui::Key::Escape);

    desk.go(Page::Devices);
    desk.click("Device porch-light");
    desk.wait_for("den");
    look(&desk, "a device", &secrets);
    desk.click("Change…");
    desk.wait_for("Move porch-light to another WiFi");
    desk.type_into("Name of the network", "attic");
    desk.type_into("Password of the network", ATTIC);
    look(&desk, "the form of the WiFi", &secrets);
    // The control: what is typed is found, and the password as well while its owner has it shown.
    assert!(holds(&picture(&desk), b"attic"));
    let eye = desk.find("Show the password while held").unwrap().rect().center();
    desk.press(eye, true);
    assert!(holds(&picture(&desk), ATTIC.as_bytes()));
    desk.press(eye, false);
    look(&desk, "the form of the WiFi", &secrets);

    desk.click("Move it");
    desk.wait_for("Moved to attic");
    desk.told("porch-light: moved to attic");
    for page in Page::ALL {
        desk.click_if_there("Close");
        desk.go(page);
        look(&desk, page.name(), &secrets);
    }
}
