//! A partition table: its partitions, and its bytes.
//!
//! Format: ESP-IDF Programming Guide, "Partition Tables".

use std::panic::{AssertUnwindSafe, catch_unwind};

use esp_idf_part::PartitionTable;
use skylift_updater::partition::{Layout, TABLE_MAX, TABLE_OFFSET, TableError, for_each_entry};
use skylift_updater::{Flash, Region};

use super::sectors::Sectors;

/// Bytes of a flash that nothing is said about: the largest of the family.
const ANY_FLASH: u32 = 128 << 20;
const MIB: u32 = 1 << 20;

const APP: u8 = 0;
const DATA: u8 = 1;
const FACTORY: u8 = 0;
const OTA_0: u8 = 0x10;
const LAST_OTA: u8 = 0x1F;
const OTADATA: u8 = 0;
const PHY: u8 = 1;
const NVS: u8 = 2;

/// The tables that come with Skylift, the largest first: bytes of the flash, and the table.
const OURS: [(u32, &str); 3] = [
    (16 * MIB, include_str!("../../../../assets/partitions/16mb.csv")),
    (8 * MIB, include_str!("../../../../assets/partitions/8mb.csv")),
    (4 * MIB, include_str!("../../../../assets/partitions/4mb.csv")),
];

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its name.
    pub label: String,
    /// 0 is app, 1 is data.
    pub kind: u8,
    /// Meaning depends on `kind`.
    pub subtype: u8,
    /// First byte in flash.
    pub offset: u32,
    /// Number of bytes.
    pub size: u32,
}

impl Partition {
    /// Where it lies.
    #[must_use]
    pub const fn region(&self) -> Region {
        Region { offset: self.offset, size: self.size }
    }

    /// Whether it is for an app.
    #[must_use]
    pub const fn is_app(&self) -> bool {
        self.kind == APP
    }

    /// Whether it is the factory app.
    #[must_use]
    pub const fn is_factory(&self) -> bool {
        self.kind == APP && self.subtype == FACTORY
    }

    /// The number of the slot, if it is one.
    #[must_use]
    pub const fn slot(&self) -> Option<u8> {
        match self.subtype {
            OTA_0..=LAST_OTA if self.kind == APP => Some(self.subtype - OTA_0),
            _ => None,
        }
    }

    /// Whether it says which slot boots.
    #[must_use]
    pub const fn is_otadata(&self) -> bool {
        self.kind == DATA && self.subtype == OTADATA
    }

    /// Whether it holds keys and values.
    #[must_use]
    pub const fn is_nvs(&self) -> bool {
        self.kind == DATA && self.subtype == NVS
    }

    /// Whether it holds the calibration of the radio.
    #[must_use]
    pub const fn is_phy(&self) -> bool {
        self.kind == DATA && self.subtype == PHY
    }

    /// Its kind, as tables are written: `app, ota_0`.
    #[must_use]
    pub fn kind_in_words(&self) -> String {
        match (self.kind, self.subtype) {
            (APP, FACTORY) => "app, factory".to_owned(),
            (APP, ota @ OTA_0..=LAST_OTA) => format!("app, ota_{}", ota - OTA_0),
            (APP, 0x20) => "app, test".to_owned(),
            (APP, other) => format!("app, {other:#04x}"),
            (DATA, subtype) => format!("data, {}", data_in_words(subtype)),
            (kind, subtype) => format!("{kind:#04x}, {subtype:#04x}"),
        }
    }
}

fn data_in_words(subtype: u8) -> String {
    let word = match subtype {
        OTADATA => "ota",
        PHY => "phy",
        NVS => "nvs",
        0x03 => "coredump",
        0x04 => "nvs_keys",
        0x05 => "efuse",
        0x06 => "undefined",
        0x80 => "esphttpd",
        0x81 => "fat",
        0x82 => "spiffs",
        0x83 => "littlefs",
        other => return format!("{other:#04x}"),
    };
    word.to_owned()
}

/// A sound partition table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// In the order of the table.
    pub partitions: Vec<Partition>,
    /// As it lies in flash: 0xC00 bytes.
    pub bytes: Vec<u8>,
}

impl Table {
    /// Reads the table of a flash.
    ///
    /// # Errors
    /// There is none at 0x8000, or it is damaged.
    pub fn read<F: Flash>(flash: &mut F) -> Result<Self, TableError> {
        let mut partitions = Vec::new();
        for_each_entry(flash, |entry| {
            partitions.push(Partition {
                label: String::from_utf8_lossy(entry.label()).into_owned(),
                kind: entry.kind,
                subtype: entry.subtype,
                offset: entry.region.offset,
                size: entry.region.size,
            });
        })?;
        let mut bytes = vec![0; TABLE_MAX as usize];
        flash.read(TABLE_OFFSET, &mut bytes)?;
        Ok(Self { partitions, bytes })
    }

