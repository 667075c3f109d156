//! The machine under a simulated device: power, reset, boot. No Rust value survives a reset but what a chip keeps:
//! flash, RTC memory, the reason of the reset, and the wires outside.

use async_io::block_on;
use skylift_node::{BootFacts, BootSecret, Identity};
use skylift_protocol::bounded;
use skylift_updater::Flash;
use skylift_updater::guard::{Boot, Reset, guard};
use skylift_updater::image::{HEAD_LEN, ImageHead};
use skylift_updater::partition::Layout;
use skylift_updater::rtc::{CrashRecord, RTC_LEN, Rtc};

use crate::boot_log;
use crate::bootloader::{self, BootResult};
use crate::config::Mdns;
use crate::console;
use crate::control::Command;
use crate::demo_image::{Behaviour, has_elf};
use crate::event::Happening;
use crate::hardware::{Hardware, Started};
use crate::lie;
use crate::link::Link;
use crate::nor::Nor;
use crate::panics::{self, Panic};
use crate::program::{self, Ending};
use skylift_provisioning::Provisioning;

/// Bytes of an image in which its behaviour is written.
const BEHAVIOUR_LEN: usize = 320;

/// The machine.
pub(crate) struct Machine {
    hardware: Hardware,
    rtc: [u8; RTC_LEN],
    link: Link,
    reset: Reset,
}

/// Where an image that panics was, in bytes behind its entry point, innermost first: as if each call returned there.
const CALLS: [u32; 3] = [0x1C, 0x48, 0x80];

/// What comes after a boot.
enum Next {
    Reset(Reset),
    PowerLost,
    Switched(Command),
}

impl Machine {
    pub fn new(hardware: Hardware) -> Self {
        let link = Link::new(hardware.config.faults.link);
        Self { hardware, rtc: noise(), link, reset: Reset::PowerOn }
    }

    /// Lives until it is stopped; what the flash holds then.
    pub fn live(mut self) -> Nor {
        panics::capture();
        console::attach(self.hardware.config.console.clone());
        loop {
            match self.boot() {
                Next::Reset(reset) => self.reset = reset,
                Next::PowerLost => self.power_on(),
                Next::Switched(Command::Stop) => break,
                Next::Switched(Command::PressReset) => self.reset = Reset::External,
                Next::Switched(Command::PowerOff) => {
                    self.withdraw();
                    self.hardware.tell(Happening::LostPower);
                    if !self.wait_for_power() {
                        break;
                    }
                    self.power_on();
                }
                Next::Switched(Command::CutPower | Command::PowerOn) => {
                    self.hardware.tell(Happening::LostPower);
                    self.power_on();
                }
            }
            self.hardware.control.set_operations(self.hardware.nor.operations());
        }
        self.withdraw();
        self.hardware.nor
    }

    fn withdraw(&self) {
        if let Mdns::Daemon(announcer) = &self.hardware.config.mdns {
            announcer.withdraw(&self.hardware.config.id);
        }
    }

    /// `false` if the simulation ends instead.
    fn wait_for_power(&self) -> bool {
        loop {
            match block_on(self.hardware.control.next()) {
                Command::PowerOn | Command::CutPower => return true,
                Command::Stop => return false,
                Command::PowerOff | Command::PressReset => {}
            }
        }
    }

    fn power_on(&mut self) {
        self.hardware.nor.set_fault(crate::faults::FlashFault::None);
        self.hardware.nor.power_on();
        self.rtc = noise();
        self.reset = Reset::PowerOn;
    }

    /// One boot, up to the next reset or cut.
    fn boot(&mut self) -> Next {
        let config = &self.hardware.config;
        boot_log::reset(config.chip, self.reset);
        let result = bootloader::boot(&mut self.hardware.nor, config.bootloader, config.silicon());
        result.iter().for_each(boot_log::chosen);
        match result {
            Ok(BootResult::Booted { offset, .. }) => self.start(offset),
            Ok(BootResult::NothingBootable { .. }) => {
                self.hardware.tell(Happening::Bricked);
                self.wait_for_hands()
            }
            Err(_) => self.power_lost(),
        }
    }

    /// Nothing runs that could do anything by itself.
    fn wait_for_hands(&self) -> Next {
        Next::Switched(block_on(self.hardware.control.next()))
    }

    fn power_lost(&self) -> Next {
        self.hardware.tell(Happening::LostPower);
        Next::PowerLost
    }

