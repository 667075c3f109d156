//! A device of the soak, its flash in a file, where it can be looked at from outside at any time.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use skylift_node::{DownloadConfig, TrialConfig};
use skylift_provisioning::Provisioning;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::faults::FlashFault;
use skylift_simulator::layout::{Partition, capacity_for, table_with};
use skylift_simulator::{Device, DeviceConfig, DeviceEvent, FactoryFlash, Faults, FlashSource, Happening};
use skylift_tests::devices::{fresh, short_times};
use skylift_tests::raw::request;
use skylift_tests::wait::{PATIENCE, until};
use tempfile::TempDir;

use crate::images::Picture;
use crate::oracle::{Words, Wrong};
use crate::round::{Nature, Table, Way};
use crate::truth::{self, Boots, Lived, Places, Truth};

/// Bytes of a slot: the largest image, and no more.
const SLOT: u32 = 0x3_0000;

/// A device of the soak.
pub struct Subject {
    pub device: Device,
    pub nature: Nature,
    /// The image that ran when last looked.
    pub runs: Arc<Picture>,
    config: DeviceConfig,
    events: Receiver<DeviceEvent>,
    places: Places,
    folder: TempDir,
    /// Reset buttons pressed, which the simulator does not tell.
    pressed: u32,
    /// It has fetched something over its link.
    fetched: bool,
    /// It has found out that something was damaged on the way.
    pub found_damage: bool,
}

impl Subject {
    /// Switches a new device on.
    pub fn new(nature: Nature) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut table = table_with(2, SLOT);
        table.retain(|it| nature.table == Table::Own || it.label != "skylift_journal");
        let places = places(&table);
        let runs = Picture::factory();
        let (events, heard) = channel();
        let usual = fresh();
        let provisioning = Provisioning {
            name: format!("name of {}", usual.id),
            bootloader_rolls_back: nature.bootloader == Bootloader::Rollback,
            ..Provisioning::default()
        };
        let capacity = capacity_for(&table);
        let factory = FactoryFlash { table, capacity, image: runs.bytes.clone(), provisioning };
        let config = DeviceConfig {
            bootloader: nature.bootloader,
            faults: nature.faults,
            flash: FlashSource::File(folder.path().join("flash"), factory),
            node: times(),
            events: Some(events),
            ..usual
        };
        let device = Device::start(config.clone()).unwrap();
        Self {
            device,
            nature,
            runs,
            config,
            events: heard,
            places,
            folder,
            pressed: 0,
            fetched: false,
            found_damage: false,
        }
    }

    /// The same flash in a device that has no faults and does not lie.
    pub fn repaired(self) -> Self {
        let Self { device, nature, runs, config, events, places, folder, .. } = self;
        drop(device.stop());
        let nature = Nature { faults: Faults::default(), ..nature };
        let config = DeviceConfig { faults: nature.faults, ..config };
        // A process that is just being started holds the lock of the file for a moment.
        let device = until("the flash is free", || Device::start(config.clone()).ok());
        Self {
            device,
            nature,
            runs,
            config,
            events,
            places,
            folder,
            pressed: 0,
            fetched: false,
            found_damage: false,
        }
    }

    /// Presses the reset button.
    pub fn press_reset(&mut self) {
        self.device.press_reset();
        self.pressed += 1;
    }

    /// Forgets what has happened so far: an update begins.
    pub fn begin(&mut self, way: Way) {
        self.events.try_iter().for_each(drop);
        self.pressed = 0;
        self.fetched |= way == Way::Pull;
    }

    /// Whether the bit that is flipped on the way may have been, perhaps in an attempt before this one: what it
    /// brought is gone on with.
    pub fn may_have_flipped(&self) -> bool {
        self.fetched && self.nature.faults.link.flip_at.is_some()
    }

    /// Whether a fault of the flash that reports success is still to come, or has struck.
    pub fn has_silent_fault(&self) -> bool {
        matches!(self.nature.faults.flash, FlashFault::Silent { .. })
    }

    /// Waits until the device is at rest; what it says of itself then.
    pub fn settle(&self) -> Result<Value, Wrong> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some((200, status)) = request(self.device.address(), "GET", "/status", &Value::Null)
                && status["phase"] == "idle"
            {
                return Ok(status);
            }
            if Instant::now() > end {
                return Err(Wrong::Bricked(format!("it is not at rest after {PATIENCE:?}")));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What has become of it, once it is at rest. It must say the same of itself.
    pub fn truth(&mut self, new: &Arc<Picture>) -> Result<Truth, Wrong> {
        let status = self.settle()?;
        let happened: Vec<Happening> = self.events.try_iter().map(|event| event.what).collect();
        let mut lived = Lived::of(happened, new.version);
        lived.interruptions += self.pressed;
        let truth = truth::read(&self.cells(), self.places, self.nature.bootloader, [&self.runs, new], lived);
        let runs = match truth.boots {
            Boots::New => new,
            _ => &self.runs,
        };
        let told =
            (status["running"]["image_sha256"] == runs.digest(), status["validation"]["state"] == "valid");
        if told != (true, truth.kept) {
            return Err(Wrong::Verdict(format!("its status says {status}, and the truth is {truth:?}")));
        }
        Ok(truth)
    }

    /// An update has ended: what runs now is known, and a fault that ended it does not strike again.
    pub fn ended(&mut self, new: &Arc<Picture>, (_, reason): Words<'_>, truth: &Truth) {
        if truth.boots == Boots::New {
            self.runs = Arc::clone(new);
        }
        match reason {
            "flash" => self.nature.faults.flash = FlashFault::None,
            "digest_mismatch" => {
                self.nature.faults.link.flip_at = None;
                self.found_damage = true;
            }
            _ => {}
        }
    }

    /// Bytes of an image that have arrived in the slot that does not boot.
    pub fn arrived(&self, picture: &Picture) -> u32 {
        truth::arrived(&self.cells(), self.places, self.nature.bootloader, picture)
    }

    fn cells(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("flash")).unwrap()
    }
}

fn places(table: &[Partition]) -> Places {
    let at = |label| table.iter().find(|it| it.label == label).unwrap().offset as usize;
    Places { otadata: at("otadata"), slots: [at("ota_0"), at("ota_1")] }
}

/// Short times, but long enough for dozens of devices on two cores.
fn times() -> skylift_node::Config {
    let ms = embassy_time::Duration::from_millis;
    let usual = short_times();
    skylift_node::Config {
        trial: TrialConfig { deadline: ms(4000), well_for: ms(250), ..usual.trial },
        download: DownloadConfig { stall_time: ms(600), push_wait: ms(3000), ..usual.download },
        ..usual
    }
}
