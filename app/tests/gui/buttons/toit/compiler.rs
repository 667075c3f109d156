//! A stand-in for an SDK that is to convert what Skylift does not, and fails.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::super::choose;
use super::form::{PROGRAM, file, opened};
use crate::desk::Desk;
use crate::toit::body::Chip;
use crate::toit::envelope::{Container, Envelope};
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;

/// An SDK whose programs Skylift does not convert itself.
pub const NEW: &str = "v2.0.0-alpha.999";

/// A stand-in for that SDK, which fails.
pub struct Compiler {
    /// Its folder.
    pub folder: PathBuf,
    envelope: PathBuf,
}

impl Compiler {
    pub fn install(desk: &Desk) -> Self {
        const SCRIPT: &str = r#"#!/bin/sh
[ "$1" = version ] && { echo VERSION; exit; }
echo "a mistake"
exit 1
"#;
        let program = file(desk, "sdk/bin/toit", SCRIPT.replace("VERSION", NEW));
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut envelope = Envelope { sdk: NEW.to_owned(), ..Envelope::new(Chip::Esp32) };
        let system = Container::snapshot("system", Bundle::new(NEW, Program::sample()));
        envelope.containers[0] = Container { flags: 3, ..system };
        let envelope = file(desk, "new.envelope", envelope.to_bytes());
        Self { folder: desk.world.home.path().join("sdk"), envelope }
    }

    /// It was at work, and has failed.
    pub fn fails(&self, desk: &mut Desk) {
        self.begin(desk);
        desk.wait_for("It was not made");
        desk.until("its output", |desk| desk.find("Copy output").map(drop));
    }

    fn begin(&self, desk: &mut Desk) {
        opened(desk);
        desk.click_if_there("For any device instead");
        choose(desk, "A file");
        let is_chosen = |desk: &Desk| desk.shows("chosen");
        if !is_chosen(desk) {
            desk.files.answer(&self.folder);
            desk.click("Choose an SDK…");
            desk.until("the SDK", |desk| is_chosen(desk).then_some(()));
        }
        let is_new = |desk: &Desk| {
            let opened = desk.harness.state().state().toit.opened();
            opened.is_some_and(|opened| opened.facts.sdk == NEW).then_some(())
        };
        if is_new(desk).is_none() {
            desk.files.answer(&self.envelope);
            desk.click("Choose…");
            desk.until("the new envelope", |desk| is_new(desk));
        }
        while desk.click_if_there(&format!("Remove {PROGRAM}.snapshot")) {}
        desk.click("Make ota.bin");
    }
}