    fn start(&mut self, offset: u32) -> Next {
        let mut head = [0; BEHAVIOUR_LEN];
        if self.hardware.nor.read(offset, &mut head).is_err() {
            return self.power_lost();
        }
        let behaviour = Behaviour::of(&head);
        let parsed = head.first_chunk::<HEAD_LEN>().and_then(|head| ImageHead::parse(head).ok());
        let layout = Layout::read(&mut self.hardware.nor).ok();
        let (Some(behaviour), Some(image), Some(layout)) = (behaviour, parsed, layout) else {
            self.hardware.tell(Happening::Silent);
            return self.wait_for_hands();
        };
        let entry = Some(image.entry).filter(|_| has_elf(&head));
        self.run((behaviour, entry), &image, layout, offset)
    }

    fn run(
        &mut self,
        (behaviour, entry): (Behaviour, Option<u32>),
        head: &ImageHead,
        layout: Layout,
        offset: u32,
    ) -> Next {
        if self.hardware.config.faults.lies && lie::tell(&mut self.hardware.nor, &layout, offset) {
            return Next::Reset(Reset::Software);
        }
        let running = layout.slot_at(offset);
        let elf_sha256 = head.descriptor.elf_sha256;
        let boot = self.guard(&layout, running, &elf_sha256);
        if self.hardware.nor.lost_power() {
            return self.power_lost();
        }
        if boot == Boot::Reset {
            return Next::Reset(Reset::Software);
        }
        let Some(secret) = boot_secret() else {
            // Without randomness no chip would get this far.
            self.hardware.tell(Happening::Silent);
            return self.wait_for_hands();
        };
        let version = head.descriptor.version.as_str().to_owned();
        self.hardware.tell(Happening::Runs { slot: running, version, boot });
        let identity = self.identity(&layout);
        let boot_id = fastrand::u32(..);
        let facts = BootFacts { layout, running, boot, reset: self.reset, boot_id, secret };
        self.run_program(Started { facts, identity, behaviour, elf_sha256, entry })
    }

    fn guard(&mut self, layout: &Layout, running: Option<u8>, elf_sha256: &[u8; 32]) -> Boot {
        let mut rtc = Rtc::new(&mut self.rtc);
        guard(&mut self.hardware.nor, layout, running, elf_sha256, self.reset, &mut rtc)
    }

    /// From the flash, but for what a chip has in its fuses.
    fn identity(&mut self, layout: &Layout) -> Identity {
        let nor = &mut self.hardware.nor;
        let provisioning = layout.settings.map(|region| Provisioning::read(nor, region)).unwrap_or_default();
        let config = &self.hardware.config;
        let name = if provisioning.name.is_empty() { config.id.as_str() } else { &provisioning.name };
        Identity {
            id: config.id.clone(),
            name: bounded(name),
            chip: config.chip,
            simulated: config.simulated,
            bootloader_rolls_back: provisioning.bootloader_rolls_back,
            secure_floor: provisioning.secure_floor,
            trust: provisioning.trust,
            pairing: provisioning.pairing,
            networks: provisioning.networks,
        }
    }

    fn run_program(&mut self, started: Started) -> Next {
        let (elf_sha256, entry) = (started.elf_sha256, started.entry);
        match panics::catch(|| program::run(&mut self.hardware, &mut self.rtc, &self.link, started)) {
            Ok(Ending::Restart) => {
                self.hardware.tell(Happening::Restarts);
                Next::Reset(Reset::Software)
            }
            Ok(Ending::StoodStill) => {
                self.hardware.tell(Happening::WatchdogBit);
                Next::Reset(Reset::Watchdog)
            }
            Ok(Ending::PowerLost) => self.power_lost(),
            Ok(Ending::Switched(command)) => Next::Switched(command),
            Err(panic) => {
                self.leave_record(&panic, elf_sha256, entry);
                self.hardware.tell(Happening::Panicked(panic.to_string()));
                // As on the chip: the panic handler asks for a reset, and the record tells why.
                Next::Reset(Reset::Software)
            }
        }
    }

    /// What the chip's panic handler does.
    fn leave_record(&mut self, panic: &Panic, elf_sha256: [u8; 32], entry: Option<u32>) {
        let addresses = entry.iter().flat_map(|entry| CALLS.map(|call| entry.saturating_add(call)));
        let record = CrashRecord {
            elf_sha256,
            message: bounded(&panic.message),
            file: bounded(&panic.file),
            line: panic.line,
            addresses: addresses.collect(),
        };
        Rtc::new(&mut self.rtc).set_crash(&record);
        boot_log::panicked(&record);
    }
}

/// From the operating system, in the place of a chip's noise.
fn boot_secret() -> Option<BootSecret> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(BootSecret::new(bytes))
}

/// What RTC memory holds when power is applied.
fn noise() -> [u8; RTC_LEN] {
    std::array::from_fn(|_| fastrand::u8(..))
}