    /// A table as it lies in flash, from its first byte on.
    ///
    /// # Errors
    /// It is none, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TableError> {
        let bytes = bytes.get(..TABLE_MAX as usize).unwrap_or(bytes);
        Self::read(&mut Sectors::holding(ANY_FLASH, TABLE_OFFSET, bytes))
    }

    /// A table as people write it.
    ///
    /// # Errors
    /// Half a sentence: it is none, or a damaged one.
    pub fn from_csv(text: &str) -> Result<Self, String> {
        // esp-idf-part panics at subtypes that it does not know.
        let made = catch_unwind(AssertUnwindSafe(|| PartitionTable::try_from_str(text)?.to_bin()));
        let mut bytes = match made {
            Ok(made) => made.map_err(|error| error.to_string())?,
            Err(_) => return Err("it has a type or subtype that is not known".to_owned()),
        };
        bytes.resize(TABLE_MAX as usize, 0xFF);
        Self::from_bytes(&bytes).map_err(|error| error.to_string())
    }

    /// The table that comes with Skylift for a flash of so many bytes; `None` if it is too small for two slots.
    #[must_use]
    pub fn for_flash(size: u32) -> Option<Self> {
        let (_, csv) = OURS.iter().find(|(needed, _)| *needed <= size)?;
        Self::from_csv(csv).ok()
    }

    /// Bytes of the flashes that a table comes along for, the smallest first.
    pub fn our_sizes() -> impl Iterator<Item = u32> {
        OURS.iter().rev().map(|(size, _)| *size)
    }

    /// The byte behind the last partition.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.partitions.iter().map(|it| u64::from(it.offset) + u64::from(it.size)).max().unwrap_or(0)
    }

    /// The partition of a name.
    #[must_use]
    pub fn called(&self, label: &str) -> Option<&Partition> {
        self.partitions.iter().find(|partition| partition.label == label)
    }

    /// What updates over the air need of it.
    ///
    /// # Errors
    /// It is not made for them, or not for a flash of `capacity` bytes.
    pub fn layout(&self, capacity: u32) -> Result<Layout, TableError> {
        Layout::read(&mut Sectors::holding(capacity, TABLE_OFFSET, &self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flash_of_four_mebibytes_or_more_has_a_table_for_updates() {
        for (size, slot) in [(4, 0x1E_0000), (8, 0x3E_0000), (16, 0x7E_0000), (32, 0x7E_0000)] {
            let table = Table::for_flash(size * MIB).unwrap();
            let layout = table.layout(size * MIB).unwrap();
            assert_eq!((layout.slots.len(), layout.slots[0].size), (2, slot));
            assert!(layout.settings.is_some() && layout.journal.is_some());
        }
        assert_eq!(Table::for_flash(2 * MIB), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let table = Table::for_flash(4 * MIB).unwrap();
        assert_eq!(Table::from_bytes(&table.bytes).unwrap(), table);
        let words: Vec<String> = table.partitions.iter().map(Partition::kind_in_words).collect();
        let expected = [
            "data, nvs",
            "data, ota",
            "data, phy",
            "app, ota_0",
            "app, ota_1",
            "data, nvs",
            "data, undefined",
        ];
        assert_eq!(words, expected);
    }

    /// Digests of what ESP-IDF's `gen_esp32part.py` 1.3 makes of the same CSV; it is in no package that could be asked.
    #[test]
    fn tables_are_those_of_gen_esp32part() {
        const FILES: &str = "# Name, Type, SubType, Offset, Size, Flags\n\
            nvs,      data, nvs,     ,        0x6000,\n\
            otadata,  data, ota,     ,        0x2000,\n\
            factory,  app,  factory, ,        1M,\n\
            ota_0,    app,  ota_0,   ,        1M,\n\
            ota_1,    app,  ota_1,   ,        1M,\n\
            nvs_key,  data, nvs_keys,,        0x1000, encrypted\n\
            files,    data, spiffs,  ,        256K,\n\
            core,     data, coredump,,        64K,\n\
            own,      0x40, 0x01,    ,        0x1000,\n";
        let [(_, large), (_, medium), (_, small)] = OURS;
        for (csv, sha256) in [
            (small, "bf22237014e1db18d575922a85b25ad2147597ba38f7fc23b5973ac302e7408a"),
            (medium, "6a6da8a51b51b625076c39fe52293b62f1a448a6e1644876080fb938240c3b74"),
            (large, "7871f9d9dd7f445e62b7139195439a75adb14b923150895afc652944031305fb"),
            (FILES, "c6bb7326a580357a84ef53312d8348799ce88b7f1533b3ae67f04f2b15616b27"),
        ] {
            let made = Table::from_csv(csv).unwrap();
            let digest = skylift_protocol::Digest(<sha2::Sha256 as sha2::Digest>::digest(&made.bytes).into());
            assert_eq!(digest.to_string(), sha256);
        }
    }

    #[test]
    fn hostile_tables_are_refused() {
        let table = Table::for_flash(4 * MIB).unwrap();
        let mut torn = table.bytes.clone();
        torn[40] ^= 1;
        assert_eq!(Table::from_bytes(&torn), Err(TableError::Corrupt));
        assert_eq!(Table::from_bytes(&[]), Err(TableError::Missing));
        for csv in ["", "nvs", "x, data, 0x40, 0x9000, 0x1000", "a, app, ota_0, 0x10000, 99999999999"] {
            assert!(Table::from_csv(csv).is_err(), "{csv}");
        }
    }
}
