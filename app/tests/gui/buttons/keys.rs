//! The keys on the settings page, with what is asked for there.

use skylift::gui::Page;
use skylift::store::KeyStore;

use crate::desk::{Desk, WIDE};
use crate::signers::bench;
use crate::walk::Walk;
use crate::world::World;

/// Buttons that act only while they are held.
pub const EYE: (&str, &str) = ("Show the passphrase while held", "it shows it while it is held");
const EYE_AGAIN: (&str, &str) = ("Show it once more while held", "it shows it while it is held");

#[test]
fn signers_and_backups() {
    let world = World::empty();
    bench(&world.data());
    skylift::image::sign::Keyring::new(&world.data()).create(&"release".parse().unwrap()).unwrap();
    let key = KeyStore::random().unwrap();
    let id = skylift::simulated::fresh_id().unwrap();
    KeyStore::new(&world.data()).put(&id, &key, false).unwrap();
    let file = world.home.path().join("keys.age").display().to_string();
    let mut desk = Desk::open(world, WIDE);
    let mut walk = Walk::over(&[Page::Settings]).but_for(&[EYE, EYE_AGAIN]);
    let opened = |desk: &mut Desk| {
        desk.go(Page::Settings);
        desk.wait_for("bench");
    };
    let expected = [
        "New signer…",
        "Make its key",
        "Make release the default",
        "Copy fingerprint of bench",
        "Copy device id",
        "Export…",
        "Export",
        "Choose…",
        "Import…",
        "Import",
        "Keys in the file replace others that are here",
    ];
    walk.rounds(&expected, |walk| {
        walk.scene(&mut desk, opened);
        walk.scene(&mut desk, |desk| {
            opened(desk);
            desk.click("New signer…");
            desk.fill("Name of the signer", "garage");
        });
        for (button, fields) in [
            ("Export…", ["Passphrase", "Passphrase once more"].as_slice()),
            ("Import…", ["Passphrase"].as_slice()),
        ] {
            walk.scene(&mut desk, |desk| {
                opened(desk);
                desk.until(button, |desk| desk.find(button).map(drop));
                desk.click(button);
                desk.fill("Path of the file", &file);
                for field in fields {
                    desk.fill(field, "tin otter ladder");
                }
            });
        }
    });
}
