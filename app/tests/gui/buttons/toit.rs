//! The form that makes an `ota.bin` of an envelope: origins, programs, assets, network, containers, and what comes of it.

#[cfg(unix)]
mod compiler;
mod form;

use skylift::gui::Page;
use skylift::image::envelope::Importance;

use super::{choose, tick};
use crate::desk::Desk;
use crate::jaguar::{Jaguar, Setup};
use crate::toit::envelope::SDK;
use crate::walk::Walk;
#[cfg(unix)]
use compiler::{Compiler, NEW};
use form::{
    Bench, SSID, add_device, desk, for_device, is_open, opened, with_envelope, with_network, with_paths,
    with_program, without_paths,
};

/// What stands below the fields of a release.
const VARIANTS: [&str; 5] = ["esp32", "esp32c3", "esp32c6", "esp32s2", "esp32s3"];

/// The box of a form that is for a Jaguar device.
const LEAVE: &str = "Leave Jaguar out: after the update the device is out of its reach";

const BELOW: &str = "it fills in a field, as a test below sees";
/// What a click alone does nothing to be seen with.
const EXCUSED: [(&str, &str); 10] = [
    (LEAVE, "the box is ticked, as a test below sees"),
    ("Show the password while held", "it shows only while it is held, as a test in `secrets` does"),
    ("fourteen-bytes.snapshot is critical", "the box is ticked, as a test below sees"),
    ("Cancel", "it is there for a moment, unless a compiler never ends, as in a test in `toit_pages`"),
    ("Stop loading", "it is there for a moment, unless an envelope never comes, as in a test below"),
    (VARIANTS[0], BELOW),
    (VARIANTS[1], BELOW),
    (VARIANTS[2], BELOW),
    (VARIANTS[3], BELOW),
    (VARIANTS[4], BELOW),
];

#[test]
fn origins_programs_network_and_containers() {
    let expected = [
        "For any device instead",
        "A file",
        "A URL",
        "A release of Toit",
        "Path of the envelope",
        "URL of the envelope",
        "Chip or variant",
        "SDK version",
        "Open",
        "Choose…",
        "Fetch",
        "Add a program…",
        "Path of a program",
        "Add",
        "Name of fourteen-bytes.snapshot",
        "Start of fourteen-bytes.snapshot: Starts at boot",
        "Started by others",
        "Remove fourteen-bytes.snapshot",
        "Assets of fourteen-bytes.snapshot…",
        "Path of the assets of fourteen-bytes.snapshot",
        "Remove the assets of fourteen-bytes.snapshot",
        "WiFi network: Another network",
        "WiFi network: As the envelope has it",
        "As the envelope has it",
        "Another network…",
        SSID,
        "Name of the network",
        "WiFi password",
        "Leave out jaguar",
        "Leave out blink",
        "Keep jaguar",
        "Keep blink",
        "Copy id of blink",
        "Choose an SDK…",
        "Make ota.bin",
        "Save envelope…",
        "Back to the images",
        "Images",
        #[cfg(unix)]
        "Copy path of the SDK",
        #[cfg(unix)]
        "Copy output",
        #[cfg(unix)]
        "Close",
    ];
    let mut walk = Walk::over(&[Page::Firmware]).only_while(is_open).but_for(&EXCUSED);
    walk.rounds(&expected, |walk| {
        let mut desk = desk();
        let device = Jaguar::start(Setup::new("happy-otter"));
        add_device(&mut desk, &device);
        let bench = Bench::of(&desk);
        walk.scene(&mut desk, |desk| {
            with_envelope(desk, &bench);
            with_program(desk, &bench);
            with_network(desk);
            without_paths(desk);
        });
        walk.scene(&mut desk, |desk| {
            with_envelope(desk, &bench);
            with_program(desk, &bench);
            with_paths(desk, &bench);
        });
        walk.scene(&mut desk, |desk| {
            for_device(desk);
            choose(desk, "A URL");
        });
        #[cfg(unix)]
        {
            let sdk = Compiler::install(&desk);
            walk.scene(&mut desk, |desk| sdk.fails(desk));
        }
    });
}

#[test]
fn what_stands_below_the_fields_of_a_release_fills_them_in() {
    let mut desk = desk();
    opened(&mut desk);
    #[cfg(unix)]
    let versions = {
        desk.files.answer(&Compiler::install(&desk).folder);
        desk.click("Choose an SDK…");
        desk.wait_for("chosen");
        [NEW]
    };
    #[cfg(not(unix))]
    let versions: [&str; 0] = [];
    desk.click("A release of Toit");
    for version in versions {
        desk.click(version);
        assert_eq!(desk.harness.state().state().toit.form.version, version);
    }
    desk.clear("SDK version");
    desk.type_into("SDK version", SDK);
    for variant in VARIANTS {
        desk.click(variant);
        assert_eq!(desk.harness.state().state().toit.form.chip, variant);
    }
    // Nobody is where releases are looked for.
    desk.click("Fetch");
    desk.until("why there is none", |desk| {
        let envelope = &desk.harness.state().state().toit.envelope;
        format!("{envelope:?}").starts_with("Failed").then_some(())
    });
}

#[test]
fn an_envelope_that_never_comes_whole_is_waited_for_no_more() {
    let mut desk = desk();
    let bench = Bench::of(&desk);
    opened(&mut desk);
    desk.click("A URL");
    desk.type_into("URL of the envelope", &bench.site.endless());
    desk.click("Fetch");
    desk.click("Stop loading");
    desk.until("the form again", |desk| desk.find("Fetch").map(drop));
    assert!(desk.find("Stop loading").is_none() && !desk.shows("Reading"), "{:#?}", desk.texts());
    desk.clear("URL of the envelope");
    desk.type_into("URL of the envelope", &bench.site.quick());
    desk.click("Fetch");
    desk.wait_for("3 containers");
}

#[test]
fn boxes_are_ticked_for_what_they_stand_beside() {
    let mut desk = desk();
    let device = Jaguar::start(Setup::new("happy-otter"));
    add_device(&mut desk, &device);
    for_device(&mut desk);
    for name in ["lamp", "pump"] {
        desk.type_into("Path of a program", &format!("{name}.snapshot"));
        desk.click("Add");
    }
    tick(&mut desk, "pump.snapshot is critical", true);
    let critical = |desk: &Desk| -> Vec<bool> {
        let programs = &desk.harness.state().state().toit.form.programs;
        programs.iter().map(|program| program.start.importance == Importance::Critical).collect()
    };
    assert_eq!(critical(&desk), [false, true]);
    tick(&mut desk, "pump.snapshot is critical", false);
    assert_eq!(critical(&desk), [false, false]);
    for leave in [true, false] {
        tick(&mut desk, LEAVE, leave);
        let form = &desk.harness.state().state().toit.form;
        assert_eq!(form.device.as_ref().map(|jaguar| jaguar.leave), Some(leave));
    }
}
