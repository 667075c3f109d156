//! Toit, standing still: the form with an envelope and two programs in it, and a Jaguar device among others.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use skylift::engine::{Access, Device, Family, Snapshot, Source};
use skylift::gui::{EnvelopeFacts, Event, OpenedEnvelope, ToitEvent, ToitNotice};
use skylift::image::envelope::{Envelope as Read, WordSize};
use skylift::image::toit::recipe::{self, Recipe};
use skylift_protocol::{Chip, bounded};

use super::{Material, Still};
use crate::toit::body::Chip as Variant;
use crate::toit::envelope::{Container, Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;

/// The programs of the form.
const PROGRAMS: [&str; 2] = ["/home/ada/lamp/validate.toit", "/home/ada/lamp/lamp.snapshot"];

/// The envelope of the form.
fn envelope() -> Vec<u8> {
    let mut envelope = Envelope::new(Variant::Esp32C3);
    envelope.containers.push(Container::snapshot("blink", Bundle::new(SDK, Program::saying("blink"))));
    envelope.wifi = Some(("workshop".to_owned(), "correct horse battery".to_owned()));
    envelope.to_bytes()
}

/// What the worker would tell of an envelope that was dropped, and of what would come of it.
pub fn open(still: &mut Still) {
    let envelope = Read::parse(&envelope()).unwrap();
    let wanted = Recipe {
        programs: PROGRAMS.map(|file| recipe::Program::of_file(Path::new(file))).into(),
        without: vec!["blink".to_owned()],
        ..Recipe::default()
    };
    let notices = wanted.forecast(&envelope).iter().map(ToitNotice::from).collect();
    let path = Path::new("/home/ada/lamp/firmware-esp32c3.envelope");
    let (name, source) = ("firmware-esp32c3.envelope".to_owned(), path.display().to_string());
    let facts = Arc::new(EnvelopeFacts::of(&envelope, name, source).unwrap());
    let opened = OpenedEnvelope { facts, envelope: Arc::new(envelope) };
    still.hear(Event::Toit(ToitEvent::Found(path.to_owned(), opened)));
    still.hear(Event::Toit(ToitEvent::Sdks(Vec::new())));
    still.hear(Event::Toit(ToitEvent::Foretold(1, notices)));
    fill_in(still);
}

/// A program with assets and one without; one container is left out.
fn fill_in(still: &mut Still) {
    let form = &mut still.harness.state_mut().toit.form;
    for file in PROGRAMS {
        form.add(Path::new(file));
    }
    if let Some(lamp) = form.programs.last_mut() {
        lamp.assets = Some("/home/ada/lamp/lamp.assets".into());
    }
    form.leave_out("blink", true);
    still.draw();
}

/// A Jaguar device, and the others.
pub fn with_jaguar(material: &Material) -> Snapshot {
    let mut snapshot = material.seen.clone();
    let id = "0b2b0d5e6f7a4c1d8e9f001122334455";
    let mut family = Family::remembered_jaguar(id, "esp32c3", SDK).unwrap();
    if let Family::Jaguar(facts) = &mut family {
        facts.word_size = WordSize::W32;
    }
    let device = Device {
        id: bounded(id),
        name: "happy-otter".to_owned(),
        family,
        chip: Chip::Esp32C3,
        version: SDK.to_owned(),
        address: SocketAddr::from(([192, 168, 1, 71], 9000)),
        status: None,
        slot: None,
        validation: None,
        access: Some(Access::Open),
        source: Source::Broadcast,
        last_seen: Some(material.now),
        ..Device::clone(&snapshot.devices[0])
    };
    snapshot.devices.push(Arc::new(device));
    snapshot.devices.sort_by(|one, other| one.id.cmp(&other.id));
    snapshot
}
