//! The flash of a board as it leaves the cable: bootloader, partition table, otadata, image and provisioning.

use espflash::flasher::{FlashData, FlashSettings, FlashSize};
use espflash::image_format::ImageFormat;
use espflash::image_format::idf::IdfBootloaderFormat;
use espflash::target::Chip;
use skylift_protocol::{Network, Networks, Pairing, Password, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::layout::{DEFAULT_CAPACITY, DEFAULT_TABLE, factory_flash};
use skylift_updater::partition::Layout;

use crate::firmware::Firmware;
use crate::qemu::Qemu;

/// A board that runs `firmware`, knows the emulator's open network, and lets `pairing` in.
pub fn of(qemu: &Qemu, firmware: &Firmware, pairing: Pairing) -> Vec<u8> {
    let mut flash = factory_flash(DEFAULT_CAPACITY, &DEFAULT_TABLE, &firmware.image).unwrap();
    flash.overwrite(0, &bootloader(&firmware.elf)).unwrap();
    let open = Network { ssid: bounded(&qemu.ssid), password: Password::new("").unwrap() };
    let provisioning = Provisioning {
        name: "on the bench".into(),
        pairing,
        networks: Networks::new().with_first(open),
        ..Provisioning::default()
    };
    let region = Layout::read(&mut flash).unwrap().settings.unwrap();
    provisioning.write(&mut flash, region).unwrap();
    flash.into_bytes()
}

/// The one that espflash has in it and flashes: ESP-IDF's, without rollback. It asks for an ELF, whatever is wanted of it.
fn bootloader(elf: &[u8]) -> Vec<u8> {
    let chip = Chip::Esp32c3;
    let settings = FlashSettings::new(None, Some(FlashSize::_4Mb), None);
    let data = FlashData::new(settings, 0, None, chip, chip.default_xtal_frequency());
    let format = IdfBootloaderFormat::new(elf, &data, None, None, None, None).unwrap();
    let segments = ImageFormat::from(format).flash_segments();
    let first = segments.into_iter().find(|segment| segment.addr == 0).expect("a bootloader at 0");
    first.data.into_owned()
}
