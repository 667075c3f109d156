//! The chip, as the node sees it.

use core::fmt;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use esp_hal::tsens::TemperatureSensor;
use skylift_node::{Node, NotKept, Page, Platform, SelfTest};
use skylift_protocol::{FieldFlaw, Fields, Networks, Trust};
use skylift_provisioning::Provisioning;
use skylift_updater::Flash;
use skylift_updater::partition::Layout;

use crate::firmware::Firmware;
use crate::flash::ChipFlash;
use crate::identity;
use crate::network::Link;
use crate::radio::Station;

/// The node on a chip.
pub(crate) type ChipNode = Node<'static, ChipFlash, Chip>;

/// The chip.
pub(crate) struct Chip {
    pub firmware: &'static dyn Firmware,
    pub link: Link,
    pub station: &'static Station,
    pub thermometer: Option<TemperatureSensor<'static>>,
    /// Somebody wants to see which device this is.
    pub identify: &'static Signal<NoopRawMutex, ()>,
}

impl Platform for Chip {
    fn network_up(&self) -> bool {
        self.link.address().is_some()
    }

    fn chip_revision(&self) -> Option<u16> {
        Some(identity::revision())
    }

    fn rssi_dbm(&self) -> Option<i8> {
        self.station.rssi_dbm()
    }

    fn heap_free(&self) -> Option<u32> {
        u32::try_from(esp_alloc::HEAP.free()).ok()
    }

    fn heap_least(&self) -> Option<u32> {
        let stats = esp_alloc::HEAP.stats();
        u32::try_from(stats.size.checked_sub(stats.max_usage)?).ok()
    }

    fn temperature_c(&self) -> Option<i8> {
        let reading = self.thermometer.as_ref()?.get_temperature();
        i8::try_from(celsius(reading.raw_value.into(), reading.offset.into())).ok()
    }

    fn identify(&self) {
        self.identify.signal(());
        self.firmware.identify();
    }

    fn store_name<F: Flash>(&self, flash: &mut F, layout: &Layout, name: &str) -> Result<(), NotKept> {
        let region = layout.settings.ok_or(NotKept)?;
        Provisioning::store_name(flash, region, name).map_err(|_| NotKept)
    }

    fn store_networks<F: Flash>(
        &self,
        flash: &mut F,
        layout: &Layout,
        networks: &Networks,
    ) -> Result<(), NotKept> {
        let region = layout.settings.ok_or(NotKept)?;
        Provisioning::store_networks(flash, region, networks).map_err(|_| NotKept)
    }

    fn store_secure_floor<F: Flash>(
        &self,
        flash: &mut F,
        layout: &Layout,
        floor: u32,
    ) -> Result<(), NotKept> {
        let region = layout.settings.ok_or(NotKept)?;
        Provisioning::store_secure_floor(flash, region, floor).map_err(|_| NotKept)
    }

    fn store_trust<F: Flash>(&self, flash: &mut F, layout: &Layout, trust: &Trust) -> Result<(), NotKept> {
        let region = layout.settings.ok_or(NotKept)?;
        Provisioning::store_trust(flash, region, trust).map_err(|_| NotKept)
    }

    fn self_test(&self) -> SelfTest {
        self.firmware.self_test()
    }

    fn fields(&self, fields: &mut Fields) -> Result<(), FieldFlaw> {
        self.firmware.fields(fields)
    }

    fn page(&self, path: &str) -> Option<Page> {
        self.firmware.page(path)
    }

    fn write_page(&self, path: &str, query: Option<&str>, body: &mut impl fmt::Write) -> fmt::Result {
        self.firmware.write_page(path, query, body)
    }
}

/// Degrees Celsius of a reading, rounded down: 0.4386 for each step, less 27.88 for each step of the range's offset, less
/// 20.52 (ESP32-C3 Technical Reference Manual, "Temperature Sensor"). In whole numbers, because the chips calculate
/// with fractions in software.
fn celsius(reading: i32, offset: i32) -> i32 {
    (reading * 4386 - offset * 278_800 - 205_200).div_euclid(10_000)
}
